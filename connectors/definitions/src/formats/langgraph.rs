//! LangGraph: `langgraph.json`, one agent a graph, with variables in place or in a file.

use super::{folder_name, with_json};
use crate::doc::Node;
use crate::found::{AgentDef, Claim, Component, Holder};
use crate::reader::Reader;

pub(crate) fn read(reader: &mut Reader<'_>, text: &str) {
    with_json(reader, text, |reader, document| {
        let name = folder_name(&reader.facts.base);
        let app = AgentDef::new(reader.path(), "app", name, "agent.langgraph-app", Component::Orchestrator)
            .claiming(Claim::Framework)
            .at(1);
        let app = reader.agent(app);
        for (name, graph) in document.get("graphs").map_or(&[][..], Node::entries) {
            let mut agent =
                AgentDef::new(reader.path(), format!("app/{name}"), name, "agent.langgraph-graph", Component::SubAgent)
                    .of(app)
                    .at(graph.line);
            if let Some(code) = graph.text().or_else(|| graph.text_at("path")) {
                agent = agent.attribute("code", code);
            }
            reader.agent(agent);
        }
        for key in ["store", "checkpointer"] {
            if let Some(node) = document.get(key).filter(|node| node.is_map()) {
                let memory = AgentDef::new(
                    reader.path(),
                    format!("app/{key}"),
                    key,
                    "agent.langgraph-memory",
                    Component::MemoryStore,
                )
                .of(app)
                .at(node.line);
                let memory = reader.agent(memory);
                reader.sweep(Holder::Here(memory), node, key, &format!("/{key}"));
            }
        }
        if let Some(env) = document.get("env") {
            match env.text() {
                Some(path) => reader.facts.env_files.push((app, path.to_owned())),
                None => reader.map(Holder::Here(app), env, "/env"),
            }
        }
        reader.sweep(Holder::Here(app), document, "", "");
    });
}
