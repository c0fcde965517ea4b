//! A connector pointed at a stand-in, and outcomes as the engine derives them.

use std::sync::Arc;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use whosekey_aws::{Accounts, Aws, Config};
use whosekey_sdk::Timestamp;
use whosekey_sdk::http::Limits;
use whosekey_sdk::testkit::{Seen, observe};

/// A moment after everything that the stand-in made.
pub(crate) const NOW: &str = "2030-01-01T00:00:00Z";
pub(crate) const REGION: &str = "eu-west-1";

/// Deadlines short enough for a server that never answers, and no second attempts: the shared HTTP layer tests those.
pub(crate) fn impatient() -> Limits {
    Limits { request_timeout: Duration::from_secs(20), max_attempts: 1, ..Limits::default() }
}

pub(crate) fn config(endpoint: &str) -> Config {
    Config {
        regions: vec![REGION.to_owned()],
        endpoint_url: Some(endpoint.to_owned()),
        accounts: Accounts::default(),
        ..Config::default()
    }
}

pub(crate) fn aws(config: Config, limits: Limits) -> Aws {
    let now: Timestamp = NOW.parse().unwrap();
    let credentials = Credentials::new("AKIAIOSFODNN7EXAMPLE", "secret", None, None, "test");
    Aws::with_limits(config, Arc::new(move || now), limits)
        .unwrap()
        .with_credentials(SharedCredentialsProvider::new(credentials))
}

pub(crate) async fn scan(aws: &Aws) -> Vec<Seen> {
    let (all, issues) = observe(aws).await.unwrap();
    assert!(issues.is_empty(), "{issues:?}");
    all
}

pub(crate) fn of<'a>(all: &'a [Seen], kind: &str) -> &'a Seen {
    all.iter().find(|seen| seen.kind() == kind).unwrap_or_else(|| panic!("no scope of kind {kind}"))
}
