//! A connector pointed at a stand-in, and outcomes as the engine derives them.

use std::sync::Arc;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use whosekey_aws::{Accounts, Aws, Config};
use whosekey_sdk::http::Limits;
use whosekey_sdk::testkit::Collected;
use whosekey_sdk::{CollectError, Connector as _, Issue, IssueKind, Outcome, Scope, Timestamp};

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

/// One scope, as the engine sees it.
pub(crate) struct Seen {
    pub(crate) scope: Scope,
    pub(crate) outcome: Outcome,
    pub(crate) collected: Collected,
    pub(crate) issues: Vec<Issue>,
}

impl Seen {
    pub(crate) fn kind(&self) -> &str {
        self.scope.name.rsplit('/').next().unwrap()
    }

    pub(crate) fn has_issue(&self, kind: IssueKind, text: &str) -> bool {
        self.issues.iter().any(|issue| issue.kind == kind && issue.message.contains(text))
    }
}

pub(crate) async fn scan(aws: &Aws) -> Vec<Seen> {
    let mut listing = Collected::default();
    let (scopes, _complete) = aws.scopes(&mut listing).await.unwrap();
    assert!(listing.issues.is_empty(), "{:?}", listing.issues);
    let mut all = Vec::new();
    for scope in scopes {
        all.push(collect(aws, scope).await);
    }
    all
}

pub(crate) async fn collect(aws: &Aws, scope: Scope) -> Seen {
    let mut collected = Collected::default();
    let ended = aws.collect(&scope, &mut collected).await;
    let mut issues = std::mem::take(&mut collected.issues);
    let outcome = match ended {
        Ok(_complete) if issues.is_empty() => Outcome::Complete,
        Ok(_complete) => Outcome::Partial,
        Err(CollectError::Issue(issue)) => {
            issues.push(issue);
            if collected.pages > 0 { Outcome::Partial } else { Outcome::Failed }
        }
        Err(CollectError::Broken(issue)) => {
            issues.push(issue);
            Outcome::Failed
        }
        Err(CollectError::Stopped) => panic!("nothing stopped it"),
    };
    Seen { scope, outcome, collected, issues }
}

pub(crate) fn of<'a>(all: &'a [Seen], kind: &str) -> &'a Seen {
    all.iter().find(|seen| seen.kind() == kind).unwrap_or_else(|| panic!("no scope of kind {kind}"))
}
