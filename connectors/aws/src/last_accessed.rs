//! Service-last-accessed data: since when a principal has not used what its policies let it change.
//!
//! IAM works it out for one principal at a time, as a job, so it costs two requests or more for each and is asked for only
//! when the source says `service_last_accessed = true`, and only for principals with more than read access. It knows
//! services and not actions, looks back 400 days, and counts a call that was denied as use
//! (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_GenerateServiceLastAccessedDetails.html>, looked at
//! 2026-11-27): so it may call a grant used that was not, and never the other way round.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aws_sdk_iam::operation::get_service_last_accessed_details::GetServiceLastAccessedDetailsOutput;
use aws_sdk_iam::types::{JobStatusType, ServiceLastAccessed};
use aws_smithy_types::DateTime;
use whosekey_sdk::listing::{each, whole};
use whosekey_sdk::{AccessLevel, CollectError, Issue, IssueKind, Link, LinkKind, Next, Sink, Timestamp};

use crate::api::Calls;
use crate::time::{roles_tracked_since, timestamp};

const GENERATE: &str = "iam:GenerateServiceLastAccessedDetails";
const GET: &str = "iam:GetServiceLastAccessedDetails";
/// A job takes seconds; half a minute is one that will not end.
const MAX_POLLS: u32 = 20;
const FIRST_POLL: Duration = Duration::from_millis(250);
const LAST_POLL: Duration = Duration::from_secs(2);
/// A link is rewritten when what it says changes, so the beginning of a window that slides moves in steps of this.
const STEP_MS: i64 = 30 * 86_400_000;

/// A principal, and what its policies let it do.
#[derive(Debug)]
pub(crate) struct Judged<'a> {
    pub(crate) arn: &'a str,
    pub(crate) created_at: Option<&'a DateTime>,
    pub(crate) links: Vec<Link>,
}

impl Judged<'_> {
    fn may_change_things(&self) -> bool {
        self.links.iter().any(is_write)
    }
}

fn is_write(link: &Link) -> bool {
    link.kind == LinkKind::CanAccess && link.level.is_some_and(|level| level >= AccessLevel::Write)
}

/// Says in each link when what it grants was last used, or since when it was not. What IAM refuses is an issue, and costs
/// the dates alone.
pub(crate) async fn date(calls: &Calls, out: &mut dyn Sink, judged: &mut [Judged<'_>]) {
    let arns = calls.asked(judged.iter().filter(|one| one.may_change_things()).map(|one| one.arn));
    let answers = each(arns, |arn| services_of(calls, arn)).await;
    for (one, answer) in judged.iter_mut().filter(|one| one.may_change_things()).zip(answers) {
        match answer {
            Ok(services) => {
                let since = tracked_since(calls.now, one.created_at);
                one.links.iter_mut().filter(|link| is_write(link)).for_each(|link| say_when(link, &services, since));
            }
            Err(CollectError::Issue(issue) | CollectError::Broken(issue)) => out.issue(issue),
            Err(CollectError::Stopped) => return,
        }
    }
}

/// The last use of each service that the principal's policies reach.
type Services = BTreeMap<String, Option<Timestamp>>;

async fn services_of(calls: &Calls, arn: &str) -> Result<Services, CollectError> {
    let iam = &calls.iam();
    let answer = iam.generate_service_last_accessed_details().arn(arn).send().await;
    let Some(job) = calls.found(GENERATE, answer)?.and_then(|answer| answer.job_id) else { return Ok(Services::new()) };
    let job = job.as_str();
    let (services, _whole) = whole(|marker| async move {
        let page = finished(calls, job, marker).await?;
        Ok((page.services_last_accessed, Next::from_flag_and_token(page.is_truncated, page.marker)))
    })
    .await?;
    let used = |one: &ServiceLastAccessed| one.last_authenticated().map(timestamp);
    Ok(services.iter().map(|one| (one.service_namespace().to_owned(), used(one))).collect())
}

async fn finished(
    calls: &Calls,
    job: &str,
    marker: Option<String>,
) -> Result<GetServiceLastAccessedDetailsOutput, CollectError> {
    let iam = calls.iam();
    let mut pause = FIRST_POLL;
    for _ in 0..MAX_POLLS {
        let call = iam.get_service_last_accessed_details().job_id(job).set_marker(marker.clone());
        let answer = call.send().await.map_err(|error| calls.issue(GET, error))?;
        match answer.job_status() {
            JobStatusType::Completed => return Ok(answer),
            JobStatusType::InProgress => {}
            _ => break,
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LAST_POLL);
    }
    Err(Issue::new(IssueKind::Timeout, format!("{GET} in {}: the job did not end well", calls.place)).into())
}

fn tracked_since(now: Timestamp, created_at: Option<&DateTime>) -> Timestamp {
    let window = roles_tracked_since(now).as_millis();
    let window = Timestamp::from_millis((window + STEP_MS - 1).div_euclid(STEP_MS) * STEP_MS);
    created_at.map_or(window, |created| window.max(timestamp(created)))
}

fn say_when(link: &mut Link, services: &Services, since: Timestamp) {
    let uses: Vec<Option<Timestamp>> = match granted(link) {
        Some(named) => {
            let told: Option<Vec<_>> = named.iter().map(|name| services.get(name).copied()).collect();
            // A service that the answer does not have was not looked at.
            let Some(told) = told else { return };
            told
        }
        None => services.values().copied().collect(),
    };
    if uses.is_empty() {
        return;
    }
    let (key, at) = match uses.into_iter().flatten().max() {
        Some(at) => ("last_used_at", at),
        None => ("use_tracked_since", since),
    };
    link.attributes.insert(key.to_owned(), at.to_string().into());
}

/// The services of which the link grants something; `None` when it may be any.
fn granted(link: &Link) -> Option<BTreeSet<String>> {
    if link.attributes.contains_key("also") || link.attributes.contains_key("actions_count") {
        return None;
    }
    let actions = link.attributes.get("actions")?.as_array()?;
    actions.iter().map(|action| service(action.as_str()?)).collect()
}

fn service(action: &str) -> Option<String> {
    let (service, _) = action.split_once(':')?;
    (!service.contains(['*', '?'])).then(|| service.to_lowercase())
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use whosekey_sdk::Evidence;

    use super::*;

    fn link(actions: &[&str]) -> Link {
        let link = Link::new("aws:AROA1", LinkKind::CanAccess, "arn:aws:s3:::x", Evidence::Proven, "policy x");
        link.level(AccessLevel::Write).attribute("actions", json!(actions))
    }

    fn said(actions: &[&str], services: &[(&str, Option<i64>)]) -> Option<(String, String)> {
        let services = services.iter().map(|(name, at)| ((*name).to_owned(), at.map(Timestamp::from_secs))).collect();
        let mut link = link(actions);
        say_when(&mut link, &services, Timestamp::from_secs(0));
        link.attributes.remove("actions");
        link.attributes.into_iter().next().map(|(key, value)| (key, value.as_str().unwrap().to_owned()))
    }

    #[test]
    fn a_grant_is_as_used_as_the_services_it_names() {
        let services = [("s3", None), ("sqs", Some(86_400))];
        let unused = Some(("use_tracked_since".to_owned(), "1970-01-01T00:00:00Z".to_owned()));
        let used = Some(("last_used_at".to_owned(), "1970-01-02T00:00:00Z".to_owned()));
        assert_eq!(said(&["S3:PutObject"], &services), unused);
        assert_eq!(said(&["s3:PutObject", "sqs:SendMessage"], &services), used);
        assert_eq!(said(&["*"], &services), used, "everything is as used as anything");
    }

    #[test]
    fn of_a_service_that_iam_did_not_look_at_nothing_is_said() {
        assert_eq!(said(&["ec2:RunInstances"], &[("s3", None)]), None);
        assert_eq!(said(&["*"], &[]), None);
    }

    #[test]
    fn a_window_that_slides_by_a_day_says_the_same() {
        let day: Timestamp = "2026-11-24T12:00:00Z".parse().unwrap();
        let next: Timestamp = "2026-11-25T12:00:00Z".parse().unwrap();
        assert_eq!(tracked_since(day, None), tracked_since(next, None));
        assert!(tracked_since(day, None) >= roles_tracked_since(day), "it claims no more than is told");
        let young = DateTime::from_secs(1_790_000_000);
        assert_eq!(tracked_since(day, Some(&young)), Timestamp::from_secs(1_790_000_000));
    }
}
