//! What kind of owners every node reaches, for all nodes in one pass.
//!
//! What is reached is a set of flags and the least of the scopes that may hide more; both only ever grow, so passing
//! them along the links until nothing changes is exact, ends, and costs about one look at each link.

use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};
use whosekey_sdk::LinkKind;

use super::{OwnerEnd, Standing, counts, owner_end};
use crate::analysis::sight::{Directory, Sight};
use crate::graph::{Graph, LinkView, Node, NodeId, ScopeId};

/// What kind of owners are reached from a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reached(u8);

impl Reached {
    /// Somebody who has not left.
    pub const PRESENT: Self = Self(1);
    /// Somebody of whom it is not seen whether they have left.
    pub const UNSEEN: Self = Self(2);
    /// Somebody who has left.
    pub const DEPARTED: Self = Self(4);
    /// A machine that owns or made it.
    pub const MACHINE: Self = Self(8);
    /// A name that no directory knows.
    pub const UNKNOWN_NAME: Self = Self(16);
    /// A platform's own id of which nothing else is known.
    pub const UNKNOWN_ID: Self = Self(32);

    /// Whether any of `flags` is reached.
    pub fn any(self, flags: Self) -> bool {
        self.0 & flags.0 != 0
    }

    /// Whether a person or a team is reached, departed or not.
    pub fn any_owner(self) -> bool {
        self.any(Self::PRESENT | Self::UNSEEN | Self::DEPARTED)
    }
}

impl std::ops::BitOr for Reached {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// What is reached, and what may hide more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct State {
    reached: Reached,
    /// What may hide owner evidence.
    evidence: Option<ScopeId>,
    /// What may hide that an owner who is reached has left.
    owner: Option<ScopeId>,
}

impl State {
    fn join(self, other: Self) -> Self {
        Self {
            reached: self.reached | other.reached,
            evidence: first(self.evidence, other.evidence),
            owner: first(self.owner, other.owner),
        }
    }

    fn is_nothing(self) -> bool {
        self.reached == Reached::default() && self.evidence.is_none()
    }
}

impl From<Reached> for State {
    fn from(reached: Reached) -> Self {
        Self { reached, evidence: None, owner: None }
    }
}

fn first(a: Option<ScopeId>, b: Option<ScopeId>) -> Option<ScopeId> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// Owners, as far as verdicts need to know them, by node.
pub struct Ownership {
    states: Vec<State>,
    directory: Directory,
}

impl Ownership {
    pub(crate) fn of(graph: &Graph, sight: &Sight) -> Self {
        let mut states: Vec<State> =
            (0..graph.len()).into_par_iter().map(|at| direct(graph.node_at(at), sight)).collect();
        let mut waiting: Vec<NodeId> =
            graph.nodes().map(Node::node_id).filter(|id| !states[id.index()].is_nothing()).collect();
        while let Some(id) = waiting.pop() {
            let state = states[id.index()];
            pass_on(graph.node(id), |to| {
                let joined = states[to.index()].join(state);
                if joined != states[to.index()] {
                    states[to.index()] = joined;
                    waiting.push(to);
                }
            });
        }
        Self { states, directory: sight.directory() }
    }

    /// What kind of owners are reached from this node.
    pub fn reached(&self, node: NodeId) -> Reached {
        self.states[node.index()].reached
    }

    /// The first scope that may hide owner evidence of this node or of what its evidence comes through.
    pub fn unseen_evidence(&self, node: NodeId) -> Option<ScopeId> {
        self.states[node.index()].evidence
    }

    /// The first scope that may hide that an owner who is reached has left.
    pub fn unseen_owner(&self, node: NodeId) -> Option<ScopeId> {
        self.states[node.index()].owner
    }

    /// Whether the directories were seen whole.
    pub fn directory(&self) -> Directory {
        self.directory
    }

    /// Whether a name or an id was left unresolved that may well be somebody.
    pub fn may_be_somebody(&self, node: NodeId) -> bool {
        let reached = self.reached(node);
        reached.any(Reached::UNKNOWN_ID) || (reached.any(Reached::UNKNOWN_NAME) && self.directory != Directory::Seen)
    }
}

/// What a node's own links say.
fn direct(node: Node<'_>, sight: &Sight) -> State {
    let mut state = State { evidence: sight.owner_evidence(node), ..Reached::default().into() };
    for link in node.out(LinkKind::OwnedBy).chain(node.out(LinkKind::CreatedBy)).filter(|link| counts(*link)) {
        let said = match owner_end(link, sight) {
            OwnerEnd::Owner(Standing::Present) => Reached::PRESENT.into(),
            OwnerEnd::Owner(Standing::Unseen(scope)) => State { owner: Some(scope), ..Reached::UNSEEN.into() },
            OwnerEnd::Owner(Standing::Departed { .. }) => Reached::DEPARTED.into(),
            OwnerEnd::Machine => Reached::MACHINE.into(),
            OwnerEnd::UnknownName => Reached::UNKNOWN_NAME.into(),
            OwnerEnd::UnknownId => Reached::UNKNOWN_ID.into(),
            OwnerEnd::Unseen(scope) => State { evidence: Some(scope), ..Reached::default().into() },
        };
        state = state.join(said);
    }
    state
}

/// Calls `to` with every node for which the owners of `node` are owner evidence.
fn pass_on(node: Node<'_>, mut to: impl FnMut(NodeId)) {
    let mut pass = |link: LinkView<'_>, end: Node<'_>| {
        if counts(link) {
            to(end.node_id());
        }
    };
    // What uses a thing: the agent's or workload's owner answers for its credentials and identities, and for the
    // identities that its credentials prove.
    for held in node.out(LinkKind::Holds) {
        pass(held, held.to());
        if counts(held) {
            held.to().out(LinkKind::AuthenticatesAs).for_each(|proves| pass(proves, proves.to()));
        }
    }
    node.out(LinkKind::RunsAs).for_each(|link| pass(link, link.to()));
    // What a credential proves; what a thing is part of; what made or owns it.
    for kind in [LinkKind::AuthenticatesAs, LinkKind::PartOf, LinkKind::CreatedBy, LinkKind::OwnedBy] {
        node.incoming(kind).for_each(|link| pass(link, link.from()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::testworld::world;

    fn reached(text: &str, id: &str) -> Reached {
        let graph = world(text);
        let ownership = Ownership::of(&graph, &Sight::of(&graph));
        ownership.reached(graph.find(id).unwrap().node_id())
    }

    #[test]
    fn owners_are_reached_through_agents_identities_parents_and_creators() {
        let text = "owner person:a@x.org
            agent agent:1
            agent tool:1
            credential c:held
            identity i:proven
            credential c:other
            resource r:project
            identity i:parted
            identity i:made
            agent:1 owned_by person:a@x.org
            tool:1 part_of agent:1
            tool:1 holds c:held
            c:held authenticates_as i:proven
            c:other authenticates_as i:proven
            r:project owned_by person:a@x.org
            i:parted part_of r:project
            i:made created_by i:parted";
        for id in ["tool:1", "c:held", "i:proven", "c:other", "i:parted"] {
            assert_eq!(reached(text, id), Reached::PRESENT, "{id}");
        }
        assert_eq!(reached(text, "i:made"), Reached::PRESENT | Reached::MACHINE);
    }

    #[test]
    fn the_owner_of_one_key_does_not_own_its_identity_and_a_ring_of_creators_ends() {
        let text = "owner person:a@x.org
            credential c:1
            identity i:1
            identity i:2
            c:1 authenticates_as i:1
            c:1 owned_by person:a@x.org
            i:1 created_by i:2
            i:2 created_by i:1";
        assert_eq!(reached(text, "i:1"), Reached::MACHINE);
        assert!(reached(text, "c:1").any(Reached::PRESENT));
    }

    #[test]
    fn an_agent_that_is_gone_still_tells_whom_to_ask_and_a_link_that_was_cut_does_not() {
        let text = "owner person:a@x.org
            agent agent:1 gone=9d
            agent agent:2
            credential c:1
            credential c:2
            agent:1 owned_by person:a@x.org gone=9d
            agent:1 holds c:1 gone=9d
            agent:2 owned_by person:a@x.org
            agent:2 holds c:2 gone=9d";
        assert_eq!(reached(text, "c:1"), Reached::PRESENT);
        assert_eq!(reached(text, "c:2"), Reached::default());
    }

    #[test]
    fn people_leave_by_being_switched_off_or_gone_and_teams_with_their_last_member() {
        let text = "owner person:a@x.org enabled=false
            owner person:b@x.org gone=9d
            owner person:c@x.org enabled=denied
            owner team:t/gone
            owner team:t/there
            person:a@x.org member_of team:t/gone
            person:a@x.org member_of team:t/there
            person:c@x.org member_of team:t/there
            identity i:1
            identity i:2
            identity i:3
            identity i:4
            identity i:5
            i:1 owned_by person:a@x.org
            i:2 owned_by email:b@x.org alias=x
            i:3 owned_by person:c@x.org
            i:4 owned_by team:t/gone role=team
            i:5 owned_by team:t/there role=team";
        assert_eq!(reached(text, "i:1"), Reached::DEPARTED);
        assert_eq!(reached(text, "i:2"), Reached::DEPARTED);
        assert_eq!(reached(text, "i:3"), Reached::PRESENT);
        assert_eq!(reached(text, "i:4"), Reached::DEPARTED);
        assert_eq!(reached(text, "i:5"), Reached::PRESENT);
    }

    #[test]
    fn names_that_nobody_knows_are_told_apart_from_ids_that_nobody_lists() {
        let text = "scope users complete covers=github:user/
            identity i:1
            i:1 owned_by owner:platform
            identity i:2
            i:2 owned_by entra:77
            identity i:3
            i:3 owned_by github:user/7
            identity i:4
            i:4 created_by arn:role/x";
        assert_eq!(reached(text, "i:1"), Reached::UNKNOWN_NAME);
        assert_eq!(reached(text, "i:2"), Reached::UNKNOWN_ID);
        assert_eq!(reached(text, "i:3"), Reached::DEPARTED);
        assert_eq!(reached(text, "i:4"), Reached::MACHINE);
    }
}
