//! The production account: seen whole, so that what is missing in it is gone.

use whosekey_sdk::{AccessLevel, Entity, Evidence, Kind, Link, LinkKind};

use super::aws_cases;
use super::filler;
use super::names::{self, PROD};
use super::people::email;
use super::recording::{Facts, Scope, entity};

/// Since when AWS records the last use of access keys.
const KEYS_TRACKED_SINCE: &str = "2015-04-22";
/// AWS tells of a role's use in the last 400 days; this is when the window of November 2026 began.
const ROLES_TRACKED_SINCE: &str = "2025-10-20";

/// The scopes of an account while they are being filled.
pub(super) struct Account {
    pub(super) number: &'static str,
    pub(super) users: Scope,
    pub(super) keys: Scope,
    pub(super) roles: Scope,
    pub(super) functions: Scope,
    pub(super) services: Scope,
    pub(super) agents: Scope,
    pub(super) secrets: Scope,
    pub(super) events: Scope,
}

impl Account {
    pub(super) fn new(number: &'static str) -> Self {
        let arn = |what: &str| names::iam_arn(number, what);
        let regional = |kind: &str| Scope::new(format!("{number}/eu-west-1/{kind}"));
        Self {
            number,
            users: Scope::new(format!("{number}/iam.users")).covering(arn("user/")),
            keys: Scope::new(format!("{number}/iam.access-keys")),
            roles: Scope::new(format!("{number}/iam.roles")).covering(arn("role/")),
            functions: regional("lambda.functions").covering(format!("arn:aws:lambda:eu-west-1:{number}:function:")),
            services: regional("ecs.services").covering(format!("arn:aws:ecs:eu-west-1:{number}:service/")),
            agents: regional("bedrock.agents").covering(format!("arn:aws:bedrock:eu-west-1:{number}:agent/")),
            secrets: regional("secretsmanager.secrets"),
            events: regional("cloudtrail.events"),
        }
    }

    /// The account itself, as a resource.
    pub(super) fn id(&self) -> String {
        format!("aws:account/{}", self.number)
    }

    /// An IAM user of this name; gives its id.
    pub(super) fn user(&mut self, name: &str, created: &str) -> String {
        let id = names::user(self.number, name);
        let arn = names::iam_arn(self.number, &format!("user/{name}"));
        self.users.add(entity(Kind::Identity, "aws.iam-user", &id, name).alias(arn).created(created).on())
    }

    /// A user's access key, named in the estate by `name`; `facts` says what is known of it. Gives its id.
    pub(super) fn key(&mut self, user: &str, name: &str, facts: impl FnOnce(Entity) -> Entity) -> String {
        let id = format!("aws:{}", names::access_key_id(self.number, name));
        let key = entity(Kind::Credential, "aws.access-key", &id, &id["aws:".len()..]);
        self.keys.add(facts(key.tracked_since(KEYS_TRACKED_SINCE).never_expires().on()));
        self.keys.proven(&id, LinkKind::AuthenticatesAs, user, "iam:ListAccessKeys");
        id
    }

    /// An IAM role of this name that a service may assume; gives its id.
    pub(super) fn role(&mut self, name: &str, facts: impl FnOnce(Entity) -> Entity) -> String {
        let id = names::role(self.number, name);
        let arn = names::iam_arn(self.number, &format!("role/{name}"));
        let role = entity(Kind::Identity, "aws.iam-role", &id, name).alias(arn);
        self.roles.add(facts(role.tracked_since(ROLES_TRACKED_SINCE)));
        id
    }

    /// That a role trusts this: an ARN, `service:…`, `oidc:<issuer>#<subject>`, `*`.
    pub(super) fn trusts(&mut self, role: &str, subject: &str) {
        self.roles.proven(role, LinkKind::Trusts, subject, "trust policy");
    }

    /// A Lambda function that runs as a role; gives its id.
    pub(super) fn function(&mut self, name: &str, role: &str, environment: &str) -> String {
        let arn = format!("arn:aws:lambda:eu-west-1:{}:function:{name}", self.number);
        let id = format!("aws:{arn}");
        let function = entity(Kind::Workload, "aws.lambda-function", &id, name).alias(arn);
        self.functions.add(function.on().environment(environment));
        self.functions.proven(&id, LinkKind::RunsAs, role, "lambda:ListFunctions");
        id
    }

    /// An ECS service that runs as a role; gives its id.
    pub(super) fn service(&mut self, name: &str, role: &str, facts: impl FnOnce(Entity) -> Entity) -> String {
        let arn = format!("arn:aws:ecs:eu-west-1:{}:service/main/{name}", self.number);
        let id = format!("aws:{arn}");
        self.services.add(facts(entity(Kind::Workload, "aws.ecs-service", &id, name).alias(arn)));
        self.services.proven(&id, LinkKind::RunsAs, role, "ecs:DescribeTaskDefinition");
        id
    }

    /// A Bedrock agent that runs as a role; gives its id.
    pub(super) fn agent(&mut self, name: &str, role: &str, facts: impl FnOnce(Entity) -> Entity) -> String {
        let arn = format!("arn:aws:bedrock:eu-west-1:{}:agent/{}", self.number, name.to_uppercase());
        let id = format!("aws:{arn}");
        let agent = entity(Kind::Agent, "aws.bedrock-agent", &id, name).alias(arn);
        self.agents.add(facts(agent.attribute("component", "orchestrator")));
        self.agents.proven(&id, LinkKind::RunsAs, role, "bedrock:GetAgent");
        id
    }

    /// That an audit log shows who made something.
    pub(super) fn created_by(&mut self, what: &str, creator: &str, event: &str) {
        let because = format!("cloudtrail {event}");
        self.events.link(Link::new(what, LinkKind::CreatedBy, creator, Evidence::Observed, because));
    }

    /// What is granted to an identity, on the account as a whole.
    pub(super) fn grant(&mut self, identity: &str, level: AccessLevel, policy: &str) {
        let account = self.id();
        self.roles.can_access(identity, &account, level, policy);
    }

    /// All scopes, in the order in which the connector lists them.
    pub(super) fn scopes(self) -> Vec<Scope> {
        let Self { users, keys, roles, functions, services, agents, secrets, events, .. } = self;
        vec![users, keys, roles, functions, services, agents, secrets, events]
    }
}

/// The recording of production.
pub(super) fn scopes() -> Vec<Scope> {
    let mut organization = Scope::new("organizations.accounts").covering("aws:account/");
    for (number, name) in [(PROD, "acme-production"), (names::SANDBOX, "acme-sandbox")] {
        organization.add(entity(Kind::Resource, "aws.account", &format!("aws:account/{number}"), name).on());
    }
    let mut account = Account::new(PROD);
    healthy(&mut account);
    aws_cases::add(&mut account);
    filler::services(&mut account);
    let mut scopes = vec![organization];
    scopes.extend(account.scopes());
    scopes
}

/// What is as it should be: used, owned, limited. The agent configurations in `agents/` hold two of these keys.
fn healthy(account: &mut Account) {
    let deployer = account.user("ci-deployer", "2025-03-03");
    account.key(&deployer, "ci-deployer", |key| key.created("2026-10-01").used("2026-11-20"));
    account.users.owned_by(&deployer, &email("ada"), "tag owner");

    // agents/support-desk/.mcp.json holds this key in plain text; it belongs to Grace.
    let tickets = account.user("ticket-search", "2025-09-01");
    account.key(&tickets, "ticket-search", |key| key.created("2026-09-01").used("2026-11-22"));
    account.users.owned_by(&tickets, &email("grace"), "tag owner");
}
