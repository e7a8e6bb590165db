//! Money, percentages and the three ways to round.

use std::fmt;
use std::str::FromStr;

use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use smallvec::SmallVec;

/// The largest price of one unit, and the largest amount a document may name: 10^12 minor units.
///
/// With [`crate::cart::CART_MINOR_MAX`] it keeps every product on the way to a price below 2^127, so that no
/// step can overflow.
pub const MINOR_MAX: i64 = 1_000_000_000_000;

/// A currency of ISO 4217 that has a minor unit; its exponent says how many digits that unit has.
///
/// ```
/// use tearline_pricing::money::Currency;
/// let exponents = ["JPY", "USD", "BHD"].map(|code| code.parse::<Currency>().unwrap().exponent());
/// assert_eq!(exponents, [0, 2, 3]);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// The euro.
    pub const EUR: Self = Self(iso_currency::Currency::EUR);
    /// The United States dollar.
    pub const USD: Self = Self(iso_currency::Currency::USD);

    /// The three letters of the currency, `USD`.
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// The sign by which people know the currency, `€`; the three letters where there is none.
    pub fn symbol(self) -> String {
        let symbol = self.0.symbol().to_string();
        if symbol == "¤" { self.code().to_owned() } else { symbol }
    }

    /// How many decimal digits the minor unit has: 0 for the yen, 2 for the dollar, 3 for the Bahraini dinar.
    pub fn exponent(self) -> u32 {
        self.0.exponent().map_or(0, u32::from)
    }
}

impl Ord for Currency {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.code().cmp(other.code())
    }
}

impl PartialOrd for Currency {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Why a text is not money, a currency or a percentage; says what was found and what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotMoney {
    /// Not the code of a currency with a minor unit.
    #[error("`{0}` is not a currency: write its three capital letters of ISO 4217, such as USD, EUR or JPY")]
    Currency(String),
    /// Not a decimal number and a currency.
    #[error("`{0}` is not an amount: write a number and its currency, such as \"15.00 USD\"")]
    Shape(String),
    /// More digits after the point than the currency has.
    #[error("`{text}` has more than {digits} digits after the point, which {currency} does not have")]
    Digits {
        /// What was written.
        text: String,
        /// How many digits the currency has.
        digits: u32,
        /// The currency.
        currency: Currency,
    },
    /// Below zero or above [`MINOR_MAX`].
    #[error("`{0}` is out of range: amounts go from 0 to {MINOR_MAX} minor units")]
    Range(String),
    /// Not a percentage from 0 to 100 with at most four digits after the point.
    #[error("`{0}` is not a percentage: write a number from 0 to 100 with at most 4 digits after the point")]
    Percent(String),
}

impl FromStr for Currency {
    type Err = NotMoney;

    fn from_str(text: &str) -> Result<Self, NotMoney> {
        let unknown = || NotMoney::Currency(text.chars().take(40).collect());
        let currency = iso_currency::Currency::from_code(text).ok_or_else(unknown)?;
        currency.exponent().map(|_| Self(currency)).ok_or_else(unknown)
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Code;
        impl Visitor<'_> for Code {
            type Value = Currency;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a currency such as \"USD\"")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Currency, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Code)
    }
}

/// An amount of money in the minor unit of its currency.
///
/// `Money::new(1_999, Currency::EUR)` is 19.99 euro: the field counts *cents*; for `JPY` it counts whole yen.
/// In documents it is written `"19.99 EUR"` or `{"amount": 1999, "currency": "EUR"}`. Amounts combine only
/// within one currency, and nothing here converts between two.
///
/// ```
/// use tearline_pricing::money::{Currency, Money};
/// assert_eq!("19.99 EUR".parse(), Ok(Money::new(1_999, Currency::EUR)));
/// assert_eq!(Money::new(5, Currency::USD).to_string(), "0.05 USD");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money {
    /// The amount in minor units.
    pub minor: i64,
    /// Its currency.
    pub currency: Currency,
}

impl Money {
    /// So many minor units of a currency.
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// The number alone, with the currency's digits: `19.99`.
    ///
    /// ```
    /// use tearline_pricing::money::{Currency, Money};
    /// assert_eq!(Money::new(-1_205, Currency::USD).digits(), "-12.05");
    /// ```
    pub fn digits(self) -> String {
        let exponent = self.currency.exponent();
        let scale = 10_u64.pow(exponent);
        let sign = if self.minor < 0 { "-" } else { "" };
        let (whole, rest) = (self.minor.unsigned_abs() / scale, self.minor.unsigned_abs() % scale);
        match exponent {
            0 => format!("{sign}{whole}"),
            width => format!("{sign}{whole}.{rest:0width$}", width = width as usize),
        }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.digits(), self.currency)
    }
}

impl FromStr for Money {
    type Err = NotMoney;

    fn from_str(text: &str) -> Result<Self, NotMoney> {
        let shape = || NotMoney::Shape(text.chars().take(40).collect());
        let (number, code) = text.trim().rsplit_once(' ').ok_or_else(shape)?;
        let currency: Currency = code.parse()?;
        let digits = currency.exponent();
        match decimal(number.trim(), digits) {
            Ok(minor) if minor <= MINOR_MAX => Ok(Self { minor, currency }),
            Ok(_) | Err(Decimal::TooLarge) => Err(NotMoney::Range(text.chars().take(40).collect())),
            Err(Decimal::TooFine) => Err(NotMoney::Digits { text: text.to_owned(), digits, currency }),
            Err(Decimal::NotNumber) => Err(shape()),
        }
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyForm;
        impl<'de> Visitor<'de> for AnyForm {
            type Value = Money;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an amount with its currency, such as \"15.00 USD\"")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Money, E> {
                text.parse().map_err(E::custom)
            }
            fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Money, M::Error> {
                money_from_parts(map)
            }
        }
        deserializer.deserialize_any(AnyForm)
    }
}

fn money_from_parts<'de, M: MapAccess<'de>>(map: M) -> Result<Money, M::Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Parts {
        amount: i64,
        currency: Currency,
    }
    let parts = Parts::deserialize(de::value::MapAccessDeserializer::new(map))?;
    if !(0..=MINOR_MAX).contains(&parts.amount) {
        return Err(de::Error::custom(NotMoney::Range(parts.amount.to_string())));
    }
    Ok(Money::new(parts.amount, parts.currency))
}

/// One amount for each of some currencies, sorted by the currency's letters.
///
/// Written as one amount, `"15.00 USD"`, or as a list, `["15.00 USD", "14.00 EUR"]`. A promotion whose amounts
/// lack the cart's currency answers `currency_not_offered`; nothing is converted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amounts(SmallVec<[Money; 1]>);

impl Amounts {
    /// The amount in minor units of `currency`, if there is one.
    pub fn in_currency(&self, currency: Currency) -> Option<i64> {
        self.0.iter().find(|money| money.currency == currency).map(|money| money.minor)
    }

    /// The amounts, in order of their currencies' letters.
    pub fn iter(&self) -> impl Iterator<Item = Money> + '_ {
        self.0.iter().copied()
    }

    /// Collects amounts from 0 to [`MINOR_MAX`]; two in one currency are refused.
    ///
    /// # Errors
    ///
    /// The amount out of range, the currency that came twice, or nothing at all in the list.
    pub fn collect(amounts: impl IntoIterator<Item = Money>) -> Result<Self, String> {
        let mut amounts: SmallVec<[Money; 1]> = amounts.into_iter().collect();
        if let Some(money) = amounts.iter().find(|money| !(0..=MINOR_MAX).contains(&money.minor)) {
            return Err(NotMoney::Range(money.minor.to_string()).to_string());
        }
        amounts.sort_by_key(|money| money.currency);
        if let Some(pair) = amounts.windows(2).find(|pair| pair[0].currency == pair[1].currency) {
            return Err(format!("two amounts in {}: give one for each currency", pair[0].currency));
        }
        if amounts.is_empty() {
            return Err("no amount: give at least one, such as \"15.00 USD\"".to_owned());
        }
        Ok(Self(amounts))
    }
}

impl TryFrom<Money> for Amounts {
    type Error = String;

    fn try_from(money: Money) -> Result<Self, String> {
        Self::collect([money])
    }
}

impl fmt::Display for Amounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, money) in self.0.iter().enumerate() {
            write!(f, "{}{money}", if index == 0 { "" } else { " or " })?;
        }
        Ok(())
    }
}

impl Serialize for Amounts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [one] => one.serialize(serializer),
            several => several.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Amounts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMore;
        impl<'de> Visitor<'de> for OneOrMore {
            type Value = Amounts;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an amount such as \"15.00 USD\", or a list with one for each currency")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Amounts, E> {
                text.parse::<Money>().map_err(E::custom).and_then(|money| money.try_into().map_err(E::custom))
            }
            fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Amounts, M::Error> {
                money_from_parts(map)?.try_into().map_err(de::Error::custom)
            }
            fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<Amounts, S::Error> {
                let amounts = std::iter::from_fn(|| seq.next_element().transpose());
                Amounts::collect(amounts.collect::<Result<Vec<Money>, _>>()?).map_err(de::Error::custom)
            }
        }
        deserializer.deserialize_any(OneOrMore)
    }
}

/// A percentage from 0 to 100, exact to four digits after the point: parts per million.
///
/// ```
/// use tearline_pricing::money::{Percent, Rounding};
/// let off: Percent = "15".parse().unwrap();
/// assert_eq!(off.of(1_999, Rounding::HalfUp), 300); // 15 % of 19.99 is 2.9985, requirements.md B3
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Percent {
    ppm: i64,
}

impl Percent {
    /// Everything: 100 %.
    pub const ALL: Self = Self { ppm: 1_000_000 };

    /// So many parts per million, if from 0 to a million.
    pub fn from_ppm(ppm: i64) -> Option<Self> {
        (0..=1_000_000).contains(&ppm).then_some(Self { ppm })
    }

    /// The percentage in parts per million: 12.5 % is 125,000.
    pub const fn ppm(self) -> i64 {
        self.ppm
    }

    /// This share of an amount, rounded once to the minor unit.
    pub fn of(self, minor: i64, rounding: Rounding) -> i64 {
        match minor.checked_mul(self.ppm) {
            Some(product) => rounding.divide(product, 1_000_000),
            None => rounding.divide_wide(i128::from(minor) * i128::from(self.ppm), 1_000_000),
        }
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.ppm / 10_000, self.ppm % 10_000);
        match rest {
            0 => write!(f, "{whole}%"),
            rest => write!(f, "{whole}.{}%", format!("{rest:04}").trim_end_matches('0')),
        }
    }
}

impl FromStr for Percent {
    type Err = NotMoney;

    fn from_str(text: &str) -> Result<Self, NotMoney> {
        let number = text.trim().trim_end_matches('%').trim_end();
        let ppm = decimal(number, 4).ok().and_then(Self::from_ppm);
        ppm.ok_or_else(|| NotMoney::Percent(text.chars().take(40).collect()))
    }
}

impl Serialize for Percent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.ppm % 10_000 {
            0 => serializer.serialize_i64(self.ppm / 10_000),
            _ => serializer.serialize_str(self.to_string().trim_end_matches('%')),
        }
    }
}

impl<'de> Deserialize<'de> for Percent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Number;
        impl Visitor<'_> for Number {
            type Value = Percent;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a percentage such as 10 or \"12.5\"")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Percent, E> {
                text.parse().map_err(E::custom)
            }
            fn visit_i64<E: de::Error>(self, whole: i64) -> Result<Percent, E> {
                self.visit_str(&whole.to_string())
            }
            fn visit_u64<E: de::Error>(self, whole: u64) -> Result<Percent, E> {
                self.visit_str(&whole.to_string())
            }
            // The shortest text that reads back as the same number is what the author wrote.
            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Percent, E> {
                self.visit_str(&number.to_string())
            }
        }
        deserializer.deserialize_any(Number)
    }
}

/// How a fraction of a minor unit becomes a whole one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// To the nearest, a half away from zero: 0.5 becomes 1. The default.
    #[default]
    HalfUp,
    /// To the nearest, a half to the even neighbour: 0.5 becomes 0, 1.5 becomes 2.
    HalfEven,
    /// Towards zero: 0.9 becomes 0.
    Down,
}

impl Rounding {
    /// `dividend / divisor`, rounded; both not negative, the divisor not zero.
    ///
    /// ```
    /// use tearline_pricing::money::Rounding;
    /// let halves = [Rounding::HalfUp, Rounding::HalfEven, Rounding::Down].map(|r| r.divide(5, 2));
    /// assert_eq!(halves, [3, 2, 2]);
    /// ```
    pub fn divide(self, dividend: i64, divisor: i64) -> i64 {
        let (quotient, rest) = (dividend / divisor, dividend % divisor);
        quotient + i64::from(self.goes_up(rest.cmp(&(divisor - rest)), quotient % 2 != 0))
    }

    /// [`Rounding::divide`] for sums that may pass 2^63 on the way to a quotient that does not.
    pub fn divide_wide(self, dividend: i128, divisor: i128) -> i64 {
        let (quotient, rest) = (dividend / divisor, dividend % divisor);
        let quotient = i64::try_from(quotient).expect("validated carts keep every total below 2^63");
        quotient + i64::from(self.goes_up(rest.cmp(&(divisor - rest)), quotient % 2 != 0))
    }

    fn goes_up(self, rest_to_gap: std::cmp::Ordering, odd: bool) -> bool {
        match self {
            Self::HalfUp => rest_to_gap.is_ge(),
            Self::HalfEven => rest_to_gap.is_gt() || (rest_to_gap.is_eq() && odd),
            Self::Down => false,
        }
    }
}

enum Decimal {
    NotNumber,
    TooFine,
    TooLarge,
}

/// Reads `12.5` as an integer count of `10^-digits`, without passing through a float.
fn decimal(text: &str, digits: u32) -> Result<i64, Decimal> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) {
        return Err(Decimal::NotNumber);
    }
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > digits as usize {
        return Err(Decimal::TooFine);
    }
    let padded = format!("{whole}{fraction:0<width$}", width = digits as usize);
    padded.parse().map_err(|_| Decimal::TooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_by_the_digits_of_their_currency() {
        let read = |text: &str| text.parse::<Money>().map(|money| money.minor);
        assert_eq!(read("15.00 USD"), Ok(1_500));
        assert_eq!(read("15 USD"), Ok(1_500));
        assert_eq!(read("1500 JPY"), Ok(1_500));
        assert_eq!(read("1.5 BHD"), Ok(1_500));
        assert!(matches!(read("1.5 JPY"), Err(NotMoney::Digits { .. })));
        assert!(matches!(read("15.00 usd"), Err(NotMoney::Currency(_))));
        assert!(matches!(read("-1 USD"), Err(NotMoney::Shape(_))));
        assert!(matches!(read("99999999999999999999 USD"), Err(NotMoney::Range(_))));
        assert!(matches!(read("15.00"), Err(NotMoney::Shape(_))));
    }

    #[test]
    fn a_percentage_may_come_as_text_whole_number_or_fraction() {
        let read = |json: &str| serde_json::from_str::<Percent>(json).map(Percent::ppm).ok();
        assert_eq!(read("10"), Some(100_000));
        assert_eq!(read("12.5"), Some(125_000));
        assert_eq!(read("\"12.3456%\""), Some(123_456));
        assert_eq!(read("100"), Some(1_000_000));
        assert_eq!(read("100.0001"), None);
        assert_eq!(read("12.34567"), None);
        assert_eq!(read("-1"), None);
    }

    #[test]
    fn a_currency_comes_once_in_a_list() {
        let twice = serde_json::from_str::<Amounts>(r#"["1.00 USD", "2.00 USD"]"#);
        assert!(twice.unwrap_err().to_string().contains("two amounts in USD"));
    }
}
