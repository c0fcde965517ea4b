//! Agents that custom resources declare.

use serde_json::{Value, json};
use whosekey_parts::kubernetes::Cluster;
use whosekey_sdk::{Kind, LinkKind};

use crate::support::{account, apply, assert_complete, entity, links, of, scan};

fn definition(group: &str, version: &str, plural: &str, kind: &str) -> Value {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("{plural}.{group}"),
                     "annotations": {"api-approved.kubernetes.io": "unapproved, for a test"}},
        "spec": {
            "group": group, "scope": "Namespaced",
            "names": {"plural": plural, "singular": kind.to_lowercase(), "kind": kind, "listKind": format!("{kind}List")},
            "versions": [{"name": version, "served": true, "storage": true, "schema": {"openAPIV3Schema": {
                "type": "object", "x-kubernetes-preserve-unknown-fields": true}}}],
        },
    })
}

/// The kinds of kagent and agent-sandbox, without what runs them.
pub(crate) fn install_definitions(cluster: &Cluster) {
    let kagent = [
        ("agents", "Agent"),
        ("sandboxagents", "SandboxAgent"),
        ("agentharnesses", "AgentHarness"),
        ("modelconfigs", "ModelConfig"),
        ("remotemcpservers", "RemoteMCPServer"),
        ("mcpservers", "MCPServer"),
        ("toolservers", "ToolServer"),
        ("memories", "Memory"),
    ];
    for (plural, kind) in kagent {
        apply(cluster, &[definition("kagent.dev", "v1alpha2", plural, kind)]);
    }
    apply(cluster, &[definition("agents.x-k8s.io", "v1alpha1", "sandboxes", "Sandbox")]);
    for path in ["kagent.dev/v1alpha2", "agents.x-k8s.io/v1alpha1"] {
        let wanted = if path.starts_with('k') { kagent.len() } else { 1 };
        let is_served = |list: &Value| list["resources"].as_array().is_some_and(|all| all.len() >= wanted);
        cluster.admin().wait_for(&format!("/apis/{path}"), is_served).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn declared_agents_are_found_with_what_they_run_as_and_hold() {
    let cluster = Cluster::shared();
    install_definitions(cluster);
    cluster.namespace("ai").unwrap();
    let of_kagent = |kind: &str, name: &str, spec: Value| json!({"apiVersion": "kagent.dev/v1alpha2", "kind": kind, "metadata": {"namespace": "ai", "name": name}, "spec": spec});
    let admin = cluster.admin();
    let objects = [
        ("modelconfigs", of_kagent("ModelConfig", "gpt", json!({"apiKeySecret": "openai", "apiKeySecretKey": "key"}))),
        ("remotemcpservers", of_kagent("RemoteMCPServer", "tickets", json!({"url": "http://tickets"}))),
        (
            "agents",
            of_kagent(
                "Agent",
                "support",
                json!({"type": "Declarative", "declarative": {
                    "modelConfig": "gpt", "deployment": {"serviceAccountName": "support"},
                    "tools": [{"type": "McpServer", "mcpServer": {"kind": "RemoteMCPServer", "name": "tickets"}}],
                }}),
            ),
        ),
    ];
    for (plural, object) in objects {
        admin.post(&format!("/apis/kagent.dev/v1alpha2/namespaces/ai/{plural}"), &object).unwrap();
    }
    let sandbox = json!({
        "apiVersion": "agents.x-k8s.io/v1alpha1", "kind": "Sandbox", "metadata": {"namespace": "ai", "name": "box"},
        "spec": {"podTemplate": {"spec": {"serviceAccountName": "runner", "containers": []}}},
    });
    admin.post("/apis/agents.x-k8s.io/v1alpha1/namespaces/ai/sandboxes", &sandbox).unwrap();

    let all = scan(cluster, false).await;
    assert_complete(&all);
    let agents = of(&all, "kagent.agents");
    let support = entity(agents, "ai/support");
    assert_eq!(support.kind, Kind::Agent);
    assert_eq!(links(agents, support.id.as_str(), LinkKind::RunsAs)[0].to.as_str(), account("ai", "support"));
    assert_eq!(links(agents, support.id.as_str(), LinkKind::Holds)[0].to.as_str(), "k8s://test/ai/secrets/openai");
    let tools = of(&all, "kagent.tools");
    let tool = entity(tools, "ai/tickets");
    let part_of = links(agents, "k8s://test/ai/remotemcpservers/tickets", LinkKind::PartOf);
    assert_eq!(part_of[0].to.as_str(), support.id.as_str());
    assert!(tool.aliases.iter().any(|alias| alias.as_str() == "k8s://test/ai/remotemcpservers/tickets"));
    let sandboxes = of(&all, "agent-sandbox.sandboxes");
    let sandbox = entity(sandboxes, "ai/box");
    assert_eq!(links(sandboxes, sandbox.id.as_str(), LinkKind::RunsAs)[0].to.as_str(), account("ai", "runner"));
}
