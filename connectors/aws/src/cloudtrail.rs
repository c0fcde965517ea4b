//! What the audit log shows and no listing does: who made identities and credentials (`cloudtrail.creators`), and the
//! temporary sessions that are still valid (`cloudtrail.sessions`).
//!
//! CloudTrail answers two lookups a second in each region of an account, one attribute each, and remembers 90 days. So
//! only the events that make something are asked for, and sessions only as far back as a session can live. Sessions
//! that AWS's own services opened for a workload come by the thousand, end with it, and are left out: the workload is
//! listed with its role elsewhere.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_cloudtrail::types::{LookupAttribute, LookupAttributeKey};
use tokio::sync::Mutex;
use tokio::time::Instant;
use whosekey_sdk::{CollectError, Complete, Issue, IssueKind, Next, Pager, Record, Sink, Timestamp, Turn};

use crate::api::Calls;
use crate::wire::cloudtrail::Event;

pub(crate) mod creators;
pub(crate) mod sessions;

const LOOKUP: &str = "cloudtrail:LookupEvents";
/// The most that CloudTrail gives at once.
const PAGE_SIZE: i32 = 50;
/// Two lookups a second: <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html>.
const BETWEEN_LOOKUPS: Duration = Duration::from_millis(500);
/// 20,000 events of one kind; more would take longer than a scan should.
const MAX_PAGES: usize = 400;

/// When each region of an account was last asked.
#[derive(Debug, Default)]
pub(crate) struct Pace(Mutex<BTreeMap<String, Instant>>);

impl Pace {
    async fn wait(&self, region: &str) {
        let turn = {
            let mut next = self.0.lock().await;
            let turn = next.get(region).copied().unwrap_or_else(Instant::now).max(Instant::now());
            next.insert(region.to_owned(), turn + BETWEEN_LOOKUPS);
            turn
        };
        tokio::time::sleep_until(turn).await;
    }
}

/// The events of these names since a moment, as records.
async fn lookup(
    calls: &Calls,
    out: &mut dyn Sink,
    names: &[&str],
    since: Timestamp,
    mut normalize: impl FnMut(&Event) -> Vec<Record> + Send,
) -> Result<Complete, CollectError> {
    let mut whole: Option<Complete> = None;
    for name in names {
        let complete = lookup_one(calls, out, name, since, &mut normalize).await?;
        whole = Some(match whole {
            Some(before) => before.and(complete),
            None => complete,
        });
    }
    whole.ok_or_else(|| Issue::new(IssueKind::Parse, "no events were asked for").into())
}

async fn lookup_one(
    calls: &Calls,
    out: &mut dyn Sink,
    name: &str,
    since: Timestamp,
    normalize: &mut (impl FnMut(&Event) -> Vec<Record> + Send),
) -> Result<Complete, CollectError> {
    let client = calls.cloudtrail();
    let region = calls.place.region.as_deref().unwrap_or_default();
    let attribute =
        LookupAttribute::builder().attribute_key(LookupAttributeKey::EventName).attribute_value(name).build();
    let attribute = attribute.map_err(|_| Issue::new(IssueKind::Parse, "the lookup of an event's name"))?;
    let mut pager = Pager::with_max_pages(MAX_PAGES);
    let mut token = None;
    loop {
        calls.account.pace.wait(region).await;
        let call = client.lookup_events().lookup_attributes(attribute.clone()).max_results(PAGE_SIZE);
        let call = call.start_time(aws_smithy_types::DateTime::from_millis(since.as_millis()));
        let page = call.set_next_token(token).send().await.map_err(|error| calls.issue(LOOKUP, error))?;
        let mut records = Vec::new();
        let mut unread = 0;
        for event in page.events.unwrap_or_default() {
            match event.cloud_trail_event.as_deref().map(serde_json::from_str::<Event>) {
                Some(Ok(event)) => records.extend(normalize(&event)),
                Some(Err(_)) | None => unread += 1,
            }
        }
        if unread > 0 {
            out.issue(Issue::new(
                IssueKind::Parse,
                format!("{LOOKUP} in {}: {unread} {name} events are not understood", calls.place),
            ));
        }
        out.page(records).await?;
        match pager.turn(Next::from_token(page.next_token))? {
            Turn::More(next) => token = Some(next),
            Turn::End(complete) => return Ok(complete),
        }
    }
}
