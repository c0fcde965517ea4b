//! `agentcore.gateways`: gateways (tools) with their roles, and what their targets use: the credentials that AgentCore
//! keeps, and Lambda functions.

use aws_sdk_bedrockagentcorecontrol::operation::get_gateway::GetGatewayOutput;
use aws_sdk_bedrockagentcorecontrol::operation::get_gateway_target::GetGatewayTargetOutput;
use aws_sdk_bedrockagentcorecontrol::types::CredentialProvider;
use whosekey_sdk::listing::{each, pages_into, whole};
use whosekey_sdk::{CollectError, Complete, EntityId, Evidence, Fact, Kind, Link, LinkKind, Next, Record, Sink};

use crate::agentcore::{REGISTRY, alive};
use crate::api::Calls;
use crate::time::timestamp;
use crate::workload::{by_arn, runs_as, works_for};

const LIST: &str = "bedrock-agentcore:ListGateways";
const GET: &str = "bedrock-agentcore:GetGateway";
const LIST_TARGETS: &str = "bedrock-agentcore:ListGatewayTargets";
const GET_TARGET: &str = "bedrock-agentcore:GetGatewayTarget";

/// Collects the scope.
pub(crate) async fn collect(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let agentcore = &calls.agentcore();
    pages_into(out, |token| async move {
        let answer = agentcore.list_gateways().set_next_token(token).send().await;
        let page = answer.map_err(|error| calls.issue(LIST, error))?;
        let ids = page.items.into_iter().map(|gateway| gateway.gateway_id);
        let mut records = Vec::new();
        for answer in each(ids, |id| gateway(calls, id)).await {
            records.extend(answer?);
        }
        Ok((records, Next::from_token(page.next_token)))
    })
    .await
}

/// One gateway; nothing when it is gone since it was listed.
async fn gateway(calls: &Calls, id: String) -> Result<Vec<Record>, CollectError> {
    let agentcore = &calls.agentcore();
    let id = id.as_str();
    let answer = agentcore.get_gateway().gateway_identifier(id).send().await;
    let Some(gateway) = calls.found(GET, answer)? else { return Ok(Vec::new()) };
    let (targets, _whole) = whole(|token| async move {
        let answer = agentcore.list_gateway_targets().gateway_identifier(id).set_next_token(token).send().await;
        let Some(page) = calls.found(LIST_TARGETS, answer)? else { return Ok((Vec::new(), Next::End)) };
        Ok((page.items, Next::from_token(page.next_token)))
    })
    .await?;
    let targets = targets.into_iter().map(|target| target.target_id);
    let answers = each(targets, |target| async move {
        let call = agentcore.get_gateway_target().gateway_identifier(id).target_id(target);
        calls.found(GET_TARGET, call.send().await)
    })
    .await;
    let mut records = normalize(&gateway);
    let id = EntityId::new(format!("aws:{}", gateway.gateway_arn()));
    for answer in answers {
        records.extend(answer?.iter().flat_map(|target| uses(&id, target)));
    }
    Ok(records)
}

fn normalize(gateway: &GetGatewayOutput) -> Vec<Record> {
    let mut entity = by_arn(gateway.gateway_arn(), Kind::Agent, "aws.agentcore-gateway", gateway.name())
        .attribute("component", "tool")
        .attribute("registry", REGISTRY);
    entity.created_at = Fact::Known(timestamp(gateway.created_at()));
    entity.enabled = alive(gateway.status().as_str());
    let id = entity.id.clone();
    let mut records: Vec<Record> = vec![entity.into()];
    records.extend(runs_as(&id, gateway.role_arn(), GET));
    let identity = gateway.workload_identity_details().map(|details| details.workload_identity_arn());
    records.extend(runs_as(&id, identity, GET));
    records
}

/// The credentials with which a target is called, and the function that does its work.
fn uses(gateway: &EntityId, target: &GetGatewayTargetOutput) -> Vec<Record> {
    let providers = target.credential_provider_configurations().iter().filter_map(|one| one.credential_provider());
    let arns = providers.filter_map(|provider| match provider {
        CredentialProvider::ApiKeyCredentialProvider(key) => Some(key.provider_arn()),
        CredentialProvider::OauthCredentialProvider(client) => Some(client.provider_arn()),
        // A role is the gateway's own, or the caller's.
        _ => None,
    });
    let because = format!("{GET_TARGET} {}", target.name());
    let held =
        |arn: &str| Link::new(gateway, LinkKind::Holds, format!("aws:{arn}"), Evidence::Proven, because.as_str());
    let mut records: Vec<Record> = arns.map(|arn| held(arn).attribute("value_class", "reference").into()).collect();
    let mcp = target.target_configuration().and_then(|configuration| configuration.as_mcp().ok());
    let function = mcp.and_then(|mcp| mcp.as_lambda().ok()).map(|function| function.lambda_arn());
    records.extend(works_for(function, gateway, GET_TARGET));
    records
}

#[cfg(test)]
mod tests {
    use aws_sdk_bedrockagentcorecontrol::types::{
        CredentialProviderConfiguration, CredentialProviderType, GatewayApiKeyCredentialProvider,
        McpLambdaTargetConfiguration, McpTargetConfiguration, TargetConfiguration, TargetStatus,
    };
    use aws_smithy_types::DateTime;

    use super::*;

    #[test]
    fn a_target_holds_its_credential_by_reference_and_is_served_by_its_function() {
        let provider =
            "arn:aws:bedrock-agentcore:eu-west-1:000000000000:token-vault/default/apikeycredentialprovider/x";
        let function = "arn:aws:lambda:eu-west-1:000000000000:function:search";
        let key = GatewayApiKeyCredentialProvider::builder().provider_arn(provider).build().unwrap();
        let configuration = CredentialProviderConfiguration::builder()
            .credential_provider_type(CredentialProviderType::ApiKey)
            .credential_provider(CredentialProvider::ApiKeyCredentialProvider(key))
            .build()
            .unwrap();
        let lambda = McpLambdaTargetConfiguration::builder().lambda_arn(function).build().unwrap();
        let target = GetGatewayTargetOutput::builder()
            .gateway_arn("arn:x")
            .target_id("T1")
            .created_at(DateTime::from_secs(0))
            .updated_at(DateTime::from_secs(0))
            .status(TargetStatus::Ready)
            .name("search")
            .target_configuration(TargetConfiguration::Mcp(McpTargetConfiguration::Lambda(lambda)))
            .credential_provider_configurations(configuration)
            .build()
            .unwrap();
        let records = uses(&EntityId::new("aws:arn:x"), &target);
        let [Record::Link(held), Record::Link(works)] = records.as_slice() else { panic!("{records:?}") };
        assert_eq!((held.kind, held.to.as_str()), (LinkKind::Holds, format!("aws:{provider}").as_str()));
        assert_eq!((works.kind, works.from.as_str(), works.to.as_str()), (LinkKind::PartOf, function, "aws:arn:x"));
    }
}
