//! Signs that what runs is an agent, where nothing declares it: names of environment variables, images, ports, labels.
//!
//! Each sign alone says little, and two of different kinds say more; both are guesses, and so is the agent that is made up
//! from them: its links are inferred, and nothing inferred alone leads to a recommendation to delete.

use std::collections::BTreeSet;

use whosekey_sdk::{Entity, Evidence, Fact, Kind, Link, LinkKind, Record};

use crate::pod_spec::{World, containers, variables};
use crate::wire::workload::{PodSpec, Template};

/// From one kind of sign.
const ONE: f64 = 0.4;
/// From two kinds or more.
const SEVERAL: f64 = 0.7;
/// Where Ollama listens.
const OLLAMA_PORT: i64 = 11434;

/// The whole name, or with a `*` its beginning.
const VARIABLES: &[&str] =
    &["OPENAI_API_KEY", "ANTHROPIC_API_KEY", "AZURE_OPENAI_*", "GEMINI_API_KEY", "LANGSMITH_*", "LANGFUSE_*", "MCP_*"];

/// Words of the last part of an image's name, between dashes and the like.
const IMAGE_WORDS: &[&str] = &[
    "agent",
    "agents",
    "autogen",
    "crewai",
    "dify",
    "flowise",
    "langchain",
    "langflow",
    "langgraph",
    "litellm",
    "llm",
    "mcp",
    "n8n",
    "ollama",
    "openhands",
    "vllm",
];
/// Words that make another kind of agent of an image with `agent` in its name: it collects metrics and logs, or builds.
const OTHER_AGENTS: &[&str] = &[
    "azure",
    "buildkite",
    "cilium",
    "cloudwatch",
    "cluster",
    "datadog",
    "elastic",
    "fleet",
    "fluent",
    "grafana",
    "jenkins",
    "konnectivity",
    "logging",
    "metadata",
    "monitoring",
    "node",
    "otel",
    "pod",
    "secrets",
    "spire",
    "ssm",
    "telemetry",
    "vault",
    "zabbix",
];

/// The agent that what runs seems to be, as a thing of its own that it is a part of.
pub(crate) fn agent(workload: &Entity, namespace: &str, template: &Template, world: World<'_>) -> Vec<Record> {
    let found = found(template);
    let kinds: BTreeSet<&str> = found.iter().map(|(kind, _)| *kind).collect();
    if kinds.is_empty() {
        return Vec::new();
    }
    let confidence = if kinds.len() > 1 { SEVERAL } else { ONE };
    let signs: Vec<String> = found.iter().map(|(kind, sign)| format!("{kind} {sign}")).collect();
    let because = signs.join(", ");
    let id = workload.id.as_str().replace(':', "/");
    let mut entity = Entity::new(format!("agent:{id}"), Kind::Agent, "k8s.seeming-agent", workload.name.as_str())
        .attribute("component", "orchestrator")
        .attribute("confidence", confidence)
        .attribute("markers", signs);
    entity.created_at = workload.created_at;
    entity.enabled = workload.enabled;
    if let Some(environment) = workload.attributes.get("environment") {
        entity = entity.attribute("environment", environment.clone());
    }
    let part_of = Link::new(&workload.id, LinkKind::PartOf, &entity.id, Evidence::Inferred, because.as_str());
    let runs_as = world
        .account(namespace, template.spec.service_account_name.as_deref())
        .map(|account| Link::new(&entity.id, LinkKind::RunsAs, account, Evidence::Inferred, because.as_str()));
    std::iter::once(entity.into()).chain([Some(part_of), runs_as].into_iter().flatten().map(Record::from)).collect()
}

/// Whether a record of what runs is of an agent that was made up from signs.
pub(crate) fn is_guess(record: &Record) -> bool {
    match record {
        Record::Entity(_) => true,
        Record::Link(link) => link.evidence == Evidence::Inferred,
        Record::Activity(_) => false,
    }
}

/// Kinds of sign, each with what was found, in order.
fn found(template: &Template) -> BTreeSet<(&'static str, String)> {
    let spec = &template.spec;
    let variables =
        variables(spec).into_iter().filter(|name| is_agents_variable(name)).map(|name| ("env", name.to_owned()));
    let images = containers(spec).filter_map(|container| Some(("image", agents_image(&container.image)?.to_owned())));
    let port = listens_as_ollama(spec).then(|| ("port", OLLAMA_PORT.to_string()));
    let labels = template.metadata.labels.iter();
    let part_of = labels.filter(|(key, value)| *key == "app.kubernetes.io/part-of" && has_word(value, IMAGE_WORDS));
    let part_of = part_of.map(|(_, value)| ("label part-of", value.to_owned()));
    variables.chain(images).chain(port).chain(part_of).collect()
}

fn is_agents_variable(name: &str) -> bool {
    VARIABLES.iter().any(|known| match known.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == *known,
    })
}

/// The last part of an image's name, without its tag, when it is one of an agent.
fn agents_image(image: &str) -> Option<&str> {
    let name = image.rsplit('/').next()?.split(['@', ':']).next()?;
    let only_agent = !has_word(name, &IMAGE_WORDS[2..]);
    let is_other = only_agent && (has_word(name, OTHER_AGENTS) || !name.contains(['-', '_']));
    (has_word(name, IMAGE_WORDS) && !is_other).then_some(name)
}

fn has_word(text: &str, words: &[&str]) -> bool {
    text.to_lowercase().split(|c: char| !c.is_ascii_alphanumeric()).any(|word| words.contains(&word))
}

fn listens_as_ollama(spec: &PodSpec) -> bool {
    containers(spec).flat_map(|container| &container.ports).any(|port| port.container_port == OLLAMA_PORT)
}

/// Whether something is known to be switched on, for those who show it twice.
pub(crate) fn on(is_on: bool) -> Fact<bool> {
    Fact::Known(is_on)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cluster::testcluster;
    use crate::defaults::Defaults;

    fn confidence(spec: &serde_json::Value) -> Option<f64> {
        let template: Template = serde_json::from_value(spec.clone()).unwrap();
        let (cluster, defaults) = (testcluster(), Defaults::Unknown);
        let world = World { cluster: &cluster, defaults: &defaults };
        let workload = Entity::new("k8s:1", Kind::Workload, "k8s.deployment", "shop/bot");
        let records = agent(&workload, "shop", &template, world);
        for record in &records {
            if let Record::Link(link) = record {
                assert_eq!(link.evidence, Evidence::Inferred);
            }
        }
        records.iter().find_map(|record| match record {
            Record::Entity(entity) => entity.attributes["confidence"].as_f64(),
            _ => None,
        })
    }

    fn container(env: &[&str], image: &str) -> serde_json::Value {
        let env: Vec<_> = env.iter().map(|name| json!({"name": name, "value": "x"})).collect();
        json!({"spec": {"containers": [{"image": image, "env": env}]}})
    }

    #[test]
    fn one_kind_of_sign_says_little_and_two_say_more() {
        assert_eq!(confidence(&container(&["OPENAI_API_KEY"], "acme/web:1")), Some(0.4));
        assert_eq!(confidence(&container(&["OPENAI_API_KEY", "LANGFUSE_HOST"], "acme/web:1")), Some(0.4));
        assert_eq!(confidence(&container(&["OPENAI_API_KEY"], "acme/order-agent:1")), Some(0.7));
        assert_eq!(confidence(&json!({"spec": {"containers": [{"ports": [{"containerPort": 11434}]}]}})), Some(0.4));
    }

    #[test]
    fn what_has_no_sign_is_no_agent() {
        assert_eq!(confidence(&container(&["PATH", "OPENAI"], "acme/web:1")), None);
    }

    #[test]
    fn agents_of_other_trades_are_told_apart_by_their_images() {
        for image in
            ["datadog/agent:7", "datadog-agent", "grafana/grafana-agent:v1", "jenkins-agent", "reagent-web", "agent"]
        {
            assert_eq!(agents_image(image), None, "{image}");
        }
        for image in
            ["r.example.com/acme/support-agent@sha256:00", "ollama/ollama:1", "mcp-server", "acme/langgraph-api"]
        {
            assert!(agents_image(image).is_some(), "{image}");
        }
    }
}
