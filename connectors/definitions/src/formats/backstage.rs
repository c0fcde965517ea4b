//! Backstage: `catalog-info.yaml` says who owns what lies beside it.

use super::with_yaml;
use crate::doc::Node;
use crate::found::{AgentDef, Component, Owners};
use crate::reader::Reader;

/// Kinds of entity that have an owner, the telling ones first.
const OWNED: &[&str] = &["AiResource", "Component", "Resource", "API", "System"];

pub(crate) fn read(reader: &mut Reader<'_>, text: &str) {
    let mut best: Option<(usize, String, u32)> = None;
    with_yaml(reader, text, |reader, document| {
        let Some(rank) = document.text_at("kind").and_then(|kind| OWNED.iter().position(|owned| *owned == kind)) else {
            return;
        };
        let owner = document.at(&["spec", "owner"]);
        if let Some((owner, line)) = owner.and_then(|node| Some((owner_ref(node.text()?)?, node.line)))
            && best.as_ref().is_none_or(|(least, _, _)| rank < *least)
        {
            best = Some((rank, owner, line));
        }
        if document.at(&["spec", "type"]).and_then(Node::text).is_some_and(|kind| kind.contains("agent"))
            && let Some(name) = document.at(&["metadata", "name"]).and_then(Node::text)
        {
            let agent = AgentDef::new(
                reader.path(),
                format!("catalog/{name}"),
                name,
                "agent.catalog-entry",
                Component::Orchestrator,
            );
            reader.agent(agent.at(document.line));
        }
    });
    if let Some((_, owner, line)) = best {
        reader.facts.owners = Some(Owners::Catalog { owners: vec![owner], line });
    }
}

/// `group:default/platform`, `user:ada`, or a bare name, which means a group.
fn owner_ref(text: &str) -> Option<String> {
    let (kind, name) = text.split_once(':').unwrap_or(("", text));
    let name = name.rsplit('/').next()?.trim();
    if name.is_empty() {
        return None;
    }
    Some(match kind.to_ascii_lowercase().as_str() {
        "group" => format!("team:{}", name.to_lowercase()),
        "user" => format!("login:{}", name.to_lowercase()),
        _ => name.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_to_owners_lose_their_namespace() {
        assert_eq!(owner_ref("group:default/platform").as_deref(), Some("team:platform"));
        assert_eq!(owner_ref("user:Ada").as_deref(), Some("login:ada"));
        assert_eq!(owner_ref("platform").as_deref(), Some("platform"));
        assert_eq!(owner_ref(""), None);
    }
}
