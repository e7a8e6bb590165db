//! Whether an attribute compares as a condition asks.

use tearline_pricing::attribute::Attribute;
use tearline_pricing::conditions::AttributeIs;

/// Each comparison that is asked for; without a value only its absence is right.
pub(crate) fn compares(value: Option<&Attribute>, asked: &AttributeIs) -> bool {
    let Some(value) = value else { return asked.exists == Some(false) };
    let mut answers = vec![asked.exists != Some(false)];
    answers.extend(asked.is.as_ref().map(|other| same(value, other)));
    answers.extend(asked.is_not.as_ref().map(|other| kind(value) == kind(other) && !same(value, other)));
    answers.extend(asked.one_of.as_ref().map(|others| others.iter().any(|other| same(value, other))));
    answers
        .extend(asked.has.as_ref().map(|text| matches!(value, Attribute::Texts(own) if own.contains(text))));
    let number = |is_right: &dyn Fn(i64) -> bool| matches!(value, Attribute::Number(own) if is_right(*own));
    answers.extend(asked.at_least.map(|bound| number(&|own| own >= bound)));
    answers.extend(asked.at_most.map(|bound| number(&|own| own <= bound)));
    answers.extend(asked.above.map(|bound| number(&|own| own > bound)));
    answers.extend(asked.below.map(|bound| number(&|own| own < bound)));
    answers.into_iter().all(|answer| answer)
}

fn same(one: &Attribute, other: &Attribute) -> bool {
    kind(one) == kind(other) && one.to_string() == other.to_string()
}

fn kind(value: &Attribute) -> u8 {
    match value {
        Attribute::Yes(_) => 0,
        Attribute::Number(_) => 1,
        Attribute::Text(_) => 2,
        Attribute::Texts(_) => 3,
    }
}
