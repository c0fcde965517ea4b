//! AWS: machine identities of one account or an organization.
//!
//! [`Aws`] lists a scope for each account and kind, and for regional services for each region; each kind has a file
//! that fetches its pages and a pure function that makes records of them. What several kinds read (the bulk
//! authorization details, the credential report) is fetched once in a scan, and each scope decides anew, from the same
//! end markers, whether it is complete.
//!
//! It changes nothing, and calls nothing that returns a secret's value. It does not know what it cannot see: that
//! stands in the descriptor, and from there in README.md.
//!
//! Invariant: listing the scopes begins a new scan; nothing that was fetched before it is read after it.

mod account_contacts;
mod agentcore;
mod agentcore_gateways;
mod api;
mod authorization;
mod bedrock;
mod cloudtrail;
mod codecommit;
mod config;
mod credential_report;
mod descriptor;
mod discovery;
mod ec2;
mod ecs;
mod eks;
mod environment;
mod iam_access;
mod iam_access_keys;
mod iam_account;
mod iam_providers;
mod iam_roles;
mod iam_service_credentials;
mod iam_user_keys;
mod iam_users;
mod lambda;
mod last_accessed;
mod organization;
pub mod policy;
mod scopes;
mod secrets;
mod tagging;
mod time;
mod trust;
mod wire;
mod workload;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use aws_credential_types::provider::SharedCredentialsProvider;
use tokio::sync::OnceCell;
use whosekey_sdk::http::{Client, HttpError, Limits};
use whosekey_sdk::time::Clock;
use whosekey_sdk::{CollectError, Complete, Connector, Descriptor, Issue, IssueKind, Scope, Sink};

use api::session::SignIn;
use api::{Account, Calls};
pub use config::{Accounts, Config};
pub use descriptor::DESCRIPTOR;
use scopes::{Kind, Place};

/// A source of AWS.
pub struct Aws {
    config: Config,
    clock: Clock,
    http: Client,
    credentials: Option<SharedCredentialsProvider>,
    owner_keys: Arc<[String]>,
    sign_in: OnceCell<SignIn>,
    accounts: Mutex<BTreeMap<String, Arc<Account>>>,
}

impl std::fmt::Debug for Aws {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Aws").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Aws {
    /// A source. Nothing is contacted before its scopes are listed.
    ///
    /// # Errors
    /// When the system's certificates cannot be loaded.
    pub fn new(config: Config, clock: Clock) -> Result<Self, HttpError> {
        Self::with_limits(config, clock, Limits::default())
    }

    /// The same with other limits on its requests; which answers are throttling stays AWS's own.
    ///
    /// # Errors
    /// When the system's certificates cannot be loaded.
    pub fn with_limits(config: Config, clock: Clock, mut limits: Limits) -> Result<Self, HttpError> {
        limits.judge = api::transport::judge;
        let http = Client::new(limits)?;
        let owner_keys = config.owner_keys().into();
        Ok(Self {
            config,
            clock,
            http,
            credentials: None,
            owner_keys,
            sign_in: OnceCell::new(),
            accounts: Mutex::default(),
        })
    }

    /// Signs in with these instead of the profile or the ambient chain.
    #[must_use]
    pub fn with_credentials(mut self, credentials: SharedCredentialsProvider) -> Self {
        self.credentials = Some(credentials);
        self
    }

    async fn sign_in(&self) -> &SignIn {
        let credentials = self.credentials.clone();
        self.sign_in.get_or_init(|| SignIn::load(&self.config, self.http.clone(), credentials)).await
    }

    fn calls(&self, sign_in: &SignIn, account: Arc<Account>, region: Option<&str>, http: Client) -> Calls {
        let sdk = sign_in.counting(&account.sdk, &http, region);
        let place = Place { region: region.map(str::to_owned), ..account.place.clone() };
        Calls {
            account,
            place,
            now: (self.clock)(),
            owner_keys: Arc::clone(&self.owner_keys),
            service_last_accessed: self.config.service_last_accessed,
            sdk,
            http,
            is_probe: false,
        }
    }

    fn known(&self, account: &str) -> Option<Arc<Account>> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner).get(account).cloned()
    }
}

#[async_trait]
impl Connector for Aws {
    fn descriptor(&self) -> &'static Descriptor {
        &descriptor::DESCRIPTOR
    }

    async fn scopes(&self, out: &mut dyn Sink) -> Result<(Vec<Scope>, Complete), CollectError> {
        let sign_in = self.sign_in().await;
        let http = sign_in.http();
        let found = discovery::discover(self, sign_in, &http, out).await;
        out.requests(http.requests());
        let (found, complete) = found?;
        let scopes = found.scopes;
        let accounts = found.accounts.into_iter().map(|account| (account.place.account.clone(), account)).collect();
        *self.accounts.lock().unwrap_or_else(PoisonError::into_inner) = accounts;
        Ok((scopes, complete))
    }

    async fn collect(&self, scope: &Scope, out: &mut dyn Sink) -> Result<Complete, CollectError> {
        let unknown = || Issue::new(IssueKind::Unsupported, format!("{:?} is not a scope of this source", scope.name));
        let (account, region, kind) = scopes::parse(&scope.name).ok_or_else(unknown)?;
        let account = self.known(account).ok_or_else(unknown)?;
        let sign_in = self.sign_in().await;
        let http = sign_in.http();
        let calls = self.calls(sign_in, account, region, http.clone());
        let calls = Calls { is_probe: out.is_probe(), ..calls };
        let outcome = collect(kind, &calls, out).await;
        out.requests(http.requests());
        Ok(outcome?.unless_probed(out)?)
    }
}

async fn collect(kind: Kind, calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    match kind {
        Kind::Account => iam_account::collect(calls, out).await,
        Kind::Contacts => account_contacts::collect(calls, out).await,
        Kind::Organization => organization::collect(calls, out).await,
        Kind::Users => iam_users::collect(calls, out).await,
        Kind::Roles => iam_roles::collect(calls, out).await,
        Kind::Access => iam_access::collect(calls, out).await,
        Kind::AccessKeys => iam_access_keys::collect(calls, out).await,
        Kind::CredentialReport => credential_report::collect(calls, out).await,
        Kind::ServiceCredentials => iam_service_credentials::collect(calls, out).await,
        Kind::SshKeys => iam_user_keys::collect_ssh_keys(calls, out).await,
        Kind::SigningCertificates => iam_user_keys::collect_certificates(calls, out).await,
        Kind::OidcProviders => iam_providers::collect_oidc(calls, out).await,
        Kind::SamlProviders => iam_providers::collect_saml(calls, out).await,
        Kind::Creators => cloudtrail::creators::collect(calls, out).await,
        Kind::Sessions => cloudtrail::sessions::collect(calls, out).await,
        Kind::Lambda => lambda::collect(calls, out).await,
        Kind::Ecs => ecs::collect(calls, out).await,
        Kind::Ec2 => ec2::collect(calls, out).await,
        Kind::Eks => eks::collect_clusters(calls, out).await,
        Kind::PodIdentities => eks::collect_pod_identities(calls, out).await,
        Kind::BedrockAgents => bedrock::collect_agents(calls, out).await,
        Kind::BedrockComponents => bedrock::collect_components(calls, out).await,
        Kind::AgentCoreRuntimes => agentcore::collect_runtimes(calls, out).await,
        Kind::AgentCoreIdentities => agentcore::collect_identities(calls, out).await,
        Kind::AgentCoreProviders => agentcore::collect_providers(calls, out).await,
        Kind::AgentCoreGateways => agentcore_gateways::collect(calls, out).await,
        Kind::AgentCoreHarnesses => agentcore::collect_harnesses(calls, out).await,
        Kind::AgentCoreMemories => agentcore::collect_memories(calls, out).await,
        Kind::Tags => tagging::collect(calls, out).await,
        Kind::Secrets => secrets::collect_secrets(calls, out).await,
        Kind::Parameters => secrets::collect_parameters(calls, out).await,
    }
}
