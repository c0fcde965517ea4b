//! A scan of a cluster with 5,000 service accounts, 5,000 pods and 2,000 bindings, over its real API: requests, wall time,
//! CPU and peak memory; beside a client that sends the requests that paging forces and does nothing with the answers.

#![expect(clippy::disallowed_macros, reason = "a benchmark prints")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use whosekey_kubernetes::{Config, Endpoint, Kubernetes, Way};
use whosekey_parts::kubernetes::{Client, Cluster, Seed};
use whosekey_sdk::testkit::Collected;
use whosekey_sdk::{Connector as _, Outcome, Secret};

/// Lists that a scan follows, and that any client must.
const LISTS: [&str; 14] = [
    "/api/v1/namespaces",
    "/api/v1/serviceaccounts",
    "/api/v1/pods",
    "/apis/apps/v1/deployments",
    "/apis/apps/v1/statefulsets",
    "/apis/apps/v1/daemonsets",
    "/apis/apps/v1/replicasets",
    "/apis/batch/v1/jobs",
    "/apis/batch/v1beta1/cronjobs",
    "/apis/rbac.authorization.k8s.io/v1/roles",
    "/apis/rbac.authorization.k8s.io/v1/rolebindings",
    "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
    "/apis/certificates.k8s.io/v1/certificatesigningrequests",
];

fn main() {
    let cluster = Cluster::start().expect("the cluster starts");
    let seed = Seed::default();
    cluster.seed(&seed).expect("the cluster is seeded");
    let objects = seed.accounts + seed.pods + seed.bindings;
    let ca_file = cluster.folder().join("authority.pem");
    std::fs::write(&ca_file, cluster.authority_pem()).expect("the cluster's folder can be written");
    let endpoint = Endpoint {
        url: cluster.url(),
        token: Some(Secret::new(cluster.admin_token().to_owned())),
        ca_file: Some(ca_file),
    };
    let config = Config { name: Some("bench".to_owned()), ..Config::new(Way::Endpoint(endpoint)) };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");

    // Seeding took memory too; the peak is counted from here.
    std::fs::write("/proc/self/clear_refs", "5").expect("Linux");
    let (cpu, begun) = (cpu_time(), Instant::now());
    let (requests, records) = runtime.block_on(scan(config));
    let (wall, cpu) = (begun.elapsed(), cpu_time() - cpu);
    println!("scan            {requests} requests (budget {}), {records} records", objects / 500 + 50);
    println!("  wall          {wall:.2?} (goal 15 s)");
    println!("  cpu           {cpu:.2?}");
    println!("  peak memory   {} MiB (goal 300 MiB)", peak_memory_kib() / 1024);

    let begun = Instant::now();
    let pages: usize = LISTS.iter().map(|path| bare(cluster.admin(), path)).sum();
    println!("bare client     {pages} pages in {:.2?}, one after the other", begun.elapsed());
}

async fn scan(config: Config) -> (u64, usize) {
    let source = Arc::new(Kubernetes::new(config));
    let mut listing = Collected::default();
    let (scopes, _complete) = source.scopes(&mut listing).await.expect("the scopes are listed");
    let mut running = tokio::task::JoinSet::new();
    for scope in scopes {
        let source = Arc::clone(&source);
        running.spawn(async move {
            let seen = whosekey_sdk::testkit::observe_scope(&*source, scope).await;
            assert_eq!(seen.outcome, Outcome::Complete, "{}: {:?}", seen.scope.name, seen.issues);
            seen.collected
        });
    }
    let all = running.join_all().await;
    let requests = listing.requests + all.iter().map(|collected| collected.requests).sum::<u64>();
    (requests, all.iter().map(|collected| collected.records.len()).sum())
}

/// Follows a list to its end, and gives the number of its pages.
fn bare(client: &Client, path: &str) -> usize {
    let mut pages = 0;
    let mut token = String::new();
    loop {
        let page = client.get(&format!("{path}?limit=500{token}")).unwrap_or(json!({}));
        pages += 1;
        match page["metadata"]["continue"].as_str() {
            Some(next) if !next.is_empty() => token = format!("&continue={next}"),
            _ => return pages,
        }
        assert!(page["items"].as_array().is_some_and(|items: &Vec<Value>| !items.is_empty()));
    }
}

/// CPU of this process so far; the cluster is other processes.
fn cpu_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: u64 = after_name.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    // The unit is fixed at 100 a second on Linux, whatever the kernel's own rate.
    Duration::from_millis(ticks * 10)
}

fn peak_memory_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).unwrap_or(0)
}
