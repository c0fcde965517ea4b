//! Agents written in code, as far as text tells: an import of a framework and a constructor that makes an agent.
//!
//! Names and variables are taken only where they are written out; what is computed stays unknown.

use std::sync::LazyLock;

use regex::Regex;

use super::folder_name;
use crate::doc::Lines;
use crate::found::{AgentDef, Claim, Component, Holder};
use crate::reader::{Reader, Spot};
use crate::secrets;
use crate::value_class::ValueClass;

/// Words that a file must have before it is worth an expression.
const MARKS: &[&str] = &[
    "crewai",
    "autogen",
    "langchain",
    "langgraph",
    "llama_index",
    "llamaindex",
    "from agents",
    "openai-agents",
    "@openai/agents",
    "strands",
    "@mastra",
    "semantic_kernel",
    "agent_framework",
    "google.adk",
    "pydantic_ai",
    "smolagents",
    "haystack",
    "claude_agent_sdk",
    "claude-agent-sdk",
];

macro_rules! regex {
    ($name:ident, $text:literal) => {
        static $name: LazyLock<Regex> =
            LazyLock::new(|| Regex::new($text).expect("the expression is fixed and tested"));
    };
}

regex!(
    IMPORT,
    r#"(?m)^\s*(?:from|import)\s+(crewai|autogen(?:_agentchat|_core|_ext)?|ag2|langchain|langgraph|llama_index|agents|strands|semantic_kernel|agent_framework|google\.adk|pydantic_ai|smolagents|haystack|claude_agent_sdk)\b|from\s+["'](@langchain/[a-z]+|@mastra/core|@openai/agents|llamaindex|@anthropic-ai/claude-agent-sdk|langchain)[/"']"#
);
regex!(
    CONSTRUCTOR,
    r"\b(?:new\s+)?([A-Z][A-Za-z]*Agent|Agent|Crew|create_react_agent|create_agent|createReactAgent|StateGraph)\s*\("
);
regex!(NAME, r#"(?:^|[,({\s])(?:name|id)\s*[=:]\s*["'`]([^"'`\n]{1,80})["'`]"#);
regex!(
    VARIABLE,
    r#"(?:os\.environ(?:\.get\(|\[)\s*|os\.getenv\(\s*|process\.env\[)\s*["']([A-Za-z_][A-Za-z0-9_]*)["']|process\.env\.([A-Za-z_][A-Za-z0-9_]*)"#
);

pub(crate) fn read(reader: &mut Reader<'_>, text: &str) {
    if !MARKS.iter().any(|mark| memchr::memmem::find(text.as_bytes(), mark.as_bytes()).is_some()) {
        return;
    }
    let Some(import) = IMPORT.captures(text) else { return };
    let Some(constructor) = CONSTRUCTOR.find(text) else { return };
    let framework = import.get(1).or_else(|| import.get(2)).map_or("", |group| group.as_str());
    let lines = Lines::new(text);
    let path = reader.path();
    let name = name_near(text, constructor.end()).unwrap_or_else(|| folder_name(&path));
    let agent = AgentDef::new(&path, "code", name, "agent.code", Component::Orchestrator)
        .claiming(Claim::Framework)
        .at(lines.of(constructor.start()))
        .attribute("framework", framework);
    let agent = reader.agent(agent);
    let mut seen = std::collections::BTreeSet::new();
    for found in VARIABLE.captures_iter(text) {
        let Some(variable) = found.get(1).or_else(|| found.get(2)) else { continue };
        if secrets::is_secret_name(variable.as_str()) && seen.insert(variable.as_str()) {
            let spot = Spot { name: variable.as_str(), line: lines.of(variable.start()), pointer: None };
            reader.variable(Holder::Here(agent), spot, ValueClass::EnvRef, variable.as_str());
        }
    }
}

/// The `name=` among a constructor's first arguments.
fn name_near(text: &str, from: usize) -> Option<String> {
    let mut end = (from + 300).min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let window = &text[from..end];
    Some(NAME.captures(window)?[1].to_owned())
}
