//! Terraform: blocks of HCL as far as text tells, and the state, in which everything is resolved.

use crate::doc::{Lines, Node, pointer};
use crate::found::{AgentDef, Component, Holder};
use crate::reader::Reader;

use super::is_arn;

/// Kinds of resource that are agents, with the attribute that names the role.
const RESOURCES: &[(&str, &str, &str)] = &[
    ("aws_bedrockagent_agent", "agent_resource_role_arn", "agent_name"),
    ("aws_bedrockagentcore_agent_runtime", "role_arn", "agent_runtime_name"),
    ("aws_bedrockagentcore_gateway", "role_arn", "name"),
    ("awscc_bedrock_agent", "agent_resource_role_arn", "agent_name"),
];

/// Reads `*.tf`.
pub(crate) fn read_terraform(reader: &mut Reader<'_>, text: &str) {
    if !RESOURCES.iter().any(|(kind, ..)| text.contains(kind)) {
        return;
    }
    let lines = Lines::new(text);
    for block in blocks(text) {
        let Some((kind, role_key, name_key)) = RESOURCES.iter().find(|(kind, ..)| *kind == block.kind) else {
            continue;
        };
        let literal = |key: &str| block.attributes.iter().find(|attribute| attribute.0 == key).copied();
        let name = literal(name_key).map_or(block.label, |(_, value, _)| value);
        // By the folder: files and state of one module are about the same agent.
        let place = reader.facts.base.clone();
        let key = format!("tf/{kind}.{}", block.label);
        let agent = AgentDef::new(&place, key, name, "agent.bedrock-terraform", Component::Orchestrator);
        let agent = reader.agent(agent.at(lines.of(block.start)));
        if let Some((_, arn, at)) = literal(role_key).filter(|(_, arn, _)| is_arn(arn)) {
            reader.runs_as(agent, arn.to_owned(), role_key, lines.of(at), "");
        }
    }
}

/// `resource "<kind>" "<label>" { … }` with the attributes of its first level that are plain text.
#[derive(Debug)]
struct Block<'t> {
    kind: &'t str,
    label: &'t str,
    start: usize,
    attributes: Vec<(&'t str, &'t str, usize)>,
}

fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut found = Vec::new();
    let mut open: Option<Block<'_>> = None;
    let mut depth = 0usize;
    let mut heredoc: Option<&str> = None;
    let mut comment = false;
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let start = offset;
        offset += line.len();
        let trimmed = line.trim();
        if let Some(end) = heredoc {
            if trimmed == end {
                heredoc = None;
            }
            continue;
        }
        if comment || trimmed.starts_with("/*") {
            comment = !trimmed.contains("*/");
            continue;
        }
        if trimmed.starts_with('#') || trimmed.starts_with("//") {
            continue;
        }
        if depth == 0 {
            open = header(trimmed).map(|(kind, label)| Block { kind, label, start, attributes: Vec::new() });
        } else if depth == 1
            && let Some(block) = &mut open
            && let Some((key, value)) = trimmed.split_once('=')
            && let Some(value) = value.trim().strip_prefix('"').and_then(|rest| rest.split('"').next())
        {
            block.attributes.push((key.trim(), value, start));
        }
        heredoc =
            trimmed.split_once("<<").map(|(_, end)| end.trim_start_matches('-').trim()).filter(|end| !end.is_empty());
        for brace in braces(trimmed) {
            match brace {
                b'{' => depth += 1,
                _ => depth = depth.saturating_sub(1),
            }
        }
        if depth == 0 {
            found.extend(open.take());
        }
    }
    found
}

fn header(line: &str) -> Option<(&str, &str)> {
    let rest = line.strip_prefix("resource")?.trim_start();
    let mut parts = rest.split('"');
    parts.next()?;
    let kind = parts.next()?;
    parts.next()?;
    Some((kind, parts.next()?))
}

/// Braces outside of strings and comments.
fn braces(line: &str) -> impl Iterator<Item = u8> + '_ {
    let mut quoted = false;
    let mut escaped = false;
    line.bytes()
        .take_while(move |byte| {
            if *byte == b'"' && !escaped {
                quoted = !quoted;
            }
            escaped = *byte == b'\\' && !escaped;
            quoted || *byte != b'#'
        })
        .scan(false, |inside, byte| {
            if byte == b'"' {
                *inside = !*inside;
            }
            Some((!*inside && matches!(byte, b'{' | b'}')).then_some(byte))
        })
        .flatten()
}

/// Reads `*.tfstate`.
pub(crate) fn read_state(reader: &mut Reader<'_>, document: &Node) {
    for (at, resource) in document.get("resources").map_or(&[][..], Node::items).iter().enumerate() {
        let kind = resource.text_at("type").unwrap_or("");
        let Some((kind, role_key, name_key)) = RESOURCES.iter().find(|(known, ..)| *known == kind) else { continue };
        for (index, instance) in resource.get("instances").map_or(&[][..], Node::items).iter().enumerate() {
            let Some(attributes) = instance.get("attributes") else { continue };
            let label = resource.text_at("name").unwrap_or(kind);
            let name = attributes.text_at(name_key).unwrap_or(label);
            let place = reader.facts.base.clone();
            let key = if index == 0 { format!("tf/{kind}.{label}") } else { format!("tf/{kind}.{label}/{index}") };
            let mut agent =
                AgentDef::new(&place, key, name, "agent.bedrock-terraform", Component::Orchestrator).at(resource.line);
            for key in ["agent_arn", "agent_runtime_arn", "gateway_arn", "arn"] {
                agent.aliases.extend(attributes.text_at(key).filter(|arn| is_arn(arn)).map(Into::into));
            }
            if let Some(module) = resource.text_at("module") {
                agent = agent.attribute("module", module);
            }
            let agent = reader.agent(agent);
            let base = format!("/resources/{at}/instances/{index}/attributes");
            if let Some(role) = attributes.get(role_key) {
                super::runs_as(reader, agent, role_key, role, &pointer(&base, role_key));
            }
            if let Some(env) = attributes.get("environment_variables") {
                reader.map(Holder::Here(agent), env, &pointer(&base, "environment_variables"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_read_past_strings_comments_and_heredocs() {
        let text = "# resource \"a\" \"no\" {\nresource \"a\" \"b\" {\n  name = \"x\" # {\n  role = aws_iam_role.r.arn\n  text = \"}\"\n  doc = <<EOT\n}\nEOT\n  inner {\n    name = \"y\"\n  }\n  last = \"z\"\n}\n";
        let found = blocks(text);
        assert_eq!(found.len(), 1, "{found:?}");
        let keys: Vec<_> = found[0].attributes.iter().map(|(key, value, _)| (*key, *value)).collect();
        assert_eq!(keys, [("name", "x"), ("text", "}"), ("last", "z")]);
    }
}
