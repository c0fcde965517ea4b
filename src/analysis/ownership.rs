//! From owner evidence to owners.
//!
//! Evidence reaches a thing directly (`owned_by`), or through what uses it, what it proves, what it is part of, and who
//! made it. Two readers share these rules:
//! * [`flow`]: for every node at once, what kind of owners are reached. Verdicts rest on it.
//! * [`ranked`]: for one node, who they are, how sure, and by which way. People read it.
//!
//! A link counts while it is there, or when it went together with the thing that it starts from: what is known of an
//! agent that is gone still tells whom to ask about the key that it left behind.
//!
//! Invariant: a name that resolves to nothing is nobody, and is never silently dropped: whoever asks whether there is
//! an owner is told that a name was left unresolved.

mod flow;
mod ranked;

pub use flow::{Ownership, Reached};
pub use ranked::{Owner, owners_of};

use whosekey_sdk::{Fact, Kind, LinkKind, Timestamp};

use super::sight::{Directory, Sight};
use crate::graph::{Absence, LinkView, Liveness, Node, ScopeId};

/// Whether an owner is still there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nothing says that they have left, and whoever would say so was seen whole.
    Present,
    /// Nothing says that they have left, but this scope, which would, was not seen whole.
    Unseen(ScopeId),
    /// Known to have left: switched off in a directory, gone from it, or absent from a complete one.
    Departed {
        /// Since which scan that is known, if any showed it happen.
        since: Option<Timestamp>,
    },
}

/// What the end of an `owned_by` or `created_by` link is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OwnerEnd {
    /// A person or a team.
    Owner(Standing),
    /// A machine: an owner or creator that has owners of its own.
    Machine,
    /// A name that no directory knows.
    UnknownName,
    /// A platform's own id, of which nothing else is known.
    UnknownId,
    /// A platform's own id that is in a listing that was not seen whole.
    Unseen(ScopeId),
}

/// Whether a link still says something about its start.
pub(crate) fn counts(link: LinkView<'_>) -> bool {
    link.is_there() || link.from().is_gone()
}

/// What the end of an `owned_by` or `created_by` link is.
pub(crate) fn owner_end(link: LinkView<'_>, sight: &Sight) -> OwnerEnd {
    let end = link.to();
    if end.kind() == Some(Kind::Owner) {
        return OwnerEnd::Owner(standing(end, sight));
    }
    if end.kind().is_some() {
        return OwnerEnd::Machine;
    }
    if ["owner:", "login:", "team:", "email:", "group:"].iter().any(|prefix| end.id().starts_with(prefix)) {
        return OwnerEnd::UnknownName;
    }
    match (end.absence(), link.kind()) {
        // An owner who is not in the complete listing of all owners has left; a creator who is not there was a thing.
        (Some(Absence::Proven(_)), LinkKind::OwnedBy) => OwnerEnd::Owner(Standing::Departed { since: None }),
        (Some(Absence::Unseen(scope)), _) => OwnerEnd::Unseen(scope),
        (_, LinkKind::OwnedBy) => OwnerEnd::UnknownId,
        // Platforms name human creators by address; what they name otherwise are their own things.
        _ => OwnerEnd::Machine,
    }
}

/// Whether this person or team is still there. A team has left when all of its known members have.
pub fn standing(owner: Node<'_>, sight: &Sight) -> Standing {
    let members = || owner.incoming(LinkKind::MemberOf).filter(|link| link.is_there()).map(|link| link.from());
    match own_standing(owner, sight) {
        Standing::Present if members().next().is_some() => {
            let mut last = None;
            for member in members() {
                match own_standing(member, sight) {
                    Standing::Departed { since } => last = last.max(since),
                    Standing::Present | Standing::Unseen(_) => return Standing::Present,
                }
            }
            Standing::Departed { since: last }
        }
        standing => standing,
    }
}

fn own_standing(owner: Node<'_>, sight: &Sight) -> Standing {
    if let Liveness::Gone { since, .. } = owner.liveness() {
        return Standing::Departed { since: Some(since) };
    }
    if owner.enabled() == Fact::Known(false) {
        return Standing::Departed { since: owner.disabled_since() };
    }
    if owner.is_entity() {
        return owner.unseen_scope().map_or(Standing::Present, Standing::Unseen);
    }
    match (owner.absence(), sight.directory()) {
        (Some(Absence::Proven(_)), _) => Standing::Departed { since: None },
        (Some(Absence::Unseen(scope)), _) | (_, Directory::Blind(scope)) => Standing::Unseen(scope),
        // A directory that does not list such names says nothing about this one.
        _ => Standing::Present,
    }
}
