//! Sub-agents defined in Markdown with front matter: Claude Code's and GitHub's.
//!
//! They inherit their host's servers; only GitHub's may bring servers of their own. The body is a prompt, in which
//! secrets are looked for like in any text.

use super::mcp::{self, Inputs};
use crate::doc::Node;
use crate::found::{AgentDef, Component, Parent};
use crate::reader::Reader;

/// `.claude/agents/*.md`.
pub(crate) fn read_claude(reader: &mut Reader<'_>, text: &str) {
    read(reader, text, "agent.claude-subagent", "claude-code");
}

/// `.github/agents/*.md`.
pub(crate) fn read_github(reader: &mut Reader<'_>, text: &str) {
    read(reader, text, "agent.github-agent", "copilot");
}

fn read(reader: &mut Reader<'_>, text: &str, type_name: &str, client: &'static str) {
    let front = super::doc_of_front_matter(reader, text);
    let path = reader.path();
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let stem = stem.trim_end_matches(".agent");
    let name = front.as_ref().and_then(|front| front.text_at("name")).unwrap_or(stem);
    let mut agent = AgentDef::new(&path, "sub-agent", name, type_name, Component::SubAgent).at(1);
    agent.parent = Parent::Client(client, 3);
    if let Some(front) = &front {
        for key in ["model", "description"] {
            if let Some(text) = front.text_at(key).and_then(super::shown) {
                agent = agent.attribute(key, text);
            }
        }
        if let Some(tools) = front.get("tools") {
            agent = agent.attribute("tools", tool_names(tools));
        }
    }
    let agent = reader.agent(agent);
    let servers = front.as_ref().and_then(|front| front.any(&["mcp-servers", "mcpServers"]));
    if let Some((key, servers)) = servers {
        let at = format!("/{key}");
        mcp::read_servers(reader, agent, servers, &at, &Inputs::default());
        mcp::read_list(reader, agent, servers, &at, &Inputs::default());
    }
}

/// Names of tools in a list or in one text with commas.
fn tool_names(tools: &Node) -> String {
    match tools.text() {
        Some(text) => text.to_owned(),
        None => tools.items().iter().filter_map(Node::text).collect::<Vec<_>>().join(", "),
    }
}

/// The YAML between the first two `---` lines, with its lines where they are in the file.
pub(super) fn front_matter(text: &str) -> Option<&str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let after = text.strip_prefix("---")?;
    let body = after.strip_prefix("\r\n").or_else(|| after.strip_prefix('\n'))?;
    let end = body
        .match_indices("\n---")
        .find(|(at, _)| body[at + 4..].chars().next().is_none_or(|next| next == '\n' || next == '\r'));
    // From the first line on: `---` opens a document, so lines stay true.
    let length = text.len() - body.len() + end.map_or(body.len(), |(at, _)| at + 1);
    Some(&text[..length])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn front_matter_ends_at_its_own_line() {
        assert_eq!(front_matter("---\nname: a---b\n---\nbody\n"), Some("---\nname: a---b\n"));
        assert_eq!(front_matter("---\r\nname: a\r\n---\r\nbody"), Some("---\r\nname: a\r\n"));
        assert_eq!(front_matter("# no front matter"), None);
    }
}
