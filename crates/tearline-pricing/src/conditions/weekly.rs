//! Hours that come back every week.

mod hours;

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Time;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::conditions::{Asks, Fault, Question, Ready, Setting};
use crate::refusal::Refusal;
use crate::words::{Vocabulary, list};
use hours::Hours;

/// The shop's clock shows certain hours of certain days of the week. What the clock shows decides: an hour that it skips
/// in spring holds for nobody, one that it shows twice in autumn holds twice.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Weekly {
    /// On these days of the week; none = on every day.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<Weekday>,
    /// From this time of day; absent = from its start.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<crate::schema::TimeOfDay>))]
    pub from: Option<TimeOfDay>,
    /// Until this time of day, which no longer belongs to it; one that is not later than `from` is of the next day.
    /// Absent = until the day ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<crate::schema::TimeOfDay>))]
    pub until: Option<TimeOfDay>,
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Weekday {
    /// Monday.
    Monday,
    /// Tuesday.
    Tuesday,
    /// Wednesday.
    Wednesday,
    /// Thursday.
    Thursday,
    /// Friday.
    Friday,
    /// Saturday.
    Saturday,
    /// Sunday.
    Sunday,
}

impl Weekday {
    const ALL: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Monday => "Monday",
            Self::Tuesday => "Tuesday",
            Self::Wednesday => "Wednesday",
            Self::Thursday => "Thursday",
            Self::Friday => "Friday",
            Self::Saturday => "Saturday",
            Self::Sunday => "Sunday",
        }
    }
}

/// A time of day, to the minute: `17:30`.
///
/// ```
/// use tearline_pricing::conditions::weekly::TimeOfDay;
/// let opening: TimeOfDay = "17:30".parse().unwrap();
/// assert_eq!(opening.to_string(), "17:30");
/// assert!("24:00".parse::<TimeOfDay>().unwrap_err().contains("from 00:00 to 23:59"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeOfDay(Time);

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0.hour(), self.0.minute())
    }
}

impl FromStr for TimeOfDay {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |digits: &str| -> Option<i8> {
            let is_plain = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
            if is_plain { digits.parse().ok() } else { None }
        };
        let parts = text.split_once(':').and_then(|(hour, minute)| Some((number(hour)?, number(minute)?)));
        let time = parts.and_then(|(hour, minute)| Time::new(hour, minute, 0, 0).ok());
        time.map(Self).ok_or_else(|| {
            let shown: String = text.chars().take(40).collect();
            format!(
                "`{shown}` is not a time of day: write hours and minutes from 00:00 to 23:59, such as 17:30"
            )
        })
    }
}

impl Serialize for TimeOfDay {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TimeOfDay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The hours, and when the promotion itself ends: what opens only after that never opens.
#[derive(Debug)]
struct Openings {
    hours: Hours,
    ends_at: Option<Timestamp>,
}

impl Weekly {
    /// `Monday to Friday`, `Saturday or Sunday`; nothing, if it is every day.
    fn days_words(&self) -> String {
        let days = Weekday::ALL.into_iter().filter(|day| self.days.contains(day)).collect::<Vec<_>>();
        let runs = days.chunk_by(|day, next| *next as usize == *day as usize + 1);
        let words = runs.flat_map(|run| match run {
            [first, _, .., last] => vec![format!("{} to {}", first.name(), last.name())],
            few => few.iter().map(|day| day.name().to_owned()).collect(),
        });
        let words: Vec<String> = words.collect();
        if days.len() == Weekday::ALL.len() {
            String::new()
        } else {
            list(words.iter().map(String::as_str), "or")
        }
    }

    /// `from 22:00 to 02:00`; nothing, if it is all day.
    fn hours_words(&self) -> String {
        match (self.from, self.until) {
            (None, None) => String::new(),
            (Some(from), None) => format!("from {from}"),
            (None, Some(until)) => format!("before {until}"),
            (Some(from), Some(until)) => format!("from {from} to {until}"),
        }
    }
}

impl Asks for Weekly {
    fn prepare(&self, setting: &Setting<'_>) -> Box<dyn Ready> {
        let hours = Hours::new(&self.days, self.from, self.until, setting.zone);
        Box::new(Openings { hours, ends_at: setting.window.ends_at })
    }

    fn faults(&self, _: &Setting<'_>) -> Vec<Fault> {
        let fault = |field: &'static str, message: &str| vec![(field.into(), message.to_owned())];
        match (self.from.map(|from| from.0), self.until.map(|until| until.0)) {
            (None, None) if self.days.is_empty() => fault("days", "is needed, or `from` or `until`"),
            (from, Some(until)) if from.unwrap_or_default() == until => {
                fault("until", "must differ from `from`; leave both out for the whole day")
            }
            _ => Vec::new(),
        }
    }

    fn words(&self, _: &Vocabulary) -> String {
        let (days, hours) = (self.days_words(), self.hours_words());
        let days = if days.is_empty() { days } else { format!("on {days}") };
        let parts = [days, hours].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
        format!("it is ordered {}", if parts.is_empty() { "on any day".to_owned() } else { parts.join(" ") })
    }
}

impl Ready for Openings {
    fn ask(&self, question: &Question<'_>) -> Result<(), Refusal> {
        let at = question.case.at;
        if self.hours.hold(at) {
            return Ok(());
        }
        let next = self.hours.next(at).filter(|next| self.ends_at.is_none_or(|end| *next < end));
        Err(next.map_or_else(|| question.unmet(), |starts_at| Refusal::NotStarted { starts_at }))
    }

    fn found(&self, question: &Question<'_>) -> String {
        question.now().strftime("%A %H:%M %Z").to_string()
    }
}
