//! From a role's trust policy to what the role's own listing tells: the services it is for, whom it trusts, and who
//! thereby can become it.

use whosekey_sdk::{EntityId, Evidence, Link, LinkKind};

use crate::policy::{Subject, Trust, trust_links};
use crate::scopes::Place;

/// The services that a role trusts, in order, each once.
pub(crate) fn services(trust: &Trust) -> Vec<String> {
    let name = |subject: &Subject| match subject {
        Subject::Service(name) => Some(name.clone()),
        _ => None,
    };
    let mut services: Vec<String> = trust.subjects.iter().filter_map(|trusted| name(&trusted.subject)).collect();
    services.sort_unstable();
    services.dedup();
    services
}

/// The links of one role.
///
/// A trust in a user or role of the same account, by its exact ARN, is all that it takes to assume the role, so it is
/// also an `assumes` link. In another account, or through an account as a whole, the other side must allow it too:
/// `iam.access` tells that, where both sides are known.
pub(crate) fn links(role: &EntityId, trust: &Trust, place: &Place) -> Vec<Link> {
    let mut links = trust_links(role, trust);
    let own = place.iam_arn("");
    let mut named: Vec<&str> = trust
        .subjects
        .iter()
        .filter_map(|trusted| match &trusted.subject {
            Subject::Principal(arn) if arn.starts_with(&own) && !arn.contains(['*', '?']) => Some(arn.as_str()),
            _ => None,
        })
        .collect();
    named.sort_unstable();
    named.dedup();
    let assumes = |arn| Link::new(arn, LinkKind::Assumes, role, Evidence::Proven, "the role's trust policy names it");
    links.extend(named.into_iter().map(assumes));
    links
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links_of(statement: &str) -> Vec<(LinkKind, String, String)> {
        let place = Place { partition: "aws".into(), account: "000000000000".into(), region: None };
        let trust = Trust::parse(&format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#)).unwrap();
        links(&"aws:AROA1".into(), &trust, &place)
            .into_iter()
            .map(|link| (link.kind, link.from.to_string(), link.to.to_string()))
            .collect()
    }

    #[test]
    fn a_principal_of_the_account_can_assume_what_names_it() {
        let user = "arn:aws:iam::000000000000:user/ci";
        let found =
            links_of(&format!(r#"{{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{{"AWS":"{user}"}}}}"#));
        let role = "aws:AROA1".to_owned();
        assert_eq!(
            found,
            [(LinkKind::Trusts, role.clone(), user.to_owned()), (LinkKind::Assumes, user.to_owned(), role)]
        );
    }

    #[test]
    fn an_account_or_a_stranger_is_trusted_and_no_more() {
        let found = links_of(
            r#"{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":["111111111111","arn:aws:iam::222222222222:role/x"]}}"#,
        );
        assert!(found.iter().all(|(kind, ..)| *kind == LinkKind::Trusts));
        let ends: Vec<_> = found.iter().map(|(_, _, to)| to.as_str()).collect();
        assert_eq!(ends, ["arn:aws:iam::222222222222:role/x", "aws:account/111111111111"]);
    }

    #[test]
    fn a_github_repository_is_named_by_issuer_and_subject() {
        let found = links_of(
            r#"{"Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity",
                "Principal":{"Federated":"arn:aws:iam::000000000000:oidc-provider/token.actions.githubusercontent.com"},
                "Condition":{"StringLike":{"token.actions.githubusercontent.com:sub":"repo:acme/app:*"}}}"#,
        );
        assert_eq!(found[0].2, "oidc:https://token.actions.githubusercontent.com#repo:acme/app:*");
    }
}
