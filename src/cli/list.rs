//! `whosekey list`: one kind of thing, filtered.

use std::collections::BTreeSet;

use clap::Args;

use super::format::FormatArgs;
use super::when::NowArgs;
use super::{Done, Environment, Global, state};
use crate::analysis::{Answer, RULES, Severity, Status};
use crate::report::list::{self, Filter, Presence, What};

/// What `list` takes.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// identities, credentials, agents, workloads, owners, resources, findings, sources or scopes
    #[arg(value_parser = what)]
    what: What,
    /// Only what has this in its id, name, aliases or title
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,
    /// Only from this source
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// Only of this type, such as aws.iam-user
    #[arg(long = "type", value_name = "TYPE")]
    type_name: Option<String>,
    /// Only what this person or team owns
    #[arg(long, value_name = "OWNER")]
    owner: Option<String>,
    /// Only with this verdict: orphaned, zombie=cannot_tell, ownerless=no
    #[arg(long, value_name = "VERDICT[=ANSWER]", value_parser = verdict)]
    verdict: Option<(String, Answer)>,
    /// Only findings of this rule
    #[arg(long, value_name = "RULE", value_parser = rule)]
    rule: Option<String>,
    /// Only findings at least this severe: low, medium, high or critical
    #[arg(long, value_name = "SEVERITY", value_parser = severity)]
    severity: Option<Severity>,
    /// Only findings with this status: open, muted, accepted or closed
    #[arg(long, value_name = "STATUS", value_parser = status)]
    status: Option<Status>,
    /// Only what is gone
    #[arg(long, conflicts_with = "all")]
    gone: bool,
    /// What is gone too
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    format: FormatArgs,
    #[command(flatten)]
    now: NowArgs,
}

fn what(word: &str) -> Result<What, String> {
    What::from_word(word).ok_or_else(|| {
        "one of: identities, credentials, agents, workloads, owners, resources, findings, sources, scopes".to_owned()
    })
}

fn verdict(text: &str) -> Result<(String, Answer), String> {
    let (name, answer) = text.split_once('=').unwrap_or((text, "yes"));
    let answer = match answer {
        "yes" => Answer::Yes,
        "no" => Answer::No,
        "cannot_tell" => Answer::CannotTell,
        other => return Err(format!("{other:?} is not yes, no or cannot_tell")),
    };
    if !["orphaned", "zombie", "ownerless"].contains(&name) {
        return Err(format!("{name:?} is not orphaned, zombie or ownerless"));
    }
    Ok((name.to_owned(), answer))
}

/// The value of `--severity` and `--fail-on`.
pub(crate) fn severity(word: &str) -> Result<Severity, String> {
    match word {
        "low" => Ok(Severity::Low),
        "medium" => Ok(Severity::Medium),
        "high" => Ok(Severity::High),
        "critical" => Ok(Severity::Critical),
        _ => Err("one of: low, medium, high, critical".to_owned()),
    }
}

fn rule(id: &str) -> Result<String, String> {
    let known: Vec<&str> = RULES.iter().map(|rule| rule.meta.id).collect();
    if known.contains(&id) { Ok(id.to_owned()) } else { Err(format!("one of: {}", known.join(", "))) }
}

fn status(word: &str) -> Result<Status, String> {
    match word {
        "open" => Ok(Status::Open),
        "muted" => Ok(Status::Muted),
        "accepted" => Ok(Status::Accepted),
        "closed" => Ok(Status::Closed),
        _ => Err("one of: open, muted, accepted, closed".to_owned()),
    }
}

pub(crate) fn run(args: &ListArgs, global: &Global, environment: &Environment) -> anyhow::Result<Done> {
    let report = state::report(global, environment, &args.now)?;
    if let Some(source) = &args.source {
        let known: BTreeSet<&str> = report.coverage.iter().map(|scope| scope.source.as_str()).collect();
        let names = known.iter().copied().collect::<Vec<_>>().join(", ");
        anyhow::ensure!(known.contains(source.as_str()), "there is no source {source:?}; the database has {names}");
    }
    let filter = Filter {
        text: args.text.clone(),
        source: args.source.clone(),
        type_name: args.type_name.clone(),
        owner: args.owner.clone(),
        verdict: args.verdict.clone(),
        rule: args.rule.clone(),
        severity: args.severity,
        status: args.status,
        presence: match (args.gone, args.all) {
            (true, _) => Presence::Gone,
            (false, true) => Presence::Any,
            (false, false) => Presence::There,
        },
    };
    args.format.emit(global, environment, |out, options| {
        list::write(&report, args.what, &filter, args.format.format, out, options)
    })?;
    Ok(Done::Ok)
}
