//! What a plan and a token hide, through the whole program: which verdicts it costs, and which it does not.

use serde_json::json;
use whosekey_parts::github::{DeployKey, GitHub, Member, PersonalAccessToken, Repository, World};

use crate::estate::Report;
use crate::github::{APPS, OWNERS, day, estate, world};

/// What the messages say to leave out.
const SKIP: &str = "skip = [\"personal-access-tokens\", \"personal-access-token-requests\", \
                    \"credential-authorizations\", \"audit-log\"]\n";

/// A token of GitHub's newer form; made up.
fn fine_grained() -> String {
    format!("github_pat_{}_{}", "11ABCDEFG0a1b2c3d4e5f6", "Zq8".repeat(19) + "Zq")
}

fn free() -> World {
    let mut world = world();
    let acme = world.organisation("acme");
    acme.plan = "free";
    acme.credential_authorizations = None;
    acme.external_identities = None;
    let servers = json!({"mcpServers": {"gh": {"command": "npx", "env": {"GITHUB_TOKEN": fine_grained()}}}});
    let mut shop = Repository::new("shop").file(".mcp.json", servers.to_string());
    shop.deploy_keys = vec![
        DeployKey { id: 9, added_by: Some("dave".into()), ..DeployKey::new("deploy") },
        DeployKey { id: 10, added_by: None, ..DeployKey::new("mirror") },
    ];
    acme.repositories = vec![shop];
    world
}

/// The one token that stands in a file.
fn hard_coded(report: &Report) -> String {
    let entities = report.0["entities"].as_array().unwrap();
    let mut tokens = entities.iter().filter(|entity| entity["type"] == "github.token");
    let id = tokens.next().unwrap()["id"].as_str().unwrap().to_owned();
    assert!(tokens.next().is_none());
    id
}

#[test]
fn a_free_organisation_that_a_token_looks_at_has_real_ownerless_verdicts() {
    let github = GitHub::start(free()).unwrap();
    let estate = estate(&github, OWNERS, "");
    let report = estate.scan_at(&day(1));
    assert_eq!(report.verdict("github:deploy-key/9", "ownerless").0, "no");
    let (verdict, because) = report.verdict("github:deploy-key/10", "ownerless");
    assert_eq!(verdict, "yes", "{because}");
    assert!(report.finding("ownerless", "github:deploy-key/10").is_some());
    // Whose a token in a file is, GitHub knows.
    let token = hard_coded(&report);
    let (verdict, because) = report.verdict(&token, "ownerless");
    assert_eq!(verdict, "cannot_tell", "{because}");
    assert!(because.starts_with("GitHub (each token is somebody's there) names"), "{because}");
    assert!(report.finding("hard-coded", &token).is_some());

    let code = |now: &str| estate.run(&["scan", "--now", now]).status.code();
    assert_eq!(code(&day(2)), Some(3), "what was not seen is said");
    let url = github.url();
    estate.configure(&format!(
        "[sources.gh]\nconnector = \"github\"\norganizations = [\"acme\"]\ntoken = {{ file = \"token\" }}\n\
         endpoint_url = \"{url}\"\n{SKIP}"
    ));
    assert_eq!(code(&day(3)), Some(0), "what the messages say to leave out is all");
    let report = estate.scan_at(&day(4));
    assert_eq!(report.verdict("github:deploy-key/10", "ownerless").0, "yes");
    assert_eq!(report.verdict(&token, "ownerless").0, "cannot_tell");
}

#[test]
fn a_real_denial_keeps_ownerless_at_cannot_tell() {
    let mut world = free();
    world.classic_token("ghp_dave", "dave", &["repo", "read:org"]);
    world.organisation("acme").members = vec![Member::owner("ada"), Member::new("dave")];
    let github = GitHub::start(world).unwrap();
    let report = estate(&github, "ghp_dave", "").scan_at(&day(1));
    let (verdict, because) = report.verdict("github:deploy-key/10", "ownerless");
    assert_eq!(verdict, "cannot_tell", "{because}");
}

#[test]
fn tokens_that_an_app_has_shown_are_not_forgotten_when_a_users_token_is_shown_none() {
    let mut world = world();
    let unused = PersonalAccessToken { last_used_at: None, ..PersonalAccessToken::new("nightly", "dave") };
    world.organisation("acme").personal_access_tokens = vec![PersonalAccessToken { id: 17, ..unused }];
    let github = GitHub::start(world).unwrap();
    let estate = estate(&github, APPS, "");
    let before = estate.scan_at(&day(1));
    assert_eq!(before.verdict("github:pat/17", "zombie").0, "yes");
    std::fs::write(estate.path("token"), OWNERS).unwrap();
    for n in [10, 20] {
        let after = estate.scan_at(&day(n));
        assert_eq!(after.coverage("acme/personal-access-tokens")["issues"][0]["kind"], "unsupported");
        assert_eq!(after.entity("github:pat/17")["gone_at"], json!(null));
        let (verdict, because) = after.verdict("github:pat/17", "zombie");
        assert_eq!(verdict, "cannot_tell", "{because}");
    }
}
