//! Configurations, right and wrong.

use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;
use whosekey_sdk::{FingerprintKey, Timestamp};

use crate::config::{Config, ConfigError, Environment, Flags, Parts};

const RULES: &[&str] = &["zombie", "long-lived"];

fn surroundings(folder: &Path) -> Environment {
    let home = folder.to_string_lossy().into_owned();
    let variable = move |name: &str| match name {
        "HOME" => Some(home.clone()),
        "PATH" => Some("/usr/bin:/bin".to_owned()),
        _ => None,
    };
    Environment::new(variable, folder)
}

fn folder_with(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn load(folder: &TempDir) -> Result<Config, ConfigError> {
    let flags = Flags { config: Some(folder.path().join("whosekey.toml")), database: None };
    Config::load(&flags, &surroundings(folder.path()), RULES)
}

fn mistakes(files: &[(&str, &str)]) -> String {
    let folder = folder_with(files);
    let error = load(&folder).unwrap_err().to_string();
    error.replace(&format!("{}/", folder.path().display()), "")
}

#[test]
fn ten_mistakes_are_ten_messages_with_their_lines() {
    let text = r#"databse = "x.db"

[policy]
unused_after = "ninety days"
confirm_absence = 2

[[policy.accept]]
rule = "longlived"
subject = "arn:aws:iam::123456789012:user/*"
until = "2027-01-31"

[sources.recorded]
connector = "replay"
files = ["gone.ndjson"]
schedule = "61 * * * *"

[sources.home-grown]
connector = "process"
command = "./run me"
timezone = "Europe/Belin"

[sources.entra]
connector = "azure"
client_secret = "ghp_abcdefghijklmnopqrstuvwxyz0123456789"
"#;
    let names: Vec<_> = crate::registry::BUILTINS.iter().map(|builtin| builtin.descriptor.name).collect();
    let told = mistakes(&[("whosekey.toml", text)]).replace(&names.join(", "), "[the list]");
    insta::assert_snapshot!(told, @r#"
    the configuration has 10 mistakes
    whosekey.toml:1: unknown key "databse"
      hint: did you mean `database`?
    whosekey.toml:4: `unused_after` is not a duration: "ninety days"
      hint: a number and a unit: 90d, 12h, 30m
    whosekey.toml:7: [policy.accept] lacks `reason`
      hint: reason = "migration tracked in OPS-123"
    whosekey.toml:8: there is no rule "longlived"
      hint: did you mean "long-lived"?
    whosekey.toml:14: `files` names "gone.ndjson", which cannot be used
      hint: there is nothing at "gone.ndjson"; paths are relative to the folder of this file
    whosekey.toml:15: `schedule` is not a cron line: "61 * * * *"
      hint: the minute takes 0-59; such as "0 */6 * * *" for every six hours
    whosekey.toml:19: `sources.home-grown.command` is a string
      hint: it takes a list of strings
    whosekey.toml:20: `timezone` is not known: "Europe/Belin"
      hint: did you mean "Europe/Berlin"?
    whosekey.toml:23: this build has no connector "azure"
      hint: it has [the list]
    whosekey.toml:24: `client_secret` holds a value shaped like a secret
      hint: write where to find it: { env = "NAME" }, { file = "path" } or { command = ["…"] }; and rotate it, it has been written down
    "#);
}

#[test]
fn a_mistake_in_a_file_that_is_named_is_told_with_that_files_line() {
    let text = "[sources.people]\nconnector = \"owners\"\nfiles = [\"owners.toml\"]\ncolour = 1\n";
    let told = mistakes(&[("whosekey.toml", text), ("owners.toml", "\n[[person]]\nemail = \"ada\"\n")]);
    if cfg!(feature = "owners") {
        insta::assert_snapshot!(told, @r#"
    the configuration has 2 mistakes
    whosekey.toml:4: unknown key "colour" in [sources.people]
      hint: known here: connector, endpoint_url, files, schedule, timeout, timezone
    owners.toml:3: "ada" is not an email
      hint: an address such as ada@example.com
    "#);
    }
}

#[test]
fn more_mistakes_each_have_a_hint() {
    for (text, line, said) in [
        ("[sources.x]\n", 1, "[sources.x] lacks `connector`"),
        ("[sources.x]\nconnector = \"replya\"\n", 2, "did you mean \"replay\"?"),
        ("[sources.x]\nconnector = \"gcp\"\n", 2, "this build has no connector \"gcp\""),
        ("[sources.\"a/b\"]\nconnector = \"replay\"\nfiles = []\n", 1, "\"a/b\" is no name for a source"),
        ("[sources.x]\nconnector = \"replay\"\nfiles = []\n[sources.x]\n", 4, "duplicate key"),
        ("[sources.x]\nconnector = \"replay\"\n", 1, "[sources.x] lacks `files`"),
        ("[sources.x]\nconnector = \"process\"\ncommand = []\n", 3, "`command` is empty"),
        ("[sources.x]\nconnector = \"process\"\ncommand = [\"no-such\"]\n", 3, "no program here"),
        (
            "[sources.x]\nconnector = \"process\"\ncommand = [\"sh\"]\nenv = { T = { } }\n",
            4,
            "one of env, file, command",
        ),
        ("[sources.x]\nconnector = \"process\"\ncommand = [\"sh\"]\nenv = { T = 'x' }\n", 4, "it takes a table"),
        ("[sources.x]\nconnector = \"process\"\ncommand = [\"sh\"]\nenv = [\"A=B\"]\n", 4, "no name of a variable"),
        ("[sources.x]\nconnector = \"github\"\ntoken = \"short\"\n", 3, "`token` holds a secret itself"),
        ("[sources.x]\nconnector = \"github\"\ntoken = { env = 'A', file = 'b' }\n", 3, "does not say where"),
        ("[sources.x]\nconnector = \"replay\"\nfiles = []\ntimeout = \"0s\"\n", 4, "no time at all"),
        ("[[policy.accept]]\nrule = \"zombie\"\nsubject = \"[\"\nreason = \" \"\nuntil = 2027-13-01\n", 5, "invalid"),
        (
            "[[policy.accept]]\nrule = \"zombie\"\nsubject = \"[\"\nreason = \" \"\nuntil = 2027-12-01\n",
            3,
            "not a pattern",
        ),
        ("[policy]\naccept = 5\n", 2, "[[policy.accept]]"),
        ("sources = 5\n", 1, "it takes a table"),
        ("x = \n", 1, "quoted"),
    ] {
        let told = mistakes(&[("whosekey.toml", text)]);
        assert!(told.contains(said), "{text}: {told}");
        assert!(told.contains(&format!("whosekey.toml:{line}: ")), "{text}: {told}");
        assert!(told.contains("hint: ") || told.contains("duplicate"), "{text}: {told}");
    }
}

#[test]
fn a_whole_configuration_is_read() {
    let text = r#"
database = "state/w.db"
[policy]
unused_after = "30d"
confirm_absence = 3
[[policy.accept]]
rule = "long-lived"
subject = "arn:aws:iam::123456789012:user/legacy-*"
reason = "migration tracked in OPS-123"
until = 2027-01-31
[sources.recorded]
connector = "replay"
files = ["acme.ndjson"]
schedule = "30 2 * * 1-5"
timezone = "Europe/Berlin"
timeout = "12h"
[sources.home-grown]
connector = "process"
command = ["./run.sh", "--flag"]
env = ["PATH"]
config = { region = "eu", deep = { n = 1, at = 2026-01-01 } }
"#;
    let folder = folder_with(&[("whosekey.toml", text), ("acme.ndjson", ""), ("run.sh", "#!/bin/sh\n")]);
    let script = folder.path().join("run.sh");
    std::fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let config = load(&folder).unwrap();
    assert_eq!(config.database, folder.path().join("state/w.db"));
    assert_eq!(config.policy.unused_after.as_secs(), 30 * 86_400);
    assert_eq!(config.policy.confirm_absence, 3);
    assert_eq!(config.policy.accept[0].until.to_string(), "2027-02-01T00:00:00Z");
    let names: Vec<_> = config.sources.iter().map(|s| (s.name.as_str(), s.descriptor.name)).collect();
    assert_eq!(names, [("recorded", "replay"), ("home-grown", "process")]);
    assert_eq!(config.sources[0].common.limits.scope_timeout.as_secs(), 12 * 3_600);
    assert_eq!(config.sources[0].common.limits.source_timeout.as_secs(), 12 * 3_600);
    assert_eq!(config.sources[0].common.schedule.zone().name(), "Europe/Berlin");
    let parts = Parts {
        clock: Arc::new(|| Timestamp::from_secs(0)),
        fingerprint_key: FingerprintKey::from_bytes([0; 32]),
        environment: surroundings(folder.path()),
    };
    for source in &config.sources {
        assert_eq!(source.build(&parts).unwrap().descriptor().name, source.descriptor.name);
    }
}

#[test]
fn a_variable_that_is_not_set_fails_the_building_not_the_reading() {
    let text = "[sources.x]\nconnector = \"process\"\ncommand = [\"sh\"]\nenv = [\"NOT_SET\"]\n";
    let folder = folder_with(&[("whosekey.toml", text)]);
    let config = load(&folder).unwrap();
    let parts = Parts {
        clock: Arc::new(|| Timestamp::from_secs(0)),
        fingerprint_key: FingerprintKey::from_bytes([0; 32]),
        environment: surroundings(folder.path()),
    };
    let error = config.sources[0].build(&parts).err().unwrap().to_string();
    assert_eq!(error, "source x: its variable NOT_SET: the environment variable NOT_SET is not set");
}

#[test]
fn the_configuration_is_looked_for_in_order() {
    let folder = folder_with(&[("flag.toml", ""), ("variable.toml", ""), ("whosekey.toml", "")]);
    std::fs::create_dir_all(folder.path().join(".config/whosekey")).unwrap();
    std::fs::write(folder.path().join(".config/whosekey/whosekey.toml"), "").unwrap();
    let home = folder.path().to_string_lossy().into_owned();
    let with = |variable: Option<&str>, current: &Path| {
        let (home, variable) = (home.clone(), variable.map(str::to_owned));
        let look = move |name: &str| match name {
            "HOME" => Some(home.clone()),
            "WHOSEKEY_CONFIG" => variable.clone(),
            _ => None,
        };
        Environment::new(look, current)
    };
    let file = |flags: &Flags, environment: &Environment| {
        Config::load(flags, environment, RULES).map(|config| config.file.map(|p| p.file_name().unwrap().to_owned()))
    };
    let path = folder.path().join("flag.toml");
    let flags = Flags { config: Some(path), database: None };
    let variable = folder.path().join("variable.toml").to_string_lossy().into_owned();
    let here = folder.path();
    assert_eq!(file(&flags, &with(Some(&variable), here)).unwrap().unwrap(), "flag.toml");
    assert_eq!(file(&Flags::default(), &with(Some(&variable), here)).unwrap().unwrap(), "variable.toml");
    assert_eq!(file(&Flags::default(), &with(None, here)).unwrap().unwrap(), "whosekey.toml");
    let elsewhere = tempfile::tempdir().unwrap();
    assert_eq!(file(&Flags::default(), &with(None, elsewhere.path())).unwrap().unwrap(), "whosekey.toml");
    std::fs::remove_file(folder.path().join(".config/whosekey/whosekey.toml")).unwrap();
    assert_eq!(file(&Flags::default(), &with(None, elsewhere.path())).unwrap(), None);
    assert!(matches!(file(&Flags::default(), &with(Some("/no/such.toml"), here)), Err(ConfigError::Unreadable { .. })));
}

#[test]
fn the_database_is_the_flags_the_files_or_the_state_folders() {
    let folder = folder_with(&[("whosekey.toml", "database = \"own.db\"\n"), ("empty.toml", "")]);
    let environment = surroundings(folder.path());
    let database = |config: &str, flag: Option<&str>| {
        let flags = Flags { config: Some(folder.path().join(config)), database: flag.map(Into::into) };
        Config::load(&flags, &environment, RULES).unwrap().database
    };
    assert_eq!(database("whosekey.toml", Some("flag.db")), folder.path().join("flag.db"));
    assert_eq!(database("whosekey.toml", None), folder.path().join("own.db"));
    assert_eq!(database("empty.toml", None), folder.path().join(".local/state/whosekey/whosekey.db"));
    let nowhere = Environment::new(|_| None, folder.path());
    let flags = Flags { config: Some(folder.path().join("empty.toml")), database: None };
    assert!(matches!(Config::load(&flags, &nowhere, RULES), Err(ConfigError::NoHome)));
}

/// Wherever a secret was pasted, no message repeats it.
#[test]
fn no_message_repeats_a_secret() {
    let secret = "ghp_abcdefghijklmnopqrstuvwxyz0123456789";
    for text in [
        "database = '@'\n",
        "@ = 1\n",
        "x = @\n",
        "x = '@\n",
        "@\n",
        "[@]\n",
        "[@\n",
        "[sources.@]\n",
        "[sources.x]\nconnector = '@'\n",
        "[sources.x]\n@ = '@'\n",
        "[sources.x]\nconnector = 'replay'\nfiles = ['@']\nschedule = '@'\ntimezone = '@'\ntimeout = '@'\n",
        "[sources.x]\nconnector = 'process'\ncommand = ['sh', '--token=@']\nenv = ['@']\nconfig = { a = { b = ['@'] } }\n",
        "[sources.x]\nconnector = 'process'\ncommand = ['sh']\nenv = { @ = '@' }\n",
        "[sources.x]\nconnector = 'process'\ncommand = ['sh']\nenv = { A = { @ = '@' } }\n",
        "[sources.x]\nconnector = 'github'\ntoken = '@'\napp = { private_key = '@', id = '@' }\n",
        "[[policy.accept]]\nrule = '@'\nsubject = '@['\nreason = '@'\nuntil = '@'\n",
        "[policy]\nunused_after = '@'\n@ = { @ = '@' }\n",
    ] {
        let told = mistakes(&[("whosekey.toml", &text.replace('@', secret))]);
        assert!(!told.contains("ghp_"), "{text}: {told}");
        assert!(!told.contains("abcdefgh"), "{text}: {told}");
    }
}

#[test]
fn a_name_that_would_move_a_terminal_is_escaped() {
    let told = mistakes(&[("whosekey.toml", "[sources.\"a\\u001b[31m\"]\n\"x\\u001b\" = 1\n")]);
    assert!(!told.contains('\u{1b}'), "{told:?}");
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "(\\PC|\n|\\[|\\]|=|\"|'|\\{|\\}|,|sources|policy|connector|schedule|1|x){0,60}") {
        let environment = surroundings(Path::new("/nonexistent"));
        let _ = Config::from_text(Path::new("w.toml"), &text, &Flags::default(), &environment, RULES);
    }
}

#[test]
fn every_connector_takes_an_endpoint_and_a_wrong_one_is_refused() {
    let files = |url: &str| {
        format!(
            "[sources.local]\nconnector = \"agents\"\nendpoint_url = \"{url}\"\n[sources.aws]\nconnector = \"aws\"\nendpoint_url = \"{url}\"\n"
        )
    };
    let right = files("http://127.0.0.1:5000");
    assert_eq!(load(&folder_with(&[("whosekey.toml", &right)])).unwrap().sources.len(), 2);
    let wrong = files("127.0.0.1:5000");
    let said = mistakes(&[("whosekey.toml", &wrong)]);
    assert_eq!(said.matches("`endpoint_url`").count(), 2, "{said}");
}
