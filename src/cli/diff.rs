//! `whosekey diff`: what appeared, changed and went between two times.

use clap::Args;
use whosekey_sdk::{Entity, EntityId, Fact, Kind};

use super::format::FormatArgs;
use super::when::NowArgs;
use super::{Done, Environment, Global, state};
use crate::analysis::Finding;
use crate::report::diff::{self, Change, Diff, Happened};
use crate::store::{EntityChange, FindingChange};

/// What `diff` takes.
#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// The earlier time: RFC 3339, a date, or an age such as 7d
    from: String,
    /// The later time [default: now]
    to: Option<String>,
    #[command(flatten)]
    format: FormatArgs,
    #[command(flatten)]
    now: NowArgs,
}

pub(crate) fn run(args: &DiffArgs, global: &Global, environment: &Environment) -> anyhow::Result<Done> {
    let now = args.now.moment(environment)?;
    let from = now.at(&args.from)?;
    let to = args.to.as_deref().map_or(Ok(now.0), |to| now.at(to))?;
    anyhow::ensure!(from <= to, "{from} is later than {to}");
    let config = state::setup(global, environment)?;
    let stored = state::open_to_read(&config)?.diff(from, to)?;
    let mut changes: Vec<Change> = stored.entities.into_iter().map(of_entity).collect();
    changes.extend(stored.findings.into_iter().map(of_finding));
    let diff = Diff { from, to, changes };
    args.format.emit(global, environment, |out, options| diff::write(&diff, args.format.format, out, options))?;
    Ok(Done::Ok)
}

fn of_entity(change: EntityChange) -> Change {
    let (what, entity, details) = match change {
        EntityChange::Appeared(entity) => (Happened::Appeared, entity, Vec::new()),
        EntityChange::Gone(entity) => (Happened::Gone, entity, Vec::new()),
        EntityChange::Changed { before, after } => {
            let details = details(&before, &after);
            (Happened::Changed, *after, details)
        }
    };
    Change { what, id: entity.id, kind: Some(entity.kind), type_name: entity.type_name, name: entity.name, details }
}

fn of_finding(change: FindingChange) -> Change {
    let (what, finding): (Happened, Finding) = match change {
        FindingChange::Appeared(finding) => (Happened::Opened, finding),
        FindingChange::Closed(finding) => (Happened::Closed, finding),
    };
    Change {
        what,
        id: EntityId::new(finding.id().to_string()),
        kind: None::<Kind>,
        type_name: finding.rule,
        name: finding.title,
        details: Vec::new(),
    }
}

/// One line for each property that differs.
fn details(before: &Entity, after: &Entity) -> Vec<String> {
    let mut lines = Vec::new();
    let mut compare = |what: &str, before: String, after: String| {
        if before != after {
            lines.push(format!("{what}: {before} → {after}"));
        }
    };
    compare("name", before.name.clone(), after.name.clone());
    compare("enabled", shown(&before.enabled), shown(&after.enabled));
    compare("created_at", shown(&before.created_at), shown(&after.created_at));
    compare("expires_at", shown(&before.expires_at), shown(&after.expires_at));
    let aliases = |entity: &Entity| entity.aliases.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    compare("aliases", aliases(before), aliases(after));
    let keys: std::collections::BTreeSet<&String> = before.attributes.keys().chain(after.attributes.keys()).collect();
    for key in keys {
        let value =
            |entity: &Entity| entity.attributes.get(key).map_or_else(|| "nothing".to_owned(), ToString::to_string);
        compare(key, value(before), value(after));
    }
    lines
}

fn shown<T: std::fmt::Debug>(fact: &Fact<T>) -> String {
    match fact {
        Fact::Known(value) => format!("{value:?}").replace("Some(", "").replace(')', "").replace("None", "never"),
        Fact::NotExposed => "not exposed".to_owned(),
        Fact::Denied => "denied".to_owned(),
    }
}
