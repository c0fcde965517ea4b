//! Facts in eight bytes each, and how the facts of several sources about one entity become one.
//!
//! Invariant: known beats denied beats not exposed; nothing here ever turns an absent fact into a known one.
//! When two sources both know:
//! * `created_at`, `use_tracked_since`: the earlier. The thing was there, and use was seen, since then.
//! * `last_used_at`: the later; any use beats *known never*, for the source that says never saw less.
//! * `expires_at`: the later, and *never expires* is the latest. It can authenticate as long as any source says so.
//! * `enabled`: `true` wins, for the same reason; but of an owner `false` wins, because one directory that says that a
//!   person has left outweighs the accounts that nobody has closed yet.

use whosekey_sdk::{Fact, Timestamp};

/// A fact about a time: milliseconds, or one of four values outside [`Timestamp`]'s range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PackedTime(i64);

impl PackedTime {
    pub(crate) const NOT_EXPOSED: Self = Self(i64::MIN);
    const DENIED: Self = Self(i64::MIN + 1);
    const NEVER: Self = Self(i64::MIN + 2);

    pub(crate) fn from_fact(fact: Fact<Timestamp>) -> Self {
        Self::from_optional(fact.map(Some))
    }

    pub(crate) fn from_optional(fact: Fact<Option<Timestamp>>) -> Self {
        match fact {
            Fact::NotExposed => Self::NOT_EXPOSED,
            Fact::Denied => Self::DENIED,
            Fact::Known(None) => Self::NEVER,
            Fact::Known(Some(time)) => Self(time.as_millis()),
        }
    }

    /// A time that is or is not; in the place of a fact for what the store alone knows.
    pub(crate) fn from_option(time: Option<Timestamp>) -> Self {
        time.map_or(Self::NOT_EXPOSED, |time| Self(time.as_millis()))
    }

    pub(crate) fn optional(self) -> Fact<Option<Timestamp>> {
        match self {
            Self::NOT_EXPOSED => Fact::NotExposed,
            Self::DENIED => Fact::Denied,
            Self::NEVER => Fact::Known(None),
            Self(ms) => Fact::Known(Some(Timestamp::from_millis(ms))),
        }
    }

    /// As [`optional`](Self::optional), for facts that have no *never*.
    pub(crate) fn fact(self) -> Fact<Timestamp> {
        match self.optional() {
            Fact::Known(Some(time)) => Fact::Known(time),
            Fact::Denied => Fact::Denied,
            Fact::Known(None) | Fact::NotExposed => Fact::NotExposed,
        }
    }

    pub(crate) fn option(self) -> Option<Timestamp> {
        self.fact().known().copied()
    }

    fn merge(self, other: Self, both_known: impl Fn(i64, i64) -> i64) -> Self {
        let known = |t: Self| t.0 > Self::DENIED.0;
        match (known(self), known(other)) {
            (true, true) => Self(both_known(self.0, other.0)),
            (true, false) => self,
            (false, true) => other,
            (false, false) => Self(self.0.max(other.0)),
        }
    }

    /// The earlier of two known times.
    pub(crate) fn earlier(self, other: Self) -> Self {
        self.merge(other, i64::min)
    }

    /// The later of two known times; a time is later than *never*.
    pub(crate) fn later(self, other: Self) -> Self {
        self.merge(other, i64::max)
    }

    /// The later of two known times; *never* is later than any time.
    fn later_or_never(self, other: Self) -> Self {
        self.merge(other, |a, b| if a == Self::NEVER.0 || b == Self::NEVER.0 { Self::NEVER.0 } else { a.max(b) })
    }
}

/// Whose word counts when one source says that a thing is switched on and another that it is off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WhenDisputed {
    /// For all that authenticates.
    OnWins,
    /// For owners.
    OffWins,
}

/// The facts of one entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) created_at: PackedTime,
    pub(crate) last_used_at: PackedTime,
    pub(crate) use_tracked_since: PackedTime,
    pub(crate) expires_at: PackedTime,
    pub(crate) enabled: Fact<bool>,
}

impl Facts {
    pub(crate) const NOTHING: Self = Self {
        created_at: PackedTime::NOT_EXPOSED,
        last_used_at: PackedTime::NOT_EXPOSED,
        use_tracked_since: PackedTime::NOT_EXPOSED,
        expires_at: PackedTime::NOT_EXPOSED,
        enabled: Fact::NotExposed,
    };

    /// What two sources know together.
    pub(crate) fn merge(self, other: Self, when: WhenDisputed) -> Self {
        Self {
            created_at: self.created_at.earlier(other.created_at),
            last_used_at: self.last_used_at.later(other.last_used_at),
            use_tracked_since: self.use_tracked_since.earlier(other.use_tracked_since),
            expires_at: self.expires_at.later_or_never(other.expires_at),
            enabled: merge_enabled(self.enabled, other.enabled, when),
        }
    }
}

fn merge_enabled(a: Fact<bool>, b: Fact<bool>, when: WhenDisputed) -> Fact<bool> {
    match (a, b) {
        (Fact::Known(a), Fact::Known(b)) => Fact::Known(match when {
            WhenDisputed::OnWins => a || b,
            WhenDisputed::OffWins => a && b,
        }),
        (Fact::Known(known), _) | (_, Fact::Known(known)) => Fact::Known(known),
        (Fact::Denied, _) | (_, Fact::Denied) => Fact::Denied,
        (Fact::NotExposed, Fact::NotExposed) => Fact::NotExposed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(ms: i64) -> PackedTime {
        PackedTime::from_fact(Fact::Known(Timestamp::from_millis(ms)))
    }

    #[test]
    fn packing_loses_nothing() {
        let facts =
            [Fact::NotExposed, Fact::Denied, Fact::Known(None), Fact::Known(Some(Timestamp::from_millis(i64::MIN)))];
        for fact in facts {
            assert_eq!(PackedTime::from_optional(fact).optional(), fact);
        }
    }

    #[test]
    fn known_beats_denied_beats_not_exposed_in_either_order() {
        for (a, b, merged) in [
            (PackedTime::DENIED, known(5), known(5)),
            (PackedTime::NOT_EXPOSED, PackedTime::DENIED, PackedTime::DENIED),
            (PackedTime::NOT_EXPOSED, PackedTime::NEVER, PackedTime::NEVER),
        ] {
            assert_eq!(a.later(b), merged);
            assert_eq!(b.earlier(a), merged);
        }
    }

    #[test]
    fn a_use_beats_never_used_and_never_expires_beats_a_date() {
        assert_eq!(PackedTime::NEVER.later(known(5)), known(5));
        assert_eq!(known(5).later_or_never(PackedTime::NEVER), PackedTime::NEVER);
        assert_eq!(known(5).later_or_never(known(6)), known(6));
    }

    #[test]
    fn a_key_is_on_while_one_source_says_so_and_a_person_has_left_when_one_directory_says_so() {
        let (on, off) = (Fact::Known(true), Fact::Known(false));
        assert_eq!(merge_enabled(on, off, WhenDisputed::OnWins), on);
        assert_eq!(merge_enabled(on, off, WhenDisputed::OffWins), off);
        assert_eq!(merge_enabled(Fact::Denied, off, WhenDisputed::OnWins), off);
    }
}
