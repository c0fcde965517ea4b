//! The page in a real browser, from disk and without a network.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use whosekey::report::{self, Format, Options, v1};
use whosekey_parts::chromium::{self, Page};

/// Opens a report's page from disk: the document after its scripts ran, what the browser logged, and whom it asked.
fn opened(report: &v1::Report) -> Page {
    let dir = tempfile::tempdir().unwrap();
    let page = dir.path().join("report.html");
    let mut bytes = Vec::new();
    report::write(report, Format::Html, &mut bytes, &Options::default()).unwrap();
    std::fs::write(&page, bytes).unwrap();
    let page = chromium::install().unwrap().open(&page).unwrap();
    assert_eq!(page.requests, Vec::<String>::new(), "the page asks nobody");
    page
}

fn acme() -> v1::Report {
    serde_json::from_str(include_str!("report/acme.json")).unwrap()
}

#[test]
fn the_page_opens_from_disk_and_its_own_script_runs_under_its_policy() {
    let Page { dom: page, console, .. } = opened(&acme());
    assert_eq!(console, Vec::<String>::new());
    // The filter counted, so the script's hash is the one that the policy allows.
    assert!(page.contains("11 of 12 shown"), "the filter did not run");
    assert!(page.contains("15 of 18 scopes were seen whole"));
    assert_eq!(page.matches("<svg class=\"map\"").count(), 12, "a picture for each finding");
    let coverage = page.find("id=\"coverage\"").unwrap();
    assert!(coverage < page.find("id=\"verdicts-title\"").unwrap() && coverage < page.find("id=\"findings\"").unwrap());
}

#[test]
fn the_page_loads_nothing() {
    let mut bytes = Vec::new();
    report::write(&acme(), Format::Html, &mut bytes, &Options::default()).unwrap();
    let page = String::from_utf8(bytes).unwrap();
    for opener in [" src=", "<link", "@import", "url(http", "<img", "<iframe", "<object", "<base"] {
        assert!(!page.contains(opener), "{opener}");
    }
    for (at, _) in page.match_indices("href=\"") {
        let target = &page[at + 6..];
        assert!(target.starts_with('#') || target.starts_with("https://"), "{}", &target[..40]);
    }
}

#[test]
fn hostile_names_run_nothing_and_trip_no_policy() {
    let names = [
        "<script>document.title='PWNED'</script>",
        "\"><img src=x onerror=\"document.title='PWNED'\">",
        "</title></style><svg onload=\"document.title='PWNED'\">",
        "'-document.write('PWNED')-'",
        "--><iframe src=\"javascript:parent.document.title='PWNED'\">",
    ];
    let mut report = acme();
    for (at, entity) in report.entities.iter_mut().enumerate() {
        entity.name = names[at % names.len()].to_owned();
        entity.type_name = names[(at + 1) % names.len()].to_owned();
        entity.sources = vec![names[(at + 2) % names.len()].to_owned()];
    }
    for (at, finding) in report.findings.iter_mut().enumerate() {
        let name = |by: usize| names[(at + by) % names.len()].to_owned();
        finding.title = name(0);
        finding.because = name(1);
        finding.remediation = vec![name(2)];
        finding.references = vec![name(3), format!("https://e.example/{}", name(4)), "javascript:alert(1)".to_owned()];
        finding.evidence.iter_mut().for_each(|item| item.value = name(0));
        finding.locations.iter_mut().for_each(|place| place.path = name(1));
    }
    report.notices.iter_mut().for_each(|notice| notice.message = names[0].to_owned());
    report.coverage.iter_mut().for_each(|scope| scope.scope = names[1].to_owned());
    let Page { dom: page, console, .. } = opened(&report);
    assert_eq!(console, Vec::<String>::new());
    assert!(page.contains("<title>Machine identities, 2026-11-24</title>"));
    assert_eq!(page.matches("<script").count(), 1);
    assert_eq!(page.matches("<img").count() + page.matches("<iframe").count(), 0);
    assert!(page.contains("11 of 12 shown"));
}

#[test]
fn fifty_thousand_rows_stay_under_five_megabytes_and_open() {
    let mut report = acme();
    let (entity, finding) = (report.entities[0].clone(), report.findings[0].clone());
    for at in 0..50_000 {
        let mut copy = entity.clone();
        copy.id = format!("aws:AIDA{at:08}").into();
        report.entities.push(copy);
        let mut copy = finding.clone();
        copy.id = format!("{at:016x}");
        report.findings.push(copy);
    }
    let mut bytes = Vec::new();
    report::write(&report, Format::Html, &mut bytes, &Options::default()).unwrap();
    assert!(bytes.len() < report::html::MOST_BYTES, "{}", bytes.len());
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.contains("more findings, the least severe, are left out"));
    assert!(text.contains("more entities are left out"));
    let Page { dom: page, console, .. } = opened(&report);
    assert_eq!(console, Vec::<String>::new());
    assert!(page.contains(" shown</output>"));
}
