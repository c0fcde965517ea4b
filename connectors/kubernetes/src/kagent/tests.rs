use serde_json::json;

use super::*;
use crate::cluster::testcluster;
use crate::defaults::Defaults;

fn links(agent: &serde_json::Value, models: &serde_json::Value) -> (Entity, Vec<(String, LinkKind, String, Evidence)>) {
    let agent: KagentAgent = serde_json::from_value(agent.clone()).unwrap();
    let models: Vec<ModelConfig> = serde_json::from_value(models.clone()).unwrap();
    let by_name = models.iter().map(|one| (("ai", one.metadata.name.as_str()), one)).collect();
    let (cluster, defaults) = (testcluster(), Defaults::Unknown);
    let world = World { cluster: &cluster, defaults: &defaults };
    let mut entity = None;
    let mut links = Vec::new();
    for record in normalize(&agent, "agents", &by_name, world) {
        match record {
            Record::Entity(one) => entity = Some(*one),
            Record::Link(link) => links.push((link.from.to_string(), link.kind, link.to.to_string(), link.evidence)),
            Record::Activity(_) => panic!("nobody tells of use"),
        }
    }
    (entity.unwrap(), links)
}

#[test]
fn a_declared_agent_runs_as_its_account_with_its_key_and_its_tools() {
    let (entity, links) = links(
        &json!({
            "metadata": {"name": "support", "namespace": "ai", "uid": "a-1", "labels": {"team": "care"}},
            "spec": {"type": "Declarative", "declarative": {
                "modelConfig": "gpt",
                "deployment": {"serviceAccountName": "support-bot", "env": [
                    {"name": "CRM_TOKEN", "valueFrom": {"secretKeyRef": {"name": "crm", "key": "token"}}},
                    {"name": "LITERAL", "value": "hunter2"},
                ]},
                "tools": [
                    {"type": "McpServer", "mcpServer": {"kind": "RemoteMCPServer", "name": "tickets"},
                     "headersFrom": [{"name": "Authorization", "valueFrom": {"type": "Secret", "name": "tickets", "key": "k"}}]},
                    {"type": "Agent", "agent": {"name": "translator"}},
                ],
            }},
        }),
        &json!([{"metadata": {"name": "gpt", "namespace": "ai", "uid": "m-1"}, "spec": {
            "model": "gpt-x", "provider": "OpenAI", "apiKeySecret": "openai", "apiKeySecretKey": "key",
            "defaultHeaders": {"X-Key": "hunter2"},
        }}]),
    );
    assert_eq!(entity.attributes["registry"], "kagent");
    assert_eq!(entity.attributes["model"], "gpt-x");
    assert_eq!(entity.attributes["literal_headers"], 1);
    let held: Vec<_> = links.iter().filter(|link| link.1 == LinkKind::Holds).map(|link| link.2.as_str()).collect();
    assert_eq!(held, ["k8s://prod/ai/secrets/crm", "k8s://prod/ai/secrets/openai", "k8s://prod/ai/secrets/tickets"]);
    let account = "k8s://prod/ai/serviceaccounts/support-bot".to_owned();
    assert!(links.contains(&("k8s:a-1".to_owned(), LinkKind::RunsAs, account, Evidence::Proven)), "{links:#?}");
    for part in ["k8s://prod/ai/remotemcpservers/tickets", "k8s://prod/ai/agents/translator"] {
        let link = (part.to_owned(), LinkKind::PartOf, "k8s:a-1".to_owned(), Evidence::Proven);
        assert!(links.contains(&link), "{part}");
    }
    assert!(!format!("{entity:?}{links:?}").contains("hunter2"));
}

#[test]
fn an_agent_that_names_no_account_has_one_of_its_name_as_far_as_anyone_knows() {
    let agent = json!({"metadata": {"name": "old", "namespace": "ai", "uid": "a-2"}, "spec": {"modelConfig": "none"}});
    let (_, links) = links(&agent, &json!([]));
    let account = "k8s://prod/ai/serviceaccounts/old".to_owned();
    assert!(links.contains(&("k8s:a-2".to_owned(), LinkKind::RunsAs, account, Evidence::Inferred)), "{links:#?}");
}
