//! `bedrock.agents` and `bedrock.components`: Bedrock agents with the roles that they run under, and their components:
//! action groups (tools) with the functions that do their work, knowledge bases (memory stores) with their roles and the
//! secrets they sign in with, and collaborators (sub-agents), as the working draft has them. Two scopes, as an agent's
//! existence does not hang on the lists of what it is made of.
//!
//! Instructions are prompts: they are not read.

use whosekey_sdk::listing::{each, whole};
use whosekey_sdk::{
    CollectError, Complete, Entity, EntityId, Evidence, Fact, Issue, Kind, Link, LinkKind, Next, Record, Sink,
};

use crate::api::Calls;
use crate::wire::bedrock::{
    ActionGroup, Agent, Collaborator, GetActionGroup, GetAgent, GetKnowledgeBase, KnowledgeBase, KnowledgeBaseDetail,
    ListActionGroups, ListAgents, ListCollaborators, ListKnowledgeBases,
};
use crate::workload::{by_arn, part_of, runs_as, works_for};

const LIST: &str = "bedrock:ListAgents";
const GET: &str = "bedrock:GetAgent";
const LIST_TOOLS: &str = "bedrock:ListAgentActionGroups";
const GET_TOOL: &str = "bedrock:GetAgentActionGroup";
const GET_MEMORY: &str = "bedrock:GetKnowledgeBase";
const LIST_MEMORIES: &str = "bedrock:ListAgentKnowledgeBases";
const LIST_SUB_AGENTS: &str = "bedrock:ListAgentCollaborators";
/// What declares these agents.
const REGISTRY: &str = "Amazon Bedrock";

/// Collects `bedrock.agents`.
pub(crate) async fn collect_agents(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let (agents, complete) = agents(calls).await?;
    out.page(agents.iter().flat_map(normalize).collect()).await?;
    Ok(complete)
}

/// Collects `bedrock.components`.
pub(crate) async fn collect_components(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let (agents, mut complete) = agents(calls).await?;
    for answer in each(&agents, |agent| components(calls, agent)).await {
        let (records, listed) = answer?;
        out.page(records).await?;
        complete = complete.and(listed);
    }
    Ok(complete)
}

async fn agents(calls: &Calls) -> Result<(Vec<Agent>, Complete), CollectError> {
    let (summaries, complete) = whole(|token| async move {
        let page: ListAgents = calls.bedrock_agent(LIST, "/agents/", Some(asking(token))).await?.ok_or_else(gone)?;
        Ok((page.agent_summaries, Next::from_token(page.next_token)))
    })
    .await?;
    let paths = calls.asked(summaries).map(|summary| format!("/agents/{}/", summary.agent_id));
    let answers = each(paths, |path| async move { calls.bedrock_agent::<GetAgent>(GET, &path, None).await }).await;
    let found: Result<Vec<_>, Issue> = answers.into_iter().collect();
    Ok((found?.into_iter().flatten().map(|answer| answer.agent).collect(), complete))
}

/// The body of a request for a page.
fn asking(token: Option<String>) -> String {
    match token {
        Some(token) => serde_json::json!({ "nextToken": token }).to_string(),
        None => "{}".to_owned(),
    }
}

fn gone() -> Issue {
    Issue::new(whosekey_sdk::IssueKind::Unsupported, format!("{LIST}: not found"))
}

async fn components(calls: &Calls, agent: &Agent) -> Result<(Vec<Record>, Complete), CollectError> {
    let draft = &format!("/agents/{}/agentversions/DRAFT", agent.agent_id);
    let (tools, tools_listed) = whole(|token| async move {
        let path = format!("{draft}/actiongroups/");
        let page: Option<ListActionGroups> = calls.bedrock_agent(LIST_TOOLS, &path, Some(asking(token))).await?;
        let Some(page) = page else { return Ok((Vec::new(), Next::End)) };
        Ok((page.action_group_summaries, Next::from_token(page.next_token)))
    })
    .await?;
    let (memories, memories_listed) = whole(|token| async move {
        let path = format!("{draft}/knowledgebases/");
        let page: Option<ListKnowledgeBases> = calls.bedrock_agent(LIST_MEMORIES, &path, Some(asking(token))).await?;
        let Some(page) = page else { return Ok((Vec::new(), Next::End)) };
        Ok((page.agent_knowledge_base_summaries, Next::from_token(page.next_token)))
    })
    .await?;
    let mut complete = tools_listed.and(memories_listed);
    let mut records: Vec<Record> = Vec::new();
    let executors = each(&tools, |group| async move {
        let path = format!("{draft}/actiongroups/{}/", group.action_group_id);
        calls.bedrock_agent::<GetActionGroup>(GET_TOOL, &path, None).await
    })
    .await;
    for (group, answer) in tools.iter().zip(executors) {
        let executor = answer?.and_then(|answer| answer.agent_action_group.action_group_executor);
        records.extend(tool(group, agent, executor.and_then(|executor| executor.lambda).as_deref()));
    }
    let details = each(&memories, |base| async move {
        let path = format!("/knowledgebases/{}", base.knowledge_base_id);
        calls.bedrock_agent::<GetKnowledgeBase>(GET_MEMORY, &path, None).await
    })
    .await;
    for (base, answer) in memories.iter().zip(details) {
        records.extend(memory(base, agent, answer?.map(|answer| answer.knowledge_base).as_ref()));
    }
    // Only an agent that works with others has a list of them; asking the rest is refused.
    if agent.agent_collaboration.as_deref().is_some_and(|mode| mode != "DISABLED") {
        let (sub_agents, listed) = whole(|token| async move {
            let path = format!("{draft}/agentcollaborators/");
            let page: Option<ListCollaborators> =
                calls.bedrock_agent(LIST_SUB_AGENTS, &path, Some(asking(token))).await?;
            let Some(page) = page else { return Ok((Vec::new(), Next::End)) };
            Ok((page.agent_collaborator_summaries, Next::from_token(page.next_token)))
        })
        .await?;
        complete = complete.and(listed);
        records.extend(sub_agents.iter().flat_map(|one| sub_agent(one, agent)));
    }
    Ok((records, complete))
}

fn normalize(agent: &Agent) -> Vec<Record> {
    let mut entity = by_arn(&agent.agent_arn, Kind::Agent, "aws.bedrock-agent", &agent.agent_name)
        .attribute("component", "orchestrator")
        .attribute("registry", REGISTRY);
    if let Some(model) = &agent.foundation_model {
        entity = entity.attribute("model", model.as_str());
    }
    entity.created_at = agent.created_at.into();
    entity.enabled = match agent.agent_status.as_str() {
        "DELETING" => Fact::Known(false),
        "FAILED" => Fact::NotExposed,
        _ => Fact::Known(true),
    };
    let role = runs_as(&entity.id, agent.agent_resource_role_arn.as_deref(), GET);
    [Some(entity.into()), role].into_iter().flatten().collect()
}

fn component(agent: &Agent, kind: &str, id: &str, component: &str, name: &str) -> Entity {
    let id = format!("aws:{}/{kind}/{id}", agent.agent_arn);
    Entity::new(id, Kind::Agent, format!("aws.bedrock-{kind}"), name).attribute("component", component)
}

fn with_whole(entity: Entity, agent: &Agent, because: &str) -> Vec<Record> {
    let link = part_of(&entity.id, &EntityId::new(format!("aws:{}", agent.agent_arn)), because);
    vec![entity.into(), link]
}

fn tool(group: &ActionGroup, agent: &Agent, function: Option<&str>) -> Vec<Record> {
    let mut entity = component(agent, "action-group", &group.action_group_id, "tool", &group.action_group_name);
    entity.enabled = Fact::Known(group.action_group_state == "ENABLED");
    let function = works_for(function, &entity.id, GET_TOOL);
    let mut records = with_whole(entity, agent, LIST_TOOLS);
    records.extend(function);
    records
}

fn memory(base: &KnowledgeBase, agent: &Agent, detail: Option<&KnowledgeBaseDetail>) -> Vec<Record> {
    let id = &base.knowledge_base_id;
    let name = detail.map_or(id.as_str(), |detail| detail.name.as_str());
    let mut entity = component(agent, "knowledge-base", id, "memory-store", name);
    entity.enabled = Fact::Known(base.knowledge_base_state == "ENABLED");
    let id = entity.id.clone();
    let mut records = with_whole(entity, agent, LIST_MEMORIES);
    let Some(detail) = detail else { return records };
    records.extend(runs_as(&id, detail.role_arn.as_deref(), GET_MEMORY));
    if let Some(secret) = detail.storage_configuration.as_ref().and_then(|storage| storage.secret_arn()) {
        records.extend(sign_in(&id, detail, secret));
    }
    records
}

/// What a memory store signs in to its database with: one credential for all agents that use it, kept in a secret.
fn sign_in(memory: &EntityId, detail: &KnowledgeBaseDetail, secret: &str) -> Vec<Record> {
    let id = format!("aws:{}/credentials", detail.knowledge_base_arn);
    let name = format!("database credentials of {}", detail.name);
    let entity = Entity::new(id.as_str(), Kind::Credential, "aws.knowledge-base-credentials", name);
    let stored = Link::new(id.as_str(), LinkKind::StoredIn, format!("aws:{secret}"), Evidence::Proven, GET_MEMORY);
    let held = Link::new(memory, LinkKind::Holds, id.as_str(), Evidence::Proven, GET_MEMORY);
    vec![entity.into(), stored.into(), held.attribute("value_class", "reference").into()]
}

fn sub_agent(one: &Collaborator, agent: &Agent) -> Vec<Record> {
    let mut entity = component(agent, "collaborator", &one.collaborator_id, "sub-agent", &one.collaborator_name);
    entity.enabled = Fact::Known(true);
    if let Some(arn) = one.agent_descriptor.as_ref().and_then(|descriptor| descriptor.alias_arn.as_deref()) {
        entity = entity.attribute("agent_alias", arn);
    }
    with_whole(entity, agent, LIST_SUB_AGENTS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const AGENT: &str = r#"{"agent":{"agentId":"AGENT1","agentName":"support","agentVersion":"DRAFT",
        "agentArn":"arn:aws:bedrock:eu-west-1:000000000000:agent/AGENT1","agentStatus":"PREPARED",
        "agentResourceRoleArn":"arn:aws:iam::000000000000:role/support-agent","instruction":"use the key hunter2",
        "createdAt":"2026-01-01T00:00:00Z","idleSessionTTLInSeconds":600}}"#;

    #[test]
    fn an_agent_runs_as_its_role_and_its_prompt_is_not_kept() {
        let answer: GetAgent = serde_json::from_str(AGENT).unwrap();
        let records = normalize(&answer.agent);
        let Record::Link(link) = &records[1] else { panic!("{records:?}") };
        assert_eq!((link.kind, link.to.as_str()), (LinkKind::RunsAs, "arn:aws:iam::000000000000:role/support-agent"));
        assert!(!format!("{records:?}").contains("hunter2"));
    }

    #[test]
    fn components_are_part_of_their_agent() {
        let answer: GetAgent = serde_json::from_str(AGENT).unwrap();
        let group = ActionGroup {
            action_group_id: "G1".into(),
            action_group_name: "refunds".into(),
            action_group_state: "DISABLED".into(),
        };
        let function = "arn:aws:lambda:eu-west-1:000000000000:function:refunds";
        let records = tool(&group, &answer.agent, Some(&format!("{function}:live")));
        let (Record::Entity(entity), Record::Link(link)) = (&records[0], &records[1]) else { panic!("{records:?}") };
        assert_eq!(entity.enabled, Fact::Known(false));
        assert_eq!(link.to.as_str(), "aws:arn:aws:bedrock:eu-west-1:000000000000:agent/AGENT1");
        let Record::Link(works) = &records[2] else { panic!("{records:?}") };
        assert_eq!((works.kind, works.from.as_str()), (LinkKind::PartOf, function), "whatever its version or alias");
    }

    #[test]
    fn a_memory_store_runs_as_its_role_and_holds_a_credential_that_is_kept_in_a_secret() {
        let agent: GetAgent = serde_json::from_str(AGENT).unwrap();
        let base: KnowledgeBase =
            serde_json::from_str(r#"{"knowledgeBaseId":"KB1","knowledgeBaseState":"ENABLED"}"#).unwrap();
        let detail: GetKnowledgeBase = serde_json::from_str(
            r#"{"knowledgeBase":{"knowledgeBaseId":"KB1","name":"manuals","status":"ACTIVE",
                "knowledgeBaseArn":"arn:aws:bedrock:eu-west-1:000000000000:knowledge-base/KB1",
                "roleArn":"arn:aws:iam::000000000000:role/manuals","storageConfiguration":{"type":"PINECONE",
                "pineconeConfiguration":{"connectionString":"https://x","credentialsSecretArn":"arn:aws:secretsmanager:eu-west-1:000000000000:secret:p"}}}}"#,
        )
        .unwrap();
        let records = memory(&base, &agent.agent, Some(&detail.knowledge_base));
        let ends: Vec<_> = records
            .iter()
            .filter_map(|record| match record {
                Record::Link(link) => Some((link.kind, link.to.as_str())),
                _ => None,
            })
            .collect();
        let credential = "aws:arn:aws:bedrock:eu-west-1:000000000000:knowledge-base/KB1/credentials";
        assert_eq!(
            ends[1..],
            [
                (LinkKind::RunsAs, "arn:aws:iam::000000000000:role/manuals"),
                (LinkKind::StoredIn, "aws:arn:aws:secretsmanager:eu-west-1:000000000000:secret:p"),
                (LinkKind::Holds, credential),
            ]
        );
    }
}
