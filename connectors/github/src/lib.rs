//! GitHub: machine identities of organisations, and the people and workflows behind them.
//!
//! [`GitHub`] lists a scope for each organisation and kind; each kind has a file that fetches its pages and a pure function
//! that makes records of them. The list of repositories, which several kinds read, is fetched once in a scan, and each
//! scope decides anew, from the same end markers, whether it is complete.
//!
//! It changes nothing, and keeps nothing of a value: neither a variable's nor an address that a webhook is sent to. It
//! does not know what it cannot see: that stands in the descriptor, and from there in README.md.
//!
//! Invariant: a 403 or 404 on a listing is an issue. GitHub answers 404 for what it does not show.

mod api;
mod audit_log;
mod config;
mod credential_authorizations;
mod definitions;
mod deploy_keys;
mod descriptor;
mod enterprise_identities;
mod enterprise_runners;
mod enterprises;
mod environments;
mod external_identities;
mod gates;
mod gather;
mod home;
mod hosted;
mod installations;
mod look;
mod member_emails;
mod members;
mod oidc_subjects;
mod organization;
mod personal_access_tokens;
mod place;
mod repositories;
mod repository_runners;
mod repository_webhooks;
mod repository_workflow_tokens;
mod runners;
mod scopes;
mod secrets;
mod somebodys;
mod teams;
mod vanished;
mod variables;
mod webhooks;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use whosekey_definitions::Definitions;
use whosekey_sdk::http::{Client, HttpError, Limits, Origin};
use whosekey_sdk::listing::each;
use whosekey_sdk::time::Clock;
use whosekey_sdk::{
    CollectError, Complete, Connector, Descriptor, FingerprintKey, Issue, IssueKind, Scope, Sink, unpaged,
};

use api::Calls;
use api::installed::Installed;
use api::notes::Notes;
use api::sign_in::{Caller, Carrier};
pub use api::sign_in::{NotACredential, SignIn};
pub use config::{Config, Credential};
pub use descriptor::DESCRIPTOR;
use hosted::Hosted;
use place::{Place, issuer_and_host};
use repositories::Shared;
use scopes::Kind;

const ENDPOINT: &str = "https://api.github.com";

/// A source of GitHub.
pub struct GitHub {
    config: Config,
    clock: Clock,
    /// Signs in as the settings say; as the App itself when no installation of it is named.
    http: Client,
    installed: Option<Installed>,
    origin: Origin,
    source: String,
    caller: Caller,
    definitions: Definitions,
    organisations: Mutex<BTreeMap<String, Arc<Organisation>>>,
}

/// An organisation in one scan.
struct Organisation {
    place: Place,
    /// Signs in for it; or why nothing of it is shown, which is then the issue of each of its scopes.
    http: Result<Client, Issue>,
    shared: Shared,
}

impl std::fmt::Debug for GitHub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GitHub").field("config", &self.config).finish_non_exhaustive()
    }
}

impl GitHub {
    /// A source of this name. Nothing is contacted before its scopes are listed.
    ///
    /// # Errors
    /// When the endpoint is not a URL, the App's key is not one, or the system's certificates cannot be loaded.
    pub fn new(
        source: &str,
        config: Config,
        sign_in: &SignIn,
        key: FingerprintKey,
        clock: Clock,
    ) -> Result<Self, HttpError> {
        Self::with_limits(source, config, sign_in, key, clock, limits())
    }

    /// The same with other limits on its requests; which answers are throttling stays GitHub's own.
    ///
    /// # Errors
    /// As [`GitHub::new`].
    pub fn with_limits(
        source: &str,
        config: Config,
        sign_in: &SignIn,
        key: FingerprintKey,
        clock: Clock,
        mut limits: Limits,
    ) -> Result<Self, HttpError> {
        let endpoint = config.endpoint_url.as_deref().unwrap_or(ENDPOINT);
        let origin = Origin::new(endpoint).map_err(|error| HttpError::Setup(error.to_string()))?;
        limits.judge = api::judge::judge;
        let carrier = Carrier::new(origin.clone(), sign_in, &limits)?;
        Ok(Self {
            config,
            clock,
            installed: Installed::new(&origin, sign_in, &limits),
            http: Client::over(Box::new(carrier), limits),
            origin,
            source: source.to_owned(),
            caller: sign_in.caller(),
            definitions: Definitions::new(source, key),
            organisations: Mutex::default(),
        })
    }

    /// An organisation of which nothing is known yet but its name.
    fn place(&self, name: &str) -> Place {
        let (issuer, host) = issuer_and_host(&self.origin);
        Place {
            source: self.source.clone(),
            is_enterprise: false,
            name: name.to_owned(),
            login: name.to_owned(),
            id: None,
            sees_all_repositories: false,
            is_owners: false,
            plan: None,
            caller: self.caller,
            not_accepted: self.config.credential.not_accepted(),
            reads_definitions: self.config.kinds().any(|kind| kind == Kind::Definitions),
            // An enterprise may have another organisation tomorrow, and a team is not to change its id then.
            is_alone: self.config.enterprises.is_empty() && self.config.organizations.len() == 1,
            issuer,
            host,
        }
    }

    fn calls(&self, place: Place, http: Client, notes: Notes) -> Calls {
        Calls { place, now: (self.clock)(), http, origin: self.origin.clone(), notes, is_probe: false }
    }

    fn shared(&self) -> Shared {
        Shared::new(self.config.kinds())
    }

    /// What signs in for an organisation. What it takes to find that is counted by `as_app`.
    async fn sign_in_for(&self, place: &Place, as_app: &Client) -> Result<Client, Issue> {
        match &self.installed {
            Some(installed) => installed.client(&self.calls(place.clone(), as_app.clone(), Notes::default())).await,
            None => Ok(self.http.clone()),
        }
    }

    async fn organisation(&self, name: &str) -> Option<Arc<Organisation>> {
        let known = self.organisations.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
        if known.is_some() || !self.config.organizations.iter().any(|named| named == name) {
            return known;
        }
        let place = self.place(name);
        let http = self.sign_in_for(&place, &self.http).await;
        Some(Arc::new(Organisation { place, http, shared: self.shared() }))
    }

    /// An enterprise that the settings name, as a place of scopes. No App signs in for one.
    fn enterprise(&self, slug: &str) -> Option<Arc<Organisation>> {
        let is_named = self.config.enterprises.iter().any(|named| named == slug);
        let place = Place { is_enterprise: true, ..self.place(slug) };
        is_named.then(|| Arc::new(Organisation { place, http: Ok(self.http.clone()), shared: self.shared() }))
    }

    /// Looks at an organisation before its scopes are listed; the number of requests is what that took.
    async fn look(&self, name: &str, as_app: &Client) -> (Organisation, Result<(), Issue>, u64) {
        let mut place = self.place(name);
        let http = self.sign_in_for(&place, as_app).await;
        let (looked, requests) = match &http {
            Ok(http) => {
                let mut calls = self.calls(place, http.for_scope(), Notes::default());
                let looked = look::look(&mut calls).await;
                place = calls.place;
                (looked, calls.http.requests())
            }
            Err(issue) => (Err(issue.clone()), 0),
        };
        let http = match &looked {
            Err(issue) if look::is_final(issue) => Err(issue.clone()),
            _ => http,
        };
        (Organisation { place, http, shared: self.shared() }, looked, requests)
    }

    /// The organisations that the settings name, and those of the enterprises that they name.
    async fn names(&self, http: &Client, out: &mut dyn Sink) -> Vec<String> {
        let mut names = self.config.organizations.clone();
        for slug in &self.config.enterprises {
            let place = Place { is_enterprise: true, ..self.place(slug) };
            let calls = self.calls(place, http.clone(), Notes::default());
            let (found, issue) = enterprises::organizations(&calls, slug).await;
            for login in found {
                if !names.iter().any(|name| name.eq_ignore_ascii_case(&login)) {
                    names.push(login);
                }
            }
            if let Some(issue) = issue {
                out.issue(issue);
            }
        }
        names
    }
}

/// What GitHub asks of its clients: no more than 100 requests at once and 900 a minute; when it throttles without saying
/// for how long, a minute and longer each time.
/// <https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api>, seen 2026-11-27.
fn limits() -> Limits {
    Limits {
        max_in_flight: 16,
        // Together the 900 of a minute; a small organisation waits for nothing.
        requests_per_second: Some(14.0),
        burst: 60,
        // Less than a scope may take, so that it ends rate-limited and with what it saw, instead of out of time.
        max_retry_after: Duration::from_secs(20 * 60),
        throttled_pause: Some(Duration::from_secs(60)),
        ..Limits::default()
    }
}

#[async_trait]
impl Connector for GitHub {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    async fn scopes(&self, out: &mut dyn Sink) -> Result<(Vec<Scope>, Complete), CollectError> {
        let http = self.http.for_scope();
        let names = self.names(&http, out).await;
        let looked = each(names, |name| {
            let http = &http;
            async move { (self.look(&name, http).await, name) }
        });
        let mut scopes = Vec::new();
        let mut organisations = BTreeMap::new();
        for ((organisation, looked, requests), name) in looked.await {
            out.requests(requests);
            // One that is not seen keeps its scopes, each of which then fails: it is not gone.
            if let Err(issue) = looked {
                out.issue(issue);
            }
            let kinds = self.config.kinds().filter(|kind| !kind.is_of_enterprise());
            scopes.extend(kinds.map(|kind| kind.scope(&organisation.place)));
            organisations.insert(name, Arc::new(organisation));
        }
        for place in self.config.enterprises.iter().map(|slug| self.place(slug)) {
            scopes.extend(self.config.kinds().filter(|kind| kind.is_of_enterprise()).map(|kind| kind.scope(&place)));
        }
        out.requests(http.requests());
        *self.organisations.lock().unwrap_or_else(PoisonError::into_inner) = organisations;
        // The settings name the organisations, so the list is whole whatever GitHub shows of them; it is not where an
        // enterprise did not show all of its own, which is an issue above.
        Ok((scopes, unpaged()))
    }

    async fn collect(&self, scope: &Scope, out: &mut dyn Sink) -> Result<Complete, CollectError> {
        let unknown = || Issue::new(IssueKind::Unsupported, format!("{:?} is not a scope of this source", scope.name));
        let (name, kind) = scopes::parse(&scope.name).ok_or_else(unknown)?;
        let found = if kind.is_of_enterprise() { self.enterprise(name) } else { self.organisation(name).await };
        let organisation = found.ok_or_else(unknown)?;
        let http = organisation.http.clone()?.for_scope();
        let calls = self.calls(organisation.place.clone(), http.clone(), Notes::recall(out));
        let calls = Calls { is_probe: out.is_probe(), ..calls };
        // What is kept is of the organisation that was there before, and stays.
        if let Some(another) = look::another(&calls.place, calls.notes.organisation_before()) {
            return Err(another.into());
        }
        let outcome = {
            let mut out = Hosted::told_by(&organisation.place, out);
            self.collect_kind(kind, &calls, &organisation.shared, &mut out).await
        };
        out.requests(http.requests());
        if let Some(missing) = calls.notes.repositories().and_then(|known| known.issue(&calls.place)) {
            out.issue(missing);
        }
        let is_whole = outcome.is_ok();
        calls.notes.remember(out, calls.place.id, is_whole);
        Ok(outcome?.unless_probed(out)?)
    }
}

impl GitHub {
    async fn collect_kind(
        &self,
        kind: Kind,
        calls: &Calls,
        shared: &Shared,
        out: &mut dyn Sink,
    ) -> Result<Complete, CollectError> {
        match kind {
            Kind::Organization => organization::collect(calls, out).await,
            Kind::Members => members::collect(calls, out).await,
            Kind::MemberEmails => member_emails::collect(calls, out).await,
            Kind::ExternalIdentities => external_identities::collect(calls, out).await,
            Kind::Teams => teams::collect(calls, out).await,
            Kind::Repositories => repositories::collect(calls, shared, out).await,
            Kind::OidcSubjects => oidc_subjects::collect(calls, shared, out).await,
            Kind::PersonalAccessTokens => personal_access_tokens::collect(calls, out).await,
            Kind::PersonalAccessTokenRequests => personal_access_tokens::collect_requests(calls, out).await,
            Kind::CredentialAuthorizations => credential_authorizations::collect(calls, out).await,
            Kind::Installations => installations::collect(calls, out).await,
            Kind::DeployKeys => deploy_keys::collect(calls, shared, out).await,
            Kind::Secrets => secrets::collect(calls, shared, out, &secrets::ACTIONS).await,
            Kind::DependabotSecrets => secrets::collect(calls, shared, out, &secrets::DEPENDABOT).await,
            Kind::CodespacesSecrets => secrets::collect(calls, shared, out, &secrets::CODESPACES).await,
            Kind::Variables => variables::collect(calls, shared, out).await,
            Kind::Environments => environments::collect(calls, shared, out).await,
            Kind::Runners => runners::collect(calls, out).await,
            Kind::RepositoryRunners => repository_runners::collect(calls, shared, out).await,
            Kind::RepositoryWebhooks => repository_webhooks::collect(calls, shared, out).await,
            Kind::RepositoryWorkflowTokens => repository_workflow_tokens::collect(calls, shared, out).await,
            Kind::Webhooks => webhooks::collect(calls, out).await,
            Kind::Definitions => {
                let mut out = somebodys::Tokens::told_by(&calls.place, out);
                definitions::collect(calls, shared, &self.definitions, &mut out).await
            }
            Kind::AuditLog => audit_log::collect(calls, out).await,
            Kind::EnterpriseIdentities => enterprise_identities::collect(calls, out).await,
            Kind::EnterpriseRunners => enterprise_runners::collect(calls, out).await,
        }
    }
}
