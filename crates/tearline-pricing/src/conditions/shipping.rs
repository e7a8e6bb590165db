//! The order is shipped to certain countries, or in certain ways.

use serde::{Deserialize, Serialize};

use crate::conditions::listed::faults_in;
use crate::conditions::{Asks, Fault, Question, Ready, Setting};
use crate::names::{Country, ShippingId};
use crate::need::Need;
use crate::refusal::Refusal;
use crate::words::{Vocabulary, list};

/// The order is shipped to one of these countries and in one of these ways. As long as the cart does not say where to,
/// or has chosen no way, it is not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct ShippedTo {
    /// To one of these countries; none = to any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub countries: Vec<Country>,
    /// In one of these ways; none = in any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<ShippingId>,
}

impl ShippedTo {
    fn is_there(&self, question: &Question<'_>) -> bool {
        self.countries.is_empty() || question.country().is_some_and(|to| self.countries.contains(to))
    }

    fn is_so(&self, question: &Question<'_>) -> bool {
        let chosen = question.case.cart.shipping();
        self.methods.is_empty() || chosen.is_some_and(|option| self.methods.contains(&option.id))
    }
}

impl Asks for ShippedTo {
    fn prepare(&self, _: &Setting<'_>) -> Box<dyn Ready> {
        Box::new(self.clone())
    }

    fn faults(&self, _: &Setting<'_>) -> Vec<Fault> {
        if self.countries.is_empty() && self.methods.is_empty() {
            return vec![("countries".into(), "is needed, or `methods`".to_owned())];
        }
        let countries = faults_in("countries", &self.countries, Country::form_fault);
        countries.into_iter().chain(faults_in("methods", &self.methods, ShippingId::fault)).collect()
    }

    fn words(&self, _: &Vocabulary) -> String {
        let to = list(self.countries.iter().map(Country::as_str), "or");
        let by = list(self.methods.iter().map(ShippingId::as_str), "or");
        let to = if to.is_empty() { to } else { format!(" to {to}") };
        let by = if by.is_empty() { by } else { format!(" by {by}") };
        format!("it is shipped{to}{by}")
    }
}

impl Ready for ShippedTo {
    fn ask(&self, question: &Question<'_>) -> Result<(), Refusal> {
        question.met_if(self.is_there(question) && self.is_so(question))
    }

    fn found(&self, question: &Question<'_>) -> String {
        let to = question.country().map_or("to nobody knows where".to_owned(), |to| format!("to {to}"));
        let by = question.case.cart.shipping().map(|option| format!("by {}", option.id));
        format!("{to}, {}", by.unwrap_or_else(|| "no way chosen".to_owned()))
    }

    fn need(&self, question: &Question<'_>) -> Option<Need> {
        self.is_there(question).then(|| Need::ChooseShipping { methods: self.methods.clone() })
    }
}
