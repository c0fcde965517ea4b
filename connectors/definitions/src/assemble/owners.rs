//! Who the files say owns an agent: CODEOWNERS for its definition, the Backstage catalog beside or above it, and, for
//! what lies in a home directory, the person whose home it is.

use std::path::Path;

use whosekey_sdk::{EndRef, EntityId, Evidence, Link, LinkKind, Location, OwnerRole, owner_evidence};

use crate::found::{FileFacts, Owners};

/// The files that say who owns what.
pub(super) fn declarations(all: &[FileFacts]) -> Vec<&FileFacts> {
    all.iter().filter(|facts| facts.owners.is_some()).collect()
}

/// The links from an agent to its owners.
pub(super) fn links(all: &[&FileFacts], id: &EntityId, facts: &FileFacts) -> Vec<Link> {
    let mut links = of_path(all, id, &facts.path);
    if let Some(user) = facts.user.as_deref() {
        let to = whosekey_sdk::Alias::login(user);
        links.push(Link::new(id, LinkKind::OwnedBy, to, Evidence::Declared, "home directory").role(OwnerRole::Owner));
    }
    links
}

/// The links from a project to its owners.
pub(super) fn links_of_folder(all: &[&FileFacts], id: &EntityId, folder: &Path) -> Vec<Link> {
    of_path(all, id, &folder.join("."))
}

fn of_path(all: &[&FileFacts], id: &EntityId, path: &Path) -> Vec<Link> {
    let mut links = Vec::new();
    if let Some((facts, found)) = code_owners(all, path) {
        for owner in found.owners {
            let because = format!("CODEOWNERS {}", found.pattern);
            links.extend(link(id, owner, &because, facts, found.line));
        }
    }
    if let Some((facts, owners, line)) = catalog(all, path) {
        for owner in owners {
            links.extend(link(id, owner, "Backstage spec.owner", facts, line));
        }
    }
    links
}

/// The nearest repository's file; where a repository has several, `.github` before the root before `docs`.
fn code_owners<'f>(
    all: &[&'f FileFacts],
    path: &Path,
) -> Option<(&'f FileFacts, crate::formats::codeowners::Match<'f>)> {
    let candidates = all.iter().copied().filter_map(|facts| match &facts.owners {
        Some(Owners::Code(code)) if path.starts_with(&code.root) => Some((facts, code)),
        _ => None,
    });
    let place = |facts: &FileFacts| match facts.path.parent().and_then(Path::file_name).and_then(|name| name.to_str()) {
        Some(".github" | ".gitlab") => 2,
        Some("docs") => 0,
        _ => 1,
    };
    let (facts, code) = candidates.max_by_key(|(facts, code)| (code.root.components().count(), place(facts)))?;
    Some((facts, code.of(path)?))
}

fn catalog<'f>(all: &[&'f FileFacts], path: &Path) -> Option<(&'f FileFacts, &'f [String], u32)> {
    let candidates = all.iter().copied().filter_map(|facts| match &facts.owners {
        Some(Owners::Catalog { owners, line, .. }) if path.starts_with(&facts.base) => {
            Some((facts, owners.as_slice(), *line))
        }
        _ => None,
    });
    candidates.max_by_key(|(facts, _, _)| facts.base.components().count())
}

/// The links from what other sources see to the owners that a catalog gives it.
pub(super) fn joined_links(all: &[&FileFacts]) -> Vec<Link> {
    let joined = all.iter().filter_map(|facts| match &facts.owners {
        Some(Owners::Catalog { joined, .. }) => Some(joined.iter().map(move |one| (*facts, one))),
        _ => None,
    });
    let links = joined.flatten().filter_map(|(facts, one)| {
        let because = format!("Backstage spec.owner, by {}", one.annotation);
        let mut link = link(&EntityId::new(one.subject.as_str()), &one.owner, &because, facts, one.line)?;
        link.from = EndRef::from(one.subject.as_str());
        Some(link)
    });
    links.collect()
}

/// `@login`, `@org/team`, an address, or a reference that is one already.
fn link(id: &EntityId, owner: &str, because: &str, facts: &FileFacts, line: u32) -> Option<Link> {
    let (to, role) = match owner.strip_prefix('@').map(|handle| handle.split_once('/')) {
        Some(Some((_, team))) => (EndRef::from(format!("team:{}", team.to_lowercase())), OwnerRole::Team),
        _ => {
            let to = owner_evidence::owner_ref(owner)?;
            let role = if to.as_str().starts_with("team:") { OwnerRole::Team } else { OwnerRole::Owner };
            (to, role)
        }
    };
    let location = Location { path: facts.path.to_string_lossy().into_owned(), line: Some(line), pointer: None };
    Some(Link::new(id, LinkKind::OwnedBy, to, Evidence::Declared, because).role(role).location(location))
}
