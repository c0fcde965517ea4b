//! Flows drawn on a canvas and exported as JSON: Flowise and Langflow. Nodes are parts by what they are called; edges go
//! from a part to the agent that uses it.

use std::collections::BTreeMap;

use super::folder_name;
use crate::doc::{Node, pointer};
use crate::found::{AgentDef, Claim, Component, Holder, Parent};
use crate::reader::{Reader, Spot};
use crate::value_class::ValueClass;

/// What a node is, by its name or kind.
fn component(kind: &str) -> Option<Component> {
    let lower = kind.to_ascii_lowercase();
    let has = |word: &str| lower.contains(word);
    if has("memory") || has("vectorstore") || has("pinecone") || has("chroma") || has("documentstore") {
        Some(Component::MemoryStore)
    } else if has("agent") || has("supervisor") || has("worker") || has("crew") {
        Some(Component::SubAgent)
    } else if has("tool") || has("mcp") || has("retriever") || has("api") {
        Some(Component::Tool)
    } else {
        None
    }
}

/// Flowise: `nodes[].data.{name, inputs, credential}`.
pub(crate) fn read_flowise(reader: &mut Reader<'_>, document: &Node) {
    let nodes = document.get("nodes").map_or(&[][..], Node::items);
    let kind = |node: &Node| node.at(&["data", "name"]).and_then(Node::text).map(ToOwned::to_owned);
    if !nodes.iter().any(|node| node.at(&["data", "inputs"]).is_some()) {
        return;
    }
    let Some(flow) = flow(reader, document, nodes, &kind, "flowise") else { return };
    let parts = parts(reader, flow, nodes, &kind, "flowise");
    attach(reader, document.get("edges"), &parts);
    for (index, node) in nodes.iter().enumerate() {
        let Some(data) = node.get("data") else { continue };
        let holder = Holder::Here(owner(document.get("edges"), node, &parts).unwrap_or(flow));
        let at = format!("/nodes/{index}/data");
        let credential = data.get("credential").or_else(|| data.at(&["inputs", "FLOWISE_CREDENTIAL_ID"]));
        if let Some(node) = credential
            && let Some(id) = node.text().filter(|id| !id.is_empty())
        {
            let at = pointer(&at, "credential");
            let spot = Spot { name: "credential", line: node.line, pointer: Some(&at) };
            reader.reference(holder, spot, ValueClass::PlatformRef, &format!("flowise credential {id}"), "");
        }
        if let Some(inputs) = data.get("inputs") {
            reader.map(holder, inputs, &pointer(&at, "inputs"));
        }
    }
    reader.sweep(Holder::Here(flow), document, "", "");
}

/// Langflow: `data.nodes[].data.node.template.<field>`; a field that is loaded from the database has the name of a
/// variable in place of its value.
pub(crate) fn read_langflow(reader: &mut Reader<'_>, document: &Node) {
    let Some(data) = document.get("data") else { return };
    let nodes = data.get("nodes").map_or(&[][..], Node::items);
    let kind = |node: &Node| node.at(&["data", "type"]).and_then(Node::text).map(ToOwned::to_owned);
    if !nodes.iter().any(|node| node.at(&["data", "node", "template"]).is_some()) {
        return;
    }
    let Some(flow) = flow(reader, document, nodes, &kind, "langflow") else { return };
    let parts = parts(reader, flow, nodes, &kind, "langflow");
    attach(reader, data.get("edges"), &parts);
    for (index, node) in nodes.iter().enumerate() {
        let Some(template) = node.at(&["data", "node", "template"]) else { continue };
        let holder = Holder::Here(owner(data.get("edges"), node, &parts).unwrap_or(flow));
        for (name, field) in template.entries() {
            let at = pointer(&format!("/data/nodes/{index}/data/node/template"), name) + "/value";
            read_field(reader, holder, name, field, &at);
        }
    }
    reader.sweep(Holder::Here(flow), document, "", "");
}

fn read_field(reader: &mut Reader<'_>, holder: Holder, name: &str, field: &Node, at: &str) {
    let Some(value) = field.get("value") else { return };
    let Some(text) = value.scalar().filter(|text| !text.is_empty()) else { return };
    let spot = Spot { name, line: value.line, pointer: Some(at) };
    let flag = |key| field.get(key).and_then(Node::flag) == Some(true);
    if flag("load_from_db") {
        reader.reference(holder, spot, ValueClass::PlatformRef, &format!("langflow variable {text}"), "");
    } else if flag("password") {
        reader.declared_secret(holder, spot, text);
    } else {
        reader.value(holder, spot, text);
    }
}

type Kind<'k> = dyn Fn(&Node) -> Option<String> + 'k;

/// The whole: a canvas without any agent or tool on it is no agent.
fn flow(
    reader: &mut Reader<'_>,
    document: &Node,
    nodes: &[Node],
    kind: &Kind<'_>,
    product: &'static str,
) -> Option<usize> {
    let is_agent = |node: &Node| kind(node).and_then(|kind| component(&kind)).is_some();
    if !nodes.iter().any(is_agent) {
        return None;
    }
    let path = reader.path();
    let file = folder_name(&path);
    let name = document.text_at("name").unwrap_or(&file);
    let flow = AgentDef::new(&path, product, name, format!("agent.{product}-flow"), Component::Orchestrator)
        .claiming(Claim::None)
        .at(document.line);
    Some(reader.agent(flow))
}

fn parts(
    reader: &mut Reader<'_>,
    flow: usize,
    nodes: &[Node],
    kind: &Kind<'_>,
    product: &str,
) -> BTreeMap<String, usize> {
    let path = reader.path();
    let mut parts = BTreeMap::new();
    for node in nodes {
        let (Some(id), Some(kind)) = (node.text_at("id"), kind(node)) else { continue };
        let Some(part) = component(&kind) else { continue };
        let data = node.get("data");
        let label = data.and_then(|data| data.text_at("label").or_else(|| data.at(&["node", "display_name"])?.text()));
        let name = label.unwrap_or(&kind);
        let type_name = format!("agent.{product}-{}", part.as_str());
        let def = AgentDef::new(&path, format!("{product}/{id}"), name, type_name, part).of(flow).at(node.line);
        parts.insert(id.to_owned(), reader.agent(def));
    }
    parts
}

fn edges(edges: Option<&Node>) -> impl Iterator<Item = (&str, &str)> {
    let items = edges.map_or(&[][..], Node::items).iter();
    items.filter_map(|edge| Some((edge.text_at("source")?, edge.text_at("target")?)))
}

fn attach(reader: &mut Reader<'_>, list: Option<&Node>, parts: &BTreeMap<String, usize>) {
    for (source, target) in edges(list) {
        if let (Some(part), Some(user)) = (parts.get(source), parts.get(target))
            && part != user
            && reader.facts.agents[*user].component == Component::SubAgent
            && reader.facts.agents[*user].parent != Parent::Here(*part)
        {
            reader.facts.agents[*part].parent = Parent::Here(*user);
        }
    }
}

/// The part that a node is; for a model, the agent that it serves.
fn owner(list: Option<&Node>, node: &Node, parts: &BTreeMap<String, usize>) -> Option<usize> {
    let id = node.text_at("id")?;
    let own = parts.get(id).copied();
    own.or_else(|| edges(list).find(|(source, _)| *source == id).and_then(|(_, target)| parts.get(target).copied()))
}
