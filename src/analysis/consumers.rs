//! Who uses a thing, and whether they have ended.
//!
//! An agent or workload has ended when it is gone or known to be switched off. A consumer that is there and whose link
//! is gone has moved on: it consumes no longer, but it has not ended, so it says nothing either way. One that names what
//! it uses by a pattern may use whatever that names, and counts as one that does.

use whosekey_sdk::{Evidence, Fact, Kind, LinkKind, Timestamp};

use crate::graph::{Absence, LinkView, Liveness, Node, ScopeId};

/// How a thing that another depends on is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// There, as far as complete scans say.
    There,
    /// Not shown to have ended, but this scope, which would show it, was not seen whole.
    Unseen(ScopeId),
    /// Missed by one complete scan, which no second one has confirmed.
    Missing {
        /// That scan.
        since: Timestamp,
    },
    /// Ended; since the first scan that showed it, if one did.
    Ended {
        /// That scan.
        since: Option<Timestamp>,
    },
}

/// An agent or workload that uses or used something.
#[derive(Clone, Copy)]
pub struct Consumer<'g> {
    /// The agent or workload.
    pub node: Node<'g>,
    /// The link that says so: `holds` or `runs_as`.
    pub link: LinkView<'g>,
    /// How it is.
    pub condition: Condition,
    /// It is there, and its link is gone.
    pub has_moved_on: bool,
}

impl Consumer<'_> {
    /// How sure it is that it is a consumer.
    pub fn evidence(&self) -> Evidence {
        self.link.evidence()
    }

    /// Whether it stands for something of which nobody knows what it uses: a pattern held by what nothing lists.
    pub fn is_unknown(&self) -> bool {
        self.is_by_pattern() && !self.node.is_entity()
    }

    /// Whether it names by a pattern what it uses, so that it may or may not use this.
    pub fn is_by_pattern(&self) -> bool {
        !self.link.to().is_entity()
    }
}

/// All known consumers of a credential, or of an identity directly and through its credentials; by id, one each.
pub fn consumers_of(node: Node<'_>) -> Vec<Consumer<'_>> {
    let mut found: Vec<Consumer<'_>> = links_of(node).map(consumer).collect();
    // Of several links of one consumer, one that is there outweighs those that are gone, and a name a pattern.
    found.sort_by_key(|consumer| (consumer.node.node_id(), consumer.has_moved_on, consumer.is_by_pattern()));
    found.dedup_by_key(|consumer| consumer.node.node_id());
    found
}

fn links_of<'g>(node: Node<'g>) -> impl Iterator<Item = LinkView<'g>> {
    let through_credentials = (node.kind() == Some(Kind::Identity))
        .then(|| node.incoming(LinkKind::AuthenticatesAs).flat_map(|key| key.from().used_by()));
    node.used_by().chain(through_credentials.into_iter().flatten())
}

fn consumer(link: LinkView<'_>) -> Consumer<'_> {
    let node = link.from();
    if node.is_plainly_there() {
        return Consumer { node, link, condition: Condition::There, has_moved_on: !link.is_there() };
    }
    let condition = match condition(node) {
        Condition::Ended { since } => Condition::Ended { since },
        _ if node.enabled() == Fact::Known(false) => {
            Condition::Ended { since: Some(node.disabled_since().unwrap_or_else(|| node.last_seen())) }
        }
        other => other,
    };
    let has_moved_on = !link.is_there() && !matches!(condition, Condition::Ended { .. });
    Consumer { node, link, condition, has_moved_on }
}

/// Whether a thing exists, as complete scans tell.
pub(crate) fn condition(node: Node<'_>) -> Condition {
    if node.is_plainly_there() {
        return Condition::There;
    }
    match (node.absence(), node.liveness()) {
        (Some(Absence::Proven(_)), _) => Condition::Ended { since: None },
        (Some(Absence::Unseen(scope)), _) => Condition::Unseen(scope),
        (Some(Absence::Uncovered), _) => Condition::There,
        (None, Liveness::Gone { since, .. }) => Condition::Ended { since: Some(since) },
        (None, liveness) => match (node.unseen_scope(), liveness) {
            (Some(scope), _) => Condition::Unseen(scope),
            (None, Liveness::Missing { since }) => Condition::Missing { since },
            (None, _) => Condition::There,
        },
    }
}
