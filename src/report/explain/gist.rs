//! The answer in one breath: who answers for it, who holds it, when it was last used. Only what the report says, in
//! the words of its facts; not told is said as not told.

use whosekey_sdk::{Fact, Kind};

use super::Explanation;
use crate::report::index::Index;
use crate::report::{v1, words};

/// The most names in one enumeration.
const MOST_NAMES: usize = 3;

/// For an identity or a credential; nothing can be said so shortly of anything else.
pub(super) fn of(index: &Index<'_>, explanation: &Explanation<'_>) -> Option<String> {
    let entity = explanation.entity.filter(|entity| matches!(entity.kind, Kind::Identity | Kind::Credential))?;
    if let Some(at) = entity.gone_at {
        return Some(format!("It is gone since {}.", words::moment(at, index.report.now)));
    }
    let parts = [owner(index, entity), holders(explanation), last_use(index, entity)];
    Some(parts.join(" "))
}

fn owner(index: &Index<'_>, entity: &v1::Entity) -> String {
    let is_here = |owner: &&v1::Owner| owner.departed != Some(true);
    let name = |owner: &v1::Owner| index.name_of(owner.id.as_str()).to_owned();
    match (entity.owners.iter().find(is_here), entity.owners.first()) {
        (Some(here), _) => format!("{} answers for it.", name(here)),
        (None, Some(left)) => format!("{} answered for it, and has left.", name(left)),
        (None, None) => "Nobody is known to answer for it.".to_owned(),
    }
}

fn holders(explanation: &Explanation<'_>) -> String {
    let mut names: Vec<&str> = Vec::new();
    let there = || explanation.holders.iter().filter(|holder| !holder.gone);
    for holder in there() {
        if !names.contains(&holder.name) {
            names.push(holder.name);
        }
    }
    // A pattern does not say which of all are used.
    let may = there().all(|holder| holder.by_pattern.is_some());
    let is_identity = explanation.entity.is_some_and(|entity| entity.kind == Kind::Identity);
    let (holds, hold) = match (may, is_identity) {
        (true, _) => ("may use", "may use"),
        (false, true) => ("uses", "use"),
        (false, false) => ("holds", "hold"),
    };
    let cut = explanation.holders_total > explanation.holders.len();
    match names.as_slice() {
        [] if explanation.holders.is_empty() => {
            format!("No agent or workload was seen to {} it.", if is_identity { "use" } else { "hold" })
        }
        [] => format!("What {} it is gone.", if is_identity { "used" } else { "held" }),
        [one] if !cut => format!("{one} {holds} it."),
        [first, second] if !cut => format!("{first} and {second} {hold} it."),
        [first, second, third] if !cut => format!("{first}, {second} and {third} {hold} it."),
        many => {
            let named = many[..MOST_NAMES.min(many.len()) - 1].join(", ");
            format!("{named} and {} others {hold} it.", explanation.holders_total.saturating_sub(MOST_NAMES - 1))
        }
    }
}

fn last_use(index: &Index<'_>, entity: &v1::Entity) -> String {
    let now = index.report.now;
    match (entity.last_used_at, entity.use_tracked_since) {
        (Fact::Known(Some(at)), _) => format!("Last used {}.", words::moment(at, now)),
        (Fact::Known(None), Fact::Known(since)) => format!("Never used since {}.", words::date(since)),
        (Fact::Known(None), Fact::NotExposed | Fact::Denied) => "Never used.".to_owned(),
        (Fact::NotExposed, _) => "The platform does not tell when it was last used.".to_owned(),
        (Fact::Denied, _) => "When it was last used is denied to us.".to_owned(),
    }
}
