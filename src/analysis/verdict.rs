//! The three verdicts of every identity and credential, in a few bytes each; their words are made when somebody reads.
//!
//! Invariant: each [`Why`] belongs to one answer, so an answer without its reason cannot be.

mod judge;
mod text;

pub(crate) use judge::judge;

use whosekey_sdk::Timestamp;

use super::access::Dormant;
use super::finding::Answer;
use crate::graph::{NodeId, ScopeId};

/// Why a verdict is what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Why {
    /// It is gone.
    Gone,
    /// It is switched off.
    Disabled,
    /// It has expired.
    Expired,
    /// The identity that it proves is switched off or has expired.
    IdentityOff,
    /// It has no live credential and no trust, and nothing runs as it.
    NoWayIn,
    /// A scope that may hold its credentials or trust was not seen whole.
    WaysInUnseen,

    /// Every agent or workload that used it has ended, and the grace has passed.
    ConsumerGone,
    /// Nothing that the listing of all its possible consumers shows uses it, and the grace has passed.
    Unlisted,
    /// What it is part of, within which alone it can be used, is switched off, and the grace has passed.
    HomeOff,
    /// What it is part of, proves or trusts no longer exists.
    ParentGone,
    /// Every owner has departed.
    OwnerGone,
    /// A consumer's scope was not seen whole.
    ConsumerUnseen,
    /// No consumer is known, and the scope that lists all possible ones was not seen whole.
    ListingUnseen,
    /// A parent's scope was not seen whole.
    ParentUnseen,
    /// An owner's scope was not seen whole.
    OwnerUnseen,
    /// Known owners have departed, but evidence of others was left unresolved.
    OtherOwnersUnresolved,
    /// Known owners have departed, but its own scope, which may name others, was not seen whole.
    OtherOwnersUnseen,
    /// A consumer is there.
    InUseBy,
    /// A consumer is missing, and no second scan has agreed yet.
    ConsumerMissing,
    /// Its consumers have ended, and the grace has not passed.
    InGrace,
    /// Nothing listed uses it, and the grace since it was made or was last used by something has not passed.
    UnlistedInGrace,
    /// What it is part of, within which alone it can be used, is switched off, and the grace has not passed.
    HomeOffInGrace,
    /// Its consumers are there and use it no longer.
    MovedOn,
    /// Nothing was ever seen to use it, and neither parents nor owners are gone.
    NothingServed,
    /// No consumer was ever seen, and the platform does not show all that there are.
    ConsumersNotExposed,
    /// Something that nobody lists may use it.
    ConsumerUnknown,
    /// Its consumers have ended, and something that it lets in may use it without naming it.
    TakerUnnamed,

    /// Last used before the threshold.
    Unused,
    /// Not used since tracking began, which is longer ago than the threshold.
    UnusedWhileTracked,
    /// Never used since it was made.
    NeverUsed,
    /// Used within the threshold.
    UsedRecently,
    /// Made within the threshold.
    TooYoung,
    /// The platform tells nobody when it was last used.
    LastUseNotExposed,
    /// The platform refused to tell when it was last used.
    LastUseDenied,
    /// Use has been tracked for less than the threshold.
    TrackedTooShort,
    /// It is not known since when use would have been seen.
    TrackingUnknown,
    /// It is not known to be older than the threshold.
    AgeUnknown,
    /// Its scope has shown nothing for so long that use since then would not have been seen.
    FactsStale,

    /// No person and no team is reached.
    NoEvidence,
    /// What made or owns it is a machine, and nobody stands behind that.
    OnlyMachines,
    /// An owner is reached.
    Owned,
    /// Owners are reached, and all have departed.
    OwnedByDeparted,
    /// A scope that may hold owner evidence was not seen whole.
    OwnerEvidenceUnseen,
    /// A directory of owners was not seen whole.
    DirectoryUnseen,
    /// An owner is named whom nothing resolves.
    OwnerUnresolved,
}

impl Why {
    /// The answer that this is the reason of.
    pub const fn answer(self) -> Answer {
        use Why::*;
        match self {
            ConsumerGone | Unlisted | HomeOff | ParentGone | OwnerGone | Unused | UnusedWhileTracked | NeverUsed
            | NoEvidence | OnlyMachines => Answer::Yes,
            WaysInUnseen
            | ConsumerUnseen
            | ListingUnseen
            | ConsumerUnknown
            | TakerUnnamed
            | ConsumersNotExposed
            | ParentUnseen
            | OwnerUnseen
            | OtherOwnersUnresolved
            | OtherOwnersUnseen
            | LastUseNotExposed
            | LastUseDenied
            | TrackedTooShort
            | TrackingUnknown
            | AgeUnknown
            | FactsStale
            | OwnerEvidenceUnseen
            | DirectoryUnseen
            | OwnerUnresolved => Answer::CannotTell,
            Gone | Disabled | Expired | IdentityOff | NoWayIn | InUseBy | ConsumerMissing | InGrace
            | UnlistedInGrace | HomeOffInGrace | MovedOn | NothingServed | UsedRecently | TooYoung | Owned
            | OwnedByDeparted => Answer::No,
        }
    }

    /// The reason code.
    pub const fn code(self) -> &'static str {
        match self {
            Why::Gone => "gone",
            Why::Disabled => "disabled",
            Why::Expired => "expired",
            Why::IdentityOff => "identity_off",
            Why::NoWayIn => "no_way_in",
            Why::WaysInUnseen => "ways_in_unseen",
            Why::ConsumerGone | Why::Unlisted | Why::HomeOff => "consumer_gone",
            Why::ParentGone => "parent_gone",
            Why::OwnerGone => "owner_gone",
            Why::ConsumerUnseen | Why::ListingUnseen => "consumer_unseen",
            Why::ParentUnseen => "parent_unseen",
            Why::OwnerUnseen | Why::OtherOwnersUnseen => "owner_unseen",
            Why::OtherOwnersUnresolved | Why::OwnerUnresolved => "owner_unresolved",
            Why::InUseBy => "in_use",
            Why::ConsumerMissing => "consumer_missing",
            Why::InGrace | Why::UnlistedInGrace | Why::HomeOffInGrace => "in_grace",
            Why::MovedOn => "moved_on",
            Why::NothingServed => "no_consumer_seen",
            Why::ConsumersNotExposed | Why::ConsumerUnknown | Why::TakerUnnamed => "consumers_not_exposed",
            Why::Unused | Why::UnusedWhileTracked => "unused",
            Why::NeverUsed => "never_used",
            Why::UsedRecently => "used_recently",
            Why::TooYoung => "too_young",
            Why::LastUseNotExposed => "last_use_not_exposed",
            Why::LastUseDenied => "last_use_denied",
            Why::TrackedTooShort => "tracked_too_short",
            Why::TrackingUnknown => "tracking_unknown",
            Why::AgeUnknown => "age_unknown",
            Why::FactsStale => "facts_stale",
            Why::NoEvidence => "no_evidence",
            Why::OnlyMachines => "only_machines",
            Why::Owned => "owned",
            Why::OwnedByDeparted => "owners_departed",
            Why::OwnerEvidenceUnseen => "owner_evidence_unseen",
            Why::DirectoryUnseen => "directory_unseen",
        }
    }
}

impl From<Dormant> for Why {
    fn from(dormant: Dormant) -> Self {
        match dormant {
            Dormant::Gone => Why::Gone,
            Dormant::Disabled => Why::Disabled,
            Dormant::Expired => Why::Expired,
            Dormant::IdentityOff => Why::IdentityOff,
            Dormant::NoWayIn => Why::NoWayIn,
        }
    }
}

const NOBODY: u32 = u32::MAX;
const NO_TIME: i64 = i64::MIN;

/// One verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// Why, and with it the answer.
    pub why: Why,
    about: u32,
    scope: u32,
    at: i64,
}

impl Verdict {
    pub(crate) const fn new(why: Why) -> Self {
        Self { why, about: NOBODY, scope: NOBODY, at: NO_TIME }
    }

    #[must_use]
    pub(crate) fn with_about(mut self, node: NodeId) -> Self {
        self.about = node.0;
        self
    }

    #[must_use]
    pub(crate) fn with_scope(mut self, scope: ScopeId) -> Self {
        self.scope = scope.0;
        self
    }

    #[must_use]
    pub(crate) fn with_time(mut self, at: Option<Timestamp>) -> Self {
        self.at = at.map_or(NO_TIME, Timestamp::as_millis);
        self
    }

    /// Yes, no or cannot tell.
    pub fn answer(self) -> Answer {
        self.why.answer()
    }

    /// The node that decided it, when that is not its subject: a consumer, a parent, a credential.
    pub fn about(self) -> Option<NodeId> {
        (self.about != NOBODY).then_some(NodeId(self.about))
    }

    /// The scope that was not seen whole, when that decided it.
    pub fn scope(self) -> Option<ScopeId> {
        (self.scope != NOBODY).then_some(ScopeId(self.scope))
    }

    /// The moment that decided it: of the last use, of the end of what it served.
    pub fn at(self) -> Option<Timestamp> {
        (self.at != NO_TIME).then(|| Timestamp::from_millis(self.at))
    }
}

/// The three verdicts of one identity or credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Three {
    /// What it served is gone.
    pub orphaned: Verdict,
    /// Nothing uses it.
    pub zombie: Verdict,
    /// Nobody answers for it.
    pub ownerless: Verdict,
}

impl Three {
    /// All three alike: of what cannot authenticate.
    pub(crate) const fn all(verdict: Verdict) -> Self {
        Self { orphaned: verdict, zombie: verdict, ownerless: verdict }
    }

    /// With their names, in the order in which they are shown.
    pub fn named(self) -> [(&'static str, Verdict); 3] {
        [("orphaned", self.orphaned), ("zombie", self.zombie), ("ownerless", self.ownerless)]
    }

    /// The names and answers alone.
    pub fn answers(self) -> [(&'static str, Answer); 3] {
        self.named().map(|(name, verdict)| (name, verdict.answer()))
    }

    /// Whether it cannot authenticate: harmless, and no finding.
    pub fn is_dormant(self) -> bool {
        matches!(self.orphaned.why, Why::Gone | Why::Disabled | Why::Expired | Why::IdentityOff | Why::NoWayIn)
    }
}

/// All verdicts, by node.
pub struct Verdicts {
    /// The place of each node's verdicts, for those that are judged.
    places: Vec<u32>,
    judged: Vec<(NodeId, Three)>,
}

impl Verdicts {
    /// The verdicts of an identity or a credential; `None` for anything else.
    pub fn of(&self, node: NodeId) -> Option<Three> {
        let place = self.places[node.index()];
        (place != NOBODY).then(|| self.judged[place as usize].1)
    }

    /// Everything that is judged, in the order of the ids within credentials and within identities.
    pub fn all(&self) -> &[(NodeId, Three)] {
        &self.judged
    }
}
