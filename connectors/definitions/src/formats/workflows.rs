//! GitHub Actions workflows that run agents: one agent a job, with the identities that its steps become.

use super::{agentic_workflows, with_yaml};
use crate::doc::{Node, pointer};
use crate::found::{AgentDef, Component, Holder};
use crate::identity_inputs::identity_of_input;
use crate::reader::{Reader, Spot};
use crate::value_class::ValueClass;

/// Actions that run an agent, and the client that each is.
const AGENT_ACTIONS: &[(&str, &str)] = &[
    ("anthropics/claude-code-action", "claude-code"),
    ("anthropics/claude-code-base-action", "claude-code"),
    ("openai/codex-action", "codex"),
    ("google-github-actions/run-gemini-cli", "gemini-cli"),
    ("google-gemini/gemini-cli-action", "gemini-cli"),
    ("actions/ai-inference", "github-models"),
    ("qodo-ai/pr-agent", "pr-agent"),
    ("sst/opencode/github", "opencode"),
    ("cursor/cursor-action", "cursor"),
    ("aws-actions/bedrock-agentcore-action", "agentcore"),
    ("githubnext/gh-aw", "gh-aw"),
];

/// Command-line agents that steps start themselves.
const AGENT_COMMANDS: &[(&str, &str)] = &[
    ("claude -p", "claude-code"),
    ("claude --print", "claude-code"),
    ("codex exec", "codex"),
    ("gemini -p", "gemini-cli"),
    ("copilot -p", "copilot"),
    ("copilot --", "copilot"),
    ("opencode run", "opencode"),
    ("goose run", "goose"),
    ("aider --", "aider"),
];

fn client_of(step: &Node) -> Option<&'static str> {
    let uses = step.text_at("uses").map(|uses| uses.split('@').next().unwrap_or(uses).trim_end_matches('/'));
    let by_action =
        || AGENT_ACTIONS.iter().find(|(action, _)| uses.is_some_and(|uses| uses.eq_ignore_ascii_case(action)));
    let by_command =
        || AGENT_COMMANDS.iter().find(|(command, _)| step.text_at("run").is_some_and(|run| run.contains(command)));
    by_action().or_else(by_command).map(|(_, client)| *client)
}

pub(crate) fn read(reader: &mut Reader<'_>, text: &str) {
    // Most workflows run no agent: not worth a parse.
    let lower = text.to_ascii_lowercase();
    let runs_agent = AGENT_ACTIONS.iter().chain(AGENT_COMMANDS).any(|(mark, _)| lower.contains(mark));
    if !runs_agent {
        return;
    }
    // Paths in a workflow start at the repository's root, three levels above the file.
    reader.facts.base = super::ancestor(&reader.path(), 3);
    with_yaml(reader, text, |reader, document| {
        for (job_name, job) in document.get("jobs").map_or(&[][..], Node::entries) {
            read_job(reader, document, job_name, job);
        }
    });
}

fn read_job(reader: &mut Reader<'_>, workflow: &Node, job_name: &str, job: &Node) {
    let steps = job.get("steps").map_or(&[][..], Node::items);
    let Some((client, line)) = steps.iter().find_map(|step| Some((client_of(step)?, step.line))) else { return };
    let path = reader.path();
    let file = super::folder_name(&path);
    let title = workflow.text_at("name").unwrap_or(&file);
    let mut agent = match agentic_workflows::source_of(&path) {
        // Compiled from Markdown: the same agent, whatever its jobs are called.
        Some(source) => {
            let kind = "agent.github-agentic-workflow";
            AgentDef::new(source, "agentic-workflow", title, kind, Component::Orchestrator)
        }
        None => {
            let name = format!("{title} / {job_name}");
            AgentDef::new(&path, format!("job/{job_name}"), name, "agent.github-workflow", Component::Orchestrator)
        }
    }
    .at(line)
    .attribute("client", client);
    if let Some(environment) = job.text_at("environment").or_else(|| job.get("environment")?.text_at("name")) {
        agent = agent.attribute("environment", environment);
    }
    let permission = |node: &Node| node.at(&["permissions", "id-token"]).and_then(Node::text) == Some("write");
    if permission(job) || (job.get("permissions").is_none() && permission(workflow)) {
        agent = agent.attribute("oidc", true);
    }
    let agent = reader.agent(agent);
    let base = pointer("/jobs", job_name);
    for (at, node) in [("/env".to_owned(), workflow.get("env")), (format!("{base}/env"), job.get("env"))] {
        if let Some(env) = node {
            reader.map(Holder::Here(agent), env, &at);
        }
    }
    for (index, step) in steps.iter().enumerate() {
        read_step(reader, agent, step, &format!("{base}/steps/{index}"));
    }
}

fn read_step(reader: &mut Reader<'_>, agent: usize, step: &Node, at: &str) {
    let holder = Holder::Here(agent);
    if let Some(env) = step.get("env") {
        reader.map(holder, env, &format!("{at}/env"));
    }
    let Some(with) = step.get("with") else { return };
    reader.map(holder, with, &format!("{at}/with"));
    if let Some(node) = with.get("anthropic_federation_rule_id")
        && let Some(rule) = node.text().filter(|rule| !rule.contains("${{"))
    {
        let at = format!("{at}/with/anthropic_federation_rule_id");
        let spot = Spot { name: "anthropic_federation_rule_id", line: node.line, pointer: Some(&at) };
        reader.reference(holder, spot, ValueClass::PlatformRef, &format!("anthropic federation rule {rule}"), "");
    }
    for key in ["use_bedrock", "use_vertex", "use_foundry"] {
        if with.get(key).and_then(Node::scalar_or_flag).as_deref() == Some("true") {
            let attributes = &mut reader.facts.agents[agent].attributes;
            attributes.insert("models_from".to_owned(), key.trim_start_matches("use_").into());
        }
    }
    for (key, node) in with.entries() {
        if let Some(identity) = node.text().and_then(|text| identity_of_input(key, text)) {
            let because = format!("{key} of a step of the job");
            reader.runs_as(agent, identity, &because, node.line, &format!("{at}/with/{key}"));
        }
    }
}
