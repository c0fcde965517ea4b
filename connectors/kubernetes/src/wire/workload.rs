//! What runs, by what it is given to run with.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::meta::Meta;
use super::or_empty;

/// A Deployment, StatefulSet, DaemonSet or ReplicaSet.
#[derive(Debug, Deserialize)]
pub(crate) struct Controller {
    pub(crate) metadata: Meta,
    pub(crate) spec: ControllerSpec,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ControllerSpec {
    /// Absent means one, and of a DaemonSet that there is no such number.
    pub(crate) replicas: Option<i64>,
    pub(crate) template: Template,
}

/// What pods are made from.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Template {
    #[serde(default)]
    pub(crate) metadata: TemplateMeta,
    #[serde(default)]
    pub(crate) spec: PodSpec,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct TemplateMeta {
    #[serde(default)]
    pub(crate) labels: super::meta::Notes,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Job {
    pub(crate) metadata: Meta,
    pub(crate) spec: JobSpec,
    #[serde(default)]
    pub(crate) status: JobStatus,
}

#[derive(Debug, Deserialize)]
pub(crate) struct JobSpec {
    #[serde(default)]
    pub(crate) suspend: Option<bool>,
    pub(crate) template: Template,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct JobStatus {
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) conditions: Vec<JobCondition>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct JobCondition {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) status: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct CronJob {
    pub(crate) metadata: Meta,
    pub(crate) spec: CronJobSpec,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CronJobSpec {
    #[serde(default)]
    pub(crate) suspend: Option<bool>,
    pub(crate) job_template: JobTemplate,
}

#[derive(Debug, Deserialize)]
pub(crate) struct JobTemplate {
    pub(crate) spec: JobSpec,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Pod {
    pub(crate) metadata: Meta,
    pub(crate) spec: PodSpec,
    #[serde(default)]
    pub(crate) status: PodStatus,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct PodStatus {
    #[serde(default)]
    pub(crate) phase: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PodSpec {
    #[serde(default)]
    pub(crate) service_account_name: Option<String>,
    #[serde(default)]
    pub(crate) automount_service_account_token: Option<bool>,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) containers: Vec<Container>,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) init_containers: Vec<Container>,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) volumes: Vec<Volume>,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) image_pull_secrets: Vec<Named>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Container {
    #[serde(default)]
    pub(crate) image: String,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) env: Vec<EnvVar>,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) env_from: Vec<EnvFrom>,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) ports: Vec<Port>,
}

/// An environment variable. A value that stands in the manifest itself is not read: it may be a secret.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EnvVar {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) value_from: Option<ValueFrom>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ValueFrom {
    #[serde(default)]
    pub(crate) secret_key_ref: Option<SecretKey>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct SecretKey {
    #[serde(default)]
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) key: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EnvFrom {
    #[serde(default)]
    pub(crate) secret_ref: Option<Named>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Port {
    #[serde(default)]
    pub(crate) container_port: i64,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Named {
    #[serde(default)]
    pub(crate) name: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Volume {
    #[serde(default)]
    pub(crate) secret: Option<SecretVolume>,
    #[serde(default)]
    pub(crate) projected: Option<Projected>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SecretVolume {
    #[serde(default)]
    pub(crate) secret_name: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Projected {
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) sources: Vec<ProjectedSource>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProjectedSource {
    #[serde(default)]
    pub(crate) secret: Option<Named>,
    #[serde(default)]
    pub(crate) service_account_token: Option<IgnoredAny>,
}
