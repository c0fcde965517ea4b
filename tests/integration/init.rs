//! `whosekey init`: what it finds becomes a configuration that works.

use std::process::Command;

use crate::estate::Estate;

/// A machine without a configuration.
fn machine() -> Estate {
    let estate = Estate::new();
    std::fs::remove_file(estate.path("whosekey.toml")).unwrap();
    estate
}

/// What it would write.
fn written(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn sources(text: &str) -> toml::Table {
    text.parse::<toml::Table>().unwrap()["sources"].as_table().unwrap().clone()
}

#[test]
fn init_writes_a_configuration_that_scan_takes_and_never_replaces_one() {
    let estate = machine();
    assert_eq!(estate.run(&["init"]).status.code(), Some(0));
    assert_eq!(estate.run(&["init"]).status.code(), Some(2));
    let output = estate.run(&["scan", "--database", "w.db", "--format", "json"]);
    assert!(matches!(output.status.code(), Some(0 | 3)), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_token_and_a_remote_are_a_source_of_github_and_the_token_is_not_written() {
    let estate = machine();
    std::fs::create_dir_all(estate.path(".git")).unwrap();
    let remote = "[remote \"origin\"]\n\turl = https://ada:ghp_canary@github.com/acme/shop.git\n";
    std::fs::write(estate.path(".git/config"), remote).unwrap();
    let text = written(estate.command(&["init", "--dry-run"]).env("GITHUB_TOKEN", "ghp_canary"));
    assert!(!text.contains("canary"), "{text}");
    let github = &sources(&text)["github"];
    assert_eq!(github["organizations"].as_array().unwrap()[0].as_str(), Some("acme"));
    assert_eq!(github["token"]["env"].as_str(), Some("GITHUB_TOKEN"));

    let output = estate.command(&["init"]).env("GITHUB_TOKEN", "ghp_canary").output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("github: acme, by the token in GITHUB_TOKEN"), "{told}");
    let output = estate.command(&["list", "sources"]).env("GITHUB_TOKEN", "ghp_canary").output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!told.contains("whosekey.toml:"), "the configuration is taken: {told}");
}

#[test]
fn the_gh_clis_sign_in_is_used_and_its_file_not_read() {
    let estate = machine();
    std::fs::create_dir_all(estate.path("home/.config/gh")).unwrap();
    std::fs::write(estate.path("home/.config/gh/hosts.yml"), "github.com:\n  oauth_token: gho_canary\n").unwrap();
    let text = written(estate.command(&["init", "--dry-run"]).env("GITHUB_REPOSITORY_OWNER", "acme"));
    assert!(!text.contains("canary"), "{text}");
    assert_eq!(sources(&text)["github"]["token"]["command"].as_array().unwrap()[0].as_str(), Some("gh"));
}

#[test]
fn without_a_token_or_an_organisation_github_stays_a_comment_to_fill_in() {
    let estate = machine();
    let nothing = written(&mut estate.command(&["init", "--dry-run"]));
    let token_alone = written(estate.command(&["init", "--dry-run"]).env("GH_TOKEN", "ghp_canary"));
    for text in [&nothing, &token_alone] {
        assert!(!sources(text).contains_key("github") && text.contains("# organizations = [\"acme\"]"), "{text}");
    }
    assert!(token_alone.contains("# token = { env = \"GH_TOKEN\" }"), "{token_alone}");
}
