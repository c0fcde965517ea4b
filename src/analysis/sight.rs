//! Which scopes were not seen whole, and for what that makes a verdict blind.
//!
//! A scope that was not seen whole may hide owner evidence, or a way to authenticate, of the things it has told of
//! before. So for every scope of things this knows the first scope that may hide something about them:
//! * the scope itself;
//! * one that has ever told of such links to or from its things;
//! * one of which nothing is known yet: of the same account or organisation of the same source (the part of the scope's
//!   name before the slash), or of a source that may hold anything (a directory of owners, a recording, a program).

use std::collections::HashMap;

use whosekey_sdk::{Kind, LinkKind};

use crate::graph::{Graph, Node, ScopeId, ScopeInfo};

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
        let blind: Vec<bool> = graph.scopes().iter().map(ScopeInfo::is_blind).collect();
        let mut has_rows = vec![false; blind.len()];
        let mut is_directory: Vec<bool> =
            graph.scopes().iter().map(|s| s.coverage.as_ref().is_some_and(|c| c.connector == DIRECTORY)).collect();
        for node in graph.nodes() {
            for scope in node.all_scopes() {
                has_rows[scope.index()] = true;
                is_directory[scope.index()] |= node.kind() == Some(Kind::Owner);
            }
        }
        let mut owner_evidence: Vec<Option<ScopeId>> =
            graph.scope_ids().map(|scope| blind[scope.index()].then_some(scope)).collect();
        let mut ways_in = owner_evidence.clone();
        for link in graph.links() {
            let scope = link.scope_id();
            has_rows[scope.index()] = true;
            if !blind[scope.index()] {
                continue;
            }
            for end in [link.from(), link.to()] {
                for of in end.all_scopes() {
                    if tells_of_owners(link.kind()) {
                        first(&mut owner_evidence[of.index()], scope);
                    }
                    if tells_of_ways_in(link.kind()) {
                        first(&mut ways_in[of.index()], scope);
                    }
                }
            }
        }
        let unknown: Vec<ScopeId> = graph.scope_ids().filter(|id| blind[id.index()] && !has_rows[id.index()]).collect();
        let unknown = Unknown::of(graph, &unknown);
        for (of, info) in graph.scopes().iter().enumerate() {
            if let Some(scope) = unknown.for_things_of(info) {
                first(&mut owner_evidence[of], scope);
                first(&mut ways_in[of], scope);
            }
        }
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

/// Blind scopes of which nothing is known, by what they may tell of.
struct Unknown<'g> {
    of_any_platform: Option<ScopeId>,
    by_part: HashMap<(&'g str, &'g str), ScopeId>,
}

impl<'g> Unknown<'g> {
    fn of(graph: &'g Graph, scopes: &[ScopeId]) -> Self {
        let mut unknown = Self { of_any_platform: None, by_part: HashMap::new() };
        for &id in scopes {
            let info = graph.scope(id);
            let connector = info.coverage.as_ref().map_or("", |c| c.connector.as_str());
            if OF_ANY_PLATFORM.contains(&connector) {
                unknown.of_any_platform = unknown.of_any_platform.or(Some(id));
            } else {
                unknown.by_part.entry((&info.source, part(&info.scope))).or_insert(id);
            }
        }
        unknown
    }

    fn for_things_of(&self, info: &ScopeInfo) -> Option<ScopeId> {
        self.of_any_platform.or_else(|| self.by_part.get(&(info.source.as_str(), part(&info.scope))).copied())
    }
}

/// The account or organisation in a scope's name.
fn part(scope: &str) -> &str {
    scope.split_once('/').map_or(scope, |(part, _)| part)
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
            scope 2/iam partial
            scope laptops failed
            identity aws:A in=1/iam
            identity aws:B in=2/iam
            identity gcp:C
            agent agent:1 in=laptops
            agent:1 runs_as aws:A in=laptops";
        assert_eq!(owner_evidence(text, "aws:A").as_deref(), Some("laptops"));
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
    fn directories_are_the_scopes_that_told_of_owners() {
        let of = |text: &str| Sight::of(&world(text)).directory();
        assert_eq!(of("identity aws:A"), Directory::None);
        assert_eq!(of("owner person:a@x.org"), Directory::Seen);
        assert!(matches!(of("scope d partial\nowner person:a@x.org in=d"), Directory::Blind(_)));
        assert!(matches!(of("scope d failed connector=owners"), Directory::Blind(_)));
    }
}
