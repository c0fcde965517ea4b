//! Calling AWS: one account's clients, with a request counter for each scope.

pub(crate) mod error_code;
pub(crate) mod errors;
pub(crate) mod session;
pub(crate) mod signed;
pub(crate) mod transport;

use std::sync::Arc;

use aws_config::SdkConfig;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use serde::de::DeserializeOwned;
use tokio::sync::OnceCell;
use whosekey_sdk::http::Client;
use whosekey_sdk::{Issue, Next, Timestamp};

use crate::authorization::Authorization;
use crate::cloudtrail::Pace;
use crate::credential_report::Report;
use crate::scopes::Place;
use errors::Failure;
use signed::{Sender, Signer};

/// One account in one scan: how to call it, and the listings that several of its scopes read.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) place: Place,
    pub(crate) sdk: SdkConfig,
    pub(crate) signer: Signer,
    pub(crate) authorization: Authorization,
    pub(crate) report: OnceCell<Result<Arc<Report>, Issue>>,
    pub(crate) pace: Pace,
}

impl Account {
    pub(crate) fn new(place: Place, sdk: SdkConfig) -> Self {
        Self {
            place,
            sdk,
            signer: Signer::default(),
            authorization: Authorization::default(),
            report: OnceCell::new(),
            pace: Pace::default(),
        }
    }
}

/// Of things that are each asked for, those that a probe asks for: one of them probably has something.
const PROBED: usize = 8;

/// The calls of one scope.
#[derive(Debug, Clone)]
pub(crate) struct Calls {
    pub(crate) account: Arc<Account>,
    pub(crate) place: Place,
    pub(crate) now: Timestamp,
    pub(crate) owner_keys: Arc<[String]>,
    /// Whether to ask for each principal when it last used what it may use.
    pub(crate) service_last_accessed: bool,
    pub(crate) sdk: SdkConfig,
    pub(crate) http: Client,
    /// Whether all that is to be known is whether AWS answers; what it collects is never called complete.
    pub(crate) is_probe: bool,
}

macro_rules! clients {
    ($($name:ident = $module:ident),+ $(,)?) => {
        impl Calls {
            $(pub(crate) fn $name(&self) -> $module::Client { $module::Client::new(&self.sdk) })+
        }
    };
}

clients! {
    iam = aws_sdk_iam,
    organizations = aws_sdk_organizations,
    cloudtrail = aws_sdk_cloudtrail,
    lambda = aws_sdk_lambda,
    ecs = aws_sdk_ecs,
    eks = aws_sdk_eks,
    agentcore = aws_sdk_bedrockagentcorecontrol,
    secrets = aws_sdk_secretsmanager,
    ssm = aws_sdk_ssm,
}

impl Calls {
    /// Those of some things that are each asked for: all, and a few in a probe.
    pub(crate) fn asked<I: IntoIterator>(&self, things: I) -> std::iter::Take<I::IntoIter> {
        things.into_iter().take(if self.is_probe { PROBED } else { usize::MAX })
    }

    /// What follows a page of a list that is looked into: nothing in a probe.
    pub(crate) fn next(&self, next: Next) -> Next {
        if self.is_probe { Next::End } else { next }
    }

    /// The issue for a call that failed: `calls.issue("iam:ListUsers", error)`.
    pub(crate) fn issue<E>(&self, action: &str, error: SdkError<E, HttpResponse>) -> Issue
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        Failure::from(error).issue(action, &self.place.to_string())
    }

    /// The answer to a question about one thing: `None` when the thing is gone since it was listed, which is no error.
    ///
    /// # Errors
    /// Any other failure.
    pub(crate) fn found<T, E>(
        &self,
        action: &str,
        answer: Result<T, SdkError<E, HttpResponse>>,
    ) -> Result<Option<T>, Issue>
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        match answer {
            Ok(answer) => Ok(Some(answer)),
            Err(error) => {
                let failure = Failure::from(error);
                if failure.is_not_found() { Ok(None) } else { Err(failure.issue(action, &self.place.to_string())) }
            }
        }
    }

    /// Asks EC2.
    ///
    /// # Errors
    /// When it does not answer as expected.
    pub(crate) async fn ec2<T: DeserializeOwned>(&self, action: &str, parameters: &[(&str, &str)]) -> Result<T, Issue> {
        let answer = self.sender().ec2(action, parameters).await;
        answer.map_err(|failure| failure.issue(&format!("ec2:{action}"), &self.place.to_string()))
    }

    /// Asks for Bedrock agents: a listing by its body, one thing by its path. `None` when the thing is gone.
    ///
    /// # Errors
    /// When it does not answer as expected.
    pub(crate) async fn bedrock_agent<T: DeserializeOwned>(
        &self,
        action: &str,
        path: &str,
        body: Option<String>,
    ) -> Result<Option<T>, Issue> {
        match self.sender().bedrock_agent(path, body).await {
            Ok(answer) => Ok(Some(answer)),
            Err(failure) if failure.is_not_found() => Ok(None),
            Err(failure) => Err(failure.issue(action, &self.place.to_string())),
        }
    }

    /// Asks for a page of resources with their tags.
    ///
    /// # Errors
    /// When it does not answer as expected.
    pub(crate) async fn tagged<T: DeserializeOwned>(&self, action: &str, body: String) -> Result<T, Issue> {
        let answer = self.sender().tagged(body).await;
        answer.map_err(|failure| failure.issue(action, &self.place.to_string()))
    }

    /// Asks about the account itself. `None` when there is no such thing.
    ///
    /// # Errors
    /// When it does not answer as expected.
    pub(crate) async fn account<T: DeserializeOwned>(
        &self,
        action: &str,
        path: &str,
        body: String,
    ) -> Result<Option<T>, Issue> {
        match self.sender().account(path, body).await {
            Ok(answer) => Ok(Some(answer)),
            Err(failure) if failure.is_not_found() => Ok(None),
            Err(failure) => Err(failure.issue(action, &self.place.to_string())),
        }
    }

    fn sender(&self) -> Sender<'_> {
        Sender { signer: &self.account.signer, sdk: &self.sdk, http: &self.http, partition: &self.place.partition }
    }
}
