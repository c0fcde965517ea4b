//! Custom resources that declare agents: kagent's and agent-sandbox's. Their versions differ in what they have, so every
//! field may be missing.
//!
//! From kagent's `agents`, `modelconfigs` and `remotemcpservers` and agent-sandbox's `sandboxes`, as published in November
//! 2026.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::meta::Meta;
use super::or_empty;
use super::workload::{EnvVar, Template};

/// kagent's `Agent`, `SandboxAgent` or `AgentHarness`.
#[derive(Debug, Deserialize)]
pub(crate) struct KagentAgent {
    pub(crate) metadata: Meta,
    #[serde(default)]
    pub(crate) spec: AgentSpec,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AgentSpec {
    /// Since `v1alpha2`.
    #[serde(default)]
    pub(crate) declarative: Option<Declarative>,
    #[serde(default)]
    pub(crate) byo: Option<Byo>,
    /// `v1alpha1` had them at the top.
    #[serde(default)]
    pub(crate) model_config: Option<String>,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) tools: Vec<Tool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Declarative {
    #[serde(default)]
    pub(crate) model_config: Option<String>,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) tools: Vec<Tool>,
    #[serde(default)]
    pub(crate) deployment: Option<AgentDeployment>,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Byo {
    #[serde(default)]
    pub(crate) deployment: Option<AgentDeployment>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AgentDeployment {
    #[serde(default)]
    pub(crate) replicas: Option<i64>,
    #[serde(default)]
    pub(crate) service_account_name: Option<String>,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) env: Vec<EnvVar>,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) image_pull_secrets: Vec<super::workload::Named>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Tool {
    #[serde(default)]
    pub(crate) mcp_server: Option<ToolReference>,
    #[serde(default)]
    pub(crate) agent: Option<ToolReference>,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) headers_from: Vec<Header>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ToolReference {
    /// `v1alpha1` called a server's name so.
    #[serde(default)]
    pub(crate) tool_server: Option<String>,
    #[serde(default)]
    pub(crate) name: Option<String>,
    #[serde(default, rename = "ref")]
    pub(crate) reference: Option<String>,
    #[serde(default)]
    pub(crate) kind: Option<String>,
    #[serde(default)]
    pub(crate) namespace: Option<String>,
}

/// A header of requests; its literal value is not read.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Header {
    #[serde(default)]
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) value_from: Option<HeaderSource>,
}

/// Where a header's value comes from, as kagent writes it: `{"type": "Secret", "name": …, "key": …}`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HeaderSource {
    #[serde(default, rename = "type")]
    pub(crate) kind: Option<String>,
    #[serde(default)]
    pub(crate) name: Option<String>,
    #[serde(default)]
    pub(crate) key: Option<String>,
    /// Older: `namespace/name`.
    #[serde(default)]
    pub(crate) value_ref: Option<String>,
    #[serde(default)]
    pub(crate) secret_key_ref: Option<super::workload::SecretKey>,
}

/// kagent's `ModelConfig`: which model, and the Secret with its key.
#[derive(Debug, Deserialize)]
pub(crate) struct ModelConfig {
    pub(crate) metadata: Meta,
    #[serde(default)]
    pub(crate) spec: ModelSpec,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ModelSpec {
    #[serde(default)]
    pub(crate) model: Option<String>,
    #[serde(default)]
    pub(crate) provider: Option<String>,
    #[serde(default)]
    pub(crate) api_key_secret: Option<String>,
    /// `v1alpha1` called it so.
    #[serde(default)]
    pub(crate) api_key_secret_ref: Option<String>,
    #[serde(default)]
    pub(crate) api_key_secret_key: Option<String>,
    /// Headers that stand in the resource itself; counted, never read.
    #[serde(default)]
    pub(crate) default_headers: Option<std::collections::BTreeMap<String, IgnoredAny>>,
}

/// kagent's `RemoteMCPServer`, `ToolServer`, `MCPServer` or `Memory`.
#[derive(Debug, Deserialize)]
pub(crate) struct ToolServer {
    pub(crate) metadata: Meta,
    #[serde(default)]
    pub(crate) spec: ToolServerSpec,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ToolServerSpec {
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) headers_from: Vec<Header>,
    #[serde(default)]
    pub(crate) api_key_secret_ref: Option<String>,
    #[serde(default)]
    pub(crate) deployment: Option<AgentDeployment>,
}

/// agent-sandbox's `Sandbox`.
#[derive(Debug, Deserialize)]
pub(crate) struct Sandbox {
    pub(crate) metadata: Meta,
    pub(crate) spec: SandboxSpec,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SandboxSpec {
    #[serde(default)]
    pub(crate) replicas: Option<i64>,
    #[serde(default)]
    pub(crate) pod_template: Template,
}
