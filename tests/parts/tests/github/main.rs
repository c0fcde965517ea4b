//! The fake GitHub answers as GitHub's documentation says: pages, tags, budgets, refusals, moves, sign-ins.

mod graphql;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use whosekey_parts::github::{
    Deny, DeployKey, Environment, Etags, GitHub, Installation, Member, PersonalAccessToken, Repository, Secret,
    Selection, Team, Variable, World, event,
};

const ADA: &str = "ghp_ada";
const EVE: &str = "ghp_eve";

struct Answer {
    status: u16,
    headers: reqwest::header::HeaderMap,
    body: Value,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("headers are text"))
    }

    fn message(&self) -> &str {
        self.body["message"].as_str().unwrap_or_default()
    }

    /// The address of the next page.
    fn next(&self) -> Option<String> {
        let link = self.header("link").split(", ").find(|link| link.ends_with("rel=\"next\""))?;
        Some(link[1..link.find('>')?].to_owned())
    }
}

async fn ask(method: reqwest::Method, url: &str, token: &str, headers: &[(&str, &str)]) -> Answer {
    ask_with(method, url, token, headers, "").await
}

async fn ask_with(method: reqwest::Method, url: &str, token: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build();
    let client = client.expect("a plain client");
    let mut request =
        client.request(method, url).bearer_auth(token).header("user-agent", "a test").body(body.to_owned());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.send().await.expect("an answer");
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let body = serde_json::from_str(&answer.text().await.expect("a whole answer")).unwrap_or_default();
    Answer { status, headers, body }
}

async fn get(github: &GitHub, token: &str, path: &str) -> Answer {
    ask(reqwest::Method::GET, &format!("{}{path}", github.url()), token, &[]).await
}

/// Ada owns acme and has all scopes; eve is nobody there.
fn world() -> World {
    let mut world = World::new();
    world.classic_token(ADA, "ada", &["admin:org", "repo", "admin:org_hook", "admin:repo_hook", "read:audit_log"]);
    world.classic_token(EVE, "eve", &["admin:org", "repo"]);
    let acme = world.organisation("acme");
    acme.members = vec![Member::owner("ada"), Member::new("bob")];
    acme.repositories = (0..7).map(|n| Repository::new(&format!("shop-{n}"))).collect();
    world
}

#[tokio::test]
async fn a_listing_is_followed_by_its_links_to_the_end_and_each_thing_comes_once() {
    let github = GitHub::start(world()).unwrap();
    let mut url = Some(format!("{}/orgs/acme/repos?per_page=3", github.url()));
    let mut names = Vec::new();
    while let Some(page) = url {
        let answer = ask(reqwest::Method::GET, &page, ADA, &[]).await;
        names.extend(answer.body.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()));
        url = answer.next();
        assert!(
            url.as_ref().is_none_or(|url| url.contains("/organizations/")),
            "links are by id, as GitHub's: {url:?}"
        );
    }
    names.sort();
    assert_eq!(names, (0..7).map(|n| format!("shop-{n}")).collect::<Vec<_>>());
    assert_eq!((github.count(), github.count_of("/orgs/{org}/repos"), github.count_of("/orgs/acme/*")), (3, 3, 3));
}

#[tokio::test]
async fn a_page_that_is_unchanged_costs_nothing_and_a_changed_one_is_told() {
    let github = GitHub::start(world()).unwrap();
    let first = get(&github, ADA, "/orgs/acme/members").await;
    let tag = first.header("etag").to_owned();
    assert_eq!((first.header("x-ratelimit-remaining"), github.cost()), ("4999", 1));
    let url = format!("{}/orgs/acme/members", github.url());
    let again = ask(reqwest::Method::GET, &url, ADA, &[("if-none-match", &tag)]).await;
    assert_eq!((again.status, again.header("x-ratelimit-remaining"), github.cost()), (304, "4999", 1));
    github.change(|world| world.organisation("acme").members.retain(|member| member.login != "bob"));
    let changed = ask(reqwest::Method::GET, &url, ADA, &[("if-none-match", &tag)]).await;
    assert_eq!((changed.status, changed.body.as_array().unwrap().len(), github.cost()), (200, 1, 2));
    assert_eq!(github.last("/orgs/acme/members").unwrap().header("if-none-match"), Some(tag.as_str()));
    assert_eq!(github.last("/orgs/acme/members").unwrap().header("authorization"), None, "tokens are not kept");
}

#[tokio::test]
async fn a_tag_is_of_the_token_unless_the_world_says_otherwise() {
    let mut world = world();
    world.classic_token("ghp_other", "ada", &["read:org"]);
    let github = GitHub::start(world).unwrap();
    let tag = async |token| get(&github, token, "/orgs/acme/members").await.header("etag").to_owned();
    assert_ne!(tag(ADA).await, tag("ghp_other").await);
    github.change(|world| world.etags = Etags::OfBody);
    assert_eq!(tag(ADA).await, tag("ghp_other").await);
}

#[tokio::test]
async fn a_used_up_budget_refuses_until_its_reset_and_is_told_for_nothing() {
    let mut world = world();
    world.limits.core = 2;
    let github = GitHub::start(world).unwrap();
    for _ in 0..2 {
        assert_eq!(get(&github, ADA, "/orgs/acme").await.status, 200);
    }
    let refused = get(&github, ADA, "/orgs/acme").await;
    assert_eq!((refused.status, refused.header("x-ratelimit-remaining")), (403, "0"));
    assert!(refused.message().starts_with("API rate limit exceeded"), "{}", refused.message());
    let left = get(&github, ADA, "/rate_limit").await;
    assert_eq!((left.status, &left.body["resources"]["core"]["remaining"]), (200, &json!(0)));
    // An hour and a second later.
    github.change(|world| world.clock_ahead_s = 3601);
    assert_eq!(get(&github, ADA, "/orgs/acme").await.status, 200);
}

#[tokio::test]
async fn a_secondary_limit_has_every_disguise() {
    let github = GitHub::start(world()).unwrap();
    let refused = async |deny: Deny| {
        github.change(|world| world.allow_everything());
        github.change(|world| world.deny("/orgs/{org}/hooks", deny));
        get(&github, ADA, "/orgs/acme/hooks").await
    };
    let told = refused(Deny::SecondaryLimit { status: 403, retry_after_s: Some(60) }).await;
    assert_eq!((told.status, told.header("retry-after")), (403, "60"));
    let by_words = refused(Deny::SecondaryLimit { status: 403, retry_after_s: None }).await;
    assert_eq!(
        (by_words.status, by_words.header("retry-after"), by_words.header("x-ratelimit-remaining")),
        (403, "", "5000")
    );
    assert!(by_words.message().starts_with("You have exceeded a secondary rate limit"));
    assert_eq!(refused(Deny::SecondaryLimit { status: 429, retry_after_s: None }).await.status, 429);
    let primary = refused(Deny::PrimaryLimit { status: 429, reset_in_s: 30 }).await;
    assert_eq!((primary.status, primary.header("x-ratelimit-remaining")), (429, "0"));
    assert_eq!(github.cost(), 0);
}

#[tokio::test]
async fn a_rule_is_for_the_nth_request_alone() {
    let mut world = world();
    world.deny_nth("/orgs/{org}/repos", 2, Deny::ServerError(502));
    let github = GitHub::start(world).unwrap();
    let mut statuses = Vec::new();
    for page in 1..=3 {
        statuses.push(get(&github, ADA, &format!("/orgs/acme/repos?per_page=3&page={page}")).await.status);
    }
    assert_eq!(statuses, [200, 502, 200]);
}

#[tokio::test]
async fn a_renamed_repository_redirects_to_its_id_until_its_name_is_taken() {
    let github = GitHub::start(world()).unwrap();
    let old_id = get(&github, ADA, "/repos/acme/shop-1").await.body["id"].clone();
    github.change(|world| world.move_repository("acme/shop-1", "acme/store"));
    let moved = get(&github, ADA, "/repos/acme/shop-1/keys?per_page=100").await;
    assert_eq!(moved.status, 301);
    let location = moved.header("location").to_owned();
    assert!(location.ends_with(&format!("/repositories/{old_id}/keys?per_page=100")), "{location}");
    assert_eq!(ask(reqwest::Method::GET, &location, ADA, &[]).await.status, 200);
    let by_new_name = get(&github, ADA, "/repos/acme/store").await;
    assert_eq!(by_new_name.body["id"], old_id);
    let subject = get(&github, ADA, "/repos/acme/store/actions/oidc/customization/sub").await;
    let prefix = subject.body["sub_claim_prefix"].as_str().unwrap();
    assert!(prefix.starts_with("repo:acme@") && prefix.ends_with(&format!("/store@{old_id}")), "{prefix}");
    github.change(|world| {
        world.organisation("acme").repositories.push(Repository { id: 1, ..Repository::new("shop-1") });
    });
    assert_eq!(get(&github, ADA, "/repos/acme/shop-1").await.body["id"], 1, "whoever takes the name gets its callers");
}

#[tokio::test]
async fn each_kind_of_caller_is_refused_in_its_own_words() {
    let mut world = world();
    world.classic_token("ghp_narrow", "ada", &["read:org"]);
    world.fine_grained_token("github_pat_ada", "ada", &[("organization_personal_access_tokens", "read")]);
    let acme = world.organisation("acme");
    acme.installations.push(Installation::new("reader", &[("members", "read")]));
    let id = acme.installations[0].id;
    world.installation_token("ghs_reader", id);
    let github = GitHub::start(world).unwrap();
    let refused = async |token: &str, path: &str| {
        let answer = get(&github, token, path).await;
        (answer.status, answer.message().to_owned())
    };
    assert_eq!(refused("ghp_revoked", "/orgs/acme").await, (401, "Bad credentials".into()));
    assert_eq!(refused(EVE, "/orgs/acme/hooks").await.0, 404);
    assert_eq!(refused(EVE, "/repos/acme/shop-1").await, (404, "Not Found".into()), "private, and not hers");
    assert_eq!(refused("ghp_narrow", "/orgs/acme/actions/secrets").await.0, 404, "the scope is too small");
    let tokens = "/orgs/acme/personal-access-tokens";
    assert_eq!(
        refused("github_pat_ada", tokens).await,
        (403, "Resource not accessible by personal access token".into())
    );
    assert_eq!(refused("ghs_reader", tokens).await, (403, "Resource not accessible by integration".into()));
    let accepted = get(&github, "ghs_reader", tokens).await;
    assert_eq!(accepted.header("x-accepted-github-permissions"), "organization_personal_access_tokens=read");
    assert_eq!(get(&github, "ghs_reader", "/orgs/acme/members").await.status, 200);
    github.change(|world| {
        let permissions = &mut world.organisation("acme").installations[0].permissions;
        permissions.insert("organization_personal_access_tokens".into(), "read".into());
        world.organisation("acme").personal_access_tokens.push(PersonalAccessToken::new("nightly", "bob"));
    });
    assert_eq!(get(&github, "ghs_reader", tokens).await.body[0]["token_name"], "nightly");
    let codespaces = "/repos/acme/shop-1/codespaces/secrets";
    let grant = |level: &str| {
        let level = level.to_owned();
        github.change(|world| {
            world.organisation("acme").installations[0].permissions.insert("codespaces_secrets".into(), level);
        });
    };
    grant("read");
    assert_eq!(refused("ghs_reader", codespaces).await.0, 403, "they are listed to who may write them");
    grant("write");
    assert_eq!(refused("ghs_reader", codespaces).await.0, 200);
}

fn assertion(app_id: u64, issued_at: i64, expires_at: i64) -> String {
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let header = part(json!({"alg": "RS256", "typ": "JWT"}));
    let claims = part(json!({"iss": app_id.to_string(), "iat": issued_at, "exp": expires_at}));
    format!("{header}.{claims}.{}", URL_SAFE_NO_PAD.encode([7; 256]))
}

#[tokio::test]
async fn an_app_signs_in_by_an_assertion_and_its_token_ends() {
    let mut world = world();
    let acme = world.organisation("acme");
    let selection = Selection::of(&["shop-1", "shop-2"]);
    acme.installations.push(Installation { selection, ..Installation::that_reads_everything("auditor") });
    let (id, app_id) = (acme.installations[0].id, acme.installations[0].app_id);
    let github = GitHub::start(world).unwrap();
    let now = jiff::Timestamp::from_second(0).unwrap();
    let date = get(&github, ADA, "/orgs/acme").await.header("date").to_owned();
    let now_s = jiff::fmt::rfc2822::parse(&date.replace("GMT", "+0000")).unwrap().timestamp().as_second();
    assert!(now_s > now.as_second());
    let sign_in = async |assertion: &str| {
        let url = format!("{}/app/installations/{id}/access_tokens", github.url());
        ask(reqwest::Method::POST, &url, assertion, &[]).await
    };
    let too_long = sign_in(&assertion(app_id, now_s, now_s + 3600)).await;
    assert_eq!(
        (too_long.status, too_long.message()),
        (401, "'Expiration time' claim ('exp') is too far in the future")
    );
    assert_eq!(sign_in(&assertion(app_id, now_s + 300, now_s + 500)).await.status, 401, "issued in the future");
    assert_eq!(sign_in(&assertion(1, now_s, now_s + 500)).await.message(), "Integration not found");
    assert_eq!(sign_in(ADA).await.status, 401, "a token is no assertion");
    let good = assertion(app_id, now_s - 60, now_s + 500);
    assert_eq!(get(&github, &good, "/app").await.body["slug"], "auditor");
    let made = sign_in(&good).await;
    assert_eq!(made.status, 201);
    let token = made.body["token"].as_str().unwrap();
    let seen = get(&github, token, "/installation/repositories").await;
    assert_eq!((&seen.body["total_count"], &seen.body["repository_selection"]), (&json!(2), &json!("selected")));
    assert_eq!(get(&github, token, "/orgs/acme/repos").await.body.as_array().unwrap().len(), 2);
    assert_eq!(get(&github, token, "/repos/acme/shop-3").await.status, 404, "not selected");
    github.change(|world| world.clock_ahead_s = 3700);
    assert_eq!(get(&github, token, "/orgs/acme/repos").await.status, 401, "it lives an hour");
}

#[tokio::test]
async fn an_enterprise_server_has_another_base_and_says_so() {
    let github = GitHub::start(world()).unwrap();
    let base = github.enterprise_server_url();
    let answer = ask(reqwest::Method::GET, &format!("{base}/orgs/acme/repos?per_page=5"), ADA, &[]).await;
    assert_eq!(answer.header("x-github-enterprise-version"), "3.19.0");
    assert!(answer.next().unwrap().starts_with(&base));
    assert!(answer.body[0]["url"].as_str().unwrap().starts_with(&base));
    let graphql = format!("{}/api/graphql", github.url());
    let viewer = ask_with(reqwest::Method::POST, &graphql, ADA, &[], r#"{"query": "{ viewer { login } }"}"#).await;
    assert_eq!(viewer.body, json!({"data": {"viewer": {"login": "ada"}}}));
}

#[tokio::test]
async fn a_transferred_repository_keeps_its_id_and_is_the_other_organisations() {
    let mut world = world();
    world.organisation("globex").members.push(Member::owner("ada"));
    let github = GitHub::start(world).unwrap();
    github.change(|world| world.move_repository("acme/shop-2", "globex/shop-2"));
    let moved = get(&github, ADA, "/repos/acme/shop-2").await;
    let there = ask(reqwest::Method::GET, moved.header("location"), ADA, &[]).await;
    assert_eq!((moved.status, &there.body["full_name"]), (301, &json!("globex/shop-2")));
    assert_eq!(get(&github, ADA, "/orgs/acme/repos").await.body.as_array().unwrap().len(), 6);
}

#[tokio::test]
async fn files_are_read_by_contents_by_trees_and_by_blobs() {
    let mut world = world();
    let shop = world.repository("acme/shop-0");
    shop.files.insert(".github/workflows/ci.yml".into(), b"on: push\n".to_vec());
    shop.files.insert("README.md".into(), b"shop".to_vec());
    let github = GitHub::start(world).unwrap();
    let url = format!("{}/repos/acme/shop-0/contents/README.md", github.url());
    let raw = ask(reqwest::Method::GET, &url, ADA, &[("accept", "application/vnd.github.raw+json")]).await;
    assert_eq!((raw.status, raw.header("content-type")), (200, "application/vnd.github.raw+json; charset=utf-8"));
    let folder = get(&github, ADA, "/repos/acme/shop-0/contents/.github/workflows").await;
    assert_eq!(folder.body[0]["path"], ".github/workflows/ci.yml");
    let tree = get(&github, ADA, "/repos/acme/shop-0/git/trees/HEAD?recursive=1").await;
    let paths: Vec<_> =
        tree.body["tree"].as_array().unwrap().iter().map(|entry| entry["path"].as_str().unwrap()).collect();
    assert_eq!(paths, [".github", ".github/workflows", ".github/workflows/ci.yml", "README.md"]);
    assert_eq!(tree.body["truncated"], false);
    let sha = tree.body["tree"][2]["sha"].as_str().unwrap();
    let blob = get(&github, ADA, &format!("/repos/acme/shop-0/git/blobs/{sha}")).await;
    assert_eq!(blob.body["content"], "b246IHB1c2gK\n");
    github.change(|world| world.repository("acme/shop-0").tree_limit = 2);
    assert_eq!(get(&github, ADA, "/repos/acme/shop-0/git/trees/main?recursive=1").await.body["truncated"], true);
    assert_eq!(get(&github, ADA, "/repos/acme/shop-1/git/trees/main").await.status, 409, "no commit");
    github.change(|world| world.repository("acme/shop-0").disabled = true);
    assert_eq!(get(&github, ADA, "/repos/acme/shop-0/contents/README.md").await.status, 403);
}

#[tokio::test]
async fn secrets_have_names_alone_and_variables_their_values() {
    let mut world = world();
    let acme = world.organisation("acme");
    acme.secrets = vec![Secret::new("NPM_TOKEN"), Secret::new("AWS_KEY").selected(&["shop-1"])];
    acme.variables = (0..12).map(|n| Variable::new(&format!("V{n}"), "hunter2")).collect();
    let mut prod = Environment::new("prod/eu");
    prod.secrets.push(Secret::new("DB"));
    world.repository("acme/shop-1").environments.push(prod);
    let github = GitHub::start(world).unwrap();
    let secrets = get(&github, ADA, "/orgs/acme/actions/secrets").await.body;
    assert_eq!((&secrets["total_count"], &secrets["secrets"][1]["visibility"]), (&json!(2), &json!("selected")));
    assert!(secrets["secrets"][0].get("value").is_none());
    let selected = get(&github, ADA, "/orgs/acme/actions/secrets/AWS_KEY/repositories").await.body;
    assert_eq!(selected["repositories"][0]["name"], "shop-1");
    assert_eq!(get(&github, ADA, "/orgs/acme/actions/secrets/NPM_TOKEN/repositories").await.status, 409);
    let variables = get(&github, ADA, "/orgs/acme/actions/variables").await;
    assert_eq!(variables.body["variables"].as_array().unwrap().len(), 10, "their pages are shorter");
    assert_eq!(variables.body["variables"][0]["value"], "hunter2");
    let inside = get(&github, ADA, "/repos/acme/shop-1/environments/prod%2Feu/secrets").await;
    assert_eq!(inside.body["secrets"][0]["name"], "DB");
}

#[tokio::test]
async fn the_audit_log_is_paged_by_cursors_filtered_and_counted_by_itself() {
    let mut world = world();
    world.limits.audit_log = 4;
    let clones = (0..3).map(|n| event("git.clone", "bob", 1_790_000_000_000 + n, &json!({"hashed_token": "a1="})));
    let adds = (0..2).map(|n| event("org.add_member", "ada", 1_790_000_001_000 + n, &json!({"user": "bob"})));
    world.organisation("acme").audit_events = clones.chain(adds).collect();
    let github = GitHub::start(world).unwrap();
    let web = get(&github, ADA, "/orgs/acme/audit-log").await;
    assert_eq!(web.body.as_array().unwrap().len(), 2, "git events are left out unless they are asked for");
    assert_eq!(web.header("x-ratelimit-resource"), "audit_log");
    let mut url = Some(format!("{}/orgs/acme/audit-log?include=all&phrase=action:git&per_page=2", github.url()));
    let mut count = 0;
    while let Some(page) = url {
        let answer = ask(reqwest::Method::GET, &page, ADA, &[]).await;
        count += answer.body.as_array().unwrap().len();
        url = answer.next();
        assert!(url.as_ref().is_none_or(|url| url.contains("after=") && !url.contains("&page=")), "{url:?}");
    }
    assert_eq!((count, github.count_of("/orgs/{org}/audit-log")), (3, 3));
    get(&github, ADA, "/orgs/acme/audit-log").await;
    assert_eq!(get(&github, ADA, "/orgs/acme/audit-log").await.status, 403, "its own budget");
    assert_eq!(get(&github, ADA, "/orgs/acme").await.status, 200);
}

#[tokio::test]
async fn teams_keys_and_the_rest_are_listed() {
    let mut world = world();
    let acme = world.organisation("acme");
    acme.teams = vec![Team::new("platform", &["bob"]).repository("shop-1", "maintain")];
    acme.outside_collaborators = vec!["carol".into()];
    world.repository("acme/shop-1").deploy_keys.push(DeployKey { last_used: None, ..DeployKey::new("mirror") });
    let github = GitHub::start(world).unwrap();
    assert_eq!(get(&github, ADA, "/orgs/acme/teams/platform/members").await.body[0]["login"], "bob");
    assert_eq!(get(&github, ADA, "/orgs/acme/teams/platform/repos").await.body[0]["role_name"], "maintain");
    assert_eq!(get(&github, ADA, "/orgs/acme/outside_collaborators").await.body[0]["login"], "carol");
    let key = get(&github, ADA, "/repos/acme/shop-1/keys").await.body[0].clone();
    assert_eq!((&key["added_by"], &key["last_used"], &key["read_only"]), (&json!("ada"), &Value::Null, &json!(true)));
    assert_eq!(get(&github, ADA, "/orgs/acme/memberships/bob").await.body["role"], "member");
    assert_eq!(get(&github, ADA, "/orgs/acme/nothing").await.status, 404);
}
