//! One client's connection: read a request, find its answer, write it as the rules say.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncWriteExt, BufReader};

use super::iam_paging::IamPages;
use super::request::Request;
use super::rule::{Do, Rule};
use super::wire::Wire;
use super::{Log, aws_error, lock};
use crate::PartError;
use crate::http::Answer;

/// What all connections of a proxy share.
#[derive(Debug)]
pub(super) struct Shared {
    upstream: String,
    client: reqwest::Client,
    rules: Vec<Rule>,
    pages: Option<IamPages>,
    log: Arc<Mutex<Log>>,
}

impl Shared {
    pub(super) fn new(
        upstream: String,
        client: reqwest::Client,
        rules: Vec<Rule>,
        pages: Option<IamPages>,
        log: Arc<Mutex<Log>>,
    ) -> Self {
        Self { upstream, client, rules, pages, log }
    }
}

/// What asks the part, over TLS with this authority alone if there is one.
pub(super) fn client(authority_pem: Option<&str>) -> Result<reqwest::Client, PartError> {
    let refused = |error: reqwest::Error| PartError::Answer {
        part: "proxy",
        request: "setting up its client".to_owned(),
        answer: error.to_string(),
    };
    let mut client =
        reqwest::Client::builder().no_proxy().no_gzip().http1_only().redirect(reqwest::redirect::Policy::none());
    if let Some(pem) = authority_pem {
        client = client.tls_certs_only([reqwest::Certificate::from_pem(pem.as_bytes()).map_err(refused)?]);
    }
    client.build().map_err(refused)
}

/// How an answer is written.
#[derive(Debug, Clone, Copy)]
enum Delivery {
    Whole,
    Cut { after: usize },
    Trickle { bytes_per_s: u32 },
}

/// Serves a connection to its end.
pub(super) async fn serve(wire: impl Wire, shared: Arc<Shared>) {
    let mut wire = BufReader::new(wire);
    while let Some(request) = Request::read(&mut wire).await {
        let _flight = Flight::begin(&shared.log, &request);
        let rules: Vec<&Do> = shared.rules.iter().filter_map(|rule| rule.applies(&request.seen)).collect();
        for delay in rules.iter().filter_map(|rule| if let Do::Delay(by) = rule { Some(*by) } else { None }) {
            tokio::time::sleep(delay).await;
        }
        if rules.iter().any(|rule| matches!(rule, Do::BlackHole)) {
            std::future::pending::<()>().await;
        }
        if rules.iter().any(|rule| matches!(rule, Do::Reset)) {
            // Unsent data and a linger of zero seconds make the close a reset.
            let _ = wire.get_ref().tcp().set_zero_linger();
            return;
        }
        let mut answer = answer(&shared, &request, &rules).await;
        let mut delivery = Delivery::Whole;
        for rule in &rules {
            match rule {
                Do::Edit(change) => {
                    answer.body = change(String::from_utf8_lossy(&answer.body).into_owned()).into_bytes();
                }
                Do::Cut { after } => delivery = Delivery::Cut { after: *after },
                Do::Trickle { bytes_per_s } => delivery = Delivery::Trickle { bytes_per_s: *bytes_per_s },
                _ => {}
            }
        }
        let delivered = deliver(&mut wire, &answer, delivery).await;
        if delivered.is_err() || request.is_last || matches!(delivery, Delivery::Cut { .. }) {
            return;
        }
    }
}

/// The answer that the first deciding rule gives, else the part's own, paged.
async fn answer(shared: &Shared, request: &Request, rules: &[&Do]) -> Answer {
    for rule in rules {
        match rule {
            Do::AwsError { status, code, message, retry_after_s } => {
                return aws_error::answer(request, *status, code, message, *retry_after_s);
            }
            Do::Answer { status, headers, body } => {
                let mut answer = Answer { status: *status, headers: headers.clone(), body: body.clone() };
                if !answer.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
                    answer.headers.push(("content-type".into(), "application/json".into()));
                }
                return answer;
            }
            Do::File(path) => {
                let kind =
                    if path.extension().is_some_and(|end| end == "xml") { "text/xml" } else { "application/json" };
                return match std::fs::read(path) {
                    Ok(body) => Answer::new(200, kind, body),
                    Err(error) => bad_gateway(&format!("{}: {error}", path.display())),
                };
            }
            Do::Published(list) => return Answer::new(200, "application/x-amz-json-1.1", list.page(&request.body)),
            _ => {}
        }
    }
    match &shared.pages {
        Some(pages) => pages.answer(request, |request| forward(shared, request)).await,
        None => forward(shared, request.clone()).await,
    }
}

async fn forward(shared: &Shared, request: Request) -> Answer {
    let url = format!("{}{}", shared.upstream, request.target());
    let Ok(method) = reqwest::Method::from_bytes(request.seen.method.as_bytes()) else {
        return bad_gateway("no such method");
    };
    let mut forwarded = shared.client.request(method, url).body(request.body);
    // The host stays as the client wrote it: it is part of what an AWS request's signature covers.
    for (name, value) in request.headers.iter().filter(|(name, _)| !is_of_the_hop(name)) {
        forwarded = forwarded.header(name, value);
    }
    let answer = match forwarded.send().await {
        Ok(answer) => answer,
        Err(error) => return bad_gateway(&error.to_string()),
    };
    let status = answer.status().as_u16();
    let headers = answer
        .headers()
        .iter()
        .filter(|(name, _)| !is_of_the_hop(name.as_str()))
        .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    match answer.bytes().await {
        Ok(body) => Answer { status, headers, body: body.to_vec() },
        Err(error) => bad_gateway(&error.to_string()),
    }
}

/// Headers that belong to one connection, and those that are written anew.
fn is_of_the_hop(name: &str) -> bool {
    ["connection", "content-length", "transfer-encoding", "keep-alive", "expect"].contains(&name)
}

/// What only a broken test set-up sees.
fn bad_gateway(why: &str) -> Answer {
    Answer::new(502, "text/plain", format!("fault proxy: {why}").into_bytes())
}

async fn deliver(to: &mut BufReader<impl Wire>, answer: &Answer, delivery: Delivery) -> io::Result<()> {
    let head = answer.head();
    match delivery {
        Delivery::Whole => {
            let mut all = head.into_bytes();
            all.extend_from_slice(&answer.body);
            to.write_all(&all).await?;
            to.flush().await
        }
        Delivery::Cut { after } => {
            to.write_all(head.as_bytes()).await?;
            to.write_all(&answer.body[..after.min(answer.body.len())]).await?;
            to.shutdown().await
        }
        Delivery::Trickle { bytes_per_s } => {
            to.write_all(head.as_bytes()).await?;
            to.flush().await?;
            let pause = Duration::from_secs(1) / bytes_per_s.max(1);
            for byte in &answer.body {
                tokio::time::sleep(pause).await;
                to.write_all(std::slice::from_ref(byte)).await?;
                to.flush().await?;
            }
            Ok(())
        }
    }
}

/// A request that waits for its answer; counted while it lives, however it ends.
struct Flight<'a>(&'a Mutex<Log>);

impl<'a> Flight<'a> {
    fn begin(log: &'a Mutex<Log>, request: &Request) -> Self {
        let mut counts = lock(log);
        counts.seen.push(request.seen.clone());
        counts.in_flight += 1;
        counts.max_in_flight = counts.max_in_flight.max(counts.in_flight);
        drop(counts);
        Flight(log)
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        lock(self.0).in_flight -= 1;
    }
}
