//! The program over an AWS account that misbehaves: what a fault touched is not complete, nothing goes missing for it, the
//! exit code is 3, and the report says which permission is missing and which verdicts that costs.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::cell::{Cell, RefCell};
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use whosekey::store::Store;
use whosekey_parts::moto::{Moto, Seed};
use whosekey_parts::proxy::{Plan, Proxy, Then, Token, When};

/// A directory with a database that one whole scan has filled.
struct Estate {
    directory: tempfile::TempDir,
    moto: Moto,
    whole: Vec<String>,
    /// How long a scope may take.
    timeout: Cell<&'static str>,
}

impl Estate {
    fn new() -> Self {
        let moto = Moto::start().unwrap();
        moto.seed(&Seed { users: 9, users_with_keys: 5, roles: 6, policies: 4 }).unwrap();
        let mut estate =
            Self { directory: tempfile::tempdir().unwrap(), moto, whole: Vec::new(), timeout: Cell::new("60s") };
        let (code, report) = estate.scan(estate.plan().page_iam(2));
        // The stand-in has no service-specific credentials to list, so one scope of the account is never complete.
        assert_eq!(code, Some(3), "{:#}", report["coverage"]);
        estate.whole = there(&report);
        assert!(estate.whole.len() >= 20, "{:?}", estate.whole);
        estate
    }

    fn plan(&self) -> Plan {
        Proxy::before(&self.moto.url())
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Scans through a proxy; the exit code and the report.
    fn scan(&self, plan: Plan) -> (Option<i32>, Value) {
        let proxy = plan.start().unwrap();
        let regional: Vec<String> =
            ["account", "cloudtrail", "lambda", "ecs", "ec2", "eks", "bedrock", "agentcore", "tagging"]
                .iter()
                .map(|service| format!("\"{service}\""))
                .collect();
        let config = format!(
            "database = \"whosekey.db\"\n[sources.aws]\nconnector = \"aws\"\nregions = [\"eu-west-1\"]\ntimeout = \"{}\"\n\
             skip = [{}]\nendpoint_url = \"{}\"\n",
            self.timeout.get(),
            regional.join(", "),
            proxy.url()
        );
        fs::write(self.path().join("whosekey.toml"), config).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_whosekey"))
            .args(["scan", "--format", "json"])
            .current_dir(self.path())
            .env_clear()
            .env("HOME", self.path().join("home"))
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .output()
            .unwrap();
        let report = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("{:?}: {}", output.status, String::from_utf8_lossy(&output.stderr)));
        (output.status.code(), report)
    }

    /// Scans with a fault, and checks what must hold whatever the fault is. Gives the issues of the scope.
    fn scan_with(&self, what: &str, plan: Plan, scope: &str) -> String {
        let (code, report) = self.scan(plan);
        assert_eq!(code, Some(3), "{what}");
        assert_eq!(there(&report), self.whole, "{what}: something is gone or new");
        let coverage = report["coverage"].as_array().unwrap();
        let seen = coverage.iter().find(|one| one["scope"].as_str().unwrap().ends_with(scope)).unwrap();
        assert_ne!(seen["outcome"], "complete", "{what}: {seen:#}");
        let missing = RefCell::new(Vec::new());
        let note = |is_missing: bool, what: &str| {
            if is_missing {
                missing.borrow_mut().push(what.to_owned());
            }
        };
        Store::open_read_only(&self.path().join("whosekey.db"))
            .unwrap()
            .load(
                None,
                |_| {},
                |row| note(row.missing_since.or(row.gone_at).is_some(), row.entity.id.as_str()),
                |row| note(row.missing_since.or(row.gone_at).is_some(), row.link.from.as_str()),
                |_| {},
            )
            .unwrap();
        let missing = missing.into_inner();
        assert!(missing.is_empty(), "{what}: {missing:?} is missing");
        seen["issues"].to_string()
    }
}

/// What is there, by id.
fn there(report: &Value) -> Vec<String> {
    let entities = report["entities"].as_array().unwrap().iter();
    entities
        .filter(|entity| entity["gone_at"].is_null())
        .map(|entity| entity["id"].as_str().unwrap().to_owned())
        .collect()
}

const DETAILS: &str = "GetAccountAuthorizationDetails";

#[test]
fn whatever_goes_wrong_nothing_goes_missing_and_the_report_says_what_it_costs() {
    let estate = Estate::new();
    let denied = |action: &str| estate.plan().page_iam(2).rule(When::action(action), Then::deny());
    let issues = estate.scan_with("keys denied", denied("ListAccessKeys"), "iam.access-keys");
    assert!(
        issues
            .contains("iam:ListAccessKeys denied in account 123456789012; needed: access keys; without it no verdict"),
        "{issues}"
    );
    let issues = estate.scan_with("details denied", denied(DETAILS), "iam.users");
    assert!(issues.contains("iam:GetAccountAuthorizationDetails denied") && issues.contains("no verdict"), "{issues}");
    let issues = estate.scan_with("secrets denied", denied("ListSecrets"), "secretsmanager.secrets");
    assert!(issues.contains("secretsmanager:ListSecrets denied"), "{issues}");

    estate.timeout.set("6s");
    let throttled = estate.plan().rule(When::action("ListAccessKeys"), Then::throttle(Some(1)));
    estate.scan_with("throttled for ever", throttled, "iam.access-keys");
    estate.timeout.set("60s");
    for page in [1, 2, 4] {
        let broken = estate.plan().page_iam(2).rule(When::action(DETAILS).from_nth(page), Then::server_error());
        let (what, scope) = (format!("500 from page {page} on"), "iam.access");
        assert!(estate.scan_with(&what, broken, scope).contains(DETAILS));
    }
    for after in [0, 300, 2000] {
        let cut = estate.plan().rule(When::action(DETAILS), Then::cut(after));
        estate.scan_with(&format!("cut after {after} bytes"), cut, "iam.roles");
    }
    for token in [Token::Repeated, Token::Endless] {
        let issues = estate.scan_with("a token misleads", estate.plan().page_iam_with(2, token), "iam.users");
        assert!(issues.contains("the listing"), "{issues}");
    }
    estate.timeout.set("6s");
    let silent = estate.plan().rule(When::action(DETAILS), Then::black_hole());
    let issues = estate.scan_with("no answer", silent, "iam.users");
    assert!(issues.contains("timeout"), "{issues}");

    let (_, report) = estate.scan(estate.plan().page_iam(2));
    assert_eq!(there(&report), estate.whole, "and then all is as it was");
}

#[test]
fn a_sign_in_that_fails_says_why_and_ends_with_nothing_missing() {
    let estate = Estate::new();
    let expired = Then::aws_error(403, "ExpiredToken", "The security token included in the request is expired");
    let issues = estate.scan_with("expired", estate.plan().rule(When::action("GetCallerIdentity"), expired), "*");
    assert!(issues.contains("the credentials have expired: sign in again") && issues.contains("auth"), "{issues}");
    let body = "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code></Error></ErrorResponse>";
    let headers = [("content-type", "text/xml"), ("date", "Tue, 01 Jan 2030 00:00:00 GMT")];
    let skewed = estate.plan().rule(When::action("GetCallerIdentity"), Then::answer(403, &headers, body));
    let issues = estate.scan_with("a wrong clock", skewed, "*");
    assert!(issues.contains("this machine's clock is") && issues.contains("behind AWS's"), "{issues}");
}
