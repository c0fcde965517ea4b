//! When a session outlives its use, and when nobody can tell.

use crate::analysis::testrules::findings;

fn session(facts: &str, rest: &str) -> Option<(String, String)> {
    let text = format!("credential aws:ASIA1 type=aws.sts-session {facts}\n{rest}");
    findings("lingering-session", &text).into_iter().next().map(|found| (found.reason, found.because))
}

fn reason(facts: &str, rest: &str) -> Option<String> {
    session(facts, rest).map(|(reason, _)| reason)
}

#[test]
fn a_session_whose_agent_has_ended_lingers() {
    let agent = "agent agent:1 name=bot gone=2d\nagent:1 holds aws:ASIA1";
    let (reason, because) = session("created=2h expires=-6h", agent).unwrap();
    assert_eq!(reason, "consumer_ended");
    assert_eq!(because, "it is valid until 2026-11-24T06:00:00Z, and all that held it have ended: bot");
}

#[test]
fn a_session_that_is_held_or_over_does_not() {
    assert_eq!(reason("created=2h expires=-6h", "agent agent:1\nagent:1 holds aws:ASIA1"), None);
    assert_eq!(reason("created=9h expires=1h", "agent agent:1 gone=2d\nagent:1 holds aws:ASIA1"), None);
    assert_eq!(reason("created=2h expires=-6h", ""), None, "nobody was seen to hold it");
}

#[test]
fn a_session_of_more_than_a_day_has_been_renewed() {
    assert_eq!(reason("created=30h expires=-6h", "").as_deref(), Some("renewed"));
    assert_eq!(reason("created=23h expires=-6h", ""), None);
}

#[test]
fn an_expiry_that_is_not_exposed_makes_no_finding() {
    assert_eq!(reason("created=30h", ""), None);
    assert_eq!(reason("expires=-6h", ""), None);
}

#[test]
fn what_is_denied_makes_no_finding() {
    assert_eq!(reason("created=30h expires=denied", ""), None);
    assert_eq!(reason("created=denied expires=-6h", ""), None);
    let unseen = "scope disk failed\nagent agent:1 in=disk missing=1d\nagent:1 holds aws:ASIA1 in=disk";
    assert_eq!(reason("created=2h expires=-6h", unseen), None);
}

#[test]
fn a_static_key_is_no_session() {
    let text = "credential c:1 type=aws.access-key created=400d expires=-6h\nagent agent:1 gone=2d\nagent:1 holds c:1";
    assert!(findings("lingering-session", text).is_empty());
}
