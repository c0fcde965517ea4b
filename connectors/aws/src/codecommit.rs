//! Who may use CodeCommit: the one service that takes users' SSH keys, so the only users worth asking for them.
//!
//! A deliberately wide net over the text of policies: a user who is asked in vain costs a request, a user who is not
//! asked may hold a credential that nobody sees.

use std::collections::HashSet;

use aws_sdk_iam::types::{AttachedPolicy, PolicyDetail, UserDetail};
use serde::Deserialize;

use crate::api::Calls;
use crate::authorization::{Grant, decoded};

/// The users whose policies may allow `codecommit:GitPull` or `codecommit:GitPush`.
pub(crate) async fn users(calls: &Calls) -> Vec<&UserDetail> {
    let authorization = &calls.account.authorization;
    let grants = authorization.grants(calls).await;
    let mut listed = HashSet::new();
    let mut policies = HashSet::new();
    for grant in grants.seen() {
        if let Grant::Policy(policy) = grant {
            listed.insert(policy.arn.as_str());
            if allows(&policy.document) {
                policies.insert(policy.arn.as_str());
            }
        }
    }
    // What is attached and was not listed may allow anything.
    let gives = |attached: &[AttachedPolicy]| {
        let mut arns = attached.iter().filter_map(|policy| policy.policy_arn());
        arns.any(|arn| policies.contains(arn) || !listed.contains(arn))
    };
    let groups: HashSet<&str> = grants
        .seen()
        .filter_map(|grant| match grant {
            Grant::Group(group) => Some(group),
            Grant::Policy(_) => None,
        })
        .filter(|group| inline(group.group_policy_list()) || gives(group.attached_managed_policies()))
        .filter_map(|group| group.group_name())
        .collect();
    let may_use = |user: &&UserDetail| {
        inline(user.user_policy_list())
            || gives(user.attached_managed_policies())
            || user.group_list().iter().any(|name| groups.contains(name.as_str()))
    };
    authorization.users(calls).await.seen().filter(may_use).collect()
}

fn inline(policies: &[PolicyDetail]) -> bool {
    policies.iter().filter_map(|policy| policy.policy_document()).any(allows)
}

/// Whether some statement allows an action of CodeCommit; yes when the document is not understood.
fn allows(document: &str) -> bool {
    let Ok(document) = serde_json::from_str::<Document>(&decoded(document)) else { return true };
    let statements = match document.statement {
        OneOrMany::One(statement) => vec![statement],
        OneOrMany::Many(statements) => statements,
    };
    statements.into_iter().filter(|statement| statement.effect == "Allow").any(|statement| match statement.action {
        Some(OneOrMany::One(action)) => is_codecommit(&action),
        Some(OneOrMany::Many(actions)) => actions.iter().any(|action| is_codecommit(action)),
        // `NotAction`: everything but some.
        None => true,
    })
}

fn is_codecommit(action: &str) -> bool {
    let service = action.split(':').next().unwrap_or_default();
    match service.find(['*', '?']) {
        Some(wildcard) => "codecommit".starts_with(&service[..wildcard].to_ascii_lowercase()),
        None => service.eq_ignore_ascii_case("codecommit"),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Document {
    statement: OneOrMany<Statement>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    effect: String,
    action: Option<OneOrMany<String>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_policies_that_reach_codecommit_count() {
        for (action, expected) in [
            (r#""codecommit:GitPull""#, true),
            (r#"["s3:GetObject","CodeCommit:*"]"#, true),
            (r#""*""#, true),
            (r#""code*:List*""#, true),
            (r#"["s3:*","codebuild:*"]"#, false),
        ] {
            let document = format!(r#"{{"Statement":[{{"Effect":"Allow","Action":{action},"Resource":"*"}}]}}"#);
            assert_eq!(allows(&document), expected, "{action}");
        }
        assert!(!allows(r#"{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#));
        assert!(allows("not a policy"));
    }
}
