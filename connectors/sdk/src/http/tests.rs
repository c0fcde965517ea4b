//! The client against a server on loopback that misbehaves in one way at a time.

#![expect(clippy::disallowed_methods, reason = "the test's server runs until the test's runtime ends")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::StreamExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::{Client, HttpError, Limits};

/// Answers the n-th connection with the n-th script (the last one repeats), raw bytes, then closes; an empty script
/// never answers. Returns the URL and the number of connections so far.
async fn server(scripts: Vec<String>) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let count = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let n = seen.fetch_add(1, Ordering::SeqCst);
            let script = scripts[n.min(scripts.len() - 1)].clone();
            tokio::spawn(async move {
                let mut buffer = [0u8; 4096];
                let _ = stream.read(&mut buffer).await;
                if script.is_empty() {
                    tokio::time::sleep(Duration::from_secs(60)).await;
                }
                let _ = stream.write_all(script.as_bytes()).await;
            });
        }
    });
    (url, count)
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n{body}", body.len())
}

fn get(url: &str) -> http::Request<Bytes> {
    http::Request::get(url).body(Bytes::new()).unwrap()
}

fn client(change: impl FnOnce(&mut Limits)) -> Client {
    let mut limits = Limits { request_timeout: Duration::from_millis(500), ..Limits::default() };
    change(&mut limits);
    Client::new(limits).unwrap()
}

#[tokio::test]
async fn a_passing_fault_is_tried_again_and_counted() {
    let (url, _) = server(vec![answer("500 Oops", "", ""), answer("200 OK", "", "fine")]).await;
    let client = client(|_| {});
    let response = client.execute(get(&url)).await.unwrap();
    assert_eq!(response.body().as_ref(), b"fine");
    assert_eq!(client.requests(), 2);
}

#[tokio::test]
async fn a_refusal_is_an_answer_and_not_tried_again() {
    let (url, count) = server(vec![answer("403 Forbidden", "", "no")]).await;
    let response = client(|_| {}).execute(get(&url)).await.unwrap();
    assert_eq!(response.status(), 403);
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn no_request_is_sent_before_retry_after_is_over() {
    let (url, _) = server(vec![answer("429 Slow", "retry-after: 1\r\n", ""), answer("200 OK", "", "")]).await;
    let begun = Instant::now();
    client(|_| {}).execute(get(&url)).await.unwrap();
    assert!(begun.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn requests_that_are_all_throttled_at_once_all_come_back() {
    let slow = answer("429 Slow", "retry-after: 1\r\n", "");
    let mut scripts = vec![slow; 30];
    scripts.push(answer("200 OK", "", "fine"));
    let (url, _) = server(scripts).await;
    let client = client(|limits| limits.max_attempts = 3);
    let requests = (0..30).map(|_| client.execute(get(&url)));
    let answers = futures_util::future::join_all(requests).await;
    assert!(answers.iter().all(Result::is_ok), "a budget of 20 retries would have given up on ten");
}

#[tokio::test]
async fn a_wait_longer_than_we_wait_is_rate_limited_at_once() {
    let (url, count) = server(vec![answer("429 Slow", "retry-after: 3600\r\n", "")]).await;
    let error = client(|_| {}).execute(get(&url)).await.unwrap_err();
    assert!(matches!(error, HttpError::RateLimited { retry_after: Some(after) } if after.as_secs() == 3600));
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_server_that_never_answers_is_a_timeout() {
    let (url, _) = server(vec![String::new()]).await;
    let client = client(|limits| limits.max_attempts = 2);
    let error = client.execute(get(&url)).await.unwrap_err();
    assert!(matches!(error, HttpError::Timeout), "{error:?}");
    assert_eq!(client.requests(), 2);
}

#[tokio::test]
async fn a_body_cut_at_any_byte_is_an_error_never_an_answer() {
    let whole = answer("200 OK", "", "0123456789");
    for cut in 1..whole.len() {
        let (url, _) = server(vec![whole[..cut].to_owned()]).await;
        let client = client(|limits| limits.max_attempts = 1);
        assert!(client.execute(get(&url)).await.is_err(), "cut at {cut}");
    }
}

#[tokio::test]
async fn a_body_over_the_cap_is_refused() {
    let (url, _) = server(vec![answer("200 OK", "", &"x".repeat(5000))]).await;
    let error = client(|limits| limits.max_body_bytes = 1000).execute(get(&url)).await.unwrap_err();
    assert!(matches!(error, HttpError::BodyTooLarge { limit_bytes: 1000 }));
}

#[tokio::test]
async fn a_redirect_is_an_answer_that_is_not_followed() {
    let (elsewhere, visits) = server(vec![answer("200 OK", "", "stolen")]).await;
    let (url, _) = server(vec![answer("302 Found", &format!("location: {elsewhere}\r\n"), "")]).await;
    let response = client(|_| {}).execute(get(&url)).await.unwrap();
    assert_eq!(response.status(), 302);
    assert_eq!(visits.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn errors_do_not_tell_the_url() {
    let client = client(|limits| limits.max_attempts = 1);
    let error = client.execute(get("http://127.0.0.1:1/?token=canary")).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("canary"));
}

/// Says nothing after the first piece of a body.
#[derive(Debug)]
struct Stalling;

#[async_trait::async_trait]
impl super::Transport for Stalling {
    async fn send(&self, _: http::Request<Bytes>) -> Result<http::Response<super::Body>, HttpError> {
        let first = futures_util::stream::iter([Ok(Bytes::from_static(b"half"))]);
        Ok(http::Response::new(Box::pin(first.chain(futures_util::stream::pending()))))
    }
}

#[tokio::test(start_paused = true)]
async fn a_vendors_client_is_held_to_the_same_deadlines() {
    let limits = Limits { max_attempts: 1, ..Limits::default() };
    let begun = tokio::time::Instant::now();
    let error = Client::over(Box::new(Stalling), limits.clone()).execute(get("http://example.com/")).await.unwrap_err();
    assert!(matches!(error, HttpError::Timeout), "{error:?}");
    assert_eq!(begun.elapsed(), limits.idle_body_timeout);
}

/// Throttles so many times without a word about how long, then answers.
#[derive(Debug)]
struct Secondary(AtomicUsize);

#[async_trait::async_trait]
impl super::Transport for Secondary {
    async fn send(&self, _: http::Request<Bytes>) -> Result<http::Response<super::Body>, HttpError> {
        let is_throttled = self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)).is_ok();
        let status = if is_throttled { 429 } else { 200 };
        let body: super::Body = Box::pin(futures_util::stream::empty());
        Ok(http::Response::builder().status(status).body(body).unwrap())
    }
}

#[tokio::test(start_paused = true)]
async fn throttling_without_a_time_holds_all_requests_back_for_a_pause_that_grows() {
    let limits = Limits {
        throttled_pause: Some(Duration::from_secs(60)),
        max_retry_after: Duration::from_secs(600),
        ..Limits::default()
    };
    let client = Client::over(Box::new(Secondary(AtomicUsize::new(2))), limits);
    let begun = tokio::time::Instant::now();
    client.execute(get("http://example.com/")).await.unwrap();
    assert_eq!(begun.elapsed(), Duration::from_secs(60 + 120));
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_grew_too_long_is_rate_limited() {
    let limits = Limits { throttled_pause: Some(Duration::from_secs(60)), ..Limits::default() };
    let client = Client::over(Box::new(Secondary(AtomicUsize::new(9))), limits);
    let error = client.execute(get("http://example.com/")).await.unwrap_err();
    assert!(matches!(error, HttpError::RateLimited { retry_after: None }), "{error:?}");
    assert_eq!(client.requests(), 3, "after 60 s and 120 s, 240 s are more than it waits");
}
