//! EC2, by signed requests of its Query protocol.
//!
//! The connector asks EC2 two questions (`DescribeInstances`, `DescribeRegions`) and reads six fields of the answers.
//! The SDK crate for EC2 has over 700 operations and takes longer to compile than the rest of whosekey together; one
//! signature and an XML reader that the IAM SDK's tree already holds replace it. Signing, deadlines and retries are
//! the same as for every other call.

use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials as _;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use bytes::Bytes;
use serde::de::DeserializeOwned;
use tokio::sync::Mutex;
use whosekey_sdk::IssueKind;
use whosekey_sdk::http::Client;

use super::error_code::error_code;
use super::errors::Failure;

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
        let provider =
            sdk.credentials_provider().ok_or_else(|| Failure::from_code(Some("MissingAuthenticationToken"), None))?;
        let fresh = provider.provide_credentials().await.map_err(|error| Failure::from_sign_in(&error))?;
        *kept = Some(fresh.clone());
        Ok(fresh)
    }
}

/// Asks EC2 in the configuration's region.
///
/// # Errors
/// When there is no answer, or one that is an error or not the expected shape.
pub(crate) async fn ec2<T: DeserializeOwned>(
    signer: &Signer,
    sdk: &SdkConfig,
    http: &Client,
    partition: &str,
    action: &str,
    parameters: &[(&str, &str)],
) -> Result<T, Failure> {
    let region = sdk.region().map_or("us-east-1", |region| region.as_ref());
    let suffix = if partition == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
    let endpoint = sdk.endpoint_url().map_or_else(|| format!("https://ec2.{region}.{suffix}"), str::to_owned);
    let url = format!("{}/", endpoint.trim_end_matches('/'));
    let body = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("Action", action)
        .append_pair("Version", EC2_VERSION)
        .extend_pairs(parameters)
        .finish();
    let now = sdk.time_source().map_or(SystemTime::UNIX_EPOCH, |source| source.now());
    let credentials = signer.credentials(sdk, now).await?;
    let request = signed(&url, region, body, credentials, now).ok_or_else(unsendable)?;
    let response = http.execute(request).await.map_err(|error| Failure::from_http(&error))?;
    let status = response.status().as_u16();
    if !response.status().is_success() {
        let code = error_code(response.headers(), response.body());
        return Err(Failure::from_code(code.as_deref(), Some(status)));
    }
    quick_xml::de::from_reader(response.body().as_ref()).map_err(|_| Failure::from_code(None, Some(status)))
}

fn signed(
    url: &str,
    region: &str,
    body: String,
    credentials: Credentials,
    now: SystemTime,
) -> Option<http::Request<Bytes>> {
    const CONTENT_TYPE: &str = "application/x-www-form-urlencoded; charset=utf-8";
    let identity = credentials.into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("ec2")
        .time(now)
        .settings(SigningSettings::default())
        .build()
        .ok()?
        .into();
    let signable = SignableRequest::new(
        "POST",
        url,
        std::iter::once(("content-type", CONTENT_TYPE)),
        SignableBody::Bytes(body.as_bytes()),
    )
    .ok()?;
    let (instructions, _signature) = sign(signable, &parameters).ok()?.into_parts();
    let mut request = http::Request::post(url).header("content-type", CONTENT_TYPE).body(Bytes::from(body)).ok()?;
    instructions.apply_to_request_http1x(&mut request);
    Some(request)
}

fn unsendable() -> Failure {
    Failure { kind: IssueKind::Network, ..Failure::from_code(None, None) }
}
