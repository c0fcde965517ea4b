//! When a credential lives too long, and when nobody can tell.

use crate::analysis::Severity;
use crate::analysis::testrules::findings;

/// `no_expiry low`: reason and severity of the one finding about this credential, or nothing.
fn key(facts: &str) -> Option<String> {
    let found = findings("long-lived", &format!("credential c:1 type=aws.access-key {facts}"));
    found.first().map(|f| format!("{} {:?}", f.reason, f.severity).to_lowercase())
}

fn says(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn a_key_that_never_expires_is_long_lived_at_any_age() {
    assert_eq!(key("created=1d expires=never"), says("no_expiry low"));
    assert_eq!(key("created=100d expires=never"), says("no_expiry medium"));
    assert_eq!(key("created=366d expires=never"), says("too_old medium"));
}

#[test]
fn age_alone_makes_it_due_then_too_old() {
    assert_eq!(key("created=89d"), None);
    assert_eq!(key("created=91d"), says("rotation_due low"));
    assert_eq!(key("created=400d"), says("too_old medium"));
    assert_eq!(key("created=400d expires=-300d"), says("too_old medium"));
}

#[test]
fn a_key_that_expires_soon_is_on_its_way_out() {
    assert_eq!(key("created=400d expires=-30d"), None);
    assert_eq!(key("created=10d expires=-30d"), None);
}

#[test]
fn what_is_not_exposed_makes_no_finding() {
    assert_eq!(key(""), None);
    assert_eq!(key("expires=never"), says("no_expiry low"), "the age is not needed");
}

#[test]
fn what_is_denied_makes_no_finding() {
    assert_eq!(key("created=denied expires=denied"), None);
    assert_eq!(key("created=10d expires=denied"), None);
}

#[test]
fn it_is_at_least_as_old_as_we_have_seen_it() {
    let found = &findings("long-lived", "credential c:1 created=denied seen=400d")[0];
    assert_eq!(found.reason, "too_old");
    assert_eq!(
        found.because,
        "its expiry is not exposed; it has been seen since 2025-10-20, 400 days ago \
         (rotation after 90 days, long-lived after 365 days)"
    );
}

#[test]
fn what_cannot_authenticate_is_harmless() {
    for facts in ["enabled=false", "gone=9d", "expires=1d"] {
        assert_eq!(key(&format!("created=400d {facts}")), None, "{facts}");
    }
}

#[test]
fn sessions_references_and_federation_are_not_static() {
    for kind in ["aws.sts-session", "aws.session", "reference.env", "entra.federated-credential"] {
        assert!(
            findings("long-lived", &format!("credential c:1 type={kind} created=400d expires=never")).is_empty(),
            "{kind}"
        );
    }
}

#[test]
fn an_administrators_key_is_worse() {
    let found = findings(
        "long-lived",
        "credential aws:AKIA1 type=aws.access-key created=400d expires=never
         identity aws:AIDA1 name=ci;reboot type=aws.iam-user
         aws:AKIA1 authenticates_as aws:AIDA1
         aws:AIDA1 can_access aws:account/1 level=admin",
    );
    assert_eq!(found[0].severity, Severity::High);
    assert_eq!(found[0].references, ["OWASP NHI7:2025"]);
    insta::assert_snapshot!(found[0].remediation.join("\n"), @"
    # in the AWS account that `aws sts get-access-key-info --access-key-id AKIA1` names: `aws sts get-caller-identity` says in which one your commands act
    aws iam create-access-key --user-name 'ci;reboot'
    # give the new one to the consumers, and see that they use it
    aws iam update-access-key --access-key-id AKIA1 --status Inactive --user-name 'ci;reboot'
    aws iam delete-access-key --access-key-id AKIA1 --user-name 'ci;reboot'
    ");
}
