//! Bedrock agents, as far as they are read. Times come as text or as numbers.

use serde::{Deserialize, Deserializer};
use whosekey_sdk::Timestamp;

/// `ListAgents`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ListAgents {
    pub(crate) agent_summaries: Vec<AgentSummary>,
    pub(crate) next_token: Option<String>,
}

/// An agent, in the list.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AgentSummary {
    pub(crate) agent_id: String,
}

/// `GetAgent`.
#[derive(Debug, Deserialize)]
pub(crate) struct GetAgent {
    pub(crate) agent: Agent,
}

/// An agent. Its instruction is not read: it is a prompt, and may hold anything.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Agent {
    pub(crate) agent_id: String,
    pub(crate) agent_arn: String,
    pub(crate) agent_name: String,
    pub(crate) agent_status: String,
    pub(crate) agent_resource_role_arn: Option<String>,
    pub(crate) foundation_model: Option<String>,
    pub(crate) agent_collaboration: Option<String>,
    #[serde(default, deserialize_with = "moment")]
    pub(crate) created_at: Option<Timestamp>,
}

/// `ListAgentActionGroups`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ListActionGroups {
    pub(crate) action_group_summaries: Vec<ActionGroup>,
    pub(crate) next_token: Option<String>,
}

/// A set of tools.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ActionGroup {
    pub(crate) action_group_id: String,
    pub(crate) action_group_name: String,
    pub(crate) action_group_state: String,
}

/// `GetAgentActionGroup`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GetActionGroup {
    pub(crate) agent_action_group: ActionGroupDetail,
}

/// A set of tools, in detail. Its schema is not read.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ActionGroupDetail {
    pub(crate) action_group_executor: Option<Executor>,
}

/// What runs a tool: a function, or whoever called the agent.
#[derive(Debug, Deserialize)]
pub(crate) struct Executor {
    pub(crate) lambda: Option<String>,
}

/// `GetKnowledgeBase`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GetKnowledgeBase {
    pub(crate) knowledge_base: KnowledgeBaseDetail,
}

/// A memory store, in detail.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KnowledgeBaseDetail {
    pub(crate) knowledge_base_arn: String,
    pub(crate) name: String,
    pub(crate) role_arn: Option<String>,
    pub(crate) storage_configuration: Option<Storage>,
}

/// Where a memory store keeps what it knows; the kinds that need a credential.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Storage {
    pinecone_configuration: Option<Database>,
    redis_enterprise_cloud_configuration: Option<Database>,
    rds_configuration: Option<Database>,
    mongo_db_atlas_configuration: Option<Database>,
}

impl Storage {
    /// The secret that holds the credential.
    pub(crate) fn secret_arn(&self) -> Option<&str> {
        let all = [
            &self.pinecone_configuration,
            &self.redis_enterprise_cloud_configuration,
            &self.rds_configuration,
            &self.mongo_db_atlas_configuration,
        ];
        all.into_iter().flatten().find_map(|database| database.credentials_secret_arn.as_deref())
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Database {
    credentials_secret_arn: Option<String>,
}

/// `ListAgentKnowledgeBases`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ListKnowledgeBases {
    pub(crate) agent_knowledge_base_summaries: Vec<KnowledgeBase>,
    pub(crate) next_token: Option<String>,
}

/// A memory store.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KnowledgeBase {
    pub(crate) knowledge_base_id: String,
    pub(crate) knowledge_base_state: String,
}

/// `ListAgentCollaborators`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ListCollaborators {
    pub(crate) agent_collaborator_summaries: Vec<Collaborator>,
    pub(crate) next_token: Option<String>,
}

/// A sub-agent.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Collaborator {
    pub(crate) collaborator_id: String,
    pub(crate) collaborator_name: String,
    pub(crate) agent_descriptor: Option<AgentDescriptor>,
}

/// Which agent a sub-agent is.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AgentDescriptor {
    pub(crate) alias_arn: Option<String>,
}

fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Text(String),
        Seconds(f64),
    }
    Ok(match Option::<Written>::deserialize(deserializer)? {
        Some(Written::Text(text)) => text.parse().ok(),
        #[expect(clippy::cast_possible_truncation, reason = "a float that is no time saturates, and is then clamped")]
        Some(Written::Seconds(seconds)) => Some(Timestamp::from_millis((seconds * 1000.0) as i64)),
        None => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_text_and_as_numbers() {
        for written in [r#""2026-11-24T09:00:00Z""#, "1795510800.0", "1795510800"] {
            let json = format!(
                r#"{{"agentId":"A","agentArn":"arn:x","agentName":"n","agentStatus":"PREPARED","createdAt":{written}}}"#
            );
            let agent: Agent = serde_json::from_str(&json).unwrap();
            assert_eq!(agent.created_at.unwrap().to_string(), "2026-11-24T09:00:00Z", "{written}");
        }
    }
}
