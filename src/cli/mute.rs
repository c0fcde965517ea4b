//! `whosekey mute` and `unmute`: silence a finding until a date, with a reason that the report keeps showing.

use anyhow::Context as _;
use clap::Args;
use whosekey_sdk::Timestamp;

use super::when::NowArgs;
use super::{Done, Environment, Global, output, state};
use crate::analysis::lifecycle::Mute;

/// What `mute` takes.
#[derive(Debug, Args)]
pub(crate) struct MuteArgs {
    /// The finding's id, or a unique beginning of it
    finding: String,
    /// Why it is silenced
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    reason: String,
    /// Until when: RFC 3339, or a date, whose whole day counts
    #[arg(long, value_name = "DATE")]
    until: String,
    #[command(flatten)]
    now: NowArgs,
}

/// What `unmute` takes.
#[derive(Debug, Args)]
pub(crate) struct UnmuteArgs {
    /// The finding's id, or a unique beginning of it
    finding: String,
}

fn reason(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() { Err("say why".to_owned()) } else { Ok(text.to_owned()) }
}

pub(crate) fn mute(args: &MuteArgs, global: &Global, environment: &Environment) -> anyhow::Result<Done> {
    let now = args.now.moment(environment)?;
    let until: Timestamp = now.through(&args.until).context("--until")?;
    anyhow::ensure!(until > now.0, "--until: {} is over already", args.until);
    let config = state::setup(global, environment)?;
    let mut store = state::open_to_change(&config)?;
    let id = state::finding_id(&store, &args.finding)?;
    store.mute(&id, &Mute { reason: args.reason.clone(), until, muted_at: now.0 })?;
    output::note(&format!("{id} is muted until {until}"));
    Ok(Done::Ok)
}

pub(crate) fn unmute(args: &UnmuteArgs, global: &Global, environment: &Environment) -> anyhow::Result<Done> {
    let config = state::setup(global, environment)?;
    let mut store = state::open_to_change(&config)?;
    let id = state::finding_id(&store, &args.finding)?;
    anyhow::ensure!(store.unmute(&id)?, "{id} is not muted");
    output::note(&format!("{id} is no longer muted"));
    Ok(Done::Ok)
}
