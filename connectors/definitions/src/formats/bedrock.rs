//! CloudFormation templates that define Bedrock agents: the role that each runs as.
//!
//! Only what is written out: an intrinsic function (`Ref`, `Fn::GetAtt`) names nothing outside its template.

use crate::doc::{Node, pointer};
use crate::found::{AgentDef, Component, Holder};
use crate::reader::Reader;

pub(crate) fn read(reader: &mut Reader<'_>, document: &Node) {
    for (logical, resource) in document.get("Resources").map_or(&[][..], Node::entries) {
        let (name_key, role_key) = match resource.text_at("Type") {
            Some("AWS::Bedrock::Agent") => ("AgentName", "AgentResourceRoleArn"),
            Some("AWS::BedrockAgentCore::Runtime") => ("AgentRuntimeName", "RoleArn"),
            _ => continue,
        };
        let Some(properties) = resource.get("Properties") else { continue };
        let name = properties.text_at(name_key).unwrap_or(logical);
        let mut agent = AgentDef::new(
            reader.path(),
            format!("cfn/{logical}"),
            name,
            "agent.bedrock-template",
            Component::Orchestrator,
        )
        .at(resource.line);
        if let Some(model) = properties.text_at("FoundationModel") {
            agent = agent.attribute("model", model);
        }
        let agent = reader.agent(agent);
        let at = pointer("/Resources", logical) + "/Properties";
        if let Some(role) = properties.get(role_key)
            && let Some(arn) = role.text().filter(|arn| arn.starts_with("arn:"))
        {
            reader.runs_as(agent, arn.to_owned(), role_key, role.line, &pointer(&at, role_key));
        }
        if let Some(env) = properties.get("EnvironmentVariables") {
            reader.map(Holder::Here(agent), env, &format!("{at}/EnvironmentVariables"));
        }
    }
}
