//! CrewAI: `config/agents.yaml`, one agent a key.

use std::path::Path;

use super::{folder_name, with_yaml};
use crate::doc::{Node, pointer};
use crate::found::{AgentDef, Claim, Component, Holder};
use crate::reader::Reader;

pub(crate) fn read(reader: &mut Reader<'_>, text: &str) {
    with_yaml(reader, text, |reader, document| {
        let is_crew = |agent: &Node| agent.get("role").is_some() || agent.get("goal").is_some();
        if !document.entries().iter().any(|(_, agent)| is_crew(agent)) {
            return;
        }
        let project = project(&reader.path());
        reader.facts.base.clone_from(&project);
        let name = folder_name(&project);
        let crew = AgentDef::new(reader.path(), "crew", name, "agent.crewai-crew", Component::Orchestrator)
            .claiming(Claim::Framework)
            .at(1);
        let crew = reader.agent(crew);
        for (key, node) in document.entries().iter().filter(|(_, agent)| is_crew(agent)) {
            let mut agent =
                AgentDef::new(reader.path(), format!("crew/{key}"), key, "agent.crewai-agent", Component::SubAgent)
                    .of(crew)
                    .at(node.line);
            if let Some(role) = node.text_at("role") {
                agent = agent.attribute("role", role.trim().chars().take(200).collect::<String>());
            }
            if let Some(model) = node.text_at("llm").or_else(|| node.get("llm")?.text_at("model")) {
                agent = agent.attribute("model", model);
            }
            let tools: Vec<&str> =
                node.get("tools").map_or(&[][..], Node::items).iter().filter_map(Node::text).collect();
            if !tools.is_empty() {
                agent = agent.attribute("tools", tools.join(", "));
            }
            let agent = reader.agent(agent);
            reader.sweep(Holder::Here(agent), node, key, &pointer("", key));
        }
    });
}

/// `config/tasks.yaml`: which agent has which task. Agents are defined beside it.
pub(crate) fn read_tasks(reader: &mut Reader<'_>, text: &str) {
    with_yaml(reader, text, |reader, document| {
        let defined = reader.path().with_file_name("agents.yaml");
        let mut tasks: std::collections::BTreeMap<&str, Vec<&str>> = std::collections::BTreeMap::new();
        for (task, node) in document.entries() {
            if let Some(agent) = node.text_at("agent").filter(|_| node.get("description").is_some()) {
                tasks.entry(agent.trim()).or_default().push(task);
            }
        }
        for (agent, tasks) in tasks {
            let mut def =
                AgentDef::new(&defined, format!("crew/{agent}"), agent, "agent.crewai-agent", Component::SubAgent)
                    .attribute("tasks", tasks.join(", "));
            def.is_description = true;
            reader.agent(def);
        }
    });
}

/// The project around `config/agents.yaml`, also in the layout `src/<package>/config`.
fn project(path: &Path) -> std::path::PathBuf {
    let package = path.ancestors().nth(2).unwrap_or(path);
    let around = package.parent().filter(|folder| folder.file_name().is_some_and(|name| name == "src"));
    around.and_then(Path::parent).unwrap_or(package).to_owned()
}
