//! What AWS's own command does.

use whosekey_sdk::LinkKind;

use super::{last_part, say, shell_word};
use crate::graph::Node;

const DENY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#;

pub(super) fn switch_off(node: Node<'_>) -> Option<Vec<String>> {
    if root(node).is_some() {
        return Some(as_root());
    }
    let id = shell_word(last_part(node));
    let name = shell_word(node.label());
    let inactive = |noun: &str, flag: &str| {
        let user = user_option(node);
        vec![
            format!("aws iam update-{noun} --{flag} {id} --status Inactive{user}"),
            format!("aws iam delete-{noun} --{flag} {id}{user}"),
        ]
    };
    Some(match node.type_name() {
        "aws.access-key" => inactive("access-key", "access-key-id"),
        "aws.ssh-public-key" | "aws.ssh-key" => inactive("ssh-public-key", "ssh-public-key-id"),
        "aws.signing-certificate" => inactive("signing-certificate", "certificate-id"),
        "aws.service-credential" => inactive("service-specific-credential", "service-specific-credential-id"),
        "aws.console-password" => vec![
            say("nothing takes this back: the user needs a new password afterwards"),
            format!("aws iam delete-login-profile{}", user_option(node)),
        ],
        "aws.iam-user" => denied("user", &name, "access keys, passwords, other policies and groups"),
        "aws.iam-role" => denied("role", &name, "other policies and instance profiles"),
        "aws.agentcore-workload-identity" => {
            let region = arn(node).map(|arn| arn.region).filter(|region| !region.is_empty());
            let region = region.map_or_else(String::new, |region| format!(" --region {}", shell_word(region)));
            vec![format!("aws bedrock-agentcore-control delete-workload-identity --name {name}{region}")]
        }
        _ => return None,
    })
}

/// A policy that denies everything, which can be taken away again; IAM deletes nothing that has a policy.
fn denied(kind: &str, name: &str, others: &str) -> Vec<String> {
    let policy = format!("--{kind}-name {name} --policy-name whosekey-deny");
    vec![
        format!("aws iam put-{kind}-policy {policy} --policy-document '{DENY}'"),
        say(&format!("if somebody misses it, the next command alone gives it back; else delete its {others} too")),
        format!("aws iam delete-{kind}-policy {policy}"),
        format!("aws iam delete-{kind} --{kind}-name {name}"),
    ]
}

/// Its keys have no ids that others could name.
fn as_root() -> Vec<String> {
    vec![
        say("sign in to the console as the account's root user and open its security credentials"),
        say("deactivate it there, wait for somebody to miss it, then delete it there"),
    ]
}

/// In which account.
pub(super) fn place(node: Node<'_>) -> Option<String> {
    if !node.type_name().starts_with("aws.") {
        return None;
    }
    let account = root(node).map(last_part).or_else(|| Some(arn(node)?.account));
    let is_account = |text: &&str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let account = match account.filter(is_account) {
        Some(account) => format!("in AWS account {account}"),
        None if node.type_name() == "aws.access-key" => {
            let key = shell_word(last_part(node));
            format!("in the AWS account that `aws sts get-access-key-info --access-key-id {key}` names")
        }
        None => return None,
    };
    Some(say(&format!("{account}: `aws sts get-caller-identity` says in which one your commands act")))
}

fn root(node: Node<'_>) -> Option<Node<'_>> {
    let mut ends = node.out(LinkKind::AuthenticatesAs).map(|link| link.to());
    std::iter::once(node).chain(&mut ends).find(|one| one.type_name() == "aws.root-user")
}

/// ` --user-name ci`. Without it, IAM takes the user who asks.
fn user_option(node: Node<'_>) -> String {
    if let Some(user) = user_name(node) {
        return format!(" --user-name {user}");
    }
    if node.type_name() != "aws.access-key" {
        return String::new();
    }
    let key = shell_word(last_part(node));
    format!(" --user-name \"$(aws iam get-access-key-last-used --access-key-id {key} --query UserName --output text)\"")
}

/// The name of the user whom a credential proves, as a word of a shell.
pub(crate) fn user_name(credential: Node<'_>) -> Option<String> {
    let mut users = credential.out(LinkKind::AuthenticatesAs).filter(|link| link.is_there()).map(|link| link.to());
    users.find_map(|user| {
        let of_arn = || user.id().starts_with("arn:").then(|| user.id().split_once(":user/")).flatten();
        let name = Some(user.name()).filter(|name| !name.is_empty());
        name.or_else(|| of_arn().map(|(_, path)| path.rsplit('/').next().unwrap_or(path))).map(shell_word)
    })
}

/// `aws`, `aws-cn`, `aws-us-gov`: where AWS's own policies are.
pub(crate) fn partition(node: Node<'_>) -> &str {
    arn(node).map_or("aws", |arn| arn.partition)
}

/// An ARN, as far as it says where something is.
struct Arn<'a> {
    partition: &'a str,
    region: &'a str,
    account: &'a str,
}

fn arn(node: Node<'_>) -> Option<Arn<'_>> {
    let proved = node.out(LinkKind::AuthenticatesAs).map(|link| link.to());
    let names = std::iter::once(node).chain(proved).flat_map(|one| std::iter::once(one.id()).chain(one.aliases()));
    names.filter_map(parse).next()
}

fn parse(name: &str) -> Option<Arn<'_>> {
    let mut parts = name.strip_prefix("aws:").unwrap_or(name).splitn(6, ':');
    (parts.next()? == "arn").then_some(())?;
    let (partition, _service, region, account) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    parts.next().map(|_| Arn { partition, region, account })
}
