//! A proxy in front of any part that does to a client what the world does: refuses, throttles, delays, cuts, loops,
//! never answers. It also pages what the AWS stand-in gives in one piece, answers what it lacks, and counts.
//!
//! ```no_run
//! # fn main() -> Result<(), whosekey_parts::PartError> {
//! use std::time::Duration;
//! use whosekey_parts::moto::Moto;
//! use whosekey_parts::proxy::{Proxy, Then, When};
//!
//! let moto = Moto::start()?;
//! let proxy = Proxy::before(&moto.url())
//!     .page_iam(100)                                                        // IsTruncated, Marker
//!     .rule(When::any(), Then::delay(Duration::from_millis(50)))
//!     .rule(When::action("ListUsers").nth(2), Then::throttle(Some(1)))      // 429, Retry-After: 1
//!     .rule(When::action("GetAccessKeyLastUsed"), Then::deny())             // 403, an AWS error body
//!     .start()?;
//! // … point a client's endpoint_url at proxy.url() …
//! println!("{} requests, {} at once", proxy.count(), proxy.max_in_flight());
//! # Ok(())
//! # }
//! ```
//!
//! It works in tests with and without a runtime, and ends when dropped. Rules are tried in order for each request: delays
//! and edits add up, and the first rule that decides the answer wins.

mod aws_error;
mod connection;
mod iam_paging;
mod kubernetes_status;
mod published;
mod request;
mod rule;
mod wire;

pub use iam_paging::Token;
pub use published::Published;
pub use request::Seen;
pub use rule::{Then, When};

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::PartError;
use crate::certificates::Authority;
use crate::server::Server;
use connection::Shared;
use iam_paging::IamPages;
use rule::Rule;
use wire::Acceptor;

/// What a proxy will do; see [`Proxy::before`].
#[derive(Debug)]
pub struct Plan {
    upstream: String,
    upstream_authority_pem: Option<String>,
    rules: Vec<Rule>,
    pages: Option<IamPages>,
    authority: Option<Authority>,
}

impl Plan {
    /// Reaches the part over TLS, with a certificate of this authority and no other.
    #[must_use]
    pub fn trusting(mut self, authority_pem: &str) -> Self {
        self.upstream_authority_pem = Some(authority_pem.to_owned());
        self
    }

    /// Speaks TLS to its clients, with a certificate of this authority.
    #[must_use]
    pub fn tls(mut self, authority: Authority) -> Self {
        self.authority = Some(authority);
        self
    }

    /// Does this to the requests that match.
    #[must_use]
    pub fn rule(mut self, when: When, then: Then) -> Self {
        self.rules.push(Rule::new(when, then));
        self
    }

    /// Splits the lists of IAM's XML answers (`ListUsers`, `GetAccountAuthorizationDetails`, `ListAccessKeys` …) into
    /// pages of at most `size`, with `IsTruncated` and `Marker`. A request's `MaxItems` is obeyed when it is smaller.
    #[must_use]
    pub fn page_iam(self, size: usize) -> Self {
        self.page_iam_with(size, Token::Honest)
    }

    /// The same with page tokens that mislead.
    #[must_use]
    pub fn page_iam_with(mut self, size: usize, token: Token) -> Self {
        self.pages = Some(IamPages::new(size, token));
        self
    }

    /// Starts the proxy on a free loopback port.
    ///
    /// # Errors
    /// When no port can be had, or the authority to trust is no certificate.
    pub fn start(self) -> Result<Proxy, PartError> {
        let log = Arc::new(Mutex::new(Log::default()));
        let client = connection::client(self.upstream_authority_pem.as_deref())?;
        let shared = Arc::new(Shared::new(self.upstream, client, self.rules, self.pages, Arc::clone(&log)));
        let acceptor = Acceptor::new(self.authority.as_ref())?;
        let authority_pem = self.authority.map(|authority| authority.pem().to_owned());
        let server = Server::start(move |stream| acceptor.clone().serve(stream, Arc::clone(&shared)))?;
        Ok(Proxy { server, authority_pem, log })
    }
}

/// A running proxy. Ends when dropped, and with it every connection.
#[derive(Debug)]
pub struct Proxy {
    server: Server,
    authority_pem: Option<String>,
    log: Arc<Mutex<Log>>,
}

impl Proxy {
    /// A plan for a proxy in front of `upstream`, such as `http://127.0.0.1:5000`. Without rules it changes nothing.
    pub fn before(upstream: &str) -> Plan {
        Plan {
            upstream: upstream.trim_end_matches('/').to_owned(),
            upstream_authority_pem: None,
            rules: Vec::new(),
            pages: None,
            authority: None,
        }
    }

    /// What to set a client's `endpoint_url` to.
    pub fn url(&self) -> String {
        let scheme = if self.authority_pem.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.server.address())
    }

    /// What a client must trust, if the proxy speaks TLS.
    pub fn authority_pem(&self) -> Option<&str> {
        self.authority_pem.as_deref()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// The requests so far, in the order of their arrival.
    pub fn seen(&self) -> Vec<Seen> {
        lock(&self.log).seen.clone()
    }

    /// How many requests there were so far.
    pub fn count(&self) -> usize {
        lock(&self.log).seen.len()
    }

    /// How many requests for this action or path there were so far.
    pub fn count_of(&self, action_or_path: &str) -> usize {
        let log = lock(&self.log);
        log.seen
            .iter()
            .filter(|seen| seen.action.as_deref() == Some(action_or_path) || seen.path == action_or_path)
            .count()
    }

    /// The most requests that were waiting for their answer at one moment.
    pub fn max_in_flight(&self) -> usize {
        lock(&self.log).max_in_flight
    }

    /// Begins to count anew.
    pub fn forget(&self) {
        let mut log = lock(&self.log);
        log.seen.clear();
        log.max_in_flight = log.in_flight;
    }
}

#[derive(Debug, Default)]
struct Log {
    seen: Vec<Seen>,
    in_flight: usize,
    max_in_flight: usize,
}

/// The counts are whole whatever panicked while they were held.
fn lock(log: &Mutex<Log>) -> MutexGuard<'_, Log> {
    log.lock().unwrap_or_else(PoisonError::into_inner)
}
