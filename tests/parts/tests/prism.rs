//! GitHub's description finds what is wrong with a request, and with the answers of our own fake.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use whosekey_parts::github::{
    CredentialAuthorization, Deny, DeployKey, Environment, GitHub, Hook, Installation, Member, PersonalAccessToken,
    Repository, Runner, Secret, Selection, Team, TokenRequest, Variable, World, event,
};
use whosekey_parts::prism::Prism;

fn plain_client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().expect("a plain client")
}

async fn get(url: &str, token: &str) -> u16 {
    let request = plain_client().get(url).bearer_auth(token).header("user-agent", "a test");
    let answer = request.header("accept", "application/vnd.github+json").send().await;
    answer.expect("an answer").status().as_u16()
}

#[tokio::test]
async fn an_invalid_request_or_query_is_told_and_a_valid_one_is_answered() {
    let prism = Prism::start(&["/orgs/{org}/repos", "/repos/{owner}/{repo}/contents/{path}"]).unwrap();
    let ask = async |path: &str| get(&format!("{}{path}", prism.url()), "x").await;
    assert_eq!(ask("/orgs/acme/repos?per_page=100&type=all&page=2").await, 200);
    assert_eq!(ask("/repos/acme/shop/contents/.github/workflows?ref=main").await, 200);
    let file = plain_client().get(format!("{}/repos/acme/shop/contents/a/b", prism.url()));
    let raw = file.header("accept", "application/vnd.github.raw+json").send().await.unwrap();
    assert_eq!((raw.status().as_u16(), raw.text().await.unwrap().as_str()), (200, "a file"));
    assert_eq!(prism.violations().unwrap(), Vec::<String>::new());
    assert_eq!(ask("/orgs/acme/repos?type=some").await, 422);
    assert_eq!(ask("/orgs/acme/repos?perpage=100").await, 200);
    assert_eq!(ask("/repos/acme/shop/contents/a/b?branch=main").await, 200);
    assert_eq!(ask("/orgs/acme/hooks").await, 404);
    for field in ["login", "passwords"] {
        let query = format!("query($login: String!) {{ organization(login: $login) {{ {field} }} }}");
        let body = json!({"query": query, "variables": {"login": "acme"}}).to_string();
        plain_client().post(format!("{}/graphql", prism.url())).body(body).send().await.unwrap();
    }
    let violations = prism.violations().unwrap();
    let about = [
        "query.type",
        "no parameter perpage",
        "no parameter branch",
        "hasn't been found",
        "Cannot query field \"passwords\"",
    ];
    assert!(violations.iter().zip(about).all(|(violation, what)| violation.contains(what)), "{violations:?}");
    assert_eq!(violations.len(), about.len(), "{violations:?}");
}

#[test]
fn a_path_that_github_does_not_describe_is_an_error_at_the_start() {
    let error = Prism::start(&["/orgs/{org}/passwords"]).unwrap_err().to_string();
    assert!(error.contains("no path /orgs/{org}/passwords"), "{error}");
}

/// Every listing of the fake, with the path that asks for it.
const LISTINGS: &[(&str, &str)] = &[
    ("/orgs/{org}", "/orgs/acme"),
    ("/orgs/{org}/members", "/orgs/acme/members?role=all"),
    ("/orgs/{org}/outside_collaborators", "/orgs/acme/outside_collaborators"),
    ("/orgs/{org}/memberships/{username}", "/orgs/acme/memberships/ada"),
    ("/orgs/{org}/teams", "/orgs/acme/teams"),
    ("/orgs/{org}/teams/{team_slug}", "/orgs/acme/teams/platform"),
    ("/orgs/{org}/teams/{team_slug}/members", "/orgs/acme/teams/platform/members"),
    ("/orgs/{org}/teams/{team_slug}/repos", "/orgs/acme/teams/platform/repos"),
    ("/orgs/{org}/repos", "/orgs/acme/repos?type=all&per_page=100"),
    ("/orgs/{org}/personal-access-tokens", "/orgs/acme/personal-access-tokens"),
    ("/orgs/{org}/personal-access-tokens/{pat_id}/repositories", "/orgs/acme/personal-access-tokens/7/repositories"),
    ("/orgs/{org}/personal-access-token-requests", "/orgs/acme/personal-access-token-requests"),
    (
        "/orgs/{org}/personal-access-token-requests/{pat_request_id}/repositories",
        "/orgs/acme/personal-access-token-requests/8/repositories",
    ),
    ("/orgs/{org}/credential-authorizations", "/orgs/acme/credential-authorizations"),
    ("/orgs/{org}/installations", "/orgs/acme/installations"),
    ("/orgs/{org}/actions/secrets", "/orgs/acme/actions/secrets"),
    ("/orgs/{org}/actions/secrets/{secret_name}/repositories", "/orgs/acme/actions/secrets/AWS_KEY/repositories"),
    ("/orgs/{org}/actions/variables", "/orgs/acme/actions/variables"),
    ("/orgs/{org}/actions/runners", "/orgs/acme/actions/runners"),
    ("/orgs/{org}/actions/permissions/workflow", "/orgs/acme/actions/permissions/workflow"),
    ("/orgs/{org}/actions/oidc/customization/sub", "/orgs/acme/actions/oidc/customization/sub"),
    ("/orgs/{org}/dependabot/secrets", "/orgs/acme/dependabot/secrets"),
    ("/orgs/{org}/codespaces/secrets", "/orgs/acme/codespaces/secrets"),
    ("/orgs/{org}/hooks", "/orgs/acme/hooks"),
    ("/orgs/{org}/audit-log", "/orgs/acme/audit-log?include=all&order=asc"),
    ("/enterprises/{enterprise}/audit-log", "/enterprises/acme-inc/audit-log"),
    ("/repos/{owner}/{repo}", "/repos/acme/shop"),
    ("/repos/{owner}/{repo}/keys", "/repos/acme/shop/keys"),
    ("/repos/{owner}/{repo}/hooks", "/repos/acme/shop/hooks"),
    ("/repos/{owner}/{repo}/teams", "/repos/acme/shop/teams"),
    ("/repos/{owner}/{repo}/collaborators", "/repos/acme/shop/collaborators"),
    ("/repos/{owner}/{repo}/branches/{branch}", "/repos/acme/shop/branches/main"),
    ("/repos/{owner}/{repo}/contents/{path}", "/repos/acme/shop/contents/.github/workflows/ci.yml"),
    ("/repos/{owner}/{repo}/git/trees/{tree_sha}", "/repos/acme/shop/git/trees/HEAD?recursive=1"),
    ("/repos/{owner}/{repo}/actions/secrets", "/repos/acme/shop/actions/secrets"),
    ("/repos/{owner}/{repo}/actions/organization-secrets", "/repos/acme/shop/actions/organization-secrets"),
    ("/repos/{owner}/{repo}/actions/variables", "/repos/acme/shop/actions/variables"),
    ("/repos/{owner}/{repo}/actions/permissions/workflow", "/repos/acme/shop/actions/permissions/workflow"),
    ("/repos/{owner}/{repo}/actions/oidc/customization/sub", "/repos/acme/shop/actions/oidc/customization/sub"),
    ("/repos/{owner}/{repo}/dependabot/secrets", "/repos/acme/shop/dependabot/secrets"),
    ("/repos/{owner}/{repo}/codespaces/secrets", "/repos/acme/shop/codespaces/secrets"),
    ("/repos/{owner}/{repo}/environments", "/repos/acme/shop/environments"),
    ("/repos/{owner}/{repo}/environments/{environment_name}/secrets", "/repos/acme/shop/environments/prod/secrets"),
    ("/repos/{owner}/{repo}/environments/{environment_name}/variables", "/repos/acme/shop/environments/prod/variables"),
    ("/repos/{owner}/{repo}/actions/runners", "/repos/acme/shop/actions/runners"),
    ("/repos/{owner}/{repo}/contents/{path}", "/repos/acme/shop/contents/.github"),
    ("/installation/repositories", "/installation/repositories"),
    ("/rate_limit", "/rate_limit"),
    ("/users/{username}", "/users/ada"),
];

/// One of everything, for an installation that may read it all.
fn world() -> World {
    let mut world = World::new();
    let acme = world.organisation("acme");
    acme.members = vec![Member::owner("ada"), Member::new("bob")];
    acme.outside_collaborators = vec!["carol".into()];
    acme.teams = vec![Team::new("platform", &["bob"]).repository("shop", "push"), Team::new("core", &[])];
    acme.teams[0].parent = Some("core".into());
    acme.personal_access_tokens = vec![
        PersonalAccessToken {
            id: 7,
            selection: Selection::of(&["shop"]),
            ..PersonalAccessToken::new("nightly", "bob")
        },
        PersonalAccessToken { expires_at: None, last_used_at: None, ..PersonalAccessToken::new("old", "ada") },
    ];
    acme.token_requests = vec![TokenRequest { id: 8, ..TokenRequest::new(PersonalAccessToken::new("wanted", "bob")) }];
    acme.credential_authorizations =
        Some(vec![CredentialAuthorization::token("bob", "laptop"), CredentialAuthorization::ssh_key("ada", "yubikey")]);
    let suspended_at = Some(("2026-01-01T00:00:00Z".to_owned(), "ada".to_owned()));
    acme.installations = vec![
        Installation::that_reads_everything("auditor"),
        Installation { suspended_at, ..Installation::new("linter", &[("contents", "write")]) },
    ];
    let auditor = acme.installations[0].id;
    acme.secrets = vec![Secret::new("NPM_TOKEN"), Secret::new("AWS_KEY").selected(&["shop"])];
    acme.dependabot_secrets = vec![Secret::new("NPM_TOKEN")];
    acme.codespaces_secrets = vec![Secret::new("NPM_TOKEN")];
    acme.variables = vec![Variable::new("REGION", "eu-west-1")];
    acme.runners = vec![Runner::new("builder"), Runner { online: false, ..Runner::new("gone") }];
    acme.hooks = vec![Hook::new("https://example.com/hook")];
    acme.audit_events =
        vec![event("git.clone", "bob", 1_790_000_000_000, &json!({"repo": "acme/shop", "hashed_token": "a1="}))];
    let mut shop = Repository::new("shop").file(".github/workflows/ci.yml", "on: push\n");
    shop.deploy_keys =
        vec![DeployKey::new("deploy"), DeployKey { added_by: None, last_used: None, ..DeployKey::new("mirror") }];
    shop.hooks =
        vec![Hook::new("https://example.com/repo"), Hook { last_status: None, ..Hook::new("https://example.com/new") }];
    shop.runners = vec![Runner::new("builder of shop")];
    shop.secrets = vec![Secret::new("DB")];
    shop.dependabot_secrets = vec![Secret::new("DB")];
    shop.variables = vec![Variable::new("STAGE", "prod")];
    let (secrets, variables) = (vec![Secret::new("KEY")], vec![Variable::new("URL", "https://example.com")]);
    shop.environments = vec![Environment { secrets, variables, ..Environment::new("prod") }];
    acme.repositories = vec![shop, Repository { pushed_at: None, archived: true, ..Repository::new("attic") }];
    world.enterprises.entry("acme-inc".into()).or_default().organisations.push("acme".into());
    for (name, level) in [("enterprise_administration", "read"), ("codespaces_secrets", "write")] {
        world.organisation("acme").installations[0].permissions.insert(name.into(), level.into());
    }
    world.installation_token("ghs_auditor", auditor);
    world
}

#[tokio::test]
async fn a_client_is_led_through_pages_and_refusals_and_is_told_of_what_is_unchanged() {
    let mut world = world();
    world.deny("/orgs/{org}/hooks", Deny::NotAccessible);
    let github = GitHub::start(world).unwrap();
    let prism = Prism::before(&github.url(), &["/orgs/{org}/repos", "/orgs/{org}/hooks", "/repos/{owner}/{repo}/keys"])
        .unwrap();
    let ask = async |url: &str, tag: &str| {
        let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let asked =
            client.get(url).bearer_auth("ghs_auditor").header("user-agent", "a test").header("if-none-match", tag);
        asked.send().await.unwrap()
    };
    let first = ask(&format!("{}/orgs/acme/repos?per_page=1", prism.url()), "\"\"").await;
    let (link, tag) = (first.headers()["link"].to_str().unwrap(), first.headers()["etag"].to_str().unwrap());
    assert!(link.starts_with(&format!("<{}/organizations/", prism.url())), "{link}");
    let next = link[1..].split('>').next().unwrap();
    assert_eq!(ask(next, "\"\"").await.status(), 200);
    assert_eq!(ask(&format!("{}/orgs/acme/repos?per_page=1", prism.url()), tag).await.status(), 304);
    assert_eq!(ask(&format!("{}/orgs/acme/hooks", prism.url()), "\"\"").await.status(), 403);
    github.change(|world| world.move_repository("acme/shop", "acme/store"));
    assert_eq!(
        ask(&format!("{}/repos/acme/shop/keys", prism.url()), "\"\"").await.status(),
        200,
        "it follows by itself"
    );
    assert_eq!(prism.violations().unwrap(), Vec::<String>::new());
    assert_eq!(github.routes().len(), 3);
}

/// What only an App by its assertion, or only a user, may ask. `/app/installations` is left out: there the description asks
/// of an account that it be a user and an enterprise at once (23.0.2, seen 2026-11-27).
const BY_OTHERS: &[(&str, &str)] = &[
    ("/app", "/app"),
    ("/app/installations/{installation_id}", "/app/installations/9"),
    ("/orgs/{org}/installation", "/orgs/acme/installation"),
    ("/user", "/user"),
    ("/user/orgs", "/user/orgs"),
];
const NEW_TOKEN: &str = "/app/installations/{installation_id}/access_tokens";

#[tokio::test]
async fn what_apps_and_users_alone_are_told_is_as_github_describes_it() {
    let mut world = world();
    world.classic_token("ghp_ada", "ada", &["repo", "admin:org"]);
    let auditor = &mut world.organisation("acme").installations[0];
    auditor.id = 9;
    let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    // Far in the future for the fake's clock too, so that nothing here depends on today.
    let claims = json!({"iss": auditor.app_id.to_string(), "iat": 4_000_000_000_u64, "exp": 4_000_000_500_u64});
    let assertion = format!("{}.{}.{}", part(json!({"alg": "RS256"})), part(claims), URL_SAFE_NO_PAD.encode([7; 256]));
    let github = GitHub::start(world).unwrap();
    let date = plain_client().get(format!("{}/rate_limit", github.url())).send().await.unwrap();
    let date = date.headers()["date"].to_str().unwrap().replace("GMT", "+0000");
    let now_s = jiff::fmt::rfc2822::parse(&date).unwrap().timestamp().as_second();
    github.change(|world| world.clock_ahead_s = 4_000_000_010 - now_s);
    let patterns: Vec<&str> = BY_OTHERS.iter().map(|(pattern, _)| *pattern).chain([NEW_TOKEN]).collect();
    let prism = Prism::before(&github.url(), &patterns).unwrap();
    for (_, path) in BY_OTHERS {
        let token = if path.starts_with("/user") { "ghp_ada" } else { &assertion };
        assert_eq!(get(&format!("{}{path}", prism.url()), token).await, 200, "{path}: {:?}", prism.violations());
    }
    let url = format!("{}/app/installations/9/access_tokens", prism.url());
    let asked = plain_client().post(url).bearer_auth(&assertion).header("user-agent", "a test").send().await.unwrap();
    assert_eq!(asked.status(), 201);
    assert_eq!(prism.violations().unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn every_answer_of_our_fake_is_as_github_describes_it() {
    let github = GitHub::start(world()).unwrap();
    let patterns: Vec<&str> = LISTINGS.iter().map(|(pattern, _)| *pattern).collect();
    let prism = Prism::before(&github.url(), &patterns).unwrap();
    let mut statuses = Vec::new();
    for (_, path) in LISTINGS {
        statuses.push((*path, get(&format!("{}{path}", prism.url()), "ghs_auditor").await));
    }
    let body = json!({"query": include_str!("github/files.graphql"), "variables": {"login": "acme"}}).to_string();
    let asked = plain_client()
        .post(format!("{}/graphql", prism.url()))
        .bearer_auth("ghs_auditor")
        .header("user-agent", "a test");
    let files = asked.body(body).send().await.unwrap().text().await.unwrap();
    assert!(files.contains(r#""nameWithOwner":"acme/shop""#) && !files.contains("errors"), "{files}");
    assert_eq!(prism.violations().unwrap(), Vec::<String>::new());
    assert_eq!(prism.answered().unwrap().len(), LISTINGS.len() + 1);
    statuses.retain(|(_, status)| *status != 200);
    assert_eq!(statuses, []);
    let address = github.last("/orgs/{org}/members").unwrap();
    assert_eq!(
        address.header("x-forwarded-host"),
        Some(prism.address().to_string().as_str()),
        "links lead through prism"
    );
}
