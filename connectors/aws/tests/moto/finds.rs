//! What is found in an account that is whole.

use serde_json::json;
use whosekey_parts::moto::{ACCOUNT, Moto};
use whosekey_parts::proxy::{Plan, Proxy, Published, Then, When};
use whosekey_sdk::http::Limits;
use whosekey_sdk::testkit::assert_contract;
use whosekey_sdk::{AccessLevel, Evidence, Fact, Kind, LinkKind, Outcome};

use crate::support::{REGION, aws, config, of, scan};

/// One of everything that the stand-in can make; prints the ids that only it knows.
const ACCOUNT_WITH_ONE_OF_EACH: &str = r##"
import json, sys
import boto3
def client(name): return boto3.client(name, endpoint_url=sys.argv[1], region_name="eu-west-1")
iam = client("iam")
def trust(principal, condition=None):
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    if condition: statement["Condition"] = condition
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
ids = {}
user = iam.create_user(UserName="ci", Tags=[{"Key": "Owner", "Value": "Ada@example.com"}, {"Key": "env", "Value": "prod"},
                                           {"Key": "note", "Value": "planted-secret-in-a-tag"}])["User"]
ids["user"] = user["UserId"]
ids["key"] = iam.create_access_key(UserName="ci")["AccessKey"]["AccessKeyId"]
off = iam.create_access_key(UserName="ci")["AccessKey"]["AccessKeyId"]
iam.update_access_key(UserName="ci", AccessKeyId=off, Status="Inactive")
ids["off"] = off
iam.create_login_profile(UserName="ci", Password="planted-secret-password")
iam.put_user_policy(UserName="ci", PolicyName="admin", PolicyDocument=json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}))
iam.upload_ssh_public_key(UserName="ci", SSHPublicKeyBody="ssh-rsa AAAAB3NzaC1yc2E= ci")
iam.create_user(UserName="keyless")
issuer = "token.actions.githubusercontent.com"
provider = iam.create_open_id_connect_provider(Url="https://" + issuer, ClientIDList=["sts.amazonaws.com"],
                                               ThumbprintList=["6938fd4d98bab03faadb97b34396831e3780aea1"])["OpenIDConnectProviderArn"]
roles = {"deploy": trust({"Federated": provider}, {"StringLike": {issuer + ":sub": "repo:acme/app:*"}}),
         "partner": trust({"AWS": "arn:aws:iam::111111111111:root"}),
         "named": trust({"AWS": user["Arn"]}),
         "function": trust({"Service": "lambda.amazonaws.com"}),
         "instance": trust({"Service": "ec2.amazonaws.com"}),
         "task": trust({"Service": "ecs-tasks.amazonaws.com"}),
         "agent": trust({"Service": "bedrock.amazonaws.com"})}
arns = {}
for name, document in roles.items():
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]
    ids[name], arns[name] = role["RoleId"], role["Arn"]
iam.create_instance_profile(InstanceProfileName="web")
iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="instance")
iam.create_account_alias(AccountAlias="acme-prod")
ec2 = client("ec2")
image = ec2.describe_images()["Images"][0]["ImageId"]
ids["instance_id"] = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, IamInstanceProfile={"Name": "web"},
    TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "web"}, {"Key": "team", "Value": "platform"}]}]
    )["Instances"][0]["InstanceId"]
client("lambda").create_function(FunctionName="etl", Runtime="python3.12", Role=arns["function"], Handler="x.y",
    Code={"ZipFile": b"x"}, Environment={"Variables": {"ID": ids["key"], "SECRET": "planted-secret-in-a-variable"}})
ecs = client("ecs")
ecs.create_cluster(clusterName="main")
ecs.register_task_definition(family="job", taskRoleArn=arns["task"], containerDefinitions=[{"name": "c", "image": "i", "memory": 1}])
ecs.create_service(cluster="main", serviceName="api", taskDefinition="job", desiredCount=1)
ids["agent_id"] = client("bedrock-agent").create_agent(agentName="support", agentResourceRoleArn=arns["agent"],
    instruction="planted-secret-in-a-prompt " * 3)["agent"]["agentId"]
client("bedrock-agentcore-control").create_agent_runtime(agentRuntimeName="runtime", roleArn=arns["agent"],
    agentRuntimeArtifact={"containerConfiguration": {"containerUri": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/x:1"}},
    networkConfiguration={"networkMode": "PUBLIC"})
client("secretsmanager").create_secret(Name="db", SecretString="planted-secret-value", Tags=[{"Key": "owner", "Value": "grace@example.com"}])
client("ssm").put_parameter(Name="/prod/db", Value="planted-secret-parameter", Type="SecureString")
client("ssm").put_parameter(Name="/prod/host", Value="db.example.com", Type="String")
json.dump(ids, sys.stdout)
"##;

/// Answers all lists of an agent's components.
const COMPONENTS: &str = r#"{"actionGroupSummaries":[{"actionGroupId":"G1","actionGroupName":"refunds",
    "actionGroupState":"ENABLED"}],"agentKnowledgeBaseSummaries":[],"agentCollaboratorSummaries":[]}"#;

/// Everything that the script above hides.
const PLANTED: &[&str] = &["planted-secret"];

/// The stand-in with what it lacks: the listings that it answers with a web page.
fn completed(moto: &Moto, ids: &serde_json::Value) -> Plan {
    let event = json!({
        "eventName": "CreateAccessKey", "eventTime": "2029-12-31T00:00:00Z",
        "userIdentity": {"type": "AssumedRole", "principalId": format!("{}:ci", ids["deploy"].as_str().unwrap()),
            "sessionContext": {"sessionIssuer": {"principalId": ids["deploy"]}}},
        "responseElements": {"accessKey": {"accessKeyId": ids["key"]}}
    });
    let session = json!({
        "eventName": "AssumeRole", "eventTime": "2029-12-31T23:50:00Z",
        "userIdentity": {"type": "IAMUser", "principalId": ids["user"]},
        "requestParameters": {"roleArn": format!("arn:aws:iam::{ACCOUNT}:role/named"), "roleSessionName": "run-7"},
        "responseElements": {"credentials": {"accessKeyId": "ASIAIOSFODNN7EXAMPLE", "sessionToken": "planted-secret-token",
            "expiration": "Jan 1, 2030, 12:50:00 AM"}}
    });
    let lookup = json!({"Events": [
        {"EventName": "CreateAccessKey", "CloudTrailEvent": event.to_string()},
        {"EventName": "AssumeRole", "CloudTrailEvent": session.to_string()}
    ]});
    let credentials = "<ListServiceSpecificCredentialsResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\
        <ListServiceSpecificCredentialsResult><IsTruncated>false</IsTruncated><ServiceSpecificCredentials><member>\
        <UserName>ci</UserName><Status>Active</Status><ServiceName>bedrock.amazonaws.com</ServiceName>\
        <ServiceUserName>ci-at-1</ServiceUserName><CreateDate>2029-01-01T00:00:00Z</CreateDate>\
        <ServiceSpecificCredentialId>ACCAEXAMPLE</ServiceSpecificCredentialId></member></ServiceSpecificCredentials>\
        </ListServiceSpecificCredentialsResult></ListServiceSpecificCredentialsResponse>";
    Proxy::before(&moto.url())
        .rule(When::action("LookupEvents"), Then::published(Published::new(lookup, "Events", 50)))
        .rule(
            When::action("ListServiceSpecificCredentials"),
            Then::answer(200, &[("content-type", "text/xml")], credentials),
        )
        .rule(When::path("/identities/ListWorkloadIdentities"), Then::answer(200, &[], r#"{"workloadIdentities":[]}"#))
        .rule(
            When::path("/identities/ListOauth2CredentialProviders"),
            Then::answer(200, &[], r#"{"credentialProviders":[]}"#),
        )
        .rule(
            When::path("/identities/ListApiKeyCredentialProviders"),
            Then::answer(200, &[], r#"{"credentialProviders":[]}"#),
        )
        .rule(
            When::path_prefix(&format!("/agents/{}/agentversions/", ids["agent_id"].as_str().unwrap())),
            Then::answer(200, &[], COMPONENTS),
        )
        .page_iam(2)
}

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
    assert!(of(&all, "bedrock.components").collected.links().any(|link| link.kind == LinkKind::PartOf));
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
