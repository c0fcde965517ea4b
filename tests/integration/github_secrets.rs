//! What GitHub stores for workflows, through the whole program: which secrets no workflow uses, and what an archived
//! repository holds.

use whosekey_parts::github::{
    Deny, DeployKey, Environment, GitHub, Installation, Repository, Ruleset, Secret, World, id_of,
};

use crate::estate::{Report, known};
use crate::github::{APPS, OWNERS, day, estate, world};

/// A workflow of one job with these lines.
fn workflow(job: &str) -> String {
    format!("on: push\njobs:\n  a:\n    {job}\n")
}

/// A workflow that refers to a secret.
fn using(secret: &str) -> String {
    workflow(&format!("steps: [ {{ run: x, env: {{ T: '${{{{ secrets.{secret} }}}}' }} }} ]"))
}

fn secret(repository: &str, name: &str) -> String {
    format!("github:secret/repo/{}/{name}", id_of("repository", repository))
}

/// The verdict and its reason.
fn orphaned(report: &Report, id: &str) -> (String, String) {
    let verdict = &report.entity(id)["verdicts"]["orphaned"];
    let text = |key: &str| verdict[key].as_str().unwrap().to_owned();
    (text("verdict"), text("reason"))
}

fn is(report: &Report, id: &str, verdict: &str, reason: &str) {
    let because = report.verdict(id, "orphaned").1;
    assert_eq!(orphaned(report, id), (verdict.to_owned(), reason.to_owned()), "{id}: {because}");
}

/// The world in which acme has this repository alone.
fn with(repository: Repository) -> World {
    let mut world = world();
    world.organisation("acme").repositories = vec![repository];
    world
}

#[test]
fn a_secret_whose_workflow_is_deleted_has_outlived_it() {
    let mut shop =
        Repository::new("shop").file(".github/workflows/ci.yml", using("NPM")).file("CODEOWNERS", "* @ada\n");
    shop.secrets = vec![Secret::new("NPM")];
    let github = GitHub::start(with(shop)).unwrap();
    let estate = estate(&github, OWNERS, "");
    let npm = secret("shop", "NPM");
    let before = estate.scan_at(&day(1));
    is(&before, &npm, "no", "in_use");
    assert_eq!(before.verdict(&npm, "zombie").0, "cannot_tell", "GitHub tells nobody when one was used");
    github.change(|world| {
        let shop = world.repository("acme/shop");
        shop.files.remove(".github/workflows/ci.yml");
        shop.pushed_at = Some("2026-11-02T00:00:00Z".into());
    });
    for n in [2, 3] {
        estate.scan_at(&day(n));
    }
    is(&estate.scan_at(&day(12)), &npm, "yes", "consumer_gone");
}

#[test]
fn a_secret_that_no_workflow_refers_to_is_orphaned_and_one_that_may_be_used_is_not() {
    let mut shop = Repository::new("shop").file(".github/workflows/ci.yml", using("NPM"));
    let new = Secret { updated_at: "2026-10-30T00:00:00Z".into(), ..Secret::new("NEW") };
    shop.secrets = vec![Secret::new("NPM"), Secret::new("OLD"), new];
    shop.dependabot_secrets = vec![Secret::new("REGISTRY")];
    let mut world = with(shop);
    world.organisation("acme").secrets = vec![Secret::new("NPM"), Secret::new("SIGN")];
    let github = GitHub::start(world).unwrap();
    let estate = estate(&github, OWNERS, "");
    let report = estate.scan_at(&day(1));
    let of_organisation = |name: &str| format!("github:secret/org/{}/{name}", report_id(&report));
    let registry = format!("github:dependabot-secret/repo/{}/REGISTRY", id_of("repository", "shop"));
    for (id, verdict, reason) in [
        (secret("shop", "NPM"), "no", "in_use"),
        (secret("shop", "OLD"), "yes", "consumer_gone"),
        (secret("shop", "NEW"), "no", "in_grace"),
        (of_organisation("NPM"), "no", "in_use"),
        (of_organisation("SIGN"), "yes", "consumer_gone"),
        (registry, "cannot_tell", "consumers_not_exposed"),
    ] {
        is(&report, &id, verdict, reason);
    }
    let found = report.finding("orphaned", &secret("shop", "OLD")).unwrap();
    let because = found["because"].as_str().unwrap();
    assert!(
        because.starts_with("nothing that gh/acme/definitions lists uses it; it was made or set on 2025"),
        "{because}"
    );

    // Who refers to all of them may use any.
    for job in [
        "uses: acme/ci/.github/workflows/x.yml@v1\n    secrets: inherit",
        "steps: [ { run: '${{ toJSON(secrets) }}' } ]",
    ] {
        github.change(|world| {
            let shop = world.repository("acme/shop");
            shop.files.insert(".github/workflows/all.yml".into(), workflow(job).into_bytes());
            shop.pushed_at = Some(format!("2026-11-01T00:00:{:02}Z", job.len() % 60));
        });
        let report = estate.scan_at(&day(2));
        for id in [secret("shop", "OLD"), of_organisation("SIGN")] {
            is(&report, &id, "no", "in_use");
        }
    }
}

/// GitHub's id of the organisation.
fn report_id(report: &Report) -> String {
    let all = report.0["entities"].as_array().unwrap();
    let ids = all.iter().filter_map(|entity| entity["id"].as_str());
    ids.filter_map(|id| id.strip_prefix("github:organization/")).next().unwrap().to_owned()
}

#[test]
fn what_a_ruleset_requires_may_use_secrets_although_it_stands_in_an_archived_repository_or_is_only_evaluated() {
    let in_attic = Ruleset::requiring(id_of("repository", "attic"), ".github/workflows/scan.yml");
    let evaluated = Ruleset {
        enforcement: "EVALUATE",
        ..Ruleset::requiring(id_of("repository", "ci"), ".github/workflows/scan.yml")
    };
    for (ruleset, verdict, reason) in [(in_attic, "cannot_tell", "consumers_not_exposed"), (evaluated, "no", "in_use")]
    {
        let mut shop = Repository::new("shop").file(".github/workflows/ci.yml", workflow("steps: []"));
        shop.secrets = vec![Secret::new("NPM")];
        shop.rulesets = vec![ruleset];
        let mut world = with(shop);
        let with_scan = |name: &str| Repository::new(name).file(".github/workflows/scan.yml", using("NPM"));
        let attic = Repository { archived: true, ..with_scan("attic") };
        world.organisation("acme").repositories.extend([attic, with_scan("ci")]);
        world.organisation("acme").secrets = vec![Secret::new("NPM")];
        let github = GitHub::start(world).unwrap();
        let estate = estate(&github, OWNERS, "");
        estate.scan_at(&day(1));
        let report = estate.scan_at(&day(12));
        is(&report, &secret("shop", "NPM"), verdict, reason);
        is(&report, &format!("github:secret/org/{}/NPM", report_id(&report)), "no", "in_use");
    }
}

#[test]
fn what_github_reads_itself_and_what_a_disabled_repository_may_use_is_not_unused() {
    let mut shop = Repository::new("shop").file(".github/workflows/ci.yml", using("NPM"));
    shop.secrets = vec![Secret::new("ACTIONS_STEP_DEBUG"), Secret::new("OLD")];
    let mut world = with(shop);
    let acme = world.organisation("acme");
    acme.secrets = vec![Secret::new("NPM"), Secret::new("SIGN"), Secret::new("ACTIONS_RUNNER_DEBUG")];
    let github = GitHub::start(world).unwrap();
    let estate = estate(&github, OWNERS, "");
    let report = estate.scan_at(&day(1));
    let of_organisation = |name: &str| format!("github:secret/org/{}/{name}", report_id(&report));
    for id in [secret("shop", "ACTIONS_STEP_DEBUG"), of_organisation("ACTIONS_RUNNER_DEBUG")] {
        is(&report, &id, "cannot_tell", "consumers_not_exposed");
    }
    is(&report, &of_organisation("SIGN"), "yes", "consumer_gone");

    github.change(|world| {
        let api = Repository::new("api").file(".github/workflows/ci.yml", using("SIGN"));
        world.organisation("acme").repositories.push(Repository { disabled: true, ..api });
    });
    let report = estate.scan_at(&day(2));
    is(&report, &of_organisation("SIGN"), "cannot_tell", "consumers_not_exposed");
    is(&report, &of_organisation("NPM"), "no", "in_use");
    is(&report, &secret("shop", "OLD"), "yes", "consumer_gone");
}

type Break = fn(&mut World);

#[test]
fn workflows_that_were_not_all_seen_make_no_secret_an_orphan() {
    let mut shop = Repository::new("shop").file(".github/workflows/ci.yml", using("NPM"));
    shop.secrets = vec![Secret::new("OLD")];
    let mut world = with(shop);
    world.organisation("acme").repositories.push(Repository::new("other").file(".github/workflows/ci.yml", using("X")));
    world.organisation("acme").secrets = vec![Secret::new("SIGN")];
    let github = GitHub::start(world).unwrap();
    let old = secret("shop", "OLD");
    let breaks: [(&str, Break); 2] = [
        ("a listing of files is refused", |world| world.deny("/repos/acme/other/git/trees/**", Deny::NotFound)),
        ("files are refused", |world| world.deny("/graphql", Deny::NotAccessible)),
    ];
    for (what, breaks) in breaks {
        let estate = estate(&github, OWNERS, "");
        github.change(breaks);
        let because = estate.scan_at(&day(1)).verdict(&old, "orphaned").1;
        assert!(
            because.contains("gh/acme/definitions, which lists all that may, was not complete"),
            "{what}: {because}"
        );
        github.change(World::allow_everything);
    }
    let skipping = estate(&github, OWNERS, "skip = [\"definitions\"]\n").scan_at(&day(1));
    is(&skipping, &old, "cannot_tell", "consumers_not_exposed");

    // Who is not known to see all repositories cannot tell where the organisation's may be used.
    let some = estate(&github, APPS, "").scan_at(&day(1));
    is(&some, &old, "yes", "consumer_gone");
    is(&some, &format!("github:secret/org/{}/SIGN", report_id(&some)), "cannot_tell", "consumers_not_exposed");
}

#[test]
fn an_environments_secret_is_used_by_jobs_of_its_environment_alone() {
    let job = |environment: &str| {
        workflow(&format!("environment: {environment}\n    steps: [ {{ run: '${{{{ secrets.DB }}}}' }} ]"))
    };
    let mut shop = Repository::new("shop").file(".github/workflows/ci.yml", job("Prod"));
    let of = |name: &str, id| Environment { id, secrets: vec![Secret::new("DB")], ..Environment::new(name) };
    shop.environments = vec![of("prod", 1), of("stage", 2), of("copilot", 3)];
    let github = GitHub::start(with(shop)).unwrap();
    let estate = estate(&github, OWNERS, "");
    let id = |environment: u64| format!("github:secret/environment/{environment}/DB");
    let report = estate.scan_at(&day(1));
    is(&report, &id(1), "no", "in_use");
    is(&report, &id(2), "yes", "consumer_gone");
    is(&report, &id(3), "cannot_tell", "consumers_not_exposed");
    github.change(|world| {
        let shop = world.repository("acme/shop");
        shop.files.insert(".github/workflows/cd.yml".into(), job("'${{ inputs.stage }}'").into_bytes());
        shop.pushed_at = Some("2026-11-02T00:00:00Z".into());
    });
    is(&estate.scan_at(&day(2)), &id(2), "no", "in_use");
}

#[test]
fn what_is_switched_off_or_archived_is_judged_by_what_github_says() {
    let mut world = world();
    let acme = world.organisation("acme");
    let suspended_at = Some(("2026-01-01T00:00:00Z".to_owned(), "ada".to_owned()));
    acme.installations.push(Installation {
        id: 3,
        suspended_at,
        ..Installation::new("linter", &[("contents", "write")])
    });
    let key = |id, last_used: &str| DeployKey {
        id,
        last_used: Some(last_used.to_owned()),
        created_at: "2024-01-01T00:00:00Z".into(),
        ..DeployKey::new("attic")
    };
    let attic = Repository {
        archived: true,
        deploy_keys: vec![key(9, "2025-01-01T00:00:00Z"), key(10, "2026-10-31T00:00:00Z")],
        secrets: vec![Secret::new("NPM"), Secret::new("OLD")],
        dependabot_secrets: vec![Secret::new("REGISTRY")],
        environments: vec![Environment { id: 4, secrets: vec![Secret::new("DB")], ..Environment::new("prod") }],
        ..Repository::new("attic").file(".github/workflows/ci.yml", using("NPM"))
    };
    acme.repositories.push(attic);
    let github = GitHub::start(world).unwrap();
    let estate = estate(&github, APPS, "");
    let secrets = [
        secret("attic", "NPM"),
        secret("attic", "OLD"),
        format!("github:dependabot-secret/repo/{}/REGISTRY", id_of("repository", "attic")),
        "github:secret/environment/4/DB".to_owned(),
    ];
    let report = estate.scan_at(&day(1));
    for id in &secrets {
        is(&report, id, "no", "in_grace");
    }
    // The listing does not tell since when it is archived: the grace begins with the scan that saw it.
    let report = estate.scan_at(&day(9));
    for id in &secrets {
        is(&report, id, "yes", "consumer_gone");
        let because = report.finding("orphaned", id).unwrap()["because"].as_str().unwrap();
        assert!(because.contains("within which alone it can be used, was found switched off (archived)"), "{because}");
    }

    // A key of it still lets in: only for want of use is it a zombie, and never an orphan.
    let key = report.entity("github:deploy-key/9");
    assert_eq!(key["verdicts"]["zombie"]["reason"], "unused", "{key:#}");
    assert_eq!(key["attributes"]["repository_archived"], true);
    let because = report.finding("zombie", "github:deploy-key/9").unwrap()["because"].as_str().unwrap();
    assert!(because.ends_with("acme/attic, which it is part of, is switched off (archived)"), "{because}");
    assert_eq!(report.verdict("github:deploy-key/10", "zombie").0, "no", "it was used ten days ago");
    for id in ["github:deploy-key/9", "github:deploy-key/10"] {
        assert_eq!(report.verdict(id, "orphaned").0, "no");
    }

    let installation = report.entity("github:installation/3");
    assert_eq!(installation["enabled"], known(false));
    for rule in ["orphaned", "zombie", "ownerless"] {
        assert!(report.finding(rule, "github:installation/3").is_none(), "it cannot do anything: {rule}");
    }
}

#[test]
fn a_secret_that_only_another_branch_refers_to_is_used_until_that_branch_is_gone() {
    let ci = ".github/workflows/ci.yml";
    let mut shop = Repository::new("shop").file(ci, using("NPM")).branch("release", &[(ci, &using("SIGN"))]);
    shop.secrets = vec![Secret::new("NPM"), Secret::new("SIGN"), Secret::new("OLD")];
    let github = GitHub::start(with(shop)).unwrap();
    let estate = estate(&github, OWNERS, "");
    let report = estate.scan_at(&day(1));
    is(&report, &secret("shop", "SIGN"), "no", "in_use");
    is(&report, &secret("shop", "OLD"), "yes", "consumer_gone");
    github.change(|world| {
        let shop = world.repository("acme/shop");
        shop.branches.clear();
        shop.pushed_at = Some("2026-11-02T00:00:00Z".into());
    });
    for n in [2, 3] {
        estate.scan_at(&day(n));
    }
    is(&estate.scan_at(&day(4)), &secret("shop", "SIGN"), "no", "in_grace");
    let report = estate.scan_at(&day(12));
    is(&report, &secret("shop", "SIGN"), "yes", "consumer_gone");
    let because = report.finding("orphaned", &secret("shop", "SIGN")).unwrap()["because"].as_str().unwrap();
    assert!(because.contains("ci.yml did so until 2026-11-02"), "{because}");
}

#[test]
fn of_what_a_branch_may_use_that_is_too_large_to_be_read_nothing_is_said() {
    let ci = ".github/workflows/ci.yml";
    let large = "#".repeat(2 << 20);
    let mut shop = Repository::new("shop").file(ci, using("NPM")).branch("draft", &[(ci, &large)]);
    shop.secrets = vec![Secret::new("NPM"), Secret::new("OLD")];
    let mut other = Repository::new("other").file(ci, using("NPM"));
    other.secrets = vec![Secret::new("UNUSED")];
    let mut world = with(shop);
    world.organisation("acme").repositories.push(other);
    let github = GitHub::start(world).unwrap();
    let report = estate(&github, OWNERS, "").scan_at(&day(1));
    is(&report, &secret("shop", "NPM"), "no", "in_use");
    is(&report, &secret("shop", "OLD"), "cannot_tell", "consumers_not_exposed");
    let because = report.verdict(&secret("shop", "OLD"), "orphaned").1;
    assert!(
        because.starts_with(
            "what may use it is not known: acme/shop: .github/workflows/ci.yml of its branch draft is larger"
        ),
        "{because}"
    );
    is(&report, &secret("other", "UNUSED"), "yes", "consumer_gone");
}

#[test]
fn a_workflow_that_is_broken_uses_what_it_names_and_hides_nothing_else() {
    let broken = "jobs: [ '${{ secrets.NPM }}'";
    let mut shop = Repository::new("shop").file(".github/workflows/ci.yml", broken);
    shop.secrets = vec![Secret::new("NPM"), Secret::new("OLD")];
    let github = GitHub::start(with(shop)).unwrap();
    let report = estate(&github, OWNERS, "").scan_at(&day(1));
    is(&report, &secret("shop", "NPM"), "no", "in_use");
    is(&report, &secret("shop", "OLD"), "yes", "consumer_gone");
}
