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

/// The repositories that a scope knows of, by their ids. One is kept for each scope, so in few bytes.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Known {
    /// Their names, without the organisation's.
    #[serde(default)]
    names: BTreeMap<u64, String>,
    /// Since when those are missing that are.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    missing_since: BTreeMap<u64, Timestamp>,
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
        let mut names: BTreeMap<u64, String> = listed.map(|one| (one.id, one.name().to_owned())).collect();
        let mut missing_since = BTreeMap::new();
        if is_whole && place.sees_all_repositories {
            return Self { names, missing_since };
        }
        for (id, name) in &self.names {
            let since = self.missing_since.get(id).copied().or(is_whole.then_some(now));
            let is_over = since.is_some_and(|since| since.plus(MAY_COME_BACK) <= now);
            if !names.contains_key(id) && !is_over {
                names.insert(*id, name.clone());
                missing_since.extend(since.map(|since| (*id, since)));
            }
        }
        Self { names, missing_since }
    }

    /// The issue of those that are missing.
    pub(crate) fn issue(&self, place: &Place) -> Option<Issue> {
        let missing = self.missing_since.keys().filter_map(|id| self.names.get(id));
        let first: Vec<&str> = missing.take(NAMED).map(String::as_str).collect();
        let names = match self.missing_since.len().saturating_sub(NAMED) {
            0 => first.join(", "),
            more => format!("{} and {more} more", first.join(", ")),
        };
        let [were, are, them] =
            if self.missing_since.len() == 1 { ["was", "is", "it"] } else { ["were", "are", "them"] };
        let message = format!(
            "{names} of {} {were} listed before and {are} not now: deleted, or this credential may not see {them} any more \
             (needed: {METADATA}), which GitHub does not tell apart; what was seen there stands for 30 days",
            place.words(),
        );
        (!self.missing_since.is_empty()).then(|| Issue::new(IssueKind::Permission, message))
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
        known.missing_since.keys().copied().collect()
    }

    #[test]
    fn what_a_credential_does_not_list_any_more_is_missing_for_a_month() {
        let first = after(&Known::default(), &[1, 2, 3], true, false, 0);
        assert!(first.issue(&acme()).is_none());
        let second = after(&first, &[1], true, false, 1);
        assert_eq!(missing(&second), [2, 3]);
        let said = second.issue(&acme()).unwrap().message;
        assert!(said.starts_with("r2, r3 of organisation acme were listed before and are not now"), "{said}");
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
