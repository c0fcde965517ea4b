//! What to do about a trust: name somebody who is there, or take it out. A token of a workflow or a pod is let in by its
//! subject, so that is what is changed for one; nothing else limits it.

use super::Fault;
use super::heirs::{Heir, Named, renamed};
use crate::analysis::remediation::{self, say};
use crate::graph::{LinkView, Node};

/// Trusts that are spoken of one by one.
const SAY_AT_MOST: usize = 20;

/// What is there is kept in a file first.
pub(super) fn steps(node: Node<'_>, faults: &[(Fault, LinkView<'_>)]) -> Vec<String> {
    let mut changes: Vec<String> = Vec::new();
    for (fault, link) in faults.iter().take(SAY_AT_MOST) {
        let change = say(&advice(node, fault, *link));
        if !changes.contains(&change) {
            changes.push(change);
        }
    }
    if node.type_name() != "aws.iam-role" {
        return changes;
    }
    let name = remediation::shell_word(node.name());
    let kept = [
        format!("aws iam get-role --role-name {name} --query Role.AssumeRolePolicyDocument > trust-before.json"),
        "cp trust-before.json trust.json".to_owned(),
        say("change trust.json:"),
    ];
    let put = format!("aws iam update-assume-role-policy --role-name {name} --policy-document file://trust.json");
    let emptied = say("a policy cannot be left without a statement: a role that nobody is to become is one to delete");
    remediation::place(node).into_iter().chain(kept).chain(changes).chain([emptied, put]).collect()
}

/// How one trust is mended.
fn advice(node: Node<'_>, fault: &Fault, link: LinkView<'_>) -> String {
    let named = link.named().unwrap_or(link.to().id());
    match named.strip_prefix("oidc:").and_then(|named| named.split_once('#')) {
        Some((issuer, subject)) => of_token(&Place::of(node, issuer), fault, link, subject),
        None => of_principal(node, fault, link.to().label()),
    }
}

fn of_principal(node: Node<'_>, fault: &Fault, label: &str) -> String {
    let is_of_aws = node.type_name() == "aws.iam-role";
    match fault {
        Fault::Anyone if is_of_aws => {
            format!("name whom it is for instead of {label}, or limit it by aws:PrincipalOrgID or sts:ExternalId")
        }
        Fault::Anyone => format!("name whom it is for instead of {label}"),
        Fault::Deleted => format!("take {label} out"),
        Fault::Gone { .. } | Fault::Absent(_) => format!("name what took the place of {label}, or take it out"),
    }
}

fn of_token(place: &Place, fault: &Fault, link: LinkView<'_>, subject: &str) -> String {
    let Place { at, out } = place;
    let heir = match fault {
        Fault::Anyone => {
            return format!("{at}, name one subject instead of {subject}, such as one repository or service account");
        }
        Fault::Deleted => return format!("{at}, name a subject that is there instead of {subject}, or {out}"),
        Fault::Gone { .. } | Fault::Absent(_) => super::heir(link),
    };
    if let Some(now) = link.named().or(Some(link.to().id())).and_then(|named| renamed(link.to().graph(), named)) {
        return format!("{at}, name {now} instead of {subject}: the repository is called so now");
    }
    match heir {
        Heir::Holder(_) => {
            let repository = Named::parse(link.named().unwrap_or(link.to().id()));
            let path = repository.map_or_else(String::new, |named| {
                format!(" (GET /repos/{}/{}/actions/oidc/customization/sub)", named.owner, named.name)
            });
            format!(
                "{at}, name the subject that the repository's tokens have now instead of {subject}; its settings say which{path}"
            )
        }
        Heir::Namesake | Heir::Nobody => format!(
            "{at}, name a repository that is there instead of {subject}, by its new name if it was renamed or moved; or {out}"
        ),
        Heir::Unknown => format!("{at}, name a subject that is there instead of {subject}, or {out}"),
    }
}

/// Where a platform keeps the subject that it lets in.
struct Place {
    at: String,
    /// How the trust ends.
    out: &'static str,
}

impl Place {
    fn of(node: Node<'_>, issuer: &str) -> Self {
        let (at, out) = match node.type_name().split_once('.') {
            Some(("aws", _)) => {
                let provider = issuer.trim_start_matches("https://");
                (format!("in the condition on {provider}:sub"), "take its statement out")
            }
            Some(("entra", _)) => ("in its federated credential".to_owned(), "delete that credential"),
            Some(("gcp", _)) => {
                ("in its bindings of roles/iam.workloadIdentityUser".to_owned(), "take that member out")
            }
            _ => ("in its trust".to_owned(), "take it out"),
        };
        Self { at, out }
    }
}
