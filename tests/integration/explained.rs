//! `explain` and `path` over a GitHub organisation: what they say is what the verdicts say.

use serde_json::{Value, json};
use whosekey_parts::github::{DeployKey, Environment, GitHub, PersonalAccessToken, Repository, Secret, World};

use crate::estate::{Estate, entity, known, link, scope};
use crate::github::{APPS, OWNERS, day, estate, world};

const ISSUER: &str = "https://token.actions.githubusercontent.com";
const ALL: &str = "acme/shop .github/workflows/all.yml";

/// A shop with two workflows, one of which takes all of its secrets.
fn shop() -> World {
    let workflow = |secrets: &str| {
        format!("on: push\njobs:\n  a:\n    environment: prod\n    steps: [ {{ run: '${{{{ {secrets} }}}}' }} ]\n")
    };
    let mut shop = Repository::new("shop")
        .file(".github/workflows/ci.yml", workflow("secrets.NPM"))
        .file(".github/workflows/all.yml", workflow("toJSON(secrets)"));
    shop.secrets = vec![Secret::new("NPM"), Secret::new("DB")];
    shop.environments = vec![Environment::new("prod")];
    shop.deploy_keys = vec![DeployKey { id: 9, added_by: Some("dave".into()), ..DeployKey::new("mirror") }];
    let mut world = world();
    let acme = world.organisation("acme");
    acme.secrets = vec![Secret::new("NPM"), Secret::new("SIGN")];
    acme.personal_access_tokens = vec![PersonalAccessToken { id: 17, ..PersonalAccessToken::new("nightly", "dave") }];
    acme.repositories = vec![shop, Repository::new("api")];
    world
}

fn scanned(github: &GitHub, token: &str) -> Estate {
    let estate = estate(github, token, "");
    let more = json!({ "created_at": known("2024-01-01T00:00:00Z"), "enabled": known(true), "name": "deployer" });
    let trusts = |subject: &str| link("aws:AROA1", "trusts", &format!("oidc:{ISSUER}#{subject}"));
    let role = [entity("aws:AROA1", "identity", more), trusts("repo:acme/*"), trusts("repo:acme/gone:ref:x")];
    estate.record(&[scope("000000000000/iam.roles", &role)]);
    estate.scan_at(&day(20));
    estate
}

fn said(estate: &Estate, arguments: &[&str]) -> String {
    let output = estate.run(&[arguments, &["--now", &day(20)]].concat());
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn explained(estate: &Estate, id: &str) -> Value {
    serde_json::from_str(&said(estate, &["explain", id, "--format", "json"])).unwrap()
}

/// `<name> <by which pattern>` of each holder.
fn holders(explained: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let all = explained["holders"].as_array().unwrap().iter();
    all.map(|holder| format!("{} {}", text(&holder["name"]), text(&holder["by_pattern"]))).collect()
}

#[test]
fn a_secret_that_a_workflow_takes_with_all_others_is_held_by_it() {
    let github = GitHub::start(shop()).unwrap();
    let estate = scanned(&github, APPS);
    let sign = explained(&estate, "SIGN");
    assert_eq!(sign["entity"]["verdicts"]["orphaned"]["reason"], "in_use");
    let pattern = sign["links_to"][0]["to"].as_str().unwrap();
    assert!(pattern.starts_with("github:secret/org/") && pattern.ends_with("/*"), "{pattern}");
    assert_eq!(holders(&sign), [format!("{ALL} {pattern}")]);
    assert!(said(&estate, &["explain", "SIGN"]).contains(&format!("{ALL} may use it.")));

    let held = holders(&explained(&estate, ALL));
    let names = |name: &str| held.iter().filter(|holder| holder.contains(name)).count();
    assert_eq!((names(" NPM "), names(" DB "), names(" SIGN ")), (2, 1, 1), "{held:?}");
    assert!(!said(&estate, &["path", ALL, "SIGN"]).contains("does not reach"));
    assert!(said(&estate, &["path", "acme/shop .github/workflows/ci.yml", "SIGN"]).contains("does not reach"));
}

#[test]
fn a_trust_shows_whom_it_lets_in_and_which_subject_is_not_there() {
    let github = GitHub::start(shop()).unwrap();
    let estate = scanned(&github, OWNERS);
    let role = explained(&estate, "deployer");
    let ends: Vec<_> =
        role["ends"].as_array().unwrap().iter().map(|end| (&end["standing"], &end["names_total"])).collect();
    assert_eq!(ends, [(&json!("unlisted"), &json!(2)), (&json!("absent"), &json!(0))], "{role:#}");
    assert!(said(&estate, &["explain", "deployer"]).contains("does not exist"));
    let gone = said(&estate, &["explain", &format!("oidc:{ISSUER}#repo:acme/gone:ref:x")]);
    assert!(gone.contains("it does not exist: gh/acme/repositories"), "{gone}");

    for subject in ["workflows of acme/shop", "acme/shop prod"] {
        let trusting = explained(&estate, subject);
        let links = trusting["links_to"].as_array().unwrap();
        assert!(links.iter().any(|link| link["kind"] == "trusts" && link["from"] == "aws:AROA1"), "{subject}");
    }
}

#[test]
fn a_repository_is_found_by_its_name_and_reaches_what_its_workflows_reach() {
    let github = GitHub::start(shop()).unwrap();
    let estate = scanned(&github, APPS);
    assert_eq!(explained(&estate, "acme/shop")["entity"]["type"], "github.repository");
    for (name, id) in [("mirror", "github:deploy-key/9"), ("nightly", "github:pat/17")] {
        assert_eq!(explained(&estate, name)["id"], id);
    }
    let way: Value =
        serde_json::from_str(&said(&estate, &["path", "acme/shop", "deployer", "--format", "json"])).unwrap();
    let kinds: Vec<_> = way["steps"].as_array().unwrap().iter().map(|step| step["link"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["part_of", "trusts"]);
    let several = estate.run(&["path", "NPM", "deployer"]);
    let said = String::from_utf8(several.stderr).unwrap();
    assert_eq!(several.status.code(), Some(2));
    assert!(
        said.contains("NPM (github.secret of acme), ") && said.contains("NPM (github.secret of acme/shop)"),
        "{said}"
    );
}

#[test]
fn two_workflows_do_not_share_the_identity_of_their_repository() {
    let github = GitHub::start(shop()).unwrap();
    let report = scanned(&github, APPS).scan_at(&day(20));
    let all = report.0["findings"].as_array().unwrap();
    let shared: Vec<_> = all.iter().filter(|finding| finding["rule"] == "shared").collect();
    assert!(shared.is_empty(), "{shared:#?}");
}
