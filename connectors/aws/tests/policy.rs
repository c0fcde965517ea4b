//! What policies let their principals do, from documents as IAM holds them.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::sync::Arc;

use proptest::prelude::*;
use whosekey_aws::policy::{Analysis, Analyzer, Confidence, Grant, On, Principal, PrincipalKind, access_links};
use whosekey_sdk::{AccessLevel, EntityId};

const USER: Principal<'_> = Principal {
    kind: PrincipalKind::User,
    arn: "arn:aws:iam::000000000000:user/ada",
    policies: &[],
    boundary: None,
    groups: &[],
    managed_policies: &[],
};
const ROLE: Principal<'_> = Principal { kind: PrincipalKind::Role, arn: "arn:aws:iam::000000000000:role/app", ..USER };

fn document(statements: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#)
}

fn allow(action: &str, resource: &str) -> String {
    format!(r#"{{"Effect":"Allow","Action":{action},"Resource":"{resource}"}}"#)
}

fn analyze_as(principal: Principal<'_>, statements: &[&str], boundary: Option<&str>) -> Arc<Analysis> {
    let mut analyzer = Analyzer::new();
    let mut policies = Vec::new();
    for (index, statements) in statements.iter().enumerate() {
        policies.push(analyzer.policy(&format!("p{index}"), &document(statements)).unwrap());
    }
    let boundary = boundary.map(|statements| analyzer.policy("boundary", &document(statements)).unwrap());
    analyzer.analyze(&Principal { policies: &policies, boundary, ..principal })
}

fn grants(statements: &str) -> Vec<Grant> {
    analyze_as(USER, &[statements], None).grants.clone()
}

fn highest(grants: &[Grant]) -> Option<AccessLevel> {
    grants.iter().map(|grant| grant.level).max()
}

fn combinations(grants: &[Grant]) -> Vec<&'static str> {
    let mut ids: Vec<_> = grants.iter().filter_map(|g| g.combination.map(|c| c.id)).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

#[test]
fn everything_on_everything_is_administrator() {
    for action in [r#""*""#, r#""*:*""#, r#"["iam:*"]"#, r#""IAM:*""#, r#"["s3:Get*","i*"]"#] {
        let grants = grants(&allow(action, "*"));
        assert_eq!(highest(&grants), Some(AccessLevel::Admin), "{action}");
        assert_eq!(grants[0].confidence, Confidence::High);
        assert_eq!(grants[0].on, On::Everything);
    }
    let said = &grants(&allow(r#""*""#, "*"))[0];
    assert_eq!(said.because, "policy p0 allows every action on all resources");
}

#[test]
fn power_user_access_is_a_wildcard_and_not_an_administrator() {
    let grants = grants(
        r#"{"Effect":"Allow","NotAction":["iam:*","organizations:*","account:*"],"Resource":"*"},
           {"Effect":"Allow","Action":["iam:CreateServiceLinkedRole","iam:ListRoles"],"Resource":"*"}"#,
    );
    assert_eq!(highest(&grants), Some(AccessLevel::Wildcard));
    let wildcard = grants.iter().find(|g| g.level == AccessLevel::Wildcard).unwrap();
    assert_eq!(wildcard.because, "policy p0 allows everything but iam:*, organizations:*, account:* on all resources");
}

#[test]
fn not_action_that_leaves_iam_in_is_administrator() {
    let grants = grants(r#"{"Effect":"Allow","NotAction":"s3:DeleteBucket","Resource":"*"}"#);
    assert_eq!(highest(&grants), Some(AccessLevel::Admin));
}

#[test]
fn a_denial_of_iam_takes_administrator_away() {
    let grants = grants(&format!(
        r#"{},{{"Effect":"Deny","Action":["iam:*","organizations:*"],"Resource":"*"}}"#,
        allow(r#""*""#, "*")
    ));
    assert_eq!(highest(&grants), Some(AccessLevel::Wildcard));
}

#[test]
fn a_denial_in_another_policy_counts_as_well() {
    let deny = r#"{"Effect":"Deny","Action":"*","Resource":"*"}"#;
    assert!(analyze_as(USER, &[&allow(r#""*""#, "*"), deny], None).grants.is_empty());
}

#[test]
fn a_denial_under_a_condition_only_lowers_the_confidence() {
    let deny = r#"{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}"#;
    let analysis = analyze_as(USER, &[&allow(r#""*""#, "*"), deny], None);
    assert_eq!(analysis.grants[0].level, AccessLevel::Admin);
    assert_eq!(analysis.grants[0].confidence, Confidence::Medium);
    assert_eq!(analysis.grants[0].conditions, ["aws:multifactorauthpresent"]);
    assert!(analysis.grants[0].because.ends_with("subject to aws:multifactorauthpresent"));
}

#[test]
fn a_boundary_limits_what_policies_give() {
    let admin = allow(r#""*""#, "*");
    let bounded = analyze_as(ROLE, &[&admin], Some(&allow(r#"["s3:*","sqs:SendMessage"]"#, "*")));
    assert_eq!(highest(&bounded.grants), Some(AccessLevel::Wildcard));
    let said: Vec<_> = bounded.grants.iter().map(|g| g.because.as_str()).collect();
    assert_eq!(said, ["policy p0 allows s3:* on all resources", "policy p0 allows sqs:SendMessage on all resources"]);
    let within = analyze_as(ROLE, &[&admin], Some(&admin));
    assert_eq!(highest(&within.grants), Some(AccessLevel::Admin));
    let denying = format!(r#"{admin},{{"Effect":"Deny","Action":"iam:*","Resource":"*"}}"#);
    assert_eq!(highest(&analyze_as(ROLE, &[&admin], Some(&denying)).grants), Some(AccessLevel::Wildcard));
}

#[test]
fn a_boundary_alone_gives_nothing() {
    assert!(analyze_as(ROLE, &[], Some(&allow(r#""*""#, "*"))).grants.is_empty());
}

#[test]
fn a_condition_makes_an_administrator_less_certain() {
    let grants = grants(
        r#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}}"#,
    );
    assert_eq!(grants[0].level, AccessLevel::Admin);
    assert_eq!(grants[0].confidence, Confidence::Medium);
    assert_eq!(grants[0].conditions, ["aws:sourceip"]);
}

#[test]
fn a_service_wildcard_is_a_wildcard_on_everything_and_a_write_on_what_is_named() {
    assert_eq!(highest(&grants(&allow(r#""s3:*""#, "*"))), Some(AccessLevel::Wildcard));
    assert_eq!(highest(&grants(&allow(r#""s3:*""#, "arn:aws:s3:::b/*"))), Some(AccessLevel::Write));
    assert_eq!(highest(&grants(&allow(r#""ec2:Describe*""#, "*"))), Some(AccessLevel::Read));
    assert_eq!(highest(&grants(&allow(r#""logs:CreateLogGroup""#, "*"))), Some(AccessLevel::Write));
}

#[test]
fn reading_everybodys_data_is_a_wildcard_though_none_is_written() {
    for action in ["s3:GetObject", "s3:Get*", "secretsmanager:GetSecretValue", "sts:AssumeRole"] {
        assert_eq!(highest(&grants(&allow(&format!("\"{action}\""), "*"))), Some(AccessLevel::Wildcard), "{action}");
    }
}

#[test]
fn escalations_are_found_across_policies() {
    let analysis = analyze_as(
        ROLE,
        &[&allow(r#""iam:PassRole""#, "*"), &allow(r#"["lambda:CreateFunction","lambda:InvokeFunction"]"#, "*")],
        None,
    );
    let grant = &analysis.grants[0];
    assert_eq!(grant.level, AccessLevel::Escalation);
    assert_eq!(grant.combination.unwrap().id, "lambda-001");
    assert_eq!(grant.policies.iter().map(|p| &**p).collect::<Vec<_>>(), ["p0", "p1"]);
    assert_eq!(
        grant.because,
        "policies p0, p1 allow iam:PassRole + lambda:CreateFunction + lambda:InvokeFunction on all resources, \
         with which it can run code as a more privileged role"
    );
}

#[test]
fn every_escalation_is_found_from_its_own_actions_alone() {
    for escalation in whosekey_aws::policy::ESCALATIONS {
        let actions: Vec<&str> = escalation.needs.iter().map(|n| n.split('@').next().unwrap()).collect();
        let statement = allow(&serde_json::to_string(&actions).unwrap(), "*");
        for principal in [USER, ROLE] {
            let analysis = analyze_as(principal, &[&statement], None);
            assert_eq!(highest(&analysis.grants), Some(AccessLevel::Escalation), "{}", escalation.id);
        }
    }
}

#[test]
fn taking_any_action_of_an_escalation_away_takes_it_away() {
    for escalation in whosekey_aws::policy::ESCALATIONS {
        let actions: Vec<&str> = escalation.needs.iter().map(|n| n.split('@').next().unwrap()).collect();
        for missing in 0..actions.len() {
            let mut fewer = actions.clone();
            fewer.remove(missing);
            let analysis = analyze_as(ROLE, &[&allow(&serde_json::to_string(&fewer).unwrap(), "*")], None);
            assert!(!combinations(&analysis.grants).contains(&escalation.id), "{} without {missing}", escalation.id);
        }
    }
}

#[test]
fn a_larger_combination_is_not_reported_beside_its_part() {
    let found = grants(&allow(
        r#"["iam:AttachRolePolicy","sts:AssumeRole","lambda:UpdateFunctionCode","lambda:InvokeFunction"]"#,
        "*",
    ));
    assert_eq!(combinations(&found), ["iam-009", "lambda-003"]);
}

#[test]
fn managing_ones_own_keys_is_no_escalation() {
    let grants = grants(&allow(
        r#"["iam:CreateAccessKey","iam:DeleteAccessKey","iam:UpdateLoginProfile"]"#,
        "arn:aws:iam::*:user/${aws:username}",
    ));
    assert!(combinations(&grants).is_empty(), "{grants:?}");
    assert_eq!(highest(&grants), Some(AccessLevel::Write));
}

#[test]
fn changing_ones_own_policies_is_an_escalation_though_only_one_arn_is_named() {
    for resource in [USER.arn, "arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::000000000000:user/a*"] {
        let grants = grants(&allow(r#""iam:PutUserPolicy""#, resource));
        assert_eq!(highest(&grants), Some(AccessLevel::Escalation), "{resource}");
        assert_eq!(grants[0].confidence, Confidence::High);
    }
    let others = grants(&allow(r#""iam:PutUserPolicy""#, "arn:aws:iam::000000000000:user/bob"));
    assert_ne!(highest(&others), Some(AccessLevel::Escalation));
}

#[test]
fn a_new_version_of_its_own_policy_is_an_escalation() {
    let arn = "arn:aws:iam::000000000000:policy/deploy";
    let statement = allow(r#""iam:CreatePolicyVersion""#, arn);
    let analysis = analyze_as(Principal { managed_policies: &[arn], ..ROLE }, &[&statement], None);
    assert_eq!(highest(&analysis.grants), Some(AccessLevel::Escalation));
    assert_ne!(highest(&analyze_as(ROLE, &[&statement], None).grants), Some(AccessLevel::Escalation));
}

#[test]
fn a_role_passed_to_one_service_is_passed_to_no_other() {
    let pass = |service: &str| {
        format!(
            r#"{{"Effect":"Allow","Action":"iam:PassRole","Resource":"*","Condition":{{"StringEquals":{{"iam:PassedToService":"{service}"}}}}}},
               {}"#,
            allow(r#""ec2:RunInstances""#, "*")
        )
    };
    assert_eq!(combinations(&grants(&pass("ec2.amazonaws.com"))), ["ec2-001"]);
    assert!(combinations(&grants(&pass("lambda.amazonaws.com"))).is_empty());
}

#[test]
fn passing_one_role_reaches_that_role_and_no_more() {
    let arn = "arn:aws:iam::000000000000:role/worker";
    let analysis = analyze_as(ROLE, &[&allow(r#""iam:PassRole""#, arn), &allow(r#""ec2:RunInstances""#, "*")], None);
    let grant = analysis.grants.iter().find(|g| g.combination.is_some()).unwrap();
    assert_eq!((grant.level, &grant.on), (AccessLevel::Write, &On::Arn(arn.into())));
    let links = access_links(&EntityId::from("aws:AROA1"), "000000000000", &analysis);
    let assumes: Vec<_> = links.iter().filter(|l| l.kind.as_str() == "assumes").map(|l| l.to.as_str()).collect();
    assert_eq!(assumes, [arn]);
}

#[test]
fn a_role_it_can_both_change_and_assume_is_an_escalation() {
    let arn = "arn:aws:iam::000000000000:role/worker";
    let analysis = analyze_as(ROLE, &[&allow(r#"["iam:AttachRolePolicy","sts:AssumeRole"]"#, arn)], None);
    assert_eq!(highest(&analysis.grants), Some(AccessLevel::Escalation));
    let apart =
        [allow(r#""iam:AttachRolePolicy""#, arn), allow(r#""sts:AssumeRole""#, "arn:aws:iam::000000000000:role/other")];
    let analysis = analyze_as(ROLE, &[&apart[0], &apart[1]], None);
    assert_ne!(highest(&analysis.grants), Some(AccessLevel::Escalation));
}

#[test]
fn documents_iam_would_refuse_are_errors() {
    let mut analyzer = Analyzer::new();
    assert!(analyzer.policy("p", "").is_err());
    assert!(analyzer.policy("p", r#"{"Statement":[{"Effect":"Allow"}]}"#).is_err());
    assert!(analyzer.policy("p", &"[".repeat(100_000)).is_err());
}

#[test]
fn one_text_under_two_names_keeps_both_names() {
    let mut analyzer = Analyzer::new();
    let text = document(&allow(r#""*""#, "*"));
    let (a, b) = (analyzer.policy("a", &text).unwrap(), analyzer.policy("b", &text).unwrap());
    assert_eq!(analyzer.policy("a", &text).unwrap(), a);
    let of = |analyzer: &mut Analyzer, id| analyzer.analyze(&Principal { policies: &[id], ..USER });
    let first = of(&mut analyzer, a);
    assert!(Arc::ptr_eq(&first, &of(&mut analyzer, a)), "the same policies are analysed once");
    assert_eq!(of(&mut analyzer, b).grants[0].policies, [Arc::<str>::from("b")]);
}

#[test]
fn one_link_for_each_resource_carries_the_highest_level() {
    let analysis = analyze_as(
        USER,
        &[
            &allow(r#""iam:CreateAccessKey""#, "*"),
            &allow(r#"["s3:*"]"#, "arn:aws:s3:::b/*"),
            &allow(r#""s3:List*""#, "arn:aws:s3:::b"),
        ],
        None,
    );
    let links = access_links(&EntityId::from("aws:AIDA1"), "000000000000", &analysis);
    let shown: Vec<_> = links.iter().map(|l| (l.to.as_str(), l.level.unwrap(), l.because.as_str())).collect();
    assert_eq!(
        shown,
        [
            ("arn:aws:s3:::b", AccessLevel::Write, "policy p1 allows s3:* on arn:aws:s3:::b/*"),
            (
                "aws:account/000000000000",
                AccessLevel::Escalation,
                "policy p0 allows iam:CreateAccessKey on all resources, with which it can become a more privileged user or role"
            ),
        ]
    );
    assert_eq!(links[1].attributes["combination"], "iam:CreateAccessKey");
    assert_eq!(links[1].attributes["reference"], "https://pathfinding.cloud/paths/iam-002");
}

fn any_statement() -> impl Strategy<Value = String> {
    let action = prop::sample::select(vec![
        "*",
        "iam:*",
        "iam:PassRole",
        "s3:*",
        "s3:Get*",
        "iam:Put*Policy",
        "lambda:*",
        "sts:AssumeRole",
        "*:Describe*",
    ]);
    let resource = prop::sample::select(vec![
        "*",
        "arn:aws:iam::*:role/*",
        "arn:aws:iam::000000000000:role/app",
        "arn:aws:s3:::b/*",
        "arn:aws:iam::*:user/${aws:username}",
    ]);
    let element = prop::sample::select(vec!["Action", "NotAction"]);
    (element, action, resource, any::<bool>()).prop_map(|(element, action, resource, conditional)| {
        let condition = if conditional { r#","Condition":{"Bool":{"aws:SecureTransport":"true"}}"# } else { "" };
        format!(r#""{element}":"{action}","Resource":"{resource}"{condition}"#)
    })
}

proptest! {
    #[test]
    fn more_denials_and_narrower_boundaries_never_give_more(
        allows in prop::collection::vec(any_statement(), 1..4),
        denies in prop::collection::vec(any_statement(), 1..3),
        boundary in any_statement(),
    ) {
        let join = |effect: &str, statements: &[String]| {
            statements.iter().map(|s| format!(r#"{{"Effect":"{effect}",{s}}}"#)).collect::<Vec<_>>().join(",")
        };
        let (allows, denies, boundary) = (join("Allow", &allows), join("Deny", &denies), join("Allow", &[boundary]));
        for principal in [USER, ROLE] {
            let free = analyze_as(principal, &[&allows], None);
            let denied = analyze_as(principal, &[&allows, &denies], None);
            let bounded = analyze_as(principal, &[&allows], Some(&boundary));
            prop_assert!(highest(&denied.grants) <= highest(&free.grants));
            prop_assert!(highest(&bounded.grants) <= highest(&free.grants));
            prop_assert!(analyze_as(principal, &[], Some(&boundary)).grants.is_empty());
        }
    }

    #[test]
    fn no_names_or_texts_make_it_panic(name in "\\PC{0,20}", action in "\\PC{0,20}", resource in "\\PC{0,30}") {
        let statement = serde_json::json!({"Effect": "Allow", "Action": [action], "Resource": resource});
        let mut analyzer = Analyzer::new();
        let id = analyzer.policy(&name, &document(&statement.to_string())).unwrap();
        let analysis = analyzer.analyze(&Principal { policies: &[id], ..ROLE });
        let _ = access_links(&EntityId::from("aws:AROA1"), "000000000000", &analysis);
    }
}
