//! The recording of the estate in `examples/acme` has shapes that the connector makes, and no other.

use std::collections::BTreeSet;
use std::path::Path;

use whosekey_parts::github::GitHub;
use whosekey_sdk::Record;
use whosekey_sdk::protocol::Line;
use whosekey_sdk::testkit::observe;

use crate::support::{APPS_TOKEN, connector, world};

/// What a record is made of, without the names and numbers in it.
fn shapes(kind_of_scope: &str, record: &Record) -> Vec<String> {
    match record {
        Record::Entity(entity) => {
            let of =
                format!("{kind_of_scope}: {} {} {}", entity.kind.as_str(), entity.type_name, stem(entity.id.as_str()));
            let aliases = entity.aliases.iter().map(|alias| format!("{of} alias {}", stem(alias.as_str())));
            let attributes = entity.attributes.keys().map(|name| format!("{of} attribute {name}"));
            aliases.chain(attributes).chain([of.clone()]).collect()
        }
        Record::Link(link) => {
            let ends = [link.from.as_str(), link.to.as_str()].map(stem);
            vec![format!("{kind_of_scope}: {} {} {}", ends[0], link.kind.as_str(), ends[1])]
        }
        _ => Vec::new(),
    }
}

/// What a name begins with: `github:repo`, `login`.
fn stem(name: &str) -> &str {
    let is_ours = name.starts_with("github:");
    name.split(|letter| "/#".contains(letter) || (letter == ':' && !is_ours)).next().unwrap_or_default()
}

/// The shapes of the recording, by kind of scope.
fn recorded() -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/acme/github.ndjson");
    let text = std::fs::read_to_string(path).unwrap();
    let mut kind = String::new();
    let mut all = BTreeSet::new();
    for line in text.lines() {
        match serde_json::from_str(line).unwrap() {
            Line::Collect { collect } => kind = collect.rsplit('/').next().unwrap_or_default().to_owned(),
            Line::Record { record } => all.extend(shapes(&kind, &record)),
            _ => {}
        }
    }
    all
}

#[tokio::test]
async fn the_recorded_estate_is_as_the_connector_would_tell_it() {
    let mut world = world();
    let owners = "* @acme/platform bob@example.com\n".into();
    world.repository("acme/shop").files.insert("CODEOWNERS".into(), owners);
    let github = GitHub::start(world).unwrap();
    let (seen, issues) = observe(&connector(&github.url(), &["acme"], APPS_TOKEN)).await.unwrap();
    assert!(issues.is_empty(), "{issues:?}");
    let told: BTreeSet<String> = seen
        .iter()
        .flat_map(|scope| scope.collected.records.iter().flat_map(|record| shapes(scope.kind(), record)))
        .collect();
    let recorded = recorded();
    let others: Vec<&String> = recorded.difference(&told).collect();
    assert!(!recorded.is_empty() && others.is_empty(), "the connector never says {others:#?}");
}
