//! What an expression can ask about, laid out plainly: every name with its value.

use std::collections::BTreeMap;

use tearline_pricing::attribute::{Attribute, Attributes};

use super::expressions::Value;

/// A cart, its customer and the time.
#[derive(Debug, Clone, Default)]
pub(crate) struct Plain {
    /// By their whole names: `cart.channel`.
    pub(crate) texts: BTreeMap<&'static str, String>,
    pub(crate) wholes: BTreeMap<&'static str, i64>,
    pub(crate) segments: Vec<String>,
    pub(crate) cart_attributes: Attributes,
    /// None where nobody is identified.
    pub(crate) customer_attributes: Option<Attributes>,
    pub(crate) lines: Vec<PlainLine>,
}

/// A line of a cart.
#[derive(Debug, Clone, Default)]
pub(crate) struct PlainLine {
    pub(crate) texts: BTreeMap<&'static str, String>,
    pub(crate) wholes: BTreeMap<&'static str, i64>,
    pub(crate) categories: Vec<String>,
    pub(crate) discountable: bool,
    pub(crate) attributes: Attributes,
}

impl Plain {
    /// Its names, as [`super::expressions::holds`] takes them.
    pub(crate) fn names(&self) -> BTreeMap<String, Value> {
        let fields = |object: &str| {
            let texts = self.texts.iter().map(|(name, text)| (*name, Value::Text(text.clone())));
            let wholes = self.wholes.iter().map(|(name, whole)| (*name, Value::Whole(*whole)));
            let of = |name: &'static str| name.strip_prefix(object).and_then(|name| name.strip_prefix('.'));
            let fields = texts.chain(wholes).filter_map(|(name, value)| Some((of(name)?.to_owned(), value)));
            fields.collect::<BTreeMap<_, _>>()
        };
        let (mut cart, mut customer) = (fields("cart"), fields("customer"));
        cart.insert("lines".to_owned(), Value::List(self.lines.iter().map(PlainLine::value).collect()));
        cart.insert("attributes".to_owned(), attributes(&self.cart_attributes));
        let segments = self.segments.iter().cloned().map(Value::Text).collect();
        customer.insert("segments".to_owned(), Value::List(segments));
        customer.insert("signed_in".to_owned(), Value::Truth(self.customer_attributes.is_some()));
        customer.insert(
            "attributes".to_owned(),
            attributes(&self.customer_attributes.clone().unwrap_or_default()),
        );
        [("cart", cart), ("customer", customer), ("at", fields("at"))]
            .map(|(name, fields)| (name.to_owned(), Value::Map(fields)))
            .into()
    }
}

impl PlainLine {
    fn value(&self) -> Value {
        let texts = self.texts.iter().map(|(name, text)| ((*name).to_owned(), Value::Text(text.clone())));
        let wholes = self.wholes.iter().map(|(name, whole)| ((*name).to_owned(), Value::Whole(*whole)));
        let categories = self.categories.iter().cloned().map(Value::Text).collect();
        let others = [
            ("categories", Value::List(categories)),
            ("discountable", Value::Truth(self.discountable)),
            ("attributes", attributes(&self.attributes)),
        ];
        Value::Map(texts.chain(wholes).chain(others.map(|(name, value)| (name.to_owned(), value))).collect())
    }
}

fn attributes(attributes: &Attributes) -> Value {
    let value = |attribute: &Attribute| match attribute {
        Attribute::Yes(yes) => Value::Truth(*yes),
        Attribute::Number(number) => Value::Whole(*number),
        Attribute::Text(text) => Value::Text(text.to_string()),
        Attribute::Texts(texts) => {
            Value::List(texts.iter().map(|text| Value::Text(text.to_string())).collect())
        }
    };
    Value::Map(
        attributes.iter().map(|(name, attribute)| (name.as_str().to_owned(), value(attribute))).collect(),
    )
}
