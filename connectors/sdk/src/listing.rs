//! How listings are followed: by the raw end marker of each page, through the shared pager, and what is asked of each
//! item many at once.
//!
//! Vendors' own paginators are not used: they end without an error when a token repeats (`stop_on_duplicate_token` of
//! the AWS SDK), and what ended so looks complete.

use futures_util::StreamExt as _;
use futures_util::stream::{self, Buffered, Collect, Iter};

use crate::{CollectError, Complete, Issue, IssueKind, Next, Pager, Record, Sink, Turn};

/// Requests under way at once for the items of one page; the client's own limit holds over all scopes.
const FAN_OUT: usize = 32;

/// Records handed over at once where answers come one by one.
const RECORDS_A_PAGE: usize = 500;

/// A listing may have empty pages before its end (a filter that matches little), but not this many in a row.
const MAX_EMPTY_PAGES: usize = 500;

/// The shared pager, and an end to listings that go on with nothing in them.
#[derive(Debug, Default)]
struct Turner {
    pager: Pager,
    empty: usize,
}

impl Turner {
    fn turn(&mut self, next: Next, items: usize) -> Result<Turn, CollectError> {
        self.empty = if items == 0 { self.empty + 1 } else { 0 };
        let turn = self.pager.turn(next)?;
        if self.empty > MAX_EMPTY_PAGES && matches!(turn, Turn::More(_)) {
            let message = format!("the listing does not end: {MAX_EMPTY_PAGES} empty pages in a row");
            return Err(Issue::new(IssueKind::Parse, message).into());
        }
        Ok(turn)
    }
}

/// Follows a listing to its end and hands each page to the sink; for a probe, the first one.
///
/// # Errors
/// What `fetch` says, or what the pager says of a listing that loops, does not end or is cut;
/// [`CollectError::Stopped`] in a probe of one that has more pages.
pub async fn pages_into<Fut>(
    out: &mut dyn Sink,
    mut fetch: impl FnMut(Option<String>) -> Fut + Send,
) -> Result<Complete, CollectError>
where
    Fut: Future<Output = Result<(Vec<Record>, Next), CollectError>> + Send,
{
    let mut turner = Turner::default();
    let mut token = None;
    loop {
        let (records, next) = fetch(token).await?;
        let count = records.len();
        out.page(records).await?;
        match turner.turn(next, count)? {
            Turn::More(_) if out.is_probe() => return Err(CollectError::Stopped),
            Turn::More(next) => token = Some(next),
            Turn::End(complete) => return Ok(complete),
        }
    }
}

/// Follows a listing to its end and keeps its items; for short lists whose items must each be asked for more.
///
/// # Errors
/// As [`pages_into`].
pub async fn whole<T: Send, Fut>(
    mut fetch: impl FnMut(Option<String>) -> Fut + Send,
) -> Result<(Vec<T>, Complete), CollectError>
where
    Fut: Future<Output = Result<(Vec<T>, Next), CollectError>> + Send,
{
    let mut turner = Turner::default();
    let mut token = None;
    let mut all = Vec::new();
    loop {
        let (items, next) = fetch(token).await?;
        let count = items.len();
        all.extend(items);
        match turner.turn(next, count)? {
            Turn::More(next) => token = Some(next),
            Turn::End(complete) => return Ok((all, complete)),
        }
    }
}

/// Asks for more about each item, many at once, and gives the answers in the order of the items.
///
/// It names its stream's type because an `async fn` would keep the closure in it, and the compiler cannot see that a
/// future with a closure over references may be sent to another thread (rust-lang/rust#102211).
pub fn answers<T, R, Fut>(
    items: impl IntoIterator<Item = T>,
    ask: impl FnMut(T) -> Fut,
) -> Buffered<Iter<std::vec::IntoIter<Fut>>>
where
    Fut: Future<Output = R>,
{
    let asked: Vec<Fut> = items.into_iter().map(ask).collect();
    stream::iter(asked).buffered(FAN_OUT)
}

/// The same, all of them.
pub fn each<T, R, Fut>(
    items: impl IntoIterator<Item = T>,
    ask: impl FnMut(T) -> Fut,
) -> Collect<Buffered<Iter<std::vec::IntoIter<Fut>>>, Vec<R>>
where
    Fut: Future<Output = R>,
{
    answers(items, ask).collect()
}

/// Hands answers to the sink as they come, in pages; what came before an error stands.
///
/// # Errors
/// The first error among the answers.
pub async fn answers_into<Fut>(
    out: &mut dyn Sink,
    mut answers: Buffered<Iter<std::vec::IntoIter<Fut>>>,
) -> Result<(), CollectError>
where
    Fut: Future<Output = Result<Vec<Record>, CollectError>> + Send,
{
    let mut records = Vec::new();
    while let Some(answer) = answers.next().await {
        match answer {
            Ok(some) => records.extend(some),
            Err(error) => {
                // Nothing seen is a scope that failed, not one that was seen in part.
                if !records.is_empty() {
                    out.page(records).await?;
                }
                return Err(error);
            }
        }
        if records.len() >= RECORDS_A_PAGE {
            out.page(std::mem::take(&mut records)).await?;
        }
    }
    if records.is_empty() {
        return Ok(());
    }
    Ok(out.page(records).await?)
}

/// A listing that several scopes read, fetched once in a scan and kept as the pages came.
///
/// Invariant: whether a scope that reads it is complete is decided anew, by that scope's own pager, from the same end
/// markers that the platform sent.
#[derive(Debug)]
pub struct Recorded<T> {
    pages: Vec<(Vec<T>, Next)>,
    broken: Option<Issue>,
}

impl<T: Send + Sync> Recorded<T> {
    /// Follows the listing to its end, or to where it breaks.
    pub async fn listen<Fut>(mut fetch: impl FnMut(Option<String>) -> Fut + Send) -> Self
    where
        Fut: Future<Output = Result<(Vec<T>, Next), Issue>> + Send,
    {
        let mut pages = Vec::new();
        let mut turner = Turner::default();
        let mut token = None;
        loop {
            let (items, next) = match fetch(token).await {
                Ok(page) => page,
                Err(issue) => return Self { pages, broken: Some(issue) },
            };
            let count = items.len();
            pages.push((items, next.clone()));
            match turner.turn(next, count) {
                Ok(Turn::More(next)) => token = Some(next),
                Ok(Turn::End(_)) => return Self { pages, broken: None },
                Err(CollectError::Issue(issue) | CollectError::Broken(issue)) => {
                    return Self { pages, broken: Some(issue) };
                }
                Err(CollectError::Stopped) => return Self { pages, broken: None },
            }
        }
    }

    /// Hands each page to the sink, as records.
    ///
    /// # Errors
    /// What broke the listing, after the pages before it.
    pub async fn replay(
        &self,
        out: &mut dyn Sink,
        mut normalize: impl FnMut(&T) -> Vec<Record> + Send,
    ) -> Result<Complete, CollectError> {
        let mut pager = Pager::new();
        for (items, next) in &self.pages {
            let records = items.iter().flat_map(&mut normalize).collect();
            out.page(records).await?;
            if let Turn::End(complete) = pager.turn(next.clone())? {
                return Ok(complete);
            }
        }
        Err(self.cut())
    }

    /// The items that were seen, whole or not.
    pub fn seen(&self) -> impl Iterator<Item = &T> {
        self.pages.iter().flat_map(|(items, _)| items)
    }

    /// Whether it was seen to its end.
    ///
    /// # Errors
    /// What broke it.
    pub fn complete(&self) -> Result<Complete, CollectError> {
        let mut pager = Pager::new();
        for (_, next) in &self.pages {
            if let Turn::End(complete) = pager.turn(next.clone())? {
                return Ok(complete);
            }
        }
        Err(self.cut())
    }

    fn cut(&self) -> CollectError {
        let unknown = || Issue::new(IssueKind::Parse, "the listing was cut");
        self.broken.clone().unwrap_or_else(unknown).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(n: u32) -> (Vec<u32>, Next) {
        let next = if n < 2 { Next::Token(format!("{}", n + 1)) } else { Next::End };
        (vec![n * 10, n * 10 + 1], next)
    }

    fn number(token: Option<String>) -> u32 {
        token.map_or(0, |token| token.parse().unwrap())
    }

    #[tokio::test]
    async fn a_recorded_listing_is_complete_for_each_of_its_readers() {
        let recorded = Recorded::listen(|token| async move { Ok(page(number(token))) }).await;
        assert_eq!(recorded.seen().count(), 6);
        assert!(recorded.complete().is_ok() && recorded.complete().is_ok());
    }

    #[tokio::test]
    async fn a_listing_that_broke_is_complete_for_nobody_and_keeps_what_came() {
        let recorded = Recorded::listen(|token| async move {
            match number(token) {
                0 => Ok(page(0)),
                _ => Err(Issue::new(IssueKind::Network, "page 2")),
            }
        })
        .await;
        assert_eq!(recorded.seen().count(), 2);
        let Err(CollectError::Issue(issue)) = recorded.complete() else { panic!("complete") };
        assert_eq!(issue.message, "page 2");
    }

    #[tokio::test]
    async fn a_listing_that_goes_in_circles_is_not_complete() {
        let recorded = Recorded::<u32>::listen(|_| async move { Ok((vec![1], Next::Token("same".to_owned()))) }).await;
        assert!(recorded.complete().is_err());
        assert_eq!(recorded.seen().count(), 2);
    }

    #[tokio::test]
    async fn a_listing_that_goes_on_with_nothing_in_it_is_given_up() {
        let recorded =
            Recorded::<u32>::listen(
                |token| async move { Ok((Vec::new(), Next::Token(format!("{}", number(token) + 1)))) },
            )
            .await;
        let Err(CollectError::Issue(issue)) = recorded.complete() else { panic!("complete") };
        assert!(issue.message.contains("does not end"), "{}", issue.message);
    }

    #[tokio::test]
    async fn answers_come_in_the_order_of_the_items() {
        let answers = each(0..100u64, |n| async move {
            tokio::task::yield_now().await;
            n * 2
        })
        .await;
        assert_eq!(answers, (0..100).map(|n| n * 2).collect::<Vec<_>>());
    }
}
