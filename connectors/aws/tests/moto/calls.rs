//! Every call that the connector makes, by the permission that it needs; and that the policy it prints has no other.

use std::collections::BTreeSet;

use serde_json::Value;
use whosekey_aws::{Accounts, Config, DESCRIPTOR};
use whosekey_parts::moto::Moto;
use whosekey_parts::proxy::{Proxy, Seen, Then, When};
use whosekey_sdk::http::Limits;
use whosekey_sdk::testkit::Collected;
use whosekey_sdk::{CollectError, Connector as _};

use crate::account::{ACCOUNT_WITH_ONE_OF_EACH, complete, completed};
use crate::support::{aws, config, impatient, of, scan};

/// How a call looks on the wire where it does not look like its permission.
const PATHS: &[(&str, &str)] = &[
    ("account:GetAlternateContact", "/getAlternateContact"),
    ("lambda:ListFunctions", "/2015-03-31/functions"),
    ("eks:ListClusters", "/clusters"),
    ("eks:DescribeCluster", "/clusters/prod"),
    ("eks:ListPodIdentityAssociations", "/clusters/prod/pod-identity-associations"),
    ("eks:DescribePodIdentityAssociation", "/clusters/prod/pod-identity-associations/a-1"),
    ("bedrock:ListAgents", "/agents/"),
    ("bedrock:GetAgent", "/agents/{agent}/"),
    ("bedrock:ListAgentActionGroups", "/agents/{agent}/agentversions/DRAFT/actiongroups/"),
    ("bedrock:GetAgentActionGroup", "/agents/{agent}/agentversions/DRAFT/actiongroups/G1/"),
    ("bedrock:ListAgentKnowledgeBases", "/agents/{agent}/agentversions/DRAFT/knowledgebases/"),
    ("bedrock:GetKnowledgeBase", "/knowledgebases/KB1"),
    ("bedrock:ListAgentCollaborators", "/agents/{agent}/agentversions/DRAFT/agentcollaborators/"),
    ("bedrock-agentcore:ListAgentRuntimes", "/runtimes"),
    ("bedrock-agentcore:GetAgentRuntime", "/runtimes/{runtime}"),
    ("bedrock-agentcore:ListWorkloadIdentities", "/identities/ListWorkloadIdentities"),
    ("bedrock-agentcore:ListOauth2CredentialProviders", "/identities/ListOauth2CredentialProviders"),
    ("bedrock-agentcore:GetOauth2CredentialProvider", "/identities/GetOauth2CredentialProvider"),
    ("bedrock-agentcore:ListApiKeyCredentialProviders", "/identities/ListApiKeyCredentialProviders"),
    ("bedrock-agentcore:GetApiKeyCredentialProvider", "/identities/GetApiKeyCredentialProvider"),
    ("bedrock-agentcore:ListGateways", "/gateways"),
    ("bedrock-agentcore:GetGateway", "/gateways/G1"),
    ("bedrock-agentcore:ListGatewayTargets", "/gateways/G1/targets"),
    ("bedrock-agentcore:GetGatewayTarget", "/gateways/G1/targets/T1"),
    ("bedrock-agentcore:ListHarnesses", "/harnesses"),
    ("bedrock-agentcore:GetHarness", "/harnesses/H1"),
    ("bedrock-agentcore:ListMemories", "/memories"),
    ("bedrock-agentcore:GetMemory", "/memories/M1/details"),
];

/// Asked for while the scopes are listed, or in other accounts.
pub(crate) const OF_THE_LIST: &[&str] = &["sts:AssumeRole", "organizations:ListAccounts", "ec2:DescribeRegions"];

/// How a call with this permission looks on the wire.
pub(crate) fn path(permission: &str, ids: &Value) -> Option<String> {
    let (_, path) = PATHS.iter().find(|(name, _)| *name == permission)?;
    let path = path.replace("{agent}", ids["agent_id"].as_str().unwrap());
    Some(path.replace("{runtime}", ids["runtime_id"].as_str().unwrap()))
}

/// The calls with this permission.
pub(crate) fn when(permission: &str, ids: &Value) -> When {
    match path(permission, ids) {
        Some(path) => When::path(&path),
        None => When::action(permission.split(':').nth(1).unwrap()),
    }
}

/// The services of scopes, as `skip` names them.
pub(crate) const SERVICES: &[&str] = &[
    "iam",
    "account",
    "organizations",
    "cloudtrail",
    "lambda",
    "ecs",
    "ec2",
    "eks",
    "bedrock",
    "agentcore",
    "tagging",
    "secretsmanager",
    "ssm",
];

/// A source that looks at one service alone.
pub(crate) fn only(service: &str, endpoint: &str) -> Config {
    let skip = SERVICES.iter().filter(|other| **other != service).map(|other| (*other).to_owned()).collect();
    Config { skip, service_last_accessed: service == "iam", ..config(endpoint) }
}

fn permission_of(seen: &Seen, ids: &Value) -> Option<&'static str> {
    let names = DESCRIPTOR.permissions.iter().map(|permission| permission.name);
    names.into_iter().find(|name| match path(name, ids) {
        Some(path) => seen.path == path,
        None => seen.action.as_deref() == name.split(':').nth(1),
    })
}

const ORGANIZATION: &str = r#"
import sys, boto3
organizations = boto3.client("organizations", endpoint_url=sys.argv[1])
organizations.create_organization(FeatureSet="ALL")
organizations.create_account(AccountName="acme dev", Email="dev@example.com")
"#;

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_allows_every_call_that_is_made_and_no_other() {
    let moto = Moto::start().unwrap();
    let ids: Value = serde_json::from_str(&moto.script(ACCOUNT_WITH_ONE_OF_EACH, &[]).unwrap()).unwrap();
    moto.script(ORGANIZATION, &[]).unwrap();
    let mut seen = Vec::new();

    let proxy = completed(&moto, &ids).start().unwrap();
    let all = scan(&aws(Config { service_last_accessed: true, ..config(&proxy.url()) }, Limits::default())).await;
    seen.extend(proxy.seen());
    let unused =
        of(&all, "iam.access").collected.links().find(|link| link.attributes.contains_key("use_tracked_since"));
    assert!(unused.is_some(), "it says of some right since when it was not used");

    // What the credential report would tell is asked for by name where there is no report.
    let refused = Proxy::before(&moto.url()).rule(When::action("GetCredentialReport"), Then::deny());
    let proxy = complete(refused, &ids).start().unwrap();
    scan(&aws(only("iam", &proxy.url()), impatient())).await;
    seen.extend(proxy.seen());

    let proxy = Proxy::before(&moto.url()).start().unwrap();
    let everywhere = Config {
        accounts: Accounts::Word("organization".to_owned()),
        role_name: Some("whosekey-audit".to_owned()),
        regions: Vec::new(),
        ..only("organizations", &proxy.url())
    };
    scan(&aws(everywhere, impatient())).await;
    seen.extend(proxy.seen());

    let calls: Vec<_> = seen.iter().filter(|seen| seen.action.as_deref() != Some("GetCallerIdentity")).collect();
    let unknown: BTreeSet<_> = calls
        .iter()
        .filter(|seen| permission_of(seen, &ids).is_none())
        .map(|seen| format!("{} {} {:?}", seen.method, seen.path, seen.action))
        .collect();
    assert!(unknown.is_empty(), "no permission is named for {unknown:#?}");
    let made: BTreeSet<_> = calls.iter().filter_map(|seen| permission_of(seen, &ids)).collect();
    let named: BTreeSet<_> = DESCRIPTOR.permissions.iter().map(|permission| permission.name).collect();
    assert_eq!(named.difference(&made).collect::<Vec<_>>(), Vec::<&&str>::new(), "named, and never needed");

    let policy: Value = serde_json::from_str(&(DESCRIPTOR.policy)()).unwrap();
    let statements = policy["Statement"].as_array().unwrap();
    let allowed: BTreeSet<&str> = statements
        .iter()
        .filter(|statement| statement["Effect"] == "Allow")
        .flat_map(|statement| match &statement["Action"] {
            Value::Array(actions) => actions.iter().filter_map(Value::as_str).collect(),
            action => action.as_str().into_iter().collect::<Vec<_>>(),
        })
        .collect();
    assert_eq!(allowed, named);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_list_of_scopes_needs_is_named_when_it_is_denied() {
    let moto = Moto::start().unwrap();
    moto.script(ORGANIZATION, &[]).unwrap();
    for (permission, more) in [("organizations:ListAccounts", "needed: "), ("ec2:DescribeRegions", "needed: ")] {
        let action = permission.split(':').nth(1).unwrap();
        let proxy = Proxy::before(&moto.url()).rule(When::action(action), Then::deny()).start().unwrap();
        let everywhere = Config {
            accounts: Accounts::Word("organization".to_owned()),
            role_name: Some("whosekey-audit".to_owned()),
            regions: Vec::new(),
            ..only("organizations", &proxy.url())
        };
        let mut listing = Collected::default();
        match aws(everywhere, impatient()).scopes(&mut listing).await {
            Err(CollectError::Issue(issue)) => listing.issues.push(issue),
            Err(error) => panic!("{error}"),
            Ok(_) => {}
        }
        let told = |text: &str| listing.issues.iter().any(|issue| issue.message.contains(text));
        assert!(told(&format!("{permission} denied in account ")) && told(more), "{:?}", listing.issues);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_cannot_be_assumed_leaves_its_account_unseen() {
    let moto = Moto::start().unwrap();
    let proxy = Proxy::before(&moto.url()).rule(When::action("AssumeRole"), Then::deny()).start().unwrap();
    let other = Config {
        accounts: Accounts::Named(vec!["111111111111".to_owned()]),
        role_name: Some("whosekey-audit".to_owned()),
        ..only("iam", &proxy.url())
    };
    let all = scan(&aws(other, impatient())).await;
    for seen in &all {
        assert_eq!(seen.outcome, whosekey_sdk::Outcome::Failed, "{}", seen.scope.name);
        assert!(
            seen.has_issue(whosekey_sdk::IssueKind::Auth, "sts:AssumeRole denied: the role is missing"),
            "{}: {:?}",
            seen.scope.name,
            seen.issues
        );
    }
}
