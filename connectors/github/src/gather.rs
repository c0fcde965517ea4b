//! Asking each repository for a listing of its own.
//!
//! One that refuses, or breaks, leaves the scope partial and does not keep the others from being asked. When nothing but
//! refusals comes, the credential lacks the permission everywhere, and asking goes on no further.
//!
//! Invariant: while the answers come, nothing else is asked. The requests that are under way hold their places in the limit
//! on requests, and go on only while their answers are waited for: one more would wait for a place that none gives up.

use futures_util::{Stream, StreamExt as _};
use whosekey_sdk::listing::each;
use whosekey_sdk::{CollectError, Issue, IssueKind, Record, Sink};

use crate::api::{Call, Calls};
use crate::descriptor::METADATA;
use crate::repositories::Repository;

/// Refusals at the beginning after which no other answer is expected.
const REFUSALS_IN_A_ROW: usize = 20;

/// Records handed over at once.
const RECORDS_A_PAGE: usize = 500;

const GET: Call = Call::new("GET /repos/{owner}/{repo}", METADATA);

/// How repositories have answered so far.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    answered: usize,
    refused: usize,
}

impl Tally {
    /// Counts an answer, and says whether others are worth asking: not when GitHub throttles or does not accept the
    /// credential, nor when it has refused from the beginning on.
    pub(crate) fn goes_on(&mut self, answer: Result<(), IssueKind>) -> bool {
        match answer {
            Ok(()) => {
                self.answered += 1;
                true
            }
            Err(IssueKind::Permission) => {
                self.refused += 1;
                self.answered > 0 || self.refused < REFUSALS_IN_A_ROW
            }
            Err(IssueKind::RateLimit | IssueKind::Auth) => false,
            Err(_) => true,
        }
    }
}

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
    let mut tally = Tally::default();
    let mut refused = Vec::new();
    while let Some((repository, answer)) = answers.next().await {
        match answer {
            Ok(some) => {
                tally.goes_on(Ok(()));
                records.extend(some);
            }
            Err(CollectError::Stopped) => return Err(CollectError::Stopped),
            Err(CollectError::Issue(issue) | CollectError::Broken(issue)) => {
                if !tally.goes_on(Err(issue.kind)) {
                    if !records.is_empty() {
                        out.page(records).await?;
                    }
                    return Err(issue.into());
                }
                if issue.kind == IssueKind::Permission { refused.push((repository, issue)) } else { out.issue(issue) }
            }
        }
        if records.len() >= RECORDS_A_PAGE {
            out.page(std::mem::take(&mut records)).await?;
        }
    }
    drop(answers);
    match still_refused(calls, refused, &mut tally).await {
        Some(issue) if tally.answered == 0 => return Err(issue.into()),
        Some(issue) => out.issue(in_some(calls, issue, &tally)),
        None => {}
    }
    if !records.is_empty() {
        out.page(records).await?;
    }
    Ok(())
}

/// The last refusal of a repository that is still there.
async fn still_refused(calls: &Calls, refused: Vec<(&Repository, Issue)>, tally: &mut Tally) -> Option<Issue> {
    let asked = each(refused, |(repository, issue)| async move { (is_gone(calls, repository).await, issue) });
    let (gone, there): (Vec<_>, Vec<_>) = asked.await.into_iter().partition(|(is_gone, _)| *is_gone);
    tally.refused -= gone.len();
    there.into_iter().next_back().map(|(_, issue)| issue)
}

/// The issue of a listing that some repositories refused.
fn in_some(calls: &Calls, issue: Issue, Tally { answered, refused }: &Tally) -> Issue {
    let of = answered + refused;
    let of =
        if calls.is_probe { format!("the {of} repositories that were asked") } else { format!("{of} repositories") };
    Issue::new(issue.kind, format!("{} ({refused} of {of})", issue.message))
}

/// Whether a repository was deleted after it was listed: GitHub refuses a listing of it just as if we might not see it.
async fn is_gone(calls: &Calls, repository: &Repository) -> bool {
    let path = calls.path(&repository.path(""));
    calls.ask(GET, &path).await.is_ok_and(|response| response.status() == 404)
}
