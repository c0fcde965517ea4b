//! `orphaned`: it can still authenticate, and what it served is gone.
//!
//! Three clauses, each of which may be silent: its consumers, its parents (what it is part of, what it proves, what it
//! trusts), its owners. One clause that says yes suffices; else one that cannot tell; else it is no.
//!
//! A platform that shows all that may use a thing says where (the attribute `consumers_listed_in`): then that nothing there
//! uses it is known too. One that does not says so (`consumers`), and then nothing can be told.
//!
//! A consumer or parent that is *shown* to have ended stays ended when later scans of its scope fail: its absence was
//! confirmed when it was. One that is not shown to have ended, in a scope that was not seen whole, may have.

mod finding;
mod outside;
#[cfg(test)]
mod tests;

use whosekey_sdk::{Kind, LinkKind, Timestamp};

use crate::analysis::consumers::{Condition, Consumer, condition, consumers_of};
use crate::analysis::finding::{Answer, Confidence, Severity};
use crate::analysis::ownership::Reached;
use crate::analysis::verdict::{Verdict, Why};
use crate::analysis::{Input, Meta, Rule};
use crate::graph::{LinkView, Node, NodeId, ScopeId};

/// The rule.
pub static RULE: Rule = Rule {
    meta: Meta {
        id: "orphaned",
        title: "Orphaned",
        severity: Severity::High,
        confidence: Confidence::High,
        owasp: &["OWASP NHI1:2025"],
        reasons: &[
            (
                "consumer_gone",
                "every agent or workload that used it is gone or switched off, or nothing of all that may use it does, \
                 and the grace has passed",
            ),
            ("parent_gone", "its app, project, repository, cluster, identity or trusted principal no longer exists"),
            ("owner_gone", "every owner has departed"),
        ],
        description: "It can still authenticate, and what it served is gone, in a scope that was complete. Critical when \
                      it was used after that: something unknown is using it. Cannot be told while the scope of a \
                      consumer, parent or owner is not complete, nor when no consumer was ever seen and the platform does \
                      not show all of them.",
        remediation: "Find out who used it last. If nobody needs it, switch it off, wait, then delete it; otherwise give \
                      it an owner who is there.",
    },
    kinds: &[Kind::Identity, Kind::Credential],
    find: finding::find,
};

/// The verdict of one thing that can authenticate. A credential of which nothing is known follows its identity.
pub(crate) fn judge(input: &Input<'_>, node: Node<'_>, identity: Option<(NodeId, Verdict)>) -> Verdict {
    let known = used_by(input, node);
    let used = outside::weigh(input, node, known).map(|used| unless_taken(input, node, used));
    let part = parents(node, known);
    let follow = match (identity, used, part) {
        (Some((id, verdict)), None, None) => follow(id, verdict),
        _ => None,
    };
    let clauses = [used, part, owned(input, node), follow];
    [Answer::Yes, Answer::CannotTell, Answer::No]
        .into_iter()
        .find_map(|answer| clauses.iter().flatten().find(|verdict| verdict.answer() == answer))
        .copied()
        .unwrap_or(Verdict::new(if shows_consumers(node) { Why::NothingServed } else { Why::ConsumersNotExposed }))
}

/// That all known consumers have ended does not say that nothing uses what a workload may become without naming it.
fn unless_taken(input: &Input<'_>, node: Node<'_>, used: Verdict) -> Verdict {
    match input.takers.first(node.node_id()).filter(|_| used.why == Why::ConsumerGone) {
        Some(workload) => Verdict::new(Why::TakerUnnamed).with_about(workload),
        None => used,
    }
}

/// Whether the platform shows what uses a thing. One that hands out credentials which no listing shows says so in the
/// attribute `consumers`: what was never seen to be used there may be used all the same.
fn shows_consumers(node: Node<'_>) -> bool {
    node.attribute("consumers").is_none_or(|value| value != "not_exposed")
}

/// What an identity's verdict says about a credential of which nothing is known: what its consumers and parents say.
fn follow(identity: NodeId, verdict: Verdict) -> Option<Verdict> {
    use Why::{
        ConsumerGone, ConsumerMissing, ConsumerUnknown, ConsumerUnseen, ConsumersNotExposed, HomeOff, HomeOffInGrace,
        InGrace, InUseBy, ListingUnseen, ParentGone, ParentUnseen, TakerUnnamed, Unlisted, UnlistedInGrace,
    };
    match verdict.why {
        // Who is named there is the last consumer, if anybody.
        Unlisted | UnlistedInGrace | ListingUnseen => Some(verdict),
        ConsumerGone | ConsumerMissing | ConsumerUnknown | ConsumerUnseen | ConsumersNotExposed | HomeOff
        | HomeOffInGrace | InGrace | InUseBy | ParentGone | ParentUnseen | TakerUnnamed => {
            Some(if verdict.about().is_some() { verdict } else { verdict.with_about(identity) })
        }
        _ => None,
    }
}

/// What its consumers say; silent when none was ever seen.
fn used_by(input: &Input<'_>, node: Node<'_>) -> Option<Verdict> {
    let consumers = consumers_of(node);
    let say = |why: Why, consumer: &Consumer<'_>| Verdict::new(why).with_about(consumer.node.node_id());
    let current = || consumers.iter().filter(|consumer| !consumer.has_moved_on);
    if current().next().is_none() {
        let last = consumers.iter().max_by_key(|consumer| (consumer.link.gone_since(), consumer.node.node_id()));
        return last.map(|consumer| say(Why::MovedOn, consumer).with_time(consumer.link.gone_since()));
    }
    let there = || current().filter(|consumer| consumer.condition == Condition::There);
    if let Some(there) = there().min_by_key(|consumer| (consumer.is_unknown(), consumer.is_by_pattern())) {
        let why = if there.is_unknown() { Why::ConsumerUnknown } else { Why::InUseBy };
        return Some(say(why, there));
    }
    let mut unseen = None;
    let mut missing = None;
    let mut ended: Option<(Timestamp, &Consumer<'_>)> = None;
    for consumer in current() {
        match consumer.condition {
            Condition::There => {}
            Condition::Missing { since } => {
                missing = missing.or(Some(say(Why::ConsumerMissing, consumer).with_time(Some(since))));
            }
            Condition::Unseen(scope) => unseen = unseen.or(Some(say(Why::ConsumerUnseen, consumer).with_scope(scope))),
            Condition::Ended { since } => {
                // Nothing but an end that no scan saw happen has no time; its grace begins when it is looked at.
                let since = since.unwrap_or(input.now);
                ended = ended.filter(|(latest, _)| *latest >= since).or(Some((since, consumer)));
            }
        }
    }
    let in_time = ended.map(|(since, consumer)| {
        let is_over = since.plus(input.policy.consumer_grace) <= input.now;
        say(if is_over { Why::ConsumerGone } else { Why::InGrace }, consumer).with_time(Some(since))
    });
    missing.or(unseen).or(in_time)
}

/// What its parents say; silent when they are there. Whom an identity trusts stands for consumers that nobody shows: while
/// one that is shown has not ended, what it served is not gone, though the trust that lets it in may be.
fn parents(node: Node<'_>, used: Option<Verdict>) -> Option<Verdict> {
    let is_served = used.is_some_and(|used| used.answer() != Answer::Yes && used.why != Why::MovedOn);
    let part_of = one_is_gone(node.out(LinkKind::PartOf));
    let proves = || every_one_is_gone(node.out(LinkKind::AuthenticatesAs));
    let trusts = || every_one_is_gone(node.out(LinkKind::Trusts));
    let all = match node.kind() {
        Some(Kind::Credential) => [part_of, proves()],
        _ => [part_of, trusts().filter(|_| !is_served)],
    };
    let said = |answer: Answer| all.iter().flatten().find(|verdict| verdict.answer() == answer).copied();
    said(Answer::Yes).or_else(|| said(Answer::CannotTell))
}

/// What the end of a link says; `None` for a link that is gone while its end is there: it has moved.
fn parent(link: LinkView<'_>) -> Option<Condition> {
    let condition = condition(link.to());
    (link.is_there() || matches!(condition, Condition::Ended { .. })).then_some(condition)
}

fn gone(link: LinkView<'_>, since: Option<Timestamp>) -> Verdict {
    Verdict::new(Why::ParentGone).with_about(link.to().node_id()).with_time(since)
}

/// A thing lives and dies with each of the things that it is part of, unless it has moved to another.
fn one_is_gone<'g>(links: impl Iterator<Item = LinkView<'g>>) -> Option<Verdict> {
    let mut unseen = None;
    let mut left = None;
    let mut has_moved = false;
    for link in links {
        match parent(link)? {
            Condition::Ended { since } if link.is_there() => return Some(gone(link, since)),
            Condition::Ended { since } => left = left.or(Some(gone(link, since))),
            Condition::Unseen(scope) => {
                let verdict = Verdict::new(Why::ParentUnseen).with_about(link.to().node_id()).with_scope(scope);
                unseen = unseen.or(Some(verdict));
                has_moved = true;
            }
            Condition::There | Condition::Missing { .. } => has_moved = true,
        }
    }
    left.filter(|_| !has_moved).or(unseen)
}

/// What proves or trusts several things serves as long as one of them is there.
fn every_one_is_gone<'g>(links: impl Iterator<Item = LinkView<'g>>) -> Option<Verdict> {
    let mut last = None;
    let mut unseen = None;
    for link in links.filter(|link| link.is_there()) {
        // A platform may show itself that what is trusted was deleted.
        let is_deleted = link.attributes().get("deleted").is_some_and(|value| value == true);
        let condition = if is_deleted { Condition::Ended { since: None } } else { condition(link.to()) };
        match condition {
            Condition::Ended { since } => last = Some(gone(link, since)),
            Condition::Unseen(scope) => {
                let verdict = Verdict::new(Why::ParentUnseen).with_about(link.to().node_id()).with_scope(scope);
                unseen = unseen.or(Some(verdict));
            }
            Condition::There | Condition::Missing { .. } => return None,
        }
    }
    unseen.or(last)
}

/// What its owners say; silent when one is there, or when none was ever known.
fn owned(input: &Input<'_>, node: Node<'_>) -> Option<Verdict> {
    let id = node.node_id();
    let reached = input.ownership.reached(id);
    if !reached.any_owner() || reached.any(Reached::PRESENT) {
        return None;
    }
    let unseen =
        |why: Why, scope: Option<ScopeId>| scope.map_or(Verdict::new(why), |scope| Verdict::new(why).with_scope(scope));
    if reached.any(Reached::UNSEEN) {
        return Some(unseen(Why::OwnerUnseen, input.ownership.unseen_owner(id)));
    }
    if input.ownership.may_be_somebody(id) {
        return Some(Verdict::new(Why::OtherOwnersUnresolved));
    }
    // Its own scope may have kept back a tag that names somebody else.
    Some(match node.unseen_scope() {
        Some(scope) => unseen(Why::OtherOwnersUnseen, Some(scope)),
        None => Verdict::new(Why::OwnerGone),
    })
}
