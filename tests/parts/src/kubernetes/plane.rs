//! The processes of a cluster: etcd, the API server, the controllers.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use super::{Client, PART, audit, kubeconfig, users};
use crate::PartError;
use crate::certificates::{self, Authority};
use crate::running::{End, Running};

const SUPERVISE: &str = include_str!("../../debian/supervise.sh");
/// A shell starts in milliseconds, also on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(30);
/// From this minor version on no Secret with a token is made for an account by itself.
const WITHOUT_TOKENS: u32 = 24;

/// A control plane. What it writes is in a folder that ends with it.
#[derive(Debug)]
pub(super) struct Plane {
    // In the order in which they end.
    controllers: Option<Running>,
    server: Running,
    _etcd: Running,
    programs: PathBuf,
    port: u16,
    minor: u32,
    authority: Authority,
    folder: TempDir,
}

impl Plane {
    /// Starts etcd and the API server.
    pub(super) fn start(programs: &Path) -> Result<Self, PartError> {
        let folder = tempfile::Builder::new()
            .prefix("whosekey-kubernetes-")
            .tempdir()
            .map_err(PartError::io("making a folder"))?;
        let authority = Authority::new()?;
        let issued = authority.issue(&["127.0.0.1", "localhost", "kubernetes.default.svc"])?;
        let (private, public) = certificates::key_pair()?;
        for (name, content) in [
            ("ca.pem", authority.pem()),
            ("server.pem", &issued.certificate_pem),
            ("server.key", &issued.key_pem),
            ("accounts.key", &private),
            ("accounts.pem", &public),
            ("tokens.csv", &users::token_file()),
            ("audit.json", audit::POLICY),
        ] {
            let path = folder.path().join(name);
            fs::write(&path, content).map_err(PartError::file(&path))?;
        }
        let [store, peers, port] = free_ports()?;
        let etcd = supervised(&folder, &programs.join("etcd"), &etcd(folder.path(), store, peers))?;
        let program = programs.join("kube-apiserver");
        let minor = minor_version(&program);
        let server = supervised(&folder, &program, &server(folder.path(), store, port))?;
        let programs = programs.to_owned();
        Ok(Self { controllers: None, server, _etcd: etcd, programs, port, minor, authority, folder })
    }

    /// Waits until the API server says that it is ready.
    pub(super) fn wait_until_ready(&mut self, admin: &Client) -> Result<(), PartError> {
        match admin.wait_while(|| !self.server.has_ended(), "/readyz", |answer| *answer == "ok") {
            Ok(_) => Ok(()),
            Err(error) => Err(self.server.not_ready(error.to_string())),
        }
    }

    /// Starts the controllers, which give up soon on an API server that is not ready.
    pub(super) fn start_controllers(&mut self) -> Result<(), PartError> {
        let access = self.folder.path().join("controllers.kubeconfig");
        let content = kubeconfig(&self.url(), Some(self.authority.pem()), users::CONTROLLERS_TOKEN);
        fs::write(&access, content).map_err(PartError::file(&access))?;
        let mut arguments = controllers(self.folder.path(), &access);
        if self.minor < WITHOUT_TOKENS {
            // Older ones have a second port, and none of ours may be where another cluster's is.
            arguments.push("--port=0".to_owned());
        }
        self.controllers = Some(supervised(&self.folder, &self.programs.join("kube-controller-manager"), &arguments)?);
        Ok(())
    }

    pub(super) fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.port)
    }

    pub(super) fn authority_pem(&self) -> &str {
        self.authority.pem()
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Whether each account is given a Secret with a token.
    pub(super) fn makes_tokens(&self) -> bool {
        self.minor < WITHOUT_TOKENS
    }
}

fn etcd(folder: &Path, port: u16, peers: u16) -> Vec<String> {
    let (client, peer) = (format!("http://127.0.0.1:{port}"), format!("http://127.0.0.1:{peers}"));
    vec![
        "--name=test".to_owned(),
        format!("--data-dir={}", folder.join("etcd").display()),
        format!("--listen-client-urls={client}"),
        format!("--advertise-client-urls={client}"),
        format!("--listen-peer-urls={peer}"),
        format!("--initial-advertise-peer-urls={peer}"),
        format!("--initial-cluster=test={peer}"),
        "--logger=zap".to_owned(),
        "--log-level=warn".to_owned(),
    ]
}

fn server(folder: &Path, store: u16, port: u16) -> Vec<String> {
    let file = |name: &str| folder.join(name).display().to_string();
    vec![
        format!("--etcd-servers=http://127.0.0.1:{store}"),
        "--bind-address=127.0.0.1".to_owned(),
        "--advertise-address=127.0.0.1".to_owned(),
        format!("--secure-port={port}"),
        format!("--tls-cert-file={}", file("server.pem")),
        format!("--tls-private-key-file={}", file("server.key")),
        format!("--client-ca-file={}", file("ca.pem")),
        format!("--token-auth-file={}", file("tokens.csv")),
        "--authorization-mode=RBAC,Node".to_owned(),
        "--service-account-issuer=https://kubernetes.default.svc".to_owned(),
        format!("--service-account-signing-key-file={}", file("accounts.key")),
        format!("--service-account-key-file={}", file("accounts.pem")),
        "--service-cluster-ip-range=10.0.0.0/24".to_owned(),
        "--endpoint-reconciler-type=none".to_owned(),
        format!("--audit-policy-file={}", file("audit.json")),
        format!("--audit-log-path={}", file(audit::LOG)),
    ]
}

fn controllers(folder: &Path, access: &Path) -> Vec<String> {
    let file = |name: &str| folder.join(name).display().to_string();
    vec![
        format!("--kubeconfig={}", access.display()),
        "--secure-port=0".to_owned(),
        "--leader-elect=false".to_owned(),
        "--use-service-account-credentials=true".to_owned(),
        format!("--service-account-private-key-file={}", file("accounts.key")),
        format!("--root-ca-file={}", file("ca.pem")),
        // By default they make twenty Secrets a second, which thousands of accounts wait for.
        "--kube-api-qps=1000".to_owned(),
        "--kube-api-burst=2000".to_owned(),
        "--concurrent-serviceaccount-token-syncs=16".to_owned(),
    ]
}

fn supervised(folder: &TempDir, program: &Path, arguments: &[String]) -> Result<Running, PartError> {
    let mut command = Command::new("sh");
    command.args(["-c", SUPERVISE, "supervise.sh"]).arg(folder.path()).arg(program).args(arguments);
    Ok(Running::start(PART, &mut command, End::Line, PATIENCE)?.0)
}

/// Ports that are free now: another process may take one before it is used.
fn free_ports<const N: usize>() -> Result<[u16; N], PartError> {
    let mut ports = [0; N];
    let mut held = Vec::new();
    for port in &mut ports {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(PartError::io("looking for a port"))?;
        *port = listener.local_addr().map_err(PartError::io("looking for a port"))?.port();
        held.push(listener);
    }
    Ok(ports)
}

/// The minor version that a program says it has: `Kubernetes v1.20.2` is 20.
fn minor_version(program: &Path) -> u32 {
    let said = Command::new(program).arg("--version").output().map(|done| done.stdout).unwrap_or_default();
    String::from_utf8_lossy(&said).split('.').nth(1).and_then(|minor| minor.parse().ok()).unwrap_or(0)
}
