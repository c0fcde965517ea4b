//! From an orphan's verdict to a finding: the facts, whether it is still used, what to do.

use whosekey_sdk::{Evidence, Fact, Kind, LinkKind, Timestamp};

use super::RULE;
use crate::analysis::consumers::{Condition, consumers_of};
use crate::analysis::finding::{Answer, Finding, Severity};
use crate::analysis::ownership::{Owner, Standing, owners_of};
use crate::analysis::policy::DAY;
use crate::analysis::verdict::{Verdict, Why};
use crate::analysis::words::{self, day};
use crate::analysis::{Input, remediation};
use crate::graph::{Absence, Node};

/// Consumers and owners named in one finding; a hub may have thousands.
const NAME_AT_MOST: usize = 20;

pub(super) fn find(input: &Input<'_>, node: Node<'_>) -> Option<Finding> {
    let verdict = input.verdicts.of(node.node_id())?.orphaned;
    if verdict.answer() != Answer::Yes {
        return None;
    }
    let mut finding = Finding::new(&RULE.meta, verdict.why.code(), node);
    finding.because = verdict.because(input, node);
    let ended = match verdict.why {
        Why::OwnerGone => owners(input, node, &mut finding),
        Why::ParentGone => parent(node, verdict, &mut finding),
        Why::Unlisted => unlisted(input, node, verdict, &mut finding),
        Why::HomeOff => home(node, verdict, &mut finding),
        _ => consumers(node, verdict, &mut finding),
    };
    if let Some((used, of)) = last_use(input, node) {
        finding.fact("last_used_at", used.to_string(), of.scope_label());
        if is_still_used(used, ended, input.now) {
            finding.severity = Severity::Critical;
            finding.because += &format!("; yet it was still used on {}", day(used));
            finding.title = format!("Orphaned and still used: {}", node.label());
        }
    }
    finding.remediation = remediation::switch_off_after(first(node, verdict), node, finding.confidence);
    Some(finding)
}

/// What comes before switching it off: whom it trusted may be there under another name.
fn first(node: Node<'_>, verdict: Verdict) -> Vec<String> {
    let parent = verdict.about().filter(|_| verdict.why == Why::ParentGone);
    let is_trusted = parent.is_some_and(|parent| node.out(LinkKind::Trusts).any(|link| link.to().node_id() == parent));
    let renamed = "see first whether whom it trusts was renamed or moved: then it is its trust that is to be changed";
    is_trusted.then(|| remediation::say(renamed)).into_iter().collect()
}

/// Whether a use shows that something still uses an orphan: it came after the end, or just now. When the end was there
/// at first sight nobody knows how long before it came, so any use of late counts.
fn is_still_used(used: Timestamp, ended: Option<Timestamp>, now: Timestamp) -> bool {
    match ended {
        Some(ended) => used > ended || used > now.minus(DAY),
        None => used > now.minus(7 * DAY),
    }
}

/// The consumers that ended; when the last of them did.
fn consumers(node: Node<'_>, verdict: Verdict, finding: &mut Finding) -> Option<Timestamp> {
    let mut consumers = consumers_of(node);
    if consumers.is_empty() {
        // A credential that follows its identity: those are the identity's.
        let proves = node.out(LinkKind::AuthenticatesAs).find(|link| link.is_there());
        consumers = proves.map(|link| consumers_of(link.to())).unwrap_or_default();
    }
    for consumer in consumers.iter().take(NAME_AT_MOST) {
        let Condition::Ended { since } = consumer.condition else { continue };
        let how = if consumer.node.is_gone() { "gone" } else { "switched off" };
        let since = since.map_or_else(String::new, |at| format!(" since {}", day(at)));
        let value = format!("{} ({}), {how}{since}", consumer.node.label(), consumer.node.id());
        finding.fact(consumer.link.kind().as_str(), value, consumer.link.scope().label());
        finding.rely_on(consumer.evidence());
        finding.rest_on(node, consumer.link.scope_id());
        for scope in consumer.node.scopes() {
            finding.rest_on(node, scope);
        }
        finding.locations.extend(consumer.link.location().cloned());
    }
    let last = verdict.about().map(|id| node.graph().node(id));
    verdict.at().filter(|ended| last.is_none_or(|last| was_seen_before(last, *ended)))
}

/// The listing that shows all that may use it; when the last that used it was found to do so no longer.
fn unlisted(input: &Input<'_>, node: Node<'_>, verdict: Verdict, finding: &mut Finding) -> Option<Timestamp> {
    let listing = node.attribute("consumers_listed_in").unwrap_or_default();
    let scopes = node.sources().into_iter().filter_map(|source| input.graph.find_scope(source, &listing));
    for scope in scopes {
        let label = input.graph.scope(scope).label();
        finding.fact("consumers", "none", label);
        finding.rest_on(node, scope);
    }
    finding.fact("created_at", words::time(node.created_at()), node.scope_label());
    finding.fact("grace", words::span(input.policy.consumer_grace), "policy");
    // What refers to a thing is written in files, and not known from its use.
    finding.rely_on(Evidence::Declared);
    verdict.about().and(verdict.at())
}

/// What it is part of, and is switched off.
fn home(node: Node<'_>, verdict: Verdict, finding: &mut Finding) -> Option<Timestamp> {
    let home = node.graph().node(verdict.about()?);
    for link in node.out(LinkKind::PartOf).filter(|link| link.to().node_id() == home.node_id()) {
        finding.fact("part_of", home.id(), link.scope().label());
        finding.rely_on(link.evidence());
        finding.rest_on(node, link.scope_id());
    }
    let why = words::switched_off_because(home).map_or_else(String::new, |why| format!(" ({why})"));
    finding.fact("enabled", format!("{}: false{why}", home.label()), home.scope_label());
    for scope in home.scopes() {
        finding.rest_on(node, scope);
    }
    verdict.at().filter(|ended| was_seen_before(home, *ended))
}

/// Whether a thing was seen before its end, so that its end has a time.
fn was_seen_before(node: Node<'_>, ended: Timestamp) -> bool {
    node.is_entity() && node.first_seen() < ended
}

fn parent(node: Node<'_>, verdict: Verdict, finding: &mut Finding) -> Option<Timestamp> {
    let parent = node.graph().node(verdict.about()?);
    for link in node.links_out().filter(|link| link.to().node_id() == parent.node_id()) {
        finding.fact(link.kind().as_str(), parent.id(), link.scope().label());
        finding.rely_on(link.evidence());
        finding.rest_on(node, link.scope_id());
    }
    for scope in parent.scopes() {
        finding.rest_on(node, scope);
        finding.fact("exists", format!("{}: gone", parent.id()), node.graph().scope(scope).label());
    }
    if let Some(Absence::Proven(scope)) = parent.absence() {
        finding.rest_on(node, scope);
        finding.fact("exists", format!("{}: not listed", parent.id()), node.graph().scope(scope).label());
    }
    verdict.at()
}

/// The owners, all departed; when the last of them was found to be.
fn owners(input: &Input<'_>, node: Node<'_>, finding: &mut Finding) -> Option<Timestamp> {
    let owners = owners_of(node, &input.sight);
    let mut weakest = None::<Evidence>;
    for Owner { node: id, role, evidence, because, standing, .. } in owners.iter().take(NAME_AT_MOST) {
        let owner = input.graph.node(*id);
        let Standing::Departed { since } = standing else { continue };
        let since = since.map_or_else(String::new, |at| format!(" since {}", day(at)));
        let value = format!("{} ({}, {because}), departed{since}", owner.id(), role.as_str());
        finding.fact("owned_by", value, owner.scope_label());
        weakest = weakest.max(Some(*evidence));
        for scope in owner.scopes() {
            finding.rest_on(node, scope);
        }
    }
    weakest.into_iter().for_each(|evidence| finding.rely_on(evidence));
    let ends: Vec<Option<Timestamp>> = owners
        .iter()
        .map(|owner| match owner.standing {
            Standing::Departed { since } => since.filter(|at| was_seen_before(input.graph.node(owner.node), *at)),
            Standing::Present | Standing::Unseen(_) => None,
        })
        .collect();
    ends.into_iter().collect::<Option<Vec<_>>>()?.into_iter().max()
}

/// The last known use of the thing, of its credentials, or of the identity that it proves when it tells none of its own.
fn last_use<'g>(input: &Input<'g>, node: Node<'g>) -> Option<(Timestamp, Node<'g>)> {
    let own = |node: Node<'g>| match node.last_used_at() {
        Fact::Known(Some(at)) => Some((at, node)),
        Fact::Known(None) | Fact::NotExposed | Fact::Denied => None,
    };
    let node = input.graph.node(node.node_id());
    match node.kind() {
        Some(Kind::Identity) => {
            let keys = node.incoming(LinkKind::AuthenticatesAs).filter(|link| link.is_there()).map(|link| link.from());
            keys.chain([node]).filter_map(own).max_by_key(|(at, node)| (*at, node.node_id()))
        }
        _ => own(node).or_else(|| match node.last_used_at() {
            // Known never to have been used: what its identity did, it did by other means.
            Fact::Known(None) => None,
            _ => node.out(LinkKind::AuthenticatesAs).find(|link| link.is_there()).and_then(|link| own(link.to())),
        }),
    }
}
