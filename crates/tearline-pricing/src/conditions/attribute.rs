//! Something that the shop says about a cart, a line or the customer.

use std::mem::discriminant;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use crate::attribute::{Attribute, TEXT_BYTES_MAX};
use crate::conditions::listed::{faults_of, some_of};
use crate::conditions::{Asks, Fault, Question, Ready, Setting};
use crate::names::AttributeName;
use crate::refusal::Refusal;
use crate::words::{Vocabulary, list};

/// An attribute compares as is asked, in every way that is: numbers with numbers, texts with texts. A value of another
/// kind, or none at all, does not, whatever is asked: what is not there is not different either.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AttributeIs {
    /// Whose attribute it is.
    pub of: Owner,
    /// Its name.
    pub name: AttributeName,
    /// It is this value; a list, these texts in this order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<crate::schema::Attribute>))]
    pub is: Option<Attribute>,
    /// It is another value, of the same kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<crate::schema::Attribute>))]
    pub is_not: Option<Attribute>,
    /// It is one of these values.
    #[serde(default, rename = "in", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<Vec<crate::schema::Attribute>>, min_items = 1))]
    pub one_of: Option<Vec<Attribute>>,
    /// It is a number, at least this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<i64>,
    /// It is a number, at most this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<i64>,
    /// It is a number above this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub above: Option<i64>,
    /// It is a number below this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<i64>,
    /// It is a list that has this text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, max_length = 256))]
    pub has: Option<CompactString>,
    /// Whether it is there at all; `false` = it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exists: Option<bool>,
}

/// Whose attribute a condition asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// The cart's.
    Cart,
    /// That of a line that the promotion sees; one is enough, and meets all that is asked.
    Line,
    /// The customer's, whom the shop must have identified.
    Customer,
}

impl AttributeIs {
    /// A condition that asks nothing yet.
    pub fn of(of: Owner, name: impl Into<AttributeName>) -> Self {
        Self {
            of,
            name: name.into(),
            is: None,
            is_not: None,
            one_of: None,
            at_least: None,
            at_most: None,
            above: None,
            below: None,
            has: None,
            exists: None,
        }
    }

    /// Whether it compares a value, rather than ask whether there is one.
    fn compares(&self) -> bool {
        *self != Self { exists: self.exists, ..Self::of(self.of, self.name.clone()) }
    }

    fn holds(&self, value: Option<&Attribute>) -> bool {
        match value {
            None => self.exists == Some(false),
            Some(value) => self.exists != Some(false) && self.fits(value),
        }
    }

    fn fits(&self, value: &Attribute) -> bool {
        let is_alike = |other: &Attribute| discriminant(value) == discriminant(other);
        let number = if let Attribute::Number(number) = value { Some(*number) } else { None };
        let texts: &[CompactString] = if let Attribute::Texts(texts) = value { texts } else { &[] };
        let is_number = |bound: Option<i64>, fits: fn(&i64, &i64) -> bool| {
            bound.is_none_or(|it| number.is_some_and(|own| fits(&own, &it)))
        };
        self.is.as_ref().is_none_or(|other| value == other)
            && self.is_not.as_ref().is_none_or(|other| is_alike(other) && value != other)
            && self.one_of.as_ref().is_none_or(|others| others.contains(value))
            && is_number(self.at_least, i64::ge)
            && is_number(self.at_most, i64::le)
            && is_number(self.above, i64::gt)
            && is_number(self.below, i64::lt)
            && self.has.as_ref().is_none_or(|text| texts.contains(text))
    }

    /// Whether no number lies between the bounds.
    fn is_never(&self) -> bool {
        let low = self.at_least.map(i128::from).max(self.above.map(|above| i128::from(above) + 1));
        let highs = [self.at_most.map(i128::from), self.below.map(|below| i128::from(below) - 1)];
        low.zip(highs.into_iter().flatten().min()).is_some_and(|(low, high)| high < low)
    }

    /// The comparisons in words: `is at least 250 and below 500`.
    fn comparisons(&self) -> String {
        let number = |word: &str, number: Option<i64>| number.map(|number| format!("{word} {number}"));
        let one_of = |values: &Vec<Attribute>| {
            let values: Vec<_> = values.iter().map(Attribute::to_string).collect();
            list(values.iter().map(String::as_str), "or")
        };
        let is = [
            self.is.as_ref().map(Attribute::to_string),
            self.is_not.as_ref().map(|value| format!("not {value}")),
            self.one_of.as_ref().map(one_of),
            number("at least", self.at_least),
            number("at most", self.at_most),
            number("above", self.above),
            number("below", self.below),
            self.exists.map(|exists| if exists { "there" } else { "not there" }.to_owned()),
        ];
        let is: Vec<String> = is.into_iter().flatten().collect();
        let is = (!is.is_empty()).then(|| format!("is {}", is.join(" and ")));
        let has = self.has.as_ref().map(|text| format!("has {text}"));
        is.into_iter().chain(has).collect::<Vec<_>>().join(" and ")
    }

    fn wrong_values(&self) -> Vec<Fault> {
        let of_value = |field: &'static str, value: Option<&Attribute>| Some((field.into(), value?.fault()?));
        let has_fault = || self.has.as_ref().filter(|text| text.len() > TEXT_BYTES_MAX);
        let has = has_fault().map(|_| ("has".into(), format!("is longer than {TEXT_BYTES_MAX} bytes")));
        let name = self.name.fault().map(|fault| ("name".into(), fault.to_owned()));
        let one_of = self.one_of.as_ref().map(|values| faults_of("in", values, Attribute::fault));
        let single = [name, of_value("is", self.is.as_ref()), of_value("is_not", self.is_not.as_ref()), has];
        single.into_iter().flatten().chain(one_of.into_iter().flatten()).collect()
    }
}

impl Asks for AttributeIs {
    fn prepare(&self, _: &Setting<'_>) -> Box<dyn Ready> {
        Box::new(self.clone())
    }

    fn faults(&self, _: &Setting<'_>) -> Vec<Fault> {
        let highest = if self.at_most.is_some() { "at_most" } else { "below" };
        let wrong = [
            (
                "is",
                !self.compares() && self.exists.is_none(),
                "is needed, or is_not, in, at_least, at_most, above, below, has or exists",
            ),
            ("exists", self.exists == Some(false) && self.compares(), "`false` leaves nothing to compare"),
            (highest, self.is_never(), "leaves no number above the lower bound"),
        ];
        let wrong = wrong.into_iter().filter(|(_, is_wrong, _)| *is_wrong);
        let wrong = wrong.map(|(field, _, message)| (field.into(), message.to_owned()));
        self.wrong_values().into_iter().chain(wrong).collect()
    }

    fn words(&self, _: &Vocabulary) -> String {
        let owner = match self.of {
            Owner::Cart => "the cart's",
            Owner::Line => "a line's",
            Owner::Customer => "the customer's",
        };
        format!("{owner} {} {}", self.name, self.comparisons())
    }
}

impl Ready for AttributeIs {
    fn ask(&self, question: &Question<'_>) -> Result<(), Refusal> {
        let cart = question.case.cart.source;
        let is_met = match self.of {
            Owner::Cart => self.holds(cart.attributes.get(&self.name)),
            Owner::Line => {
                question.seen_lines().any(|line| self.holds(line.source.attributes.get(&self.name)))
            }
            Owner::Customer => {
                let customer = cart.customer.as_ref().ok_or(Refusal::IdentifyFirst)?;
                self.holds(customer.attributes.get(&self.name))
            }
        };
        question.met_if(is_met)
    }

    fn found(&self, question: &Question<'_>) -> String {
        let cart = question.case.cart.source;
        let told = |value: Option<&Attribute>| value.map_or("nothing".to_owned(), Attribute::to_string);
        match (self.of, &cart.customer) {
            (Owner::Cart, _) => told(cart.attributes.get(&self.name)),
            (Owner::Line, _) => {
                let values = question.seen_lines().map(|line| told(line.source.attributes.get(&self.name)));
                let values: Vec<String> = values.collect();
                some_of(values.iter().map(String::as_str), "no line")
            }
            (Owner::Customer, Some(customer)) => told(customer.attributes.get(&self.name)),
            (Owner::Customer, None) => question.who(),
        }
    }
}
