//! One finding: what is wrong, the neighbourhood, what it rests on, who answers for it, what to do.

use askama::Template;

use super::picture::{self, Picture};
use crate::analysis::{Answer, Status};
use crate::report::escape::{cut, shortened};
use crate::report::index::Index;
use crate::report::v1;
use crate::report::words::{self, Known};

/// The most items of each list.
const MOST_ITEMS: usize = 12;
/// The most columns of one text; hostile names can be megabytes long.
const MOST_TEXT: usize = 600;

/// One finding, ready to be shown.
#[derive(Template)]
#[template(path = "finding.html")]
pub(super) struct Card {
    id: String,
    rule: String,
    reason: String,
    severity: &'static str,
    confidence: &'static str,
    status: &'static str,
    is_first: bool,
    title: String,
    because: String,
    suppression: Option<String>,
    subject: String,
    first_seen: String,
    picture: Option<Picture>,
    evidence: Vec<Item>,
    locations: Vec<String>,
    verdicts: Vec<VerdictLine>,
    owners: Vec<OwnerLine>,
    facts: Vec<FactLine>,
    remediation: Vec<String>,
    references: Vec<Reference>,
}

struct Item {
    fact: String,
    value: String,
    scope: String,
}

struct VerdictLine {
    name: &'static str,
    answer: &'static str,
    style: &'static str,
    because: String,
}

struct OwnerLine {
    name: String,
    role: &'static str,
    because: String,
    departed: bool,
}

struct FactLine {
    label: &'static str,
    text: String,
    quiet: bool,
}

struct Reference {
    text: String,
    is_link: bool,
}

impl Card {
    pub(super) fn new(finding: &v1::Finding, index: &Index<'_>, is_first: bool) -> Self {
        let entity = index.entity(finding.subject.as_str());
        let now = index.report.now;
        Self {
            id: shortened(&finding.id, 64),
            rule: shortened(&finding.rule, 60),
            reason: shortened(&finding.reason, 60),
            severity: finding.severity.as_str(),
            confidence: finding.confidence.as_str(),
            status: finding.status.as_str(),
            is_first: is_first && finding.status == Status::Open,
            title: cut(&finding.title, 200),
            because: cut(&finding.because, MOST_TEXT),
            suppression: finding.suppression.as_ref().map(|suppression| {
                let until = words::date(suppression.until);
                cut(&format!("By {} until {until}: {}", suppression.by, suppression.reason), MOST_TEXT)
            }),
            subject: shortened(finding.subject.as_str(), 120),
            first_seen: words::moment(finding.first_seen, now),
            picture: picture::of(index, finding.subject.as_str()),
            evidence: finding.evidence.iter().take(MOST_ITEMS).map(item).collect(),
            locations: finding
                .locations
                .iter()
                .take(MOST_ITEMS)
                .map(|location| shortened(&words::location(location), 200))
                .collect(),
            verdicts: entity.map_or_else(Vec::new, verdicts),
            owners: entity.map_or_else(Vec::new, |entity| owners(entity, index)),
            facts: entity.map_or_else(Vec::new, |entity| facts(entity, now)),
            remediation: finding.remediation.iter().take(MOST_ITEMS).map(|step| cut(step, 2 * MOST_TEXT)).collect(),
            references: finding.references.iter().take(MOST_ITEMS).map(|text| reference(text)).collect(),
        }
    }
}

fn item(evidence: &v1::Evidence) -> Item {
    Item {
        fact: shortened(&evidence.fact, 40),
        value: cut(&evidence.value, 300),
        scope: shortened(&evidence.scope, 100),
    }
}

fn verdicts(entity: &v1::Entity) -> Vec<VerdictLine> {
    let named = entity.verdicts.iter().filter(|_| entity.dormant.is_none()).flat_map(v1::Verdicts::named);
    named
        .map(|(name, verdict)| VerdictLine {
            name,
            answer: words::answer(verdict.verdict),
            style: match verdict.verdict {
                Answer::Yes => "yes",
                Answer::No => "no",
                Answer::CannotTell => "unsure",
            },
            because: cut(verdict.because.as_deref().unwrap_or_default(), 300),
        })
        .collect()
}

fn owners(entity: &v1::Entity, index: &Index<'_>) -> Vec<OwnerLine> {
    let ranked = entity.owners.iter().take(5);
    ranked
        .map(|owner| OwnerLine {
            name: cut(index.name_of(owner.id.as_str()), 80),
            role: owner.role.as_str(),
            because: cut(&format!("{}: {}", owner.evidence.as_str(), owner.because), 200),
            departed: owner.departed == Some(true),
        })
        .collect()
}

fn facts(entity: &v1::Entity, now: whosekey_sdk::Timestamp) -> Vec<FactLine> {
    let facts = words::facts(entity, now).into_iter();
    facts.map(|fact| FactLine { label: fact.label, text: fact.text, quiet: fact.known != Known::Yes }).collect()
}

/// Only an https URL becomes a link.
fn reference(text: &str) -> Reference {
    let is_link = text.len() < 300 && text.starts_with("https://");
    Reference { text: shortened(text, 300), is_link }
}
