//! Asking each repository for a listing of its own.
//!
//! One that refuses, or breaks, leaves the scope partial and does not keep the others from being asked. When nothing but
//! refusals comes, the credential lacks the permission everywhere, and asking goes on no further.

use futures_util::{Stream, StreamExt as _};
use whosekey_sdk::{CollectError, Issue, IssueKind, Record, Sink};

use crate::api::{Call, Calls};
use crate::descriptor::METADATA;
use crate::repositories::Repository;

/// Refusals at the beginning after which no other answer is expected.
pub(crate) const REFUSALS_IN_A_ROW: usize = 20;

/// Records handed over at once.
const RECORDS_A_PAGE: usize = 500;

const GET: Call = Call { what: "GET /repos/{owner}/{repo}", permission: METADATA };

/// Hands the records of each repository to the sink.
///
/// # Errors
/// When GitHub throttles for longer than we wait, or refuses each time.
pub(crate) async fn gather<'r>(
    calls: &Calls,
    out: &mut dyn Sink,
    mut answers: impl Stream<Item = (&'r Repository, Result<Vec<Record>, CollectError>)> + Unpin + Send,
) -> Result<(), CollectError> {
    let mut records = Vec::new();
    let mut refused: Option<(Issue, usize)> = None;
    let mut answered = 0;
    while let Some((repository, answer)) = answers.next().await {
        match answer {
            Ok(some) => {
                answered += 1;
                records.extend(some);
            }
            Err(CollectError::Stopped) => return Err(CollectError::Stopped),
            Err(CollectError::Issue(issue) | CollectError::Broken(issue)) => match issue.kind {
                IssueKind::Permission if is_gone(calls, repository).await => {}
                IssueKind::Permission => {
                    let count = refused.as_ref().map_or(1, |(_, count)| count + 1);
                    if answered == 0 && count >= REFUSALS_IN_A_ROW {
                        return Err(issue.into());
                    }
                    refused = Some((issue, count));
                }
                IssueKind::RateLimit | IssueKind::Auth => {
                    if !records.is_empty() {
                        out.page(records).await?;
                    }
                    return Err(issue.into());
                }
                _ => out.issue(issue),
            },
        }
        if records.len() >= RECORDS_A_PAGE {
            out.page(std::mem::take(&mut records)).await?;
        }
    }
    match refused {
        Some((issue, _)) if answered == 0 => return Err(issue.into()),
        Some((issue, count)) => {
            let message = format!("{} ({count} of {} repositories)", issue.message, count + answered);
            out.issue(Issue::new(issue.kind, message));
        }
        None => {}
    }
    if !records.is_empty() {
        out.page(records).await?;
    }
    Ok(())
}

/// Whether a repository was deleted after it was listed: GitHub refuses a listing of it just as if we might not see it.
async fn is_gone(calls: &Calls, repository: &Repository) -> bool {
    let path = calls.path(&repository.path(""));
    calls.ask(GET, &path).await.is_ok_and(|response| response.status() == 404)
}
