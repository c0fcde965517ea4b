//! What passes a list's filters. An empty filter passes everything that is there.

use crate::analysis::{Answer, Severity, Status};
use crate::report::index::Index;
use crate::report::{v1, words};

/// The filters of `whosekey list`. Every one that is set must pass.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// A part of an id, a name, an alias, or for findings of the title; in any case.
    pub text: Option<String>,
    /// A source's name.
    pub source: Option<String>,
    /// The platform's kind of thing: `aws.iam-user`.
    pub type_name: Option<String>,
    /// An owner's id, or a part of it or of the owner's name.
    pub owner: Option<String>,
    /// A verdict's name (`orphaned`, `zombie`, `ownerless`) with the answer wanted.
    pub verdict: Option<(String, Answer)>,
    /// A rule's id.
    pub rule: Option<String>,
    /// At least this severe.
    pub severity: Option<Severity>,
    /// A finding's status; without it, open, muted and accepted ones pass.
    pub status: Option<Status>,
    /// Whether what is gone is listed.
    pub presence: Presence,
}

/// Which entities and scopes are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Presence {
    /// Those that are there.
    #[default]
    There,
    /// Those that are gone.
    Gone,
    /// Both.
    Any,
}

impl Presence {
    fn passes(self, gone: bool) -> bool {
        match self {
            Presence::There => !gone,
            Presence::Gone => gone,
            Presence::Any => true,
        }
    }
}

impl Filter {
    pub(super) fn entity(&self, entity: &v1::Entity, index: &Index<'_>) -> bool {
        self.presence.passes(entity.gone_at.is_some())
            && self.source.as_ref().is_none_or(|wanted| entity.sources.contains(wanted))
            && self.type_name.as_ref().is_none_or(|wanted| entity.type_name == *wanted)
            && self.text.as_ref().is_none_or(|wanted| is_called(entity, wanted))
            && self.owner.as_ref().is_none_or(|wanted| is_owned_by(entity, wanted, index))
            && self.verdict.as_ref().is_none_or(|(name, answer)| {
                let named = entity.verdicts.iter().flat_map(|verdicts| verdicts.named());
                named.into_iter().any(|(known, verdict)| known == name && verdict.verdict == *answer)
            })
            && (self.rule.is_none() && self.severity.is_none() || {
                index.findings_of(entity.id.as_str()).iter().any(|finding| self.finding_itself(finding))
            })
    }

    pub(super) fn finding(&self, finding: &v1::Finding, index: &Index<'_>) -> bool {
        let subject = index.entity(finding.subject.as_str());
        self.finding_itself(finding)
            && self.text.as_ref().is_none_or(|wanted| {
                holds(&finding.title, wanted)
                    || holds(finding.subject.as_str(), wanted)
                    || subject.is_some_and(|entity| is_called(entity, wanted))
            })
            && self.source.as_ref().is_none_or(|wanted| subject.is_some_and(|entity| entity.sources.contains(wanted)))
            && self.type_name.as_ref().is_none_or(|wanted| subject.is_some_and(|entity| entity.type_name == *wanted))
            && self.owner.as_ref().is_none_or(|wanted| subject.is_some_and(|entity| is_owned_by(entity, wanted, index)))
    }

    pub(super) fn scope(&self, scope: &v1::Coverage) -> bool {
        self.presence.passes(scope.gone_at.is_some())
            && self.source.as_ref().is_none_or(|wanted| scope.source == *wanted)
            && self.text.as_ref().is_none_or(|wanted| holds(&scope.scope, wanted))
    }

    fn finding_itself(&self, finding: &v1::Finding) -> bool {
        self.rule.as_ref().is_none_or(|wanted| finding.rule == *wanted)
            && self.severity.is_none_or(|least| finding.severity >= least)
            && self.status.map_or(finding.status != Status::Closed, |wanted| finding.status == wanted)
    }
}

fn is_called(entity: &v1::Entity, wanted: &str) -> bool {
    holds(&entity.name, wanted)
        || holds(entity.id.as_str(), wanted)
        || entity.aliases.iter().any(|alias| holds(alias, wanted))
}

fn is_owned_by(entity: &v1::Entity, wanted: &str, index: &Index<'_>) -> bool {
    entity.owners.iter().any(|owner| {
        let name = index.entity(owner.id.as_str()).map_or("", words::name);
        holds(owner.id.as_str(), wanted) || holds(name, wanted)
    })
}

fn holds(text: &str, wanted: &str) -> bool {
    text.to_lowercase().contains(&wanted.to_lowercase())
}
