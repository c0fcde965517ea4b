//! What is found in an account that is whole.

use whosekey_parts::moto::{ACCOUNT, Moto};
use whosekey_sdk::http::Limits;
use whosekey_sdk::testkit::assert_contract;
use whosekey_sdk::{AccessLevel, Evidence, Fact, Kind, LinkKind, Outcome};

use crate::account::{ACCOUNT_WITH_ONE_OF_EACH, PLANTED, completed};
use crate::support::{REGION, aws, config, of, scan};

#[tokio::test(flavor = "multi_thread")]
async fn one_of_each_is_found_whole_and_linked() {
    let moto = Moto::start().unwrap();
    let ids: serde_json::Value = serde_json::from_str(&moto.script(ACCOUNT_WITH_ONE_OF_EACH, &[]).unwrap()).unwrap();
    let proxy = completed(&moto, &ids).start().unwrap();
    let source = aws(config(&proxy.url()), Limits::default());
    let all = scan(&source).await;
    for seen in &all {
        assert_eq!(seen.outcome, Outcome::Complete, "{}: {:?}", seen.scope.name, seen.issues);
    }
    let id = |name: &str| format!("aws:{}", ids[name].as_str().unwrap());
    let entity = |kind: &str, id: &str| {
        let found = of(&all, kind).collected.entities().find(|entity| entity.id.as_str() == id);
        found.unwrap_or_else(|| panic!("no {id} in {kind}")).clone()
    };
    let has_link = |scope: &str, from: &str, kind: LinkKind, to: &str| {
        let linked =
            |link: &&whosekey_sdk::Link| link.from.as_str() == from && link.kind == kind && link.to.as_str() == to;
        let found = of(&all, scope).collected.links().find(linked);
        found.unwrap_or_else(|| panic!("no {} from {from} to {to} in {scope}", kind.as_str())).clone()
    };

    let user = entity("iam.users", &id("user"));
    assert_eq!(user.attributes["environment"], "prod");
    // It also has an SSH key and a service credential, whose use nobody dates: so nothing is said of the user as a whole.
    assert_eq!(user.last_used_at, Fact::NotExposed);
    has_link("iam.users", &id("user"), LinkKind::OwnedBy, "email:ada@example.com");
    has_link("iam.users", &id("user"), LinkKind::PartOf, &format!("aws:account/{ACCOUNT}"));

    let key = entity("iam.access-keys", &id("key"));
    assert_eq!((key.kind, key.enabled, key.last_used_at), (Kind::Credential, Fact::Known(true), Fact::Known(None)));
    assert_eq!(entity("iam.access-keys", &id("off")).enabled, Fact::Known(false));
    assert_eq!(of(&all, "iam.access-keys").collected.entities().count(), 2);
    has_link("iam.access-keys", &id("key"), LinkKind::AuthenticatesAs, &id("user"));
    has_link("iam.service-credentials", "aws:ACCAEXAMPLE", LinkKind::AuthenticatesAs, &id("user"));
    assert_eq!(of(&all, "iam.ssh-keys").collected.entities().count(), 1);
    entity("iam.credential-report", &format!("{}/password", id("user")));

    let subject = "oidc:https://token.actions.githubusercontent.com#repo:acme/app:*";
    has_link("iam.roles", &id("deploy"), LinkKind::Trusts, subject);
    has_link("iam.roles", &id("partner"), LinkKind::Trusts, "aws:account/111111111111");
    let user_arn = format!("arn:aws:iam::{ACCOUNT}:user/ci");
    has_link("iam.roles", &user_arn, LinkKind::Assumes, &id("named"));
    let admin = has_link("iam.access", &id("user"), LinkKind::CanAccess, &format!("aws:account/{ACCOUNT}"));
    assert_eq!(admin.level, Some(AccessLevel::Admin));
    assert_eq!(of(&all, "iam.oidc-providers").collected.entities().count(), 1);
    assert_eq!(entity("iam.account", &format!("aws:account/{ACCOUNT}")).name, "acme-prod");

    let function = format!("aws:arn:aws:lambda:{REGION}:{ACCOUNT}:function:etl");
    has_link("lambda.functions", &function, LinkKind::RunsAs, &format!("arn:aws:iam::{ACCOUNT}:role/function"));
    has_link("lambda.functions", &function, LinkKind::Holds, &id("key"));
    let profile = format!("arn:aws:iam::{ACCOUNT}:instance-profile/web");
    has_link("ec2.instances", &id("instance_id"), LinkKind::RunsAs, &profile);
    has_link("ec2.instances", &id("instance_id"), LinkKind::OwnedBy, "owner:platform");
    let role = entity("iam.roles", &id("instance"));
    assert!(role.aliases.iter().any(|alias| alias.as_str() == profile));
    let service = format!("aws:arn:aws:ecs:{REGION}:{ACCOUNT}:service/main/api");
    has_link("ecs.workloads", &service, LinkKind::RunsAs, &format!("arn:aws:iam::{ACCOUNT}:role/task"));
    let agent_role = format!("arn:aws:iam::{ACCOUNT}:role/agent");
    for kind in ["bedrock.agents", "agentcore.runtimes"] {
        let seen = of(&all, kind);
        assert!(
            seen.collected.links().any(|link| link.kind == LinkKind::RunsAs && link.to.as_str() == agent_role),
            "{kind}"
        );
        assert!(seen.collected.entities().all(|agent| agent.kind == Kind::Agent), "{kind}");
    }
    let credential = format!("aws:arn:aws:bedrock:{REGION}:{ACCOUNT}:knowledge-base/KB1/credentials");
    let components = of(&all, "bedrock.components").collected.links().collect::<Vec<_>>();
    assert!(components.iter().any(|link| link.kind == LinkKind::Holds && link.to.as_str() == credential));
    let function_arn = function.trim_start_matches("aws:");
    assert!(components.iter().any(|link| link.kind == LinkKind::PartOf && link.from.as_str() == function_arn));
    has_link("agentcore.gateways", "aws:arn:gateway", LinkKind::Holds, "aws:arn:search");
    has_link("agentcore.harnesses", "aws:arn:harness", LinkKind::RunsAs, &agent_role);
    has_link("tagging.owners", function_arn, LinkKind::OwnedBy, "owner:data");
    has_link("account.contacts", &format!("aws:root/{ACCOUNT}"), LinkKind::OwnedBy, "email:sec@example.com");
    for kind in
        ["bedrock.agents", "agentcore.runtimes", "agentcore.gateways", "agentcore.memories", "agentcore.harnesses"]
    {
        assert!(of(&all, kind).collected.entities().all(|agent| agent.attributes.contains_key("registry")), "{kind}");
    }
    assert_eq!(of(&all, "secretsmanager.secrets").collected.entities().count(), 1);
    assert_eq!(of(&all, "ssm.parameters").collected.entities().count(), 1, "only the encrypted one");

    let made = has_link("cloudtrail.creators", &id("key"), LinkKind::CreatedBy, &id("deploy"));
    assert_eq!(made.evidence, Evidence::Observed);
    has_link("cloudtrail.sessions", &id("user"), LinkKind::Assumes, &format!("arn:aws:iam::{ACCOUNT}:role/named"));

    let said = format!("{:?}", all.iter().map(|seen| (&seen.collected.records, &seen.issues)).collect::<Vec<_>>());
    assert!(PLANTED.iter().all(|secret| !said.contains(secret)), "a planted secret is told");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_contract_is_kept() {
    let moto = Moto::start().unwrap();
    let ids: serde_json::Value = serde_json::from_str(&moto.script(ACCOUNT_WITH_ONE_OF_EACH, &[]).unwrap()).unwrap();
    let proxy = completed(&moto, &ids).start().unwrap();
    // The audit log answers two lookups a second, and the contract lists everything many times.
    let quick = whosekey_aws::Config { skip: vec!["cloudtrail".into()], ..config(&proxy.url()) };
    assert_contract(&aws(quick, Limits::default()), PLANTED).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_is_looked_into_account_by_account() {
    const ORGANIZATION: &str = r#"
import sys, boto3
organizations = boto3.client("organizations", endpoint_url=sys.argv[1])
organizations.create_organization(FeatureSet="ALL")
made = organizations.create_account(AccountName="acme dev", Email="dev@example.com")["CreateAccountStatus"]
print(made["AccountId"], end="")
sts = boto3.client("sts", endpoint_url=sys.argv[1])
key = sts.assume_role(RoleArn=f"arn:aws:iam::{made['AccountId']}:role/whosekey-audit", RoleSessionName="test")["Credentials"]
iam = boto3.client("iam", endpoint_url=sys.argv[1], aws_access_key_id=key["AccessKeyId"],
                   aws_secret_access_key=key["SecretAccessKey"], aws_session_token=key["SessionToken"])
iam.create_user(UserName="dev-ci")
"#;
    let moto = Moto::start().unwrap();
    let other = moto.script(ORGANIZATION, &[]).unwrap();
    let only_users = ["cloudtrail", "lambda", "ecs", "ec2", "eks", "bedrock", "agentcore", "secretsmanager", "ssm"];
    let config = whosekey_aws::Config {
        accounts: whosekey_aws::Accounts::Word("organization".into()),
        role_name: Some("whosekey-audit".into()),
        skip: only_users.map(str::to_owned).to_vec(),
        ..config(&moto.url())
    };
    let all = scan(&aws(config, Limits::default())).await;
    let accounts = of(&all, "organizations.accounts");
    assert!(accounts.collected.links().any(|link| link.to.as_str() == "email:dev@example.com"));
    let users = all.iter().find(|seen| seen.scope.name == format!("{other}/iam.users")).unwrap();
    assert_eq!(users.outcome, Outcome::Complete, "{:?}", users.issues);
    let names: Vec<_> = users.collected.entities().map(|user| user.name.as_str()).collect();
    assert_eq!(names, ["dev-ci"]);
}
