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
    locations: Vec<PlaceLine>,
    verdicts: Vec<VerdictLine>,
    owners: Vec<OwnerLine>,
    facts: Vec<FactLine>,
    remediation: Vec<StepLine>,
    references: Vec<Reference>,
}

struct Item {
    fact: String,
    value: String,
    scope: String,
}

struct StepLine {
    text: String,
    is_command: bool,
}

struct PlaceLine {
    file: String,
    pointer: Option<String>,
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
            locations: finding.locations.iter().take(MOST_ITEMS).map(place).collect(),
            verdicts: entity.map_or_else(Vec::new, verdicts),
            owners: entity.map_or_else(Vec::new, |entity| owners(entity, index)),
            facts: entity.map_or_else(Vec::new, |entity| facts(entity, now)),
            remediation: finding.remediation.iter().take(MOST_ITEMS).map(|text| step(text)).collect(),
            references: finding.references.iter().take(MOST_ITEMS).map(|text| reference(text)).collect(),
        }
    }
}

fn step(step: &str) -> StepLine {
    let (text, is_command) = match words::step(step) {
        words::Step::Command(line) => (line, true),
        words::Step::Words(text) => (text, false),
    };
    StepLine { text: cut(text, 2 * MOST_TEXT), is_command }
}

fn item(evidence: &v1::Evidence) -> Item {
    Item {
        fact: shortened(&evidence.fact, 40),
        value: cut(&evidence.value, 300),
        scope: shortened(&evidence.scope, 100),
    }
}

fn place(location: &v1::Location) -> PlaceLine {
    let line = location.line.map(|line| format!(":{line}")).unwrap_or_default();
    PlaceLine {
        file: format!("{}{line}", shortened(&location.path, 160)),
        pointer: location.pointer.as_deref().map(|pointer| shortened(pointer, 160)),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_command_does_is_not_shown_as_one() {
        let shown = |text: &str| (step(text).text, step(text).is_command);
        assert_eq!(shown("# ask its owner"), ("ask its owner".to_owned(), false));
        assert_eq!(shown("gh secret delete DB"), ("gh secret delete DB".to_owned(), true));
    }
}
