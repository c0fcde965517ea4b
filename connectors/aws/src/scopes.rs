//! Which scopes there are: one for each account and kind, and for regional services for each region.

use std::fmt;

use whosekey_sdk::Scope;

/// A kind of scope; each has a file of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    Account,
    Contacts,
    Organization,
    Users,
    Roles,
    Access,
    AccessKeys,
    CredentialReport,
    ServiceCredentials,
    SshKeys,
    SigningCertificates,
    OidcProviders,
    SamlProviders,
    Creators,
    Sessions,
    Lambda,
    Ecs,
    Ec2,
    Eks,
    PodIdentities,
    BedrockAgents,
    BedrockComponents,
    AgentCoreRuntimes,
    AgentCoreIdentities,
    AgentCoreProviders,
    AgentCoreGateways,
    AgentCoreMemories,
    AgentCoreHarnesses,
    Tags,
    Secrets,
    Parameters,
}

/// Where a kind of scope is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Once in the account that signs in, when it looks at its organization.
    Organization,
    /// Once in an account.
    Account,
    /// Once in an account, in the partition's region that keeps the events of global services.
    GlobalRegion,
    /// In each region.
    Region,
    /// In each region that is known to have the service, unless regions are configured.
    SomeRegions(&'static [&'static str]),
}

/// Where Bedrock agents are. A region that has none has no such host, so asking would fail there for ever.
/// <https://docs.aws.amazon.com/bedrock/latest/userguide/agents-supported.html>, as known in November 2026; a source that
/// names its `regions` asks in all of them.
const BEDROCK_AGENT_REGIONS: &[&str] = &[
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-central-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-west-1",
    "us-west-2",
];

/// Where AgentCore is; as above.
const AGENTCORE_REGIONS: &[&str] = &[
    "ap-northeast-1",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "eu-central-1",
    "eu-west-1",
    "us-east-1",
    "us-east-2",
    "us-west-2",
];

impl Kind {
    /// All kinds, in the order in which their scopes are listed. The slow ones of an account stand first.
    pub(crate) const ALL: &'static [Kind] = &[
        Kind::AccessKeys,
        Kind::Users,
        Kind::Roles,
        Kind::CredentialReport,
        Kind::Access,
        Kind::SshKeys,
        Kind::SigningCertificates,
        Kind::ServiceCredentials,
        Kind::OidcProviders,
        Kind::SamlProviders,
        Kind::Account,
        Kind::Contacts,
        Kind::Organization,
        Kind::Creators,
        Kind::Sessions,
        Kind::Lambda,
        Kind::Ecs,
        Kind::Ec2,
        Kind::Eks,
        Kind::PodIdentities,
        Kind::BedrockAgents,
        Kind::BedrockComponents,
        Kind::AgentCoreRuntimes,
        Kind::AgentCoreIdentities,
        Kind::AgentCoreProviders,
        Kind::AgentCoreGateways,
        Kind::AgentCoreMemories,
        Kind::AgentCoreHarnesses,
        Kind::Tags,
        Kind::Secrets,
        Kind::Parameters,
    ];

    /// The last part of the scope's name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Kind::Account => "iam.account",
            Kind::Contacts => "account.contacts",
            Kind::Organization => "organizations.accounts",
            Kind::Users => "iam.users",
            Kind::Roles => "iam.roles",
            Kind::Access => "iam.access",
            Kind::AccessKeys => "iam.access-keys",
            Kind::CredentialReport => "iam.credential-report",
            Kind::ServiceCredentials => "iam.service-credentials",
            Kind::SshKeys => "iam.ssh-keys",
            Kind::SigningCertificates => "iam.signing-certificates",
            Kind::OidcProviders => "iam.oidc-providers",
            Kind::SamlProviders => "iam.saml-providers",
            Kind::Creators => "cloudtrail.creators",
            Kind::Sessions => "cloudtrail.sessions",
            Kind::Lambda => "lambda.functions",
            Kind::Ecs => "ecs.workloads",
            Kind::Ec2 => "ec2.instances",
            Kind::Eks => "eks.clusters",
            Kind::PodIdentities => "eks.pod-identities",
            Kind::BedrockAgents => "bedrock.agents",
            Kind::BedrockComponents => "bedrock.components",
            Kind::AgentCoreRuntimes => "agentcore.runtimes",
            Kind::AgentCoreIdentities => "agentcore.workload-identities",
            Kind::AgentCoreProviders => "agentcore.credential-providers",
            Kind::AgentCoreGateways => "agentcore.gateways",
            Kind::AgentCoreMemories => "agentcore.memories",
            Kind::AgentCoreHarnesses => "agentcore.harnesses",
            Kind::Tags => "tagging.owners",
            Kind::Secrets => "secretsmanager.secrets",
            Kind::Parameters => "ssm.parameters",
        }
    }

    pub(crate) const fn reach(self) -> Reach {
        match self {
            Kind::Organization => Reach::Organization,
            Kind::Account
            | Kind::Contacts
            | Kind::Users
            | Kind::Roles
            | Kind::Access
            | Kind::AccessKeys
            | Kind::CredentialReport
            | Kind::ServiceCredentials
            | Kind::SshKeys
            | Kind::SigningCertificates
            | Kind::OidcProviders
            | Kind::SamlProviders => Reach::Account,
            Kind::Creators => Reach::GlobalRegion,
            Kind::Sessions
            | Kind::Lambda
            | Kind::Ecs
            | Kind::Ec2
            | Kind::Eks
            | Kind::PodIdentities
            | Kind::Tags
            | Kind::Secrets
            | Kind::Parameters => Reach::Region,
            Kind::BedrockAgents | Kind::BedrockComponents => Reach::SomeRegions(BEDROCK_AGENT_REGIONS),
            Kind::AgentCoreRuntimes
            | Kind::AgentCoreIdentities
            | Kind::AgentCoreProviders
            | Kind::AgentCoreGateways
            | Kind::AgentCoreMemories
            | Kind::AgentCoreHarnesses => Reach::SomeRegions(AGENTCORE_REGIONS),
        }
    }

    /// Prefixes, after the account, of the ARNs of which this kind is *the* listing: what a complete scope of it does
    /// not have does not exist.
    const fn covers(self) -> &'static [&'static str] {
        match self {
            Kind::Users => &["user/"],
            Kind::Roles => &["role/", "instance-profile/"],
            Kind::OidcProviders => &["oidc-provider/"],
            Kind::SamlProviders => &["saml-provider/"],
            _ => &[],
        }
    }

    /// Whether the listing is a log that forgets what is older than its window. Sessions come from a log too, but end
    /// before it forgets them.
    const fn forgets(self) -> bool {
        matches!(self, Kind::Creators)
    }

    fn from_name(name: &str) -> Option<Self> {
        Kind::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}

/// Whether a word of `skip` names a kind (`bedrock.agents`) or a service (`bedrock`).
pub(crate) fn is_kind_or_service(word: &str) -> bool {
    Kind::ALL.iter().any(|kind| {
        let name = kind.name();
        name == word || name.split_once('.').is_some_and(|(service, _)| service == word)
    })
}

/// Where a scope is: an account of a partition, and a region for regional services.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// `aws`, `aws-cn`, `aws-us-gov` …
    pub(crate) partition: String,
    /// Twelve digits.
    pub(crate) account: String,
    /// For regional services.
    pub(crate) region: Option<String>,
}

impl Place {
    /// The id of the account, as a resource.
    pub(crate) fn account_id(&self) -> String {
        format!("aws:account/{}", self.account)
    }

    /// An ARN of IAM in this account.
    pub(crate) fn iam_arn(&self, resource: &str) -> String {
        format!("arn:{}:iam::{}:{resource}", self.partition, self.account)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "account {}", self.account)?;
        match &self.region {
            Some(region) => write!(f, ", region {region}"),
            None => Ok(()),
        }
    }
}

/// The scope of a kind in a place.
pub(crate) fn scope(kind: Kind, place: &Place) -> Scope {
    let name = match &place.region {
        Some(region) => format!("{}/{region}/{}", place.account, kind.name()),
        None => format!("{}/{}", place.account, kind.name()),
    };
    let scope = Scope { forgets: kind.forgets(), ..Scope::new(name) };
    kind.covers().iter().fold(scope, |scope, prefix| scope.covering(place.iam_arn(prefix)))
}

/// The account, the region if there is one, and the kind that a scope's name says.
pub(crate) fn parse(name: &str) -> Option<(&str, Option<&str>, Kind)> {
    let mut parts = name.split('/');
    let account = parts.next()?;
    let (region, kind) = match (parts.next()?, parts.next(), parts.next()) {
        (kind, None, None) => (None, kind),
        (region, Some(kind), None) => (Some(region), kind),
        _ => return None,
    };
    Some((account, region, Kind::from_name(kind)?))
}

/// The region that keeps the CloudTrail events of IAM and of the other global services.
pub(crate) fn global_region(partition: &str) -> &'static str {
    match partition {
        "aws-cn" => "cn-north-1",
        "aws-us-gov" => "us-gov-west-1",
        _ => "us-east-1",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(region: Option<&str>) -> Place {
        Place { partition: "aws".into(), account: "000000000000".into(), region: region.map(str::to_owned) }
    }

    #[test]
    fn names_are_read_back() {
        for (kind, region) in [(Kind::Users, None), (Kind::Lambda, Some("eu-west-1"))] {
            let scope = scope(kind, &place(region));
            assert_eq!(parse(&scope.name), Some(("000000000000", region, kind)));
        }
        assert_eq!(parse("no such scope"), None);
        assert_eq!(parse("000000000000/eu-west-1/lambda.functions/x"), None);
    }

    #[test]
    fn a_listing_covers_the_arns_it_lists_and_no_others() {
        let covers = scope(Kind::Users, &place(None)).covers;
        assert_eq!(covers, ["arn:aws:iam::000000000000:user/"]);
        assert!(scope(Kind::AccessKeys, &place(None)).covers.is_empty());
    }

    #[test]
    fn only_the_log_of_who_made_what_forgets() {
        let forgetting: Vec<_> = Kind::ALL.iter().filter(|kind| scope(**kind, &place(None)).forgets).collect();
        assert_eq!(forgetting, [&Kind::Creators]);
    }

    #[test]
    fn every_kind_is_listed_once() {
        let names: std::collections::BTreeSet<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(names.len(), Kind::ALL.len());
    }
}
