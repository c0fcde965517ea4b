use std::path::Path;

use whosekey_sdk::settings::read;

use super::*;

const KUBECONFIG: &str = "apiVersion: v1
kind: Config
contexts:
- {name: prod, context: {cluster: c, user: u}}
- {name: staging, context: {cluster: c, user: u}}
clusters: [{name: c, cluster: {server: 'https://127.0.0.1:1'}}]
users: [{name: u, user: {token: hush}}]
";

fn problems(text: &str, endpoint_url: Option<&str>) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("kubeconfig"), KUBECONFIG).unwrap();
    let base = Base { folder: folder.path().to_owned(), home: None };
    let surroundings = Surroundings { kubeconfig: vec![folder.path().join("kubeconfig")], is_in_cluster: false };
    let (_, problems) = read(Path::new("w.toml"), text, |section| {
        section.has("endpoint_url");
        Config::read(section, &base, endpoint_url, &surroundings)
    });
    problems.into_iter().map(|p| format!("{}: {} ({})", p.line, p.what, p.hint.unwrap_or_default())).collect()
}

#[test]
fn what_is_right_is_read() {
    for text in [
        "",
        "context = 'prod'\nname = 'prod'\nnamespaces = ['shop']\nsecrets = true\nowner_tags = ['squad']",
        "kubeconfig = 'kubeconfig'\ncontext = 'staging'",
    ] {
        assert_eq!(problems(text, None), Vec::<String>::new(), "{text}");
    }
    let at = "endpoint_url = 'x'\ntoken = { env = 'T' }\nca_file = 'kubeconfig'";
    assert_eq!(problems(at, Some("https://10.0.0.1:6443")), Vec::<String>::new());
}

#[test]
fn all_mistakes_are_told_at_once_with_their_lines() {
    let found = problems(
        "name = 'a/b'\nnamespaces = ['Shop']\nsecrets = 'yes'\ntoken = { env = 'T' }\ncontext = 'prd'\n",
        None,
    );
    let lines: Vec<_> = found.iter().map(|line| line.split(':').next().unwrap()).collect();
    assert_eq!(lines, ["1", "2", "3", "4", "5"], "{found:#?}");
    assert!(found[4].contains("did you mean \"prod\"?"), "{found:#?}");
}

#[test]
fn two_ways_to_a_cluster_are_one_too_many() {
    let found = problems("endpoint_url = 'x'\nkubeconfig = 'kubeconfig'\n", Some("https://10.0.0.1:6443"));
    assert!(found[0].contains("two ways"), "{found:#?}");
}

#[test]
fn a_token_is_not_sent_in_the_clear_but_to_this_machine() {
    let text = "endpoint_url = 'x'\ntoken = { env = 'T' }\n";
    assert!(problems(text, Some("http://10.0.0.1:8080"))[0].contains("in the clear"));
    assert!(problems(text, Some("http://127.0.0.1.example.com"))[0].contains("in the clear"));
    assert_eq!(problems(text, Some("http://127.0.0.1:8080")), Vec::<String>::new());
}

#[test]
fn the_pods_own_account_is_taken_where_no_kubeconfig_is() {
    let nothing = Surroundings { kubeconfig: vec!["/no/such/kubeconfig".into()], is_in_cluster: true };
    assert!(matches!(nothing.way(None), Way::InCluster));
    let elsewhere = Surroundings { is_in_cluster: false, ..nothing };
    assert!(matches!(elsewhere.way(None), Way::Kubeconfig { .. }));
}
