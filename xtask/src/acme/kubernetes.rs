//! The cluster: all seen but the secrets of one namespace.

use whosekey_sdk::{Evidence, IssueKind, Kind, Link, LinkKind};

use super::filler::{SERVICES, owner};
use super::names::{self, PROD, uid};
use super::recording::{Facts, Scope, entity};

const NAMESPACES: &[&str] = &["shop", "data", "payments"];

/// The recording of the cluster.
pub(super) fn scopes() -> Vec<Scope> {
    let mut accounts = Scope::new("prod/serviceaccounts").covering("k8s://prod/");
    let mut deployments = Scope::new("prod/deployments");
    let mut tokens = Scope::new("prod/secrets");
    for (n, name) in SERVICES.iter().enumerate() {
        let namespace = NAMESPACES[n % NAMESPACES.len()];
        let account = service_account(&mut accounts, namespace, name);
        accounts.owned_by(&account, &owner(n), "annotation owner");
        let deployment = deployment(&mut deployments, namespace, name, &account);
        deployments.owned_by(&deployment, &owner(n), "label owner");
        if n % 4 == 0 {
            // Annotated with a role: the pod becomes it.
            let role = names::iam_arn(PROD, &format!("role/service-{name}"));
            let because = "annotation eks.amazonaws.com/role-arn";
            accounts.link(Link::new(account.as_str(), LinkKind::Assumes, role, Evidence::Declared, because));
        }
    }
    // Nothing runs as it, but a token of it was written into a Secret years ago; the label that tells of use is missing.
    let tiller = service_account(&mut accounts, "shop", "tiller");
    accounts.owned_by(&tiller, "team:platform", "annotation team");
    token(&mut tokens, "shop", "tiller", &tiller, |token| token.created("2020-06-06"));
    // The label is there, and says: not since the cluster began to track.
    let prometheus = service_account(&mut accounts, "data", "prometheus-old");
    accounts.owned_by(&prometheus, "team:data", "annotation team");
    let never = |token: whosekey_sdk::Entity| token.created("2024-01-10").never_used().tracked_since("2024-01-10");
    token(&mut tokens, "data", "prometheus-old", &prometheus, never);
    // The label is there, but the cluster has tracked use for some weeks only.
    let young = service_account(&mut accounts, "data", "spark-history");
    accounts.owned_by(&young, "team:data", "annotation team");
    let lately = |token: whosekey_sdk::Entity| token.created("2023-04-04").never_used().tracked_since("2026-10-20");
    token(&mut tokens, "data", "spark-history", &young, lately);
    // Nobody: no label, no annotation, no creator.
    let mystery = service_account(&mut accounts, "shop", "sync-job");
    let seen = |token: whosekey_sdk::Entity| token.created("2025-07-01").used("2026-11-20").tracked_since("2025-07-01");
    token(&mut tokens, "shop", "sync-job", &mystery, seen);
    one_secret_in_two_places(&mut tokens, &mut deployments);
    let sessions = sessions(&mut accounts);
    let denied = "secrets of namespace payments: list is denied; tokens there are not seen";
    vec![accounts, deployments, tokens.issue(IssueKind::Permission, denied), sessions]
}

/// Two Secrets of two names with one value: the fingerprint tells, the value was never kept.
fn one_secret_in_two_places(secrets: &mut Scope, deployments: &mut Scope) {
    for (namespace, service) in [("shop", "accounting"), ("data", "adverts")] {
        let id = format!("k8s:{}", uid(&format!("secret {namespace}/stripe")));
        let secret = entity(Kind::Credential, "k8s.secret", &id, &format!("{namespace}/stripe"));
        secrets.add(secret.created("2026-09-09").on().attribute("fingerprint", "ac3e5709f1f2b8d4"));
        let deployment = format!("k8s://prod/{namespace}/deployments/{service}");
        deployments.proven(&deployment, LinkKind::Holds, &id, "envFrom.secretRef");
    }
}

/// Sessions that the agents' gateway gave out. Somebody set their length to ten years, "until it works".
fn sessions(accounts: &mut Scope) -> Scope {
    let mut scope = Scope::new("prod/gateway.sessions");
    let gateway = service_account(accounts, "shop", "agent-gateway");
    accounts.owned_by(&gateway, "team:platform", "annotation team");
    for (number, name, is_on) in [(1, "stock-watcher", true), (2, "price-scout", false)] {
        let agent = entity(Kind::Agent, "gateway.agent", &format!("agent:gateway-{name}"), name);
        // The gateway is the one place where agents are registered; all others are found without it.
        let agent =
            agent.environment("prod").attribute("component", "sub-agent").attribute("registry", "agent gateway");
        let agent = scope.add(if is_on { agent.on() } else { agent.off() });
        scope.owned_by(&agent, "team:platform", "label team");
        let session = entity(
            Kind::Credential,
            "gateway.session",
            &format!("gateway:session/{number}"),
            &format!("session of {name}"),
        );
        let session = scope.add(
            session.created("2026-11-02").used("2026-11-23").tracked_since("2026-01-01").expires("2036-11-02").on(),
        );
        scope.proven(&session, LinkKind::AuthenticatesAs, &gateway, "sessions of the gateway");
        scope.proven(&agent, LinkKind::Holds, &session, "sessions of the gateway");
    }
    scope
}

fn service_account(scope: &mut Scope, namespace: &str, name: &str) -> String {
    let id = format!("k8s:{}", uid(&format!("serviceaccount {namespace}/{name}")));
    let account = entity(Kind::Identity, "k8s.service-account", &id, &format!("{namespace}/{name}"));
    let alias = format!("k8s://prod/{namespace}/serviceaccounts/{name}");
    scope.add(account.alias(alias).created("2025-02-01").on().environment("prod"))
}

fn deployment(scope: &mut Scope, namespace: &str, name: &str, account: &str) -> String {
    let id = format!("k8s:{}", uid(&format!("deployment {namespace}/{name}")));
    let deployment = entity(Kind::Workload, "k8s.deployment", &id, &format!("{namespace}/{name}"));
    let alias = format!("k8s://prod/{namespace}/deployments/{name}");
    scope.add(deployment.alias(alias).created("2025-02-01").on().environment("prod"));
    scope.proven(&id, LinkKind::RunsAs, account, "spec.serviceAccountName");
    id
}

fn token(
    scope: &mut Scope,
    namespace: &str,
    name: &str,
    account: &str,
    facts: impl FnOnce(whosekey_sdk::Entity) -> whosekey_sdk::Entity,
) {
    let id = format!("k8s:{}", uid(&format!("secret {namespace}/{name}-token")));
    let token = entity(Kind::Credential, "k8s.service-account-token", &id, &format!("{namespace}/{name}-token"));
    scope.add(facts(token.never_expires().on()));
    scope.proven(&id, LinkKind::AuthenticatesAs, account, "annotation kubernetes.io/service-account.uid");
}
