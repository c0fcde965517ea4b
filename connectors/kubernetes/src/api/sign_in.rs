//! From the configuration to a client that is signed in: a kubeconfig, the account of the pod that this runs in, or an
//! endpoint with a token.
//!
//! A kubeconfig may name a program that is run to sign in. It is run only when the kubeconfig is the user's own: one that
//! others could have written would let them run anything.

use std::path::{Path, PathBuf};
use std::time::Duration;

use http::HeaderValue;
use kube::config::{ExecInteractiveMode, KubeConfigOptions, Kubeconfig};
use whosekey_sdk::http::{Client, Limits};
use whosekey_sdk::{Issue, IssueKind};

use super::transport::{Kube, from_kube};
use crate::config::{Config, Endpoint, Way};

/// How long signing in may take; a plug-in may wait for somebody who is not there.
const SIGN_IN_TIMEOUT: Duration = Duration::from_secs(60);

/// A client that is signed in, and what the cluster is called where its access is kept.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) http: Client,
    /// The context's name.
    pub(crate) context: Option<String>,
    /// Host and port, to call a cluster by of which nothing else is known.
    pub(crate) host: String,
}

/// Signs in.
pub(crate) async fn sign_in(config: &Config, limits: Limits) -> Result<Session, Issue> {
    let (mut kube, context, bearer) = match &config.way {
        Way::Endpoint(endpoint) => {
            let (kube, bearer) = at_endpoint(endpoint)?;
            (kube, None, bearer)
        }
        Way::Kubeconfig { files, context } => {
            let (kube, context) = by_kubeconfig(files, context.as_deref()).await?;
            (kube, Some(context), None)
        }
        Way::InCluster => {
            let kube = kube::Config::incluster()
                .map_err(|error| refused(format!("not in a cluster, and no kubeconfig is there: {error}")))?;
            (kube, None, None)
        }
    };
    // kube sets no read timeout and tries again by itself; both are the HTTP layer's.
    kube.connect_timeout = Some(limits.connect_timeout);
    kube.read_timeout = Some(limits.request_timeout);
    kube.reset_reader_on_write = true;
    kube.default_retry = false;
    let host = kube.cluster_url.authority().map_or_else(String::new, ToString::to_string);
    let client = connect(kube).await?;
    Ok(Session { http: Client::over(Box::new(Kube { client, bearer }), limits), context, host })
}

/// kube runs plug-ins as it sets up, and waits for them without an end.
async fn connect(kube: kube::Config) -> Result<kube::Client, Issue> {
    let connecting = tokio::task::spawn_blocking(move || kube::Client::try_from(kube));
    match tokio::time::timeout(SIGN_IN_TIMEOUT, connecting).await {
        Ok(Ok(connected)) => connected.map_err(|error| from_kube(&error).issue("the cluster")),
        Ok(Err(panicked)) => std::panic::resume_unwind(panicked.into_panic()),
        Err(_) => Err(refused(format!("the kubeconfig's plug-in did not end within {} s", SIGN_IN_TIMEOUT.as_secs()))),
    }
}

fn at_endpoint(endpoint: &Endpoint) -> Result<(kube::Config, Option<HeaderValue>), Issue> {
    let url = endpoint.url.parse().map_err(|_| refused("`endpoint_url` is no URL".to_owned()))?;
    let mut kube = kube::Config::new(url);
    kube.root_cert_file.clone_from(&endpoint.ca_file);
    let bearer = endpoint.token.as_ref().map(|token| {
        let mut header = HeaderValue::try_from(format!("Bearer {}", token.expose()))
            .map_err(|_| refused("`token` holds what no header can".to_owned()))?;
        header.set_sensitive(true);
        Ok(header)
    });
    Ok((kube, bearer.transpose()?))
}

async fn by_kubeconfig(files: &[PathBuf], context: Option<&str>) -> Result<(kube::Config, String), Issue> {
    let kubeconfig = read(files)?;
    let Some(context) = context.map(str::to_owned).or_else(|| kubeconfig.current_context.clone()) else {
        return Err(refused("the kubeconfig has no current context; set `context`".to_owned()));
    };
    let options = KubeConfigOptions { context: Some(context.clone()), ..KubeConfigOptions::default() };
    let mut kube = kube::Config::from_custom_kubeconfig(kubeconfig, &options)
        .await
        // kube's error may quote a proxy's password.
        .map_err(|_| refused(format!("the kubeconfig has no context {context:?} with a cluster and a user")))?;
    let runs_a_program = kube.auth_info.exec.is_some()
        || kube.auth_info.auth_provider.as_ref().is_some_and(|provider| provider.config.contains_key("cmd-path"));
    if runs_a_program && let Some(file) = files.iter().find(|file| file.exists() && !is_our_own(file)) {
        return Err(refused(format!(
            "{} is not ours alone (another owner, or others may write it), so the program that it names is not run",
            file.display()
        )));
    }
    if let Some(exec) = &mut kube.auth_info.exec {
        if exec.interactive_mode == Some(ExecInteractiveMode::Always) {
            return Err(refused("the kubeconfig's plug-in wants to ask somebody, and nobody is asked here".to_owned()));
        }
        exec.interactive_mode = Some(ExecInteractiveMode::Never);
    }
    Ok((kube, context))
}

/// The files as one; those that are not there count for nothing, as for kubectl.
pub(crate) fn read(files: &[PathBuf]) -> Result<Kubeconfig, Issue> {
    let mut merged = Kubeconfig::default();
    for file in files.iter().filter(|file| file.exists()) {
        // kube's error may quote the file, and the file holds keys.
        let unreadable = |_| refused(format!("the kubeconfig {} cannot be read, or is none", file.display()));
        let next = Kubeconfig::read_from(file).map_err(unreadable)?;
        merged = merged.merge(next).map_err(unreadable)?;
    }
    Ok(merged)
}

fn is_our_own(file: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let ours = rustix::process::geteuid().as_raw();
    file.metadata().is_ok_and(|metadata| [ours, 0].contains(&metadata.uid()) && metadata.mode() & 0o022 == 0)
}

fn refused(message: String) -> Issue {
    Issue::new(IssueKind::Auth, message)
}
