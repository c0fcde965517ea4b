use whosekey_sdk::{Activity, Attempt, Entity, Evidence, Kind, Link, LinkKind, Timestamp};

use super::*;

fn moment() -> Timestamp {
    "2026-11-24T09:00:00Z".parse().unwrap()
}

fn coverage(source: &str, scope: &str, outcome: Outcome, issues: &[Issue]) -> ScopeCoverage {
    ScopeCoverage {
        source: source.into(),
        connector: "replay".into(),
        scope: scope.into(),
        covers: vec![],
        forgets: false,
        attempt: Attempt {
            outcome,
            records: 1,
            requests: 0,
            started_at: moment(),
            finished_at: moment(),
            issues: issues.to_vec(),
        },
        last_complete_at: None,
        suspect: false,
        gone_at: None,
        left_out_at: None,
    }
}

fn entity(scope: &str, id: &str, missing_since: Option<Timestamp>) -> EntityRow {
    EntityRow {
        source: "aws".into(),
        scope: scope.into(),
        entity: Entity::new(id, Kind::Identity, "test.thing", "a\u{202e}b"),
        first_seen: moment(),
        last_seen: moment(),
        missing_since,
        gone_at: None,
        disabled_since: None,
    }
}

fn rows() -> Rows {
    let mut users = coverage("aws", "1/users", Outcome::Complete, &[]);
    users.covers = vec!["aws:AIDA".into()];
    let denied = Issue::new(IssueKind::Permission, "iam:ListRoles denied");
    let mut log = coverage("aws", "1/keys", Outcome::Failed, &[]);
    log.forgets = true;
    Rows {
        coverage: vec![
            coverage("aws", "*", Outcome::Complete, &[]),
            users,
            coverage("aws", "1/roles", Outcome::Partial, &[denied]),
            log,
        ],
        entities: vec![
            entity("1/roles", "aws:AROA1", None),
            entity("1/users", "aws:AIDA1", None),
            entity("1/users", "aws:AIDA2", Some(moment())),
        ],
        links: vec![LinkRow {
            source: "aws".into(),
            scope: "1/users".into(),
            link: Link::new("aws:AIDA1", LinkKind::OwnedBy, "email:ada@example.com", Evidence::Declared, "tag owner"),
            first_seen: moment(),
            missing_since: None,
            gone_at: None,
        }],
        activities: vec![ActivityRow {
            source: "aws".into(),
            scope: "1/users".into(),
            activity: Activity {
                subject: "aws:AIDA1".into(),
                last_used_at: None,
                tracked_since: None,
                because: "x".into(),
            },
        }],
    }
}

fn recorded(naming: Naming) -> Vec<Line> {
    let mut bytes = Vec::new();
    write_rows(rows(), naming, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The lines of one scope, between its `collect` and its `done`.
fn within<'a>(lines: &'a [Line], scope: &str) -> &'a [Line] {
    let start = lines.iter().position(|line| matches!(line, Line::Collect { collect } if collect == scope)).unwrap();
    let end = lines[start..].iter().position(|line| matches!(line, Line::Done { .. })).unwrap();
    &lines[start + 1..start + end]
}

#[test]
fn every_scope_is_listed_and_every_record_stands_in_its_scope() {
    let lines = recorded(Naming::Plain);
    let listed: Vec<_> = within(&lines, "*")
        .iter()
        .map(|line| match line {
            Line::Scope { scope, covers, forgets } => (scope.as_str(), covers.len(), *forgets),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(listed, [("1/users", 1, false), ("1/roles", 0, false), ("1/keys", 0, true)]);
    assert_eq!(within(&lines, "1/users").len(), 3, "an entity, a link and a use; what is missing is not recorded");
}

#[test]
fn a_scope_that_was_not_whole_does_not_replay_as_whole() {
    let lines = recorded(Naming::Plain);
    for scope in ["1/roles", "1/keys"] {
        assert!(within(&lines, scope).iter().any(|line| matches!(line, Line::Issue { .. })), "{scope}");
    }
    assert!(!within(&lines, "1/users").iter().any(|line| matches!(line, Line::Issue { .. })));
}

#[test]
fn scopes_of_several_sources_do_not_collide() {
    let lines = recorded(Naming::WithSource);
    assert_eq!(within(&lines, "aws/1/users").len(), 3);
}

#[test]
fn a_hostile_name_comes_back_as_it_was() {
    let lines = recorded(Naming::Plain);
    let Line::Record { record: Record::Entity(entity) } = &within(&lines, "1/users")[0] else { panic!("an entity") };
    assert_eq!(entity.name, "a\u{202e}b");
}
