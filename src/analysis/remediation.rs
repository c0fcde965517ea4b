//! What to do about a thing: its platform's own commands, reversible first.
//!
//! Names come from platforms and may be hostile, so every one is quoted for a POSIX shell.
//! Invariant: nothing inferred alone leads to a recommendation to switch off or delete.

use whosekey_sdk::LinkKind;

use super::finding::Confidence;
use crate::graph::Node;

/// `text` as one word of a POSIX shell.
pub fn shell_word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) && !text.starts_with('-') {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// How to switch the thing off, then how to delete it.
pub fn switch_off(node: Node<'_>, confidence: Confidence) -> Vec<String> {
    if confidence == Confidence::Low {
        return vec!["confirm by other means first: the evidence is inferred from names alone".to_owned()];
    }
    let id = node.id().split_once(':').map_or(node.id(), |(_, id)| id);
    let own = shell_word(id.rsplit_once('/').map_or(id, |(_, id)| id));
    let name = shell_word(node.label());
    let identity = node.out(LinkKind::AuthenticatesAs).next().map(|link| shell_word(link.to().label()));
    let user = identity.as_ref().map_or_else(String::new, |user| format!(" --user-name {user}"));
    let steps = |steps: &[String]| steps.to_vec();
    match node.type_name() {
        "aws.access-key" | "aws.iam-access-key" => steps(&[
            format!("aws iam update-access-key --access-key-id {own} --status Inactive{user}"),
            format!("aws iam delete-access-key --access-key-id {own}{user}"),
        ]),
        "aws.iam-user" => steps(&[
            format!(
                "aws iam put-user-policy --user-name {name} --policy-name whosekey-deny --policy-document '{DENY}'"
            ),
            format!("aws iam delete-login-profile --user-name {name}"),
            format!("aws iam delete-user --user-name {name}"),
        ]),
        "aws.iam-role" => steps(&[
            format!(
                "aws iam put-role-policy --role-name {name} --policy-name whosekey-deny --policy-document '{DENY}'"
            ),
            format!("aws iam delete-role --role-name {name}"),
        ]),
        "github.deploy-key" => steps(&[format!("gh repo deploy-key delete {own}")]),
        "github.pat" | "github.fine-grained-pat" => {
            steps(&[format!("gh api --method POST /orgs/ORG/personal-access-tokens/{own} -f action=revoke")])
        }
        "github.installation" | "github.app-installation" => steps(&[
            format!("gh api --method PUT /app/installations/{own}/suspended"),
            format!("gh api --method DELETE /app/installations/{own}"),
        ]),
        "k8s.service-account" | "kubernetes.service-account" => steps(&[
            format!("kubectl delete rolebinding -l serviceaccount={name}"),
            format!("kubectl delete serviceaccount {name}"),
        ]),
        "gcp.service-account" => steps(&[
            format!("gcloud iam service-accounts disable {name}"),
            format!("gcloud iam service-accounts delete {name}"),
        ]),
        "gcp.service-account-key" | "gcp.key" => {
            let of = identity.as_ref().map_or_else(String::new, |email| format!(" --iam-account {email}"));
            steps(&[
                format!("gcloud iam service-accounts keys disable {own}{of}"),
                format!("gcloud iam service-accounts keys delete {own}{of}"),
            ])
        }
        "entra.service-principal" | "entra.agent-identity" | "azure.service-principal" => steps(&[
            format!("az ad sp update --id {own} --set accountEnabled=false"),
            format!("az ad sp delete --id {own}"),
        ]),
        _ => steps(&[
            format!("switch {name} off where its platform allows it, and wait for somebody to miss it"),
            format!("then delete {name}"),
        ]),
    }
}

const DENY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::testworld::world;

    #[test]
    fn the_reversible_step_comes_first_and_hostile_names_stay_one_word() {
        let graph = world(
            "credential aws:AKIA1 type=aws.access-key
             identity aws:AIDA1 type=aws.iam-user name=a';reboot
             aws:AKIA1 authenticates_as aws:AIDA1",
        );
        let steps = switch_off(graph.find("aws:AKIA1").unwrap(), Confidence::High);
        insta::assert_snapshot!(steps.join("\n"), @r"
        aws iam update-access-key --access-key-id AKIA1 --status Inactive --user-name 'a'\'';reboot'
        aws iam delete-access-key --access-key-id AKIA1 --user-name 'a'\'';reboot'
        ");
    }

    #[test]
    fn nothing_inferred_leads_to_switching_off() {
        let graph = world("credential aws:AKIA1 type=aws.access-key");
        let steps = switch_off(graph.find("aws:AKIA1").unwrap(), Confidence::Low);
        assert!(steps.iter().all(|step| !step.contains("delete")));
    }
}
