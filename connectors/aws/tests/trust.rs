//! Whom roles trust, from trust policies as IAM holds them.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use proptest::prelude::*;
use whosekey_aws::policy::{
    Analyzer, Limit, Principal, PrincipalKind, Provider, Subject, Trust, TrustedSubject, access_links, assume_links,
    trust_links,
};
use whosekey_sdk::{EntityId, Evidence, LinkKind};

fn trust(principal: &str, condition: &str) -> Trust {
    let condition = if condition.is_empty() { String::new() } else { format!(r#","Condition":{condition}"#) };
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{principal},"Action":"sts:AssumeRole"{condition}}}]}}"#
    );
    Trust::parse(&text).unwrap()
}

fn only(trust: Trust) -> TrustedSubject {
    assert_eq!(trust.subjects.len(), 1);
    trust.subjects.into_iter().next().unwrap()
}

#[test]
fn each_kind_of_principal_is_told_apart() {
    for (principal, expected) in [
        (r#""*""#, Subject::Anyone),
        (r#"{"AWS":"*"}"#, Subject::Anyone),
        (r#"{"AWS":"000000000000"}"#, Subject::Account("000000000000".into())),
        (r#"{"AWS":"arn:aws:iam::000000000000:root"}"#, Subject::Account("000000000000".into())),
        (r#"{"AWS":"arn:aws:iam::1:user/a"}"#, Subject::Principal("arn:aws:iam::1:user/a".into())),
        (r#"{"AWS":"AROAEXAMPLE1"}"#, Subject::Deleted("AROAEXAMPLE1".into())),
        (r#"{"AWS":["AIDAEXAMPLE1"]}"#, Subject::Deleted("AIDAEXAMPLE1".into())),
        (r#"{"Service":"lambda.amazonaws.com"}"#, Subject::Service("lambda.amazonaws.com".into())),
        (r#"{"CanonicalUser":"79a5"}"#, Subject::CanonicalUser("79a5".into())),
    ] {
        assert_eq!(only(trust(principal, "")).subject, expected, "{principal}");
    }
}

#[test]
fn a_workflow_is_trusted_by_issuer_and_subject() {
    let github = r#"{"Federated":"arn:aws:iam::000000000000:oidc-provider/token.actions.githubusercontent.com"}"#;
    let trusted = only(trust(
        github,
        r#"{"StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"},
            "StringLike":{"token.actions.githubusercontent.com:sub":["repo:acme/api:*","repo:acme/web:ref:refs/heads/main"]}}"#,
    ));
    assert_eq!(
        trusted.subject,
        Subject::Federated {
            provider: Provider::Oidc("https://token.actions.githubusercontent.com".into()),
            subjects: vec!["repo:acme/api:*".into(), "repo:acme/web:ref:refs/heads/main".into()],
            audiences: vec!["sts.amazonaws.com".into()],
        }
    );
    assert!(!trusted.is_open());
    let unlimited =
        trust(github, r#"{"StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"}}"#);
    assert!(only(unlimited).is_open(), "any repository of anybody");
    let is_open = |subject: &str| {
        let condition = format!(r#"{{"StringLike":{{"token.actions.githubusercontent.com:sub":"{subject}"}}}}"#);
        only(trust(github, &condition)).is_open()
    };
    for subject in
        ["*", "re*", "repo:*", "repo:*/*:ref:refs/heads/main", "repo:?cme/app:*", "repo:acme*", "repo:acme-*/app:*"]
    {
        assert!(is_open(subject), "{subject}: whoever makes an organisation of a name that fits");
    }
    for subject in
        ["repo:acme/*", "repo:acme/app*:ref:*", "repo:acme@9/*", "repo:acme@*/app@*:*", "repo:acme/app:ref:a"]
    {
        assert!(!is_open(subject), "{subject}");
    }
}

#[test]
fn a_cluster_of_ones_own_is_not_open_without_a_subject() {
    let eks = r#"{"Federated":"arn:aws:iam::000000000000:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABC"}"#;
    let trusted = only(trust(eks, ""));
    assert!(!trusted.is_open());
    let links = trust_links(&EntityId::from("aws:AROA1"), &Trust { subjects: vec![trusted], has_denials: false });
    assert_eq!(links[0].to.as_str(), "oidc:https://oidc.eks.eu-west-1.amazonaws.com/id/ABC#*");
}

#[test]
fn anyone_is_open_unless_a_condition_says_who() {
    for (condition, is_open) in [
        ("", true),
        (r#"{"StringEquals":{"aws:PrincipalOrgID":"o-acme"}}"#, false),
        (r#"{"StringEquals":{"sts:ExternalId":"s3cret"}}"#, false),
        (r#"{"StringEquals":{"aws:SourceAccount":"000000000000"}}"#, false),
        (r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::000000000000:role/*"}}"#, false),
        (r#"{"StringLike":{"aws:PrincipalOrgID":"*"}}"#, true),
        (r#"{"StringNotEquals":{"aws:PrincipalOrgID":"o-acme"}}"#, true),
        (r#"{"StringEqualsIfExists":{"aws:PrincipalOrgID":"o-acme"}}"#, true),
        (r#"{"ForAllValues:StringEquals":{"aws:PrincipalOrgPaths":"o-acme/"}}"#, true),
        (r#"{"Bool":{"aws:SecureTransport":"true"}}"#, true),
    ] {
        assert_eq!(only(trust(r#""*""#, condition)).is_open(), is_open, "{condition}");
    }
}

#[test]
fn an_external_id_is_never_kept() {
    let trusted = only(trust(r#"{"AWS":"000000000000"}"#, r#"{"StringEquals":{"sts:ExternalId":"s3cret"}}"#));
    assert_eq!(trusted.limits, [Limit::ExternalId]);
    let links = trust_links(&EntityId::from("aws:AROA1"), &Trust { subjects: vec![trusted], has_denials: false });
    assert!(!format!("{links:?}").contains("s3cret"));
}

#[test]
fn links_say_what_is_open_and_what_was_deleted() {
    let role = EntityId::from("aws:AROA1");
    let open = &trust_links(&role, &trust(r#""*""#, ""))[0];
    assert_eq!((open.to.as_str(), &open.attributes["open"]), ("*", &serde_json::json!(true)));
    let deleted = &trust_links(&role, &trust(r#"{"AWS":"AROAEXAMPLE1"}"#, ""))[0];
    assert_eq!((deleted.to.as_str(), &deleted.attributes["deleted"]), ("aws:AROAEXAMPLE1", &serde_json::json!(true)));
    let service = &trust_links(&role, &trust(r#"{"Service":"lambda.amazonaws.com"}"#, ""))[0];
    assert_eq!(service.to.as_str(), "aws:service/lambda.amazonaws.com");
}

#[test]
fn a_role_is_assumed_only_when_it_trusts() {
    let mut analyzer = Analyzer::new();
    let text = r#"{"Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":["arn:aws:iam::000000000000:role/a",
        "arn:aws:iam::000000000000:role/b","arn:aws:iam::111111111111:role/c"]}]}"#;
    let policies = [analyzer.policy("p", text).unwrap()];
    let arn = "arn:aws:iam::000000000000:user/ada";
    let principal = Principal {
        kind: PrincipalKind::User,
        arn,
        policies: &policies,
        boundary: None,
        groups: &[],
        managed_policies: &[],
    };
    let analysis = analyzer.analyze(&principal);
    let admits = trust(r#"{"AWS":"arn:aws:iam::000000000000:root"}"#, "");
    let refuses = trust(r#"{"Service":"lambda.amazonaws.com"}"#, "");
    let links = assume_links(&EntityId::from("aws:AIDA1"), arn, "000000000000", &analysis, |role| {
        match role.as_bytes().last() {
            Some(b'a') => Some(&admits),
            Some(b'b') => Some(&refuses),
            _ => None,
        }
    });
    let shown: Vec<_> = links.iter().map(|l| (l.to.as_str(), l.evidence)).collect();
    assert_eq!(
        shown,
        [
            ("arn:aws:iam::000000000000:role/a", Evidence::Proven),
            ("arn:aws:iam::111111111111:role/c", Evidence::Declared),
        ]
    );
}

#[test]
fn a_role_that_is_reached_in_two_ways_is_one_link() {
    let mut analyzer = Analyzer::new();
    let role = "arn:aws:iam::000000000000:role/a";
    let text = format!(
        r#"{{"Statement":[{{"Effect":"Allow","Action":["sts:AssumeRole","iam:UpdateAssumeRolePolicy"],"Resource":"{role}"}}]}}"#
    );
    let policies = [analyzer.policy("p", &text).unwrap()];
    let arn = "arn:aws:iam::000000000000:user/ada";
    let kind = PrincipalKind::User;
    let principal = Principal { kind, arn, policies: &policies, boundary: None, groups: &[], managed_policies: &[] };
    let analysis = analyzer.analyze(&principal);
    let id = EntityId::from("aws:AIDA1");
    let mut links = access_links(&id, "000000000000", &analysis);
    links.extend(assume_links(&id, arn, "000000000000", &analysis, |_| None));
    let to_role = links.iter().filter(|link| link.kind == LinkKind::Assumes && link.to.as_str() == role);
    assert_eq!(to_role.count(), 1);
}

#[test]
fn what_is_no_trust_policy_is_an_error() {
    for text in ["", "{}", r#"{"Statement":[{"Effect":"Allow","Action":"sts:AssumeRole"}]}"#] {
        assert!(Trust::parse(text).is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn no_principal_makes_it_panic(kind in "[A-Za-z]{0,14}", name in "\\PC{0,40}", key in "\\PC{0,30}", value in "\\PC{0,30}") {
        let document = serde_json::json!({"Statement": {"Effect": "Allow", "Principal": {kind: name}, "Action": "sts:AssumeRole",
            "Condition": {"StringLike": {key: value}}}});
        let trust = Trust::parse(&document.to_string()).unwrap();
        let _ = trust_links(&EntityId::from("aws:AROA1"), &trust);
        let _ = trust.subjects.iter().map(TrustedSubject::is_open).count();
    }
}
