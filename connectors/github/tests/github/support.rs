//! An organisation with some of everything, and connectors that look at it.

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use whosekey_github::{Config, Credential, GitHub as Connector, SignIn};
use whosekey_parts::github::{
    CredentialAuthorization, DeployKey, Enterprise, Environment, ExternalIdentity, GitHub, Hook, Installation, Member,
    OidcSubject, PersonalAccessToken, Repository, Runner, Secret, Selection, Team, TokenRequest, User, Variable, World,
    event,
};
use whosekey_parts::proxy::{Proxy, Then, When};
use whosekey_sdk::http::Limits;
use whosekey_sdk::settings::SecretSource;
use whosekey_sdk::testkit::Seen;
use whosekey_sdk::{FingerprintKey, Link, LinkKind, Timestamp};

/// Stands wherever GitHub sends something that must not be kept.
pub(crate) const CANARY: &str = "canary-5d41402abc4b2a76";

/// A token of an owner that may see all that a token may.
pub(crate) const OWNERS_TOKEN: &str = "ghp_owner";

/// A token of the App's installation that may see all that it may.
pub(crate) const APPS_TOKEN: &str = "ghs_auditor";

pub(crate) const NOW: &str = "2026-11-27T09:00:00Z";

const DEPLOY: &str = "
name: deploy
on: push
permissions: { id-token: write }
jobs:
  ship:
    environment: prod
    steps:
      - uses: aws-actions/configure-aws-credentials@v4
        with: { role-to-assume: 'arn:aws:iam::000000000000:role/deploy' }
      - run: ./ship
        env: { NPM: '${{ secrets.NPM_TOKEN }}', DB: '${{ secrets.DB }}' }
";

/// What stands in another branch.
const RELEASE: &str = "
name: release
on: push
jobs: { sign: { steps: [ { run: ./sign, env: { KEY: '${{ secrets.SIGNING_KEY }}' } } ] } }
";

const MCP: &str = r#"{"mcpServers": {"docs": {"url": "https://docs.example.com/mcp"}}}"#;

/// One of everything, and more than one page of some.
pub(crate) fn world() -> World {
    let mut world = World::new();
    world.classic_token(
        OWNERS_TOKEN,
        "ada",
        &["repo", "admin:org", "admin:org_hook", "read:audit_log", "read:enterprise", "manage_runners:enterprise"],
    );
    let enterprise = Enterprise {
        organisations: vec!["acme".into()],
        owners: vec!["ada".into()],
        runners: vec![Runner::new("of all")],
        external_identities: Some(vec![ExternalIdentity::new("bob", "bob@example.com")]),
        ..Enterprise::default()
    };
    world.enterprises.insert("acme-inc".into(), enterprise);
    for (login, email) in [("bob", "bob@example.com"), ("ada", "ada@elsewhere.example")] {
        world.users.insert(login.into(), User { email: Some(email.into()), ..User::new(login) });
    }
    // Tests look at it more often than an hour allows.
    world.limits.core = 1_000_000;
    let acme = world.organisation("acme");
    acme.verified_domains = vec!["example.com".into()];
    acme.plan = "enterprise";
    acme.members = vec![Member::owner("ada"), Member::new("bob")];
    acme.members.extend((0..120).map(|n| Member::new(&format!("member-{n}"))));
    acme.outside_collaborators = vec!["carol".into()];
    acme.teams = vec![Team::new("platform", &["bob"]).repository("shop", "admin"), Team::new("core", &[])];
    acme.personal_access_tokens = vec![
        PersonalAccessToken { id: 17, token_id: 98_716, ..PersonalAccessToken::new("nightly", "bob") },
        PersonalAccessToken { expires_at: None, last_used_at: None, ..PersonalAccessToken::new("old", "ada") },
        PersonalAccessToken::new("departed", "dave"),
    ];
    acme.token_requests = vec![TokenRequest::new(PersonalAccessToken::new("wanted", "bob"))];
    acme.credential_authorizations =
        Some(vec![CredentialAuthorization::token("bob", "laptop"), CredentialAuthorization::ssh_key("ada", "yubikey")]);
    let mut known = vec![
        ExternalIdentity {
            emails: vec!["Ada@Example.com".into(), "ada.l@example.com".into()],
            ..ExternalIdentity::new("ada", "00u1a2b3")
        },
        ExternalIdentity {
            scim_username: Some("bob@corp.example.com".into()),
            ..ExternalIdentity::new("bob", "00u4c5d6")
        },
        ExternalIdentity::new("dave", "dave@example.com"),
        ExternalIdentity { login: None, ..ExternalIdentity::new("", "unclaimed@example.com") },
    ];
    known.extend((0..120).map(|n| ExternalIdentity::new(&format!("member-{n}"), &format!("member-{n}@example.com"))));
    acme.external_identities = Some(known);
    let suspended_at = Some(("2026-01-01T00:00:00Z".to_owned(), "ada".to_owned()));
    acme.installations = vec![
        Installation::that_reads_everything("auditor"),
        Installation { suspended_at, ..Installation::new("linter", &[("contents", "write")]) },
        Installation {
            selection: Selection::of(&["shop"]),
            ..Installation::new("bot", &[("administration", "write")])
        },
    ];
    let auditor = acme.installations[0].id;
    acme.secrets = vec![Secret::new("NPM_TOKEN"), Secret::new("AWS_KEY").selected(&["shop"])];
    acme.dependabot_secrets = vec![Secret::new("NPM_TOKEN")];
    acme.codespaces_secrets = vec![Secret::new("NPM_TOKEN")];
    acme.variables = (0..40).map(|n| Variable::new(&format!("REGION_{n}"), CANARY)).collect();
    acme.runners = vec![Runner::new("builder"), Runner { online: false, ..Runner::new("gone") }];
    acme.hooks = vec![Hook::new(&format!("https://hooks.example.com/services/{CANARY}?token={CANARY}"))];
    let hash = "kqdmXn3WSDBZ0kOSpC0wvPMDp5DqcGkjGbCXWAqvpHU=";
    let used = json!({"hashed_token": hash, "token_id": 98_716, "programmatic_access_type": "Fine-grained personal access token"});
    acme.audit_events = vec![event("git.clone", "bob", 1_795_600_000_000, &used)];
    let mut shop = Repository::new("shop")
        .file(".github/workflows/deploy.yml", DEPLOY)
        .file(".mcp.json", MCP)
        .file("CODEOWNERS", "* @acme/platform\n")
        .file("README.md", CANARY)
        .branch("release", &[(".github/workflows/release.yml", RELEASE), (".github/workflows/deploy.yml", DEPLOY)]);
    shop.deploy_keys = vec![
        DeployKey::new("deploy"),
        DeployKey { added_by: Some("dave".into()), ..DeployKey::new("left behind") },
        DeployKey { added_by: None, last_used: None, ..DeployKey::new("mirror") },
    ];
    shop.secrets = vec![Secret::new("DB"), Secret::new("SIGNING_KEY"), Secret::new("UNUSED")];
    shop.dependabot_secrets = vec![Secret::new("DB")];
    shop.runners = (0..101).map(|n| Runner { id: n, ..Runner::new("builder") }).collect();
    shop.hooks = vec![Hook::new(&format!("https://ci.example.com/{CANARY}?token={CANARY}"))];
    shop.default_workflow_permissions = Some("write");
    shop.variables = vec![Variable::new("STAGE", CANARY)];
    let secrets = vec![Secret::new("DB")];
    let variables = (0..31).map(|n| Variable::new(&format!("URL_{n}"), CANARY)).collect();
    shop.environments = vec![Environment { secrets, variables, ..Environment::new("prod") }];
    let attic = Repository {
        archived: true,
        runners: vec![Runner::new("of the attic")],
        deploy_keys: vec![DeployKey { last_used: Some("2024-01-01T00:00:00Z".into()), ..DeployKey::new("attic") }],
        ..Repository::new("attic")
    };
    // One that makes its subjects as the organisation says.
    let keys = ["repo", "context", "job_workflow_ref"].map(str::to_owned);
    acme.oidc_subject = OidcSubject { claims: Some(keys.into()), immutable: false };
    let oidc_subject = Some(OidcSubject { claims: Some(Vec::new()), immutable: false });
    acme.repositories = vec![shop, attic, Repository { pushed_at: None, oidc_subject, ..Repository::new("empty") }];
    acme.repositories.extend((0..120).map(|n| Repository::new(&format!("service-{n}"))));
    world.installation_token(APPS_TOKEN, auditor);
    world
}

/// The kinds that are collected only where they are asked for.
const ALSO: &[&str] = &["repository-webhooks", "repository-workflow-tokens"];

/// A connector for these organisations that signs in with a token, and collects all that it can.
pub(crate) fn connector(url: &str, organizations: &[&str], token: &str) -> Connector {
    let sign_in = SignIn::Token(whosekey_sdk::Secret::new(token.to_owned()));
    connector_with(Config { also: owned(ALSO), ..config(url, organizations) }, &sign_in)
}

/// A connector that leaves out these kinds.
pub(crate) fn connector_of(url: &str, organizations: &[&str], sign_in: &SignIn, skip: &[&str]) -> Connector {
    connector_with(Config { skip: owned(skip), ..config(url, organizations) }, sign_in)
}

/// The settings that name these organisations.
pub(crate) fn config(url: &str, organizations: &[&str]) -> Config {
    Config {
        organizations: owned(organizations),
        enterprises: Vec::new(),
        credential: Credential::Token(SecretSource::Env("UNUSED".to_owned())),
        skip: Vec::new(),
        also: Vec::new(),
        endpoint_url: Some(url.to_owned()),
    }
}

pub(crate) fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}

/// A connector with these settings.
pub(crate) fn connector_with(config: Config, sign_in: &SignIn) -> Connector {
    connector_within(limits(), config, sign_in)
}

/// A connector with these settings and limits.
pub(crate) fn connector_within(limits: Limits, config: Config, sign_in: &SignIn) -> Connector {
    let now: Timestamp = NOW.parse().unwrap();
    let key = FingerprintKey::from_bytes([7; 32]);
    Connector::with_limits("github", config, sign_in, key, Arc::new(move || now), limits).unwrap()
}

/// Of GitHub's own limits only the waits are shorter.
pub(crate) fn limits() -> Limits {
    Limits {
        request_timeout: Duration::from_secs(30),
        throttled_pause: Some(Duration::from_millis(20)),
        max_retry_after: Duration::from_secs(3),
        ..Limits::default()
    }
}

/// Both ways to sign in, and the world that they look at.
pub(crate) fn by_owner_and_app(world: World) -> (GitHub, [Connector; 2]) {
    let github = GitHub::start(world).unwrap();
    let connectors = [OWNERS_TOKEN, APPS_TOKEN].map(|token| connector(&github.url(), &["acme"], token));
    (github, connectors)
}

/// A scope by its kind.
pub(crate) fn scope<'s>(seen: &'s [Seen], kind: &str) -> &'s Seen {
    seen.iter().find(|seen| seen.kind() == kind).unwrap_or_else(|| panic!("no scope {kind}"))
}

/// The ends of the links of a kind that start at an end.
pub(crate) fn ends(seen: &Seen, from: &str, kind: LinkKind) -> Vec<String> {
    let links = seen.collected.links().filter(|link: &&Link| link.from.as_str() == from && link.kind == kind);
    links.map(|link| link.to.to_string()).collect()
}

/// A way to GitHub on which the members are said to be elsewhere.
pub(crate) fn redirecting(github: &GitHub, elsewhere: &str) -> Proxy {
    let location = format!("{elsewhere}/orgs/acme/members");
    let moved = Then::answer(301, &[("location", &location)], "");
    Proxy::before(&github.url()).rule(When::path("/orgs/acme/members"), moved).start().unwrap()
}

/// A connector that signs in as the App's first installation, and leaves out these kinds.
pub(crate) fn app(world: &World, url: &str, skip: &[&str]) -> Connector {
    let auditor = &world.organisations["acme"].installations[0];
    let sign_in = SignIn::App { id: auditor.app_id, installation: Some(auditor.id), private_key: key() };
    connector_of(url, &["acme"], &sign_in, skip)
}

pub(crate) fn key() -> whosekey_sdk::Secret {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let lines = STANDARD.encode(pair.as_der().unwrap().as_ref());
    let lines: Vec<&str> = (0..lines.len()).step_by(64).map(|at| &lines[at..(at + 64).min(lines.len())]).collect();
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"));
    whosekey_sdk::Secret::new(pem)
}
