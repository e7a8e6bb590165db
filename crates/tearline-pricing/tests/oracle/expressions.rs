//! Expressions, answered as CEL's definition says, one value after the other.
//!
//! The parser is that of the `cel` crate, which writes `exists`, `filter` and their like out as the loops by which
//! the definition explains them; here they run as they are written. Nothing is shared with the fast way but the text.

use std::collections::BTreeMap;

use cel::common::ast::{Expr, IdedExpr, LiteralValue};
use cel::parser::Parser;

/// A value of any type.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Truth(bool),
    Whole(i64),
    Text(String),
    List(Vec<Value>),
    Map(BTreeMap<String, Value>),
}

/// There is no answer: something is absent, of the wrong type, or too large.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoAnswer;

type Answer = Result<Value, NoAnswer>;

/// Whether an expression holds where these names have these values.
pub(crate) fn holds(text: &str, names: &BTreeMap<String, Value>) -> Result<bool, NoAnswer> {
    let tree = Parser::new().parse(text).unwrap_or_else(|errors| panic!("no CEL: {text}\n{errors}"));
    truth(&answer(&tree, names)?)
}

fn answer(node: &IdedExpr, names: &BTreeMap<String, Value>) -> Answer {
    match &node.expr {
        Expr::Literal(literal) => Ok(match literal {
            LiteralValue::Boolean(is) => Value::Truth(*is.inner()),
            LiteralValue::Int(is) => Value::Whole(*is.inner()),
            LiteralValue::String(is) => Value::Text(is.inner().to_owned()),
            other => panic!("the generator writes no {other:?}"),
        }),
        Expr::Ident(name) => names.get(name).cloned().ok_or(NoAnswer),
        Expr::List(list) => {
            let values: Result<_, _> = list.elements.iter().map(|value| answer(value, names)).collect();
            Ok(Value::List(values?))
        }
        Expr::Select(select) => {
            let of = answer(&select.operand, names)?;
            if select.test { Ok(Value::Truth(has(&of, &select.field)?)) } else { field(&of, &select.field) }
        }
        Expr::Comprehension(walk) => {
            let Value::List(values) = answer(&walk.iter_range, names)? else { return Err(NoAnswer) };
            let mut so_far = answer(&walk.accu_init, names);
            for value in values {
                let mut names = bind(names, &walk.accu_var, &so_far);
                if answer(&walk.loop_cond, &names) == Ok(Value::Truth(false)) {
                    break;
                }
                names.insert(walk.iter_var.clone(), value);
                so_far = answer(&walk.loop_step, &names);
            }
            answer(&walk.result, &bind(names, &walk.accu_var, &so_far))
        }
        Expr::Call(call) => {
            let values: Vec<Answer> = call
                .target
                .iter()
                .map(|on| &**on)
                .chain(&call.args)
                .map(|value| answer(value, names))
                .collect();
            function(&call.func_name, &values)
        }
        other => panic!("the generator writes no {other:?}"),
    }
}

/// The names with one more; one that has no answer has no value.
fn bind(names: &BTreeMap<String, Value>, name: &str, value: &Answer) -> BTreeMap<String, Value> {
    let mut names = names.clone();
    names.remove(name);
    names.extend(value.iter().map(|value| (name.to_owned(), value.clone())));
    names
}

fn truth(value: &Value) -> Result<bool, NoAnswer> {
    if let Value::Truth(is) = value { Ok(*is) } else { Err(NoAnswer) }
}

fn field(of: &Value, name: &str) -> Answer {
    let Value::Map(fields) = of else { return Err(NoAnswer) };
    fields.get(name).cloned().ok_or(NoAnswer)
}

/// An attribute is there or not; a text of cart, customer or line is absent where it is empty.
fn has(of: &Value, name: &str) -> Result<bool, NoAnswer> {
    let Value::Map(fields) = of else { return Err(NoAnswer) };
    let is_of_ours = fields.contains_key("attributes");
    Ok(fields.get(name).is_some_and(|value| !is_of_ours || *value != Value::Text(String::new())))
}

fn function(name: &str, values: &[Answer]) -> Answer {
    let decided = |by: bool| {
        if values.contains(&Ok(Value::Truth(by))) { Some(Value::Truth(by)) } else { None }
    };
    match (name, values) {
        ("_&&_", [left, right]) => decided(false).map_or_else(|| both(left, right), Ok),
        ("_||_", [left, right]) => decided(true).map_or_else(|| both(left, right), Ok),
        ("_?_:_", [asked, yes, no]) => {
            if truth(asked.as_ref().map_err(|stop| *stop)?)? { yes } else { no }.clone()
        }
        ("@not_strictly_false", [value]) => Ok(Value::Truth(*value != Ok(Value::Truth(false)))),
        _ => {
            let values: Result<Vec<_>, _> = values.iter().cloned().collect();
            strict(name, &values?)
        }
    }
}

/// What `&&` and `||` are where no part decides: the value of both, which then is the same.
fn both(left: &Answer, right: &Answer) -> Answer {
    let (left, right) = (left.clone()?, right.clone()?);
    truth(&left).and(truth(&right)).map(Value::Truth)
}

fn strict(name: &str, values: &[Value]) -> Answer {
    use Value::{List, Map, Text, Truth, Whole};
    let whole = |whole: Option<i64>| whole.map(Whole).ok_or(NoAnswer);
    let order = |holds: fn(std::cmp::Ordering) -> bool| match values {
        [Whole(left), Whole(right)] => Ok(Truth(holds(left.cmp(right)))),
        [Text(left), Text(right)] => Ok(Truth(holds(left.chars().cmp(right.chars())))),
        _ => Err(NoAnswer),
    };
    match (name, values) {
        ("!_", [Truth(is)]) => Ok(Truth(!is)),
        ("-_", [Whole(is)]) => whole(is.checked_neg()),
        ("_+_", [Whole(left), Whole(right)]) => whole(left.checked_add(*right)),
        ("_+_", [List(left), List(right)]) => Ok(List([&left[..], right].concat())),
        ("_-_", [Whole(left), Whole(right)]) => whole(left.checked_sub(*right)),
        ("_*_", [Whole(left), Whole(right)]) => whole(left.checked_mul(*right)),
        ("_/_", [Whole(left), Whole(right)]) => whole(left.checked_div(*right)),
        ("_%_", [Whole(left), Whole(right)]) => whole(left.checked_rem(*right)),
        ("_==_", [left, right]) => Ok(Truth(left == right)),
        ("_!=_", [left, right]) => Ok(Truth(left != right)),
        ("_<_", _) => order(std::cmp::Ordering::is_lt),
        ("_<=_", _) => order(std::cmp::Ordering::is_le),
        ("_>_", _) => order(std::cmp::Ordering::is_gt),
        ("_>=_", _) => order(std::cmp::Ordering::is_ge),
        ("@in", [value, List(list)]) => Ok(Truth(list.contains(value))),
        ("@in", [Text(name), Map(map)]) => Ok(Truth(map.contains_key(name))),
        ("_[_]", [map @ Map(_), Text(name)]) => field(map, name),
        ("size", [Text(text)]) => whole(i64::try_from(text.chars().count()).ok()),
        ("size", [List(list)]) => whole(i64::try_from(list.len()).ok()),
        ("startsWith", [Text(text), Text(part)]) => Ok(Truth(text.starts_with(part.as_str()))),
        ("endsWith", [Text(text), Text(part)]) => Ok(Truth(text.ends_with(part.as_str()))),
        ("contains", [Text(text), Text(part)]) => Ok(Truth(text.contains(part.as_str()))),
        ("sum" | "min" | "max", [List(list)]) => over(name, list),
        _ => Err(NoAnswer),
    }
}

fn over(name: &str, list: &[Value]) -> Answer {
    let wholes = list
        .iter()
        .map(|value| if let Value::Whole(whole) = value { Ok(i128::from(*whole)) } else { Err(NoAnswer) });
    let wholes: Vec<i128> = wholes.collect::<Result<_, _>>()?;
    let value = match name {
        "sum" => Some(wholes.iter().sum()),
        "min" => wholes.iter().min().copied(),
        _ => wholes.iter().max().copied(),
    };
    let value = value.and_then(|value| i64::try_from(value).ok());
    value.map(Value::Whole).ok_or(NoAnswer)
}
