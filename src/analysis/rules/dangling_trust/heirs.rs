//! Who could come to be a trusted subject that is not there.
//!
//! The subject of a GitHub workflow's token goes by its repository's name, `repo:acme/shop:…`, or by name and ids,
//! `repo:acme@9/shop@1:…` (<https://docs.github.com/en/actions/reference/security/oidc#immutable-subject-claims>, seen
//! 2026-11-27). A name is free again after a rename, a transfer or a deletion; an id is not. That GitHub gives newer
//! repositories subjects with ids does not make a name safe: an Enterprise Server has none, and the form can be set.

use crate::graph::{Graph, LinkView, Node};

/// Who could come to be it.
#[derive(Clone, Copy)]
pub(super) enum Heir<'g> {
    /// Whoever makes a repository of that name.
    Namesake,
    /// Nobody as long as this, which has the name, has other subjects.
    Holder(Node<'g>),
    /// Nobody: there are ids in it.
    Nobody,
    /// Whoever takes its name, where its platform lets names be taken.
    Unknown,
}

impl<'g> Heir<'g> {
    /// Whether somebody may.
    pub(super) fn may_come(self) -> bool {
        matches!(self, Heir::Namesake | Heir::Unknown)
    }

    /// What has the name meanwhile.
    pub(super) fn holder(self) -> Option<Node<'g>> {
        match self {
            Heir::Holder(node) => Some(node),
            _ => None,
        }
    }

    /// The end of a sentence about the subject.
    pub(super) fn words(self) -> &'static str {
        match self {
            Heir::Namesake => ": whoever makes a repository of that name may become it",
            Heir::Holder(_) => ": the tokens of the repository of that name have other subjects",
            Heir::Nobody => ": nobody else can have it, for the ids in it are given only once",
            Heir::Unknown => "",
        }
    }
}

/// Who could come to be the subject that a link trusts. Of several names that it goes by, the one that is trusted decides,
/// or, where that is not known, the one that is easiest to take.
pub(super) fn heir(trust: LinkView<'_>) -> Heir<'_> {
    let subject = trust.to();
    let of = |name| Some(of_repository(subject, Named::parse(name)?));
    if let Some(heir) = trust.named().and_then(of) {
        return heir;
    }
    let names = std::iter::once(subject.id()).chain(subject.aliases());
    names.filter_map(of).min_by_key(|heir| ease(*heir)).unwrap_or(Heir::Unknown)
}

fn ease(heir: Heir<'_>) -> u8 {
    match heir {
        Heir::Namesake => 0,
        Heir::Holder(_) => 1,
        Heir::Nobody => 2,
        Heir::Unknown => 3,
    }
}

fn of_repository<'g>(subject: Node<'g>, named: Named<'_>) -> Heir<'g> {
    if has_id(named.owner) && has_id(named.name) {
        return Heir::Nobody;
    }
    let alias = format!("repository-name:{}#{}/{}", named.issuer, named.owner, named.name).to_lowercase();
    let holder = subject.graph().find(&alias).filter(|holder| holder.is_entity() && !holder.is_gone());
    holder.map_or(Heir::Namesake, Heir::Holder)
}

/// A subject `oidc:<issuer>#repo:<owner>/<name>:…`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Named<'n> {
    pub(super) issuer: &'n str,
    pub(super) owner: &'n str,
    /// Empty where the subject is a pattern of owners.
    pub(super) name: &'n str,
}

impl<'n> Named<'n> {
    pub(super) fn parse(subject: &'n str) -> Option<Self> {
        let (issuer, rest) = subject.strip_prefix("oidc:")?.split_once("#repo:")?;
        let (owner, rest) = rest.split_once('/').unwrap_or((rest, ""));
        Some(Self { issuer, owner, name: rest.split(':').next().unwrap_or_default() })
    }
}

/// How a repository goes by now, `repo:acme@9/store@1`, whose id stands in a subject with a name that it had before.
pub(super) fn renamed(graph: &Graph, subject: &str) -> Option<String> {
    let named = Named::parse(subject)?;
    let id = id(named.name)?;
    let now = graph.find(&format!("github:workflow-identity/{id}")).filter(|now| now.is_entity() && !now.is_gone())?;
    // Another issuer has given the same number to another repository.
    let names = std::iter::once(now.id()).chain(now.aliases()).filter_map(Named::parse);
    let mut own = names.filter(|own| own.issuer == named.issuer && self::id(own.name) == Some(id));
    let own = own.find(|own| (own.owner, own.name) != (named.owner, named.name))?;
    Some(format!("repo:{}/{}", own.owner, own.name))
}

/// Whether a name has an id behind it, all of it.
fn has_id(name: &str) -> bool {
    id(name).is_some()
}

fn id(name: &str) -> Option<&str> {
    let (_, id) = name.split_once('@')?;
    (!id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit())).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_read_up_to_the_end_of_the_repositorys_name() {
        let parts = |subject| Named::parse(subject).map(|named| (named.issuer, named.owner, named.name));
        assert_eq!(parts("oidc:https://x#repo:acme/shop:ref:a/b"), Some(("https://x", "acme", "shop")));
        assert_eq!(parts("oidc:https://x#repo:acme@9/shop@1:*"), Some(("https://x", "acme@9", "shop@1")));
        assert_eq!(parts("oidc:https://x#repo:acme*"), Some(("https://x", "acme*", "")));
        assert_eq!(parts("oidc:https://x#system:serviceaccount:a:b"), None);
        assert_eq!(parts("arn:aws:iam::1:user/repo"), None);
    }

    #[test]
    fn an_id_is_a_number_to_its_end() {
        assert!(has_id("shop@1"));
        for name in ["shop", "shop@", "shop@*", "shop@1*", "@"] {
            assert!(!has_id(name), "{name}");
        }
    }
}
