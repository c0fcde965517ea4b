//! Backstage: `catalog-info.yaml` says who owns what lies beside it.

use super::with_yaml;
use crate::doc::Node;
use crate::found::{AgentDef, Component, Joined, Owners};
use crate::reader::Reader;

/// Kinds of entity that have an owner, the telling ones first.
const OWNED: &[&str] = &["AiResource", "Component", "Resource", "API", "System"];

/// Annotations by which an entity is joined with what other sources see, and the prefix of the alias there.
const JOINS: &[(&str, &str)] = &[
    ("github.com/project-slug", "https://github.com/"),
    ("gitlab.com/project-slug", "https://gitlab.com/"),
    ("backstage.io/kubernetes-id", "backstage:kubernetes-id/"),
];

pub(crate) fn read(reader: &mut Reader<'_>, text: &str) {
    let mut best: Option<(usize, String, u32)> = None;
    let mut joined: Vec<Joined> = Vec::new();
    with_yaml(reader, text, |reader, document| {
        let Some(rank) = document.text_at("kind").and_then(|kind| OWNED.iter().position(|owned| *owned == kind)) else {
            return;
        };
        let owner = document.at(&["spec", "owner"]);
        let owner = owner.and_then(|node| Some((owner_ref(node.text()?)?, node.line)));
        if let Some((owner, line)) = &owner {
            let annotations = document.at(&["metadata", "annotations"]);
            let found = JOINS.iter().filter_map(|(key, prefix)| Some((*key, *prefix, annotations?.text_at(key)?)));
            joined.extend(found.filter(|(.., value)| !value.is_empty() && !value.contains(char::is_whitespace)).map(
                |(annotation, prefix, value)| Joined {
                    subject: format!("{prefix}{value}"),
                    owner: owner.clone(),
                    annotation,
                    line: *line,
                },
            ));
        }
        if let Some((owner, line)) = owner
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
        reader.facts.owners = Some(Owners::Catalog { owners: vec![owner], line, joined });
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
