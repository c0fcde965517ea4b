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
    let thing = Thing::of(node);
    thing
        .aws(node.type_name())
        .or_else(|| thing.github(node.type_name()))
        .or_else(|| thing.kubernetes(node.type_name()))
        .or_else(|| thing.cloud(node.type_name()))
        .unwrap_or_else(|| {
            vec![
                format!("switch {} off where its platform allows it, and wait for somebody to miss it", thing.name),
                format!("then delete {}", thing.name),
            ]
        })
}

/// The options by which GitHub's own command finds what is part of this.
fn github_place(parent: Node<'_>) -> String {
    let label = parent.label();
    match parent.type_name() {
        "github.organization" => format!(" --org {}", shell_word(label)),
        "github.repository" => format!(" --repo {}", shell_word(label)),
        "github.environment" => {
            // The repository's name has no space in it, the environment's may.
            let (repository, environment) = label.split_once(' ').unwrap_or((label, ""));
            format!(" --repo {} --env {}", shell_word(repository), shell_word(environment))
        }
        _ => String::new(),
    }
}

/// What commands need, each as a word of a shell.
struct Thing {
    /// The last part of the id: `AKIA…`, `17`.
    id: String,
    name: String,
    /// The two parts of `namespace/name`.
    namespaced: (String, String),
    /// The name of the identity that a credential proves.
    identity: Option<String>,
    /// The name of what it is part of.
    parent: Option<String>,
    /// Where GitHub's own command finds it: ` --repo acme/shop --env prod`.
    place: String,
}

impl Thing {
    fn of(node: Node<'_>) -> Self {
        let id = node.id().split_once(':').map_or(node.id(), |(_, id)| id);
        let end = |kind| node.out(kind).next().map(|link| shell_word(link.to().label()));
        Self {
            id: shell_word(id.rsplit_once('/').map_or(id, |(_, id)| id)),
            name: shell_word(node.label()),
            namespaced: node.label().split_once('/').map_or_else(
                || ("default".to_owned(), shell_word(node.label())),
                |(space, name)| (shell_word(space), shell_word(name)),
            ),
            identity: end(LinkKind::AuthenticatesAs),
            parent: end(LinkKind::PartOf),
            place: node.out(LinkKind::PartOf).next().map_or_else(String::new, |link| github_place(link.to())),
        }
    }

    fn aws(&self, type_name: &str) -> Option<Vec<String>> {
        let Self { id, name, .. } = self;
        let user = self.identity.as_ref().map_or_else(String::new, |user| format!(" --user-name {user}"));
        let inactive = |noun: &str, flag: &str| {
            vec![
                format!("aws iam update-{noun} --{flag} {id} --status Inactive{user}"),
                format!("aws iam delete-{noun} --{flag} {id}{user}"),
            ]
        };
        Some(match type_name {
            "aws.access-key" => inactive("access-key", "access-key-id"),
            "aws.ssh-public-key" | "aws.ssh-key" => inactive("ssh-public-key", "ssh-public-key-id"),
            "aws.signing-certificate" => inactive("signing-certificate", "certificate-id"),
            "aws.service-credential" => inactive("service-specific-credential", "service-specific-credential-id"),
            "aws.console-password" => vec![format!("aws iam delete-login-profile{user}")],
            "aws.iam-user" => vec![
                format!(
                    "aws iam put-user-policy --user-name {name} --policy-name whosekey-deny --policy-document '{DENY}'"
                ),
                format!("aws iam delete-user --user-name {name}"),
            ],
            "aws.iam-role" => vec![
                format!(
                    "aws iam put-role-policy --role-name {name} --policy-name whosekey-deny --policy-document '{DENY}'"
                ),
                format!("aws iam delete-role --role-name {name}"),
            ],
            "aws.agentcore-workload-identity" => {
                vec![format!("aws bedrock-agentcore-control delete-workload-identity --name {name}")]
            }
            _ => return None,
        })
    }

    fn github(&self, type_name: &str) -> Option<Vec<String>> {
        let id = &self.id;
        Some(match type_name {
            "github.deploy-key" => {
                let of = self.parent.as_ref().map_or_else(String::new, |repo| format!(" --repo {repo}"));
                vec![format!("gh repo deploy-key delete {id}{of}")]
            }
            "github.pat" => {
                vec![format!("gh api --method POST /orgs/ORG/personal-access-tokens/{id} --field action=revoke")]
            }
            "github.classic-pat" => vec![format!("gh api --method DELETE /orgs/ORG/credential-authorizations/{id}")],
            "github.installation" => vec![
                format!("gh api --method PUT /app/installations/{id}/suspended"),
                format!("gh api --method DELETE /app/installations/{id}"),
            ],
            "github.secret" => self.stored_secret(""),
            "github.dependabot-secret" => self.stored_secret(" --app dependabot"),
            "github.codespaces-secret" => self.stored_secret(" --app codespaces"),
            _ => return None,
        })
    }

    /// Nothing takes the deletion of one back.
    fn stored_secret(&self, app: &str) -> Vec<String> {
        let Self { name, place, .. } = self;
        vec![
            format!(
                "make sure that the value of {name} is kept elsewhere or can be made anew: GitHub never shows it again"
            ),
            format!("gh secret delete {name}{place}{app}"),
        ]
    }

    fn kubernetes(&self, type_name: &str) -> Option<Vec<String>> {
        let (space, name) = &self.namespaced;
        Some(match type_name {
            "k8s.service-account" => vec![
                format!(
                    "kubectl --namespace {space} get serviceaccount {name} --output yaml   # keep it, to put it back"
                ),
                format!("kubectl --namespace {space} delete serviceaccount {name}"),
            ],
            "k8s.service-account-token" => vec![format!("kubectl --namespace {space} delete secret {name}")],
            _ => return None,
        })
    }

    fn cloud(&self, type_name: &str) -> Option<Vec<String>> {
        let Self { id, name, .. } = self;
        Some(match type_name {
            "gcp.service-account" => vec![
                format!("gcloud iam service-accounts disable {name}"),
                format!("gcloud iam service-accounts delete {name}"),
            ],
            "gcp.service-account-key" => {
                let of = self.identity.as_ref().map_or_else(String::new, |email| format!(" --iam-account {email}"));
                vec![
                    format!("gcloud iam service-accounts keys disable {id}{of}"),
                    format!("gcloud iam service-accounts keys delete {id}{of}"),
                ]
            }
            "entra.service-principal" | "entra.agent-identity" => vec![
                format!("az ad sp update --id {id} --set accountEnabled=false"),
                format!("az ad sp delete --id {id}"),
            ],
            _ => return None,
        })
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
    fn each_part_of_a_name_is_a_word_of_its_own() {
        let graph = world("credential k8s:1 type=k8s.service-account-token name=a';reboot/x");
        let steps = switch_off(graph.find("k8s:1").unwrap(), Confidence::High);
        assert_eq!(steps, [r"kubectl --namespace 'a'\'';reboot' delete secret x"]);
    }

    #[test]
    fn a_stored_secret_is_found_where_it_is_and_its_value_is_gone_for_good() {
        let command = |parent: &str, secret: &str| {
            let graph = world(&format!("resource gh:p {parent}\ncredential gh:1 name=DB {secret}\ngh:1 part_of gh:p"));
            switch_off(graph.find("gh:1").unwrap(), Confidence::High).pop().unwrap()
        };
        let of_repository = "type=github.repository name=acme/shop";
        assert_eq!(command(of_repository, "type=github.secret"), "gh secret delete DB --repo acme/shop");
        assert_eq!(
            command(of_repository, "type=github.dependabot-secret"),
            "gh secret delete DB --repo acme/shop --app dependabot"
        );
        assert_eq!(
            command("type=github.organization name=acme", "type=github.codespaces-secret"),
            "gh secret delete DB --org acme --app codespaces"
        );
    }

    #[test]
    fn nothing_inferred_leads_to_switching_off() {
        let graph = world("credential aws:AKIA1 type=aws.access-key");
        let steps = switch_off(graph.find("aws:AKIA1").unwrap(), Confidence::Low);
        assert!(steps.iter().all(|step| !step.contains("delete")));
    }
}
