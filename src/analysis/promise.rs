//! The core promise, on random estates: what was not seen never makes a verdict yes.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::finding::Answer;
use super::{Input, Policy, analyze};
use crate::graph::testworld::{build, now};

const SCOPES: [&str; 3] = ["a", "b", "c"];
const THINGS: [&str; 12] = [
    "credential c:1",
    "credential c:2",
    "identity i:1",
    "identity i:2",
    "agent g:1",
    "workload w:1",
    "owner person:p@x.org",
    "owner person:q@x.org",
    "owner team:t",
    "resource r:1",
    "identity i:3",
    "credential c:3",
];
const FACTS: [&str; 16] = [
    "",
    "",
    "",
    "used=100d",
    "used=1d",
    "used=never tracked=400d",
    "used=denied",
    "created=400d",
    "created=1d",
    "enabled=true",
    "off=20d",
    "gone=20d",
    "missing=3d",
    "expires=1d",
    "seen=200d",
    "used=never tracked=400d created=300d",
];
const LINKS: [&str; 20] = [
    "c:1 authenticates_as i:1",
    "c:2 authenticates_as i:1",
    "c:3 authenticates_as i:2",
    "g:1 holds c:1",
    "w:1 holds c:2",
    "g:1 runs_as i:2",
    "w:1 runs_as i:1",
    "i:1 owned_by person:p@x.org",
    "c:1 owned_by email:q@x.org",
    "i:2 owned_by team:t",
    "person:p@x.org member_of team:t",
    "i:1 created_by i:2",
    "i:2 created_by i:3",
    "i:3 created_by person:q@x.org",
    "i:3 trusts i:1",
    "i:2 trusts x:gone",
    "c:3 part_of r:1",
    "g:1 owned_by owner:nobody",
    "r:1 owned_by github:user/7",
    "w:1 owned_by person:p@x.org",
];

fn estate() -> impl Strategy<Value = Vec<String>> {
    let scope = || prop::sample::select(SCOPES.to_vec());
    let thing = (prop::sample::select(FACTS.to_vec()), prop::sample::select(FACTS.to_vec()), scope());
    let things = prop::collection::vec(prop::option::weighted(0.8, thing), THINGS.len());
    let link = (prop::bool::weighted(0.1), scope());
    let links = prop::collection::vec(prop::option::weighted(0.5, link), LINKS.len());
    (things, links).prop_map(|(things, links)| {
        let things = THINGS.iter().zip(things).filter_map(|(thing, told)| {
            let (one, two, scope) = told?;
            Some(format!("{thing} in={scope} {one} {two}"))
        });
        let links = LINKS.iter().zip(links).filter_map(|(link, told)| {
            let (is_gone, scope) = told?;
            Some(format!("{link} in={scope}{}", if is_gone { " gone=20d" } else { "" }))
        });
        things.chain(links).collect()
    })
}

/// The answers of all verdicts, when scopes end like this.
fn answers(rows: &[String], ends: &[&str; 3]) -> BTreeMap<(String, &'static str), Answer> {
    let scopes: Vec<String> =
        SCOPES.iter().zip(ends).map(|(scope, end)| format!("scope {scope} {end} covers=x:")).collect();
    let lines: Vec<&str> = scopes.iter().chain(rows).map(String::as_str).collect();
    let graph = build(&lines);
    let policy = Policy::default();
    let analysis = analyze(&Input::new(&graph, &policy, now()));
    graph
        .nodes()
        .filter_map(|node| Some((node, analysis.verdicts_of(node)?)))
        .flat_map(|(node, three)| {
            three.named().map(|(name, verdict)| {
                assert!(!analysis.because(node, verdict).is_empty());
                ((node.id().to_owned(), name), verdict.answer())
            })
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_scope_that_was_not_seen_whole_never_makes_a_verdict_yes(
        rows in estate(),
        ends in prop::array::uniform3(prop::sample::select(vec!["complete", "partial", "failed", "suspect"])),
    ) {
        let whole = answers(&rows, &["complete"; 3]);
        let broken = answers(&rows, &ends);
        for (of, answer) in broken {
            prop_assert!(answer != Answer::Yes || whole[&of] == Answer::Yes, "{of:?} with {ends:?} of {rows:#?}");
        }
    }

    #[test]
    fn owner_evidence_that_was_not_seen_never_makes_a_thing_ownerless(
        rows in estate(),
        ends in prop::array::uniform3(prop::sample::select(vec!["complete", "partial", "failed"])),
        seen in prop::collection::vec(any::<bool>(), THINGS.len() + LINKS.len()),
    ) {
        let whole = answers(&rows, &["complete"; 3]);
        let is_evidence = |row: &str| ["owned_by", "created_by", "holds", "runs_as", "part_of"].iter().any(|kind| row.contains(kind));
        let scope_of = |row: &str| SCOPES.iter().position(|scope| row.contains(&format!("in={scope}"))).unwrap();
        let mut tells = [false; 3];
        let mut cut = Vec::new();
        for (row, seen) in rows.iter().zip(seen) {
            let scope = scope_of(row);
            // What a scope has never told anything like, nobody expects of it; so each keeps its first such row.
            if !is_evidence(row) || seen || ends[scope] == "complete" || !tells[scope] {
                tells[scope] |= is_evidence(row);
                cut.push(row.clone());
            }
        }
        for (of, answer) in answers(&cut, &ends) {
            let promised = of.1 != "ownerless" || answer != Answer::Yes || whole[&of] == Answer::Yes;
            prop_assert!(promised, "{of:?} with {ends:?} of {cut:#?} out of {rows:#?}");
        }
    }

    #[test]
    fn every_finding_has_a_verdict_that_says_yes(rows in estate()) {
        let whole = answers(&rows, &["complete"; 3]);
        let lines: Vec<&str> = ["scope a complete covers=x:", "scope b complete covers=x:", "scope c complete covers=x:"]
            .into_iter()
            .chain(rows.iter().map(String::as_str))
            .collect();
        let graph = build(&lines);
        let policy = Policy::default();
        let input = Input::new(&graph, &policy, now());
        for found in analyze(&input).findings {
            let finding = found.in_words(&input);
            let brief = (found.reason, found.severity, found.confidence);
            prop_assert_eq!(brief, (finding.reason.as_str(), finding.severity, finding.confidence));
            let verdict = whole.iter().find(|((id, name), _)| *id == finding.subject.as_str() && *name == finding.rule);
            prop_assert!(verdict.is_none_or(|(_, answer)| *answer == Answer::Yes));
            prop_assert!(!finding.because.is_empty() && !finding.rests_on.is_empty());
        }
    }
}
