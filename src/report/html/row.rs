//! One row of the inventory.

use askama::Template;

use crate::analysis::Answer;
use crate::report::escape::{cut, shortened};
use crate::report::index::Index;
use crate::report::{v1, words};

/// One entity.
#[derive(Template)]
#[template(path = "row.html")]
pub(super) struct Row {
    kind: &'static str,
    type_name: String,
    name: String,
    id: String,
    /// The verdicts that are yes by name, those that cannot be told with a question mark: what the filter looks for.
    flags: String,
    answers: Vec<Shown>,
    last_used: String,
    owner: String,
    sources: String,
    is_gone: bool,
}

struct Shown {
    text: &'static str,
    style: &'static str,
}

impl Row {
    pub(super) fn new(entity: &v1::Entity, index: &Index<'_>) -> Self {
        let mut flags = Vec::new();
        let mut answers = Vec::new();
        for (name, verdict) in entity.verdicts.iter().flat_map(v1::Verdicts::named) {
            match verdict.verdict {
                Answer::Yes => flags.push(name.to_owned()),
                Answer::CannotTell => flags.push(format!("{name}?")),
                Answer::No => {}
            }
            answers.push(shown(entity, verdict.verdict));
        }
        answers.resize_with(3, || Shown { text: "", style: "" });
        let is_judged = entity.verdicts.is_some();
        let owner = match entity.owners.split_first() {
            Some((first, [])) => cut(index.name_of(first.id.as_str()), 60),
            Some((first, more)) => format!("{} +{}", cut(index.name_of(first.id.as_str()), 60), more.len()),
            None => String::new(),
        };
        Self {
            kind: entity.kind.as_str(),
            type_name: cut(&entity.type_name, 60),
            name: shortened(words::name(entity), 80),
            id: shortened(entity.id.as_str(), 80),
            flags: flags.join(" "),
            answers,
            last_used: if is_judged { words::fact_cell(entity.last_used_at) } else { String::new() },
            owner,
            sources: cut(&entity.sources.join(", "), 80),
            is_gone: entity.gone_at.is_some(),
        }
    }
}

fn shown(entity: &v1::Entity, answer: Answer) -> Shown {
    match answer {
        _ if entity.dormant.is_some() => Shown { text: "dormant", style: "dormant" },
        Answer::Yes => Shown { text: "yes", style: "yes" },
        Answer::No => Shown { text: "no", style: "no" },
        Answer::CannotTell => Shown { text: "cannot tell", style: "unsure" },
    }
}
