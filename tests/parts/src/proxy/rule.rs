//! Which requests, and what happens to them.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use url::form_urlencoded;

use super::Published;
use super::request::Seen;

/// Which requests a rule is for. Conditions add up.
#[derive(Debug, Clone, Default)]
pub struct When {
    method: Option<String>,
    action: Option<String>,
    path: Option<String>,
    path_prefix: Option<String>,
    query: Vec<(String, Option<String>)>,
    service: Option<String>,
    region: Option<String>,
    first: Option<usize>,
    last: Option<usize>,
}

impl When {
    /// Every request.
    pub fn any() -> Self {
        Self::default()
    }

    /// AWS requests for this action.
    pub fn action(action: &str) -> Self {
        Self { action: Some(action.to_owned()), ..Self::default() }
    }

    /// Requests for exactly this path, whatever the query.
    pub fn path(path: &str) -> Self {
        Self { path: Some(path.to_owned()), ..Self::default() }
    }

    /// Requests for paths that start so.
    pub fn path_prefix(prefix: &str) -> Self {
        Self { path_prefix: Some(prefix.to_owned()), ..Self::default() }
    }

    /// AWS requests that are signed for this service, such as `iam`.
    pub fn service(service: &str) -> Self {
        Self { service: Some(service.to_owned()), ..Self::default() }
    }

    /// And signed for this region.
    #[must_use]
    pub fn region(mut self, region: &str) -> Self {
        self.region = Some(region.to_owned());
        self
    }

    /// And with this in the query, whatever its value: `continue` is in the requests for all pages but the first.
    #[must_use]
    pub fn query_has(mut self, name: &str) -> Self {
        self.query.push((name.to_owned(), None));
        self
    }

    /// And with this value in the query.
    #[must_use]
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.to_owned(), Some(value.to_owned())));
        self
    }

    /// And with this method.
    #[must_use]
    pub fn method(mut self, method: &str) -> Self {
        self.method = Some(method.to_owned());
        self
    }

    /// Only the `n`th of them, from 1.
    #[must_use]
    pub fn nth(mut self, n: usize) -> Self {
        (self.first, self.last) = (Some(n), Some(n));
        self
    }

    /// Only the first `n` of them.
    #[must_use]
    pub fn first(mut self, n: usize) -> Self {
        (self.first, self.last) = (Some(1), Some(n));
        self
    }

    /// Only the `n`th of them and those after it, from 1.
    #[must_use]
    pub fn from_nth(mut self, n: usize) -> Self {
        (self.first, self.last) = (Some(n), None);
        self
    }

    fn is_for(&self, seen: &Seen) -> bool {
        let same = |wanted: &Option<String>, got: Option<&str>| wanted.as_deref().is_none_or(|w| got == Some(w));
        let asks = |(name, value): &(String, Option<String>)| {
            form_urlencoded::parse(seen.query.as_bytes())
                .any(|(key, got)| key == *name && value.as_deref().is_none_or(|value| got == value))
        };
        same(&self.action, seen.action.as_deref())
            && same(&self.path, Some(&seen.path))
            && same(&self.method, Some(&seen.method))
            && same(&self.service, seen.service.as_deref())
            && same(&self.region, seen.region.as_deref())
            && self.path_prefix.as_deref().is_none_or(|prefix| seen.path.starts_with(prefix))
            && self.query.iter().all(asks)
    }

    fn counts(&self, n: usize) -> bool {
        self.first.is_none_or(|first| n >= first) && self.last.is_none_or(|last| n <= last)
    }
}

/// What happens to a request or to its answer.
#[derive(Clone)]
pub struct Then(pub(super) Do);

#[derive(Clone)]
pub(super) enum Do {
    Delay(Duration),
    Edit(Arc<dyn Fn(String) -> String + Send + Sync>),
    AwsError { status: Status, code: &'static str, message: &'static str, retry_after_s: Option<u64> },
    Answer { status: u16, headers: Vec<(String, String)>, body: Vec<u8> },
    File(PathBuf),
    Published(Arc<Published>),
    Cut { after: usize },
    Trickle { bytes_per_s: u32 },
    Reset,
    BlackHole,
}

/// The status of an AWS error: the JSON protocols answer 400 where the XML ones answer 403.
#[derive(Debug, Clone, Copy)]
pub(super) enum Status {
    Always(u16),
    Refusal,
}

impl Then {
    /// Waits, then goes on.
    pub fn delay(by: Duration) -> Self {
        Self(Do::Delay(by))
    }

    /// Changes the body of the answer.
    pub fn edit(change: impl Fn(String) -> String + Send + Sync + 'static) -> Self {
        Self(Do::Edit(Arc::new(change)))
    }

    /// Refuses in the words of the service's protocol: `AccessDenied`, `AccessDeniedException`,
    /// `UnauthorizedOperation`.
    pub fn deny() -> Self {
        let message = "User: arn:aws:iam::123456789012:user/auditor is not authorized to perform this action";
        Self(Do::AwsError { status: Status::Refusal, code: "AccessDenied", message, retry_after_s: None })
    }

    /// Throttles: 429, with `Retry-After` in seconds if given.
    pub fn throttle(retry_after_s: Option<u64>) -> Self {
        let status = Status::Always(429);
        Self(Do::AwsError { status, code: "Throttling", message: "Rate exceeded", retry_after_s })
    }

    /// 500, as a service says it of itself.
    pub fn server_error() -> Self {
        let (status, code) = (Status::Always(500), "InternalFailure");
        Self(Do::AwsError { status, code, message: "an internal error occurred", retry_after_s: None })
    }

    /// An AWS error of any other kind.
    pub fn aws_error(status: u16, code: &'static str, message: &'static str) -> Self {
        Self(Do::AwsError { status: Status::Always(status), code, message, retry_after_s: None })
    }

    /// Answers this instead of the part. Without a `content-type` header it is JSON.
    pub fn answer(status: u16, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Self {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self(Do::Answer { status, headers, body: body.into() })
    }

    /// Answers a file's content instead of the part, as XML if its name ends in `.xml`, else as JSON.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self(Do::File(path.into()))
    }

    /// Answers a JSON list in pages instead of the part.
    pub fn published(list: Published) -> Self {
        Self(Do::Published(Arc::new(list)))
    }

    /// Sends the head with the true length and `after` bytes of the body, then closes the connection.
    pub fn cut(after: usize) -> Self {
        Self(Do::Cut { after })
    }

    /// Sends the head at once and the body at this rate.
    pub fn trickle(bytes_per_s: u32) -> Self {
        Self(Do::Trickle { bytes_per_s })
    }

    /// Resets the connection instead of answering.
    pub fn reset() -> Self {
        Self(Do::Reset)
    }

    /// Never answers, and keeps the connection open.
    pub fn black_hole() -> Self {
        Self(Do::BlackHole)
    }
}

impl fmt::Debug for Then {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Do::Delay(_) => "delay",
            Do::Edit(_) => "edit",
            Do::AwsError { code, .. } => code,
            Do::Answer { .. } | Do::File(_) | Do::Published(_) => "answer",
            Do::Cut { .. } => "cut",
            Do::Trickle { .. } => "trickle",
            Do::Reset => "reset",
            Do::BlackHole => "black hole",
        })
    }
}

#[derive(Debug)]
pub(super) struct Rule {
    when: When,
    then: Then,
    matched: AtomicUsize,
}

impl Rule {
    pub(super) fn new(when: When, then: Then) -> Self {
        Self { when, then, matched: AtomicUsize::new(0) }
    }

    /// What this rule does to the request, if it is for it. Counts it.
    pub(super) fn applies(&self, seen: &Seen) -> Option<&Do> {
        if !self.when.is_for(seen) {
            return None;
        }
        let n = self.matched.fetch_add(1, Ordering::Relaxed) + 1;
        self.when.counts(n).then_some(&self.then.0)
    }
}
