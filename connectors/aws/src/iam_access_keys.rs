//! `iam.access-keys`: users' access keys and their last use.
//!
//! A key's id is told only by `iam:ListAccessKeys`, one call a user; its last use by `iam:GetAccessKeyLastUsed`, one
//! call a key, or for a whole account by the credential report, which has no ids. So only users who may have keys are
//! asked (the report tells, and users it does not know are asked too), and the report's dates are matched to the keys
//! by the time they were made. What cannot be matched for certain is asked for one by one.

use std::sync::Arc;

use aws_sdk_iam::types::{AccessKeyMetadata, StatusType, UserDetail};
use whosekey_sdk::listing::{answers, answers_into, whole};
use whosekey_sdk::{
    CollectError, Complete, Entity, Evidence, Fact, Issue, Kind, Link, LinkKind, Next, Record, Sink, Timestamp,
};

use crate::api::Calls;
use crate::credential_report::{Report, report, used};
use crate::time::{fact, keys_tracked_since, timestamp};
use crate::wire::report::KeySlot;

const LIST: &str = "iam:ListAccessKeys";
const LAST_USED: &str = "iam:GetAccessKeyLastUsed";

/// Collects the scope.
pub(crate) async fn collect(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let (users, report) = tokio::join!(calls.account.authorization.users(calls), report(calls));
    let report = report.ok();
    let asked = users.seen().filter(|user| may_have_keys(user, report.as_deref()));
    let keys = answers(calls.asked(asked), |user| keys_of(calls, user, report.as_ref()));
    answers_into(out, keys).await?;
    users.complete()
}

/// Users whom the report does not know are younger than it.
fn may_have_keys(user: &UserDetail, report: Option<&Report>) -> bool {
    report.and_then(|report| report.row(user)).is_none_or(|row| row.may_have_keys())
}

async fn keys_of(calls: &Calls, user: &UserDetail, report: Option<&Arc<Report>>) -> Result<Vec<Record>, CollectError> {
    let (Some(name), Some(user_id)) = (user.user_name(), user.user_id()) else { return Ok(Vec::new()) };
    let iam = &calls.iam();
    let (keys, _whole) = whole(|marker| async move {
        let answer = iam.list_access_keys().user_name(name).set_marker(marker).send().await;
        Ok(match calls.found(LIST, answer)? {
            Some(page) => (page.access_key_metadata, Next::from_flag_and_token(page.is_truncated, page.marker)),
            None => (Vec::new(), Next::End),
        })
    })
    .await?;
    let slots = report.and_then(|report| report.row(user).map(|row| (row.keys(), report.generated_at)));
    let uses = match &slots {
        Some((slots, generated_at)) => last_uses(&keys, slots, *generated_at),
        None => vec![Fact::NotExposed; keys.len()],
    };
    let mut records = Vec::new();
    for (key, from_report) in keys.iter().zip(uses) {
        let last_used = match from_report {
            Fact::Known(known) => Fact::Known(known),
            // An inactive key cannot be used, so nothing rests on when it last was.
            _ if key.status() != Some(&StatusType::Active) => Fact::NotExposed,
            _ => last_used(calls, key).await?,
        };
        records.extend(normalize(key, user_id, last_used));
    }
    Ok(records)
}

/// One key by name. Refused, it is denied, and the scope tells so: without it verdicts would be missing unseen.
async fn last_used(calls: &Calls, key: &AccessKeyMetadata) -> Result<Fact<Option<Timestamp>>, Issue> {
    let Some(id) = key.access_key_id() else { return Ok(Fact::NotExposed) };
    let answer = calls.iam().get_access_key_last_used().access_key_id(id).send().await;
    Ok(match calls.found(LAST_USED, answer)? {
        Some(answer) => {
            Fact::Known(answer.access_key_last_used().and_then(|used| used.last_used_date()).map(timestamp))
        }
        None => Fact::NotExposed,
    })
}

/// The last use of each key as the report tells it; not known where it is not certain which line is of which key.
///
/// A line is of the key that was made when the line's key was made or last changed. A key that was switched off and on
/// again has another time there; if it is the only key, and the only line, that are left, they belong together.
fn last_uses(keys: &[AccessKeyMetadata], slots: &[KeySlot], generated_at: Timestamp) -> Vec<Fact<Option<Timestamp>>> {
    let made = |key: &AccessKeyMetadata| key.create_date().map(|time| time.secs());
    let changed = |slot: &KeySlot| slot.changed_at.as_millis().div_euclid(1000);
    let is_active = |key: &AccessKeyMetadata| key.status() == Some(&StatusType::Active);
    let exact = |key: &AccessKeyMetadata| {
        let mut fitting = slots.iter().filter(|slot| Some(changed(slot)) == made(key) && slot.active == is_active(key));
        fitting.next().filter(|first| fitting.all(|other| other.last_used == first.last_used))
    };
    let matched: Vec<Option<&KeySlot>> = keys.iter().map(exact).collect();
    let older = keys.iter().filter(|key| made(key).is_some_and(|time| Timestamp::from_secs(time) < generated_at));
    let same_number = older.count() == slots.len() && keys.len() == slots.len();
    let left: Vec<&KeySlot> = slots
        .iter()
        .filter(|slot| !matched.iter().flatten().any(|taken| taken.changed_at == slot.changed_at))
        .collect();
    let unmatched = matched.iter().filter(|found| found.is_none()).count();
    keys.iter()
        .zip(&matched)
        .map(|(key, found)| match (found, left.as_slice()) {
            (Some(slot), _) => used(slot.last_used),
            (None, [only]) if same_number && unmatched == 1 && made(key).is_some_and(|time| time <= changed(only)) => {
                used(only.last_used)
            }
            _ => Fact::NotExposed,
        })
        .collect()
}

fn normalize(key: &AccessKeyMetadata, user_id: &str, last_used_at: Fact<Option<Timestamp>>) -> Vec<Record> {
    let Some(key_id) = key.access_key_id() else { return Vec::new() };
    let id = format!("aws:{key_id}");
    let mut entity = Entity::new(id.as_str(), Kind::Credential, "aws.access-key", key_id);
    entity.created_at = fact(key.create_date());
    entity.last_used_at = last_used_at;
    entity.use_tracked_since = Fact::Known(keys_tracked_since());
    entity.expires_at = Fact::Known(None);
    entity.enabled = match key.status() {
        Some(StatusType::Active) => Fact::Known(true),
        Some(StatusType::Inactive) => Fact::Known(false),
        _ => Fact::NotExposed,
    };
    let user = format!("aws:{user_id}");
    let link = Link::new(id.as_str(), LinkKind::AuthenticatesAs, user.as_str(), Evidence::Proven, LIST);
    vec![entity.into(), link.into()]
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::DateTime;

    use super::*;
    use crate::wire::report::Date;

    fn key(id: &str, made: i64, status: StatusType) -> AccessKeyMetadata {
        AccessKeyMetadata::builder().access_key_id(id).create_date(DateTime::from_secs(made)).status(status).build()
    }

    fn slot(changed: i64, active: bool, last_used: Option<i64>) -> KeySlot {
        let last_used = last_used.map_or(Date::Never, |secs| Date::At(Timestamp::from_secs(secs)));
        KeySlot { active, changed_at: Timestamp::from_secs(changed), last_used }
    }

    fn uses(keys: &[AccessKeyMetadata], slots: &[KeySlot]) -> Vec<Fact<Option<i64>>> {
        let found = last_uses(keys, slots, Timestamp::from_secs(1000));
        found.into_iter().map(|fact| fact.map(|used| used.map(|time| time.as_millis() / 1000))).collect()
    }

    #[test]
    fn a_line_is_of_the_key_that_was_made_at_its_time() {
        let keys = [key("AKIA1", 100, StatusType::Active), key("AKIA2", 200, StatusType::Active)];
        let slots = [slot(200, true, Some(900)), slot(100, true, None)];
        assert_eq!(uses(&keys, &slots), [Fact::Known(None), Fact::Known(Some(900))]);
    }

    #[test]
    fn a_key_that_was_switched_off_is_matched_when_nothing_else_is_left() {
        let keys = [key("AKIA1", 100, StatusType::Inactive), key("AKIA2", 200, StatusType::Active)];
        let slots = [slot(200, true, Some(900)), slot(500, false, Some(400))];
        assert_eq!(uses(&keys, &slots), [Fact::Known(Some(400)), Fact::Known(Some(900))]);
    }

    #[test]
    fn a_key_made_after_the_report_has_no_line() {
        let keys = [key("AKIA3", 2000, StatusType::Active)];
        assert_eq!(uses(&keys, &[slot(100, true, Some(900))]), [Fact::NotExposed]);
    }

    #[test]
    fn keys_made_in_the_same_second_are_not_guessed_apart() {
        let keys = [key("AKIA1", 100, StatusType::Active), key("AKIA2", 100, StatusType::Active)];
        let differing = [slot(100, true, Some(900)), slot(100, true, None)];
        assert_eq!(uses(&keys, &differing), [Fact::NotExposed, Fact::NotExposed]);
        let alike = [slot(100, true, None), slot(100, true, None)];
        assert_eq!(uses(&keys, &alike), [Fact::Known(None), Fact::Known(None)]);
    }

    #[test]
    fn an_inactive_key_is_known_to_be_switched_off() {
        let records = normalize(&key("AKIA1", 100, StatusType::Inactive), "AIDA1", Fact::NotExposed);
        let Record::Entity(entity) = &records[0] else { panic!("{records:?}") };
        assert_eq!(entity.enabled, Fact::Known(false));
        assert_eq!(entity.expires_at, Fact::Known(None));
    }
}
