//! Who may ask a cluster what: users with a token that the API server reads once, at its start.

use std::fmt::Write;

use serde_json::{Value, json};

use super::Client;
use crate::PartError;

/// How many users a cluster has to give away.
pub(super) const SPARE: usize = 100;
pub(super) const ADMIN_TOKEN: &str = "token-of-the-tests-administrator";
pub(super) const CONTROLLERS_TOKEN: &str = "token-of-the-controller-manager";

/// A user of a cluster.
#[derive(Debug, Clone)]
pub struct User {
    /// As RBAC and the audit log know it.
    pub name: String,
    /// What it shows.
    pub token: String,
}

impl User {
    pub(super) fn spare(n: usize) -> Option<Self> {
        (n < SPARE).then(|| Self { name: format!("scanner-{n}"), token: format!("token-of-the-scanner-{n:04}") })
    }

    /// Binds the user to a role of these rules and waits until the API server has heard of it.
    pub(super) fn allow(&self, admin: &Client, rules: &Value) -> Result<(), PartError> {
        let (api, name) = ("rbac.authorization.k8s.io", &self.name);
        let version = format!("{api}/v1");
        let metadata = json!({"name": name});
        admin.apply(&json!({"apiVersion": version, "kind": "ClusterRole", "metadata": metadata, "rules": rules}))?;
        admin.apply(&json!({
            "apiVersion": version, "kind": "ClusterRoleBinding", "metadata": metadata,
            "roleRef": {"apiGroup": api, "kind": "ClusterRole", "name": name},
            "subjects": [{"apiGroup": api, "kind": "User", "name": name}],
        }))?;
        let Some(asked) = rules.as_array().and_then(|rules| rules.iter().find_map(first_of)) else { return Ok(()) };
        let mut review = json!({
            "apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": asked,
        });
        review["spec"]["user"] = json!(name);
        let path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
        admin.wait_for_post(path, &review, |review| review["status"]["allowed"] == true)?;
        Ok(())
    }
}

/// The first thing that a rule allows, as a review asks for it.
fn first_of(rule: &Value) -> Option<Value> {
    let verb = rule["verbs"].get(0)?;
    if let Some(path) = rule["nonResourceURLs"].get(0) {
        return Some(json!({"nonResourceAttributes": {"verb": verb, "path": path}}));
    }
    let (resource, subresource) = match rule["resources"].get(0)?.as_str()?.split_once('/') {
        Some((resource, subresource)) => (json!(resource), json!(subresource)),
        None => (rule["resources"][0].clone(), Value::Null),
    };
    Some(json!({"resourceAttributes": {
        "verb": verb, "group": rule["apiGroups"].get(0)?, "resource": resource, "subresource": subresource,
        "name": rule["resourceNames"].get(0),
    }}))
}

/// What `--token-auth-file` reads: token, name, id, groups.
pub(super) fn token_file() -> String {
    let mut file = format!("{ADMIN_TOKEN},admin,admin,system:masters\n");
    let controllers = "system:kube-controller-manager";
    writeln!(file, "{CONTROLLERS_TOKEN},{controllers},{controllers}").expect("a string takes everything");
    for User { name, token } in (0..SPARE).filter_map(User::spare) {
        writeln!(file, "{token},{name},{name}").expect("a string takes everything");
    }
    file
}
