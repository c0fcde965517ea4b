//! What the connector needs and lists: the source of its README, of `whosekey connectors aws`, and of the messages that
//! say what a refused permission costs.

use std::collections::BTreeSet;

use serde_json::json;
use whosekey_sdk::{Descriptor, Permission, ScopeKind};

use crate::scopes::Kind;

/// The connector's descriptor.
pub static DESCRIPTOR: Descriptor = Descriptor {
    name: "aws",
    summary: "IAM users, roles and their credentials, what runs as them, and the agents of Bedrock, in one account or an organization",
    permissions: PERMISSIONS,
    scope_kinds: SCOPE_KINDS,
    blind_spots: BLIND_SPOTS,
    policy,
};

macro_rules! permissions {
    ($($name:literal => $purpose:literal),+ $(,)?) => {
        const PERMISSIONS: &[Permission] = &[$(Permission { name: $name, purpose: $purpose }),+];
    };
}

permissions! {
    "iam:GetAccountAuthorizationDetails" => "users, roles, their trust and policies; without it no verdict on any of them",
    "iam:GenerateCredentialReport" => "last use of users, passwords and keys in bulk; without it no zombie verdict on users and passwords, and one request more for each key",
    "iam:GetCredentialReport" => "last use of users, passwords and keys in bulk; without it no zombie verdict on users and passwords, and one request more for each key",
    "iam:ListAccessKeys" => "access keys; without it no verdict on any key",
    "iam:GetAccessKeyLastUsed" => "last use of keys that the credential report does not have; without it no zombie verdict on them",
    "iam:ListServiceSpecificCredentials" => "credentials for one service, such as long-term Bedrock API keys; without it no verdict on them",
    "iam:ListSSHPublicKeys" => "SSH keys for CodeCommit; without it no verdict on them",
    "iam:ListSigningCertificates" => "signing certificates; without it no verdict on them",
    "iam:ListOpenIDConnectProviders" => "identity providers that roles trust; without it no dangling-trust verdict on them",
    "iam:GetOpenIDConnectProvider" => "identity providers' issuers and owners",
    "iam:ListSAMLProviders" => "identity providers that roles trust; without it no dangling-trust verdict on them",
    "iam:ListAccountAliases" => "the account's name",
    "iam:GenerateServiceLastAccessedDetails" => "with `service_last_accessed = true`: which rights were not used; without it no unused-grant finding on an identity that is used",
    "iam:GetServiceLastAccessedDetails" => "with `service_last_accessed = true`: which rights were not used; without it no unused-grant finding on an identity that is used",
    "account:GetAlternateContact" => "who answers for the root user; without it no ownerless verdict on it",
    "sts:AssumeRole" => "looking into other accounts, by the role that is named in the configuration",
    "organizations:ListAccounts" => "the organization's accounts and who answers for them",
    "organizations:ListTagsForResource" => "owners that the organization's accounts are tagged with",
    "tag:GetResources" => "owners that functions and agents are tagged with; without it no ownerless verdict on what they run as",
    "ec2:DescribeRegions" => "the regions in use, unless the configuration names them",
    "ec2:DescribeInstances" => "instances that run as roles; without it no orphaned verdict on those roles",
    "lambda:ListFunctions" => "functions that run as roles; without it no orphaned verdict on those roles",
    "ecs:ListTaskDefinitionFamilies" => "task definitions that use roles; without it no orphaned verdict on those roles",
    "ecs:DescribeTaskDefinition" => "the roles of tasks; without it no orphaned verdict on those roles",
    "ecs:ListClusters" => "services and tasks that run as roles; without it no orphaned verdict on those roles",
    "ecs:ListServices" => "services that run as roles; without it no orphaned verdict on those roles",
    "ecs:DescribeServices" => "services that run as roles; without it no orphaned verdict on those roles",
    "ecs:ListTasks" => "tasks that run as roles; without it no orphaned verdict on those roles",
    "ecs:DescribeTasks" => "tasks that run as roles; without it no orphaned verdict on those roles",
    "eks:ListClusters" => "clusters and their roles; without it no orphaned verdict on those roles",
    "eks:DescribeCluster" => "clusters and their roles; without it no orphaned verdict on those roles",
    "eks:ListPodIdentityAssociations" => "roles of Kubernetes service accounts; without it no orphaned verdict on those roles",
    "eks:DescribePodIdentityAssociation" => "roles of Kubernetes service accounts; without it no orphaned verdict on those roles",
    "bedrock:ListAgents" => "Bedrock agents and their roles; without it no orphaned verdict on those roles",
    "bedrock:GetAgent" => "Bedrock agents and their roles; without it no orphaned verdict on those roles",
    "bedrock:ListAgentActionGroups" => "the tools of Bedrock agents",
    "bedrock:GetAgentActionGroup" => "the functions that do the work of Bedrock agents' tools",
    "bedrock:GetKnowledgeBase" => "the roles of Bedrock agents' memory stores, and where their credentials are kept; without it no orphaned verdict on those roles",
    "bedrock:ListAgentKnowledgeBases" => "the memory stores of Bedrock agents",
    "bedrock:ListAgentCollaborators" => "the sub-agents of Bedrock agents",
    "bedrock-agentcore:ListAgentRuntimes" => "AgentCore runtimes and their roles; without it no orphaned verdict on those roles",
    "bedrock-agentcore:GetAgentRuntime" => "AgentCore runtimes and their roles; without it no orphaned verdict on those roles",
    "bedrock-agentcore:ListWorkloadIdentities" => "AgentCore workload identities; without it no verdict on them",
    "bedrock-agentcore:ListOauth2CredentialProviders" => "credentials that AgentCore keeps; without it no verdict on them",
    "bedrock-agentcore:GetOauth2CredentialProvider" => "where AgentCore keeps a credential",
    "bedrock-agentcore:ListApiKeyCredentialProviders" => "credentials that AgentCore keeps; without it no verdict on them",
    "bedrock-agentcore:GetApiKeyCredentialProvider" => "where AgentCore keeps a credential",
    "bedrock-agentcore:ListGateways" => "AgentCore gateways and their roles; without it no orphaned verdict on those roles",
    "bedrock-agentcore:GetGateway" => "AgentCore gateways and their roles; without it no orphaned verdict on those roles",
    "bedrock-agentcore:ListGatewayTargets" => "the credentials and functions that AgentCore gateways use",
    "bedrock-agentcore:GetGatewayTarget" => "the credentials and functions that AgentCore gateways use",
    "bedrock-agentcore:ListHarnesses" => "AgentCore harnesses and their roles; without it no orphaned verdict on those roles",
    "bedrock-agentcore:GetHarness" => "AgentCore harnesses and their roles; without it no orphaned verdict on those roles",
    "bedrock-agentcore:ListMemories" => "AgentCore memories and their roles; without it no orphaned verdict on those roles",
    "bedrock-agentcore:GetMemory" => "AgentCore memories and their roles; without it no orphaned verdict on those roles",
    "secretsmanager:ListSecrets" => "secrets, their owners and when they were last read; never their values",
    "ssm:DescribeParameters" => "encrypted parameters and who changed them last; never their values",
    "cloudtrail:LookupEvents" => "who made what, and open sessions; without it no machine-created and no lingering-session verdict, and ownerless from tags alone",
}

const SCOPE_KINDS: &[ScopeKind] = &[
    ScopeKind { name: Kind::Users.name(), lists: "IAM users, with the owners that their tags name" },
    ScopeKind { name: Kind::Roles.name(), lists: "IAM roles, whom they trust, and when they were last used" },
    ScopeKind { name: Kind::Access.name(), lists: "what users and roles can reach, by their policies" },
    ScopeKind { name: Kind::AccessKeys.name(), lists: "users' access keys and their last use" },
    ScopeKind { name: Kind::CredentialReport.name(), lists: "console passwords, the root user and its keys" },
    ScopeKind {
        name: Kind::ServiceCredentials.name(),
        lists: "credentials for one service, long-term Bedrock API keys among them",
    },
    ScopeKind { name: Kind::SshKeys.name(), lists: "SSH keys of users who may use CodeCommit" },
    ScopeKind { name: Kind::SigningCertificates.name(), lists: "users' signing certificates" },
    ScopeKind { name: Kind::OidcProviders.name(), lists: "OpenID Connect providers" },
    ScopeKind { name: Kind::SamlProviders.name(), lists: "SAML providers" },
    ScopeKind { name: Kind::Account.name(), lists: "the account itself" },
    ScopeKind { name: Kind::Contacts.name(), lists: "whom AWS calls about the account: the owners of its root user" },
    ScopeKind {
        name: Kind::Organization.name(),
        lists: "the organization's accounts; with `accounts = \"organization\"`",
    },
    ScopeKind { name: Kind::Creators.name(), lists: "who made users, roles and keys in the last 90 days" },
    ScopeKind { name: Kind::Sessions.name(), lists: "temporary sessions that are still valid; in each region" },
    ScopeKind { name: Kind::Lambda.name(), lists: "functions; in each region" },
    ScopeKind { name: Kind::Ecs.name(), lists: "services, lone tasks and task definitions; in each region" },
    ScopeKind { name: Kind::Ec2.name(), lists: "instances; in each region" },
    ScopeKind { name: Kind::Eks.name(), lists: "clusters; in each region" },
    ScopeKind { name: Kind::PodIdentities.name(), lists: "roles of Kubernetes service accounts; in each region" },
    ScopeKind { name: Kind::BedrockAgents.name(), lists: "Bedrock agents; in each region that has them" },
    ScopeKind {
        name: Kind::BedrockComponents.name(),
        lists: "tools, memory stores and sub-agents of Bedrock agents; in each region that has them",
    },
    ScopeKind { name: Kind::AgentCoreRuntimes.name(), lists: "AgentCore runtimes; in each region that has them" },
    ScopeKind {
        name: Kind::AgentCoreIdentities.name(),
        lists: "AgentCore workload identities; in each region that has them",
    },
    ScopeKind {
        name: Kind::AgentCoreProviders.name(),
        lists: "credentials that AgentCore keeps; in each region that has it",
    },
    ScopeKind {
        name: Kind::AgentCoreGateways.name(),
        lists: "AgentCore gateways and the credentials that they use; in each region that has them",
    },
    ScopeKind { name: Kind::AgentCoreHarnesses.name(), lists: "AgentCore harnesses; in each region that has them" },
    ScopeKind { name: Kind::AgentCoreMemories.name(), lists: "AgentCore memories; in each region that has them" },
    ScopeKind {
        name: Kind::Tags.name(),
        lists: "the owners that tags of functions, Bedrock agents and AgentCore resources name; in each region",
    },
    ScopeKind { name: Kind::Secrets.name(), lists: "Secrets Manager's secrets, without their values; in each region" },
    ScopeKind {
        name: Kind::Parameters.name(),
        lists: "encrypted SSM parameters, without their values; in each region",
    },
];

const BLIND_SPOTS: &[&str] = &[
    "RoleLastUsed covers the trailing 400 days: an older last use, or none at all, cannot be told apart",
    "RoleLastUsed counts calls that were denied: a role that was only tried looks used",
    "the credential report may be four hours old: the first key of a user that had none appears with the next one",
    "last use of service-specific credentials, SSH keys and signing certificates is not told by AWS",
    "CloudTrail tells 90 days: who made what was older at the first scan is not known; what a scan saw is kept",
    "sessions that AWS's services open for workloads are not listed one by one",
    "short-term Bedrock API keys are sessions and appear in no listing",
    "service control policies, resource policies and session policies are not part of what an identity is said to reach",
    "CloudTrail is not asked who made functions and agents: their owners come from tags alone",
    "of environment variables, only the ids of access keys are looked for",
    "EventBridge, Step Functions, Batch, CodeBuild, Glue, SageMaker and Fargate profiles also run as roles and are not listed",
    "IAM Roles Anywhere and Access Analyzer are not read",
    "which rights were not used is read with `service_last_accessed = true` alone; AWS counts calls that were denied as use, and does not tell since when a right was given",
    "without `regions`, Bedrock agents and AgentCore are asked for only where they were known to exist in November 2026",
];

/// The least-privilege policy, with an explicit denial of everything that returns a secret's value.
fn policy() -> String {
    let allowed: BTreeSet<&str> =
        PERMISSIONS.iter().map(|permission| permission.name).filter(|name| *name != "sts:AssumeRole").collect();
    let document = json!({
        "Version": "2012-10-17",
        "Statement": [
            { "Sid": "WhosekeyReads", "Effect": "Allow", "Action": allowed, "Resource": "*" },
            {
                "Sid": "WhosekeyLooksIntoOtherAccounts",
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Resource": "arn:aws:iam::*:role/whosekey-audit"
            },
            {
                "Sid": "WhosekeyNeverReadsSecrets",
                "Effect": "Deny",
                "Action": [
                    "secretsmanager:BatchGetSecretValue",
                    "secretsmanager:GetSecretValue",
                    "ssm:GetParameter*"
                ],
                "Resource": "*"
            }
        ]
    });
    let mut text = serde_json::to_string_pretty(&document).expect("a document made of strings is JSON");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_reads_and_denies_the_values_of_secrets() {
        let policy: serde_json::Value = serde_json::from_str(&policy()).unwrap();
        let allowed = policy["Statement"][0]["Action"].as_array().unwrap();
        let reads = ["Get", "List", "Describe", "Lookup", "Generate"];
        for action in allowed {
            let verb = action.as_str().unwrap().split(':').nth(1).unwrap();
            assert!(reads.iter().any(|read| verb.starts_with(read)), "{verb}");
        }
        assert_eq!(policy["Statement"][2]["Effect"], "Deny");
        assert!(policy["Statement"][2]["Action"].as_array().unwrap().contains(&json!("secretsmanager:GetSecretValue")));
    }

    #[test]
    fn every_kind_of_scope_is_described() {
        let described: BTreeSet<_> = SCOPE_KINDS.iter().map(|kind| kind.name).collect();
        let known: BTreeSet<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(described, known);
    }

    #[test]
    fn the_readme_says_what_the_descriptor_says() {
        let readme = include_str!("../README.md");
        let scopes = DESCRIPTOR.scope_kinds.iter().map(|kind| format!("| `{}` | {} |", kind.name, kind.lists));
        let permissions = DESCRIPTOR.permissions.iter().map(|p| format!("| `{}` | {} |", p.name, p.purpose));
        let blind_spots = DESCRIPTOR.blind_spots.iter().map(|spot| format!("- {spot}"));
        let missing: Vec<_> =
            scopes.chain(permissions).chain(blind_spots).filter(|line| !readme.lines().any(|l| l == line)).collect();
        assert!(missing.is_empty(), "README.md lacks:\n{}", missing.join("\n"));
    }
}
