//! When a trusted subject is not there, or is anybody, and when nobody can tell.

use crate::analysis::testrules::findings;
use crate::analysis::{Finding, Severity};

fn role(rest: &str) -> Option<Finding> {
    let text = format!("identity aws:AROA1 type=aws.iam-role name=app\n{rest}");
    findings("dangling-trust", &text).into_iter().next()
}

fn reason(rest: &str) -> Option<(String, Severity)> {
    role(rest).map(|found| (found.reason, found.severity))
}

fn deleted(severity: Severity) -> Option<(String, Severity)> {
    Some(("deleted_principal".to_owned(), severity))
}

#[test]
fn a_subject_that_a_complete_listing_lacks_does_not_exist() {
    let text = "scope users complete covers=arn:users/\naws:AROA1 trusts arn:users/bob because=trust";
    let found = role(text).unwrap();
    assert_eq!((found.reason.as_str(), found.severity), ("deleted_principal", Severity::High));
    assert_eq!(found.because, "it trusts arn:users/bob, which test/users does not list");
    assert_eq!(found.references, ["OWASP NHI4:2025", "OWASP NHI6:2025"]);
    assert!(found.rests_on.iter().any(|(_, scope)| scope == "users"));
}

#[test]
fn a_listing_that_was_denied_tells_nothing() {
    for state in ["partial", "failed", "suspect"] {
        assert_eq!(
            reason(&format!("scope users {state} covers=arn:users/\naws:AROA1 trusts arn:users/bob")),
            None,
            "{state}"
        );
    }
}

#[test]
fn a_subject_that_no_scope_exposes_may_well_exist() {
    assert_eq!(reason("aws:AROA1 trusts arn:users/bob"), None);
    assert_eq!(
        reason(
            "scope users complete covers=arn:users/\nidentity i:1 alias=arn:users/bob\naws:AROA1 trusts arn:users/bob"
        ),
        None
    );
}

#[test]
fn a_subject_that_is_gone_is_named_with_the_day() {
    let found = role("identity i:1 gone=9d name=bob\naws:AROA1 trusts i:1").unwrap();
    assert_eq!(found.because, "it trusts bob, which is gone since 2026-11-15");
    assert_eq!(reason("identity i:1 missing=1d\naws:AROA1 trusts i:1"), None, "one scan is not enough");
}

#[test]
fn what_the_platform_shows_as_deleted_needs_no_listing() {
    assert_eq!(reason("aws:AROA1 trusts aws:AIDAOLD attr.deleted=true"), deleted(Severity::Medium));
}

#[test]
fn anyone_is_worst_with_rights() {
    assert_eq!(reason("aws:AROA1 trusts *"), Some(("anyone".to_owned(), Severity::High)));
    assert_eq!(reason("aws:AROA1 trusts oidc:https://x#* attr.open=true"), Some(("anyone".to_owned(), Severity::High)));
    let rights = "aws:AROA1 can_access aws:account/1 level=admin";
    assert_eq!(reason(&format!("aws:AROA1 trusts *\n{rights}")).unwrap().1, Severity::Critical);
}

#[test]
fn anyone_with_limits_is_somebody() {
    assert_eq!(reason("aws:AROA1 trusts * attr.limits=organization"), None);
}

#[test]
fn a_subject_with_a_wildcard_is_missing_when_nothing_can_match_it() {
    let of = |state: &str, repository: &str| {
        reason(&format!(
            "scope repos {state} covers=oidc:gh#repo:acme/\nresource github:repo/1 in=repos alias=oidc:gh#repo:acme/{repository}:*
             aws:AROA1 trusts oidc:gh#repo:acme/api:*"
        ))
    };
    assert_eq!(of("complete", "api"), None);
    assert_eq!(of("complete", "web"), deleted(Severity::High));
    assert_eq!(of("partial", "web"), None);
}

#[test]
fn a_name_can_be_taken_and_an_id_can_not() {
    let of = |subject: &str| {
        let world = "scope repos complete covers=oidc:gh#repo:acme/ covers=oidc:gh#repo:acme@9/
            identity gh:1 in=repos alias=repository-name:gh#acme/shop alias=oidc:gh#repo:acme@9/shop@1:*";
        role(&format!("{world}\naws:AROA1 trusts oidc:gh#repo:{subject}")).map(|found| {
            let (_, hope) = found.because.split_once("does not list").unwrap();
            (found.severity, hope.to_owned())
        })
    };
    let free = Some((Severity::High, ": whoever makes a repository of that name may become it".to_owned()));
    let ids = ": nobody else can have it, for the ids in it are given only once";
    let held = ": the tokens of the repository of that name have other subjects";
    assert_eq!(of("acme/gone:*"), free);
    assert_eq!(of("acme/worker-*:ref:*"), free);
    assert_eq!(of("acme@9/gone@*:ref:*"), free, "acme may make another one");
    assert_eq!(of("acme@9/gone@7:ref:refs/heads/main"), Some((Severity::Medium, ids.to_owned())));
    assert_eq!(of("acme@9/shop@1:environment:prod"), None);
    assert_eq!(of("acme/shop:environment:prod"), Some((Severity::Medium, held.to_owned())));
    assert_eq!(of("acme/Shop:*"), Some((Severity::Medium, held.to_owned())), "names differ by more than case");
}

#[test]
fn that_a_name_is_held_rests_on_what_shows_its_holder() {
    let world = "scope repos complete covers=oidc:gh#repo:acme/\nscope subjects complete
        identity gh:1 in=repos alias=repository-name:gh#acme/shop\nidentity gh:1 in=subjects
        aws:AROA1 trusts oidc:gh#repo:acme/shop:*";
    let rests_on = role(world).unwrap().rests_on;
    for scope in ["main", "repos", "subjects"] {
        assert!(rests_on.iter().any(|(_, one)| one == scope), "{scope}");
    }
}

#[test]
fn a_repository_that_is_gone_leaves_its_name_and_not_its_ids() {
    let of =
        |aliases: &str, trusted: &str| reason(&format!("identity gh:1 gone=9d {aliases}\naws:AROA1 trusts {trusted}"));
    assert_eq!(of("alias=oidc:gh#repo:acme@9/shop@1:*", "gh:1"), deleted(Severity::Medium));
    assert_eq!(of("alias=oidc:gh#repo:acme/shop:*", "gh:1"), deleted(Severity::High));
    let both = "alias=oidc:gh#repo:acme@9/shop@1:* alias=oidc:gh#repo:acme/shop:*";
    assert_eq!(of(both, "gh:1"), deleted(Severity::High), "by which of them is not known");
    for rest in ["*", "ref:refs/heads/main"] {
        assert_eq!(of(both, &format!("oidc:gh#repo:acme@9/shop@1:{rest}")), deleted(Severity::Medium));
        assert_eq!(of(both, &format!("oidc:gh#repo:acme/shop:{rest}")), deleted(Severity::High));
    }
}

#[test]
fn what_cannot_authenticate_is_harmless() {
    assert!(findings("dangling-trust", "identity aws:AROA1 enabled=false\naws:AROA1 trusts *").is_empty());
    assert_eq!(reason("aws:AROA1 trusts * gone=9d"), None);
}

#[test]
fn the_trust_is_kept_before_it_is_changed() {
    let text = "identity aws:AROA1 alias=arn:aws:iam::000000000000:role/app\naws:AROA1 trusts *";
    insta::assert_snapshot!(role(text).unwrap().remediation.join("\n"), @"
    # in AWS account 000000000000: `aws sts get-caller-identity` says in which one your commands act
    aws iam get-role --role-name app --query Role.AssumeRolePolicyDocument > trust-before.json
    cp trust-before.json trust.json
    # change trust.json:
    # name whom it is for instead of *, or limit it by aws:PrincipalOrgID or sts:ExternalId
    # a policy cannot be left without a statement: a role that nobody is to become is one to delete
    aws iam update-assume-role-policy --role-name app --policy-document file://trust.json
    ");
}

/// What is to be changed about the trust of this subject.
fn change(world: &str, subject: &str) -> String {
    let found = role(&format!("{world}\naws:AROA1 trusts {subject}")).unwrap();
    found.remediation.iter().find(|step| step.starts_with("# in ") && step.contains("condition")).unwrap().clone()
}

#[test]
fn a_token_is_let_in_by_its_subject() {
    let world = "scope repos complete covers=oidc:https://gh#repo:acme/ covers=oidc:https://gh#repo:acme@9/
        identity github:workflow-identity/1 in=repos alias=repository-name:https://gh#acme/shop alias=oidc:https://gh#repo:acme@9/shop@1:*";
    let change = |subject: &str| change(world, &format!("oidc:https://gh#repo:{subject}"));
    insta::assert_snapshot!(change("acme/gone:*"), @"# in the condition on gh:sub, name a repository that is there instead of repo:acme/gone:*, by its new name if it was renamed or moved; or take its statement out");
    insta::assert_snapshot!(change("acme/shop:ref:refs/heads/main"), @"# in the condition on gh:sub, name the subject that the repository's tokens have now instead of repo:acme/shop:ref:refs/heads/main; its settings say which (GET /repos/acme/shop/actions/oidc/customization/sub)");
    insta::assert_snapshot!(change("acme@9/gone@7:*"), @"# in the condition on gh:sub, name a repository that is there instead of repo:acme@9/gone@7:*, by its new name if it was renamed or moved; or take its statement out");
    insta::assert_snapshot!(change("acme@9/old@1:*"), @"# in the condition on gh:sub, name repo:acme@9/shop@1 instead of repo:acme@9/old@1:*: the repository is called so now");
    insta::assert_snapshot!(self::change("", "oidc:https://gh#* attr.open=true"), @"# in the condition on gh:sub, name one subject instead of *, such as one repository or service account");
    let pods = "scope accounts complete covers=oidc:https://eks#system:";
    insta::assert_snapshot!(self::change(pods, "oidc:https://eks#system:serviceaccount:shop:gone"), @"# in the condition on eks:sub, name a subject that is there instead of system:serviceaccount:shop:gone, or take its statement out");
}

#[test]
fn other_clouds_have_other_places_for_it() {
    let of = |kind: &str| {
        let text = format!(
            "scope repos complete covers=oidc:https://gh#repo:acme/\nidentity i:1 type={kind} name=app
             i:1 trusts oidc:https://gh#repo:acme/gone:*"
        );
        findings("dangling-trust", &text).remove(0).remediation.join("\n")
    };
    insta::assert_snapshot!(of("entra.service-principal"), @"# in its federated credential, name a repository that is there instead of repo:acme/gone:*, by its new name if it was renamed or moved; or delete that credential");
    insta::assert_snapshot!(of("gcp.service-account"), @"# in its bindings of roles/iam.workloadIdentityUser, name a repository that is there instead of repo:acme/gone:*, by its new name if it was renamed or moved; or take that member out");
}
