//! The cart comes from certain channels.

use serde::{Deserialize, Serialize};

use crate::conditions::listed::faults_of;
use crate::conditions::{Asks, Fault, Question, Ready, Setting};
use crate::names::ChannelId;
use crate::refusal::Refusal;
use crate::words::{Vocabulary, list};

/// The cart comes from one of these channels; a cart that names none comes from none of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct InChannel {
    /// One of these channels.
    #[cfg_attr(feature = "schema", schema(min_items = 1))]
    pub channels: Vec<ChannelId>,
}

impl Asks for InChannel {
    fn prepare(&self, _: &Setting<'_>) -> Box<dyn Ready> {
        Box::new(self.clone())
    }

    fn faults(&self, _: &Setting<'_>) -> Vec<Fault> {
        faults_of("channels", &self.channels, ChannelId::fault)
    }

    fn words(&self, _: &Vocabulary) -> String {
        format!("the channel is {}", list(self.channels.iter().map(ChannelId::as_str), "or"))
    }
}

impl Ready for InChannel {
    fn ask(&self, question: &Question<'_>) -> Result<(), Refusal> {
        let channel = question.case.cart.source.channel.as_ref();
        question.met_if(channel.is_some_and(|channel| self.channels.contains(channel)))
    }

    fn found(&self, question: &Question<'_>) -> String {
        question.case.cart.source.channel.as_ref().map_or("no channel".to_owned(), ToString::to_string)
    }
}
