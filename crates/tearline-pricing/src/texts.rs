//! What a shop says to its customers, in each of its languages.

pub(crate) mod check;
pub(crate) mod template;

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

use crate::names::Language;

/// The longest text, in bytes.
pub const TEXT_BYTES_MAX: usize = 4_000;
/// The most languages in which one document may speak.
pub const LANGUAGES_MAX: usize = 100;

/// Declares what can be said: its name in documents, the figures that stand in braces, and our English words.
macro_rules! keys {
    ($($(#[doc = $doc:literal])+ $key:ident $name:literal [$($figure:ident)*] $english:literal;)*) => {
        /// Something that a shop says to its customers, and can say in its own words.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Key {
            $($(#[doc = $doc])+ $key,)*
        }

        impl Key {
            /// Every key, in the order of reading.
            pub const ALL: &'static [Self] = &[$(Self::$key),*];
            const NAMES: &'static [&'static str] = &[$($name),*];

            /// Its name in documents; that of a refusal is its reason in quotes.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$key => $name,)*
                }
            }

            /// The figures that its text may have in braces.
            pub fn figures(self) -> &'static [&'static str] {
                match self {
                    $(Self::$key => &[$(stringify!($figure)),*],)*
                }
            }

            /// Our own words for it, with figures in braces; empty where there is nothing to say.
            pub fn english(self) -> &'static str {
                match self {
                    $(Self::$key => $english,)*
                }
            }

            /// When it is said.
            pub fn about(self) -> &'static str {
                match self {
                    $(Self::$key => concat!($($doc),+).trim_ascii(),)*
                }
            }
        }
    };
}

keys! {
    /// The promotion's name.
    Name "name" [] "";
    /// What the promotion is about, for its customers.
    Description "description" [] "";
    /// What the promotion gives: the figure `{gives}` of other texts.
    Gives "gives" [] "";
    /// What the promotion asks of an order: the figure `{condition}` of other texts.
    Condition "condition" [] "";
    /// No such code here; to somebody who is not identified, also one that is meant for a certain customer.
    Unknown "unknown" [] "there is no such code here";
    /// The code only shows what codes look like.
    Preview "preview" [promotion] "this is a preview code: it only shows what codes look like";
    /// The promotion rests, or it or the code was withdrawn.
    Void "void" [promotion] "it rests, or was withdrawn";
    /// Its time has not come.
    NotStarted "not_started" [starts_at promotion] "it starts on {starts_at}";
    /// Its time is over.
    Ended "ended" [ended_at promotion] "it ended on {ended_at}";
    /// All its uses, or all its money, are taken.
    UsedUp "used_up" [promotion] "it is used up";
    /// Somebody else is placing an order with the code.
    Held "held" [until promotion] "somebody is paying with it; it is held until {until}";
    /// This customer has used it as often as one may.
    PerCustomerLimit "per_customer_limit" [uses_max promotion]
        "you have used it as often as one may ({uses_max})";
    /// It is meant for identified customers, and the cart names none.
    IdentifyFirst "identify_first" [promotion] "sign in first: it is not for everybody";
    /// Nothing in the cart is bought in an event where it holds.
    WrongEvent "wrong_event" [events promotion] "it only holds for {events}";
    /// It is meant for other customers.
    NotARecipient "not_a_recipient" [promotion] "it is meant for somebody else";
    /// It names no amount in the cart's currency.
    CurrencyNotOffered "currency_not_offered" [offered currency promotion]
        "it is not offered in {currency}, only in {offered}";
    /// The sub-total does not reach the minimum.
    MinimumNotMet "minimum_not_met" [missing minimum sub_total promotion]
        "spend {missing} more: it needs {minimum}, and this is {sub_total}";
    /// Another condition is not met.
    ConditionNotMet "condition_not_met" [condition promotion] "the order does not meet: {condition}";
    /// Nothing in the cart is what it rewards.
    NoMatchingProduct "no_matching_product" [promotion] "nothing in the order is what it rewards";
    /// It acts on shipping, and no way of shipping that it reaches has been chosen.
    NoShippingMethod "no_shipping_method" [promotion] "choose a way of shipping that it reaches";
    /// What it would lower costs nothing any more.
    NothingLeftToDiscount "nothing_left_to_discount" [promotion] "there is nothing left to take off";
    /// It may not stand beside others, and they give more.
    NotCombinable "not_combinable" [with promotion] "it may not stand beside {with}";
    /// What is left of its budget is less than it would give, or nothing.
    BudgetExhausted "budget_exhausted" [left promotion] "only {left} is left of what it may give";
    /// It sells at cost, and the cost is not known.
    CostUnknown "cost_unknown" [promotion] "it sells at cost, and the cost is not known";
    /// All its uses of a day, week or month are taken; where a language lacks it, `used_up` is said.
    UsedUpForNow "used_up_for_now" [again_at promotion] "it is used up until {again_at}";
    /// So much more merchandise earns a reward; where a language lacks it, `minimum_not_met` is said.
    SpendMore "spend_more" [missing minimum sub_total gives promotion] "add {missing} for {gives}";
    /// A reward is earned and waits to be added; where a language lacks it, `no_matching_product` is said.
    NotAdded "not_added" [products gives promotion] "add {products}: {gives}";
    /// How an amount of money is written.
    Amount "amount" [digits currency symbol] "{digits} {currency}";
    /// The mark between the units of a currency and their parts.
    DecimalMark "decimal_mark" [] ".";
}

impl Key {
    fn of_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|key| key.name() == name)
    }
}

impl Serialize for Key {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// What is said in one language.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Texts(BTreeMap<Key, String>);

impl Texts {
    /// What is said, if this language says it.
    pub fn get(&self, key: Key) -> Option<&str> {
        self.0.get(&key).map(String::as_str)
    }

    /// Everything that is said, in the order of reading.
    pub fn iter(&self) -> impl Iterator<Item = (Key, &str)> {
        self.0.iter().map(|(key, text)| (*key, text.as_str()))
    }
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ByName;
        impl<'de> Visitor<'de> for ByName {
            type Value = Texts;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("texts such as {name: Spring sale}")
            }
            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Texts, M::Error> {
                let mut texts = BTreeMap::new();
                while let Some(name) = map.next_key::<String>()? {
                    let unknown = || de::Error::unknown_field(&name, Key::NAMES);
                    let key = Key::of_name(&name).ok_or_else(unknown)?;
                    if texts.insert(key, map.next_value()?).is_some() {
                        return Err(de::Error::duplicate_field(key.name()));
                    }
                }
                Ok(Texts(texts))
            }
        }
        deserializer.deserialize_map(ByName)
    }
}

/// What is said in each of some languages. Tags are compared without regard to case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Translations(BTreeMap<Language, Texts>);

impl Translations {
    /// Whether nothing is said in any language.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is said in exactly this language.
    ///
    /// ```
    /// use tearline_pricing::texts::{Key, Translations};
    /// let texts: Translations = serde_json::from_str(r#"{"pl": {"name": "Wiosna"}}"#).unwrap();
    /// assert_eq!(texts.get("PL").and_then(|texts| texts.get(Key::Name)), Some("Wiosna"));
    /// assert!(texts.get("pl-PL").is_none());
    /// ```
    pub fn get(&self, tag: &str) -> Option<&Texts> {
        self.iter().find(|(language, _)| language.as_str().eq_ignore_ascii_case(tag)).map(|(_, texts)| texts)
    }

    /// The languages, by their tags, and what is said in each.
    pub fn iter(&self) -> impl Iterator<Item = (&Language, &Texts)> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_nobody_says_is_told_with_those_that_are_said() {
        let read = |text: &str| serde_json::from_str::<Texts>(text).unwrap_err().to_string();
        let told = read(r#"{"minimum_not_mt": "x"}"#);
        assert!(
            told.starts_with("unknown field `minimum_not_mt`, expected one of `name`, `description`,"),
            "{told}"
        );
        assert!(read(r#"{"void": "x", "void": "y"}"#).starts_with("duplicate field `void`"));
        assert!(read(r#"{"void": 1}"#).contains("expected a string"));
    }
}
