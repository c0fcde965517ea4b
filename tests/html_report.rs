//! The page in a real browser: Debian's `chromium` from the PATH.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::Path;
use std::process::Command;

use whosekey::report::{self, Format, Options, v1};

/// Opens a page from disk without any network and returns the document after its scripts ran, and the browser's log.
fn opened(report: &v1::Report) -> (String, String) {
    let dir = tempfile::tempdir().unwrap();
    let page = dir.path().join("report.html");
    let mut bytes = Vec::new();
    report::write(report, Format::Html, &mut bytes, &Options::default()).unwrap();
    std::fs::write(&page, bytes).unwrap();
    browse(&page, dir.path())
}

fn browse(page: &Path, dir: &Path) -> (String, String) {
    let output = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr", "--virtual-time-budget=2000"])
        .arg(format!("--user-data-dir={}", dir.join("profile").display()))
        .arg("--dump-dom")
        .arg(format!("file://{}", page.display()))
        .output()
        .expect("this test opens the report in a browser: install the Debian package `chromium`");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    (String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr).into_owned())
}

fn acme() -> v1::Report {
    serde_json::from_str(include_str!("report/acme.json")).unwrap()
}

fn console(log: &str) -> Vec<&str> {
    log.lines().filter(|line| line.contains("CONSOLE")).collect()
}

#[test]
fn the_page_opens_from_disk_and_its_own_script_runs_under_its_policy() {
    let (page, log) = opened(&acme());
    assert_eq!(console(&log), Vec::<&str>::new());
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
    let (page, log) = opened(&report);
    assert_eq!(console(&log), Vec::<&str>::new());
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
    let (page, log) = opened(&report);
    assert_eq!(console(&log), Vec::<&str>::new());
    assert!(page.contains(" shown</output>"));
}
