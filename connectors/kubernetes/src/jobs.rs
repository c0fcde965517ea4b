//! `jobs` and `cronjobs`: what runs to an end, once or by the clock.
//!
//! A Job that a CronJob made is the CronJob's own.

use whosekey_sdk::{CollectError, Complete, Sink};

use crate::api::Calls;
use crate::api::list::Extent;
use crate::parents;
use crate::pod_spec::World;
use crate::resources;
use crate::wire::workload::{CronJob, Job};
use crate::workloads::workload;

/// Collects Jobs.
pub(crate) async fn collect_jobs(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let defaults = calls.cluster.defaults(calls).await;
    let world = World { cluster: &calls.cluster, defaults };
    let normalize = |job: Job| {
        if job.metadata.controller().is_some_and(parents::is_listed) {
            return Vec::new();
        }
        let is_on = job.spec.suspend != Some(true) && !has_ended(&job);
        workload(&job.metadata, "jobs", "k8s.job", &job.spec.template, is_on, world)
    };
    calls.list(resources::JOBS, Extent::Whole, normalize).await.into(out).await
}

/// Collects CronJobs.
pub(crate) async fn collect_cron_jobs(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let defaults = calls.cluster.defaults(calls).await;
    let world = World { cluster: &calls.cluster, defaults };
    let normalize = |one: CronJob| {
        let is_on = one.spec.suspend != Some(true);
        workload(&one.metadata, "cronjobs", "k8s.cron-job", &one.spec.job_template.spec.template, is_on, world)
    };
    calls.list(resources::CRON_JOBS, Extent::Whole, normalize).await.into(out).await
}

fn has_ended(job: &Job) -> bool {
    job.status.conditions.iter().any(|one| matches!(one.kind.as_str(), "Complete" | "Failed") && one.status == "True")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(conditions: &str) -> Job {
        let text = format!(
            r#"{{"metadata":{{"name":"a","uid":"1"}},"spec":{{"template":{{}}}},"status":{{"conditions":{conditions}}}}}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn a_job_has_ended_when_it_says_so() {
        assert!(has_ended(&job(r#"[{"type":"Complete","status":"True"}]"#)));
        assert!(has_ended(&job(r#"[{"type":"Failed","status":"True"}]"#)));
        assert!(!has_ended(&job(r#"[{"type":"Complete","status":"False"},{"type":"Suspended","status":"True"}]"#)));
        assert!(!has_ended(&job("null")));
    }
}
