use std::collections::BTreeMap;

use whosekey_sdk::{Fact, Kind};

use super::*;
use crate::analysis::verdict::Verdict;
use crate::analysis::{Analysis, Input, Policy, analyze};
use crate::graph::testworld::{now, world};

fn estate() -> Graph {
    world(
        "scope laptops complete
        scope github partial
        identity aws:AIDA1 name=ci alias=arn:aws:iam::1:user/ci created=900d enabled=true
        credential aws:AKIA1 created=900d used=never tracked=900d expires=never enabled=true
        credential aws:AKIA2 created=900d used=denied enabled=true
        agent agent:tool in=laptops name=tool
        agent agent:bot in=laptops name=bot
        agent agent:gone in=laptops gone=10d
        resource aws:account/1 name=prod
        owner person:ada@example.com name=Ada enabled=true
        aws:AKIA1 authenticates_as aws:AIDA1
        aws:AKIA1 authenticates_as aws:AIDA1 in=laptops
        aws:AKIA2 authenticates_as aws:AIDA1
        agent:tool holds aws:AKIA1 in=laptops file=.mcp.json
        agent:gone holds aws:AKIA1 in=laptops
        agent:tool part_of agent:bot in=laptops
        aws:AIDA1 can_access aws:account/1 level=admin
        aws:AIDA1 owned_by email:grace@example.com role=owner evidence=declared
        aws:AIDA1 owned_by person:ada@example.com role=owner evidence=declared
        aws:AIDA1 trusts oidc:https://example.com#x",
    )
}

pub(crate) fn with_parts<T>(graph: &Graph, run: impl FnOnce(Parts<'_>) -> T) -> T {
    let policy = Policy::default();
    let analysis: Analysis = analyze(&Input::new(graph, &policy, now()));
    let verdicts = |node: Node<'_>| {
        let three = analysis.verdicts_of(node)?;
        let told = |verdict: Verdict| v1::Verdict {
            verdict: verdict.answer(),
            reason: Some(verdict.why.code().to_owned()),
            because: Some(analysis.because(node, verdict)),
        };
        let verdicts = v1::Verdicts {
            orphaned: told(three.orphaned),
            zombie: told(three.zombie),
            ownerless: told(three.ownerless),
        };
        Some(Judged { verdicts, dormant: None })
    };
    let answers = |node: Node<'_>| Some(analysis.verdicts_of(node)?.answers());
    let input = analysis.input(graph);
    let findings: Vec<FindingRow> = analysis
        .findings
        .iter()
        .map(|found| FindingRow {
            finding: found.in_words(&input),
            status: Status::Open,
            first_seen: now(),
            closed_at: None,
            suppression: None,
        })
        .collect();
    run(Parts {
        graph,
        sight: &analysis.sight,
        verdicts: &verdicts,
        answers: &answers,
        findings: &findings,
        notices: Vec::new(),
        permissions: &BTreeMap::new(),
        version: "0.0.0",
        generated_at: now(),
        now: now(),
    })
}

impl Findings for Vec<FindingRow> {
    fn count(&self) -> usize {
        self.len()
    }

    fn line(&self, at: usize) -> FindingLine<'_> {
        let FindingRow { finding, status, .. } = &self[at];
        FindingLine {
            severity: finding.severity,
            rule: &finding.rule,
            subject: finding.subject.as_str(),
            id: finding.id(),
            status: *status,
        }
    }

    fn in_words(&self, at: usize) -> FindingRow {
        self[at].clone()
    }
}

fn entity<'r>(report: &'r v1::Report, id: &str) -> &'r v1::Entity {
    report.entities.iter().find(|entity| entity.id.as_str() == id).unwrap()
}

#[test]
fn streaming_writes_the_bytes_of_the_assembled_report() {
    let graph = estate();
    let whole = with_parts(&graph, |parts| {
        let mut bytes = Vec::new();
        crate::report::json::write(&assemble(parts), &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    });
    let streamed = with_parts(&graph, |parts| {
        let mut bytes = Vec::new();
        write_json(&parts, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    });
    assert!(whole == streamed, "{whole}\n{streamed}");
}

#[test]
fn of_a_small_estate_an_overview_holds_all() {
    let graph = estate();
    let whole = with_parts(&graph, assemble);
    let mut over = with_parts(&graph, overview);
    // The dangling end stands in no inventory, and no finding concerns it here.
    over.links.retain(|link| !link.to.as_str().starts_with("oidc:"));
    assert_eq!(over.entities, whole.entities);
    assert_eq!(over.links.len(), whole.links.len() - 1);
    assert_eq!((over.summary, over.coverage, over.findings), (whole.summary, whole.coverage, whole.findings));
}

#[test]
fn a_table_of_the_findings_that_it_lists_is_the_table_of_all() {
    let graph = estate();
    let table = |write: &dyn Fn(Parts<'_>, &mut Vec<u8>)| {
        with_parts(&graph, |parts| {
            let mut bytes = Vec::new();
            write(parts, &mut bytes);
            String::from_utf8(bytes).unwrap()
        })
    };
    let options = Options::default();
    let whole = table(&|parts, out| crate::report::write(&assemble(parts), Format::Table, out, &options).unwrap());
    assert_eq!(table(&|parts, out| write(parts, Format::Table, out, &options).unwrap()), whole);
    let few = with_parts(&graph, |parts| screen(parts, 2));
    let all = with_parts(&graph, assemble);
    assert_eq!((few.findings.len(), &few.findings[..], few.summary), (2, &all.findings[..2], all.summary));
}

#[test]
fn the_agents_of_a_key_are_its_holders_and_what_they_are_part_of_but_not_those_that_are_gone() {
    let report = with_parts(&estate(), assemble);
    let agents = |id: &str| entity(&report, id).agents.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(agents("aws:AKIA1"), ["agent:bot", "agent:tool"]);
    assert_eq!(agents("aws:AIDA1"), ["agent:bot", "agent:tool"], "through its key");
    assert_eq!(agents("agent:tool"), ["agent:bot"]);
    assert_eq!(agents("agent:bot"), Vec::<String>::new());
}

#[test]
fn an_address_that_no_directory_knows_is_an_owner_of_whom_nothing_is_told() {
    let report = with_parts(&estate(), assemble);
    let grace = entity(&report, "person:grace@example.com");
    assert_eq!((grace.kind, grace.enabled), (Kind::Owner, Fact::NotExposed));
    assert_eq!(grace.sources, ["test"]);
    assert!(entity(&report, "aws:AIDA1").owners.iter().any(|owner| owner.id == grace.id));
}

#[test]
fn a_dangling_end_is_kept_in_the_link_and_is_no_entity() {
    let report = with_parts(&estate(), assemble);
    assert!(report.links.iter().any(|link| link.to.as_str() == "oidc:https://example.com#x"));
    assert!(!report.entities.iter().any(|entity| entity.id.as_str().starts_with("oidc:")));
}

#[test]
fn what_two_scopes_of_a_source_say_alike_is_one_link() {
    let report = with_parts(&estate(), assemble);
    let proofs = report.links.iter().filter(|link| link.from.as_str() == "aws:AKIA1");
    assert_eq!(proofs.count(), 1);
}

#[test]
fn what_is_denied_is_written_as_denied_and_what_is_never_as_null() {
    let report = with_parts(&estate(), assemble);
    let text = serde_json::to_value(&report).unwrap();
    let of = |id: &str| text["entities"].as_array().unwrap().iter().find(|e| e["id"] == id).unwrap().clone();
    assert_eq!(of("aws:AKIA1")["last_used_at"], serde_json::json!({"state": "known", "value": null}));
    assert_eq!(of("aws:AKIA2")["last_used_at"], serde_json::json!({"state": "denied"}));
    assert_eq!(of("aws:AIDA1")["last_used_at"], serde_json::json!({"state": "not_exposed"}));
    assert_eq!(of("aws:AIDA1")["gone_at"], serde_json::Value::Null);
}

#[test]
fn the_counts_are_of_what_is_there() {
    let report = with_parts(&estate(), assemble);
    assert_eq!(report.summary.entities["agent"], 2, "the third is gone");
    let zombies = &report.summary.verdicts["zombie"];
    assert_eq!(zombies.values().sum::<u64>(), 3);
    assert!(report.summary.findings.by_rule.values().sum::<u64>() > 0);
}
