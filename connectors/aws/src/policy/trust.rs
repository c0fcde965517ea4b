//! A role's trust policy: who may become the role, and what limits it.
//!
//! When AWS shows a bare unique id (`AIDA…`, `AROA…`) where an ARN was written, the principal was deleted: saving the
//! policy turns ARNs into ids, and only ids of what exists are turned back
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>, read 2026-11-24).

use super::document::{Condition, DocumentKind, Effect, PolicyError, Principals, Quantifier, Statement, parse};
use super::pattern::Pattern;

/// Whom a role trusts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trust {
    /// Each subject once for each statement that trusts it, in the order written.
    pub subjects: Vec<TrustedSubject>,
    /// Whether a statement denies; what it takes away is not worked out.
    pub has_denials: bool,
}

/// One subject of one statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedSubject {
    /// Who.
    pub subject: Subject,
    /// What narrows it down, in the order of their keys.
    pub limits: Vec<Limit>,
}

/// Who is trusted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// `*`: anyone with an AWS account, and, without limits, anyone at all.
    Anyone,
    /// All that an account lets act: its id.
    Account(String),
    /// A user, role, assumed role or federated user, by ARN; it may hold no wildcard.
    Principal(String),
    /// A user or role that was deleted: its unique id.
    Deleted(String),
    /// An AWS service, such as `lambda.amazonaws.com`.
    Service(String),
    /// Whoever an identity provider vouches for.
    Federated {
        /// Which.
        provider: Provider,
        /// The subjects it must name, which may hold wildcards; empty: any.
        subjects: Vec<String>,
        /// The audiences it must name; empty: any.
        audiences: Vec<String>,
    },
    /// An S3 canonical user id.
    CanonicalUser(String),
    /// Everybody but some (`NotPrincipal`).
    AllBut,
}

/// An identity provider.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Provider {
    /// OpenID Connect: the issuer as a URL.
    Oidc(String),
    /// SAML: the provider's ARN.
    Saml(String),
}

/// What narrows a trust down. Values that work like passwords are not kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Limit {
    /// `sts:ExternalId` must be known; the value is not kept.
    ExternalId,
    /// Only members of these organisations, or of parts of them.
    Organization(Vec<String>),
    /// Only these accounts.
    Account(Vec<String>),
    /// Only these principals, by ARN pattern.
    Principal(Vec<String>),
    /// Something else: the condition's key, in lower case.
    Other(String),
}

impl Trust {
    /// Reads a trust policy that is already URL-decoded.
    ///
    /// # Errors
    /// When the text is not a trust policy.
    pub fn parse(text: &str) -> Result<Trust, PolicyError> {
        let document = parse(text, DocumentKind::Trust)?;
        let mut trust = Trust::default();
        for statement in &document.statements {
            match statement.effect {
                Effect::Allow => trust.subjects.extend(subjects(statement)),
                Effect::Deny => trust.has_denials = true,
            }
        }
        Ok(trust)
    }
}

impl TrustedSubject {
    /// Whether this lets in somebody whom nobody chose: `*` or `NotPrincipal` with nothing that says who, or a public
    /// identity provider whose every user is let in.
    pub fn is_open(&self) -> bool {
        let narrows = |limit: &Limit| !matches!(limit, Limit::Other(_));
        match &self.subject {
            Subject::Anyone | Subject::AllBut => !self.limits.iter().any(narrows),
            Subject::Federated { provider: Provider::Oidc(issuer), subjects, .. } => {
                is_shared(issuer)
                    && (subjects.is_empty() || subjects.iter().any(|s| is_any_subject(s)))
                    && self.limits.is_empty()
            }
            _ => false,
        }
    }
}

/// Issuers that sign for everybody's tenants alike: without a subject they vouch for strangers.
fn is_shared(issuer: &str) -> bool {
    [
        "token.actions.githubusercontent.com",
        "gitlab.com",
        "app.terraform.io",
        "accounts.google.com",
        "graph.facebook.com",
        "www.amazon.com",
        "cognito-identity.amazonaws.com",
        "agent.buildkite.com",
        "oidc.vercel.com",
        "api.bitbucket.org",
    ]
    .iter()
    .any(|shared| issuer.strip_prefix("https://").is_some_and(|host| host.split('/').next() == Some(shared)))
}

/// `*`, `repo:*`, `repo:*/*:*`, `repo:acme*`: a pattern that leaves the tenant open. A name that is cut by a wildcard before
/// what ends it is anybody's who takes a name that begins so.
fn is_any_subject(subject: &str) -> bool {
    let Some(wildcard) = subject.find(['*', '?']) else { return false };
    let literal = &subject[..wildcard];
    literal.split_once(':').is_none_or(|(_, tenant)| !tenant.contains(['/', '@', ':']))
}

fn subjects(statement: &Statement) -> Vec<TrustedSubject> {
    let limits: Vec<Limit> = statement.conditions.iter().filter_map(limit).collect();
    let with = |subject| TrustedSubject { subject, limits: limits.clone() };
    match &statement.principals {
        Principals::Absent => Vec::new(),
        Principals::Anyone => vec![with(Subject::Anyone)],
        Principals::AllBut => vec![with(Subject::AllBut)],
        Principals::These(these) => {
            these
                .iter()
                .flat_map(|(kind, names)| names.iter().map(move |name| (kind, name)))
                .map(|(kind, name)| {
                    let limits = match kind.as_str() {
                        // What the provider's own keys say stands in the subject.
                        "Federated" => {
                            let own = format!("{}:", provider_key(name));
                            limits
                                .iter()
                                .filter(|l| !matches!(l, Limit::Other(key) if key.starts_with(&own)))
                                .cloned()
                                .collect()
                        }
                        _ => limits.clone(),
                    };
                    TrustedSubject { subject: subject(kind, name, &statement.conditions), limits }
                })
                .collect()
        }
    }
}

fn subject(kind: &str, name: &str, conditions: &[Condition]) -> Subject {
    match kind {
        "Service" => Subject::Service(name.to_owned()),
        "CanonicalUser" => Subject::CanonicalUser(name.to_owned()),
        "Federated" => federated(name, conditions),
        _ if name == "*" => Subject::Anyone,
        _ if is_account_id(name) => Subject::Account(name.to_owned()),
        _ if is_unique_id(name) => Subject::Deleted(name.to_owned()),
        _ => match name.strip_suffix(":root").and_then(|arn| arn.rsplit(':').next()) {
            Some(account) if is_account_id(account) => Subject::Account(account.to_owned()),
            _ => Subject::Principal(name.to_owned()),
        },
    }
}

fn federated(name: &str, conditions: &[Condition]) -> Subject {
    if name.contains(":saml-provider/") {
        return Subject::Federated {
            provider: Provider::Saml(name.to_owned()),
            subjects: Vec::new(),
            audiences: Vec::new(),
        };
    }
    let key = provider_key(name);
    let host_and_path = name.split_once(":oidc-provider/").map_or(name, |(_, issuer)| issuer);
    let values = |claim: &str| {
        let key = format!("{key}:{claim}");
        let mut values: Vec<String> = conditions
            .iter()
            .filter(|c| c.key == key && is_positive_text(c) && holds_only_where_present(c))
            .flat_map(|c| c.values.iter().cloned())
            .collect();
        values.sort_unstable();
        values.dedup();
        values
    };
    Subject::Federated {
        provider: Provider::Oidc(format!("https://{host_and_path}")),
        subjects: values("sub"),
        audiences: values("aud"),
    }
}

/// What a provider's claims begin with in condition keys.
fn provider_key(name: &str) -> String {
    name.split_once(":oidc-provider/").map_or(name, |(_, issuer)| issuer).to_ascii_lowercase()
}

fn limit(condition: &Condition) -> Option<Limit> {
    if !is_limiting(condition) {
        return None;
    }
    let values = || {
        let mut values = condition.values.clone();
        values.sort_unstable();
        values
    };
    Some(match condition.key.as_str() {
        "sts:externalid" => Limit::ExternalId,
        "aws:principalorgid" | "aws:principalorgpaths" | "aws:sourceorgid" | "aws:sourceorgpaths" => {
            Limit::Organization(values())
        }
        "aws:sourceaccount" | "aws:principalaccount" | "aws:sourceowner" => Limit::Account(values()),
        "aws:principalarn" | "aws:sourcearn" | "aws:userid" | "aws:principaltype" => Limit::Principal(values()),
        other => Limit::Other(other.to_owned()),
    })
}

/// Whether a condition lets in only what its values name. `StringNotEquals`, `…IfExists` and `ForAllValues:` let in
/// what lacks the key or differs from it; a lone `*` lets in everything.
fn is_limiting(condition: &Condition) -> bool {
    let is_any = |value: &String| Pattern::exact_case(value).is_everything();
    is_positive(condition) && holds_only_where_present(condition) && !condition.values.iter().any(is_any)
}

fn is_positive(condition: &Condition) -> bool {
    !condition.operator.contains("not") && condition.operator != "null"
}

fn is_positive_text(condition: &Condition) -> bool {
    matches!(condition.operator.as_str(), "stringequals" | "stringlike" | "stringequalsignorecase")
}

fn holds_only_where_present(condition: &Condition) -> bool {
    !condition.if_exists && condition.quantifier != Some(Quantifier::ForAllValues)
}

fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_unique_id(text: &str) -> bool {
    ["AIDA", "AROA", "AGPA", "ANPA", "AIPA"].iter().any(|prefix| text.starts_with(prefix))
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}
