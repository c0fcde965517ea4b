//! GitHub: a fake of our own with state, that answers as api.github.com and an Enterprise Server do.
//!
//! It is driven by a [`World`] that a test builds and may change between two scans. What stands in it is listed in pages
//! with `Link` headers, has an `ETag` (a 304 costs nothing of the rate budget), needs the permission that GitHub names,
//! is refused where the test says so, and counted.
//!
//! ```no_run
//! # fn main() -> Result<(), whosekey_parts::PartError> {
//! use whosekey_parts::github::{Deny, DeployKey, GitHub, Member, Repository, World};
//!
//! let mut world = World::new();
//! world.classic_token("ghp_test", "ada", &["admin:org", "repo"]);
//! let acme = world.organisation("acme");
//! acme.members.push(Member::owner("ada"));
//! let mut shop = Repository::new("shop").file("CODEOWNERS", "* @acme/platform\n");
//! shop.deploy_keys.push(DeployKey { added_by: Some("ada".into()), ..DeployKey::new("deploy") });
//! acme.repositories.push(shop);
//! world.deny("/orgs/{org}/hooks", Deny::NotFound);
//!
//! let github = GitHub::start(world)?;
//! // … point a client at github.url(), or at github.enterprise_server_url() …
//! github.change(|world| world.organisation("acme").members.clear());
//! println!("{} requests, {} counted against the limit", github.count(), github.cost());
//! # Ok(())
//! # }
//! ```
//!
//! What it does not do: write anything, search, git itself, GitHub Enterprise Managed Users' SCIM. Its object names (blobs,
//! trees, commits) are digests of the content, as git's are, and not git's. It is checked against GitHub's published
//! description, see [`crate::prism`].

mod answering;
mod app;
mod ask;
mod audit_log;
mod contents;
mod credential_authorizations;
mod deny;
mod deploy_keys;
mod environments;
mod etag;
mod external_identities;
mod graphql;
mod hooks;
mod installations;
mod limits;
mod members;
mod organisations;
mod personal_access_tokens;
mod reply;
mod repositories;
mod routes;
mod rulesets;
mod runners;
mod secrets;
mod sign_in;
mod teams;
mod variables;
mod world;

pub use audit_log::event;
pub use credential_authorizations::CredentialAuthorization;
pub use deny::Deny;
pub use deploy_keys::DeployKey;
pub use environments::Environment;
pub use etag::Etags;
pub use external_identities::ExternalIdentity;
pub use hooks::Hook;
pub use installations::{Installation, Selection};
pub use limits::Limits;
pub use members::{Member, Role};
pub use organisations::Organisation;
pub use personal_access_tokens::{PersonalAccessToken, TokenRequest};
pub use repositories::{OidcSubject, Repository};
pub use rulesets::Ruleset;
pub use runners::Runner;
pub use secrets::{Secret, Visibility};
pub use sign_in::SignIn;
pub use teams::Team;
pub use variables::Variable;
pub use world::{Enterprise, User, World, id_of};

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::PartError;
use crate::server::Server;
use answering::State;

/// The prefix of an Enterprise Server's REST paths; its GraphQL is at `/api/graphql`.
const ENTERPRISE_SERVER: &str = "/api/v3";

/// A running GitHub. Ends when dropped, and with it every connection.
#[derive(Debug)]
pub struct GitHub {
    server: Server,
    state: Arc<Mutex<State>>,
}

/// A request that was answered.
#[derive(Debug, Clone)]
pub struct Seen {
    /// `GET`, `POST` …
    pub method: String,
    /// The path without the query and without an Enterprise Server's prefix; by names, even where it was asked by ids.
    pub path: String,
    /// The query, without its question mark.
    pub query: String,
    /// The pattern of the route that answered, such as `/orgs/{org}/repos`; none when there is none for the path.
    pub route: Option<&'static str>,
    /// Names are in lower case. The value of `authorization` is left out.
    pub headers: Vec<(String, String)>,
    /// The status of the answer.
    pub status: u16,
    /// What it took from the rate budget: nothing for a 304, and a query's points for GraphQL.
    pub cost: u64,
    /// When it came.
    pub at: std::time::Instant,
}

impl Seen {
    /// The value of a header, whose name is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        crate::http::header(&self.headers, name)
    }

    fn is_of(&self, pattern: &str) -> bool {
        self.route == Some(pattern) || routes::matches(pattern, &self.path)
    }
}

impl GitHub {
    /// Starts it on a free loopback port.
    ///
    /// # Errors
    /// When no port can be had.
    pub fn start(world: World) -> Result<Self, PartError> {
        let state = Arc::new(Mutex::new(State::new(world)));
        let shared = Arc::clone(&state);
        let server = Server::start(move |stream| answering::serve(stream, Arc::clone(&shared)))?;
        Ok(Self { server, state })
    }

    /// The base of the REST API, as `https://api.github.com` is; GraphQL is at `/graphql` below it.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// The base of the REST API as an Enterprise Server has it.
    pub fn enterprise_server_url(&self) -> String {
        format!("{}{ENTERPRISE_SERVER}", self.server.url())
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Changes the world, between two scans or in the midst of one.
    pub fn change(&self, change: impl FnOnce(&mut World)) {
        change(&mut lock(&self.state).world);
    }

    /// The requests so far, in the order of their arrival.
    pub fn seen(&self) -> Vec<Seen> {
        lock(&self.state).seen.clone()
    }

    /// How many requests there were so far.
    pub fn count(&self) -> usize {
        lock(&self.state).seen.len()
    }

    /// How many requests there were for this route or path, such as `/orgs/{org}/repos`, `/repos/acme/*/keys`, `/repos/**`.
    pub fn count_of(&self, pattern: &str) -> usize {
        lock(&self.state).seen.iter().filter(|seen| seen.is_of(pattern)).count()
    }

    /// The routes that were asked for so far: what a test denies one after the other, and holds against
    /// [`crate::prism`]'s description.
    pub fn routes(&self) -> BTreeSet<&'static str> {
        lock(&self.state).seen.iter().filter_map(|seen| seen.route).collect()
    }

    /// The last request for this route or path.
    pub fn last(&self, pattern: &str) -> Option<Seen> {
        lock(&self.state).seen.iter().rev().find(|seen| seen.is_of(pattern)).cloned()
    }

    /// What all requests so far took from the rate budgets.
    pub fn cost(&self) -> u64 {
        lock(&self.state).seen.iter().map(|seen| seen.cost).sum()
    }

    /// The most requests that waited for their answer at one moment; see [`World::latency`].
    pub fn max_in_flight(&self) -> usize {
        lock(&self.state).max_in_flight
    }

    /// Begins to count anew. What was taken from the budgets stays taken.
    pub fn forget(&self) {
        let mut state = lock(&self.state);
        state.seen.clear();
        state.max_in_flight = state.in_flight;
    }
}

/// The state is whole whatever panicked while it was held.
fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
