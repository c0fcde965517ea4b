//! Reports: deterministic, valid by their schema, and replayable.

use serde_json::{Value, json};

use crate::estate::{Estate, TODAY, entity, known, link, live_user, scope};

fn estate() -> Estate {
    let estate = Estate::new();
    let mut records = live_user("aws:AIDA1", "aws:AKIA1");
    records.extend([entity("agent:a1", "agent", json!({})), link("agent:a1", "holds", "aws:AKIA1")]);
    estate.record(&[
        scope("acme/users", &records),
        scope("acme/more", &[entity("aws:AROA1", "identity", json!({ "enabled": known(true) }))])
            .with_issue("permission", "iam:ListRoles denied"),
    ]);
    estate
}

#[test]
fn the_same_database_and_now_give_the_same_bytes_in_every_format() {
    let estate = estate();
    estate.scan();
    for format in ["json", "ndjson", "csv", "sarif", "html", "markdown", "table"] {
        let first = estate.run(&["report", "--format", format, "--now", TODAY]);
        let second = estate.run(&["report", "--format", format, "--now", TODAY]);
        assert_eq!(first.status.code(), Some(0), "{format}: {}", String::from_utf8_lossy(&first.stderr));
        assert!(first.stdout == second.stdout, "{format}");
        assert!(!first.stdout.is_empty(), "{format}");
    }
}

#[test]
fn the_json_report_is_valid_by_its_schema() {
    let estate = estate();
    let report = estate.scan();
    let schema: Value = serde_json::from_str(include_str!("../../schema/report.v1.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(&report.0).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let keys: Vec<&String> = report.0.as_object().unwrap().keys().collect();
    for key in ["schema_version", "generated_at", "now", "tool", "coverage", "summary", "entities", "links", "findings"]
    {
        assert!(keys.iter().any(|k| *k == key), "{key}");
    }
    assert_eq!(report.0["schema_version"], "1");
    assert_eq!(report.coverage("acme/users")["outcome"], "complete");
    assert_eq!(report.coverage("acme/more")["outcome"], "partial");
    assert_eq!(report.coverage("acme/more")["issues"][0]["kind"], "permission");
}

#[test]
fn a_scan_written_as_ndjson_replays_to_the_same_estate() {
    let estate = estate();
    let output = estate.run(&["scan", "--now", TODAY, "--format", "ndjson"]);
    assert_eq!(output.status.code(), Some(3));
    let original = estate.run(&["report", "--format", "json", "--now", TODAY]);
    let original: Value = serde_json::from_slice(&original.stdout).unwrap();

    let again = Estate::new();
    std::fs::write(again.path("estate.ndjson"), &output.stdout).unwrap();
    let replayed = again.scan();
    let ids = |report: &Value| -> Vec<Value> {
        report["entities"].as_array().unwrap().iter().map(|e| json!([e["id"], e["verdicts"], e["owners"]])).collect()
    };
    assert_eq!(ids(&original), ids(&replayed.0));
    assert_eq!(original["links"].as_array().unwrap().len(), replayed.0["links"].as_array().unwrap().len());
    let incomplete =
        |report: &Value| report["coverage"].as_array().unwrap().iter().filter(|c| c["outcome"] != "complete").count();
    assert_eq!(incomplete(&original), incomplete(&replayed.0));
}

#[test]
fn an_output_file_is_private_and_whole() {
    let estate = estate();
    estate.scan();
    let output = estate.run(&["report", "--format", "html", "--output", "report.html"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stdout.is_empty());
    let html = std::fs::read_to_string(estate.path("report.html")).unwrap();
    assert!(html.contains("</html>"));
    use std::os::unix::fs::PermissionsExt as _;
    assert_eq!(std::fs::metadata(estate.path("report.html")).unwrap().permissions().mode() & 0o077, 0);
}

#[test]
fn a_report_of_an_earlier_time_shows_the_earlier_state() {
    let estate = Estate::new();
    estate.record(&[scope("acme/users", &live_user("aws:AIDA1", "aws:AKIA1"))]);
    estate.scan_at("2026-11-01T00:00:00Z");
    let mut more = live_user("aws:AIDA1", "aws:AKIA1");
    more.extend(live_user("aws:AIDA2", "aws:AKIA2"));
    estate.record(&[scope("acme/users", &more)]);
    estate.scan_at("2026-11-10T00:00:00Z");
    let output = estate.run(&["report", "--format", "json", "--as-of", "2026-11-05T00:00:00Z"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let ids: Vec<&str> = report["entities"].as_array().unwrap().iter().map(|e| e["id"].as_str().unwrap()).collect();
    assert!(ids.contains(&"aws:AIDA1") && !ids.contains(&"aws:AIDA2"), "{ids:?}");
}

#[test]
fn a_muted_finding_stays_in_the_report_and_wakes_when_its_date_is_over() {
    let estate = Estate::new();
    let records: Vec<_> =
        live_user("aws:AIDA1", "aws:AKIA1").into_iter().filter(|r| r["link"]["kind"] != "owned_by").collect();
    estate.record(&[scope("acme/users", &records)]);
    let report = estate.scan();
    let id = report.finding("ownerless", "aws:AIDA1").unwrap()["id"].as_str().unwrap().to_owned();
    let output = estate.run(&["mute", &id, "--reason", "OPS-1", "--until", "2026-12-31"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let muted = estate.scan_at("2026-12-01T00:00:00Z");
    let status = |report: &Value| {
        report["findings"].as_array().unwrap().iter().find(|f| f["id"] == id.as_str()).unwrap()["status"].clone()
    };
    assert_eq!(status(&muted.0), "muted");
    assert_eq!(status(&estate.scan_at("2027-01-02T00:00:00Z").0), "open");
}

#[test]
fn hostile_names_reach_no_terminal_unescaped() {
    let estate = Estate::new();
    let hostile = "x\u{1b}[31m\u{202e}<script>alert(1)</script>=cmd|'/c calc'!A0\r\nfake: line";
    let mut records = live_user("aws:AIDA1", "aws:AKIA1");
    records[0]["entity"]["name"] = json!(hostile);
    estate.record(&[scope("acme/users", &records)]);
    estate.scan();
    for arguments in [
        vec!["report", "--format", "table", "--color", "always"],
        vec!["report", "--format", "markdown"],
        vec!["explain", "aws:AIDA1"],
        vec!["list", "identities"],
    ] {
        let output = estate.run(&arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?} {}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(!text.contains("\u{1b}[31mx") && !text.contains('\u{202e}'), "{arguments:?}");
        assert!(!text.lines().any(|line| line.starts_with("fake:")), "{arguments:?}");
    }
}

#[test]
fn a_source_that_is_taken_out_of_the_configuration_is_told_of() {
    let estate = estate();
    let notices = |report: &crate::estate::Report| report.0["notices"].as_array().cloned().unwrap_or_default();
    assert_eq!(notices(&estate.scan()), Vec::<Value>::new());
    let text = std::fs::read_to_string(estate.path("whosekey.toml")).unwrap();
    std::fs::write(estate.path("whosekey.toml"), text.replace("[sources.recorded]", "[sources.renamed]")).unwrap();
    let after = notices(&estate.scan());
    assert_eq!(after.len(), 1);
    assert_eq!(after[0]["code"], "source_not_configured");
    let message = after[0]["message"].as_str().unwrap();
    assert!(
        message.starts_with("source recorded is not in the configuration any more: what it showed until 2026-11-24")
    );
    let output = estate.run(&["report", "--database", "whosekey.db", "--config", "/dev/null", "--now", TODAY]);
    assert!(!String::from_utf8_lossy(&output.stdout).contains("any more"), "no configuration, no complaint");
}
