//! When a thing that was not seen is missing, and when it is gone. Pure; the one place that decides it.
//!
//! Invariant: only a complete attempt misses anything. Every inventory that guarded this listing by listing has, sooner
//! or later, deleted live data after a listing was cut short.

use whosekey_sdk::Outcome;

/// A complete scan that misses more than this many things, and more than [`SUSPECT_SHARE`], is not believed at once.
const SUSPECT_COUNT: usize = 10;
/// One in so many.
const SUSPECT_SHARE: usize = 5;

/// Whether an attempt says anything about what it did not show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Silence {
    /// What was not shown is missing.
    Misses,
    /// What was not shown may have been forgotten: only what has ended otherwise is missing.
    MissesTheEnded,
    /// What was not shown was not looked at to the end.
    SaysNothing,
}

impl Silence {
    /// What the silence of an attempt with this outcome means.
    pub(super) fn of(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Complete => Self::Misses,
            Outcome::Partial | Outcome::Failed => Self::SaysNothing,
        }
    }

    /// What the same silence means when it is that of a log that forgets.
    pub(super) fn of_a_log(self) -> Self {
        match self {
            Self::Misses | Self::MissesTheEnded => Self::MissesTheEnded,
            Self::SaysNothing => Self::SaysNothing,
        }
    }
}

/// What a complete attempt missed, in numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Drop {
    /// Things that are current in the scope, missing ones included.
    pub(super) current: usize,
    /// Those of them that no earlier complete attempt had missed.
    pub(super) present: usize,
    /// Those of the present that this attempt is the first to miss.
    pub(super) newly_missing: usize,
    /// All of the current that this attempt missed.
    pub(super) unseen: usize,
}

impl Drop {
    /// Whether so much is newly missing that nothing may be closed until the next complete attempt agrees. An attempt
    /// that shows none of what was there is suspect as long as any of it was there the time before.
    pub(super) fn is_suspect(self) -> bool {
        let large = self.newly_missing > SUSPECT_COUNT && self.newly_missing * SUSPECT_SHARE > self.present;
        let emptied = self.current > SUSPECT_COUNT && self.unseen == self.current && self.newly_missing > 0;
        large || emptied
    }

    /// The same without things that had to go: `newly_missing` of them are missed for the first time.
    pub(super) fn without(self, unseen: usize, newly_missing: usize) -> Self {
        Self {
            current: self.current - unseen,
            present: self.present - newly_missing,
            newly_missing: self.newly_missing - newly_missing,
            unseen: self.unseen - unseen,
        }
    }
}

/// What becomes of one thing that a complete attempt missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// Missing for so many complete attempts in a row.
    Missing(u32),
    /// Gone: the last of so many.
    Gone(u32),
}

/// Judges a thing that `missed_before` complete attempts in a row had missed before this one missed it too.
pub(super) fn judge(missed_before: u32, confirm_absence: u32, suspect: bool) -> Fate {
    let missed = missed_before.saturating_add(1);
    if missed >= confirm_absence && !suspect { Fate::Gone(missed) } else { Fate::Missing(missed) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fresh(present: usize, newly_missing: usize) -> Drop {
        Drop { current: present, present, newly_missing, unseen: newly_missing }
    }

    #[test]
    fn only_a_complete_attempt_misses_anything() {
        assert_eq!(Silence::of(Outcome::Complete), Silence::Misses);
        assert_eq!(Silence::of(Outcome::Partial), Silence::SaysNothing);
        assert_eq!(Silence::of(Outcome::Failed), Silence::SaysNothing);
        assert_eq!(Silence::of(Outcome::Partial).of_a_log(), Silence::SaysNothing);
    }

    #[test]
    fn what_had_to_go_makes_no_drop_suspect() {
        assert!(!fresh(40, 30).without(20, 20).is_suspect());
        assert!(fresh(40, 30).without(10, 10).is_suspect());
        let emptied = Drop { current: 12, present: 12, newly_missing: 12, unseen: 12 };
        assert!(!emptied.without(12, 12).is_suspect());
    }

    #[test]
    fn more_than_ten_and_more_than_a_fifth_is_suspect() {
        assert!(fresh(54, 11).is_suspect());
        assert!(!fresh(55, 11).is_suspect());
        assert!(!fresh(10, 10).is_suspect());
        assert!(fresh(11, 11).is_suspect());
    }

    #[test]
    fn an_emptied_scope_is_suspect_once() {
        let emptied = Drop { current: 12, present: 6, newly_missing: 6, unseen: 12 };
        assert!(emptied.is_suspect());
        assert!(!Drop { present: 0, newly_missing: 0, ..emptied }.is_suspect());
    }

    #[test]
    fn gone_is_confirmed_by_as_many_complete_scans_as_asked() {
        assert_eq!(judge(0, 2, false), Fate::Missing(1));
        assert_eq!(judge(1, 2, false), Fate::Gone(2));
        assert_eq!(judge(0, 1, false), Fate::Gone(1));
        assert_eq!(judge(1, 2, true), Fate::Missing(2));
        assert_eq!(judge(2, 2, false), Fate::Gone(3));
    }
}
