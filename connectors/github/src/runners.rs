//! `runners`: the organisation's self-hosted runners. GitHub tells whether one is online and not since when it is not, so
//! its use is what scans saw.

use serde::{Deserialize, Serialize};
use whosekey_sdk::{Activity, CollectError, Complete, Entity, Evidence, Kind, Link, LinkKind, Record, Sink, Timestamp};

use crate::api::{Call, Calls};
use crate::descriptor::RUNNERS;
use crate::home::Home;

const LIST: Call = Call::new("GET /orgs/{org}/actions/runners", RUNNERS);

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Runner {
    id: u64,
    name: String,
    os: String,
    status: String,
    #[serde(default)]
    ephemeral: Option<bool>,
    #[serde(default)]
    labels: Vec<Label>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Label {
    name: String,
}

/// Collects `runners`.
pub(crate) async fn collect(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let first = calls.of_organisation("/actions/runners?per_page=100");
    let (runners, complete) = calls.listing::<Runner>(LIST, first).await?;
    let Some(home) = Home::organisation(&calls.place) else { return Err(calls.unanswered(LIST).into()) };
    let records = runners.iter().flat_map(|runner| normalize(&home, runner, calls.now, LIST));
    out.page(records.collect()).await?;
    Ok(complete)
}

/// What it registered with is the credential: its removal takes that back. GitHub does not say that the number of a
/// runner is one beyond those that it is listed with.
pub(crate) fn normalize(home: &Home, runner: &Runner, now: Timestamp, call: Call) -> [Record; 3] {
    let id = format!("github:runner/{}/{}", home.id, runner.id);
    let labels: Vec<&str> = runner.labels.iter().map(|label| &*label.name).collect();
    let mut entity = Entity::new(id, Kind::Credential, "github.runner", home.name_of(&runner.name))
        .attribute("os", &*runner.os)
        .attribute("labels", labels);
    if let Some(ephemeral) = runner.ephemeral {
        entity = entity.attribute("ephemeral", ephemeral);
    }
    // A day is close enough, and an unchanged organisation then costs one write a day.
    let today = Timestamp::from_millis(now.as_millis() - now.as_millis().rem_euclid(DAY_MS));
    let is_online = runner.status == "online";
    let activity = Activity {
        subject: (&entity.id).into(),
        last_used_at: is_online.then_some(today),
        // Scans that are no more than a day apart are taken for watching it all the time.
        tracked_since: Some(Timestamp::from_millis(today.as_millis() - DAY_MS)),
        because: format!("online ({})", call.what),
    };
    let part_of = Link::new(&entity.id, LinkKind::PartOf, home.end(), Evidence::Proven, call.what);
    [entity.into(), activity.into(), part_of.into()]
}
