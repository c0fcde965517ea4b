//! Who owns one node: every owner that its evidence reaches, the surest first, each with the way.
//!
//! How sure is a number from 0 to 100: what the best evidence alone is worth, times what is lost at each step away from
//! the thing. The ranks follow what each kind of evidence has turned out to be worth: an assertion to this tool, a
//! sponsor, a tag that names a person, a platform's owner field, a tag that names a team, CODEOWNERS, a creator.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet, VecDeque};

use whosekey_sdk::{Evidence, LinkKind, OwnerRole};

use super::{OwnerEnd, Standing, counts, owner_end};
use crate::analysis::sight::Sight;
use crate::graph::{LinkView, Node, NodeId};

/// Nodes looked at for one answer: a hub with a hundred thousand consumers has an owner before that.
const LOOK_AT_MOST: usize = 2_000;

/// An owner of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// Who: a person or a team.
    pub node: NodeId,
    /// What they are to the thing.
    pub role: OwnerRole,
    /// The weakest evidence on the way.
    pub evidence: Evidence,
    /// The evidence and the way, for people: `tag owner, through agent deployer`.
    pub because: String,
    /// How sure, from 0 to 100.
    pub confidence: u8,
    /// Whether they are still there.
    pub standing: Standing,
}

/// A node on the way to owners.
struct Step<'g> {
    node: Node<'g>,
    evidence: Evidence,
    /// In percent.
    worth: u32,
    way: String,
    /// Owners found here are owners of a creator, which makes them creators at most.
    through_creator: bool,
}

/// The owners of a node, the surest first, then by id.
pub fn owners_of(node: Node<'_>, sight: &Sight) -> Vec<Owner> {
    let mut found: BTreeMap<NodeId, Owner> = BTreeMap::new();
    let mut seen: HashSet<NodeId> = HashSet::from([node.node_id()]);
    let mut waiting = VecDeque::from([Step {
        node,
        evidence: Evidence::Proven,
        worth: 100,
        way: String::new(),
        through_creator: false,
    }]);
    while let Some(step) = waiting.pop_front() {
        direct(&step, sight, &mut found);
        if seen.len() < LOOK_AT_MOST {
            further(&step, |next| {
                if seen.insert(next.node.node_id()) {
                    waiting.push_back(next);
                }
            });
        }
    }
    let mut owners: Vec<Owner> = found.into_values().collect();
    owners.sort_by_key(|owner| (Reverse(owner.confidence), owner.node));
    owners
}

fn direct(step: &Step<'_>, sight: &Sight, found: &mut BTreeMap<NodeId, Owner>) {
    let links = step.node.out(LinkKind::OwnedBy).chain(step.node.out(LinkKind::CreatedBy));
    for link in links.filter(|link| counts(*link)) {
        let OwnerEnd::Owner(standing) = owner_end(link, sight) else { continue };
        let said = match link.role() {
            _ if step.through_creator || link.kind() == LinkKind::CreatedBy => OwnerRole::Creator,
            Some(role) => role,
            None if link.to().id().starts_with("team:") => OwnerRole::Team,
            None => OwnerRole::Owner,
        };
        let owner = Owner {
            node: link.to().node_id(),
            role: said,
            evidence: link.evidence().min(step.evidence),
            because: format!("{}{}", link.because(), step.way),
            confidence: u8::try_from(worth(link, said) * step.worth / 100).expect("a percentage of a percentage"),
            standing,
        };
        match found.get_mut(&owner.node) {
            Some(known) if known.confidence >= owner.confidence => {}
            Some(known) => *known = owner,
            None => drop(found.insert(owner.node, owner)),
        }
    }
}

/// What a link is worth by itself, in percent.
fn worth(link: LinkView<'_>, role: OwnerRole) -> u32 {
    let is_asserted = link.scope().coverage.as_ref().is_some_and(|c| c.connector == "owners");
    if is_asserted {
        return 100;
    }
    if link.evidence() == Evidence::Inferred || link.to().is_bare_person() {
        return 30;
    }
    match role {
        OwnerRole::Sponsor => 95,
        OwnerRole::Creator => 60,
        _ if link.because().contains("CODEOWNERS") => 70,
        OwnerRole::Team => 80,
        OwnerRole::Owner if link.evidence() == Evidence::Declared => 90,
        OwnerRole::Owner => 85,
    }
}

/// The nodes whose owners are owner evidence for this one. The same links as `flow` follows, the other way.
fn further<'g>(step: &Step<'g>, mut visit: impl FnMut(Step<'g>)) {
    let node = step.node;
    let mut go = |link: LinkView<'g>, to: Node<'g>, percent: u32, word: &str| {
        if counts(link) {
            visit(Step {
                node: to,
                evidence: step.evidence.min(link.evidence()),
                worth: step.worth * percent / 100,
                way: format!("{}, {word} {}", step.way, to.label()),
                through_creator: step.through_creator || link.kind() == LinkKind::CreatedBy,
            });
        }
    };
    node.incoming(LinkKind::Holds).for_each(|link| go(link, link.from(), 80, "through holder"));
    for key in node.incoming(LinkKind::AuthenticatesAs).filter(|link| counts(*link)) {
        key.from().incoming(LinkKind::Holds).for_each(|link| go(link, link.from(), 80, "through holder"));
    }
    node.incoming(LinkKind::RunsAs).for_each(|link| go(link, link.from(), 80, "through"));
    node.out(LinkKind::AuthenticatesAs).for_each(|link| go(link, link.to(), 90, "through identity"));
    node.out(LinkKind::PartOf).for_each(|link| go(link, link.to(), 70, "through parent"));
    node.out(LinkKind::OwnedBy).for_each(|link| go(link, link.to(), 40, "through owner"));
    node.out(LinkKind::CreatedBy).for_each(|link| go(link, link.to(), 35, "through creator"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::testworld::world;

    fn owners(text: &str, id: &str) -> Vec<String> {
        let graph = world(text);
        let sight = Sight::of(&graph);
        owners_of(graph.find(id).unwrap(), &sight)
            .into_iter()
            .map(|owner| {
                let (node, role) = (graph.node(owner.node), owner.role.as_str());
                format!("{} {role} {} {}", owner.confidence, node.id(), owner.because)
            })
            .collect()
    }

    #[test]
    fn the_surest_owner_comes_first_and_each_says_why() {
        let text = "scope people complete connector=owners
            owner person:a@x.org in=people
            owner person:b@x.org
            owner person:c@x.org
            owner team:t
            agent agent:1 name=deployer
            credential c:1
            identity i:1 name=ci
            agent:1 holds c:1
            agent:1 owned_by person:c@x.org evidence=declared because=CODEOWNERS
            c:1 authenticates_as i:1
            i:1 created_by person:b@x.org because=CreateUser
            i:1 owned_by team:t role=team evidence=declared because=tag
            i:1 owned_by person:a@x.org in=people because=owners.toml:3
            i:1 owned_by email:z@x.org evidence=declared because=tag";
        insta::assert_snapshot!(owners(text, "i:1").join("\n"), @r"
        100 owner person:a@x.org owners.toml:3
        80 team team:t tag
        60 creator person:b@x.org CreateUser
        56 owner person:c@x.org CODEOWNERS, through holder deployer
        30 owner person:z@x.org tag
        ");
        assert_eq!(owners(text, "c:1")[0], "90 owner person:a@x.org owners.toml:3, through identity ci");
    }

    #[test]
    fn a_machine_creators_owner_is_a_creator_at_most() {
        let text = "owner person:a@x.org
            identity i:1
            identity i:ci name=terraform
            i:1 created_by i:ci because=CreateRole
            i:ci owned_by person:a@x.org because=tag evidence=declared
            i:ci created_by i:1";
        assert_eq!(owners(text, "i:1"), ["21 creator person:a@x.org tag, through creator terraform"]);
    }
}
