//! Signed requests of our own, for services whose SDK is too much or too strict.
//!
//! *EC2*: the connector asks two questions (`DescribeInstances`, `DescribeRegions`) and reads six fields of the answers.
//! The SDK crate for EC2 has over 700 operations and takes longer to compile than the rest of whosekey together.
//! *Tags* and *account contacts*: one question each.
//! *Bedrock agents*: the SDK refuses a whole listing for a time that is written as a number, in a field that is not
//! read here; a listing that is refused is a verdict that cannot be told.
//!
//! Signing, deadlines, retries and limits are the same as for every other call.

use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials as _;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use bytes::Bytes;
use http::Method;
use serde::de::DeserializeOwned;
use tokio::sync::Mutex;
use whosekey_sdk::http::Client;

use super::error_code::error_code;
use super::errors::Failure;
use crate::scopes::global_region;

const EC2_VERSION: &str = "2016-11-15";
/// Credentials with less left than this are asked for again.
const FRESH_FOR: Duration = Duration::from_secs(300);

/// Credentials for signing, kept until they are about to expire: each region of an account would else assume the
/// role anew.
#[derive(Debug, Default)]
pub(crate) struct Signer(Mutex<Option<Credentials>>);

impl Signer {
    async fn credentials(&self, sdk: &SdkConfig, now: SystemTime) -> Result<Credentials, Failure> {
        let mut kept = self.0.lock().await;
        if let Some(credentials) = &*kept
            && credentials.expiry().is_none_or(|expiry| expiry > now + FRESH_FOR)
        {
            return Ok(credentials.clone());
        }
        let missing = || Failure::from_code(Some("MissingAuthenticationToken"), None);
        let provider = sdk.credentials_provider().ok_or_else(missing)?;
        let fresh = provider.provide_credentials().await.map_err(|error| Failure::from_sign_in(&error))?;
        *kept = Some(fresh.clone());
        Ok(fresh)
    }
}

/// With what requests are made.
pub(crate) struct Sender<'a> {
    pub(crate) signer: &'a Signer,
    pub(crate) sdk: &'a SdkConfig,
    pub(crate) http: &'a Client,
    pub(crate) partition: &'a str,
}

/// A service as requests name it.
struct Service {
    /// The first part of its host's name.
    host: &'static str,
    /// Its name in signatures.
    signed_as: &'static str,
    content_type: &'static str,
}

const EC2: Service =
    Service { host: "ec2", signed_as: "ec2", content_type: "application/x-www-form-urlencoded; charset=utf-8" };
const BEDROCK_AGENT: Service =
    Service { host: "bedrock-agent", signed_as: "bedrock", content_type: "application/json" };
const TAGGING: Service = Service { host: "tagging", signed_as: "tagging", content_type: "application/x-amz-json-1.1" };
const ACCOUNT: Service = Service { host: "account", signed_as: "account", content_type: "application/json" };

/// One request.
struct Ask<'a> {
    service: &'static Service,
    /// Where the service is not in every region.
    region: Option<&'static str>,
    method: Method,
    path: &'a str,
    /// The operation, where the path does not say it.
    target: Option<&'static str>,
    body: String,
}

impl<'a> Ask<'a> {
    fn post(service: &'static Service, path: &'a str, body: String) -> Self {
        Self { service, region: None, method: Method::POST, path, target: None, body }
    }
}

impl Sender<'_> {
    /// Asks EC2.
    ///
    /// # Errors
    /// When there is no answer, or one that is an error or not the expected shape.
    pub(crate) async fn ec2<T: DeserializeOwned>(
        &self,
        action: &str,
        parameters: &[(&str, &str)],
    ) -> Result<T, Failure> {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("Action", action)
            .append_pair("Version", EC2_VERSION)
            .extend_pairs(parameters)
            .finish();
        let answer = self.send(Ask::post(&EC2, "/", body)).await?;
        quick_xml::de::from_reader(answer.body().as_ref()).map_err(|_| not_understood(&answer))
    }

    /// Asks for Bedrock agents; with a body it is a listing.
    ///
    /// # Errors
    /// As [`Sender::ec2`].
    pub(crate) async fn bedrock_agent<T: DeserializeOwned>(
        &self,
        path: &str,
        body: Option<String>,
    ) -> Result<T, Failure> {
        let method = if body.is_some() { Method::POST } else { Method::GET };
        let ask = Ask { method, ..Ask::post(&BEDROCK_AGENT, path, body.unwrap_or_default()) };
        in_json(&self.send(ask).await?)
    }

    /// Asks for resources by their tags.
    ///
    /// # Errors
    /// As [`Sender::ec2`].
    pub(crate) async fn tagged<T: DeserializeOwned>(&self, body: String) -> Result<T, Failure> {
        let target = Some("ResourceGroupsTaggingAPI_20170126.GetResources");
        in_json(&self.send(Ask { target, ..Ask::post(&TAGGING, "/", body) }).await?)
    }

    /// Asks about the account itself, which one region of each partition knows.
    ///
    /// # Errors
    /// As [`Sender::ec2`].
    pub(crate) async fn account<T: DeserializeOwned>(&self, path: &str, body: String) -> Result<T, Failure> {
        let region = match self.partition {
            "aws-cn" => "cn-northwest-1",
            partition => global_region(partition),
        };
        in_json(&self.send(Ask { region: Some(region), ..Ask::post(&ACCOUNT, path, body) }).await?)
    }

    async fn send(&self, ask: Ask<'_>) -> Result<http::Response<Bytes>, Failure> {
        let Ask { service, method, path, .. } = ask;
        let configured = self.sdk.region().map_or("us-east-1", |region| region.as_ref());
        let region = ask.region.unwrap_or(configured);
        let suffix = if self.partition == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
        let own = || format!("https://{}.{region}.{suffix}", service.host);
        let endpoint = self.sdk.endpoint_url().map_or_else(own, str::to_owned);
        let url = format!("{}{path}", endpoint.trim_end_matches('/'));
        let now = self.sdk.time_source().map_or(SystemTime::UNIX_EPOCH, |source| source.now());
        let credentials = self.signer.credentials(self.sdk, now).await?;
        let mut request =
            http::Request::builder().method(method).uri(&url).header(http::header::CONTENT_TYPE, service.content_type);
        if let Some(target) = ask.target {
            request = request.header("x-amz-target", target);
        }
        let request = request.body(Bytes::from(ask.body)).map_err(|_| Failure::unsendable())?;
        let request = signed(request, service, region, credentials, now).ok_or_else(Failure::unsendable)?;
        let response = self.http.execute(request).await.map_err(|error| Failure::from_http(&error))?;
        if response.status().is_success() {
            return Ok(response);
        }
        let code = error_code(response.headers(), response.body());
        Err(Failure::from_code(code.as_deref(), Some(response.status().as_u16())))
    }
}

fn in_json<T: DeserializeOwned>(answer: &http::Response<Bytes>) -> Result<T, Failure> {
    serde_json::from_slice(answer.body()).map_err(|_| not_understood(answer))
}

fn not_understood(answer: &http::Response<Bytes>) -> Failure {
    Failure::from_code(None, Some(answer.status().as_u16()))
}

fn signed(
    mut request: http::Request<Bytes>,
    service: &Service,
    region: &str,
    credentials: Credentials,
    now: SystemTime,
) -> Option<http::Request<Bytes>> {
    let identity = credentials.into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(service.signed_as)
        .time(now)
        .settings(SigningSettings::default())
        .build()
        .ok()?
        .into();
    let signable = SignableRequest::new(
        request.method().as_str(),
        request.uri().to_string(),
        request.headers().iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?))),
        SignableBody::Bytes(request.body()),
    )
    .ok()?;
    let (instructions, _signature) = sign(signable, &parameters).ok()?.into_parts();
    instructions.apply_to_request_http1x(&mut request);
    Some(request)
}
