//! Repositories that were listed once and are not any more.
//!
//! GitHub lists what a credential may see. Where that is not all of the organisation's, a repository that is not listed any
//! more was deleted, or was taken from the credential: a selection of an App's, a scope or a membership of a token's. Each
//! scope that asks repositories keeps which there were, says that some are missing, and so ends nothing of theirs. After a
//! month in which nobody gave them back they count as deleted.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use whosekey_sdk::{Issue, IssueKind, Timestamp};

use crate::descriptor::METADATA;
use crate::place::Place;
use crate::repositories::Repository;

/// How long a repository that is not listed any more may be one that is only not shown.
const MAY_COME_BACK: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// As many as a message names.
const NAMED: usize = 3;

/// The repositories that a scope knows of, by their ids.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Known(BTreeMap<u64, Seen>);

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Seen {
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    missing_since: Option<Timestamp>,
}

impl Known {
    /// What is known after a listing; `is_whole` says that it came to its end.
    pub(crate) fn after<'r>(
        &self,
        listed: impl Iterator<Item = &'r Repository>,
        is_whole: bool,
        place: &Place,
        now: Timestamp,
    ) -> Self {
        let seen = |repository: &Repository| Seen { name: repository.full_name.clone(), missing_since: None };
        let mut known: BTreeMap<u64, Seen> = listed.map(|repository| (repository.id, seen(repository))).collect();
        if is_whole && place.sees_all_repositories {
            return Self(known);
        }
        for (id, seen) in &self.0 {
            let missing_since = if is_whole { seen.missing_since.or(Some(now)) } else { seen.missing_since };
            if missing_since.is_none_or(|since| since.plus(MAY_COME_BACK) > now) {
                known.entry(*id).or_insert_with(|| Seen { name: seen.name.clone(), missing_since });
            }
        }
        Self(known)
    }

    /// The issue of those that are missing.
    pub(crate) fn issue(&self, place: &Place) -> Option<Issue> {
        let missing: Vec<&str> =
            self.0.values().filter(|seen| seen.missing_since.is_some()).map(|seen| seen.name.as_str()).collect();
        let first = missing.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
        let more = missing.len().saturating_sub(NAMED);
        let names = if more > 0 { format!("{first} and {more} more") } else { first };
        let message = format!(
            "{names} of {} {} listed before and {} not now: deleted, or this credential may not see {} any more \
             (needed: {METADATA}), which GitHub does not tell apart; what was seen there stands for 30 days",
            place.words(),
            if missing.len() == 1 { "was" } else { "were" },
            if missing.len() == 1 { "is" } else { "are" },
            if missing.len() == 1 { "it" } else { "them" },
        );
        (!missing.is_empty()).then(|| Issue::new(IssueKind::Permission, message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::tests::acme;

    const DAY: i64 = 24 * 60 * 60;

    fn listed(ids: &[u64]) -> Vec<Repository> {
        let one = |id: &u64| serde_json::from_str(&format!(r#"{{"id":{id},"full_name":"acme/r{id}"}}"#)).unwrap();
        ids.iter().map(one).collect()
    }

    fn after(known: &Known, ids: &[u64], is_whole: bool, sees_all: bool, day: i64) -> Known {
        let place = Place { sees_all_repositories: sees_all, ..acme() };
        known.after(listed(ids).iter(), is_whole, &place, Timestamp::from_secs(day * DAY))
    }

    fn missing(known: &Known) -> Vec<u64> {
        known.0.iter().filter(|(_, seen)| seen.missing_since.is_some()).map(|(id, _)| *id).collect()
    }

    #[test]
    fn what_a_credential_does_not_list_any_more_is_missing_for_a_month() {
        let first = after(&Known::default(), &[1, 2, 3], true, false, 0);
        assert!(first.issue(&acme()).is_none());
        let second = after(&first, &[1], true, false, 1);
        assert_eq!(missing(&second), [2, 3]);
        let said = second.issue(&acme()).unwrap().message;
        assert!(said.starts_with("acme/r2, acme/r3 of organisation acme were listed before and are not now"), "{said}");
        assert_eq!(missing(&after(&second, &[1, 2], true, false, 2)), [3], "one is back");
        assert_eq!(missing(&after(&second, &[1], true, false, 30)), [2, 3]);
        assert!(missing(&after(&second, &[1], true, false, 31)).is_empty());
    }

    #[test]
    fn what_is_not_among_all_is_gone_and_a_listing_that_broke_off_says_nothing() {
        let first = after(&Known::default(), &[1, 2], true, false, 0);
        assert!(missing(&after(&first, &[1], true, true, 1)).is_empty(), "it sees all");
        let cut = after(&first, &[1], false, false, 1);
        assert!(missing(&cut).is_empty());
        assert_eq!(missing(&after(&cut, &[1], true, false, 2)), [2], "it was not forgotten");
    }
}
