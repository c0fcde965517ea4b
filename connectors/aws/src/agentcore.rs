//! AgentCore: runtimes and harnesses (orchestrators) and memories (memory stores) with their roles, workload identities,
//! and the providers that hold credentials for other services. One scope for each, as each is a listing with a permission
//! of its own; gateways have a file of their own.
//!
//! What AgentCore lists is registered with it, so none of it is a shadow agent. Prompts are not read.

use aws_sdk_bedrockagentcorecontrol::operation::get_agent_runtime::GetAgentRuntimeOutput;
use aws_sdk_bedrockagentcorecontrol::types::{Harness, Memory, WorkloadIdentityType};
use aws_smithy_types::DateTime;
use whosekey_sdk::listing::{each, pages_into};
use whosekey_sdk::{CollectError, Complete, Entity, Evidence, Fact, Issue, Kind, Link, LinkKind, Next, Record, Sink};

use crate::api::Calls;
use crate::environment::held_keys;
use crate::time::timestamp;
use crate::workload::{by_arn, runs_as};

const LIST_RUNTIMES: &str = "bedrock-agentcore:ListAgentRuntimes";
const GET_RUNTIME: &str = "bedrock-agentcore:GetAgentRuntime";
const LIST_IDENTITIES: &str = "bedrock-agentcore:ListWorkloadIdentities";
const LIST_OAUTH2: &str = "bedrock-agentcore:ListOauth2CredentialProviders";
const GET_OAUTH2: &str = "bedrock-agentcore:GetOauth2CredentialProvider";
const LIST_API_KEYS: &str = "bedrock-agentcore:ListApiKeyCredentialProviders";
const GET_API_KEY: &str = "bedrock-agentcore:GetApiKeyCredentialProvider";
const LIST_HARNESSES: &str = "bedrock-agentcore:ListHarnesses";
const GET_HARNESS: &str = "bedrock-agentcore:GetHarness";
const LIST_MEMORIES: &str = "bedrock-agentcore:ListMemories";
const GET_MEMORY: &str = "bedrock-agentcore:GetMemory";
/// What declares these agents.
pub(crate) const REGISTRY: &str = "Amazon Bedrock AgentCore";

/// Collects `agentcore.runtimes`.
pub(crate) async fn collect_runtimes(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let agentcore = &calls.agentcore();
    pages_into(out, |token| async move {
        let answer = agentcore.list_agent_runtimes().set_next_token(token).send().await;
        let page = answer.map_err(|error| calls.issue(LIST_RUNTIMES, error))?;
        let ids = page.agent_runtimes.into_iter().map(|runtime| runtime.agent_runtime_id);
        let answers = each(ids, |id| async move {
            calls.found(GET_RUNTIME, agentcore.get_agent_runtime().agent_runtime_id(id).send().await)
        })
        .await;
        Ok((records(answers, normalize_runtime)?, Next::from_token(page.next_token)))
    })
    .await
}

/// Collects `agentcore.harnesses`.
pub(crate) async fn collect_harnesses(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let agentcore = &calls.agentcore();
    pages_into(out, |token| async move {
        let answer = agentcore.list_harnesses().set_next_token(token).send().await;
        let page = answer.map_err(|error| calls.issue(LIST_HARNESSES, error))?;
        let ids = page.harnesses.into_iter().map(|harness| harness.harness_id);
        let answers = each(ids, |id| async move {
            let answer = calls.found(GET_HARNESS, agentcore.get_harness().harness_id(id).send().await)?;
            Ok::<_, Issue>(answer.and_then(|answer| answer.harness))
        })
        .await;
        Ok((records(answers, normalize_harness)?, Next::from_token(page.next_token)))
    })
    .await
}

/// Collects `agentcore.memories`.
pub(crate) async fn collect_memories(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let agentcore = &calls.agentcore();
    pages_into(out, |token| async move {
        let answer = agentcore.list_memories().set_next_token(token).send().await;
        let page = answer.map_err(|error| calls.issue(LIST_MEMORIES, error))?;
        let ids = page.memories.into_iter().filter_map(|memory| memory.id);
        let answers = each(ids, |id| async move {
            let answer = calls.found(GET_MEMORY, agentcore.get_memory().memory_id(id).send().await)?;
            Ok::<_, Issue>(answer.and_then(|answer| answer.memory))
        })
        .await;
        Ok((records(answers, normalize_memory)?, Next::from_token(page.next_token)))
    })
    .await
}

/// Collects `agentcore.workload-identities`.
pub(crate) async fn collect_identities(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let agentcore = &calls.agentcore();
    pages_into(out, |token| async move {
        let answer = agentcore.list_workload_identities().set_next_token(token).send().await;
        let page = answer.map_err(|error| calls.issue(LIST_IDENTITIES, error))?;
        let records = page.workload_identities.iter().map(normalize_identity).collect();
        Ok((records, Next::from_token(page.next_token)))
    })
    .await
}

/// Collects `agentcore.credential-providers`.
pub(crate) async fn collect_providers(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let agentcore = &calls.agentcore();
    let oauth2 = pages_into(out, |token| async move {
        let answer = agentcore.list_oauth2_credential_providers().set_next_token(token).send().await;
        let page = answer.map_err(|error| calls.issue(LIST_OAUTH2, error))?;
        let names = page.credential_providers.into_iter().map(|provider| provider.name);
        let answers = each(names, |name| async move {
            calls.found(GET_OAUTH2, agentcore.get_oauth2_credential_provider().name(name).send().await)
        })
        .await;
        let records = records(answers, |provider| {
            provider_of(&Provider {
                arn: &provider.credential_provider_arn,
                name: &provider.name,
                type_name: "aws.agentcore-oauth2-client",
                created_at: &provider.created_time,
                secret: provider.client_secret_arn.as_ref().map(|secret| secret.secret_arn()),
                because: GET_OAUTH2,
            })
        })?;
        Ok((records, Next::from_token(page.next_token)))
    })
    .await?;
    let api_keys = pages_into(out, |token| async move {
        let answer = agentcore.list_api_key_credential_providers().set_next_token(token).send().await;
        let page = answer.map_err(|error| calls.issue(LIST_API_KEYS, error))?;
        let names = page.credential_providers.into_iter().map(|provider| provider.name);
        let answers = each(names, |name| async move {
            calls.found(GET_API_KEY, agentcore.get_api_key_credential_provider().name(name).send().await)
        })
        .await;
        let records = records(answers, |provider| {
            provider_of(&Provider {
                arn: &provider.credential_provider_arn,
                name: &provider.name,
                type_name: "aws.agentcore-api-key",
                created_at: &provider.created_time,
                secret: provider.api_key_secret_arn.as_ref().map(|secret| secret.secret_arn()),
                because: GET_API_KEY,
            })
        })?;
        Ok((records, Next::from_token(page.next_token)))
    })
    .await?;
    Ok(oauth2.and(api_keys))
}

/// The records of what was found; what is gone since it was listed is left out.
fn records<T>(
    answers: Vec<Result<Option<T>, Issue>>,
    normalize: impl Fn(&T) -> Vec<Record>,
) -> Result<Vec<Record>, Issue> {
    let mut records = Vec::new();
    for answer in answers {
        records.extend(answer?.iter().flat_map(&normalize));
    }
    Ok(records)
}

fn normalize_runtime(runtime: &GetAgentRuntimeOutput) -> Vec<Record> {
    // The ARN may end in a version, and tomorrow's version is the same agent.
    let id = format!("aws:agentcore-runtime/{}", runtime.agent_runtime_id());
    let mut entity = Entity::new(id, Kind::Agent, "aws.agentcore-runtime", runtime.agent_runtime_name())
        .alias(runtime.agent_runtime_arn())
        .attribute("component", "orchestrator")
        .attribute("registry", REGISTRY);
    entity.created_at = Fact::Known(timestamp(runtime.created_at()));
    entity.enabled = alive(runtime.status().as_str());
    let id = entity.id.clone();
    let mut records: Vec<Record> = vec![entity.into()];
    records.extend(runs_as(&id, Some(runtime.role_arn()), GET_RUNTIME));
    let identity = runtime.workload_identity_details().map(|details| details.workload_identity_arn());
    records.extend(runs_as(&id, identity, GET_RUNTIME));
    let variables = runtime.environment_variables().into_iter().flat_map(|all| all.values());
    records.extend(held_keys(&id, variables.map(String::as_str)));
    records
}

fn normalize_harness(harness: &Harness) -> Vec<Record> {
    let mut entity = by_arn(harness.arn(), Kind::Agent, "aws.agentcore-harness", harness.harness_name())
        .attribute("component", "orchestrator")
        .attribute("registry", REGISTRY);
    entity.created_at = Fact::Known(timestamp(harness.created_at()));
    entity.enabled = alive(harness.status().as_str());
    let id = entity.id.clone();
    let mut records: Vec<Record> = vec![entity.into()];
    records.extend(runs_as(&id, Some(harness.execution_role_arn()), GET_HARNESS));
    let variables = harness.environment_variables().into_iter().flat_map(|all| all.values());
    records.extend(held_keys(&id, variables.map(String::as_str)));
    records
}

fn normalize_memory(memory: &Memory) -> Vec<Record> {
    let mut entity = by_arn(memory.arn(), Kind::Agent, "aws.agentcore-memory", memory.name())
        .attribute("component", "memory-store")
        .attribute("registry", REGISTRY);
    entity.created_at = Fact::Known(timestamp(memory.created_at()));
    entity.enabled = alive(memory.status().as_str());
    let id = entity.id.clone();
    let mut records: Vec<Record> = vec![entity.into()];
    records.extend(runs_as(&id, memory.memory_execution_role_arn(), GET_MEMORY));
    records
}

/// What is being deleted has ended; of what failed it is not known what still works.
pub(crate) fn alive(status: &str) -> Fact<bool> {
    match status {
        "DELETING" => Fact::Known(false),
        _ if status.ends_with("FAILED") => Fact::NotExposed,
        _ => Fact::Known(true),
    }
}

fn normalize_identity(identity: &WorkloadIdentityType) -> Record {
    let arn = identity.workload_identity_arn();
    let mut entity = by_arn(arn, Kind::Identity, "aws.agentcore-workload-identity", identity.name());
    entity.enabled = Fact::Known(true);
    entity.into()
}

struct Provider<'a> {
    arn: &'a str,
    name: &'a str,
    type_name: &'static str,
    created_at: &'a DateTime,
    secret: Option<&'a str>,
    because: &'static str,
}

fn provider_of(provider: &Provider<'_>) -> Vec<Record> {
    let mut entity = by_arn(provider.arn, Kind::Credential, provider.type_name, provider.name);
    entity.created_at = Fact::Known(timestamp(provider.created_at));
    entity.enabled = Fact::Known(true);
    let stored = provider.secret.map(|secret| {
        Link::new(&entity.id, LinkKind::StoredIn, format!("aws:{secret}"), Evidence::Proven, provider.because).into()
    });
    [Some(entity.into()), stored].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_is_a_credential_that_is_stored_in_a_secret() {
        let records = provider_of(&Provider {
            arn: "arn:aws:bedrock-agentcore:eu-west-1:000000000000:token-vault/default/apikeycredentialprovider/x",
            name: "search",
            type_name: "aws.agentcore-api-key",
            created_at: &DateTime::from_secs(1_750_000_000),
            secret: Some("arn:aws:secretsmanager:eu-west-1:000000000000:secret:x"),
            because: GET_API_KEY,
        });
        let Record::Link(link) = &records[1] else { panic!("{records:?}") };
        assert_eq!(link.kind, LinkKind::StoredIn);
        assert_eq!(link.to.as_str(), "aws:arn:aws:secretsmanager:eu-west-1:000000000000:secret:x");
    }

    #[test]
    fn what_failed_is_not_known_to_be_switched_off() {
        assert_eq!(alive("UPDATE_FAILED"), Fact::NotExposed);
        assert_eq!(alive("DELETING"), Fact::Known(false));
        assert_eq!(alive("READY"), Fact::Known(true));
    }
}
