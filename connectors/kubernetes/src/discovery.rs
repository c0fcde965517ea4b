//! The list of scopes: what the cluster is, what its API serves, and what it lets us list as a whole.
//!
//! Nothing is assumed to be there: custom resources are looked for in what the API says it serves. Where the API does not
//! say, the kinds that every cluster has are asked for, and the others are not.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::join_all;
use http::StatusCode;
use tokio::sync::OnceCell;
use whosekey_sdk::http::Client;
use whosekey_sdk::owner_evidence::owner_keys;
use whosekey_sdk::{CollectError, Complete, Fact, Issue, IssueKind, Scope, Sink, unpaged};

use crate::api::list::Extent;
use crate::api::sign_in::Session;
use crate::api::{Call, Calls, ask, get};
use crate::cluster::Cluster;
use crate::config::Config;
use crate::resources::{self, Resource};
use crate::scopes::{Kind, scope};
use crate::wire::list::{Groups, OpenIdConfiguration, Resources, Version};
use crate::wire::meta::Bare;

const DISCOVERY: Call<'static> = Call { permission: "get /apis", namespace: None };
const ISSUER: Call<'static> = Call { permission: "get /.well-known/openid-configuration", namespace: None };
const KUBE_SYSTEM: Call<'static> = Call { permission: "get namespaces", namespace: None };
const VERSION: Call<'static> = Call { permission: "get /version", namespace: None };

/// Which version of each kind of object the cluster serves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Apis(BTreeMap<(&'static str, &'static str), String>);

impl Apis {
    /// What every cluster has, for one that does not say what it has.
    pub(crate) fn assumed() -> Self {
        let built_in = resources::ALL.iter().filter(|resource| !resource.versions.is_empty());
        Self(built_in.map(|one| ((one.group, one.plural), one.versions[0].to_owned())).collect())
    }

    /// The version to ask for; `None` when the cluster does not serve it.
    pub(crate) fn version(&self, resource: &Resource) -> Option<&str> {
        self.0.get(&(resource.group, resource.plural)).map(String::as_str)
    }

    async fn discover(http: &Client) -> Result<Self, Issue> {
        let Some(groups) = get::<Groups>(http, DISCOVERY, "/apis").await? else { return Ok(Self::assumed()) };
        let mut apis = Self::default();
        let core = resources::ALL.iter().filter(|resource| resource.group.is_empty());
        apis.0.extend(core.map(|one| ((one.group, one.plural), "v1".to_owned())));
        for group in &groups.groups {
            let wanted: Vec<_> = resources::ALL.iter().filter(|resource| resource.group == group.name).collect();
            let served: Vec<&str> = group.versions.iter().map(|version| version.version.as_str()).collect();
            for version in asked_for(&wanted, &served) {
                let path = format!("/apis/{}/{version}", group.name);
                let Some(list) = get::<Resources>(http, DISCOVERY, &path).await? else { continue };
                for one in &wanted {
                    let is_listed =
                        |r: &crate::wire::list::Resource| r.name == one.plural && r.verbs.iter().any(|v| v == "list");
                    let is_known = one.versions.is_empty() || one.versions.contains(&version);
                    if is_known && list.resources.iter().any(is_listed) {
                        apis.0.entry((one.group, one.plural)).or_insert_with(|| version.to_owned());
                    }
                }
                if wanted.iter().all(|one| apis.version(one).is_some()) {
                    break;
                }
            }
        }
        Ok(apis)
    }
}

/// The served versions of a group that may have what is wanted, best first.
fn asked_for<'v>(wanted: &[&&'static Resource], served: &[&'v str]) -> Vec<&'v str> {
    let Some(first) = wanted.first() else { return Vec::new() };
    if first.versions.is_empty() {
        return served.to_vec();
    }
    let mut known: Vec<&str> = wanted.iter().flat_map(|one| one.versions).copied().collect();
    known.sort_unstable_by_key(|version| (version.len(), *version));
    known.dedup();
    known.into_iter().filter_map(|version| served.iter().copied().find(|one| *one == version)).collect()
}

/// Learns what the cluster is.
///
/// # Errors
/// When it does not answer, or it cannot be told how it is called.
pub(crate) async fn recognize(config: &Config, session: &Session, http: &Client) -> Result<Cluster, Issue> {
    let mut issues = Vec::new();
    let (apis, undiscovered) = match Apis::discover(http).await {
        Ok(apis) => (apis, None),
        Err(issue) if issue.kind == IssueKind::Permission => (Apis::assumed(), Some(issue)),
        Err(issue) => return Err(issue),
    };
    let kube_system = get::<Bare>(http, KUBE_SYSTEM, "/api/v1/namespaces/kube-system").await;
    let kube_system = match kube_system {
        Ok(found) => found.map(|found| found.metadata),
        Err(issue) if issue.kind == IssueKind::Permission => {
            issues.push(issue);
            None
        }
        // The cluster's name, and with it that of every scope, may hang on it.
        Err(issue) => return Err(issue),
    };
    let version = get::<Version>(http, VERSION, "/version").await.unwrap_or_else(|issue| {
        issues.push(issue);
        None
    });
    let openid = get::<OpenIdConfiguration>(http, ISSUER, ISSUER_PATH).await.unwrap_or_else(|issue| {
        issues.push(issue);
        None
    });
    let uid = kube_system.as_ref().map(|namespace| namespace.uid.clone());
    Ok(Cluster {
        name: name(config.name.as_deref(), session.context.as_deref(), uid.as_deref(), &session.host),
        uid,
        created_at: kube_system.map_or(Fact::NotExposed, |namespace| namespace.created_at()),
        version: version.map(|version| version.git_version),
        issuer: openid.map(|openid| openid.issuer),
        apis,
        undiscovered,
        owner_keys: owner_keys(config.owner_tags.as_deref()).into(),
        issues,
        accounts: OnceCell::new(),
        rbac: OnceCell::new(),
        defaults: OnceCell::new(),
    })
}

const ISSUER_PATH: &str = "/.well-known/openid-configuration";

/// What the cluster is called: as configured, as its context is called, or by its uid. An EKS context is called by the
/// cluster's ARN, whose last part is the name that AWS's own listings use.
fn name(configured: Option<&str>, context: Option<&str>, uid: Option<&str>, host: &str) -> String {
    let context = context.map(|name| match name.strip_prefix("arn:aws") {
        Some(arn) => arn.rsplit('/').next().unwrap_or(arn),
        None => name,
    });
    let name = configured.or(context).or(uid).unwrap_or(host);
    let plain = |c: char| if c == '/' || c == '*' || c.is_control() || c.is_whitespace() { '-' } else { c };
    name.chars().map(plain).collect()
}

/// The scopes of a cluster.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) scopes: Vec<Scope>,
    /// The kinds that are listed in each namespace, since they may not be listed in all at once.
    pub(crate) in_namespaces: Vec<Kind>,
}

/// Lists the scopes of a cluster. What cannot be listed as a whole is listed in each namespace.
///
/// # Errors
/// When it cannot be told what may be listed.
pub(crate) async fn scopes(
    config: &Config,
    cluster: &Arc<Cluster>,
    http: &Client,
    out: &mut dyn Sink,
) -> Result<(Found, Complete), CollectError> {
    let calls = Calls { cluster: Arc::clone(cluster), http: http.clone(), namespace: None, is_probe: false };
    if let Some(issue) = &cluster.undiscovered {
        // Which custom resources there are is not known, so the list of scopes is not whole.
        out.issue(issue.clone());
    }
    let kinds: Vec<Kind> = Kind::ALL.iter().copied().filter(|kind| is_listed(*kind, config, cluster)).collect();
    let refused = refused_as_a_whole(&calls, &kinds).await?;
    let mut scopes: Vec<Scope> = kinds.iter().map(|kind| scope(*kind, cluster, None)).collect();
    if refused.is_empty() {
        return Ok((Found { scopes, in_namespaces: refused }, unpaged()));
    }
    let namespaces = if config.namespaces.is_empty() {
        let listed = calls.list(resources::NAMESPACES, Extent::Whole, |one: Bare| vec![one.metadata.name]).await;
        if let Err(CollectError::Issue(issue)) = listed.complete(out) {
            // Which namespaces there are is not known, so the list of scopes is not whole; those that are, are.
            out.issue(issue);
        }
        listed.seen().to_vec()
    } else {
        config.namespaces.clone()
    };
    let in_each = refused.iter().flat_map(|kind| namespaces.iter().map(|name| scope(*kind, cluster, Some(name))));
    scopes.extend(in_each);
    let in_namespaces = if namespaces.is_empty() { Vec::new() } else { refused };
    Ok((Found { scopes, in_namespaces }, unpaged()))
}

fn is_listed(kind: Kind, config: &Config, cluster: &Cluster) -> bool {
    let is_served = |resource: &&Resource| cluster.apis.version(resource).is_some();
    let resources = kind.resources();
    (kind != Kind::Secrets || config.secrets) && (resources.is_empty() || resources.iter().any(is_served))
}

/// The kinds that may not be listed in the whole cluster at once. Asked for by a page of one.
async fn refused_as_a_whole(calls: &Calls, kinds: &[Kind]) -> Result<Vec<Kind>, Issue> {
    let probes = kinds.iter().copied().filter(|kind| kind.is_namespaced()).flat_map(|kind| {
        let in_namespaces = kind.resources().iter().filter(|resource| resource.is_namespaced);
        in_namespaces.filter_map(move |resource| Some((kind, *resource, calls.path(resource)?)))
    });
    let answers = probes.map(|(kind, resource, path)| async move {
        let accept = match kind {
            Kind::Secrets => crate::api::guard::METADATA_ALONE,
            _ => "application/json",
        };
        let answer = ask(&calls.http, calls.call(resource), &format!("{path}?limit=1"), accept).await;
        // What goes wrong otherwise goes wrong again when the scope is collected, and is told there.
        answer.is_ok_and(|answer| answer.status() == StatusCode::FORBIDDEN).then_some(kind)
    });
    let mut refused: Vec<Kind> = join_all(answers).await.into_iter().flatten().collect();
    refused.sort_unstable();
    refused.dedup();
    Ok(refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_asked_for_best_first_and_only_where_one_is_known() {
        let cron_jobs = [&resources::CRON_JOBS];
        assert_eq!(asked_for(&cron_jobs, &["v2alpha1", "v1beta1", "v1"]), ["v1", "v1beta1"]);
        assert_eq!(asked_for(&cron_jobs, &["v2alpha1"]), Vec::<&str>::new());
        assert_eq!(asked_for(&[&resources::KAGENT_AGENTS], &["v1alpha2", "v1alpha1"]), ["v1alpha2", "v1alpha1"]);
        assert_eq!(asked_for(&[], &["v1"]), Vec::<&str>::new());
    }

    #[test]
    fn a_cluster_is_called_as_configured_as_its_context_or_by_its_uid() {
        let eks = "arn:aws:eks:eu-west-1:000000000000:cluster/prod";
        assert_eq!(name(Some("acme"), Some(eks), Some("uid"), "host"), "acme");
        assert_eq!(name(None, Some(eks), Some("uid"), "host"), "prod", "as AWS's own listings call it");
        assert_eq!(name(None, Some("admin@a/b c"), Some("uid"), "host"), "admin@a-b-c");
        assert_eq!(name(None, None, Some("uid"), "host"), "uid");
        assert_eq!(name(None, None, None, "10.0.0.1:6443"), "10.0.0.1:6443");
    }

    #[test]
    fn custom_resources_are_never_assumed() {
        assert_eq!(Apis::assumed().version(resources::KAGENT_AGENTS), None);
        assert_eq!(Apis::assumed().version(resources::CRON_JOBS), Some("v1"));
    }
}
