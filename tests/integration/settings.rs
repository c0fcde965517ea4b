//! Settings that come to leave something out: what is not looked for is not gone.

use serde_json::{Value, json};
use whosekey_parts::github::{DeployKey, GitHub, Member, PersonalAccessToken, Repository, Secret, id_of};

use crate::estate::{Estate, entity, known, link, scope};
use crate::github::{APPS, OWNERS, day, estate, world};

pub(crate) const ROLE: &str = "arn:aws:iam::000000000000:role/deploy";

/// A workflow that becomes the role and uses a secret.
pub(crate) const DEPLOY: &str = "on: push\npermissions: { id-token: write }\njobs:\n  a:\n    steps:\n      - uses: aws-actions/configure-aws-credentials@v4\n        with: { role-to-assume: 'arn:aws:iam::000000000000:role/deploy' }\n      - run: npm publish\n        env: { TOKEN: '${{ secrets.NPM }}' }\n";

pub(crate) fn role(subject: &str) -> Vec<Value> {
    let more = json!({"aliases": [ROLE], "created_at": known("2024-01-01T00:00:00Z"), "enabled": known(true)});
    let trusted = format!("oidc:https://token.actions.githubusercontent.com#{subject}");
    vec![entity("aws:AROA1", "identity", more), link("aws:AROA1", "trusts", &trusted)]
}

/// Configures the source of GitHub anew.
fn configure(estate: &Estate, github: &GitHub, more: &str) {
    let url = github.url();
    let source = "[sources.gh]\nconnector = \"github\"\ntoken = { file = \"token\" }\n";
    estate.configure(&format!("{source}endpoint_url = \"{url}\"\n{more}"));
}

#[test]
fn a_kind_of_scope_that_the_settings_come_to_skip_makes_nothing_orphaned() {
    for skip in ["members", "repositories", "definitions"] {
        let mut world = world();
        let acme = world.organisation("acme");
        let mut api = Repository::new("api").file(".github/workflows/deploy.yml", DEPLOY);
        api.secrets = vec![Secret::new("NPM")];
        api.deploy_keys = vec![DeployKey { id: 9, added_by: Some("dave".into()), ..DeployKey::new("deploy") }];
        acme.repositories.push(api);
        acme.members.push(Member::new("dave"));
        acme.personal_access_tokens =
            vec![PersonalAccessToken { id: 17, ..PersonalAccessToken::new("nightly", "dave") }];
        let github = GitHub::start(world).unwrap();
        let estate = estate(&github, APPS, "");
        estate.record(&[scope("000000000000/iam.roles", &role("repo:acme/api:*"))]);
        let secret = format!("github:secret/repo/{}/NPM", id_of("repository", "api"));
        let ids = ["aws:AROA1", "github:deploy-key/9", "github:pat/17", &secret];
        let before = estate.scan_at(&day(1));
        configure(&estate, &github, &format!("organizations = [\"acme\"]\nskip = [\"{skip}\"]\n"));
        for n in 2..6 {
            estate.scan_at(&day(n));
        }
        let after = estate.scan_at(&day(14));
        for id in ids {
            let (verdict, because) = after.verdict(id, "orphaned");
            assert_ne!(before.verdict(id, "orphaned").0, "yes", "{id}");
            assert_ne!(verdict, "yes", "without {skip}: {id}: {because}");
        }
    }
}

#[test]
fn an_organisation_that_the_settings_name_no_more_is_not_gone() {
    let mut world = world();
    let tools = world.organisation("tools");
    tools.members = vec![Member::owner("ada")];
    tools.repositories = vec![Repository::new("api").file(".github/workflows/deploy.yml", DEPLOY)];
    tools.repositories[0].deploy_keys = vec![DeployKey { id: 9, ..DeployKey::new("deploy") }];
    let github = GitHub::start(world).unwrap();
    let estate = estate(&github, OWNERS, "");
    estate.record(&[scope("000000000000/iam.roles", &role("repo:tools/api:*"))]);
    configure(&estate, &github, "organizations = [\"acme\", \"tools\"]\n");
    estate.scan_at(&day(1));
    configure(&estate, &github, "organizations = [\"acme\"]\n");
    for n in 2..6 {
        estate.scan_at(&day(n));
    }
    let report = estate.scan_at("2027-05-20T00:00:00Z");
    for id in ["aws:AROA1", "github:deploy-key/9"] {
        let (verdict, because) = report.verdict(id, "orphaned");
        assert_ne!(verdict, "yes", "{id}: {because}");
    }
    assert_eq!(report.entity("github:deploy-key/9")["gone_at"], Value::Null);
    let (verdict, because) = report.verdict("github:deploy-key/9", "zombie");
    assert_ne!(verdict, "yes", "nobody looked whether it is used: {because}");
    let left_out = report.coverage("tools/deploy-keys");
    assert_eq!((&left_out["outcome"], &left_out["issues"][0]["kind"]), (&json!("failed"), &json!("unsupported")));
}
