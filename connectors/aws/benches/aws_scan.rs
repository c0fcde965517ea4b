//! A scan of an account of 1,000 users (half with keys), 500 roles and 200 policies on the AWS stand-in: requests, CPU,
//! wall time and peak memory; and again through a proxy with 50 ms of latency, beside a client that sends the same
//! requests and does nothing with the answers.
//!
//! The yardsticks that cannot run here were measured once on such an account: ScoutSuite 4,628 requests, 34 s of CPU,
//! 40 s of wall time; Prowler 6,306 requests.

#![expect(clippy::disallowed_macros, reason = "a benchmark prints")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use whosekey_aws::{Aws, Config};
use whosekey_parts::moto::{Moto, Seed};
use whosekey_parts::proxy::{Proxy, Then, When};
use whosekey_sdk::http::{Client, Limits};
use whosekey_sdk::testkit::Collected;
use whosekey_sdk::{Connector as _, Timestamp};

const LATENCY: Duration = Duration::from_millis(50);
const IN_FLIGHT: usize = 32;

fn main() {
    let moto = Moto::start().expect("the AWS stand-in starts");
    let seeded = moto.seed(&Seed::default()).expect("the AWS stand-in is seeded");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let keys = seeded.access_keys.len();

    let cpu = cpu_time();
    let begun = Instant::now();
    let (requests, records) = runtime.block_on(scan(&moto.url(), &[]));
    let (wall, cpu) = (begun.elapsed(), cpu_time() - cpu);
    println!("scan            {requests} requests (budget {}), {records} records", keys + 60);
    println!("  wall          {wall:.2?} (goal 10 s)");
    println!("  cpu           {cpu:.2?} (goal 1.7 s)");
    println!("  peak memory   {} MiB (goal 80 MiB)", peak_memory_kib() / 1024);

    let slow = Proxy::before(&moto.url()).rule(When::any(), Then::delay(LATENCY)).start().expect("the proxy starts");
    // The audit log allows two lookups a second, which has nothing to do with paging.
    let skipped = ["cloudtrail".to_owned()];
    let begun = Instant::now();
    runtime.block_on(scan(&slow.url(), &skipped));
    let ours = begun.elapsed();
    let begun = Instant::now();
    runtime.block_on(bare(&slow.url(), keys));
    let floor = begun.elapsed();
    let ratio = ours.as_secs_f64() / floor.as_secs_f64();
    println!("50 ms latency   {ours:.2?}; floor {floor:.2?}; {ratio:.2}x (goal 1.25x)");
}

async fn scan(endpoint: &str, skip: &[String]) -> (u64, usize) {
    let config = Config {
        regions: vec!["eu-west-1".to_owned()],
        endpoint_url: Some(endpoint.to_owned()),
        skip: skip.to_vec(),
        ..Config::default()
    };
    let now: Timestamp = "2030-01-01T00:00:00Z".parse().expect("a time");
    let credentials = Credentials::new("AKIAIOSFODNN7EXAMPLE", "secret", None, None, "bench");
    let source = Aws::new(config, Arc::new(move || now)).expect("a client");
    let source = Arc::new(source.with_credentials(SharedCredentialsProvider::new(credentials)));
    let mut listing = Collected::default();
    let (scopes, _complete) = source.scopes(&mut listing).await.expect("the scopes are listed");
    let mut running = tokio::task::JoinSet::new();
    for scope in scopes {
        let source = Arc::clone(&source);
        running.spawn(async move {
            let mut collected = Collected::default();
            // What the stand-in lacks fails, and costs its requests all the same.
            let _ = source.collect(&scope, &mut collected).await;
            collected
        });
    }
    let all = running.join_all().await;
    let requests = listing.requests + all.iter().map(|collected| collected.requests).sum::<u64>();
    (requests, all.iter().map(|collected| collected.records.len()).sum())
}

/// What paging forces any client to do: sign in; the report in three steps beside the users; then the keys of each
/// user, 32 at once.
async fn bare(endpoint: &str, users: usize) {
    let client = &Client::new(Limits::default()).expect("a client");
    let ask = |service: &'static str, query: String| async move {
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20300101/us-east-1/{service}/aws4_request, \
             SignedHeaders=host, Signature=0"
        );
        let request = http::Request::post(format!("{endpoint}/"))
            .header("authorization", authorization)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Bytes::from(query))
            .expect("a request");
        client.execute(request).await.expect("an answer");
    };
    ask("sts", "Action=GetCallerIdentity&Version=2011-06-15".to_owned()).await;
    let report = async {
        for action in ["GenerateCredentialReport", "GenerateCredentialReport", "GetCredentialReport"] {
            ask("iam", format!("Action={action}&Version=2010-05-08")).await;
        }
    };
    let details = |filter: &'static str| {
        ask("iam", format!("Action=GetAccountAuthorizationDetails&Version=2010-05-08&Filter.member.1={filter}"))
    };
    tokio::join!(report, details("User"), details("Role"), details("LocalManagedPolicy"));
    let keys = (0..users).map(|n| ask("iam", format!("Action=ListAccessKeys&Version=2010-05-08&UserName=user-{n:05}")));
    stream::iter(keys).buffer_unordered(IN_FLIGHT).collect::<Vec<_>>().await;
}

/// CPU of this process so far; the stand-in is another process.
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
