//! What a platform says about consumers that nobody has seen: that a listing shows all there may be, or that what could
//! use a thing is switched off.
//!
//! A source says so with attributes of the thing. `consumers_listed_in` names a scope of the same source: what is not shown
//! there does not use it. `used_within` with the value `parent`: nothing outside of what it is part of can use it.
//!
//! Invariant: only a scope that was seen whole, after the grace, says that nothing uses a thing.

use whosekey_sdk::{Fact, LinkKind, Timestamp};

use crate::analysis::Input;
use crate::analysis::verdict::{Verdict, Why};
use crate::graph::{Node, ScopeId};

/// What that makes of the verdict that the known consumers give.
pub(super) fn weigh(input: &Input<'_>, node: Node<'_>, known: Option<Verdict>) -> Option<Verdict> {
    if known.is_some_and(|verdict| verdict.why == Why::InUseBy) {
        return known;
    }
    if let Some(verdict) = home_off(input, node) {
        return Some(verdict);
    }
    match known {
        None => unlisted(input, node, None),
        Some(left) if left.why == Why::MovedOn => unlisted(input, node, known).or(known),
        // That the last one has ended is not that there is no other by now: the listing must have been seen since.
        Some(ended) if ended.why == Why::ConsumerGone => {
            unlisted(input, node, known).filter(|listing| listing.why != Why::Unlisted).or(known)
        }
        Some(_) => known,
    }
}

/// What the listing of all its possible consumers says when none is known, or when the last has left it.
fn unlisted(input: &Input<'_>, node: Node<'_>, left: Option<Verdict>) -> Option<Verdict> {
    let name = node.attribute("consumers_listed_in")?;
    let listings: Vec<ScopeId> =
        node.sources().into_iter().filter_map(|source| input.graph.find_scope(source, &name)).collect();
    // Settings may have left that scope out.
    let Some(&first) = listings.first() else { return Some(Verdict::new(Why::ConsumersNotExposed)) };
    let mut looked = Timestamp::from_millis(i64::MAX);
    for &listing in &listings {
        let scope = input.graph.scope(listing);
        match scope.coverage.as_ref().filter(|coverage| scope.is_complete() && coverage.gone_at.is_none()) {
            Some(coverage) => looked = looked.min(coverage.attempt.started_at),
            None => return Some(Verdict::new(Why::ListingUnseen).with_scope(listing)),
        }
    }
    let made = match node.created_at() {
        Fact::Known(made) => made,
        Fact::NotExposed | Fact::Denied => node.first_seen(),
    };
    let since = left.and_then(Verdict::at).map_or(made, |left| left.max(made));
    let is_over = since.plus(input.policy.consumer_grace) <= looked;
    let verdict = Verdict::new(if is_over { Why::Unlisted } else { Why::UnlistedInGrace });
    let verdict = verdict.with_scope(first).with_time(Some(since));
    let last = left.filter(|left| left.at() == Some(since)).and_then(Verdict::about);
    Some(last.map_or(verdict, |last| verdict.with_about(last)))
}

/// Whether what it is part of is switched off, so that nothing can use it.
fn home_off(input: &Input<'_>, node: Node<'_>) -> Option<Verdict> {
    node.attribute("used_within").filter(|within| within == "parent")?;
    let mut last: Option<(Timestamp, Node<'_>)> = None;
    for link in node.out(LinkKind::PartOf).filter(|link| link.is_there()) {
        let home = link.to();
        if home.enabled() != Fact::Known(false) {
            return None;
        }
        let since = home.disabled_since().unwrap_or_else(|| home.last_seen());
        last = last.filter(|(latest, _)| *latest >= since).or(Some((since, home)));
    }
    let (since, home) = last?;
    let is_over = since.plus(input.policy.consumer_grace) <= input.now;
    let verdict = Verdict::new(if is_over { Why::HomeOff } else { Why::HomeOffInGrace });
    Some(verdict.with_about(home.node_id()).with_time(Some(since)))
}
