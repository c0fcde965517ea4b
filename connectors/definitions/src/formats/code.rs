//! Agents written in code: a file that imports a framework is parsed, and each constructor of an agent that it took from
//! there is an agent.
//!
//! Names, models, tools, servers and variables are taken where they are written out; what is computed stays unknown.
//! A parser, not patterns: an example in a comment or a string is no agent, an imported name may have another one here,
//! a call may go over many lines, and which agent is in whose list is only in the structure. Few files import a
//! framework, and only those are parsed, so that it costs next to nothing.

mod call;
mod emit;
mod python;
mod typescript;

use tree_sitter::{Language, ParseOptions, Parser, Tree};

use crate::reader::Reader;

/// A framework: the beginnings of the modules that are it.
#[derive(Debug)]
struct Framework {
    name: &'static str,
    modules: &'static [&'static str],
}

macro_rules! framework {
    ($name:literal, $($module:literal),+) => {
        Framework { name: $name, modules: &[$($module),+] }
    };
}

/// A module belongs to the first that fits.
const FRAMEWORKS: &[Framework] = &[
    framework!("crewai", "crewai"),
    framework!("autogen", "autogen", "autogen_agentchat", "autogen_core", "autogen_ext", "ag2"),
    framework!("langgraph", "langgraph", "@langchain/langgraph"),
    framework!("deepagents", "deepagents"),
    framework!("langchain", "langchain", "langchain_", "@langchain/"),
    framework!("llama-index", "llama_index", "llamaindex", "@llamaindex/"),
    framework!("openai-agents", "agents", "@openai/agents"),
    framework!("strands", "strands", "@strands-agents/"),
    framework!("mastra", "@mastra/"),
    framework!("semantic-kernel", "semantic_kernel"),
    framework!("agent-framework", "agent_framework"),
    framework!("google-adk", "google.adk", "@google/adk"),
    framework!("pydantic-ai", "pydantic_ai"),
    framework!("smolagents", "smolagents"),
    framework!("haystack", "haystack"),
    framework!("claude-agent-sdk", "claude_agent_sdk", "claude_code_sdk", "@anthropic-ai/claude-agent-sdk"),
    framework!("mcp", "mcp", "fastmcp", "@modelcontextprotocol/sdk"),
    framework!("vercel-ai", "ai"),
    framework!("agno", "agno"),
];

/// The framework that a module is of.
fn framework(module: &str) -> Option<&'static str> {
    let fits = |known: &str| {
        module
            .strip_prefix(known)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '/']) || known.ends_with(['/', '_']))
    };
    FRAMEWORKS.iter().find(|framework| framework.modules.iter().any(|known| fits(known))).map(|found| found.name)
}

/// Texts of which one must be in a file that imports a framework.
const MARKS: &[&str] = &[
    "crewai",
    "autogen",
    "ag2",
    "langchain",
    "langgraph",
    "deepagents",
    "llama_index",
    "llamaindex",
    "from agents",
    "@openai/agents",
    "strands",
    "@mastra",
    "semantic_kernel",
    "agent_framework",
    "google.adk",
    "@google/adk",
    "pydantic_ai",
    "smolagents",
    "haystack",
    "claude_agent_sdk",
    "claude_code_sdk",
    "claude-agent-sdk",
    "from agno",
    "from \"ai\"",
    "from 'ai'",
];

/// Texts of which one is in every constructor of an agent that is known here.
const CONSTRUCTORS: &[&str] = &["gent", "Crew", "StateGraph", "Swarm", "GroupChat", "ClaudeSDKClient"];

pub(super) fn may_define(text: &[u8]) -> bool {
    MARKS.iter().any(|mark| memchr::memmem::find(text, mark.as_bytes()).is_some())
}

pub(crate) fn read(reader: &mut Reader<'_>, text: &str) {
    let has = |mark: &str| memchr::memmem::find(text.as_bytes(), mark.as_bytes()).is_some();
    if !may_define(text.as_bytes()) || !CONSTRUCTORS.iter().any(|mark| has(mark)) {
        return;
    }
    let path = reader.path();
    let (language, dialect): (Language, fn(&Tree, &str) -> call::Module) = match path
        .extension()
        .and_then(|extension| extension.to_str())
    {
        Some("py") => (tree_sitter_python::LANGUAGE.into(), python::module),
        Some("ts" | "mts" | "cts") => (tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(), typescript::module),
        Some("tsx" | "js" | "jsx" | "mjs" | "cjs") => (tree_sitter_typescript::LANGUAGE_TSX.into(), typescript::module),
        _ => return,
    };
    match parse(&language, text) {
        Some(tree) => emit::emit(reader, &dialect(&tree, text)),
        None => reader.issue("too tangled to be parsed as code"),
    }
}

/// Hundreds of steps of the parser, after which a text was made to be slow.
const MAX_STEPS: u32 = 200_000;

/// `None` when it took too long. Mistakes in the text are no reason: what is around them is read.
fn parse(language: &Language, text: &str) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(language).expect("the grammars are of the version that the parser takes");
    let mut steps = 0;
    let mut is_too_long = |_: &tree_sitter::ParseState| {
        steps += 1;
        steps > MAX_STEPS
    };
    let options = ParseOptions::new().progress_callback(&mut is_too_long);
    let bytes = text.as_bytes();
    parser.parse_with_options(&mut |at, _| bytes.get(at..).unwrap_or(&[]), None, Some(options))
}

#[cfg(test)]
mod tests;
