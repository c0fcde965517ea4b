//! `whosekey scan`: scan, judge, report.

use clap::Args;
use tokio_util::sync::CancellationToken;

use super::format::FormatArgs;
use super::pipeline::{ScanTime, Workplace};
use super::progress::{Progress, Show};
use super::signals::{self, Interrupted};
use super::when::NowArgs;
use super::{Done, Environment, Global, state};
use crate::analysis::{Severity, Status};
use crate::report::Format;

/// What `scan` takes.
#[derive(Debug, Args)]
pub(crate) struct ScanArgs {
    /// Scan this source only; may be repeated
    #[arg(long, value_name = "NAME")]
    source: Vec<String>,
    #[command(flatten)]
    format: FormatArgs,
    /// Exit with 1 when an open finding is at least this severe: low, medium, high or critical
    #[arg(long, value_name = "SEVERITY", value_parser = super::list::severity)]
    fail_on: Option<Severity>,
    #[command(flatten)]
    now: NowArgs,
}

pub(crate) fn run(args: &ScanArgs, global: &Global, environment: &Environment) -> anyhow::Result<Done> {
    let time = match args.now.given(environment)? {
        Some(now) => ScanTime::Fixed(now),
        None => ScanTime::Clock,
    };
    let config = state::setup(global, environment)?;
    let mut workplace = Workplace::open(&config, environment, time)?;
    let sources = workplace.sources(&args.source)?;
    let show = if environment.stderr_is_terminal() && !global.quiet { Show::Bar } else { Show::Nothing };
    let cancel = CancellationToken::new();
    let scanned = signals::run(&cancel, workplace.scan(sources, cancel.clone(), Progress::new(show)))?;
    let summary = match scanned {
        Ok(summary) => summary?,
        Err(Interrupted { signal }) => return Ok(Done::Signal(signal)),
    };
    let judged = workplace.judge()?;
    if args.format.format == Format::Ndjson {
        state::emit_recording(workplace.store(), None, &args.format, global, environment)?;
    } else {
        args.format.emit(global, environment, |out, options| judged.write(args.format.format, out, options))?;
    }
    let reached = args.fail_on.is_some_and(|threshold| {
        let findings = judged.reconciled.findings.iter();
        findings.filter(|stored| stored.life.status == Status::Open).any(|stored| stored.severity() >= threshold)
    });
    Ok(match (reached, summary.partial + summary.failed) {
        (true, _) => Done::FindingReached,
        (false, 0) => Done::Ok,
        (false, _) => Done::Incomplete,
    })
}
