//! How what a scan says about use joins what earlier scans said.
//!
//! Platforms show use through a window that slides (AWS: 400 days). What was told about the part that has slid away stays
//! true as long as the windows overlap, so it is kept: the inventory learns to look back further than the platform, and a
//! window that merely slides writes nothing.

use whosekey_sdk::{Fact, Timestamp};

use super::body::UseFacts;

/// Joins the facts of a new sighting with those of the same thing that were stored before.
///
/// `watched_until` is when the thing was last confirmed before: the earlier window reaches from its beginning to there.
/// `None` when that is not known, and then the new facts stand alone.
pub(super) fn join(before: UseFacts, now: UseFacts, watched_until: Option<Timestamp>) -> UseFacts {
    let (Some(&began), Some(&begins), Some(until)) =
        (before.use_tracked_since.known(), now.use_tracked_since.known(), watched_until)
    else {
        return now;
    };
    if begins < began || begins > until {
        return now;
    }
    let last_used_at = match (before.last_used_at, now.last_used_at) {
        // It left the window, and was not used since. "Never used since `began`" would be untrue.
        (Fact::Known(Some(at)), Fact::Known(None)) => {
            if at < began || at >= begins {
                // The platform contradicts what it said: believe the newer word about the newer window alone.
                return now;
            }
            Fact::Known(Some(at))
        }
        // A window of which we were not told what happened in it adds nothing.
        (Fact::NotExposed | Fact::Denied, _) | (_, Fact::NotExposed | Fact::Denied) => return now,
        (_, told) => told,
    };
    UseFacts { last_used_at, use_tracked_since: Fact::Known(began) }
}

/// Joins the latest use that a log showed with the latest that it showed before. A use stays true for ever.
pub(super) fn later(before: Option<Timestamp>, now: Option<Timestamp>) -> Option<Timestamp> {
    before.max(now)
}

/// Joins the beginnings of two windows of a log; see [`join`].
pub(super) fn tracked(
    before: Option<Timestamp>,
    now: Option<Timestamp>,
    watched_until: Option<Timestamp>,
) -> Option<Timestamp> {
    match (before, now, watched_until) {
        (Some(began), Some(begins), Some(until)) if began <= begins && begins <= until => Some(began),
        _ => now,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(n: i64) -> Timestamp {
        Timestamp::from_secs(n * 86_400)
    }

    fn facts(last: Option<i64>, since: i64) -> UseFacts {
        UseFacts { last_used_at: Fact::Known(last.map(day)), use_tracked_since: Fact::Known(day(since)) }
    }

    #[test]
    fn a_window_that_only_slides_changes_nothing() {
        assert_eq!(join(facts(None, 0), facts(None, 1), Some(day(400))), facts(None, 0));
        assert_eq!(join(facts(Some(5), 0), facts(Some(5), 1), Some(day(400))), facts(Some(5), 0));
    }

    #[test]
    fn a_use_that_slid_out_of_the_window_is_remembered() {
        assert_eq!(join(facts(Some(5), 0), facts(None, 10), Some(day(400))), facts(Some(5), 0));
    }

    #[test]
    fn a_gap_between_the_windows_is_not_bridged() {
        assert_eq!(join(facts(None, 0), facts(None, 500), Some(day(400))), facts(None, 500));
        assert_eq!(join(facts(None, 0), facts(None, 1), None), facts(None, 1));
    }

    #[test]
    fn a_contradiction_is_settled_by_the_newer_word() {
        assert_eq!(join(facts(Some(20), 0), facts(None, 10), Some(day(400))), facts(None, 10));
        assert_eq!(join(facts(Some(20), 0), facts(Some(15), 10), Some(day(400))), facts(Some(15), 0));
    }

    #[test]
    fn what_is_not_told_is_not_filled_in() {
        let untold = UseFacts { last_used_at: Fact::NotExposed, use_tracked_since: Fact::Known(day(10)) };
        assert_eq!(join(facts(Some(5), 0), untold, Some(day(400))), untold);
        assert_eq!(join(untold, facts(None, 20), Some(day(400))), facts(None, 20));
        let denied = UseFacts { last_used_at: Fact::Denied, use_tracked_since: Fact::Denied };
        assert_eq!(join(facts(None, 0), denied, Some(day(400))), denied);
    }

    #[test]
    fn a_log_never_forgets_a_use() {
        assert_eq!(later(Some(day(5)), None), Some(day(5)));
        assert_eq!(later(Some(day(5)), Some(day(3))), Some(day(5)));
        assert_eq!(tracked(Some(day(1)), Some(day(3)), Some(day(4))), Some(day(1)));
        assert_eq!(tracked(Some(day(1)), Some(day(5)), Some(day(4))), Some(day(5)));
        assert_eq!(tracked(Some(day(1)), None, Some(day(4))), None);
    }
}
