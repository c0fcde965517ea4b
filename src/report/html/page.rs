//! The frame of the page: its head with the coverage and the counts, the inventory's head, and its end.

use std::collections::BTreeMap;

use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use whosekey_sdk::{Kind, Outcome};

use crate::analysis::Status;
use crate::report::escape::{cut, shortened};
use crate::report::{v1, words};

/// The most scopes that one table lists.
const MOST_SCOPES: usize = 400;

const VERDICTS: [(&str, &str); 3] = [
    ("orphaned", "It can still authenticate, and what it served is gone."),
    ("zombie", "It can still authenticate, and nothing has used it for the threshold."),
    ("ownerless", "It can still authenticate, and nobody answers for it."),
];

/// The page up to the first finding.
#[derive(Template)]
#[template(path = "start.html")]
pub(super) struct Start {
    style_hash: String,
    script_hash: String,
    tool: String,
    date: String,
    now: String,
    generated_at: String,
    scopes: usize,
    whole: usize,
    incomplete: Vec<Scope>,
    incomplete_left_out: usize,
    suspect: Vec<String>,
    notices: Vec<String>,
    judged: u64,
    tiles: Vec<Tile>,
    kinds: Vec<(&'static str, u64)>,
    findings: usize,
    open: usize,
    quiet: usize,
    severities: Vec<(&'static str, usize)>,
    rules: BTreeMap<String, usize>,
}

/// One scope.
pub(super) struct Scope {
    name: String,
    connector: String,
    outcome: &'static str,
    records: u64,
    requests: u64,
    took: String,
    last_complete: String,
    issues: Vec<String>,
    missing: Vec<String>,
}

/// The counts of one verdict. Widths are in thousandths.
pub(super) struct Tile {
    name: &'static str,
    meaning: &'static str,
    yes: u64,
    unsure: u64,
    no: u64,
    yes_width: u64,
    unsure_width: u64,
    no_width: u64,
}

impl Start {
    pub(super) fn new(report: &v1::Report, findings: &[&v1::Finding]) -> Self {
        let there: Vec<_> = report.coverage.iter().filter(|scope| scope.gone_at.is_none()).collect();
        let cut_short: Vec<_> = there.iter().filter(|scope| scope.outcome != Outcome::Complete).collect();
        let open: Vec<_> = findings.iter().filter(|finding| finding.status == Status::Open).collect();
        let mut rules = BTreeMap::new();
        for finding in findings {
            *rules.entry(shortened(&finding.rule, 60)).or_default() += 1;
        }
        let severities = ["critical", "high", "medium", "low"]
            .map(|severity| (severity, open.iter().filter(|finding| finding.severity.as_str() == severity).count()));
        let tiles: Vec<Tile> = VERDICTS.iter().map(|(name, meaning)| tile(report, name, meaning)).collect();
        Self {
            style_hash: style_hash(),
            script_hash: hash(include_str!("script.js")),
            tool: cut(&format!("{} {}", report.tool.name, report.tool.version), 80),
            date: words::date(report.now),
            now: report.now.to_string(),
            generated_at: report.generated_at.to_string(),
            scopes: there.len(),
            whole: there.len() - cut_short.len(),
            incomplete: cut_short.iter().take(MOST_SCOPES).map(|scope| Scope::new(scope, report)).collect(),
            incomplete_left_out: cut_short.len().saturating_sub(MOST_SCOPES),
            suspect: there.iter().filter(|scope| scope.suspect).take(20).map(|scope| scope_name(scope)).collect(),
            notices: report.notices.iter().take(50).map(|notice| cut(&notice.message, 300)).collect(),
            judged: tiles.first().map_or(0, |tile| tile.yes + tile.unsure + tile.no),
            tiles,
            kinds: Kind::ALL.iter().filter_map(|kind| named_count(report, *kind)).collect(),
            findings: findings.len(),
            open: open.len(),
            quiet: findings.len() - open.len(),
            severities: severities.to_vec(),
            rules,
        }
    }
}

impl Scope {
    fn new(scope: &v1::Coverage, report: &v1::Report) -> Self {
        Self {
            name: scope_name(scope),
            connector: cut(&scope.connector, 40),
            outcome: scope.outcome.as_str(),
            records: scope.records,
            requests: scope.requests,
            took: words::duration(scope.started_at, scope.finished_at),
            last_complete: scope.last_complete_at.map_or("never".to_owned(), |at| words::moment(at, report.now)),
            issues: scope
                .issues
                .iter()
                .take(5)
                .map(|issue| cut(&format!("{}: {}", issue.kind.as_str(), issue.message), 300))
                .collect(),
            missing: scope
                .missing_permissions
                .iter()
                .take(10)
                .map(|missing| cut(&format!("needs {}: {}", missing.permission, missing.costs), 300))
                .collect(),
        }
    }
}

/// A kind's name in the right number, and how many there are.
fn named_count(report: &v1::Report, kind: Kind) -> Option<(&'static str, u64)> {
    let count = *report.summary.entities.get(kind.as_str())?;
    Some((if count == 1 { kind.as_str() } else { words::kinds(kind) }, count))
}

fn scope_name(scope: &v1::Coverage) -> String {
    shortened(&format!("{}/{}", scope.source, scope.scope), 120)
}

fn tile(report: &v1::Report, name: &'static str, meaning: &'static str) -> Tile {
    let counts = report.summary.verdicts.get(name);
    let of = |answer: &str| counts.and_then(|counts| counts.get(answer)).copied().unwrap_or(0);
    let (yes, unsure, no) = (of("yes"), of("cannot_tell"), of("no"));
    let all = (yes + unsure + no).max(1);
    let [yes_width, unsure_width, no_width] = [yes, unsure, no].map(|n| n * 1000 / all);
    Tile { name, meaning, yes, unsure, no, yes_width, unsure_width, no_width }
}

/// That of the pages' one style.
pub(super) fn style_hash() -> String {
    hash(include_str!("style.css"))
}

/// The source expression of a content security policy for an inline piece. The template engine drops the final newline
/// of what it includes, and the browser hashes what stands between the tags.
fn hash(piece: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(piece.strip_suffix('\n').unwrap_or(piece))))
}

/// The end of the findings and the head of the inventory.
#[derive(Template)]
#[template(path = "inventory.html")]
pub(super) struct Inventory {
    findings_left_out: usize,
    entities: usize,
    kinds: Vec<&'static str>,
    verdicts: [&'static str; 3],
}

impl Inventory {
    pub(super) fn new(entities: usize, findings_left_out: usize) -> Self {
        Self {
            findings_left_out,
            entities,
            kinds: Kind::ALL.iter().map(|kind| kind.as_str()).collect(),
            verdicts: VERDICTS.map(|(name, _)| name),
        }
    }
}

/// The end of the inventory, all scopes, and the script.
#[derive(Template)]
#[template(path = "end.html")]
pub(super) struct End {
    entities_left_out: usize,
    scopes: Vec<Scope>,
    scopes_left_out: usize,
}

impl End {
    pub(super) fn new(report: &v1::Report, entities_left_out: usize) -> Self {
        let there = || report.coverage.iter().filter(|scope| scope.gone_at.is_none());
        Self {
            entities_left_out,
            scopes: there().take(MOST_SCOPES).map(|scope| Scope::new(scope, report)).collect(),
            scopes_left_out: there().count().saturating_sub(MOST_SCOPES),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::escape::visible;

    #[test]
    fn the_hashes_are_those_of_what_stands_between_the_tags() {
        let report: v1::Report = serde_json::from_str(include_str!("../../../tests/report/acme.json")).unwrap();
        let start = Start::new(&report, &[]).render().unwrap();
        let end = End::new(&report, 0).render().unwrap();
        let between = |page: &str, open: &str, close: &str| {
            let (_, rest) = page.split_once(open).unwrap();
            rest.split_once(close).unwrap().0.to_owned()
        };
        let sha = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
        assert!(start.contains(&format!("style-src {}", sha(&between(&start, "<style>", "</style>")))));
        assert!(start.contains(&format!("script-src {}", sha(&between(&end, "<script>", "</script>")))));
        assert_eq!(visible(&start.replace('\n', "")), start.replace('\n', ""));
    }
}
