//! Kubernetes manifests and Helm values in which agents are defined: kagent's kinds, and containers of images that are
//! agents, gateways or MCP servers. A secret of the cluster is a reference by namespace, name and key.

use super::compose::AGENT_IMAGES;
use super::folder_name;
use crate::doc::{Node, pointer};
use crate::found::{AgentDef, Component, Holder};
use crate::reader::{Reader, Spot};

/// One manifest.
pub(crate) fn read_manifest(reader: &mut Reader<'_>, document: &Node) {
    let (Some(kind), Some(version)) = (document.text_at("kind"), document.text_at("apiVersion")) else { return };
    let Some(name) = document.at(&["metadata", "name"]).and_then(Node::text) else { return };
    let namespace = document.at(&["metadata", "namespace"]).and_then(Node::text).unwrap_or("default").to_owned();
    let Some(spec) = document.get("spec") else { return };
    if version.starts_with("kagent.dev/") {
        read_kagent(reader, kind, name, &namespace, document, spec);
        return;
    }
    let template = match kind {
        "Deployment" | "StatefulSet" | "DaemonSet" | "Job" | "ReplicaSet" => spec.at(&["template", "spec"]),
        "CronJob" => spec.at(&["jobTemplate", "spec", "template", "spec"]),
        "Pod" => Some(spec),
        _ => None,
    };
    let base = match kind {
        "CronJob" => "/spec/jobTemplate/spec/template/spec",
        "Pod" => "/spec",
        _ => "/spec/template/spec",
    };
    if let Some(template) = template {
        read_pod(reader, &format!("{namespace}/{name}"), &namespace, template, base);
    }
}

fn read_kagent(reader: &mut Reader<'_>, kind: &str, name: &str, namespace: &str, document: &Node, spec: &Node) {
    let (component, type_name) = match kind {
        "Agent" => (Component::Orchestrator, "agent.kagent-agent"),
        "MCPServer" | "RemoteMCPServer" | "ToolServer" => (Component::Tool, "agent.kagent-server"),
        "Memory" => (Component::MemoryStore, "agent.kagent-memory"),
        // A model's settings are no agent; they hold the key for those that name them.
        "ModelConfig" => (Component::Tool, "agent.kagent-model"),
        _ => return,
    };
    // By the folder and not by the file: an agent, its model and its servers have a manifest each.
    let place = reader.facts.base.clone();
    let key = |kind: &str, name: &str| format!("kagent/{kind}/{namespace}/{name}");
    let mut agent = AgentDef::new(&place, key(kind, name), name, type_name, component)
        .at(document.line)
        .attribute("namespace", namespace);
    let declarative = spec.get("declarative").unwrap_or(spec);
    if let Some(model) = declarative.text_at("modelConfig").or_else(|| spec.text_at("model")) {
        agent = agent.attribute("model", model);
    }
    let agent = reader.agent(agent);
    for tool in declarative.get("tools").map_or(&[][..], Node::items) {
        let named = [
            &["mcpServer", "name"][..],
            &["mcpServer", "toolServer"],
            &["agent", "name"],
            &["agent", "ref"],
            &["builtin", "name"],
        ];
        let Some(name) = named.iter().find_map(|path| tool.at(path)?.text()) else { continue };
        let named_kind = tool.at(&["mcpServer", "kind"]).and_then(Node::text).unwrap_or("MCPServer");
        let (kind, component) = match tool.get("agent") {
            Some(_) => ("Agent", Component::SubAgent),
            None => (named_kind, Component::Tool),
        };
        let tool = AgentDef::new(&place, key(kind, name), name, "agent.kagent-tool", component).of(agent).at(tool.line);
        reader.agent(tool);
    }
    if let Some(model) = declarative.text_at("modelConfig").filter(|_| kind == "Agent") {
        let kind = "ModelConfig";
        let mut model = AgentDef::new(&place, key(kind, model), model, "agent.kagent-model", Component::Tool).of(agent);
        model.is_description = true;
        reader.agent(model);
    }
    let holder = Holder::Here(agent);
    let secret = spec.get("apiKeySecret").or_else(|| spec.get("apiKeySecretRef"));
    if let Some(secret) = secret.filter(|secret| secret.text().is_some()) {
        let key = spec.text_at("apiKeySecretKey").unwrap_or("");
        let spot = Spot { name: "apiKeySecret", line: secret.line, pointer: Some("/spec/apiKeySecret") };
        reader.cluster_secret(holder, spot, namespace, secret.text().unwrap_or(""), key);
    }
    read_references(reader, holder, namespace, spec, "", "/spec");
    reader.sweep(holder, spec, "", "/spec");
}

/// `headersFrom[].valueFrom`, `env[].valueFrom.secretKeyRef`, `secretRefs[]`, at any depth.
fn read_references(reader: &mut Reader<'_>, holder: Holder, namespace: &str, node: &Node, name: &str, at: &str) {
    if let Some(from) = node.get("valueFrom") {
        let name = node.text_at("name").unwrap_or(name);
        let inner = from.get("secretKeyRef").or_else(|| (from.text_at("type") == Some("Secret")).then_some(from));
        if let Some(secret) = inner
            && let Some(target) = secret.text_at("name").or_else(|| secret.text_at("valueRef"))
        {
            let at = pointer(at, "valueFrom");
            let spot = Spot { name, line: from.line, pointer: Some(&at) };
            reader.cluster_secret(holder, spot, namespace, target, secret.text_at("key").unwrap_or(""));
        }
        return;
    }
    if let (Some(name), Some(value)) = (node.text_at("name"), node.get("value")) {
        reader.node(holder, name, value, &pointer(at, "value"));
    }
    for (key, value) in node.entries() {
        if key == "env" && value.is_map() {
            reader.map(holder, value, &pointer(at, key));
        }
        read_references(reader, holder, namespace, value, key, &pointer(at, key));
    }
    for (index, item) in node.items().iter().enumerate() {
        read_references(reader, holder, namespace, item, name, &format!("{at}/{index}"));
    }
}

fn is_agent_image(image: &str) -> bool {
    let image = image.to_ascii_lowercase();
    AGENT_IMAGES.iter().any(|part| image.contains(part))
}

fn read_pod(reader: &mut Reader<'_>, whole: &str, namespace: &str, pod: &Node, base: &str) {
    let path = reader.path();
    for (index, container) in pod.get("containers").map_or(&[][..], Node::items).iter().enumerate() {
        let Some(image) = container.text_at("image").filter(|image| is_agent_image(image)) else { continue };
        let name = container.text_at("name").unwrap_or(whole);
        let mut agent = AgentDef::new(
            &path,
            format!("pod/{whole}/{name}"),
            name,
            "agent.kubernetes-container",
            Component::Orchestrator,
        )
        .at(container.line)
        .attribute("namespace", namespace);
        if !image.contains(['@', '$', '{']) {
            agent = agent.attribute("image", image);
        }
        if let Some(account) = pod.text_at("serviceAccountName") {
            agent = agent.attribute("service_account", format!("{namespace}/{account}"));
        }
        let agent = reader.agent(agent);
        let at = format!("{base}/containers/{index}");
        read_references(reader, Holder::Here(agent), namespace, container, "", &at);
        for source in container.get("envFrom").map_or(&[][..], Node::items) {
            if let Some(target) = source.at(&["secretRef", "name"])
                && let Some(secret) = target.text()
            {
                let at = format!("{at}/envFrom");
                let spot = Spot { name: "envFrom", line: target.line, pointer: Some(&at) };
                reader.cluster_secret(Holder::Here(agent), spot, namespace, secret, "");
            }
        }
        reader.sweep(Holder::Here(agent), container, "", &at);
    }
}

/// Helm's `values.yaml`: a part with an image that is an agent, and the variables beside it.
pub(crate) fn read_values(reader: &mut Reader<'_>, document: &Node) {
    read_chart_part(reader, document, "", 0);
}

fn read_chart_part(reader: &mut Reader<'_>, node: &Node, at: &str, depth: usize) {
    let image = node.at(&["image", "repository"]).and_then(Node::text).or_else(|| node.text_at("image"));
    if let Some(image) = image.filter(|image| is_agent_image(image)) {
        let path = reader.path();
        let chart = folder_name(&reader.facts.base);
        let part = at.trim_start_matches('/').replace('/', ".");
        let name = if part.is_empty() { chart } else { format!("{part} ({chart})") };
        let agent = AgentDef::new(&path, format!("chart{at}"), name, "agent.helm-release", Component::Orchestrator)
            .at(node.line)
            .attribute("image", image);
        let agent = reader.agent(agent);
        let holder = Holder::Here(agent);
        for key in ["env", "extraEnv", "envVars", "environment", "extraEnvVars", "secrets", "config", "secretEnv"] {
            if let Some(map) = node.get(key) {
                reader.map(holder, map, &pointer(at, key));
                read_references(reader, holder, "", map, key, &pointer(at, key));
            }
        }
        reader.sweep(holder, node, "", at);
        return;
    }
    if depth < 4 {
        for (key, value) in node.entries() {
            read_chart_part(reader, value, &pointer(at, key), depth + 1);
        }
    }
}
