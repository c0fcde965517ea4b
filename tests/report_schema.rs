//! The published schema of the report, and that reports keep to it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::Path;

use whosekey::report::{self, Format, Options, v1};

const REPORT: &str = include_str!("report/acme.json");

fn acme() -> v1::Report {
    serde_json::from_str(REPORT).unwrap()
}

fn written(format: Format) -> Vec<u8> {
    let mut bytes = Vec::new();
    report::write(&acme(), format, &mut bytes, &Options::default()).unwrap();
    bytes
}

#[test]
fn the_published_schema_is_the_one_of_the_types() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/report.v1.json");
    assert!(
        fs::read_to_string(path).unwrap() == report::schema(),
        "schema/report.v1.json is not what the types say: run `cargo xtask schema`, and add, never change"
    );
}

#[test]
fn a_rich_report_keeps_to_the_published_schema() {
    let schema: serde_json::Value = serde_json::from_str(&report::schema()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let value: serde_json::Value = serde_json::from_slice(&written(Format::Json)).unwrap();
    let errors: Vec<_> =
        validator.iter_errors(&value).map(|error| format!("{error} at {}", error.instance_path())).collect();
    assert_eq!(errors, Vec::<String>::new());
}

#[test]
fn the_schema_refuses_a_report_that_misses_its_coverage_or_has_a_strange_word() {
    let schema: serde_json::Value = serde_json::from_str(&report::schema()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let good: serde_json::Value = serde_json::from_str(REPORT).unwrap();
    assert!(validator.is_valid(&good));
    let mut blind = good.clone();
    blind.as_object_mut().unwrap().remove("coverage");
    assert!(!validator.is_valid(&blind));
    let mut strange = good.clone();
    strange["entities"][0]["enabled"]["state"] = "perhaps".into();
    assert!(!validator.is_valid(&strange));
    let mut valueless = good;
    valueless["entities"][0]["last_used_at"] = serde_json::json!({"state": "known"});
    assert!(!validator.is_valid(&valueless), "known has a value, if only null");
}

#[test]
fn what_is_written_reads_back_as_the_same_report() {
    let read: v1::Report = serde_json::from_slice(&written(Format::Json)).unwrap();
    assert_eq!(read, acme());
}

#[test]
fn coverage_stands_before_the_summary_and_both_before_what_was_found() {
    let text = String::from_utf8(written(Format::Json)).unwrap();
    let at = |key: &str| text.find(&format!("\n  \"{key}\":")).unwrap();
    let order =
        ["schema_version", "generated_at", "now", "tool", "coverage", "summary", "entities", "links", "findings"]
            .map(at);
    assert!(order.is_sorted(), "{order:?}");
}

#[test]
fn the_same_report_gives_the_same_bytes_in_every_format() {
    for format in Format::ALL.iter().copied().filter(|format| *format != Format::Ndjson) {
        assert!(written(format) == written(format), "{}", format.as_str());
    }
}
