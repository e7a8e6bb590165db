//! The conditions of the benchmark's automatic promotions, as rules of the zen engine: compiled, told what the
//! cart holds, and only asked which of them are met. Nothing is priced.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use serde_json::{Map, Value, json};
use zen_engine::model::GraphContent;
use zen_engine::{Decision, Variable};

use tearline_bench::cart;

/// In which form the engine gets the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The rows of one decision table that collects what every row says.
    Table,
    /// Expressions side by side in one node.
    Expressions,
}

/// As many rules, all of which the benchmark cart meets, compiled.
pub fn decision(form: Form, rules: usize) -> Decision {
    let content: GraphContent = serde_json::from_value(json!({
        "nodes": [
            {"id": "in", "name": "in", "type": "inputNode"},
            node(form, rules),
            {"id": "out", "name": "out", "type": "outputNode"},
        ],
        "edges": [
            {"id": "first", "sourceId": "in", "targetId": "rules"},
            {"id": "second", "sourceId": "rules", "targetId": "out"},
        ],
    }))
    .expect("the rules are a graph of the engine");
    let mut decision = Decision::from(Arc::new(content));
    decision.compile();
    decision
}

/// What the conditions of promotion `number` ask, as `tearline_bench::cart::shop` has them: a unit of its
/// category, a sub-total, or the three units of a set.
fn asked(number: usize) -> String {
    match number % 3 {
        0 => format!("units[{}] >= 1", number % 5),
        1 => "sub_total >= 2000".to_owned(),
        _ => format!("units[{}] >= 3", number % 5),
    }
}

fn node(form: Form, rules: usize) -> Value {
    match form {
        Form::Table => {
            let row = |number| json!({"_id": format!("{number}"), "asked": asked(number), "met": format!("{number}")});
            json!({"id": "rules", "name": "rules", "type": "decisionTableNode", "content": {
                "hitPolicy": "collect",
                "inputs": [{"id": "asked", "name": "asked"}],
                "outputs": [{"id": "met", "name": "met", "field": "met"}],
                "rules": (0..rules).map(row).collect::<Vec<_>>(),
            }})
        }
        Form::Expressions => {
            let row = |number| json!({"id": format!("{number}"), "key": format!("met_{number}"), "value": asked(number)});
            json!({"id": "rules", "name": "rules", "type": "expressionNode", "content": {
                "expressions": (0..rules).map(row).collect::<Vec<_>>(),
            }})
        }
    }
}

/// What the rules ask about, counted beforehand: the benchmark cart's sub-total and units in each category.
pub fn counted() -> Variable {
    let mut units = [0; 5];
    let mut sub_total = 0;
    for line in cart::cart(false).lines {
        let category = line.categories.iter().flatten().next().expect("each line has a category");
        let number: usize = category.as_str().trim_start_matches("category-").parse().expect("a number");
        units[number] += line.quantity;
        sub_total += line.unit_price.unwrap_or(0) * i64::from(line.quantity);
    }
    json!({"units": units, "sub_total": sub_total}).into()
}

/// Asks the rules. Nothing in them waits, so that the first poll has the answer.
pub fn ask(decision: &Decision, counted: &Variable) -> Variable {
    let asking = pin!(decision.evaluate(counted.clone()));
    match asking.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer.expect("the rules can be evaluated").result,
        Poll::Pending => unreachable!("a decision without functions and requests waits for nothing"),
    }
}

/// How many rules are met, by the engine's answer.
pub fn met(form: Form, answer: &Variable) -> usize {
    let answer = answer.to_value();
    let yes = |answer: &Map<String, Value>| answer.values().filter(|met| **met == Value::Bool(true)).count();
    match form {
        Form::Table => answer.as_array().map_or(0, Vec::len),
        Form::Expressions => answer.as_object().map_or(0, yes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cart_meets_every_rule() {
        for form in [Form::Table, Form::Expressions] {
            for rules in [1, 10, 100, 1_000] {
                let answer = ask(&decision(form, rules), &counted());
                assert_eq!(met(form, &answer), rules, "{form:?}: {answer}");
            }
        }
    }
}
