//! From grants to the records that the graph reads.
//!
//! One `can_access` link for each account and place, with the highest level that it has there; one `assumes` link for each
//! stronger account that it can run as; and a `trusts` link to the cluster for every account with rights, since the cluster
//! issues tokens of it that no listing shows.

use std::collections::BTreeSet;

use whosekey_sdk::{AccessLevel, Evidence, Link, LinkKind, Record};

use super::flatten::{Account, Grant, Grants};
use crate::api::list::Listed;
use crate::cluster::Cluster;
use crate::wire::meta::Bare;

/// Further grants that an attribute names; all are counted.
const NAMED_GRANTS: usize = 20;
/// Stronger accounts that an account is said to become; one of them is enough for a verdict.
const NAMED_ACCOUNTS: usize = 10;

/// The records of a scope.
pub(super) fn records(grants: &Grants, cluster: &Cluster, accounts: &Listed<Bare>) -> Vec<Record> {
    let there: BTreeSet<Account> =
        accounts.seen().iter().map(|one| (one.metadata.namespace.clone(), one.metadata.name.clone())).collect();
    let strong = Strong::of(grants, &there);
    let mut records = Vec::new();
    for (account, places) in &grants.of {
        let end = cluster.object(&account.0, "serviceaccounts", &account.1);
        for (namespace, given) in places {
            let more = strong.reachable(account, namespace.as_deref(), given);
            records.push(access(&end, cluster, namespace.as_deref(), given, &more).into());
            records.extend(more.becomes.iter().map(|other| assumes(&end, cluster, other, more.by).into()));
        }
        if there.contains(account) && !grants.run_by_the_platform.contains(account) {
            let because = "the cluster issues tokens of it to whoever may ask for them (TokenRequest)";
            records.push(Link::new(end, LinkKind::Trusts, cluster.end(), Evidence::Proven, because).into());
        }
    }
    records
}

/// The accounts that lead to administration, by namespace.
struct Strong<'g> {
    accounts: Vec<(&'g Account, AccessLevel)>,
}

/// What an account reaches through others.
struct More<'g> {
    becomes: Vec<&'g Account>,
    /// The grant that lets it.
    by: Option<&'g Grant>,
    /// Whether it lets it become any account of the cluster.
    is_everywhere: bool,
}

impl<'g> Strong<'g> {
    fn of(grants: &'g Grants, there: &BTreeSet<Account>) -> Self {
        let strong = |account: &&'g Account| there.is_empty() || there.contains(*account);
        let level = |account: &'g Account| grants.highest(account).filter(|level| *level >= AccessLevel::Escalation);
        let mut accounts: Vec<_> =
            grants.of.keys().filter(strong).filter_map(|account| Some((account, level(account)?))).collect();
        accounts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        Self { accounts }
    }

    fn reachable(&self, account: &Account, namespace: Option<&str>, given: &'g [Grant]) -> More<'g> {
        let by = given.iter().find(|grant| grant.power.becomes_accounts);
        let is_in_reach = |other: &&Account| *other != account && namespace.is_none_or(|name| name == other.0);
        let others = self.accounts.iter().map(|(other, _)| *other).filter(is_in_reach);
        let becomes = if by.is_some() { others.take(NAMED_ACCOUNTS).collect() } else { Vec::new() };
        More { becomes, by, is_everywhere: by.is_some() && namespace.is_none() }
    }
}

fn access(end: &str, cluster: &Cluster, namespace: Option<&str>, given: &[Grant], more: &More<'_>) -> Link {
    let mut sorted: Vec<&Grant> = given.iter().collect();
    sorted.sort_by(|a, b| b.power.level.cmp(&a.power.level).then_with(|| said(a).cmp(&said(b))));
    let first = sorted[0];
    let mut level = first.power.level;
    let mut because = said(first);
    let mut confidence = "high";
    if let (true, Some(by)) = (more.is_everywhere && level < AccessLevel::Escalation, more.by) {
        // Every cluster has controllers that may do everything, so whoever becomes any account becomes those.
        level = AccessLevel::Escalation;
        because = said(by);
        match more.becomes.first() {
            Some(other) => because.push_str(&format!("; {}/{} may do more than it", other.0, other.1)),
            None => confidence = "medium",
        }
    }
    let to = namespace.map_or_else(|| cluster.end(), |name| cluster.namespace(name));
    let mut policies: Vec<&str> = sorted.iter().map(|grant| &*grant.role).collect();
    policies.sort_unstable();
    policies.dedup();
    let mut link = Link::new(end, LinkKind::CanAccess, to, Evidence::Proven, because)
        .level(level)
        .attribute("confidence", confidence)
        .attribute("policies", policies)
        .attribute("grants_count", sorted.len());
    let also: Vec<String> = sorted[1..]
        .iter()
        .take(NAMED_GRANTS)
        .map(|grant| format!("{}: {}", grant.power.level.as_str(), said(grant)))
        .collect();
    if !also.is_empty() {
        link = link.attribute("also", also);
    }
    link
}

fn assumes(end: &str, cluster: &Cluster, other: &Account, by: Option<&Grant>) -> Link {
    let to = cluster.object(&other.0, "serviceaccounts", &other.1);
    Link::new(end, LinkKind::Assumes, to, Evidence::Declared, by.map_or_else(String::new, said))
}

/// `ClusterRole edit by RoleBinding ci in namespace shop: it may start pods, …`
fn said(grant: &Grant) -> String {
    let through = grant.group.as_ref().map_or_else(String::new, |group| format!(", through the group {group}"));
    format!("{} by {}{through}: it {}", grant.role, grant.binding, grant.power.what)
}
