//! A client of a cluster's API for tests: JSON in, JSON out, one user a client.
//!
//! It waits for its answers on a thread of its own, so that it can be used with and without a runtime.

use std::sync::{Arc, mpsc};
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, future, stream};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::PART;
use crate::PartError;

/// How many requests of [`Client::create_all`] are under way at a time.
const AT_ONCE: usize = 32;
const PATIENCE: Duration = Duration::from_secs(60);

/// Asks a cluster as one of its users.
#[derive(Debug, Clone)]
pub struct Client {
    wire: Arc<Wire>,
    token: String,
    accept: String,
}

#[derive(Debug)]
struct Wire {
    url: String,
    http: reqwest::Client,
    runtime: Option<Runtime>,
}

impl Drop for Wire {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // A runtime that is waited for must not be dropped inside another one, where tests may be.
            runtime.shutdown_background();
        }
    }
}

impl Client {
    /// A client of the API at `url`, such as a proxy's, whose certificate is of this authority.
    ///
    /// # Errors
    /// When the authority is no certificate.
    pub fn new(url: &str, authority_pem: Option<&str>, token: &str) -> Result<Self, PartError> {
        let answer = |error: reqwest::Error| PartError::Answer {
            part: PART,
            request: "setting up a client".to_owned(),
            answer: error.to_string(),
        };
        let mut http = reqwest::Client::builder().no_proxy().timeout(PATIENCE);
        if let Some(pem) = authority_pem {
            http = http.tls_certs_only([reqwest::Certificate::from_pem(pem.as_bytes()).map_err(answer)?]);
        }
        let http = http.build().map_err(answer)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(PartError::io("starting a client"))?;
        let wire = Wire { url: url.to_owned(), http, runtime: Some(runtime) };
        Ok(Self { wire: Arc::new(wire), token: token.to_owned(), accept: "application/json".to_owned() })
    }

    /// The same cluster, asked with another token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: token.to_owned(), ..self.clone() }
    }

    /// The same user, asking for another form of answers, such as
    /// `application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1`.
    #[must_use]
    pub fn accepting(&self, accept: &str) -> Self {
        Self { accept: accept.to_owned(), ..self.clone() }
    }

    /// Asks anything, and gives the status and what was answered; what is no JSON is a string.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Result<(u16, Value), PartError> {
        let kind = if method == "PATCH" { "application/merge-patch+json" } else { "application/json" };
        let (client, ask) = (self.clone(), Ask::new(method, path, kind, body));
        self.wait(async move { client.send(&ask).await })
    }

    /// What stands at this path, such as `/api/v1/namespaces/acme/pods?limit=500`.
    ///
    /// # Errors
    /// When it is refused or not there.
    pub fn get(&self, path: &str) -> Result<Value, PartError> {
        self.expect(Ask::new("GET", path, "application/json", None))
    }

    /// Posts to this path, such as `/api/v1/namespaces/acme/serviceaccounts/bot/token`.
    ///
    /// # Errors
    /// When it is refused.
    pub fn post(&self, path: &str, body: &Value) -> Result<Value, PartError> {
        self.expect(Ask::new("POST", path, "application/json", Some(body)))
    }

    /// Changes what stands at this path by merging this into it.
    ///
    /// # Errors
    /// When it is refused or not there.
    pub fn patch(&self, path: &str, change: &Value) -> Result<Value, PartError> {
        self.expect(Ask::new("PATCH", path, "application/merge-patch+json", Some(change)))
    }

    /// Deletes what stands at this path.
    ///
    /// # Errors
    /// When it is refused or not there.
    pub fn delete(&self, path: &str) -> Result<Value, PartError> {
        self.expect(Ask::new("DELETE", path, "application/json", None))
    }

    /// Makes an object, or makes it as stated where there is one of its name: `kubectl apply`, on the server's side.
    ///
    /// # Errors
    /// When it is refused.
    ///
    /// # Panics
    /// When the object has no `apiVersion`, `kind` or `metadata.name`.
    pub fn apply(&self, object: &Value) -> Result<Value, PartError> {
        let path = format!("{}?fieldManager=parts&force=true", path(object));
        self.expect(Ask::new("PATCH", &path, "application/apply-patch+yaml", Some(object)))
    }

    /// Applies the manifests of a YAML file in their order, as `kubectl apply` would. Each must begin with its `apiVersion`,
    /// `kind` and `metadata` in block style; the rest is for the server to read.
    ///
    /// # Errors
    /// When one is refused.
    ///
    /// # Panics
    /// When one has no `apiVersion`, `kind` or `metadata.name`.
    pub fn apply_yaml(&self, file: &str) -> Result<(), PartError> {
        for manifest in file.split("\n---\n") {
            let path = format!("{}?fieldManager=parts&force=true", path(&yaml_head(manifest)));
            let mut ask = Ask::new("PATCH", &path, "application/apply-patch+yaml", None);
            ask.body = Some(manifest.to_owned());
            self.expect(ask)?;
        }
        Ok(())
    }

    /// Makes many objects that are not there yet, in no order.
    ///
    /// # Errors
    /// When one is refused; those under way are then made or not.
    pub fn create_all(&self, objects: impl IntoIterator<Item = Value>) -> Result<(), PartError> {
        let asks: Vec<Ask> = objects
            .into_iter()
            .map(|object| Ask::new("POST", &collection(&object), "application/json", Some(&object)))
            .collect();
        let client = self.clone();
        self.wait(async move {
            let send = |ask: Ask| {
                let client = client.clone();
                async move { client.send_well(&ask).await }
            };
            stream::iter(asks.into_iter().map(send))
                .buffer_unordered(AT_ONCE)
                .try_for_each(|_| future::ready(Ok(())))
                .await
        })
    }

    /// Gets this path until what stands there is as wanted.
    ///
    /// # Errors
    /// When it is not within a minute; the last answer is in the message.
    pub fn wait_for(&self, path: &str, is_wanted: impl Fn(&Value) -> bool) -> Result<Value, PartError> {
        self.wait_while(|| true, path, is_wanted)
    }

    /// The same, only while there is somebody to wait for.
    pub(super) fn wait_while(
        &self,
        is_there: impl FnMut() -> bool,
        path: &str,
        is_wanted: impl Fn(&Value) -> bool,
    ) -> Result<Value, PartError> {
        let ask = Ask::new("GET", path, "application/json", None);
        self.wait_until(is_there, &ask, |status, answer| status == 200 && is_wanted(answer))
    }

    /// Posts this until the answer is as wanted.
    pub(super) fn wait_for_post(
        &self,
        path: &str,
        body: &Value,
        is_wanted: impl Fn(&Value) -> bool,
    ) -> Result<Value, PartError> {
        self.wait_until(|| true, &Ask::new("POST", path, "application/json", Some(body)), |_, answer| is_wanted(answer))
    }

    fn wait_until(
        &self,
        mut is_there: impl FnMut() -> bool,
        ask: &Ask,
        is_wanted: impl Fn(u16, &Value) -> bool,
    ) -> Result<Value, PartError> {
        let begun = std::time::Instant::now();
        loop {
            let (client, again) = (self.clone(), ask.clone());
            let got = self.wait(async move {
                let got = client.send(&again).await;
                // The pause is here, where it is not a thread of the test's that sleeps.
                tokio::time::sleep(Duration::from_millis(50)).await;
                got
            });
            let is_over = begun.elapsed() > PATIENCE || !is_there();
            match got {
                Ok((status, answer)) if is_wanted(status, &answer) => return Ok(answer),
                Ok((status, answer)) if is_over => return Err(ask.refused(status, &answer)),
                Err(error) if is_over => return Err(error),
                _ => {}
            }
        }
    }

    fn expect(&self, ask: Ask) -> Result<Value, PartError> {
        let client = self.clone();
        self.wait(async move { client.send_well(&ask).await })
    }

    async fn send_well(&self, ask: &Ask) -> Result<Value, PartError> {
        match self.send(ask).await? {
            (200..=299, answer) => Ok(answer),
            (status, answer) => Err(ask.refused(status, &answer)),
        }
    }

    async fn send(&self, ask: &Ask) -> Result<(u16, Value), PartError> {
        let mut request = self
            .wire
            .http
            .request(ask.method.clone(), format!("{}{}", self.wire.url, ask.path))
            .bearer_auth(&self.token)
            .header("accept", &self.accept);
        if let Some(body) = &ask.body {
            request = request.header("content-type", ask.kind).body(body.clone());
        }
        let answered = async {
            let answer = request.send().await?;
            Ok((answer.status().as_u16(), answer.text().await?))
        };
        let (status, text) = answered.await.map_err(|error: reqwest::Error| ask.failed(&error))?;
        Ok((status, serde_json::from_str(&text).unwrap_or(Value::String(text))))
    }

    fn wait<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> T {
        let (done, result) = mpsc::sync_channel(1);
        let runtime = self.wire.runtime.as_ref().expect("it is taken only when the last client is dropped");
        runtime.spawn(async move {
            // The receiver waits below.
            let _ = done.send(work.await);
        });
        result.recv().expect("a request ends with an answer or an error")
    }
}

/// A request before it is sent.
#[derive(Debug, Clone)]
struct Ask {
    method: Method,
    path: String,
    kind: &'static str,
    body: Option<String>,
}

impl Ask {
    fn new(method: &str, path: &str, kind: &'static str, body: Option<&Value>) -> Self {
        let method = Method::from_bytes(method.as_bytes()).expect("a test names its methods well");
        Self { method, path: path.to_owned(), kind, body: body.map(Value::to_string) }
    }

    fn refused(&self, status: u16, answer: &Value) -> PartError {
        let said = answer["message"].as_str().map_or_else(|| answer.to_string(), str::to_owned);
        PartError::Answer { part: PART, request: self.to_string(), answer: format!("{status} {said}") }
    }

    fn failed(&self, error: &reqwest::Error) -> PartError {
        PartError::Answer { part: PART, request: self.to_string(), answer: format!("{error:?}") }
    }
}

impl std::fmt::Display for Ask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

fn field<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no {pointer} in {object}"))
}

/// The path of an object: in its namespace where it names one.
fn path(object: &Value) -> String {
    format!("{}/{}", collection(object), field(object, "/metadata/name"))
}

/// The path of the list that an object is of.
fn collection(object: &Value) -> String {
    let version = field(object, "/apiVersion");
    let root = if version.contains('/') { "/apis" } else { "/api" };
    let plural = plural(field(object, "/kind"));
    match object["metadata"]["namespace"].as_str() {
        Some(namespace) => format!("{root}/{version}/namespaces/{namespace}/{plural}"),
        None => format!("{root}/{version}/{plural}"),
    }
}

/// What a manifest is of, and its name: the lines at the left, and those of its metadata one step from it.
fn yaml_head(manifest: &str) -> Value {
    fn after<'a>(mut lines: impl Iterator<Item = &'a str>, key: &str) -> Option<&'a str> {
        lines.find_map(|line| line.strip_prefix(key)).map(str::trim)
    }
    let metadata = || {
        let lines = manifest.lines().skip_while(|line| *line != "metadata:").skip(1);
        lines.take_while(|line| line.starts_with(' '))
    };
    json!({
        "apiVersion": after(manifest.lines(), "apiVersion:"),
        "kind": after(manifest.lines(), "kind:"),
        "metadata": {"name": after(metadata(), "  name:"), "namespace": after(metadata(), "  namespace:")},
    })
}

/// What a kind's list is called.
fn plural(kind: &str) -> String {
    let kind = kind.to_lowercase();
    match kind.strip_suffix('y') {
        Some(stem) if !kind.ends_with("ey") => format!("{stem}ies"),
        _ if kind.ends_with('s') => format!("{kind}es"),
        _ => format!("{kind}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_says_itself_where_it_stands() {
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": "acme", "name": "a"}});
        assert_eq!(path(&pod), "/api/v1/namespaces/acme/pods/a");
        let class = json!({"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": {"name": "a"}});
        assert_eq!(path(&class), "/apis/networking.k8s.io/v1/ingressclasses/a");
        let policy = json!({"apiVersion": "policy/v1beta1", "kind": "PodSecurityPolicy", "metadata": {"name": "a"}});
        assert_eq!(path(&policy), "/apis/policy/v1beta1/podsecuritypolicies/a");
    }

    #[test]
    fn a_manifest_says_the_same_as_its_object() {
        let manifest = "# one\napiVersion: v1\nkind: Pod\nmetadata:\n  labels:\n    name: b\n  name: a\n  namespace: acme\n\
                        spec:\n  name: c\n";
        assert_eq!(path(&yaml_head(manifest)), "/api/v1/namespaces/acme/pods/a");
    }
}
