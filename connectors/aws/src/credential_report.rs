//! `iam.credential-report`: the root user, and the console passwords.
//!
//! The report is the only bulk source of last use of passwords and keys, and the only one at all that shows the root
//! user. It may be four hours old, so it proves that nothing exists now: users come from `iam.users`, keys from
//! `iam.access-keys`, and a row is read only for a user who exists. The passwords in it are as old as it is.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_iam::types::{ReportStateType, UserDetail};
use whosekey_sdk::{
    CollectError, Complete, Entity, Evidence, Fact, Issue, IssueKind, Kind, Link, LinkKind, Record, Sink, Timestamp,
    unpaged,
};

use crate::api::Calls;
use crate::scopes::Place;
use crate::time::{keys_tracked_since, passwords_tracked_since, timestamp};
use crate::wire::report::{self, Date, Row};

const ROOT: &str = "<root_account>";
/// IAM makes a report in seconds; a minute is a report that will not come.
const MAX_POLLS: u32 = 30;
const FIRST_POLL: Duration = Duration::from_millis(100);
const LAST_POLL: Duration = Duration::from_secs(2);

/// A report.
#[derive(Debug)]
pub(crate) struct Report {
    rows: BTreeMap<String, Row>,
    /// When IAM made it.
    pub(crate) generated_at: Timestamp,
}

impl Report {
    /// The row of a user, unless it is of an earlier user of the same name.
    pub(crate) fn row(&self, user: &UserDetail) -> Option<&Row> {
        let row = self.rows.get(user.arn()?)?;
        let created_at = user.create_date().map(|time| time.secs() * 1000)?;
        match row.created_at() {
            Date::At(time) => (time.as_millis().div_euclid(1000) * 1000 == created_at).then_some(row),
            Date::Never | Date::Untold => Some(row),
        }
    }

    fn root(&self) -> Option<&Row> {
        self.rows.values().find(|row| row.user == ROOT)
    }
}

/// The account's report, made and fetched once in a scan.
///
/// # Errors
/// What went wrong, the same for every scope that asks.
pub(crate) async fn report(calls: &Calls) -> Result<Arc<Report>, Issue> {
    calls.account.report.get_or_init(|| async { fetch(calls).await.map(Arc::new) }).await.clone()
}

async fn fetch(calls: &Calls) -> Result<Report, Issue> {
    const GENERATE: &str = "iam:GenerateCredentialReport";
    const GET: &str = "iam:GetCredentialReport";
    let iam = calls.iam();
    let mut pause = FIRST_POLL;
    for poll in 0.. {
        let state = iam.generate_credential_report().send().await.map_err(|error| calls.issue(GENERATE, error))?.state;
        if state == Some(ReportStateType::Complete) {
            break;
        }
        if poll >= MAX_POLLS {
            return Err(Issue::new(IssueKind::Timeout, format!("{GENERATE}: no report within a minute")));
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LAST_POLL);
    }
    let answer = iam.get_credential_report().send().await.map_err(|error| calls.issue(GET, error))?;
    let broken = |what: &str| Issue::new(IssueKind::Parse, format!("{GET} in {}: {what}", calls.place));
    let content = answer.content.ok_or_else(|| broken("no report in the answer"))?;
    let generated_at = answer.generated_time.ok_or_else(|| broken("the report has no date"))?;
    let rows = report::parse(content.as_ref()).map_err(|_| broken("the report is not what it is documented to be"))?;
    let rows = rows.into_iter().map(|row| (row.arn.clone(), row)).collect();
    Ok(Report { rows, generated_at: timestamp(&generated_at) })
}

/// Collects the scope.
pub(crate) async fn collect(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let report = report(calls).await?;
    out.page(report.root().map(|row| root(row, &calls.place)).unwrap_or_default()).await?;
    let users = calls.account.authorization.users(calls).await;
    let passwords =
        users.replay(out, |user| report.row(user).map(|row| password(user, row)).unwrap_or_default()).await?;
    Ok(passwords.and(unpaged()))
}

/// When one of a row's dates says that something was last used.
pub(crate) fn used(date: Date) -> Fact<Option<Timestamp>> {
    match date {
        Date::At(time) => Fact::Known(Some(time)),
        Date::Never => Fact::Known(None),
        Date::Untold => Fact::NotExposed,
    }
}

fn latest(a: Fact<Option<Timestamp>>, b: Fact<Option<Timestamp>>) -> Fact<Option<Timestamp>> {
    match (a, b) {
        (Fact::Known(a), Fact::Known(b)) => Fact::Known(a.max(b)),
        (Fact::Known(_), unknown) | (unknown, _) => unknown,
    }
}

fn password(user: &UserDetail, row: &Row) -> Vec<Record> {
    let Some(id) = user.user_id().filter(|_| row.has_password()) else { return Vec::new() };
    let name = format!("console password of {}", user.user_name().unwrap_or_default());
    credential(format!("aws:{id}/password"), "aws.console-password", name, &format!("aws:{id}"), row)
}

fn credential(id: String, type_name: &str, name: String, user: &str, row: &Row) -> Vec<Record> {
    let mut entity = Entity::new(id, Kind::Credential, type_name, name).attribute("mfa", row.has_mfa());
    entity.created_at = match row.password_changed_at() {
        Date::At(time) => Fact::Known(time),
        Date::Never | Date::Untold => Fact::NotExposed,
    };
    entity.last_used_at = used(row.password_last_used());
    entity.use_tracked_since = Fact::Known(passwords_tracked_since());
    entity.enabled = Fact::Known(true);
    let because = "iam:GetCredentialReport";
    let link = Link::new(entity.id.clone(), LinkKind::AuthenticatesAs, user, Evidence::Proven, because);
    vec![entity.into(), link.into()]
}

/// The root user. It has no id of its own, and its ARN is the name of the whole account in policies, so that name is
/// the account's and not the user's. Its keys have no ids in the report.
fn root(row: &Row, place: &Place) -> Vec<Record> {
    let id = format!("aws:root/{}", place.account);
    let mut entity =
        Entity::new(id.as_str(), Kind::Identity, "aws.root-user", "root user").attribute("mfa", row.has_mfa());
    if let Date::At(created_at) = row.created_at() {
        entity.created_at = Fact::Known(created_at);
    }
    entity.enabled = Fact::Known(true);
    entity.expires_at = Fact::Known(None);
    entity.use_tracked_since = Fact::Known(keys_tracked_since());
    let keys = row.keys();
    let password = used(row.password_last_used());
    entity.last_used_at = keys.iter().map(|key| used(key.last_used)).fold(password, latest);
    let because = "iam:GetCredentialReport";
    let mut records: Vec<Record> = vec![
        entity.into(),
        Link::new(id.as_str(), LinkKind::PartOf, place.account_id().as_str(), Evidence::Proven, because).into(),
    ];
    if !row.has_no_password() {
        records.extend(credential(format!("{id}/password"), "aws.console-password", "root password".into(), &id, row));
    }
    for (number, slot) in (1..).zip(keys) {
        let name = format!("root access key {number}");
        let mut key = Entity::new(format!("{id}/access-key-{number}"), Kind::Credential, "aws.access-key", name);
        key.created_at = Fact::Known(slot.changed_at);
        key.last_used_at = used(slot.last_used);
        key.use_tracked_since = Fact::Known(keys_tracked_since());
        key.expires_at = Fact::Known(None);
        key.enabled = Fact::Known(slot.active);
        let link = Link::new(key.id.clone(), LinkKind::AuthenticatesAs, id.as_str(), Evidence::Proven, because);
        records.extend([key.into(), link.into()]);
    }
    records
}
