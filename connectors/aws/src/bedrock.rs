//! `bedrock.agents`: Bedrock agents, the roles that they run under, and their components: action groups (tools),
//! knowledge bases (memory stores) and collaborators (sub-agents), as the working draft has them.
//!
//! Instructions are prompts: they are not read beyond the SDK's own parsing, and not kept.

use aws_sdk_bedrockagent::types::{
    ActionGroupState, ActionGroupSummary, Agent, AgentCollaboratorSummary, AgentKnowledgeBaseSummary, AgentStatus,
    KnowledgeBaseState,
};
use whosekey_sdk::{CollectError, Complete, Entity, EntityId, Fact, Issue, Kind, Next, Record, Sink};

use crate::api::Calls;
use crate::api::paging::{each, whole};
use crate::time::timestamp;
use crate::workload::{by_arn, part_of, runs_as};

const LIST: &str = "bedrock:ListAgents";
const GET: &str = "bedrock:GetAgent";
const LIST_TOOLS: &str = "bedrock:ListAgentActionGroups";
const LIST_MEMORIES: &str = "bedrock:ListAgentKnowledgeBases";
const LIST_SUB_AGENTS: &str = "bedrock:ListAgentCollaborators";
/// The version of an agent that is being worked on; every agent has it.
const DRAFT: &str = "DRAFT";

/// Collects the scope.
pub(crate) async fn collect(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let bedrock = &calls.bedrock_agent();
    let (summaries, mut complete) = whole(|token| async move {
        let answer = bedrock.list_agents().set_next_token(token).send().await;
        let page = answer.map_err(|error| calls.issue(LIST, error))?;
        Ok((page.agent_summaries, Next::from_token(page.next_token)))
    })
    .await?;
    let ids = summaries.into_iter().map(|summary| summary.agent_id);
    let answers = each(ids, |id| async move { calls.found(GET, bedrock.get_agent().agent_id(id).send().await) }).await;
    let found: Result<Vec<_>, Issue> = answers.into_iter().collect();
    let agents: Vec<Agent> = found?.into_iter().flatten().filter_map(|answer| answer.agent).collect();
    out.page(agents.iter().flat_map(normalize).collect()).await?;
    let components = each(&agents, |agent| components(calls, agent)).await;
    for answer in components {
        let (records, listed) = answer?;
        out.page(records).await?;
        complete = complete.and(listed);
    }
    Ok(complete)
}

async fn components(calls: &Calls, agent: &Agent) -> Result<(Vec<Record>, Complete), CollectError> {
    let bedrock = &calls.bedrock_agent();
    let agent_id = agent.agent_id();
    let (tools, tools_listed) = whole(|token| async move {
        let call = bedrock.list_agent_action_groups().agent_id(agent_id).agent_version(DRAFT).set_next_token(token);
        let Some(page) = calls.found(LIST_TOOLS, call.send().await)? else { return Ok((Vec::new(), Next::End)) };
        Ok((page.action_group_summaries, Next::from_token(page.next_token)))
    })
    .await?;
    let (memories, memories_listed) = whole(|token| async move {
        let call = bedrock.list_agent_knowledge_bases().agent_id(agent_id).agent_version(DRAFT).set_next_token(token);
        let Some(page) = calls.found(LIST_MEMORIES, call.send().await)? else { return Ok((Vec::new(), Next::End)) };
        Ok((page.agent_knowledge_base_summaries, Next::from_token(page.next_token)))
    })
    .await?;
    let mut complete = tools_listed.and(memories_listed);
    let whole_agent = EntityId::new(format!("aws:{}", agent.agent_arn()));
    let mut records: Vec<Record> = Vec::new();
    records.extend(tools.iter().flat_map(|group| tool(group, agent, &whole_agent)));
    records.extend(memories.iter().flat_map(|base| memory(base, agent, &whole_agent)));
    // Only an agent that works with others has a list of them; asking the rest is refused.
    if agent.agent_collaboration().is_some_and(|mode| mode.as_str() != "DISABLED") {
        let (sub_agents, listed) = whole(|token| async move {
            let call = bedrock.list_agent_collaborators().agent_id(agent_id).agent_version(DRAFT);
            let answer = call.set_next_token(token).send().await;
            let Some(page) = calls.found(LIST_SUB_AGENTS, answer)? else { return Ok((Vec::new(), Next::End)) };
            Ok((page.agent_collaborator_summaries, Next::from_token(page.next_token)))
        })
        .await?;
        complete = complete.and(listed);
        records.extend(sub_agents.iter().flat_map(|one| sub_agent(one, agent, &whole_agent)));
    }
    Ok((records, complete))
}

fn normalize(agent: &Agent) -> Vec<Record> {
    let mut entity = by_arn(agent.agent_arn(), Kind::Agent, "aws.bedrock-agent", agent.agent_name())
        .attribute("component", "orchestrator");
    if let Some(model) = agent.foundation_model() {
        entity = entity.attribute("model", model);
    }
    entity.created_at = Fact::Known(timestamp(agent.created_at()));
    entity.enabled = match agent.agent_status() {
        AgentStatus::Deleting => Fact::Known(false),
        AgentStatus::Failed => Fact::NotExposed,
        _ => Fact::Known(true),
    };
    let id = entity.id.clone();
    let role = runs_as(&id, Some(agent.agent_resource_role_arn()), GET);
    [Some(entity.into()), role].into_iter().flatten().collect()
}

fn component(agent: &Agent, kind: &str, id: &str, component: &str, name: &str) -> Entity {
    let id = format!("aws:{}/{kind}/{id}", agent.agent_arn());
    Entity::new(id, Kind::Agent, format!("aws.bedrock-{kind}"), name).attribute("component", component)
}

fn tool(group: &ActionGroupSummary, agent: &Agent, whole_agent: &EntityId) -> Vec<Record> {
    let mut entity = component(agent, "action-group", group.action_group_id(), "tool", group.action_group_name());
    entity.enabled = Fact::Known(group.action_group_state() == &ActionGroupState::Enabled);
    let link = part_of(&entity.id, whole_agent, LIST_TOOLS);
    vec![entity.into(), link]
}

fn memory(base: &AgentKnowledgeBaseSummary, agent: &Agent, whole_agent: &EntityId) -> Vec<Record> {
    let id = base.knowledge_base_id();
    let mut entity = component(agent, "knowledge-base", id, "memory-store", id);
    entity.enabled = Fact::Known(base.knowledge_base_state() == &KnowledgeBaseState::Enabled);
    let link = part_of(&entity.id, whole_agent, LIST_MEMORIES);
    vec![entity.into(), link]
}

fn sub_agent(one: &AgentCollaboratorSummary, agent: &Agent, whole_agent: &EntityId) -> Vec<Record> {
    let mut entity = component(agent, "collaborator", one.collaborator_id(), "sub-agent", one.collaborator_name());
    entity.enabled = Fact::Known(true);
    if let Some(arn) = one.agent_descriptor().and_then(|descriptor| descriptor.alias_arn()) {
        entity = entity.attribute("agent_alias", arn);
    }
    let link = part_of(&entity.id, whole_agent, LIST_SUB_AGENTS);
    vec![entity.into(), link]
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::DateTime;
    use whosekey_sdk::LinkKind;

    use super::*;

    #[test]
    fn an_agent_runs_as_its_role_and_its_prompt_is_not_kept() {
        let agent = Agent::builder()
            .agent_id("AGENT1")
            .agent_name("support")
            .agent_arn("arn:aws:bedrock:eu-west-1:000000000000:agent/AGENT1")
            .agent_version(DRAFT)
            .agent_status(AgentStatus::Prepared)
            .idle_session_ttl_in_seconds(600)
            .agent_resource_role_arn("arn:aws:iam::000000000000:role/support-agent")
            .instruction("use the key hunter2")
            .created_at(DateTime::from_secs(1_750_000_000))
            .updated_at(DateTime::from_secs(1_750_000_000))
            .build()
            .unwrap();
        let records = normalize(&agent);
        let Record::Link(link) = &records[1] else { panic!("{records:?}") };
        assert_eq!((link.kind, link.to.as_str()), (LinkKind::RunsAs, "arn:aws:iam::000000000000:role/support-agent"));
        assert!(!format!("{records:?}").contains("hunter2"));
    }
}
