//! The screens of `explain`, `list`, `diff` and `path`, whole.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use whosekey::analysis::{Answer, Severity, Status};
use whosekey::report::diff::{Change, Diff, Happened};
use whosekey::report::explain::{Ends, Subject};
use whosekey::report::index::Index;
use whosekey::report::list::{self, Filter, What};
use whosekey::report::path::{Direction, Path, Step, Stop};
use whosekey::report::{self, Color, Error, Format, Options, Signs, diff, explain, path, v1};
use whosekey_sdk::{Evidence, Kind, LinkKind};

const PLAIN: Options = Options { color: Color::Never, signs: Signs::Unicode, width: Some(120) };

fn acme() -> v1::Report {
    serde_json::from_str(include_str!("report/acme.json")).unwrap()
}

fn explained(id: &str, options: &Options) -> String {
    let report = acme();
    let index = Index::new(&report);
    let mut bytes = Vec::new();
    let finding = || report.findings.iter().find(|finding| finding.id.starts_with(id)).map(Subject::Finding);
    let entity =
        report.entities.iter().find(|entity| entity.id.as_str() == id || entity.aliases.iter().any(|a| a == id));
    let subject = entity.map(Subject::Entity).or_else(finding).unwrap();
    explain::write(&index, &Ends::default(), subject, Format::Table, &mut bytes, options).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn listed(what: &str, filter: &Filter, format: Format) -> String {
    let mut bytes = Vec::new();
    list::write(&acme(), What::from_word(what).unwrap(), filter, format, &mut bytes, &PLAIN).unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_key_is_explained_with_its_holders_owners_facts_and_steps() {
    insta::assert_snapshot!(explained("aws:AKIA3EXAMPLECIDEPLOY", &PLAIN));
}

#[test]
fn a_finding_is_explained_by_a_prefix_of_its_id() {
    insta::assert_snapshot!(explained("4387b7", &PLAIN));
}

#[test]
fn an_agent_a_person_and_a_resource_are_explained_by_what_matters_of_them() {
    let screens = ["agent:5f1c0a7be2d94c11", "email:ada@example.com", "aws:secret/db-main"];
    insta::assert_snapshot!(screens.map(|id| explained(id, &PLAIN)).join("\n=====\n\n"));
}

#[test]
fn a_terminal_without_unicode_gets_ascii_and_colours_change_no_word() {
    let ascii = explained("4387b7", &Options { signs: Signs::Ascii, ..PLAIN });
    let foreign: Vec<char> = ascii.chars().filter(|c| !c.is_ascii()).collect();
    // The evidence of this finding has an arrow of its own; an ellipsis may stand for what was cut.
    assert!(foreign.iter().all(|c| "→…".contains(*c)), "{foreign:?}");
    let coloured = explained("4387b7", &Options { color: Color::Always, ..PLAIN });
    let stripped: String = coloured
        .split('\u{1b}')
        .enumerate()
        .map(|(at, part)| if at == 0 { part } else { part.split_once('m').unwrap().1 })
        .collect();
    let bare = |text: &str| text.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>();
    assert_eq!(bare(&stripped), bare(&explained("4387b7", &PLAIN)));
}

#[test]
fn the_overview_shows_coverage_first() {
    let mut bytes = Vec::new();
    report::write(&acme(), Format::Table, &mut bytes, &PLAIN).unwrap();
    insta::assert_snapshot!(String::from_utf8(bytes).unwrap());
}

#[test]
fn a_narrow_terminal_gets_fewer_columns_and_not_broken_ones() {
    let text = listed("credentials", &Filter::default(), Format::Table);
    assert!(text.lines().all(|line| line.chars().count() <= 120), "{text}");
    assert!(text.lines().next().unwrap().contains("ORPHANED"));
    assert_eq!(text.lines().count(), 6, "a line each: {text}");
}

#[test]
fn filters_narrow_a_list_and_an_empty_one_hides_only_what_is_gone() {
    let count = |what: &str, filter: Filter| listed(what, &filter, Format::Ndjson).lines().count();
    assert_eq!(count("workloads", Filter::default()), 1);
    assert_eq!(count("workloads", Filter { presence: list::Presence::Any, ..Filter::default() }), 2);
    let zombies = Filter { verdict: Some(("zombie".into(), Answer::Yes)), ..Filter::default() };
    assert_eq!(count("identities", zombies), 1);
    assert_eq!(count("credentials", Filter { text: Some("LEGACY".into()), ..Filter::default() }), 1);
    assert_eq!(count("identities", Filter { owner: Some("grace".into()), ..Filter::default() }), 1);
    assert_eq!(count("credentials", Filter { source: Some("github".into()), ..Filter::default() }), 1);
    assert_eq!(count("findings", Filter { severity: Some(Severity::High), ..Filter::default() }), 7);
    assert_eq!(count("findings", Filter { rule: Some("long-lived".into()), ..Filter::default() }), 2);
    assert_eq!(count("findings", Filter { status: Some(Status::Accepted), ..Filter::default() }), 1);
    assert_eq!(count("sources", Filter::default()), 5);
    assert_eq!(count("scopes", Filter { source: Some("github".into()), ..Filter::default() }), 3);
}

#[test]
fn a_list_as_json_is_the_reports_own_objects() {
    let findings: Vec<v1::Finding> =
        serde_json::from_str(&listed("findings", &Filter::default(), Format::Json)).unwrap();
    assert_eq!(findings, acme().findings);
    let agents: Vec<v1::Entity> = serde_json::from_str(&listed("agents", &Filter::default(), Format::Json)).unwrap();
    assert!(agents.iter().all(|agent| agent.kind == Kind::Agent) && agents.len() == 4);
}

#[test]
fn a_list_as_sarif_is_the_findings_that_it_lists_or_those_about_it() {
    let results = |what: &str, filter: &Filter| {
        let log: serde_json::Value = serde_json::from_str(&listed(what, filter, Format::Sarif)).unwrap();
        let results = log["runs"][0]["results"].as_array().unwrap().clone();
        results.iter().map(|result| result["ruleId"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let long_lived = Filter { rule: Some("long-lived".into()), ..Filter::default() };
    assert_eq!(results("findings", &long_lived), ["long-lived", "long-lived"]);
    let about = |kind: Kind| {
        let report = acme();
        let is_about = |id: &str| report.entities.iter().any(|entity| entity.id.as_str() == id && entity.kind == kind);
        let open = report.findings.iter().filter(|found| found.status != Status::Closed);
        open.filter(|found| is_about(found.subject.as_str())).count()
    };
    assert_eq!(results("credentials", &Filter::default()).len(), about(Kind::Credential));
    let mut bytes = Vec::new();
    let written = list::write(&acme(), What::Scopes, &Filter::default(), Format::Sarif, &mut bytes, &PLAIN);
    assert!(matches!(written, Err(Error::Unsupported { .. })), "the coverage is no finding");
}

#[test]
fn a_list_as_html_is_a_page_of_its_own_with_every_row() {
    for what in ["identities", "credentials", "owners", "findings", "sources", "scopes"] {
        let page = listed(what, &Filter::default(), Format::Html);
        let rows = listed(what, &Filter::default(), Format::Ndjson).lines().count();
        assert_eq!(page.matches("<tr>").count(), rows + 1, "{what}");
        assert!(page.contains("default-src 'none'") && !page.contains("<script"), "{what}");
        assert!(!page.contains("http://") && !page.contains("https://"), "{what} loads something");
    }
}

fn stop(id: &str, kind: Kind, type_name: &str, name: &str) -> Stop {
    Stop { id: id.into(), kind: Some(kind), type_name: type_name.into(), name: name.into() }
}

#[test]
fn a_path_is_drawn_step_by_step_and_the_lack_of_one_is_said() {
    let key = stop("aws:AKIA1", Kind::Credential, "aws.access-key", "AKIA1");
    let user = stop("aws:AIDA1", Kind::Identity, "aws.iam-user", "ci\u{1b}[2J");
    let step = Step {
        link: LinkKind::AuthenticatesAs,
        direction: Direction::Along,
        evidence: Evidence::Proven,
        because: "iam:ListAccessKeys".into(),
        to: user.clone(),
    };
    let drawn = |steps: Vec<Step>| {
        let mut bytes = Vec::new();
        let way = Path { from: key.clone(), to: user.clone(), steps };
        path::write(&way, Format::Table, &mut bytes, &PLAIN).unwrap();
        String::from_utf8(bytes).unwrap()
    };
    insta::assert_snapshot!(format!("{}---\n{}", drawn(vec![step]), drawn(vec![])), @r"
    AKIA1  credential, aws.access-key  aws:AKIA1
      │  ↓ authenticates_as (proven: iam:ListAccessKeys)
    ci\u{1b}[2J  identity, aws.iam-user  aws:AIDA1
    ---
    AKIA1  credential, aws.access-key  aws:AKIA1
      does not reach, over any link that was seen,
    ci\u{1b}[2J  identity, aws.iam-user  aws:AIDA1
    ");
}

#[test]
fn a_difference_is_counted_and_listed() {
    let change = |what, id: &str, kind, details: &[&str]| Change {
        what,
        id: id.into(),
        kind,
        type_name: "aws.iam-user".into(),
        name: id.trim_start_matches("aws:").into(),
        details: details.iter().map(ToString::to_string).collect(),
    };
    let difference = Diff {
        from: "2026-11-17T00:00:00Z".parse().unwrap(),
        to: "2026-11-24T00:00:00Z".parse().unwrap(),
        changes: vec![
            change(Happened::Appeared, "aws:AIDA1", Some(Kind::Identity), &[]),
            change(Happened::Changed, "aws:AIDA2", Some(Kind::Identity), &["enabled: yes → no"]),
            change(Happened::Gone, "aws:AIDA3", Some(Kind::Identity), &[]),
            change(Happened::Opened, "8c591459f1b01478", None, &[]),
        ],
    };
    let mut bytes = Vec::new();
    diff::write(&difference, Format::Table, &mut bytes, &PLAIN).unwrap();
    insta::assert_snapshot!(String::from_utf8(bytes).unwrap(), @r"
    2026-11-17 → 2026-11-24  1 appeared · 1 changed · 1 gone · 1 opened
      +  identity  AIDA1             aws.iam-user  aws:AIDA1
      ~  identity  AIDA2             aws.iam-user  aws:AIDA2
            enabled: yes → no
      -  identity  AIDA3             aws.iam-user  aws:AIDA3
      !  finding   8c591459f1b01478  aws.iam-user  8c591459f1b01478
    ");
}
