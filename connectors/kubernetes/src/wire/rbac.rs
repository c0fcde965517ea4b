//! Roles and their bindings.

use serde::Deserialize;

use super::meta::Meta;
use super::or_empty;

/// A Role or a ClusterRole. Aggregated cluster roles come with the rules that they are made up of.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Role {
    pub(crate) metadata: Meta,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) rules: Vec<PolicyRule>,
}

/// What a role allows. Rules only ever add up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PolicyRule {
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) verbs: Vec<String>,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) api_groups: Vec<String>,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) resources: Vec<String>,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) resource_names: Vec<String>,
}

/// A RoleBinding or a ClusterRoleBinding.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Binding {
    pub(crate) metadata: Meta,
    pub(crate) role_ref: RoleRef,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) subjects: Vec<Subject>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct RoleRef {
    pub(crate) kind: String,
    pub(crate) name: String,
}

/// Whom a binding is for.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Subject {
    pub(crate) kind: String,
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) namespace: String,
}
