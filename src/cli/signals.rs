//! SIGINT and SIGTERM: the first asks the work to stop, and what it has finished stands; the second ends it at once,
//! which is safe at any moment, because the database is.

use std::future::Future;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

const SIGINT: u8 = 2;
const SIGTERM: u8 = 15;

/// The work was ended by a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Interrupted {
    /// The signal's number.
    pub(crate) signal: u8,
}

/// Runs the work on a runtime of its own, until it ends or is ended.
///
/// # Errors
/// When there is no runtime to be had.
pub(crate) fn run<T>(
    cancel: &CancellationToken,
    work: impl Future<Output = T>,
) -> std::io::Result<Result<T, Interrupted>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let outcome = runtime.block_on(supervised(cancel, work));
    // A writer in the middle of a transaction is not waited for after a second signal.
    runtime.shutdown_background();
    outcome
}

async fn supervised<T>(
    cancel: &CancellationToken,
    work: impl Future<Output = T>,
) -> std::io::Result<Result<T, Interrupted>> {
    let mut interrupts = signal(SignalKind::interrupt())?;
    let mut terminations = signal(SignalKind::terminate())?;
    let mut stopped_by = None;
    tokio::pin!(work);
    loop {
        let number = tokio::select! {
            done = &mut work => {
                return Ok(stopped_by.map_or(Ok(done), |signal| Err(Interrupted { signal })));
            }
            _ = interrupts.recv() => SIGINT,
            _ = terminations.recv() => SIGTERM,
        };
        if stopped_by.is_some() {
            return Ok(Err(Interrupted { signal: number }));
        }
        stopped_by = Some(number);
        cancel.cancel();
    }
}
