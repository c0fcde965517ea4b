//! GitHub through the whole program: what becomes of people who leave, of trust in repositories, of tokens in files.

use std::os::unix::fs::PermissionsExt as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use whosekey_parts::github::{
    DeployKey, Enterprise, GitHub, Installation, Member, PersonalAccessToken, Repository, Runner, World, event, id_of,
};

use crate::estate::{Estate, entity, known, link, scope};

const ISSUER: &str = "https://token.actions.githubusercontent.com";
/// Of an owner, who sees all repositories, and of an App, which sees all tokens.
pub(crate) const OWNERS: &str = "ghp_owner";
pub(crate) const APPS: &str = "ghs_auditor";

pub(crate) fn world() -> World {
    let mut world = World::new();
    world.classic_token(OWNERS, "ada", &["repo", "admin:org", "admin:org_hook"]);
    let acme = world.organisation("acme");
    acme.members = vec![Member::owner("ada"), Member::new("dave")];
    acme.installations = vec![Installation::that_reads_everything("auditor")];
    acme.repositories = vec![Repository::new("shop")];
    let auditor = acme.installations[0].id;
    world.installation_token(APPS, auditor);
    world
}

pub(crate) fn estate(github: &GitHub, token: &str, more: &str) -> Estate {
    let estate = Estate::new();
    std::fs::write(estate.path("token"), token).unwrap();
    std::fs::set_permissions(estate.path("token"), std::fs::Permissions::from_mode(0o600)).unwrap();
    estate.configure(&format!(
        "[sources.gh]\nconnector = \"github\"\norganizations = [\"acme\"]\ntoken = {{ file = \"token\" }}\n\
         endpoint_url = \"{}\"\n{more}",
        github.url()
    ));
    estate
}

pub(crate) fn day(n: u32) -> String {
    format!("2026-11-{n:02}T00:00:00Z")
}

#[test]
fn a_member_who_leaves_orphans_their_keys_and_tokens() {
    let mut world = world();
    let acme = world.organisation("acme");
    acme.personal_access_tokens = vec![
        PersonalAccessToken { id: 17, ..PersonalAccessToken::new("nightly", "dave") },
        PersonalAccessToken { id: 18, ..PersonalAccessToken::new("weekly", "ada") },
    ];
    acme.repositories[0].deploy_keys = vec![
        DeployKey { id: 9, added_by: Some("dave".into()), ..DeployKey::new("deploy") },
        DeployKey { id: 10, added_by: None, ..DeployKey::new("mirror") },
    ];
    let github = GitHub::start(world).unwrap();
    let estate = estate(&github, APPS, "");
    let before = estate.scan_at(&day(1));
    for id in ["github:pat/17", "github:pat/18", "github:deploy-key/9"] {
        assert_eq!(before.verdict(id, "orphaned").0, "no", "{id}");
    }

    github.change(|world| world.organisation("acme").members.retain(|member| member.login != "dave"));
    estate.scan_at(&day(2));
    let after = estate.scan_at(&day(3));
    for id in ["github:pat/17", "github:deploy-key/9"] {
        let (verdict, because) = after.verdict(id, "orphaned");
        assert_eq!(verdict, "yes", "{id}: {because}");
        assert_eq!(after.entity(id)["verdicts"]["orphaned"]["reason"], "owner_gone");
    }
    assert_eq!(after.verdict("github:pat/18", "orphaned").0, "no");
    assert_eq!(after.verdict("github:deploy-key/10", "orphaned").0, "no", "nobody is known to have added it");
}

#[test]
fn a_key_that_a_bot_or_a_deleted_account_added_has_no_owner_who_left() {
    let mut world = world();
    let acme = world.organisation("acme");
    acme.installations.push(Installation::new("flux", &[("administration", "write")]));
    acme.repositories[0].deploy_keys = vec![
        DeployKey { id: 9, added_by: Some("flux[bot]".into()), ..DeployKey::new("cluster") },
        DeployKey { id: 10, added_by: Some("ghost".into()), ..DeployKey::new("mirror") },
        DeployKey { id: 11, added_by: Some("uninstalled[bot]".into()), ..DeployKey::new("old") },
    ];
    let github = GitHub::start(world).unwrap();
    let report = estate(&github, APPS, "").scan_at(&day(1));
    for (id, reason) in [(9, "only_machines"), (10, "no_evidence"), (11, "only_machines")] {
        let id = format!("github:deploy-key/{id}");
        assert_eq!(report.verdict(&id, "orphaned").0, "no", "{id}");
        assert_eq!(report.entity(&id)["verdicts"]["ownerless"]["reason"], reason, "{id}");
    }
    let made = report.finding("machine-created", "github:deploy-key/9").unwrap();
    assert_eq!(made["because"], "it was made by flux, and no person or team stands behind that");
}

#[test]
fn a_member_who_is_only_not_shown_has_not_left() {
    let mut world = world();
    world.organisation("acme").personal_access_tokens =
        vec![PersonalAccessToken { id: 17, ..PersonalAccessToken::new("nightly", "dave") }];
    let github = GitHub::start(world).unwrap();
    let estate = estate(&github, APPS, "");
    estate.scan_at(&day(1));
    github.change(|world| world.deny("/orgs/{org}/members", whosekey_parts::github::Deny::NotFound));
    estate.scan_at(&day(2));
    let report = estate.scan_at(&day(3));
    let (verdict, because) = report.verdict("github:pat/17", "orphaned");
    assert_eq!(verdict, "cannot_tell", "{because}");
    assert!(because.contains("acme/members"), "{because}");
}

/// A role that trusts this subject.
fn role(id: &str, subject: &str) -> [Value; 2] {
    let more = json!({ "created_at": known("2024-01-01T00:00:00Z"), "enabled": known(true) });
    [entity(id, "identity", more), link(id, "trusts", &format!("oidc:{ISSUER}#{subject}"))]
}

#[test]
fn a_role_that_trusts_a_repository_which_is_not_there_can_be_taken_over() {
    let mut world = world();
    let shop = Repository::new("shop").file(".github/workflows/ci.yml", "on: push\njobs: {}\n");
    world.organisation("acme").repositories = vec![shop, Repository::new("api-server")];
    let github = GitHub::start(world).unwrap();
    let estate = estate(&github, OWNERS, "");
    let ids = format!("repo:acme@{}/gone@7:ref:refs/heads/main", id_of("organisation", "acme"));
    let subjects = [
        ("aws:AROAIDS", &*ids, true),
        ("aws:AROASHOP", "repo:acme/shop:ref:refs/heads/main", false),
        ("aws:AROAGONE", "repo:acme/gone:ref:refs/heads/main", true),
        ("aws:AROAALL", "repo:acme/*", false),
        ("aws:AROASERVERS", "repo:acme/*-server:environment:prod", false),
        ("aws:AROAOTHERS", "repo:acme/worker-*:ref:*", true),
        ("aws:AROAUPPER", "repo:acme/Shop:*", true),
        ("aws:AROAELSEWHERE", "repo:other/app:*", false),
    ];
    let roles: Vec<Value> = subjects.iter().flat_map(|(id, subject, _)| role(id, subject)).collect();
    estate.record(&[scope("000000000000/iam.roles", &roles)]);
    let report = estate.scan_at(&day(1));
    for (id, subject, dangles) in subjects {
        let finding = report.finding("dangling-trust", id);
        assert_eq!(finding.is_some(), dangles, "{subject}");
        if let Some(finding) = finding {
            let because = finding["because"].as_str().unwrap();
            let (words, severity) = match id {
                "aws:AROAUPPER" => ("the tokens of the repository of that name have other subjects", "medium"),
                "aws:AROAIDS" => ("nobody else can have it, for the ids in it are given only once", "medium"),
                _ => ("whoever makes a repository of that name may become it", "high"),
            };
            assert!(because.ends_with(words), "{because}");
            assert_eq!(finding["severity"], severity);
        }
    }
    // That one lets in whole acme is no fault, and nothing that its pattern shows.
    let all = report.0["links"].as_array().unwrap().iter().find(|link| link["from"] == "aws:AROAALL").unwrap();
    assert_eq!(all["attributes"]["lets_in"], 2);
    let words = "lets in all 2 identities that gh/acme/repositories lists, and those to come that match";
    assert!(all["because"].as_str().unwrap().ends_with(words), "{all}");
    let explained = estate.run(&["explain", "aws:AROAALL"]);
    let explained = String::from_utf8_lossy(&explained.stdout).into_owned();
    assert!(explained.contains("matches 2") && explained.contains("lets in all 2"), "{explained}");

    let workflow = format!("github:workflow/{}/.github/workflows/ci.yml", id_of("repository", "shop"));
    let leads = |to: &str| {
        let output = estate.run(&["path", &workflow, to]);
        assert!(output.status.success());
        !String::from_utf8_lossy(&output.stdout).contains("does not reach")
    };
    assert!(leads("aws:AROASHOP") && leads("aws:AROAALL"));
    assert!(!leads("aws:AROAOTHERS") && !leads("aws:AROAGONE") && !leads("aws:AROAUPPER"));

    // Whoever gets the old name after a rename gets the role.
    github.change(|world| world.move_repository("acme/shop", "acme/store"));
    let renamed = estate.scan_at(&day(2));
    assert!(renamed.finding("dangling-trust", "aws:AROASHOP").is_some());
    assert!(renamed.finding("dangling-trust", "aws:AROAALL").is_none());
}

#[test]
fn a_credential_that_sees_not_all_repositories_calls_no_trust_dangling() {
    let github = GitHub::start(world()).unwrap();
    github.change(|world| world.classic_token("ghp_member", "dave", &["repo", "read:org"]));
    let estate = estate(&github, "ghp_member", "");
    estate.record(&[scope("000000000000/iam.roles", &role("aws:AROAGONE", "repo:acme/gone:*"))]);
    assert!(estate.scan_at(&day(1)).finding("dangling-trust", "aws:AROAGONE").is_none());
}

#[test]
fn a_token_in_a_file_is_the_one_in_githubs_list() {
    // Made up: the shape of a fine-grained token.
    let token = format!("github_pat_{}_{}", "11ABCDEFG0a1b2c3d4e5f6", "Zq8".repeat(19) + "Zq");
    let hash = STANDARD.encode(Sha256::digest(&token));
    let mut world = world();
    let acme = world.organisation("acme");
    acme.personal_access_tokens =
        vec![PersonalAccessToken { id: 17, token_id: 98_716, ..PersonalAccessToken::new("nightly", "dave") }];
    let used = json!({"hashed_token": hash, "token_id": 98_716});
    acme.audit_events = vec![event("git.clone", "dave", 1_793_400_000_000, &used)];
    let github = GitHub::start(world).unwrap();
    let estate = estate(&github, APPS, "[sources.laptop]\nconnector = \"agents\"\npaths = [\"agents\"]\n");
    std::fs::create_dir(estate.path("agents")).unwrap();
    let servers = json!({"mcpServers": {"gh": {"command": "npx", "env": {"GITHUB_TOKEN": token}}}});
    std::fs::write(estate.path("agents/.mcp.json"), servers.to_string()).unwrap();
    let report = estate.scan_at(&day(1));
    let pat = report.entity("github:pat/17");
    assert_eq!(pat["sources"], json!(["gh", "laptop"]), "{pat:#}");
    assert!(report.finding("hard-coded", "github:pat/17").is_some());
    let database = std::fs::read(estate.path("whosekey.db")).unwrap();
    assert!(!database.windows(token.len()).any(|window| window == token.as_bytes()));
}

#[test]
fn a_runner_that_stays_offline_is_unused_since_it_was_last_seen_online() {
    let mut world = world();
    let acme = world.organisation("acme");
    acme.runners = vec![Runner { id: 5, ..Runner::new("builder") }];
    acme.repositories[0].runners = vec![Runner { id: 5, ..Runner::new("of the shop") }];
    let of_acme = format!("github:runner/org/{}/5", acme.id);
    let of_shop = format!("github:runner/repo/{}/5", acme.repositories[0].id);
    let github = GitHub::start(world).unwrap();
    let estate = estate(&github, APPS, "[policy]\nunused_after = \"3d\"\n");
    estate.scan_at(&day(1));
    github.change(|world| {
        let acme = world.organisation("acme");
        acme.runners[0].online = false;
        acme.repositories[0].runners[0].online = false;
    });
    for n in 2..4 {
        let report = estate.scan_at(&day(n));
        for id in [&of_acme, &of_shop] {
            let (verdict, because) = report.verdict(id, "zombie");
            assert_ne!(verdict, "yes", "day {n}: {because}");
        }
    }
    for n in 4..6 {
        estate.scan_at(&day(n));
    }
    let report = estate.scan_at(&day(6));
    for id in [&of_acme, &of_shop] {
        let (verdict, because) = report.verdict(id, "zombie");
        assert_eq!(verdict, "yes", "{because}");
        assert_eq!(report.entity(id)["last_used_at"], known(day(1)));
    }
}

#[test]
fn an_organisation_is_gone_when_its_enterprise_has_it_no_more_and_not_when_it_is_only_not_shown() {
    let mut world = world();
    world.classic_token(OWNERS, "ada", &["repo", "admin:org", "read:enterprise"]);
    let tools = world.organisation("tools");
    tools.members = vec![Member::owner("ada")];
    tools.repositories = vec![Repository::new("wrench")];
    tools.repositories[0].deploy_keys = vec![DeployKey { id: 9, ..DeployKey::new("deploy") }];
    let enterprise =
        Enterprise { organisations: vec!["tools".into()], owners: vec!["ada".into()], ..Enterprise::default() };
    world.enterprises.insert("acme-inc".into(), enterprise);
    let github = GitHub::start(world).unwrap();
    let estate = estate(&github, OWNERS, "enterprises = [\"acme-inc\"]\n");
    let gone_at = |n: u32| estate.scan_at(&day(n)).entity("github:deploy-key/9")["gone_at"].clone();
    assert_eq!(gone_at(1), Value::Null);

    github.change(|world| {
        let enterprise = world.enterprises.get_mut("acme-inc").unwrap();
        enterprise.owners.clear();
        enterprise.organisations.clear();
    });
    for n in 2..6 {
        assert_eq!(gone_at(n), Value::Null, "day {n}: what is not shown to everybody is not gone");
    }
    github.change(|world| world.enterprises.get_mut("acme-inc").unwrap().owners.push("ada".into()));
    // Half of all scopes at once is suspect at first.
    for n in 6..9 {
        gone_at(n);
    }
    assert_ne!(gone_at(9), Value::Null);
}

#[test]
fn a_role_that_a_pipeline_may_still_be_handed_is_not_unused() {
    let old = crate::settings::DEPLOY;
    let new = old.replace(crate::settings::ROLE, "${{ vars.ROLE }}");
    for (new, verdict) in [(Some(new), "cannot_tell"), (None, "yes")] {
        let mut world = world();
        let mut api = Repository::new("api").file(".github/workflows/old.yml", old);
        api.files.extend(new.map(|text| (".github/workflows/new.yml".to_owned(), text.into_bytes())));
        world.organisation("acme").repositories.push(api);
        let github = GitHub::start(world).unwrap();
        let estate = estate(&github, OWNERS, "");
        estate.record(&[scope("000000000000/iam.roles", &crate::settings::role("repo:acme/api:*"))]);
        assert_eq!(estate.scan_at(&day(1)).verdict("aws:AROA1", "orphaned").0, "no");
        github.change(|world| {
            let api = world.repository("acme/api");
            api.files.remove(".github/workflows/old.yml");
            api.pushed_at = Some("2026-11-02T00:00:00Z".into());
        });
        for n in 2..5 {
            estate.scan_at(&day(n));
        }
        let (answer, because) = estate.scan_at(&day(14)).verdict("aws:AROA1", "orphaned");
        assert_eq!(answer, verdict, "{because}");
    }
}
