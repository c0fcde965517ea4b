//! Which scopes were not seen whole, and for what that makes a verdict blind.
//!
//! A scope that was not seen whole may hide owner evidence, or a way to authenticate, of the things it has told of
//! before. So for every scope of things this knows the first scope that may hide something about them:
//! * the scope itself;
//! * one that has ever told of such links to or from things of its group;
//! * one of which nothing is known yet: of its group, or of a source that may hold anything (a directory of owners, a
//!   recording, a program);
//! * one of its group that was cut and has never been seen whole: what it told of so far is not all that it may tell of.
//!
//! A group is an account or organisation of one source: what stands before the slash in its scopes' names, or the whole
//! source where names have none. A log that was cut after it told who made the roles of an account may have been about
//! to tell who made its users.

use std::collections::HashMap;

use whosekey_sdk::{Kind, LinkKind, Outcome};

use crate::graph::{Graph, Node, ScopeCoverage, ScopeId, ScopeInfo};

/// Connectors whose scopes may tell of things of any platform.
const OF_ANY_PLATFORM: &[&str] = &["owners", "replay", "process"];

/// The connector whose scopes are directories of owners even before they told of any.
const DIRECTORY: &str = "owners";

/// What is not seen.
pub struct Sight {
    /// By scope of things: the first blind scope that may hold owner evidence for them.
    owner_evidence: Vec<Option<ScopeId>>,
    /// By scope of things: the first blind scope that may hold credentials, trust or consumers of them.
    ways_in: Vec<Option<ScopeId>>,
    directory: Directory,
}

/// Whether the directories that name owners were seen whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Directory {
    /// There is none: no scope has ever told of a person or a team.
    None,
    /// All were seen whole: a name that they do not know is nobody's.
    Seen,
    /// This one was not.
    Blind(ScopeId),
}

impl Sight {
    pub(crate) fn of(graph: &Graph) -> Self {
        let blind: Vec<bool> = graph.scopes().iter().map(ScopeInfo::hides_others).collect();
        let mut has_rows = vec![false; blind.len()];
        let mut is_directory: Vec<bool> =
            graph.scopes().iter().map(|s| s.coverage.as_ref().is_some_and(|c| c.connector == DIRECTORY)).collect();
        for node in graph.nodes() {
            for scope in node.all_scopes() {
                has_rows[scope.index()] = true;
                is_directory[scope.index()] |= node.kind() == Some(Kind::Owner);
            }
        }
        let (groups, group_of) = groups(graph);
        let mut owner_evidence: Vec<Option<ScopeId>> = vec![None; groups];
        let mut ways_in = owner_evidence.clone();
        for link in graph.links() {
            let scope = link.scope_id();
            has_rows[scope.index()] = true;
            if !blind[scope.index()] {
                continue;
            }
            let ends = [link.from(), link.to()].into_iter().filter(|end| end.kind() != Some(Kind::Owner));
            // What it tells of and nobody lists is of its own group, as far as anyone knows.
            for of in ends.flat_map(Node::all_scopes).chain([scope]).map(|of| group_of[of.index()]) {
                if tells_of_owners(link.kind()) {
                    first(&mut owner_evidence[of], scope);
                }
                if tells_of_ways_in(link.kind()) {
                    first(&mut ways_in[of], scope);
                }
            }
        }
        for scope in graph.scope_ids().filter(|id| blind[id.index()]) {
            let coverage = graph.scope(scope).coverage.as_ref();
            let is_known = is_directory[scope.index()] || !coverage.is_some_and(is_known_in_part);
            if has_rows[scope.index()] && is_known {
                continue;
            }
            let connector = coverage.map_or("", |c| c.connector.as_str());
            let of_any_platform = !has_rows[scope.index()] && OF_ANY_PLATFORM.contains(&connector);
            let group = group_of[scope.index()];
            for of in (0..groups).filter(|of| of_any_platform || *of == group) {
                first(&mut owner_evidence[of], scope);
                first(&mut ways_in[of], scope);
            }
        }
        // For a thing it is its own scope that counts, and what may hide something of the scope's group.
        let by_scope = |by_group: &[Option<ScopeId>]| -> Vec<Option<ScopeId>> {
            let of = |id: ScopeId| blind[id.index()].then_some(id).or(by_group[group_of[id.index()]]);
            graph.scope_ids().map(of).collect()
        };
        let (owner_evidence, ways_in) = (by_scope(&owner_evidence), by_scope(&ways_in));
        let mut directories = graph.scope_ids().filter(|id| is_directory[id.index()]).peekable();
        let directory = match directories.peek() {
            None => Directory::None,
            Some(_) => directories.find(|id| blind[id.index()]).map_or(Directory::Seen, Directory::Blind),
        };
        Self { owner_evidence, ways_in, directory }
    }

    /// The first blind scope that may hold owner evidence for this node, directories left aside.
    pub fn owner_evidence(&self, node: Node<'_>) -> Option<ScopeId> {
        node.scopes().filter_map(|scope| self.owner_evidence[scope.index()]).min()
    }

    /// The first blind scope that may hold a credential, a trust or a consumer of this identity.
    pub fn ways_in(&self, node: Node<'_>) -> Option<ScopeId> {
        node.scopes().filter_map(|scope| self.ways_in[scope.index()]).min()
    }

    /// Whether the directories were seen whole.
    pub fn directory(&self) -> Directory {
        self.directory
    }
}

/// Whether a scope's listing was cut and has never been seen whole.
fn is_known_in_part(coverage: &ScopeCoverage) -> bool {
    coverage.attempt.outcome == Outcome::Failed && coverage.last_complete_at.is_none()
}

/// How many groups there are, and the group of each scope.
fn groups(graph: &Graph) -> (usize, Vec<usize>) {
    let mut numbers: HashMap<(&str, &str), usize> = HashMap::new();
    let group_of = graph.scopes().iter().map(|info| {
        let part = info.scope.split_once('/').map_or("", |(part, _)| part);
        let next = numbers.len();
        *numbers.entry((info.source.as_str(), part)).or_insert(next)
    });
    let group_of = group_of.collect();
    (numbers.len(), group_of)
}

fn tells_of_owners(kind: LinkKind) -> bool {
    use LinkKind::{CreatedBy, Holds, OwnedBy, PartOf, RunsAs};
    matches!(kind, OwnedBy | CreatedBy | PartOf | Holds | RunsAs)
}

fn tells_of_ways_in(kind: LinkKind) -> bool {
    matches!(kind, LinkKind::AuthenticatesAs | LinkKind::Trusts | LinkKind::RunsAs)
}

fn first(slot: &mut Option<ScopeId>, scope: ScopeId) {
    *slot = Some(slot.map_or(scope, |known| known.min(scope)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::testworld::world;

    fn owner_evidence(text: &str, id: &str) -> Option<String> {
        let graph = world(text);
        let scope = Sight::of(&graph).owner_evidence(graph.find(id).unwrap())?;
        Some(graph.scope(scope).scope.clone())
    }

    #[test]
    fn a_scope_hides_what_it_has_told_of_before_and_nothing_else() {
        let text = "scope 1/iam complete
            scope 1/roles complete
            scope 2/iam partial
            scope home/laptops failed
            identity aws:A in=1/iam
            identity aws:R in=1/roles
            identity aws:B in=2/iam
            identity gcp:C
            agent agent:1 in=home/laptops
            agent:1 runs_as aws:A in=home/laptops";
        assert_eq!(owner_evidence(text, "aws:A").as_deref(), Some("home/laptops"));
        assert_eq!(owner_evidence(text, "aws:R").as_deref(), Some("home/laptops"), "of the same account");
        assert_eq!(owner_evidence(text, "aws:B").as_deref(), Some("2/iam"));
        assert_eq!(owner_evidence(text, "gcp:C"), None);
    }

    #[test]
    fn a_scope_that_never_told_anything_may_hide_owners_of_its_own_account_or_of_all() {
        let of = |scope: &str| format!("scope 1/iam complete connector=aws\nidentity aws:A in=1/iam\nscope {scope}");
        assert_eq!(owner_evidence(&of("1/keys failed connector=aws"), "aws:A").as_deref(), Some("1/keys"));
        assert_eq!(owner_evidence(&of("2/keys failed connector=aws"), "aws:A"), None);
        assert_eq!(owner_evidence(&of("1/keys unsupported connector=aws"), "aws:A"), None);
        assert_eq!(owner_evidence(&of("people failed connector=replay"), "aws:A").as_deref(), Some("people"));
    }

    #[test]
    fn a_scope_that_was_cut_before_it_was_ever_whole_may_hide_owners_of_its_account() {
        let of = |scope: &str, account: &str| {
            let text = format!(
                "scope 1/iam complete connector=aws
                 scope {account}/services {scope} connector=aws
                 identity aws:A in=1/iam
                 workload aws:W in={account}/services"
            );
            owner_evidence(&text, "aws:A")
        };
        assert_eq!(of("failed", "1").as_deref(), Some("1/services"));
        assert_eq!(of("failed", "2"), None, "of another account");
        assert_eq!(of("partial", "1"), None, "it came to its end and told of no owner");
    }

    #[test]
    fn directories_are_the_scopes_that_told_of_owners() {
        let of = |text: &str| Sight::of(&world(text)).directory();
        assert_eq!(of("identity aws:A"), Directory::None);
        assert_eq!(of("owner person:a@x.org"), Directory::Seen);
        assert!(matches!(of("scope d partial\nowner person:a@x.org in=d"), Directory::Blind(_)));
        assert!(matches!(of("scope d failed connector=owners"), Directory::Blind(_)));
    }
}
