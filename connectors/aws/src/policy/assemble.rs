//! From what a principal's policies give together to grants, each with its policies and a clause for people.

use std::collections::BTreeMap;
use std::sync::Arc;

use whosekey_sdk::AccessLevel;

use super::analyzer::{Analysis, Named};
use super::broad::{Broad, after_denial, of_rule, within_boundary};
use super::catalog::{Actions, CATALOG};
use super::combinations::{Ends, Found, find};
use super::effective::Effective;
use super::grant::{Confidence, Grant, On};
use super::pattern::Pattern;
use super::{Principal, Way};

/// More actions than this are counted rather than named in a grant's clause.
const SHOWN_ACTIONS: usize = 4;

pub(super) fn assemble(principal: &Principal<'_>, policies: &[&Named], boundary: Option<&Named>) -> Analysis {
    let limit = boundary.map(|b| &*b.compiled);
    let effective = Effective::of(policies.iter().map(|p| &*p.compiled), limit);
    let may_assume = may_assume(&effective);
    if let Some(admin) = administrator(&effective, policies) {
        return Analysis { grants: vec![admin], may_assume };
    }
    let in_passing = policies.iter().fold(Actions::NONE, |set, p| set.with(p.compiled.in_passing));
    let in_passing = in_passing.both(effective.anyhow());
    let mut grants: Vec<Grant> =
        find(&effective, principal, in_passing).iter().flat_map(|found| escalation(found, policies)).collect();
    grants.extend(policies.iter().flat_map(|policy| by_pattern(policy, policies, boundary)));
    grants.extend(policies.iter().filter_map(|policy| sensitive(policy, &effective, in_passing)));
    grants.sort_by(|a, b| b.level.cmp(&a.level).then(b.confidence.cmp(&a.confidence)).then(a.on.cmp(&b.on)));
    Analysis { grants, may_assume }
}

fn may_assume(effective: &Effective) -> Vec<On> {
    if !effective.anyhow().both(CATALOG.assume_role).is_empty() {
        return vec![On::Everything];
    }
    let patterns = effective.scopes_of(CATALOG.assume_role).flat_map(|scoped| &scoped.on);
    let mut on: Vec<_> = patterns.map(|p| On::Arn(p.as_str().into())).collect();
    on.sort_unstable();
    on.dedup();
    on
}

fn administrator(effective: &Effective, policies: &[&Named]) -> Option<Grant> {
    let core = CATALOG.admin_core;
    if !effective.anyhow().contains(core) {
        return None;
    }
    let conditions = effective.keys_on(core);
    let gives_all = |policy: &&&Named| policy.compiled.allow.all.with(policy.compiled.allow.all_if).contains(core);
    let mut names: Vec<Arc<str>> = policies.iter().filter(gives_all).map(|p| Arc::clone(&p.name)).collect();
    let mut actions: Vec<String> = policies
        .iter()
        .filter(gives_all)
        .flat_map(|p| p.compiled.allows.iter().flat_map(of_rule))
        .filter(|broad| broad.on.is_none() && (broad.action.is_everything() || broad.action.gives_iam()))
        .map(|broad| broad.action.text())
        .collect();
    if names.is_empty() {
        names = contributors(policies, core);
    }
    if actions.is_empty() {
        actions = core.names().into_iter().map(ToOwned::to_owned).collect();
    }
    names.sort_unstable();
    actions.sort_unstable();
    actions.dedup();
    let because = format!("{} {} on all resources", said_by(&names), shown(&actions));
    Some(Grant {
        level: AccessLevel::Admin,
        on: On::Everything,
        confidence: if conditions.is_empty() { Confidence::High } else { Confidence::Medium },
        policies: names,
        actions,
        combination: None,
        because: with_conditions(because, &conditions),
        conditions,
    })
}

fn escalation(found: &Found, policies: &[&Named]) -> Vec<Grant> {
    let names = contributors(policies, found.needs);
    let actions: Vec<String> = found.needs.names().into_iter().map(ToOwned::to_owned).collect();
    let how = match found.escalation.way {
        Way::Own => "with which it can change its own rights",
        Way::Other => "with which it can become a more privileged user or role",
        Way::New => "with which it can run code as a more privileged role",
        Way::Existing => "with which it can take over what runs with more rights",
    };
    let (level, ends) = match &found.ends {
        Ends::Anywhere => (AccessLevel::Escalation, vec![On::Everything]),
        Ends::Remade(on) => (AccessLevel::Escalation, arns(on)),
        Ends::At(on) => (AccessLevel::Write, arns(on)),
    };
    ends.into_iter()
        .map(|on| {
            let onto = match &on {
                On::Everything => "all resources",
                On::Arn(arn) => arn,
            };
            let because = format!("{} {} on {onto}, {how}", said_by(&names), found.escalation.name());
            Grant {
                level,
                confidence: found.confidence,
                policies: names.clone(),
                actions: actions.clone(),
                combination: Some(found.escalation),
                because: with_conditions(because, &found.keys),
                conditions: found.keys.clone(),
                on,
            }
        })
        .collect()
}

fn arns(patterns: &[Pattern]) -> Vec<On> {
    patterns.iter().map(|p| On::Arn(p.as_str().into())).collect()
}

/// One grant for each level, resource and set of conditions that the patterns of a policy give.
fn by_pattern(policy: &Named, policies: &[&Named], boundary: Option<&Named>) -> Vec<Grant> {
    let denials = || policies.iter().copied().chain(boundary).flat_map(|p| &p.compiled.denies);
    let mut broads: Vec<Broad> = policy.compiled.allows.iter().flat_map(of_rule).collect();
    if let Some(boundary) = boundary {
        broads = broads.iter().flat_map(|broad| within_boundary(broad, &boundary.compiled.allows)).collect();
    }
    let left = |broad: Broad| denials().try_fold(broad, after_denial);
    let mut groups: BTreeMap<(AccessLevel, Option<Pattern>, Vec<String>), Vec<String>> = BTreeMap::new();
    for mut broad in broads.into_iter().filter_map(left) {
        broad.keys.sort_unstable();
        broad.keys.dedup();
        let key = (broad.action.level(broad.on.is_none()), broad.on, broad.keys);
        groups.entry(key).or_default().push(broad.action.text());
    }
    groups.into_iter().map(|((level, on, conditions), actions)| named(policy, level, on, conditions, actions)).collect()
}

fn named(
    policy: &Named,
    level: AccessLevel,
    on: Option<Pattern>,
    conditions: Vec<String>,
    mut actions: Vec<String>,
) -> Grant {
    actions.sort_unstable();
    actions.dedup();
    let names = vec![Arc::clone(&policy.name)];
    let on = on.map_or(On::Everything, |pattern| On::Arn(pattern.as_str().into()));
    let onto = match &on {
        On::Everything => "all resources",
        On::Arn(arn) => arn,
    };
    let because = with_conditions(format!("{} {} on {onto}", said_by(&names), shown(&actions)), &conditions);
    let confidence = if conditions.is_empty() { Confidence::High } else { Confidence::Medium };
    Grant { level, on, confidence, policies: names, actions, combination: None, conditions, because }
}

/// What a policy names one by one, on all resources, and that gives everybody's data away.
fn sensitive(policy: &Named, effective: &Effective, in_passing: Actions) -> Option<Grant> {
    let mine = policy.compiled.allow.all.with(policy.compiled.allow.all_if);
    let given = mine.both(effective.anyhow()).both(CATALOG.sensitive).without(in_passing);
    if given.is_empty() {
        return None;
    }
    let actions = given.names().into_iter().map(ToOwned::to_owned).collect();
    Some(named(policy, AccessLevel::Wildcard, None, effective.keys_on(given), actions))
}

fn contributors(policies: &[&Named], actions: Actions) -> Vec<Arc<str>> {
    let gives = |policy: &&&Named| {
        let allow = &policy.compiled.allow;
        let some = allow.some.iter().fold(Actions::NONE, |set, scoped| set.with(scoped.actions));
        !allow.all.with(allow.all_if).with(some).both(actions).is_empty()
    };
    let mut names: Vec<_> = policies.iter().filter(gives).map(|p| Arc::clone(&p.name)).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn said_by(names: &[Arc<str>]) -> String {
    match names {
        [one] => format!("policy {one} allows"),
        many => format!("policies {} allow", many.join(", ")),
    }
}

fn shown(actions: &[String]) -> String {
    match actions {
        [one] if one == "*" || one == "*:*" => "every action".to_owned(),
        few if few.len() <= SHOWN_ACTIONS => few.join(", "),
        many => format!("{} and {} more", many[..SHOWN_ACTIONS].join(", "), many.len() - SHOWN_ACTIONS),
    }
}

fn with_conditions(because: String, keys: &[String]) -> String {
    if keys.is_empty() { because } else { format!("{because}, subject to {}", keys.join(", ")) }
}
