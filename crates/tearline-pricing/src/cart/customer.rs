//! Who buys.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::Cart;
use crate::attribute::Attributes;
use crate::names::CustomerId;

/// The longest e-mail address, in bytes.
pub const EMAIL_BYTES_MAX: usize = 120;

/// A customer whom the shop has identified: signed in, or by an e-mail address.
///
/// ```
/// use tearline_pricing::cart::Customer;
/// let by_email: Customer = serde_json::from_str(r#"{"email": " Ann@Example.com "}"#).unwrap();
/// assert_eq!(by_email.id.as_str(), "email:ann@example.com");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(try_from = "Fields")]
pub struct Customer {
    /// The shop's name for them; absent = `email:` and the address, without space around it and in lower case.
    #[cfg_attr(feature = "schema", schema(required = false, value_type = Option<CustomerId>))]
    pub id: CustomerId,
    /// Their e-mail address, at most 120 bytes; needed where there is no `id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(max_length = 120, example = "ann@example.com"))]
    pub email: Option<String>,
    /// What else the shop says about them.
    #[serde(skip_serializing_if = "Attributes::is_empty")]
    #[cfg_attr(feature = "schema", schema(value_type = std::collections::BTreeMap<String, crate::schema::Attribute>))]
    pub attributes: Attributes,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    #[serde(default)]
    id: Option<CustomerId>,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    attributes: Attributes,
}

impl TryFrom<Fields> for Customer {
    type Error = &'static str;

    fn try_from(Fields { id, email, attributes }: Fields) -> Result<Self, &'static str> {
        if email.as_deref().is_some_and(|email| !is_address(email.trim())) {
            return Err("`email` is not an e-mail address of at most 120 bytes");
        }
        let by_email = || email.as_deref().map(|email| EmailRules::default().customer(email));
        match id.or_else(by_email) {
            Some(id) => Ok(Self { id, email, attributes }),
            None => Err("a customer needs an `id` or an `email`"),
        }
    }
}

/// Whether it could be an address: something on each side of one `@`, and nothing that no address has.
fn is_address(email: &str) -> bool {
    let has_odd = email.chars().any(|symbol| symbol.is_whitespace() || symbol.is_control());
    let has_sides = email
        .split_once('@')
        .is_some_and(|(name, domain)| !name.is_empty() && !domain.is_empty() && !domain.contains('@'));
    email.len() <= EMAIL_BYTES_MAX && has_sides && !has_odd
}

/// Which e-mail addresses are one customer's, beyond upper and lower case.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct EmailRules {
    /// Whether `ann+sale@example.com` is `ann@example.com`.
    #[serde(default, skip_serializing_if = "is_no")]
    #[cfg_attr(feature = "schema", schema(default = false))]
    pub ignore_tags: bool,
    /// Whether `a.nn@example.com` is `ann@example.com`.
    #[serde(default, skip_serializing_if = "is_no")]
    #[cfg_attr(feature = "schema", schema(default = false))]
    pub ignore_dots: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn is_no(yes: &bool) -> bool {
    !yes
}

impl EmailRules {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// The customer that an address names.
    pub fn customer(self, email: &str) -> CustomerId {
        let address = email.trim().to_lowercase();
        let (name, domain) = address.split_once('@').unwrap_or((&address, ""));
        let name = if self.ignore_tags { name.split('+').next().unwrap_or(name) } else { name };
        let name = if self.ignore_dots { name.replace('.', "") } else { name.to_owned() };
        format!("email:{name}@{domain}").into()
    }

    /// A cart with its customer named as the shop tells addresses apart.
    pub fn identified(self, cart: &Cart) -> Cow<'_, Cart> {
        let plain = Self::default();
        let named = cart.customer.as_ref().and_then(|customer| Some((customer, customer.email.as_ref()?)));
        match named {
            Some((customer, email)) if self != plain && customer.id == plain.customer(email) => {
                let customer = Customer { id: self.customer(email), ..customer.clone() };
                Cow::Owned(Cart { customer: Some(customer), ..cart.clone() })
            }
            _ => Cow::Borrowed(cart),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(customer: &str) -> Result<Customer, String> {
        serde_json::from_str(customer).map_err(|error| error.to_string())
    }

    #[test]
    fn who_has_no_id_is_named_by_their_address() {
        let id = |customer| read(customer).unwrap().id;
        assert_eq!(id(r#"{"id": "c-1", "email": "Ann@Example.com"}"#).as_str(), "c-1");
        assert_eq!(id(r#"{"email": " Ann@Example.COM "}"#).as_str(), "email:ann@example.com");
        let written = serde_json::to_string(&read(r#"{"email": "Ann@Example.com"}"#).unwrap()).unwrap();
        assert_eq!(written, r#"{"id":"email:ann@example.com","email":"Ann@Example.com"}"#);
        assert_eq!(read(&written).unwrap().id.as_str(), "email:ann@example.com");
    }

    #[test]
    fn what_is_no_address_names_nobody() {
        assert!(read("{}").unwrap_err().contains("needs an `id` or an `email`"));
        let long = format!("{}@example.com", "a".repeat(EMAIL_BYTES_MAX));
        for email in ["", "ann", "@example.com", "ann@", "a@b@c", "ann smith@example.com", &long] {
            let told = read(&format!(r#"{{"email": "{email}"}}"#)).unwrap_err();
            assert!(told.contains("not an e-mail address"), "{email}: {told}");
        }
    }

    #[test]
    fn a_shop_says_which_addresses_are_one_customers() {
        let tags = EmailRules { ignore_tags: true, ..EmailRules::default() };
        let both = EmailRules { ignore_dots: true, ..tags };
        let named = |rules: EmailRules| rules.customer("A.nn+Sale@example.com");
        assert_eq!(named(EmailRules::default()).as_str(), "email:a.nn+sale@example.com");
        assert_eq!(named(tags).as_str(), "email:a.nn@example.com");
        assert_eq!(named(both).as_str(), "email:ann@example.com");
    }
}
