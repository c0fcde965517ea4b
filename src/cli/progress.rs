//! How far a scan is: a bar on a terminal, nothing elsewhere.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::report::escape;

/// Counts scopes and records while a scan runs.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    records: u64,
}

/// Whether to show progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Show {
    /// A bar on stderr.
    Bar,
    /// Nothing.
    Nothing,
}

impl Progress {
    pub(crate) fn new(show: Show) -> Self {
        let bar = match show {
            Show::Bar => ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr_with_hz(10)),
            Show::Nothing => ProgressBar::hidden(),
        };
        let style = ProgressStyle::with_template("{spinner} {pos}/{len} scopes [{wide_bar}] {msg}")
            .expect("the template is a constant");
        bar.set_style(style.progress_chars("━╸─"));
        if show == Show::Bar {
            bar.enable_steady_tick(Duration::from_millis(120));
        }
        Self { bar, records: 0 }
    }

    /// A source said how many scopes it has.
    pub(crate) fn listed(&mut self, scopes: usize) {
        self.bar.inc_length(u64::try_from(scopes).unwrap_or(u64::MAX));
    }

    /// A page of a scope came.
    pub(crate) fn page(&mut self, scope: &str, records: usize) {
        self.records += u64::try_from(records).unwrap_or(u64::MAX);
        self.bar.set_message(format!("{} records, {}", self.records, escape::visible(scope)));
    }

    /// A scope ended.
    pub(crate) fn finished(&mut self) {
        self.bar.inc(1);
    }

    /// The bar goes; what follows is the report.
    pub(crate) fn clear(self) {
        self.bar.finish_and_clear();
    }
}
