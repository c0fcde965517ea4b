//! The fault proxy does what it was told, seen from a plain socket and from AWS' own client.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use whosekey_parts::moto::{Moto, Seed};
use whosekey_parts::proxy::{Proxy, Published, Then, Token, When};

/// Nothing listens there: what the rules do not answer is a 502.
const NOWHERE: &str = "http://127.0.0.1:9";

fn ask(proxy: &Proxy, request: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(proxy.address())?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

fn get(proxy: &Proxy, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(proxy.address())?;
    stream.set_read_timeout(Some(Duration::from_millis(500)))?;
    stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes())?;
    let mut answer = vec![0; 4096];
    let mut length = 0;
    // Until the connection pauses: it is kept open after a whole answer.
    loop {
        match stream.read(&mut answer[length..]) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => break,
            Err(error) => return Err(error),
        }
    }
    Ok(String::from_utf8_lossy(&answer[..length]).into_owned())
}

fn query(action: &str, service: &str) -> String {
    let body = format!("Action={action}&Version=2010-05-08");
    format!(
        "POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\nconnection: close\r\n\
         authorization: AWS4-HMAC-SHA256 Credential=AKIAX/20260101/eu-west-1/{service}/aws4_request, Signature=x\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[test]
fn a_cut_body_promises_more_than_it_brings() {
    let proxy = Proxy::before(NOWHERE)
        .rule(When::any(), Then::answer(200, &[], "0123456789"))
        .rule(When::any(), Then::cut(4))
        .start()
        .unwrap();
    let answer = get(&proxy, "/list").unwrap();
    assert!(answer.contains("content-length: 10\r\n") && answer.ends_with("\r\n\r\n0123"), "{answer}");
}

#[test]
fn a_black_hole_answers_nothing_and_a_reset_is_one() {
    let proxy = Proxy::before(NOWHERE)
        .rule(When::path("/hole"), Then::black_hole())
        .rule(When::path("/reset"), Then::reset())
        .start()
        .unwrap();
    assert_eq!(get(&proxy, "/hole").unwrap(), "");
    assert_eq!(get(&proxy, "/reset").unwrap_err().kind(), ErrorKind::ConnectionReset);
}

#[test]
fn rules_count_the_requests_that_match_them() {
    let proxy = Proxy::before(NOWHERE)
        .rule(When::path_prefix("/a").nth(2), Then::throttle(Some(7)))
        .rule(When::any(), Then::answer(200, &[("link", "<http://x/2>; rel=\"next\"")], "[]"))
        .start()
        .unwrap();
    let statuses: Vec<bool> =
        ["/a/1", "/b", "/a/2", "/a/3"].map(|path| get(&proxy, path).unwrap().contains(" 429 ")).to_vec();
    assert_eq!(statuses, [false, false, true, false]);
    assert_eq!((proxy.count(), proxy.count_of("/b")), (4, 1));
    proxy.forget();
    assert_eq!(proxy.count(), 0);
}

#[test]
fn errors_are_in_the_words_of_the_protocol() {
    let proxy = Proxy::before(NOWHERE)
        .rule(When::action("ListUsers"), Then::deny())
        .rule(When::service("ec2").region("eu-west-1"), Then::deny())
        .rule(When::action("LookupEvents"), Then::throttle(Some(2)))
        .start()
        .unwrap();
    let iam = ask(&proxy, &query("ListUsers", "iam")).unwrap();
    assert!(iam.starts_with("HTTP/1.1 403 ") && iam.contains("<Code>AccessDenied</Code>"), "{iam}");
    let ec2 = ask(&proxy, &query("DescribeInstances", "ec2")).unwrap();
    assert!(ec2.contains("<Errors><Error><Code>UnauthorizedOperation</Code>"), "{ec2}");
    let trail = "POST / HTTP/1.1\r\nx-amz-target: com.amazonaws.cloudtrail.v1.CloudTrail_20131101.LookupEvents\r\n\
                 content-length: 0\r\n\r\n";
    let mut stream = TcpStream::connect(proxy.address()).unwrap();
    stream.write_all(trail.as_bytes()).unwrap();
    let mut answer = [0; 1024];
    let length = stream.read(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer[..length]);
    assert!(answer.contains("retry-after: 2") && answer.contains("\"__type\":\"ThrottlingException\""), "{answer}");
    assert_eq!(proxy.seen()[0].access_key.as_deref(), Some("AKIAX"));
}

#[test]
fn a_body_can_trickle_and_an_answer_can_wait() {
    let proxy = Proxy::before(NOWHERE)
        .rule(When::any(), Then::delay(Duration::from_millis(200)))
        .rule(When::any(), Then::trickle(50))
        .rule(When::any(), Then::answer(200, &[], "0123456789"))
        .start()
        .unwrap();
    let begun = Instant::now();
    assert!(get(&proxy, "/").unwrap().ends_with("0123456789"));
    assert!(begun.elapsed() >= Duration::from_millis(400));
}

/// Lists all users with AWS' own client, page by page; prints how many names and how many different ones it got.
const LIST_USERS: &str = "
import boto3, sys
from botocore.config import Config
iam = boto3.client('iam', endpoint_url=sys.argv[2], config=Config(retries={'max_attempts': 1}))
names, asked, marker = [], 0, None
while asked < 20:
    page = iam.list_users(**({'Marker': marker} if marker else {}))
    names += [user['UserName'] for user in page['Users']]
    asked += 1
    if not page['IsTruncated'] or 'Marker' not in page: break
    marker = page['Marker']
details = sum(len(page['UserDetailList'] + page['RoleDetailList'] + page['Policies'])
    for page in iam.get_paginator('get_account_authorization_details').paginate(Filter=['User', 'Role', 'LocalManagedPolicy'])
) if len(sys.argv) > 3 else 0
print(len(names), len(set(names)), asked, details)
";

#[test]
fn iam_lists_come_in_pages_that_aws_own_client_puts_together() {
    let moto = Moto::start().unwrap();
    moto.seed(&Seed { users: 7, users_with_keys: 0, roles: 4, policies: 2 }).unwrap();
    let list = |token, arguments: &[&str]| {
        let proxy = Proxy::before(&moto.url()).page_iam_with(3, token).start().unwrap();
        let url = proxy.url();
        let arguments = [&[url.as_str()], arguments].concat();
        let printed = moto.script(LIST_USERS, &arguments).unwrap();
        (printed.trim().to_owned(), proxy.count_of("GetAccountAuthorizationDetails"))
    };
    assert_eq!(list(Token::Honest, &["details"]), ("7 7 3 13".to_owned(), 5));
    assert_eq!(list(Token::Endless, &[]).0, "7 7 20 0");
    assert_eq!(list(Token::Absent, &[]).0, "3 3 1 0");
    assert_eq!(list(Token::Repeated, &[]).0, "60 6 20 0");
}

const LOOKUP: &str = "
import boto3, sys
trail = boto3.client('cloudtrail', endpoint_url=sys.argv[2])
print([event['EventId'] for page in trail.get_paginator('lookup_events').paginate() for event in page['Events']])
";

#[test]
fn what_the_stand_in_lacks_is_served_in_its_published_shape() {
    let moto = Moto::start().unwrap();
    let events: Vec<_> =
        (0..5).map(|i| serde_json::json!({"EventId": i.to_string(), "EventTime": 1_700_000_000})).collect();
    let list = Published::new(serde_json::json!({"Events": events}), "Events", 2);
    let proxy = Proxy::before(&moto.url()).rule(When::action("LookupEvents"), Then::published(list)).start().unwrap();
    assert_eq!(moto.script(LOOKUP, &[&proxy.url()]).unwrap().trim(), "['0', '1', '2', '3', '4']");
    assert_eq!(proxy.count_of("LookupEvents"), 3);
}
