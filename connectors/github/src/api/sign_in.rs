//! Signing in, and carrying requests: octocrab under our HTTP layer.
//!
//! Of octocrab this uses the assertion of a GitHub App, the token of its installation with its renewal before it ends, and
//! the way to the server. Its paging, retries, redirects and timeouts are not used: they stop early, ask at once again,
//! and wait without an end.
//!
//! Invariant: a credential is sent to the configured origin and nowhere else.

use std::error::Error as _;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt as _;
use http::header::{AUTHORIZATION, IF_NONE_MATCH};
use http::{HeaderValue, StatusCode, Uri};
use http_body_util::BodyStream;
use octocrab::auth::AppAuth;
use octocrab::models::{AppId, InstallationId};
use octocrab::secrecy::ExposeSecret as _;
use octocrab::service::middleware::base_uri::BaseUriLayer;
use octocrab::service::middleware::reqwest_connector::ReqwestConnector;
use octocrab::{AuthState, EncodingKey, Octocrab, OctocrabBuilder};
use tokio::sync::{Mutex, OnceCell};
use whosekey_sdk::Secret;
use whosekey_sdk::http::{Body, HttpError, Limits, Origin, Transport, USER_AGENT};

use super::refusal::words;
use super::tags::{Expected, Seal};

/// How a source signs in.
#[derive(Debug, Clone)]
pub enum SignIn {
    /// A personal access token, classic or fine-grained.
    Token(Secret),
    /// An installation of a GitHub App.
    App {
        /// The App's id.
        id: u64,
        /// The installation's. None: the App itself, which may ask for its installations and hardly more.
        installation: Option<u64>,
        /// The App's private key, in PEM.
        private_key: Secret,
    },
}

/// What was read as a credential and has not the form of one. Never holds any of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotACredential {
    /// Not a token.
    #[error("it is not a token: a line break or another control character stands in it")]
    Token,
    /// Not an App's key.
    #[error("it is not an RSA key in PEM, such as GitHub gives to download in the App's settings")]
    PrivateKey,
}

impl From<NotACredential> for HttpError {
    fn from(error: NotACredential) -> Self {
        HttpError::Setup(error.to_string())
    }
}

/// Who signs in: GitHub lists some things to Apps alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Caller {
    /// A GitHub App, as one of its installations.
    App,
    /// A user, by a personal access token or an OAuth app's.
    Person,
    /// Whoever the token is of: it does not say, or is one that an App was given.
    Unknown,
}

/// <https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github#githubs-token-formats>.
const TOKENS_OF_USERS: &[&str] = &["ghp_", "github_pat_", "gho_"];

impl SignIn {
    /// Who signs in, as far as the credential itself tells.
    pub(crate) fn caller(&self) -> Caller {
        match self {
            SignIn::App { .. } => Caller::App,
            SignIn::Token(token) if TOKENS_OF_USERS.iter().any(|prefix| token.expose().trim().starts_with(prefix)) => {
                Caller::Person
            }
            SignIn::Token(_) => Caller::Unknown,
        }
    }

    /// Whether it has the form of a credential.
    ///
    /// # Errors
    /// When a token cannot stand in a header, or a key is not one that an App signs with.
    pub fn check(&self) -> Result<(), NotACredential> {
        match self {
            SignIn::Token(token) => bearer(token.expose().trim()).map(drop),
            SignIn::App { private_key, .. } => signing_key(private_key).map(drop),
        }
    }
}

/// Carries requests to one GitHub.
#[derive(Debug)]
pub(crate) struct Carrier {
    origin: Origin,
    reqwest: reqwest::Client,
    sign_in: Prepared,
    /// Made in the runtime that uses it, for it starts a task there.
    line: OnceCell<Octocrab>,
}

enum Prepared {
    Token(HeaderValue),
    App { auth: AppAuth, installation: InstallationId, installed: Mutex<Option<Arc<Octocrab>>> },
    Itself(AppAuth),
}

impl std::fmt::Debug for Prepared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Prepared::Token(_) => "Token",
            Prepared::App { .. } => "App",
            Prepared::Itself(_) => "Itself",
        })
    }
}

impl Carrier {
    pub(crate) fn new(origin: Origin, sign_in: &SignIn, limits: &Limits) -> Result<Self, HttpError> {
        let reqwest = reqwest::Client::builder()
            .connect_timeout(limits.connect_timeout)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .user_agent(USER_AGENT)
            .build()
            .map_err(|error| HttpError::Setup(error.without_url().to_string()))?;
        let sign_in = match sign_in {
            SignIn::Token(token) => Prepared::Token(bearer(token.expose().trim())?),
            SignIn::App { id, installation, private_key } => {
                let auth = AppAuth { app_id: AppId(*id), key: signing_key(private_key)? };
                match installation {
                    Some(id) => Prepared::App { auth, installation: InstallationId(*id), installed: Mutex::default() },
                    None => Prepared::Itself(auth),
                }
            }
        };
        Ok(Self { origin, reqwest, sign_in, line: OnceCell::new() })
    }

    async fn line(&self) -> &Octocrab {
        let make = || async {
            let connector = ReqwestConnector::new(self.reqwest.clone());
            let built = OctocrabBuilder::new_empty().with_service(connector).with_auth(AuthState::None).build();
            built.unwrap_or_else(|never| match never {})
        };
        self.line.get_or_init(make).await
    }

    /// The header that signs a request, and for an App the installation that it came from.
    async fn signature(&self) -> Result<(HeaderValue, Option<Arc<Octocrab>>), HttpError> {
        match &self.sign_in {
            Prepared::Token(header) => Ok((header.clone(), None)),
            Prepared::Itself(auth) => {
                let assertion = auth.generate_bearer_token().map_err(|_| setup("the App cannot sign"))?;
                Ok((bearer(&assertion)?, None))
            }
            Prepared::App { auth, installation, installed } => {
                // Held while the token is fetched, so that many requests at once ask for one token.
                let mut installed = installed.lock().await;
                let current = match &*installed {
                    Some(current) => Arc::clone(current),
                    None => {
                        let made = Arc::new(self.installed(auth, *installation)?);
                        *installed = Some(Arc::clone(&made));
                        made
                    }
                };
                let token = current.installation_token().await.map_err(|error| sign_in_error(&error))?;
                Ok((bearer(token.expose_secret())?, Some(current)))
            }
        }
    }

    fn installed(&self, auth: &AppAuth, installation: InstallationId) -> Result<Octocrab, HttpError> {
        let base: Uri = self.origin.base().as_str().parse().map_err(|_| setup("the endpoint is not a URL"))?;
        let app = OctocrabBuilder::new_empty()
            .with_service(ReqwestConnector::new(self.reqwest.clone()))
            .with_layer(&BaseUriLayer::new(base))
            .with_auth(AuthState::App(auth.clone()))
            .build()
            .unwrap_or_else(|never| match never {});
        app.installation(installation).map_err(|_| setup("the App cannot sign in as its installation"))
    }

    /// Gives up a token that the platform does not accept any more, unless another request has done so already.
    async fn renew(&self, refused: &Arc<Octocrab>) {
        if let Prepared::App { installed, .. } = &self.sign_in {
            let mut installed = installed.lock().await;
            if installed.as_ref().is_some_and(|current| Arc::ptr_eq(current, refused)) {
                *installed = None;
            }
        }
    }

    async fn carry(&self, mut request: http::Request<Bytes>, signature: HeaderValue) -> Result<Answer, HttpError> {
        if self.origin.resolve(&request.uri().to_string()).is_ok() {
            request.headers_mut().insert(AUTHORIZATION, signature);
        }
        let seal = Seal::of(request.headers());
        if let Some(Expected(body)) = request.extensions_mut().remove() {
            let tag = HeaderValue::try_from(seal.tag(&body)).map_err(|_| setup("a tag is not a header's value"))?;
            request.headers_mut().insert(IF_NONE_MATCH, tag);
        }
        let sent = self.line().await.send(request.map(Into::into)).await;
        let mut answer = sent.map_err(|error| HttpError::Network(innermost(&error)))?;
        answer.extensions_mut().insert(seal);
        Ok(answer)
    }
}

type Answer = http::Response<http_body_util::combinators::BoxBody<Bytes, octocrab::Error>>;

#[async_trait]
impl Transport for Carrier {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Body>, HttpError> {
        let (signature, installed) = self.signature().await?;
        let mut answer = self.carry(request.clone(), signature).await?;
        if let Some(installed) = installed.filter(|_| answer.status() == StatusCode::UNAUTHORIZED) {
            self.renew(&installed).await;
            let (signature, _) = self.signature().await?;
            answer = self.carry(request, signature).await?;
        }
        let (head, body) = answer.into_parts();
        let pieces = BodyStream::new(body).filter_map(|frame| async {
            match frame {
                Ok(frame) => frame.into_data().ok().map(Ok),
                Err(_) => Some(Err(HttpError::Cut)),
            }
        });
        Ok(http::Response::from_parts(head, Box::pin(pieces)))
    }
}

fn signing_key(pem: &Secret) -> Result<EncodingKey, NotACredential> {
    EncodingKey::from_rsa_pem(pem.expose().as_bytes()).map_err(|_| NotACredential::PrivateKey)
}

fn bearer(token: &str) -> Result<HeaderValue, NotACredential> {
    let mut header = HeaderValue::try_from(format!("Bearer {token}")).map_err(|_| NotACredential::Token)?;
    header.set_sensitive(true);
    Ok(header)
}

fn setup(what: &str) -> HttpError {
    HttpError::Setup(what.to_owned())
}

/// GitHub's refusal of an App is final; anything else may pass.
fn sign_in_error(error: &octocrab::Error) -> HttpError {
    match error {
        octocrab::Error::GitHub { source, .. } if source.status_code.is_client_error() => {
            let why = match (source.status_code, words(&source.message)) {
                (_, Some(why)) => why,
                (StatusCode::NOT_FOUND, None) => {
                    "the App has no such installation: it was removed, or is another App's"
                }
                (StatusCode::UNAUTHORIZED, None) => {
                    "the private key is not one of the App that `id` names, or was deleted"
                }
                _ => "it does not say why",
            };
            HttpError::SignIn(format!(
                "GitHub answered {} to the App's request for a token of its installation: {why}",
                source.status_code
            ))
        }
        octocrab::Error::GitHub { source, .. } => HttpError::Network(format!("GitHub answered {}", source.status_code)),
        other => HttpError::Network(innermost(other)),
    }
}

/// The root cause: the layers above it repeat the URL.
fn innermost(error: &octocrab::Error) -> String {
    let Some(mut cause) = error.source() else { return "the request was not sent".to_owned() };
    while let Some(next) = cause.source() {
        cause = next;
    }
    if cause.is::<reqwest::Error>() { "the request was not sent".to_owned() } else { cause.to_string() }
}
