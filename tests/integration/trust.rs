//! What clouds trust of GitHub, through the whole program: transfers, subjects with ids, and trust of Entra and of Google.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};
use whosekey_parts::github::{DeployKey, Environment, GitHub, Member, OidcSubject, Repository, Secret, World, id_of};

use crate::estate::{Estate, Report, entity, known, link, scope};

const ISSUER: &str = "https://token.actions.githubusercontent.com";
const OWNERS: &str = "ghp_owner";
const NAMESAKE: &str = "whoever makes a repository of that name may become it";
const IDS: &str = "nobody else can have it, for the ids in it are given only once";
const HELD: &str = "the tokens of the repository of that name have other subjects";

const WORKFLOW: &str =
    "on: push\njobs:\n  ship:\n    environment: prod\n    steps: [{ run: \"./ship ${{ secrets.DB }}\" }]\n";

/// Two organisations of one owner; a shop in the first, with what moves with it.
fn world() -> World {
    let mut world = World::new();
    world.classic_token(OWNERS, "ada", &["repo", "admin:org", "admin:org_hook"]);
    let mut shop = Repository::new("shop").file(".github/workflows/ci.yml", WORKFLOW);
    shop.deploy_keys = vec![DeployKey { id: 9, added_by: Some("ada".into()), ..DeployKey::new("deploy") }];
    shop.secrets = vec![Secret::new("DB")];
    shop.environments = vec![Environment::new("prod")];
    for (login, repositories) in
        [("acme", vec![shop, Repository::new("api")]), ("globex", vec![Repository::new("web")])]
    {
        let organisation = world.organisation(login);
        organisation.members = vec![Member::owner("ada")];
        organisation.repositories = repositories;
    }
    world
}

fn estate(github: &GitHub, organisations: &[&str]) -> Estate {
    let estate = Estate::new();
    std::fs::write(estate.path("token"), OWNERS).unwrap();
    std::fs::set_permissions(estate.path("token"), std::fs::Permissions::from_mode(0o600)).unwrap();
    estate.configure(&format!(
        "[sources.gh]\nconnector = \"github\"\norganizations = {organisations:?}\ntoken = {{ file = \"token\" }}\n\
         endpoint_url = \"{}\"\nskip = [\"audit-log\", \"personal-access-tokens\", \"personal-access-token-requests\"]\n",
        github.url()
    ));
    estate
}

fn day(n: u32) -> String {
    format!("2026-11-{n:02}T00:00:00Z")
}

/// `repo:acme@9/shop@1:`, and what follows.
fn with_ids(owner: &str, name: &str, rest: &str) -> String {
    format!("repo:{owner}@{}/{name}@{}:{rest}", id_of("organisation", owner), id_of("repository", name))
}

/// An identity that trusts this subject of a workflow.
fn trusting(id: &str, subject: &str, audience: &str) -> [Value; 2] {
    let more = json!({ "created_at": known("2024-01-01T00:00:00Z"), "enabled": known(true) });
    let mut trusts = link(id, "trusts", &format!("oidc:{ISSUER}#{subject}"));
    trusts["link"]["attributes"] = json!({ "audiences": [audience] });
    [entity(id, "identity", more), trusts]
}

fn roles(estate: &Estate, all: &[(&str, &str)]) {
    let records: Vec<Value> = all.iter().flat_map(|(id, subject)| trusting(id, subject, "sts.amazonaws.com")).collect();
    estate.record(&[scope("000000000000/iam.roles", &records)]);
}

/// Severity and the end of the sentence of a `dangling-trust`.
fn dangles(report: &Report, id: &str) -> Option<(String, String)> {
    let finding = report.finding("dangling-trust", id)?;
    let because = finding["because"].as_str().unwrap();
    let (_, end) = because.rsplit_once(": ").unwrap_or_else(|| panic!("{because}"));
    Some((finding["severity"].as_str().unwrap().to_owned(), end.to_owned()))
}

fn said(severity: &str, end: &str) -> Option<(String, String)> {
    Some((severity.to_owned(), end.to_owned()))
}

#[test]
fn a_repository_that_moves_to_another_organisation_is_only_elsewhere() {
    let github = GitHub::start(world()).unwrap();
    let estate = estate(&github, &["acme", "globex"]);
    let (old, new) = (with_ids("acme", "shop", "*"), with_ids("globex", "shop", "ref:refs/heads/main"));
    roles(
        &estate,
        &[("aws:AROANAME", "repo:acme/shop:environment:prod"), ("aws:AROAOLD", &old), ("aws:AROANEW", &new)],
    );
    let before = estate.scan_at(&day(1));
    assert_eq!(dangles(&before, "aws:AROANAME"), None);
    assert_eq!(dangles(&before, "aws:AROAOLD"), None);
    assert_eq!(dangles(&before, "aws:AROANEW"), said("medium", IDS));

    github.change(|world| world.move_repository("acme/shop", "globex/shop"));
    for n in 2..5 {
        let after = estate.scan_at(&day(n));
        // One scan of its former organisation that misses it is not enough to take its name from it.
        let is_confirmed = n > 2;
        let name = said("high", NAMESAKE).filter(|_| is_confirmed);
        assert_eq!(dangles(&after, "aws:AROANAME"), name, "day {n}");
        assert_eq!(dangles(&after, "aws:AROAOLD"), said("medium", IDS).filter(|_| is_confirmed), "day {n}");
        assert_eq!(dangles(&after, "aws:AROANEW"), None, "day {n}");
        let id = id_of("repository", "shop");
        let moved = [
            format!("github:repo/{id}"),
            format!("github:workflow-identity/{id}"),
            format!("github:workflow/{id}/.github/workflows/ci.yml"),
            format!("github:secret/repo/{id}/DB"),
            format!("github:environment/{}", id_of("environment", "prod")),
            "github:deploy-key/9".to_owned(),
        ];
        for id in &moved {
            let entity = after.entity(id);
            assert_eq!(entity["gone_at"], Value::Null, "day {n}: {id}");
            assert!(after.finding("orphaned", id).is_none(), "day {n}: {id}");
        }
        assert_eq!(after.verdict("github:deploy-key/9", "orphaned").0, "no", "day {n}");
        if is_confirmed {
            assert_eq!(after.entity(&moved[0])["name"], "globex/shop");
            assert_eq!(after.entity("github:deploy-key/9")["attributes"]["repository"], "globex/shop");
        }
    }
}

#[test]
fn a_repository_that_moves_out_of_sight_leaves_its_name_behind() {
    let github = GitHub::start(world()).unwrap();
    let estate = estate(&github, &["acme"]);
    let ids = with_ids("acme", "shop", "*");
    let name = ("aws:AROANAME", "repo:acme/shop:ref:refs/heads/main");
    roles(&estate, &[name, ("aws:AROAIDS", &ids), ("aws:AROAAPI", "repo:acme/api:*")]);
    assert_eq!(dangles(&estate.scan_at(&day(1)), "aws:AROANAME"), None);
    github.change(|world| world.move_repository("acme/shop", "globex/shop"));
    // One scan that misses it is not enough.
    assert_eq!(dangles(&estate.scan_at(&day(2)), "aws:AROANAME"), None);
    let after = estate.scan_at(&day(3));
    assert_eq!(dangles(&after, "aws:AROANAME"), said("high", NAMESAKE));
    assert_eq!(dangles(&after, "aws:AROAIDS"), said("medium", IDS));
    assert_eq!(dangles(&after, "aws:AROAAPI"), None);
    // Somebody makes another of that name: it has ids, and is not let in.
    github.change(|world| {
        let oidc_subject = Some(OidcSubject { claims: None, immutable: true });
        let other = Repository { id: 77, oidc_subject, ..Repository::new("shop") };
        world.organisation("acme").repositories.push(other);
    });
    assert_eq!(dangles(&estate.scan_at(&day(4)), "aws:AROANAME"), said("medium", HELD));
}

#[test]
fn a_name_that_no_token_of_its_repository_has_any_more_lets_nobody_in() {
    let github = GitHub::start(world()).unwrap();
    let estate = estate(&github, &["acme"]);
    let ids = with_ids("acme", "shop", "environment:prod");
    let number = format!("repository_id:{}:ref:refs/heads/main", id_of("repository", "shop"));
    let all =
        [("aws:AROANAME", "repo:acme/shop:environment:prod"), ("aws:AROAIDS", &*ids), ("aws:AROANUMBER", &*number)];
    roles(&estate, &all);
    let before = estate.scan_at(&day(1));
    assert!(all.iter().all(|(id, _)| dangles(&before, id).is_none()));
    let say = |claims: Option<&[&str]>, immutable| {
        let claims = claims.map(|claims| claims.iter().map(ToString::to_string).collect());
        github.change(|world| world.repository("acme/shop").oidc_subject = Some(OidcSubject { claims, immutable }));
    };

    say(None, true);
    let with_ids = estate.scan_at(&day(2));
    assert_eq!(dangles(&with_ids, "aws:AROANAME"), said("medium", HELD));
    assert_eq!(dangles(&with_ids, "aws:AROAIDS"), None);

    // What a repository says is refused: nobody can tell, and what was found is not taken back.
    github.change(|world| world.deny("/repos/acme/shop/actions/oidc/**", whosekey_parts::github::Deny::NotFound));
    let refused = estate.scan_at(&day(3));
    assert_eq!(dangles(&refused, "aws:AROANAME"), said("medium", HELD));
    github.change(World::allow_everything);

    say(Some(&["repository_id", "context"]), false);
    let by_number = estate.scan_at(&day(4));
    assert_eq!(dangles(&by_number, "aws:AROANAME"), said("medium", HELD));
    assert_eq!(dangles(&by_number, "aws:AROANUMBER"), None);
    let identity = by_number.entity(&format!("github:workflow-identity/{}", id_of("repository", "shop")));
    assert_eq!(identity["attributes"]["oidc_claims"], json!(["repository_id", "context"]));
    let workflow = format!("github:workflow/{}/.github/workflows/ci.yml", id_of("repository", "shop"));
    let path = estate.run(&["path", &workflow, "aws:AROANUMBER"]);
    assert!(!String::from_utf8_lossy(&path.stdout).contains("does not reach"));

    say(None, false);
    let as_before = estate.scan_at(&day(5));
    assert_eq!(dangles(&as_before, "aws:AROANAME"), None);
}

#[test]
fn trust_of_entra_and_of_google_meets_the_same_subjects() {
    let github = GitHub::start(world()).unwrap();
    let estate = estate(&github, &["acme"]);
    let (entra, google) = ("api://AzureADTokenExchange", "//iam.googleapis.com/projects/1/locations/global/x");
    let applications: Vec<Value> = [
        trusting("entra:11111111-0000-0000-0000-000000000001", "repo:acme/shop:environment:prod", entra),
        trusting("entra:11111111-0000-0000-0000-000000000002", "repo:acme/gone:environment:prod", entra),
    ]
    .into_iter()
    .flatten()
    .collect();
    // A provider's condition on the repository lets in all of its subjects.
    let accounts: Vec<Value> =
        [trusting("gcp:101", "repo:acme/shop:*", google), trusting("gcp:102", "repo:acme/gone:*", google)]
            .into_iter()
            .flatten()
            .collect();
    estate.record(&[scope("contoso/applications", &applications), scope("acme-prod/service-accounts", &accounts)]);
    let report = estate.scan_at(&day(1));
    let workflow = format!("github:workflow/{}/.github/workflows/ci.yml", id_of("repository", "shop"));
    for (there, gone) in [
        ("entra:11111111-0000-0000-0000-000000000001", "entra:11111111-0000-0000-0000-000000000002"),
        ("gcp:101", "gcp:102"),
    ] {
        assert_eq!(dangles(&report, there), None);
        assert_eq!(dangles(&report, gone), said("high", NAMESAKE));
        assert_eq!(report.verdict(gone, "orphaned").0, "yes");
        assert_eq!(report.entity(gone)["verdicts"]["orphaned"]["reason"], "parent_gone");
        let path = estate.run(&["path", &workflow, there]);
        let path = String::from_utf8_lossy(&path.stdout).into_owned();
        assert!(!path.contains("does not reach"), "{path}");
        let path = estate.run(&["path", &workflow, gone]);
        assert!(String::from_utf8_lossy(&path.stdout).contains("does not reach"), "{gone}");
    }
}
