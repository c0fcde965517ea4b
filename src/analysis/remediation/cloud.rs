//! What the commands of Google Cloud and Azure do.

use whosekey_sdk::LinkKind;

use super::{last_part, shell_word};
use crate::graph::Node;

pub(super) fn switch_off(node: Node<'_>) -> Option<Vec<String>> {
    let (id, name) = (shell_word(last_part(node)), shell_word(node.label()));
    Some(match node.type_name() {
        "gcp.service-account" => vec![
            format!("gcloud iam service-accounts disable {name}"),
            format!("gcloud iam service-accounts delete {name}"),
        ],
        "gcp.service-account-key" => {
            let account = node.out(LinkKind::AuthenticatesAs).next().map(|link| shell_word(link.to().label()));
            let of = account.map_or_else(String::new, |email| format!(" --iam-account {email}"));
            vec![
                format!("gcloud iam service-accounts keys disable {id}{of}"),
                format!("gcloud iam service-accounts keys delete {id}{of}"),
            ]
        }
        "entra.service-principal" | "entra.agent-identity" => {
            vec![format!("az ad sp update --id {id} --set accountEnabled=false"), format!("az ad sp delete --id {id}")]
        }
        _ => return None,
    })
}
