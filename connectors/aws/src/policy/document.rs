//! A policy document, read once into types: what it allows and denies, on what, under which conditions.
//!
//! It knows nothing of principals or of what actions mean. A document that IAM itself would refuse is a
//! [`PolicyError`], never a guess: an analysis that skipped a `Deny` it could not read would claim too much, one that
//! skipped an `Allow` too little.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::pattern::Pattern;

/// The longest document that is read, in bytes. IAM's own limits are far below (managed 6,144, inline 10,240
/// characters without white space).
pub(super) const MAX_DOCUMENT_BYTES: usize = 256 * 1024;

/// Why a document could not be read. Messages hold no text of the document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// Longer than [`MAX_DOCUMENT_BYTES`].
    #[error("policy document of {bytes} bytes is too long")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// Not JSON, or not of a policy's shape.
    #[error("policy document is malformed at line {line}, column {column}")]
    Malformed {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// A statement whose `Effect` is neither `Allow` nor `Deny`.
    #[error("statement {statement} has no effect that is Allow or Deny")]
    Effect {
        /// Which, from 0.
        statement: usize,
    },
    /// A statement with neither or both of a pair, such as `Action` and `NotAction`.
    #[error("statement {statement} needs exactly one of {element} and Not{element}")]
    OneOf {
        /// Which, from 0.
        statement: usize,
        /// `Action`, `Resource` or `Principal`.
        element: &'static str,
    },
}

/// A document's statements.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Document {
    /// In the order written.
    pub(super) statements: Vec<Statement>,
    /// Whether `${…}` in resources and conditions are variables: only since version `2012-10-17`.
    pub(super) has_variables: bool,
}

/// One statement.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Statement {
    /// Allow or deny.
    pub(super) effect: Effect,
    /// Which actions.
    pub(super) actions: Choice,
    /// On which resources; everything in a trust policy, which has no `Resource`.
    pub(super) resources: Choice,
    /// Who, in a trust policy.
    pub(super) principals: Principals,
    /// Under which conditions, all of which must hold.
    pub(super) conditions: Vec<Condition>,
}

/// What a statement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// Allows.
    Allow,
    /// Denies.
    Deny,
}

/// These, or all but these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Choice {
    /// `Action`, `Resource`.
    Only(Vec<Pattern>),
    /// `NotAction`, `NotResource`.
    AllBut(Vec<Pattern>),
}

/// A statement's `Principal`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Principals {
    /// It has none, as in identity policies.
    Absent,
    /// `"*"`.
    Anyone,
    /// By kind (`AWS`, `Service`, `Federated`, `CanonicalUser`), in the order written.
    These(BTreeMap<String, Vec<String>>),
    /// `NotPrincipal`: everybody but these.
    AllBut,
}

/// One operator on one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Condition {
    /// The operator, in lower case without its prefix and suffix: `stringlike`.
    pub(super) operator: String,
    /// `ForAllValues:` or `ForAnyValue:`.
    pub(super) quantifier: Option<Quantifier>,
    /// Whether it ended in `IfExists`: it also holds where the key is absent.
    pub(super) if_exists: bool,
    /// The key, in lower case: `aws:principalorgid`.
    pub(super) key: String,
    /// Any of these must match.
    pub(super) values: Vec<String>,
}

/// How a condition treats a key with many values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quantifier {
    /// Holds also when there is no value at all.
    ForAllValues,
    /// Holds when one does.
    ForAnyValue,
}

/// Which kind of document: identity policies need a resource and have no principal, trust policies the other way round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DocumentKind {
    /// Attached to a user, group or role, or a permission boundary.
    Identity,
    /// A role's trust policy.
    Trust,
}

/// Reads a document that is already URL-decoded.
///
/// # Errors
/// When it is not a policy document of this kind.
pub(super) fn parse(text: &str, kind: DocumentKind) -> Result<Document, PolicyError> {
    if text.len() > MAX_DOCUMENT_BYTES {
        return Err(PolicyError::TooLong { bytes: text.len() });
    }
    let wire: WireDocument =
        serde_json::from_str(text).map_err(|e| PolicyError::Malformed { line: e.line(), column: e.column() })?;
    let statements = wire.statement.0.into_iter().enumerate().map(|(index, s)| statement(index, s, kind));
    Ok(Document {
        statements: statements.collect::<Result<_, _>>()?,
        has_variables: wire.version.as_deref() == Some("2012-10-17"),
    })
}

fn statement(index: usize, wire: WireStatement, kind: DocumentKind) -> Result<Statement, PolicyError> {
    let effect = match wire.effect.as_str() {
        "Allow" => Effect::Allow,
        "Deny" => Effect::Deny,
        _ => return Err(PolicyError::Effect { statement: index }),
    };
    let one_of = |element| PolicyError::OneOf { statement: index, element };
    let actions = choice(wire.action, wire.not_action, Pattern::any_case).ok_or_else(|| one_of("Action"))?;
    let (resources, principals) = match kind {
        DocumentKind::Identity => {
            let found = choice(wire.resource, wire.not_resource, Pattern::exact_case);
            (found.ok_or_else(|| one_of("Resource"))?, Principals::Absent)
        }
        DocumentKind::Trust => {
            let principals = match (wire.principal, wire.not_principal) {
                (Some(WirePrincipal::Anyone(star)), None) if star == "*" => Principals::Anyone,
                (Some(WirePrincipal::These(these)), None) => {
                    Principals::These(these.into_iter().map(|(kind, names)| (kind, names.0)).collect())
                }
                (None, Some(_)) => Principals::AllBut,
                _ => return Err(one_of("Principal")),
            };
            (Choice::AllBut(Vec::new()), principals)
        }
    };
    let conditions = wire.condition.into_iter().flat_map(|(operator, keys)| conditions(&operator, keys)).collect();
    Ok(Statement { effect, actions, resources, principals, conditions })
}

fn choice(
    only: Option<OneOrMany<String>>,
    but: Option<OneOrMany<String>>,
    to_pattern: fn(&str) -> Pattern,
) -> Option<Choice> {
    let patterns = |names: OneOrMany<String>| names.0.iter().map(|name| to_pattern(name)).collect();
    match (only, but) {
        (Some(only), None) => Some(Choice::Only(patterns(only))),
        (None, Some(but)) => Some(Choice::AllBut(patterns(but))),
        _ => None,
    }
}

fn conditions(operator: &str, keys: BTreeMap<String, OneOrMany<Scalar>>) -> Vec<Condition> {
    let lower = operator.to_ascii_lowercase();
    let (quantifier, rest) = match lower.split_once(':') {
        Some(("forallvalues", rest)) => (Some(Quantifier::ForAllValues), rest),
        Some(("foranyvalue", rest)) => (Some(Quantifier::ForAnyValue), rest),
        _ => (None, lower.as_str()),
    };
    let (operator, if_exists) = rest.strip_suffix("ifexists").map_or((rest, false), |base| (base, true));
    keys.into_iter()
        .map(|(key, values)| Condition {
            operator: operator.to_owned(),
            quantifier,
            if_exists,
            key: key.to_ascii_lowercase(),
            values: values.0.into_iter().map(|value| value.0).collect(),
        })
        .collect()
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct WireDocument {
    version: Option<String>,
    statement: OneOrMany<WireStatement>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct WireStatement {
    effect: String,
    action: Option<OneOrMany<String>>,
    not_action: Option<OneOrMany<String>>,
    resource: Option<OneOrMany<String>>,
    not_resource: Option<OneOrMany<String>>,
    principal: Option<WirePrincipal>,
    not_principal: Option<WirePrincipal>,
    #[serde(default)]
    condition: BTreeMap<String, BTreeMap<String, OneOrMany<Scalar>>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum WirePrincipal {
    Anyone(String),
    These(BTreeMap<String, OneOrMany<String>>),
}

/// IAM writes a list of one as the thing itself.
struct OneOrMany<T>(Vec<T>);

impl<'de, T: serde::de::DeserializeOwned> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either<T> {
            Many(Vec<T>),
            One(T),
        }
        Ok(match Either::<T>::deserialize(deserializer)? {
            Either::Many(many) => OneOrMany(many),
            Either::One(one) => OneOrMany(vec![one]),
        })
    }
}

/// Condition values may be written as strings, booleans or numbers.
struct Scalar(String);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Any {
            Text(String),
            Bool(bool),
            Number(serde_json::Number),
        }
        Ok(Scalar(match Any::deserialize(deserializer)? {
            Any::Text(text) => text,
            Any::Bool(flag) => flag.to_string(),
            Any::Number(number) => number.to_string(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_and_many_are_read_alike() {
        let one = parse(
            r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}"#,
            DocumentKind::Identity,
        );
        let many = parse(
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject"],"Resource":["*"]}]}"#,
            DocumentKind::Identity,
        );
        assert_eq!(one, many);
        assert!(one.unwrap().has_variables);
    }

    #[test]
    fn conditions_keep_quantifier_suffix_and_scalars() {
        let text = r#"{"Statement":[{"Effect":"Deny","NotAction":"iam:*","Resource":"*","Condition":
            {"ForAnyValue:StringLikeIfExists":{"aws:PrincipalTag/Team":["a","b"]},"Bool":{"aws:MultiFactorAuthPresent":false}}}]}"#;
        let document = parse(text, DocumentKind::Identity).unwrap();
        let conditions = &document.statements[0].conditions;
        assert_eq!(conditions[0].operator, "bool");
        assert_eq!(conditions[0].values, ["false"]);
        assert_eq!(conditions[1].operator, "stringlike");
        assert_eq!(conditions[1].quantifier, Some(Quantifier::ForAnyValue));
        assert!(conditions[1].if_exists);
        assert_eq!(conditions[1].key, "aws:principaltag/team");
        assert!(!document.has_variables);
    }

    #[test]
    fn what_iam_would_refuse_is_an_error_that_says_where() {
        for (text, expected) in [
            ("", "policy document is malformed at line 1, column 0"),
            ("[]", "policy document is malformed at line 1, column 0"),
            (
                r#"{"Statement":[{"Effect":"allow","Action":"*","Resource":"*"}]}"#,
                "statement 0 has no effect that is Allow or Deny",
            ),
            (
                r#"{"Statement":[{"Effect":"Allow","Resource":"*"}]}"#,
                "statement 0 needs exactly one of Action and NotAction",
            ),
            (
                r#"{"Statement":[{"Effect":"Allow","Action":"*","NotAction":"*","Resource":"*"}]}"#,
                "statement 0 needs exactly one of Action and NotAction",
            ),
            (
                r#"{"Statement":[{"Effect":"Allow","Action":"*"}]}"#,
                "statement 0 needs exactly one of Resource and NotResource",
            ),
        ] {
            let error = parse(text, DocumentKind::Identity).unwrap_err();
            assert!(error.to_string().starts_with(&expected[..30]), "{text}: {error}");
        }
        let long = " ".repeat(MAX_DOCUMENT_BYTES + 1);
        assert!(matches!(parse(&long, DocumentKind::Trust), Err(PolicyError::TooLong { .. })));
    }

    #[test]
    fn errors_repeat_nothing_of_the_document() {
        let error = parse(r#"{"Statement":[{"Effect":"AKIASECRET"}]}"#, DocumentKind::Identity).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("AKIASECRET"));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in r#"[\[\]{}":,a-zA-Z*\\ ]{0,200}"#) {
            let _ = parse(&text, DocumentKind::Identity);
            let _ = parse(&text, DocumentKind::Trust);
        }

        #[test]
        fn a_document_cut_anywhere_is_an_error(cut in 0usize..120) {
            let text = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject","s3:ListBucket"],"Resource":"*"}]}"#;
            if cut < text.len() {
                prop_assert!(parse(&text[..cut], DocumentKind::Identity).is_err());
            }
        }
    }
}
