//! What GitHub sends along and must not be kept: values of variables, addresses of webhooks, ends of tokens, secrets in files
//! of any branch. Not a trace of any in the database, its log, the program's log at the highest level, or any report; by a
//! token and by an App. Public keys are no secrets: a scope's note may have them, and nothing tells them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use whosekey_parts::github::{
    CredentialAuthorization, DeployKey, Environment, GitHub, Hook, Repository, Secret, Variable, World, id_of,
};

use crate::estate::Estate;
use crate::github::{day, world};
use crate::secrets::{canary, traces};

/// A token that may see all that a token may; itself a secret.
fn token() -> String {
    format!("ghp_{}", canary(100))
}

/// A workflow with a value in it.
fn workflow(value: &str) -> String {
    format!(
        "name: deploy with ghp_{value}\non: push\njobs:\n  b:\n    uses: acme/ci/.github/workflows/ghp_{value}.yml@main\n  \
         a:\n    environment: ghp_{value}\n    steps:\n      - uses: google-github-actions/auth@v2\n        \
         with: {{ service_account: ghp_{value}, client-id: ghp_{value}, role-to-assume: ghp_{value} }}\n      - uses: anthropics/claude-code-action@v1\n        with: {{ anthropic_api_key: {value} }}\n      \
         - run: \"curl -H 'Authorization: Bearer {value}' https://user:{value}@example.com\"\n        env: {{ API_TOKEN: '{value}', DB: '${{{{ secrets.DB }}}}' }}\n"
    )
}

/// Of a deploy key.
const PUBLIC_KEY: &str = "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";

/// The planted world, and everything of it that must not be told.
fn planted() -> (World, Vec<String>) {
    let mut values = Vec::new();
    let mut next = || {
        values.push(canary(200 + u32::try_from(values.len()).unwrap()));
        values.last().unwrap().clone()
    };
    let mut world = world();
    world.classic_token(&token(), "ada", &["repo", "admin:org", "admin:org_hook", "read:audit_log"]);
    let acme = world.organisation("acme");
    acme.plan = "enterprise";
    acme.variables = vec![Variable::new("REGION", &next())];
    acme.hooks = vec![Hook::new(&format!(
        "https://{}:{}@hooks.example.com/services/{}?token={}",
        next(),
        next(),
        next(),
        next()
    ))];
    let last_eight = Some(next().chars().take(8).collect::<String>());
    let authorization = CredentialAuthorization {
        token_last_eight: last_eight.clone(),
        ..CredentialAuthorization::token("ada", &format!("ghp_{}", next()))
    };
    acme.credential_authorizations = Some(vec![authorization]);
    let mut shop = Repository::new("shop")
        .file(".github/workflows/ci.yml", workflow(&next()))
        .file(
            ".mcp.json",
            format!(
                r#"{{"mcpServers": {{"x": {{"url": "https://x.example.com/{}", "env": {{"API_KEY": "{}"}}}}}}}}"#,
                next(),
                next()
            ),
        )
        .file("AGENTS.md", format!("Use the token ghp_{} to push.\n", next()))
        .file("src/main.rs", next())
        .branch("next", &[(".github/workflows/ci.yml", &workflow(&next())), ("README.md", &next())])
        .branch("broken", &[(".github/workflows/ci.yml", &format!("jobs: [ {}", next()))]);
    shop.variables = vec![Variable::new("STAGE", &next())];
    shop.hooks = vec![Hook::new(&format!("https://hooks.example.com/{}", next()))];
    shop.secrets = vec![Secret::new("DB")];
    let variables = vec![Variable::new("URL", &next())];
    shop.environments = vec![Environment { variables, secrets: vec![Secret::new("DB")], ..Environment::new("prod") }];
    let title = format!("made with ghp_{}", next());
    shop.deploy_keys = vec![DeployKey { key: format!("ssh-ed25519 {PUBLIC_KEY}"), ..DeployKey::new(&title) }];
    acme.repositories = vec![shop];
    values.extend(last_eight);
    values.push(canary(100));
    (world, values)
}

/// An App's private key, and its lines.
fn private_key() -> (String, Vec<String>) {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let encoded = STANDARD.encode(pair.as_der().unwrap().as_ref());
    let lines: Vec<String> =
        encoded.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
    (format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n")), lines)
}

fn write(estate: &Estate, name: &str, text: &str) {
    fs::write(estate.path(name), text).unwrap();
    fs::set_permissions(estate.path(name), fs::Permissions::from_mode(0o600)).unwrap();
}

/// All that the program says and keeps in two scans and in reports of every form. What it signs in with lies elsewhere.
fn told(estate: &Estate) -> Vec<(String, Vec<u8>)> {
    let mut told = Vec::new();
    let mut keep = |name: &str, output: std::process::Output| {
        assert!(matches!(output.status.code(), Some(0 | 3)), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        told.push((format!("{name} stdout"), output.stdout));
        told.push((format!("{name} stderr"), output.stderr));
    };
    for n in [1, 2] {
        keep("scan", estate.run(&["scan", "-vvvv", "--format", "ndjson", "--now", &day(n)]));
    }
    for format in ["json", "csv", "sarif", "html", "markdown", "table", "ndjson"] {
        keep(format, estate.run(&["report", "-vvvv", "--format", format, "--now", &day(2)]));
    }
    for what in ["credentials", "agents", "findings", "scopes"] {
        keep(what, estate.run(&["list", what, "--format", "json"]));
    }
    for file in fs::read_dir(estate.directory()).unwrap().map(Result::unwrap).filter(|file| file.path().is_file()) {
        told.push((file.file_name().to_string_lossy().into_owned(), fs::read(file.path()).unwrap()));
    }
    told
}

fn assert_untold(told: &[(String, Vec<u8>)], secrets: &[String]) {
    for (n, secret) in secrets.iter().enumerate() {
        // Half of eight letters stands anywhere by chance.
        let traces = if secret.len() > 8 { traces(secret) } else { vec![secret.clone()] };
        for trace in traces {
            for (name, bytes) in told {
                let leaked = bytes.windows(trace.len()).any(|window| window == trace.as_bytes());
                assert!(!leaked, "planted secret {n} ({trace}) is told in {name}");
            }
        }
    }
}

#[test]
fn what_github_sends_along_leaves_no_trace() {
    let (world, mut secrets) = planted();
    let auditor = world.organisations["acme"].installations[0].clone();
    let github = GitHub::start(world).unwrap();
    let (key, lines) = private_key();
    secrets.extend(lines.into_iter().filter(|line| line.len() == 64));
    let keys = Estate::new();
    write(&keys, "app.pem", &key);
    write(&keys, "token", &token());
    let app = format!(
        "app = {{ id = {}, installation = {}, private_key = {{ file = {:?} }} }}",
        auditor.app_id,
        auditor.id,
        keys.path("app.pem")
    );
    for signs_in in [format!("token = {{ file = {:?} }}", keys.path("token")), app] {
        let estate = Estate::new();
        estate.configure(&format!(
            "[sources.gh]\nconnector = \"github\"\norganizations = [\"acme\"]\nendpoint_url = \"{}\"\n\
             also = [\"repository-webhooks\", \"repository-workflow-tokens\"]\n{signs_in}\n",
            github.url()
        ));
        let told = told(&estate);
        let report = String::from_utf8(told.iter().find(|(name, _)| name == "json stdout").unwrap().1.clone()).unwrap();
        let shop = id_of("repository", "shop");
        for seen in ["REGION", "STAGE", "hooks.example.com", "\"hard-coded\"", &format!("github:workflow/{shop}")] {
            assert!(report.contains(seen), "{seen} is seen at all: {signs_in}");
        }
        assert_untold(&told, &secrets);
        let is_database = |name: &str| name.starts_with("whosekey.db");
        let said: Vec<_> = told.into_iter().filter(|(name, _)| !is_database(name)).collect();
        assert_untold(&said, &[PUBLIC_KEY.to_owned()]);
    }
}
