//! `whosekey connectors`: what is built in; with a name, the least-privilege policy to paste into the platform.

use std::io::Write;

use clap::Args;
use serde::Serialize;
use serde::de::IgnoredAny;

use super::format::FormatArgs;
use super::{Done, Environment, Global, output};
use crate::registry;
use crate::report::{Error, Format, escape};
use whosekey_sdk::Descriptor;

/// What `connectors` takes.
#[derive(Debug, Args)]
pub(crate) struct ConnectorsArgs {
    /// A connector: print its least-privilege policy
    name: Option<String>,
    #[command(flatten)]
    format: FormatArgs,
}

/// A connector as data.
#[derive(Debug, Serialize)]
struct Row {
    name: &'static str,
    summary: &'static str,
    permissions: Vec<PermissionRow>,
    scopes: Vec<ScopeRow>,
    blind_spots: &'static [&'static str],
}

#[derive(Debug, Serialize)]
struct PermissionRow {
    name: &'static str,
    purpose: &'static str,
}

#[derive(Debug, Serialize)]
struct ScopeRow {
    name: &'static str,
    lists: &'static str,
}

impl From<&'static Descriptor> for Row {
    fn from(descriptor: &'static Descriptor) -> Self {
        let permissions = descriptor.permissions.iter();
        let scopes = descriptor.scope_kinds.iter();
        Self {
            name: descriptor.name,
            summary: descriptor.summary,
            permissions: permissions.map(|p| PermissionRow { name: p.name, purpose: p.purpose }).collect(),
            scopes: scopes.map(|s| ScopeRow { name: s.name, lists: s.lists }).collect(),
            blind_spots: descriptor.blind_spots,
        }
    }
}

pub(crate) fn run(args: &ConnectorsArgs, global: &Global, environment: &Environment) -> anyhow::Result<Done> {
    let descriptors = registry::descriptors();
    if let Some(name) = &args.name {
        let Some(descriptor) = descriptors.iter().find(|descriptor| descriptor.name == name) else {
            let known: Vec<&str> = descriptors.iter().map(|descriptor| descriptor.name).collect();
            anyhow::bail!("there is no connector {name:?}; built in are {}", known.join(", "));
        };
        anyhow::ensure!(
            matches!(args.format.format, Format::Table | Format::Json),
            "a policy cannot be written as {}",
            args.format.format.as_str()
        );
        let policy = (descriptor.policy)();
        let is_json = serde_json::from_str::<IgnoredAny>(&policy).is_ok();
        let text = match args.format.format {
            Format::Json if !is_json => serde_json::to_string(&policy)?,
            _ => policy,
        };
        output::write(args.format.output.as_deref(), |out| Ok(writeln!(out, "{}", text.trim_end())?))?;
        return Ok(Done::Ok);
    }
    let rows: Vec<Row> = descriptors.into_iter().map(Row::from).collect();
    args.format.emit(global, environment, |out, _| match args.format.format {
        Format::Json => Ok(escape::json::pretty(&rows, out)?),
        Format::Ndjson => rows.iter().try_for_each(|row| Ok(escape::json::line(row, out)?)),
        Format::Table => table(&rows, out),
        Format::Markdown => markdown(&rows, out),
        format @ (Format::Csv | Format::Sarif | Format::Html) => {
            Err(Error::Unsupported { format, what: "the list of connectors" })
        }
    })?;
    Ok(Done::Ok)
}

fn table(rows: &[Row], out: &mut dyn Write) -> Result<(), Error> {
    for row in rows {
        writeln!(out, "{:<10} {}", row.name, row.summary)?;
        for scope in &row.scopes {
            writeln!(out, "    {:<28} {}", scope.name, scope.lists)?;
        }
    }
    Ok(())
}

fn markdown(rows: &[Row], out: &mut dyn Write) -> Result<(), Error> {
    for row in rows {
        writeln!(out, "## {}\n\n{}\n\n| permission | what it is for |\n|---|---|", row.name, row.summary)?;
        for permission in &row.permissions {
            writeln!(out, "| `{}` | {} |", permission.name, permission.purpose)?;
        }
        writeln!(out, "\n| scope | what it lists |\n|---|---|")?;
        for scope in &row.scopes {
            writeln!(out, "| `{}` | {} |", scope.name, scope.lists)?;
        }
        writeln!(out, "\nWhat it cannot see:\n")?;
        for blind_spot in row.blind_spots {
            writeln!(out, "- {blind_spot}")?;
        }
        writeln!(out)?;
    }
    Ok(())
}
