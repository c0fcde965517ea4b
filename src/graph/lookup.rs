//! What somebody means who types the name of a thing.
//!
//! In order: the id of an entity; an alias; the address of a person whom no directory covers; a bare name; a name that links
//! end at and no entity has; a name that something claims with all others that begin alike. What is there is meant before
//! what is gone. Names are not unique, so of several things nobody is chosen: the person is asked.

use whosekey_sdk::LinkKind;

use super::names::Sym;
use super::patterns::family_prefix;
use super::{Graph, Node};

/// The most things that an answer names.
const NAMED: usize = 5;

/// Why a name means no one thing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LookupError {
    /// Nothing has this id, alias or name.
    #[error("nothing here is called {name:?}{}", alike(similar))]
    Unknown {
        /// What was asked for.
        name: String,
        /// Things whose ids or names contain it, at most five.
        similar: Vec<String>,
    },
    /// More than one thing has it.
    #[error("{name:?} may be any of: {}", listed(candidates, *count))]
    Ambiguous {
        /// What was asked for.
        name: String,
        /// What it may mean, at most five.
        candidates: Vec<String>,
        /// How many things it may mean.
        count: usize,
    },
}

impl Graph {
    /// What a person means by this id, alias or name.
    ///
    /// # Errors
    /// When nothing has it, or several things do.
    pub fn look_up(&self, name: &str) -> Result<Node<'_>, LookupError> {
        self.named_exactly(name)?.or_else(|| self.named_otherwise(name)).ok_or_else(|| self.unknown(name))
    }

    /// The entity that has this id, alias, address or bare name.
    ///
    /// # Errors
    /// When several things do.
    pub fn named_exactly(&self, name: &str) -> Result<Option<Node<'_>>, LookupError> {
        match self.identified(name)? {
            Some(node) => Ok(Some(node)),
            None => self.called(name),
        }
    }

    /// The entity that has this id, alias or address.
    ///
    /// # Errors
    /// When several things share the alias.
    pub fn identified(&self, name: &str) -> Result<Option<Node<'_>>, LookupError> {
        let Some(sym) = self.names.find(name).filter(|_| !name.is_empty()) else { return Ok(self.person(name)) };
        let by_id = self.find(name).filter(|node| self.nodes[node.node_id().index()].id == sym && is_shown(*node));
        if by_id.is_some() {
            return Ok(by_id);
        }
        let has_alias = |node: &Node<'_>| self.alias_syms(*node).contains(&sym);
        Ok(self.one(name, self.nodes().filter(has_alias))?.or_else(|| self.person(name)))
    }

    /// The entity with this name; else the one that is called so behind what it is part of, as `DB` is `acme/shop DB`.
    ///
    /// # Errors
    /// When several things have it.
    pub fn called(&self, name: &str) -> Result<Option<Node<'_>>, LookupError> {
        if name.is_empty() {
            return Ok(None);
        }
        if let Some(sym) = self.names.find(name) {
            let found = self.one(name, self.nodes().filter(|node| self.nodes[node.node_id().index()].name == sym))?;
            if found.is_some() {
                return Ok(found);
            }
        }
        self.one(name, self.nodes().filter(|node| is_called_within(*node, name)))
    }

    /// What has this name without being listed by it: the end of a link, or what claims all names that begin alike.
    pub fn named_otherwise(&self, name: &str) -> Option<Node<'_>> {
        self.find(name).or_else(|| {
            let claimed = |node: &Node<'_>| {
                let claims = node.aliases().filter_map(family_prefix).filter(|prefix| name.starts_with(prefix));
                claims.map(str::len).max()
            };
            let there = self.nodes().filter(|node| !node.is_gone());
            there.filter_map(|node| Some((claimed(&node)?, node))).max_by_key(|(len, _)| *len).map(|(_, node)| node)
        })
    }

    /// Says that nothing is called so, and what is called alike.
    pub fn unknown(&self, name: &str) -> LookupError {
        let wanted = name.to_lowercase();
        let holds = |text: &str| text.to_lowercase().contains(&wanted);
        let near =
            |node: &Node<'_>| is_shown(*node) && (holds(node.id()) || holds(node.name()) || node.aliases().any(holds));
        let similar = match wanted.len() {
            0..3 => Vec::new(),
            _ => self.nodes().filter(near).take(NAMED).map(shown).collect(),
        };
        LookupError::Unknown { name: name.to_owned(), similar }
    }

    /// An owner that no directory lists has no alias, and links name it by its address.
    fn person(&self, name: &str) -> Option<Node<'_>> {
        let address = name.strip_prefix("email:")?;
        self.find(&format!("person:{}", address.to_lowercase())).filter(|node| is_shown(*node))
    }

    fn alias_syms(&self, node: Node<'_>) -> &[Sym] {
        let at = node.node_id().index();
        let start = at.checked_sub(1).map_or(0, |before| self.nodes[before].aliases_end);
        &self.aliases[start as usize..self.nodes[at].aliases_end as usize]
    }

    fn one<'g>(&self, name: &str, nodes: impl Iterator<Item = Node<'g>>) -> Result<Option<Node<'g>>, LookupError> {
        let all: Vec<Node<'g>> = nodes.filter(|node| is_shown(*node)).collect();
        let there: Vec<Node<'g>> = all.iter().copied().filter(|node| !node.is_gone()).collect();
        let meant = if there.is_empty() { all } else { there };
        match meant.as_slice() {
            [] => Ok(None),
            [node] => Ok(Some(*node)),
            several => {
                let candidates = several.iter().take(NAMED).copied().map(shown).collect();
                Err(LookupError::Ambiguous { name: name.to_owned(), candidates, count: several.len() })
            }
        }
    }
}

/// Whether its name is that of what it is part of and then this one.
fn is_called_within(node: Node<'_>, name: &str) -> bool {
    let place = node.name().strip_suffix(name).and_then(|place| place.strip_suffix(' '));
    place.is_some_and(|place| node.out(LinkKind::PartOf).any(|link| link.to().name() == place))
}

/// Whether it is listed in the inventory.
fn is_shown(node: Node<'_>) -> bool {
    node.is_entity() || node.is_bare_person()
}

/// `github:secret/repo/1/DB (github.secret of acme/shop)`: ids alone tell nobody which one is meant.
fn shown(node: Node<'_>) -> String {
    let whole = node.out(LinkKind::PartOf).find(|link| link.is_there()).map(|link| link.to().label());
    match (node.type_name(), whole) {
        ("", _) => node.id().to_owned(),
        (type_name, None) => format!("{} ({type_name})", node.id()),
        (type_name, Some(whole)) => format!("{} ({type_name} of {whole})", node.id()),
    }
}

fn alike(similar: &[String]) -> String {
    if similar.is_empty() { String::new() } else { format!("; similar: {}", similar.join(", ")) }
}

fn listed(candidates: &[String], count: usize) -> String {
    let more = count.saturating_sub(candidates.len());
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("{}{more}", candidates.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::testworld::world;

    fn estate() -> Graph {
        world(
            "resource r:1 name=acme/shop alias=https://x/acme/shop type=t.repository
             resource r:2 name=acme/old gone=9d
             identity i:1 name=ci alias=oidc:x#repo:acme/shop:* type=t.identity
             identity i:2 name=ci type=t.identity
             identity i:3 name=renamed alias=arn:1 gone=9d
             identity i:4 name=renamed alias=arn:1
             identity i:5 alias=arn:2
             identity i:6 alias=arn:2
             i:1 owned_by email:Ada@x.org
             i:1 part_of r:1
             i:1 trusts oidc:x#repo:acme/gone:*",
        )
    }

    fn found(name: &str) -> Result<String, LookupError> {
        estate().look_up(name).map(|node| node.id().to_owned())
    }

    #[test]
    fn anything_is_found_by_id_alias_or_name() {
        let names = ["r:1", "https://x/acme/shop", "acme/shop"];
        assert!(names.iter().all(|name| found(name).as_deref() == Ok("r:1")));
        assert_eq!(found("acme/old").as_deref(), Ok("r:2"), "gone, and nothing else has the name");
        assert_eq!(found("email:ADA@x.org").as_deref(), Ok("person:ada@x.org"));
        assert_eq!(found("oidc:x#repo:acme/gone:*").as_deref(), Ok("oidc:x#repo:acme/gone:*"), "the end of a link");
        assert_eq!(found("oidc:x#repo:acme/shop:ref:refs/heads/main").as_deref(), Ok("i:1"), "one of a family");
        assert_eq!(found("oidc:x#repo:acme/shops:ref").ok(), None);
    }

    #[test]
    fn what_is_gone_gives_way_and_of_several_nobody_is_chosen() {
        assert_eq!((found("renamed").as_deref(), found("arn:1").as_deref()), (Ok("i:4"), Ok("i:4")));
        let said = |name: &str| found(name).unwrap_err().to_string();
        assert_eq!(said("ci"), r#""ci" may be any of: i:1 (t.identity of acme/shop), i:2 (t.identity)"#);
        assert_eq!(said("arn:2"), r#""arn:2" may be any of: i:5 (test.thing), i:6 (test.thing)"#);
        assert_eq!(
            said("SHOP"),
            r#"nothing here is called "SHOP"; similar: i:1 (t.identity of acme/shop), r:1 (t.repository)"#
        );
        assert_eq!(said(""), r#"nothing here is called """#);
        let many: String = (0..8).map(|n| format!("identity i:{n} name=x\n")).collect();
        assert!(world(&many).look_up("x").err().unwrap().to_string().ends_with("i:4 (test.thing) and 3 more"));
    }
}
