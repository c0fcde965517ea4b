//! From grants and trust to the records that the graph reads.
//!
//! One `can_access` link for each principal and resource: its level is the highest that is granted, and what else is
//! granted stands in its attributes. The rules read levels and attributes, and know no AWS.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};
use whosekey_sdk::{AccessLevel, EntityId, Evidence, Link, LinkKind};

use super::analyzer::Analysis;
use super::grant::{Confidence, Grant, On};
use super::pattern::Pattern;
use super::trust::{Limit, Provider, Subject, Trust, TrustedSubject};

/// Actions that an attribute names; more are counted in `actions_count`.
const NAMED_ACTIONS: usize = 20;
/// Further grants on the same resource that an attribute names; all are counted in `grants_count`.
const NAMED_GRANTS: usize = 20;

/// The `can_access` links of a principal, and an `assumes` link for each user or role that an escalation makes it, in
/// the order of their ends. Reads of resources that are named by a wildcard are left out.
pub fn access_links(principal: &EntityId, account: &str, analysis: &Analysis) -> Vec<Link> {
    let mut by_end: BTreeMap<String, Vec<&Grant>> = BTreeMap::new();
    let mut becomes: BTreeMap<String, &Grant> = BTreeMap::new();
    for grant in &analysis.grants {
        match &grant.on {
            On::Everything => by_end.entry(format!("aws:account/{account}")).or_default().push(grant),
            On::Arn(arn) => {
                let end = container(arn);
                let is_named = !end.contains(['*', '?']) && !end.contains("${");
                if grant.combination.is_some() && is_named {
                    becomes.entry(end.to_owned()).or_insert(grant);
                } else if is_named || grant.level > AccessLevel::Read {
                    by_end.entry(end.to_owned()).or_default().push(grant);
                }
            }
        }
    }
    let access = by_end.into_iter().map(|(end, grants)| access_link(principal, end, &grants));
    let assumes = becomes.into_iter().map(|(end, grant)| {
        let evidence = if grant.confidence == Confidence::Low { Evidence::Inferred } else { Evidence::Declared };
        with_grant(Link::new(principal, LinkKind::Assumes, end, evidence, grant.because.clone()), grant)
    });
    access.chain(assumes).collect()
}

/// `assumes` links to the roles that the principal's policies name and that trust it. `trust_of` gives the trust policy
/// of a role by its ARN, if it was seen. That a principal may assume *every* role is a grant, and no link to each.
pub fn assume_links<'t>(
    principal: &EntityId,
    principal_arn: &str,
    account: &str,
    analysis: &Analysis,
    trust_of: impl Fn(&str) -> Option<&'t Trust>,
) -> Vec<Link> {
    let mut links = Vec::new();
    for on in &analysis.may_assume {
        let On::Arn(arn) = on else { continue };
        if !Pattern::exact_case(arn).is_literal() || arn.contains("${") || **arn == *principal_arn {
            continue;
        }
        let (evidence, because) = match trust_of(arn) {
            Some(trust) if admits(trust, principal_arn, account) => {
                (Evidence::Proven, "policies allow sts:AssumeRole and the role's trust policy admits it")
            }
            Some(_) => continue,
            None => (Evidence::Declared, "policies allow sts:AssumeRole; the role's trust policy was not seen"),
        };
        links.push(Link::new(principal, LinkKind::Assumes, Arc::<str>::clone(arn).to_string(), evidence, because));
    }
    links
}

fn admits(trust: &Trust, principal_arn: &str, account: &str) -> bool {
    trust.subjects.iter().any(|trusted| match &trusted.subject {
        Subject::Anyone | Subject::AllBut => true,
        Subject::Account(id) => id == account,
        Subject::Principal(arn) => arn == principal_arn,
        _ => false,
    })
}

/// The `trusts` links of a role, one for each end. An end that anybody can be is `*`.
pub fn trust_links(role: &EntityId, trust: &Trust) -> Vec<Link> {
    let mut by_end: BTreeMap<String, Vec<&TrustedSubject>> = BTreeMap::new();
    for trusted in &trust.subjects {
        for end in ends(&trusted.subject) {
            by_end.entry(end).or_default().push(trusted);
        }
    }
    by_end.into_iter().map(|(end, trusted)| trust_link(role, end, &trusted)).collect()
}

fn ends(subject: &Subject) -> Vec<String> {
    match subject {
        Subject::Anyone | Subject::AllBut => vec!["*".to_owned()],
        Subject::Account(id) => vec![format!("aws:account/{id}")],
        Subject::Principal(arn) => vec![arn.clone()],
        Subject::Deleted(id) => vec![format!("aws:{id}")],
        Subject::Service(name) => vec![format!("aws:service/{name}")],
        Subject::CanonicalUser(id) => vec![format!("aws:canonical-user/{id}")],
        Subject::Federated { provider: Provider::Saml(arn), .. } => vec![arn.clone()],
        Subject::Federated { provider: Provider::Oidc(issuer), subjects, .. } if subjects.is_empty() => {
            vec![format!("oidc:{issuer}#*")]
        }
        Subject::Federated { provider: Provider::Oidc(issuer), subjects, .. } => {
            subjects.iter().map(|subject| format!("oidc:{issuer}#{subject}")).collect()
        }
    }
}

fn trust_link(role: &EntityId, end: String, trusted: &[&TrustedSubject]) -> Link {
    let is_open = trusted.iter().any(|t| t.is_open());
    let is_deleted = trusted.iter().any(|t| matches!(t.subject, Subject::Deleted(_)));
    // The least limited statement says what it takes.
    let limits = trusted.iter().map(|t| &t.limits).min_by_key(|limits| limits.len()).expect("an end has a statement");
    let mut link = Link::new(role, LinkKind::Trusts, end, Evidence::Proven, "trust policy");
    if is_open {
        link = link.attribute("open", true);
    }
    if is_deleted {
        link = link.attribute("deleted", true);
    }
    if !limits.is_empty() {
        link = link.attribute("limits", limits.iter().map(shown).collect::<Vec<_>>());
    }
    if let Some(Subject::Federated { audiences, .. }) = trusted.first().map(|t| &t.subject)
        && !audiences.is_empty()
    {
        link = link.attribute("audiences", audiences.clone());
    }
    link
}

fn shown(limit: &Limit) -> Value {
    match limit {
        Limit::ExternalId => json!("external id"),
        Limit::Organization(ids) => json!(format!("organization {}", ids.join(", "))),
        Limit::Account(ids) => json!(format!("account {}", ids.join(", "))),
        Limit::Principal(arns) => json!(format!("principal {}", arns.join(", "))),
        Limit::Other(key) => json!(key),
    }
}

fn access_link(principal: &EntityId, end: String, grants: &[&Grant]) -> Link {
    let first = grants
        .iter()
        .max_by_key(|g| (g.level, g.confidence, std::cmp::Reverse(&g.because)))
        .expect("an end has a grant");
    let mut link = Link::new(principal, LinkKind::CanAccess, end, Evidence::Proven, first.because.clone());
    link = with_grant(link.level(first.level), first).attribute("grants_count", grants.len());
    let mut rest: Vec<&&Grant> = grants.iter().filter(|g| *g != first).collect();
    rest.sort_by(|a, b| b.level.cmp(&a.level).then_with(|| a.because.cmp(&b.because)));
    if !rest.is_empty() {
        let also = rest.iter().take(NAMED_GRANTS).map(|g| format!("{}: {}", g.level.as_str(), g.because));
        link = link.attribute("also", also.collect::<Vec<_>>());
    }
    link
}

fn with_grant(mut link: Link, grant: &Grant) -> Link {
    let policies: Vec<&str> = grant.policies.iter().map(|name| &**name).collect();
    link = link
        .attribute("policies", policies)
        .attribute("confidence", grant.confidence.as_str())
        .attribute("actions", grant.actions.iter().take(NAMED_ACTIONS).cloned().collect::<Vec<_>>());
    if grant.actions.len() > NAMED_ACTIONS {
        link = link.attribute("actions_count", grant.actions.len());
    }
    if let Some(escalation) = grant.combination {
        link = link.attribute("combination", escalation.name()).attribute("reference", escalation.reference);
    }
    if !grant.conditions.is_empty() {
        link = link.attribute("conditions", grant.conditions.clone());
    }
    link
}

/// An object's bucket; else the thing itself.
fn container(arn: &str) -> &str {
    let Some(rest) = arn.strip_prefix("arn:") else { return arn };
    let is_s3 = rest.split(':').nth(1) == Some("s3");
    match arn.find('/') {
        Some(slash) if is_s3 => &arn[..slash],
        _ => arn,
    }
}
