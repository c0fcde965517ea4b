//! A value that a verdict may rest on, or the reason why there is none.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is known of one property of an entity.
///
/// Rules decide on [`Fact::Known`] alone. There is no `unwrap_or` on purpose: a default would turn "nobody told me"
/// into "it is not so".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "state", content = "value", rename_all = "snake_case")]
pub enum Fact<T> {
    /// The platform told us. `Known(None)` of a time means *known never* (never used, does not expire).
    Known(T),
    /// The platform does not tell anybody.
    #[default]
    NotExposed,
    /// The platform would tell, but refused us.
    Denied,
}

impl<T> Fact<T> {
    /// The value, if it is known.
    pub fn known(&self) -> Option<&T> {
        match self {
            Fact::Known(value) => Some(value),
            Fact::NotExposed | Fact::Denied => None,
        }
    }

    /// Whether this is [`Fact::Denied`].
    pub fn is_denied(&self) -> bool {
        matches!(self, Fact::Denied)
    }

    /// Whether this is [`Fact::NotExposed`]; used to leave absent facts out of recordings.
    pub fn is_not_exposed(&self) -> bool {
        matches!(self, Fact::NotExposed)
    }

    /// The fact about something computed from the value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Fact<U> {
        match self {
            Fact::Known(value) => Fact::Known(f(value)),
            Fact::NotExposed => Fact::NotExposed,
            Fact::Denied => Fact::Denied,
        }
    }
}

impl<T> From<Option<T>> for Fact<T> {
    /// A value that the platform sends when it has one: its absence is [`Fact::NotExposed`].
    fn from(value: Option<T>) -> Self {
        value.map_or(Fact::NotExposed, Fact::Known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_null_is_not_the_same_as_not_exposed() {
        let never: Fact<Option<u8>> = serde_json::from_str(r#"{"state":"known","value":null}"#).unwrap();
        assert_eq!(never, Fact::Known(None));
        let untold: Fact<Option<u8>> = serde_json::from_str(r#"{"state":"not_exposed"}"#).unwrap();
        assert_eq!(untold, Fact::NotExposed);
        assert_eq!(serde_json::to_string(&never).unwrap(), r#"{"state":"known","value":null}"#);
        assert_eq!(serde_json::to_string(&Fact::<u8>::Denied).unwrap(), r#"{"state":"denied"}"#);
    }

    #[test]
    fn known_without_a_value_is_refused_where_a_value_is_needed() {
        assert!(serde_json::from_str::<Fact<bool>>(r#"{"state":"known"}"#).is_err());
    }
}
