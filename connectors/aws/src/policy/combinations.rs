//! Which of the known escalations a principal's rights amount to, and on what.

use super::catalog::{Actions, CATALOG, Target};
use super::compiled::Scoped;
use super::effective::Effective;
use super::escalations::{Escalation, Way};
use super::grant::Confidence;
use super::pattern::Pattern;
use super::{Principal, PrincipalKind};

/// An escalation that the rights amount to.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) escalation: &'static Escalation,
    pub(super) needs: Actions,
    pub(super) confidence: Confidence,
    pub(super) keys: Vec<String>,
    pub(super) ends: Ends,
}

/// Where an escalation leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ends {
    /// At any right that anything in the account has.
    Anywhere,
    /// At these, which it can give any right before it becomes them.
    Remade(Vec<Pattern>),
    /// At these, with the rights that they have.
    At(Vec<Pattern>),
}

/// All of them, but none that only adds actions to another. `in_passing` is what wildcards bring along.
pub(super) fn find(effective: &Effective, principal: &Principal<'_>, in_passing: Actions) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    for &(escalation, needs) in &CATALOG.escalations {
        let is_more_of_the_same = |other: &Found| needs.contains(other.needs) && other.ends == Ends::Anywhere;
        if found.iter().any(is_more_of_the_same) {
            continue;
        }
        let new = match escalation.way {
            Way::Own => own(escalation, needs, effective, principal),
            Way::Other => other(escalation, needs, effective, principal),
            Way::New => new(escalation, needs, effective),
            Way::Existing if in_passing.contains(needs) => None,
            Way::Existing => on_everything(escalation, needs, effective, Confidence::Low),
        };
        found.extend(new);
    }
    // A larger combination may stand before a smaller one of another way.
    let minimal = |one: &Found| {
        !found.iter().any(|f| f.needs != one.needs && one.needs.contains(f.needs) && f.ends == Ends::Anywhere)
    };
    found.iter().filter(|one| minimal(one)).cloned().collect()
}

fn on_everything(
    escalation: &'static Escalation,
    needs: Actions,
    effective: &Effective,
    confidence: Confidence,
) -> Option<Found> {
    let is_certain = effective.all.contains(needs);
    effective.anyhow().contains(needs).then(|| Found {
        escalation,
        needs,
        confidence: if is_certain { confidence } else { confidence.less() },
        keys: effective.keys_on(needs),
        ends: Ends::Anywhere,
    })
}

fn own(
    escalation: &'static Escalation,
    needs: Actions,
    effective: &Effective,
    principal: &Principal<'_>,
) -> Option<Found> {
    let target = Effective::target_of(needs).unwrap_or(Target::Other);
    let is_fitting = match target {
        Target::User | Target::Group => principal.kind == PrincipalKind::User,
        Target::Role => principal.kind == PrincipalKind::Role,
        Target::Policy | Target::Other => true,
    };
    // A role that may put policies on any user must still become that user.
    let confidence = if is_fitting { Confidence::High } else { Confidence::Medium };
    if let Some(found) = on_everything(escalation, needs, effective, confidence) {
        return Some(found);
    }
    let own_arns = own_arns(principal, target);
    let mut scopes = effective.scopes_of(needs);
    let scoped = scopes.find(|scoped| scoped.on.iter().any(|p| own_arns.iter().any(|arn| names(p, arn, principal))))?;
    let confidence = if scoped.keys.is_empty() { Confidence::High } else { Confidence::Medium };
    Some(Found { escalation, needs, confidence, keys: scoped.keys.clone(), ends: Ends::Anywhere })
}

fn other(
    escalation: &'static Escalation,
    needs: Actions,
    effective: &Effective,
    principal: &Principal<'_>,
) -> Option<Found> {
    if let Some(found) = on_everything(escalation, needs, effective, Confidence::High) {
        return Some(found);
    }
    let target = Effective::target_of(needs)?;
    let wide = effective.anyhow();
    let narrow = needs.without(wide);
    if !effective.on_some().contains(narrow) {
        return None;
    }
    let own_arns = own_arns(principal, target);
    // Where two of its actions are narrow, only what both reach is reached.
    let mut ends: Option<Vec<Pattern>> = None;
    let mut keys = effective.keys_on(needs);
    for name in 0..128 {
        let one = narrow.both(Actions::bit(name));
        if one.is_empty() {
            continue;
        }
        let scopes: Vec<&Scoped> = effective.scopes_of(one).collect();
        keys.extend(scopes.iter().flat_map(|scoped| scoped.keys.iter().cloned()));
        let on = scopes.iter().flat_map(|scoped| &scoped.on);
        ends = Some(match ends {
            None => on.cloned().collect(),
            Some(before) => {
                let on: Vec<_> = on.collect();
                before.into_iter().filter(|p| on.iter().any(|o| o.overlaps(p))).collect()
            }
        });
    }
    let mut ends = ends?;
    ends.retain(|p| !own_arns.iter().any(|arn| is_only(p, arn, principal)));
    ends.sort_unstable();
    ends.dedup();
    if ends.is_empty() {
        return None;
    }
    keys.sort_unstable();
    keys.dedup();
    let confidence = if keys.is_empty() { Confidence::Medium } else { Confidence::Low };
    let changes_rights = escalation.needs.iter().any(|n| n.contains(":Attach") || n.contains(":Put"));
    let ends = if changes_rights { Ends::Remade(ends) } else { Ends::At(ends) };
    Some(Found { escalation, needs, confidence, keys, ends })
}

fn new(escalation: &'static Escalation, needs: Actions, effective: &Effective) -> Option<Found> {
    let passing = needs.both(CATALOG.pass_role);
    let making = needs.without(passing);
    // That what it makes must have a certain name does not limit what the role it passes can do.
    let can_make = effective.anyhow().with(effective.on_some());
    if !can_make.contains(making) {
        return None;
    }
    let mut keys = effective.keys_on(needs);
    if effective.anyhow().contains(passing) {
        let is_certain = effective.all.contains(passing) && keys.is_empty();
        let confidence = if is_certain { Confidence::Medium } else { Confidence::Low };
        return Some(Found { escalation, needs, confidence, keys, ends: Ends::Anywhere });
    }
    let scopes: Vec<&Scoped> = effective.scopes_of(passing).collect();
    let mut ends: Vec<_> = scopes.iter().flat_map(|scoped| scoped.on.iter().cloned()).collect();
    keys.extend(scopes.iter().flat_map(|scoped| scoped.keys.iter().cloned()));
    keys.sort_unstable();
    keys.dedup();
    ends.sort_unstable();
    ends.dedup();
    let confidence = if keys.is_empty() { Confidence::Medium } else { Confidence::Low };
    (!ends.is_empty()).then_some(Found { escalation, needs, confidence, keys, ends: Ends::At(ends) })
}

fn own_arns<'a>(principal: &Principal<'a>, target: Target) -> Vec<&'a str> {
    match (target, principal.kind) {
        (Target::User, PrincipalKind::User) | (Target::Role, PrincipalKind::Role) => vec![principal.arn],
        (Target::Group, _) => principal.groups.to_vec(),
        (Target::Policy, _) => principal.managed_policies.to_vec(),
        _ => Vec::new(),
    }
}

/// Whether a pattern names this ARN of the principal's own, its variables filled in.
fn names(pattern: &Pattern, arn: &str, principal: &Principal<'_>) -> bool {
    match filled_in(pattern, principal) {
        Some(filled) => filled.matches(arn),
        None => pattern.matches(arn),
    }
}

/// Whether a pattern names nothing but this ARN of the principal's own. The account in
/// `arn:aws:iam::*:user/${aws:username}` can only be its own.
fn is_only(pattern: &Pattern, arn: &str, principal: &Principal<'_>) -> bool {
    let is_literal = pattern.is_literal() && pattern.as_str() == arn;
    is_literal || (pattern.as_str().ends_with("/${aws:username}") && names(pattern, arn, principal))
}

fn filled_in(pattern: &Pattern, principal: &Principal<'_>) -> Option<Pattern> {
    let text = pattern.as_str();
    if principal.kind != PrincipalKind::User || !text.contains("${aws:username}") {
        return None;
    }
    let name = principal.arn.rsplit('/').next()?;
    Some(Pattern::exact_case(&text.replace("${aws:username}", name)))
}
