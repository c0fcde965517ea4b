//! Where a connector puts what it saw.

use async_trait::async_trait;

use crate::{Complete, Issue, Record};

/// The scan was cancelled or its writer ended: return at once, quietly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("stopped")]
pub struct Stopped;

/// Receives pages of records and issues of one scope, in order.
#[async_trait]
pub trait Sink: Send {
    /// Whether it only wants to know if the scope can be listed: then a first page of each listing is enough, and of what
    /// each thing has to be asked for, a few. Each listing of the scope is to be asked all the same, since each may be
    /// refused. A connector that looks at less ends such a collection with [`Complete::unless_probed`].
    fn is_probe(&self) -> bool {
        false
    }

    /// Hands over a page. Waits when the writer is behind, so that memory stays bounded.
    async fn page(&mut self, records: Vec<Record>) -> Result<(), Stopped>;

    /// Offers, before the first page, a digest of all that the scope is about to show, in its order. `true` when the scope
    /// was last shown whole under this very digest and nothing has become of it since: then it need not be shown again,
    /// and is as complete as it was then. Only who has all of it at hand can ask: a recording can, a platform cannot.
    async fn is_as_before(&mut self, digest: [u8; 32]) -> bool {
        let _ = digest;
        false
    }

    /// Records that the world did something to this scope; the scope can no longer be complete.
    fn issue(&mut self, issue: Issue);

    /// Counts requests sent to the platform for this scope, for the coverage.
    fn requests(&mut self, count: u64);

    /// What the latest attempt at this scope asked to be told, so as to ask the platform less: validators (`ETag`) and
    /// what they stood for. It may be of another version of the connector, or gone: it saves requests and is never
    /// evidence by itself. `None` for the list of scopes.
    fn recall(&mut self) -> Option<Vec<u8>> {
        None
    }

    /// Asks to be told this at the next attempt at this scope, instead of what was asked before. It is stored with what
    /// the attempt showed, whatever its outcome, so it must hold no secret value. The list of scopes remembers nothing.
    fn remember(&mut self, _memory: Vec<u8>) {}
}

impl Complete {
    /// The same, unless the collection was a probe: what was looked at in part was not seen whole, whatever its listings
    /// say.
    ///
    /// # Errors
    /// [`Stopped`] in a probe.
    pub fn unless_probed(self, out: &dyn Sink) -> Result<Complete, Stopped> {
        if out.is_probe() { Err(Stopped) } else { Ok(self) }
    }
}
