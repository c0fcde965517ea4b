//! Exit codes, streams and messages, by the contract.

use crate::estate::{Estate, live_user, scope};

fn estate_with_a_finding() -> Estate {
    let estate = Estate::new();
    let records: Vec<_> =
        live_user("aws:AIDA1", "aws:AKIA1").into_iter().filter(|r| r["link"]["kind"] != "owned_by").collect();
    estate.record(&[scope("acme/users", &records)]);
    estate
}

#[test]
fn done_is_0_even_with_findings() {
    let estate = estate_with_a_finding();
    assert_eq!(estate.run(&["scan", "--format", "json"]).status.code(), Some(0));
}

#[test]
fn a_finding_that_reaches_fail_on_is_1_and_wins_over_3() {
    let estate = estate_with_a_finding();
    assert_eq!(estate.run(&["scan", "--fail-on", "low"]).status.code(), Some(1));
    let partial = scope("acme/more", &[]).with_issue("network", "reset");
    let records: Vec<_> =
        live_user("aws:AIDA1", "aws:AKIA1").into_iter().filter(|r| r["link"]["kind"] != "owned_by").collect();
    estate.record(&[scope("acme/users", &records), partial]);
    assert_eq!(estate.run(&["scan"]).status.code(), Some(3));
    assert_eq!(estate.run(&["scan", "--fail-on", "low"]).status.code(), Some(1));
}

#[test]
fn a_configuration_that_is_wrong_is_2_with_every_mistake_and_its_line() {
    let estate = Estate::new();
    std::fs::write(
        estate.path("whosekey.toml"),
        "databse = \"x.db\"\n[policy]\nunused_after = \"soon\"\n[sources.a]\nconnector = \"awss\"\n[sources.b]\nconnector = \"replay\"\nfiles = [\"no-such.ndjson\"]\nschedule = \"every day\"\n",
    )
    .unwrap();
    let output = estate.run(&["scan"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let stderr = String::from_utf8(output.stderr).unwrap();
    for (line, word) in [(1, "databse"), (3, "soon"), (5, "awss"), (8, "no-such.ndjson"), (9, "every day")] {
        assert!(
            stderr.lines().any(|l| l.contains(&format!("whosekey.toml:{line}")) && l.contains(word)),
            "line {line} {word} in:\n{stderr}"
        );
    }
    assert!(!estate.path("whosekey.db").exists(), "nothing is touched before the configuration is right");
}

#[test]
fn a_credential_that_is_none_is_2_and_named_by_its_setting_and_by_where_it_is_read_from() {
    let estate = Estate::new();
    let said = |credential: &str| {
        estate.configure(&format!("[sources.gh]\nconnector = \"github\"\norganizations = [\"acme\"]\n{credential}\n"));
        let output = estate.command(&["scan"]).env("GH", "canary\u{1}5d41402abc4b2a76").output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(!stderr.contains("5d41402abc4b2a76"), "{stderr}");
        stderr
    };
    let token = said("token = { env = \"GH\" }");
    assert!(token.contains("source gh: `token` (environment variable GH): it is not a token"), "{token}");
    let unset = said("token = { env = \"NO_SUCH\" }");
    assert!(unset.contains("source gh: `token`: the environment variable NO_SUCH is not set"), "{unset}");
    let key = said("app = { id = 1, private_key = { env = \"GH\" } }");
    let words = "source gh: `app.private_key` (environment variable GH): it is not an RSA key in PEM";
    assert!(key.contains(words), "{key}");
}

#[test]
fn usage_errors_are_2_and_help_is_0() {
    let estate = Estate::new();
    assert_eq!(estate.run(&["scan", "--no-such-flag"]).status.code(), Some(2));
    assert_eq!(estate.run(&["--help"]).status.code(), Some(0));
    assert_eq!(estate.run(&["--version"]).status.code(), Some(0));
    assert_eq!(estate.run(&["scan", "--config", "nowhere.toml"]).status.code(), Some(2));
    assert_eq!(estate.run(&["report", "--database", "nowhere.db"]).status.code(), Some(2));
}

#[test]
fn a_second_scanner_is_75_and_says_who_is_scanning() {
    let estate = Estate::new();
    std::fs::write(estate.path("slow.sh"), "#!/bin/sh\nexec sleep 60\n").unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(estate.path("slow.sh"), std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    estate.configure("[sources.slow]\nconnector = \"process\"\ncommand = [\"./slow.sh\"]\nenv = [\"PATH\"]\n");
    let mut first = estate.command(&["scan"]).spawn().unwrap();
    let pid = first.id().to_string();
    let lock = estate.path("whosekey.db.lock");
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while !std::fs::read_to_string(&lock).is_ok_and(|holder| holder.contains(&pid)) {
        assert!(std::time::Instant::now() < deadline, "the first scan never took the lock");
        std::thread::yield_now();
    }
    let second = estate.run(&["scan", "--source", "recorded", "--format", "json"]);
    first.kill().unwrap();
    first.wait().unwrap();
    assert_eq!(second.status.code(), Some(75));
    let stderr = String::from_utf8(second.stderr).unwrap();
    assert!(stderr.contains(&pid), "{stderr}");
}

#[test]
fn stdout_holds_data_alone_and_no_escape_codes_off_a_terminal() {
    let estate = estate_with_a_finding();
    let output = estate.run(&["scan", "-vvv", "--format", "json"]);
    serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap();
    for format in ["table", "markdown", "csv"] {
        let output = estate.run(&["report", "--format", format]);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(!output.stdout.is_empty() && !output.stdout.contains(&0x1b), "{format}");
    }
}
