//! Whatever the other conditions cannot say, in words of its own.

mod seen;

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::conditions::{Asks, Question, Ready, Setting};
use crate::expression::Expression;
use crate::expression::names::{Gives, Name, WholeName};
use crate::refusal::Refusal;
use crate::words::Vocabulary;
use seen::Seen;

/// An expression holds (`docs/reference/expressions.md`): asked where no other condition fits. Like every other, it
/// sees the lines of the promotion's events, before any promotion.
///
/// Written as the expression alone, or as a mapping, `{when: …, says: …}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expressed {
    /// What has to hold.
    pub when: Expression,
    /// The same in words for people, `three units with a print`; absent = the expression itself.
    pub says: Option<String>,
}

/// An expression as a mapping.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    when: Expression,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    says: Option<String>,
}

impl Serialize for Expressed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { when, says } = self.clone();
        if says.is_none() { when.serialize(serializer) } else { Written { when, says }.serialize(serializer) }
    }
}

impl<'de> Deserialize<'de> for Expressed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EitherForm;
        impl<'de> Visitor<'de> for EitherForm {
            type Value = Expressed;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an expression such as 'cart.units >= 3', or {when: …, says: …}")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Expressed, E> {
                Ok(Expressed { when: Expression::compile(text).map_err(E::custom)?, says: None })
            }

            fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Expressed, M::Error> {
                let Written { when, says } = Written::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Expressed { when, says })
            }
        }
        deserializer.deserialize_any(EitherForm)
    }
}

impl Asks for Expressed {
    fn prepare(&self, _: &Setting<'_>) -> Box<dyn Ready> {
        Box::new(self.clone())
    }

    fn words(&self, _: &Vocabulary) -> String {
        self.says.clone().unwrap_or_else(|| format!("`{}`", self.when.text()))
    }
}

impl Ready for Expressed {
    fn reads_past_orders(&self) -> bool {
        let is_orders = |name: &&Name| matches!(name.gives, Gives::Whole(WholeName::Orders));
        self.when.reads().iter().any(is_orders)
    }

    fn ask(&self, question: &Question<'_>) -> Result<(), Refusal> {
        match self.when.evaluate(&Seen::new(question)) {
            Ok(met) => question.met_if(met),
            Err(why) => {
                let condition = format!("{} ({why})", question.words).into();
                Err(Refusal::ConditionNotMet { condition })
            }
        }
    }

    fn found(&self, question: &Question<'_>) -> String {
        let seen = Seen::new(question);
        let answer = self.when.evaluate(&seen).map_or_else(|why| why.to_string(), |is| is.to_string());
        let values = self.when.reads().iter().filter_map(|name| name.told(&seen));
        std::iter::once(answer).chain(values).collect::<Vec<_>>().join(", ")
    }
}
