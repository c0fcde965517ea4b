//! Signing in: the caller's own account, and a role in each other one.

use std::sync::Arc;
use std::time::SystemTime;

use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::sts::AssumeRoleProvider;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_iam::config::StalledStreamProtectionConfig;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use whosekey_sdk::http::Client;
use whosekey_sdk::{CollectError, Issue, IssueKind};

use super::errors::Failure;
use super::transport::Transport;
use crate::Config;
use crate::scopes::Place;

/// The region of the endpoints of global services, when nothing else is configured.
const DEFAULT_REGION: &str = "us-east-1";

/// What a source signs in with.
#[derive(Debug, Clone)]
pub(crate) struct SignIn {
    sdk: SdkConfig,
    http: Client,
}

/// Who the caller is.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// The account, without a region.
    pub(crate) place: Place,
}

impl SignIn {
    /// Reads profile and environment as AWS's own tools do; nothing is contacted before the first call, unless the
    /// ambient credentials are those of an instance or a container.
    pub(crate) async fn load(config: &Config, http: Client, credentials: Option<SharedCredentialsProvider>) -> Self {
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(Transport(http.clone()))
            // The shared HTTP layer retries and sets deadlines; a second layer would multiply both.
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        if let Some(profile) = &config.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(url) = &config.endpoint_url {
            loader = loader.endpoint_url(url.trim_end_matches('/'));
        }
        loader = loader.region(region(config));
        if let Some(credentials) = credentials {
            loader = loader.credentials_provider(credentials);
        }
        Self { sdk: loader.load().await, http }
    }

    /// Asks who we are.
    ///
    /// # Errors
    /// When we cannot sign in: then nothing else can be asked.
    pub(crate) async fn caller(&self, http: &Client) -> Result<Caller, CollectError> {
        let sts = aws_sdk_sts::Client::new(&self.counting(&self.sdk, http, None));
        let identity = sts.get_caller_identity().send().await.map_err(|error| {
            let answered_at = error.raw_response().and_then(|answer| date(answer.headers().get("date")?));
            let now = self.sdk.time_source().map_or(SystemTime::UNIX_EPOCH, |source| source.now());
            let failure = Failure::from(error).of_sign_in(answered_at, now);
            CollectError::Issue(failure.issue("sts:GetCallerIdentity", "the caller's account"))
        })?;
        let partition = identity.arn().and_then(|arn| arn.split(':').nth(1)).unwrap_or("aws").to_owned();
        let account = identity.account().ok_or_else(|| {
            CollectError::Issue(Issue::new(IssueKind::Parse, "sts:GetCallerIdentity named no account"))
        })?;
        Ok(Caller { place: Place { partition, account: account.to_owned(), region: None } })
    }

    /// The configuration for calls in an account: with our own credentials, or with those of a role there.
    pub(crate) async fn account(&self, place: &Place, role: Option<&Role>) -> SdkConfig {
        let Some(role) = role else { return self.sdk.clone() };
        let mut provider = AssumeRoleProvider::builder(place.iam_arn(&format!("role/{}", role.name)))
            .session_name("whosekey")
            .configure(&self.sdk);
        if let Some(id) = &role.external_id {
            provider = provider.external_id(id.as_ref());
        }
        let provider = SharedCredentialsProvider::new(provider.build().await);
        self.sdk.to_builder().credentials_provider(provider).build()
    }

    /// The same configuration with a counter of its own, and in a region.
    pub(crate) fn counting(&self, sdk: &SdkConfig, http: &Client, region: Option<&str>) -> SdkConfig {
        let mut builder = sdk.to_builder().http_client(Transport(http.clone()));
        if let Some(region) = region {
            builder = builder.region(Region::new(region.to_owned()));
        }
        builder.build()
    }

    /// A client with a counter of its own.
    pub(crate) fn http(&self) -> Client {
        self.http.for_scope()
    }
}

/// The time in an HTTP `Date` header.
fn date(text: &str) -> Option<SystemTime> {
    let time = aws_smithy_types::DateTime::from_str(text, aws_smithy_types::date_time::Format::HttpDate).ok()?;
    time.try_into().ok()
}

/// The region of the first calls: as configured, else from environment or profile. The SDK would go on to ask the
/// instance that it may run on, which on any other machine is a wait for an address that nobody has.
fn region(config: &Config) -> RegionProviderChain {
    let mut profile = ProfileFileRegionProvider::builder();
    if let Some(name) = &config.profile {
        profile = profile.profile_name(name);
    }
    RegionProviderChain::first_try(config.regions.first().cloned().map(Region::new))
        .or_else(EnvironmentVariableRegionProvider::new())
        .or_else(profile.build())
        .or_else(DEFAULT_REGION)
}

/// The role to assume in an account that is not the caller's.
#[derive(Debug, Clone)]
pub(crate) struct Role {
    pub(crate) name: Arc<str>,
    pub(crate) external_id: Option<Arc<str>>,
}
