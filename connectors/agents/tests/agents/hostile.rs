//! Trees made to harm: the scan ends, reads nothing that it should not, and says what it did not see.

use std::time::{Duration, Instant};

use whosekey_agents::{AgentsConnector, Config, Limits, Surroundings};
use whosekey_sdk::{CollectError, IssueKind};

use crate::support::{Tree, collect, key};

#[cfg(unix)]
#[test]
fn pipes_devices_loops_and_links_out_are_not_read() {
    use std::os::unix::fs::symlink;
    let mut tree = Tree::empty();
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join(".mcp.json"), r#"{"mcpServers":{"out":{"command":"out"}}}"#).unwrap();
    tree.write("ok/.mcp.json", r#"{"mcpServers":{"in":{"command":"in"}}}"#);
    let path = tree.path();
    for folder in ["fifo", "zero", "loop", "link"] {
        std::fs::create_dir(path.join(folder)).unwrap();
    }
    let fifo = std::process::Command::new("mkfifo").arg(path.join("fifo/.mcp.json")).status().unwrap();
    assert!(fifo.success());
    symlink("/dev/zero", path.join("zero/.mcp.json")).unwrap();
    symlink("..", path.join("loop/again")).unwrap();
    symlink(".mcp.json", path.join("loop/.mcp.json")).unwrap();
    symlink(outside.path().join(".mcp.json"), path.join("link/.mcp.json")).unwrap();
    symlink(outside.path(), path.join("link/folder")).unwrap();
    let began = Instant::now();
    let collected = tree.scan();
    assert!(began.elapsed() < Duration::from_secs(20));
    let names: Vec<_> = collected.entities().map(|entity| entity.name.as_str()).collect();
    assert!(names.contains(&"in") && !names.contains(&"out"), "{names:?}");
    let told: Vec<_> = collected.issues.iter().map(|issue| issue.message.replace(path.to_str().unwrap(), "")).collect();
    assert_eq!(
        told,
        [
            "/fifo/.mcp.json: not a regular file",
            "/link/.mcp.json: a link that leads out of the scanned place, not followed",
            "/zero/.mcp.json: a link that leads out of the scanned place, not followed",
        ]
    );
}

#[test]
fn monstrous_documents_end_as_issues() {
    let mut tree = Tree::empty();
    let keys: String = (0..50_000).map(|n| format!("\"k{n}\":1,")).collect();
    tree.write("keys/.mcp.json", &format!("{{{keys}\"mcpServers\":{{\"many\":{{\"command\":\"x\"}}}}}}"));
    tree.write("deep/.mcp.json", &"[".repeat(500_000));
    tree.write("huge/.mcp.json", &" ".repeat((1 << 20) + 1));
    let mut bomb = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for n in 1..30 {
        bomb.push_str(&format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 10].join(",")));
    }
    tree.write("bomb/compose.yaml", &bomb);
    tree.write("bomb/.continue/config.yaml", &"- ".repeat(100_000));
    tree.write("crlf/.mcp.json", "\u{feff}{\r\n\"mcpServers\":{\r\n\"crlf\":{\"command\":\"x\",\"env\":{\"A_TOKEN\":\"@@generic:crlf@@\"}}}}\r\n");
    std::fs::create_dir(tree.path().join("bytes")).unwrap();
    std::fs::write(tree.path().join("bytes/.mcp.json"), b"{\"mcpServers\":{\"b\xff\":{\"command\":\"x\xfe\"}}}")
        .unwrap();
    let began = Instant::now();
    let collected = tree.scan();
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    let names: Vec<_> = collected.entities().map(|entity| entity.name.as_str()).collect();
    assert!(names.contains(&"many") && names.contains(&"crlf"), "{names:?}");
    let broken: Vec<_> =
        collected.issues.iter().map(|issue| (issue.kind, issue.message.rsplit('/').next().unwrap())).collect();
    assert_eq!(broken.len(), 4, "{broken:#?}");
    assert!(
        collected.issues.iter().any(|issue| issue.kind == IssueKind::Unsupported && issue.message.contains("larger"))
    );
    let line = collected.links().find(|link| link.because.contains("A_TOKEN")).unwrap().location.clone().unwrap().line;
    assert_eq!(line, Some(3));
}

#[test]
fn what_lies_deeper_or_takes_longer_than_the_limit_is_an_issue() {
    let mut tree = Tree::empty();
    tree.write("a/b/c/d/.mcp.json", r#"{"mcpServers":{"deep":{"command":"x"}}}"#);
    let scan = |limits: Limits| {
        let config = Config { paths: vec![tree.path()] };
        let connector = AgentsConnector::new("s", config, Surroundings::default(), key()).with_limits(limits);
        collect(&connector, tree.path().to_str().unwrap()).unwrap()
    };
    let shallow = scan(Limits { max_depth: 3, ..Limits::default() });
    assert!(shallow.issues[0].message.contains("deeper than 3"), "{:?}", shallow.issues);
    let hasty = scan(Limits { max_time: Duration::ZERO, ..Limits::default() });
    assert_eq!(hasty.issues[0].kind, IssueKind::Timeout);
}

#[cfg(unix)]
#[test]
fn a_folder_that_may_not_be_read_is_an_issue() {
    use std::os::unix::fs::PermissionsExt as _;
    let mut tree = Tree::empty();
    tree.write("open/.mcp.json", r#"{"mcpServers":{"a":{"command":"x"}}}"#);
    tree.write("closed/.mcp.json", r#"{"mcpServers":{"b":{"command":"x"}}}"#);
    let closed = tree.path().join("closed");
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o000)).unwrap();
    let may_read_anyway = std::fs::read_dir(&closed).is_ok();
    let collected = tree.scan();
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o755)).unwrap();
    // The superuser reads everything, and then there is nothing to report.
    assert_eq!(collected.issues.iter().any(|issue| issue.kind == IssueKind::Permission), !may_read_anyway);
}

#[test]
fn a_path_that_is_not_there_fails_its_scope() {
    let tree = Tree::empty();
    let gone = tree.path().join("gone");
    let config = Config { paths: vec![gone.clone()] };
    let connector = AgentsConnector::new("s", config, Surroundings::default(), key());
    assert!(matches!(collect(&connector, gone.to_str().unwrap()), Err(CollectError::Issue(_))));
}

#[test]
fn texts_made_of_beginnings_cost_no_more_than_others() {
    let words = [
        "eyJ",
        "eyJ-",
        "://",
        "a://b:c@",
        "xoxb-",
        "sk-",
        "AKIA",
        "AKIAABCDEFGHIJKLMNOP ",
        "-----BEGIN PRIVATE KEY-----",
        "token=",
        "ghp_",
        "8Q~",
        "${",
        "Bearer ",
    ];
    // Not the largest file: unoptimised builds are slow, and what grows with the square shows here too.
    for word in words {
        let mut tree = Tree::empty();
        let text = word.repeat((1 << 18) / word.len());
        tree.write("a.py", &text);
        tree.write(".env", &format!("A_TOKEN={text}"));
        let began = Instant::now();
        let _collected = tree.scan();
        assert!(began.elapsed() < Duration::from_secs(30), "{word}: {:?}", began.elapsed());
    }
}

#[test]
fn a_definition_that_grew_too_large_is_an_issue_and_other_large_files_are_none() {
    let mut tree = Tree::empty();
    let padding = " ".repeat(1 << 20);
    tree.write("flow.json", &format!("{{\"nodes\": [{padding}], \"meta\": \"n8n-nodes-base.x\"}}"));
    tree.write("data.json", &format!("[{padding}]"));
    tree.write("agent.py", &format!("{padding}\nfrom crewai import Agent\n"));
    tree.write("big.py", &padding);
    tree.write("video.bin", &padding);
    let issues = tree.scan().issues;
    let told: Vec<_> = issues.iter().map(|issue| (issue.kind, issue.message.rsplit('/').next().unwrap())).collect();
    assert_eq!(
        told,
        [
            (IssueKind::Unsupported, "agent.py: larger than 1048576 bytes"),
            (IssueKind::Unsupported, "flow.json: larger than 1048576 bytes"),
        ]
    );
}

#[test]
fn very_many_files_cost_no_memory_unless_they_say_something() {
    let mut tree = Tree::empty();
    for n in 0..3_000 {
        tree.write(&format!("{}/{n}.json", n % 50), "{}");
    }
    for n in 0..30 {
        tree.write(&format!("said/{n}/.mcp.json"), r#"{"mcpServers":{"a":{"command":"x"}}}"#);
    }
    let scan = |max_facts: usize| {
        let config = Config { paths: vec![tree.path()] };
        let limits = Limits { max_facts, ..Limits::default() };
        let connector = AgentsConnector::new("s", config, Surroundings::default(), key()).with_limits(limits);
        collect(&connector, tree.path().to_str().unwrap()).unwrap()
    };
    let all = scan(30);
    assert!(all.issues.is_empty(), "{:?}", all.issues);
    assert_eq!(all.entities().count(), 60);
    let some = scan(20);
    assert_eq!(some.issues.len(), 1);
    assert!(some.issues[0].message.contains("more than 20 files"), "{:?}", some.issues);
    assert_eq!(some.entities().count(), 40);
}

#[cfg(unix)]
#[test]
fn a_repositorys_settings_are_read_and_never_run() {
    use std::os::unix::fs::PermissionsExt as _;
    let mut tree = Tree::empty();
    let mark = tree.path().join("was-run");
    let script = format!("#!/bin/sh\ntouch {}\n", mark.display());
    tree.write("r/evil.sh", &script);
    tree.write(
        "r/.git/config",
        &format!(
            "[core]\n\tfsmonitor = {0}/r/evil.sh\n\tsshCommand = {0}/r/evil.sh\n\thooksPath = {0}/r\n[remote \"o\"]\n\turl = https://bot:@@password:git@@@git.example.com/x\n",
            tree.path().display()
        ),
    );
    tree.write("r/.git/hooks/post-checkout", &script);
    tree.write("r/.git/objects/ab/token.txt", "@@github:object@@");
    for file in ["r/evil.sh", "r/.git/hooks/post-checkout"] {
        std::fs::set_permissions(tree.path().join(file), std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    tree.write(
        "r/.mcp.json",
        &format!(r#"{{"mcpServers":{{"e":{{"command":"{}/r/evil.sh"}}}}}}"#, tree.path().display()),
    );
    let collected = tree.scan();
    assert!(!mark.exists(), "something of the tree was run");
    let held: Vec<_> = collected.entities().filter(|entity| entity.id.as_str().starts_with("secret:")).collect();
    assert_eq!(held.len(), 1, "the password of the remote, and nothing of the objects: {held:?}");
    assert_eq!(held[0].type_name, "url.password");
}

#[test]
fn hostile_names_are_kept_as_they_are_and_break_nothing() {
    let mut tree = Tree::empty();
    let names = [
        "\u{202e}gnp.exe",
        "a\nb",
        "x\u{0}y",
        "\u{1b}[31mred",
        "=cmd()",
        "<script>",
        "\u{feff}",
        "💥".repeat(500).leak(),
    ];
    let servers: Vec<String> =
        names.iter().map(|name| format!("{}:{{\"command\":\"x\"}}", serde_json::to_string(name).unwrap())).collect();
    tree.write(".mcp.json", &format!("{{\"mcpServers\":{{{}}}}}", servers.join(",")));
    tree.write("\u{202e}dab/.cursor/mcp.json", r#"{"mcpServers":{"bidi":{"command":"x"}}}"#);
    let collected = tree.scan();
    assert!(collected.issues.is_empty(), "{:?}", collected.issues);
    let found: Vec<_> = collected.entities().map(|entity| entity.name.as_str()).collect();
    for name in names.iter().chain(&["bidi"]) {
        assert!(found.contains(name), "{name:?} in {found:?}");
    }
}
