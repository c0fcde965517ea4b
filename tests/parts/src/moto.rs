//! AWS: a moto server, which answers as AWS does for IAM, STS, Organizations, Lambda, ECS, EKS, Secrets Manager, SSM …
//!
//! What it does not do (and [`crate::proxy`] adds): paging, throttling, `RoleLastUsed`, CloudTrail `LookupEvents`,
//! service-last-accessed, EKS pod identities, Roles Anywhere. All that it lists was made today: rules that look at
//! ages need another `now`.
//!
//! ```no_run
//! # fn main() -> Result<(), whosekey_parts::PartError> {
//! use whosekey_parts::moto::{Moto, Seed};
//!
//! let moto = Moto::start()?;
//! let account = moto.seed(&Seed::default())?;
//! println!("{} keys in {} at {}", account.access_keys.len(), account.account, moto.url());
//! # Ok(())
//! # }
//! ```

mod seed;

pub use seed::{Seed, Seeded};

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::running::{End, Running};
use crate::{PartError, python, step, versions};

const PART: &str = "moto";
const SERVE: &str = include_str!("../python/moto_serve.py");
/// Importing moto takes 2 s alone, and many tests may do it at once on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// The account that moto's default credentials are of.
pub const ACCOUNT: &str = "123456789012";

/// Installs moto if it is not in the cache yet, and gives the Python that has it.
///
/// # Errors
/// When Python is missing or the packages cannot be installed.
pub fn install() -> Result<PathBuf, PartError> {
    python::environment(PART, &versions::versions()?.moto)
}

/// A running moto server with an account of its own. Ends when dropped.
#[derive(Debug)]
pub struct Moto {
    python: PathBuf,
    address: SocketAddr,
    _running: Running,
}

impl Moto {
    /// Starts a server, installing it first if need be. Takes any credentials.
    ///
    /// # Errors
    /// When it cannot be installed or does not become ready.
    pub fn start() -> Result<Self, PartError> {
        Self::start_with(&[])
    }

    /// The same with environment variables for moto, such as `("MOTO_ACCOUNT_ID", "000000000000")` or
    /// `("INITIAL_NO_AUTH_ACTION_COUNT", "3")` (IAM is enforced from the fourth call on).
    ///
    /// # Errors
    /// When it cannot be installed or does not become ready.
    pub fn start_with(environment: &[(&str, &str)]) -> Result<Self, PartError> {
        let python = install()?;
        let mut command = Command::new(&python);
        command.arg("-c").arg(SERVE).envs(environment.iter().copied());
        let (running, line) = Running::start(PART, &mut command, End::Kill, PATIENCE)?;
        let Ok(port) = line.trim().parse() else {
            return Err(running.not_ready(format!("it printed {line:?} instead of its port")));
        };
        Ok(Self { python, address: (Ipv4Addr::LOCALHOST, port).into(), _running: running })
    }

    /// What to set a client's `endpoint_url` to.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Forgets everything in every account.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn reset(&self) -> Result<(), PartError> {
        self.control("/moto-api/reset", "")
    }

    /// From now on every call must be signed with a key that exists and allowed by a policy: real `AccessDenied`,
    /// `InvalidClientTokenId` and `SignatureDoesNotMatch` answers.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn enforce_iam(&self) -> Result<(), PartError> {
        self.control("/moto-api/reset-auth", "0")
    }

    /// From now on every call is allowed, as at the start.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn allow_everything(&self) -> Result<(), PartError> {
        self.control("/moto-api/reset-auth", "inf")
    }

    /// Runs a Python script that has boto3, with `arguments` after the endpoint's URL, and gives what it printed: the
    /// way to set up anything in the account without an AWS client in the test.
    ///
    /// # Errors
    /// When the script ends with an error, which is in the message.
    pub fn script(&self, script: &str, arguments: &[&str]) -> Result<String, PartError> {
        let done = Command::new(&self.python)
            .arg("-c")
            .arg(script)
            .arg(self.url())
            .args(arguments)
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_DEFAULT_REGION", "us-east-1")
            .output()
            .map_err(PartError::io("starting a script"))?;
        if !done.status.success() {
            return Err(PartError::Answer {
                part: PART,
                request: "a script".into(),
                answer: step::last_lines(&String::from_utf8_lossy(&done.stderr)),
            });
        }
        Ok(String::from_utf8_lossy(&done.stdout).into_owned())
    }

    fn control(&self, path: &str, body: &str) -> Result<(), PartError> {
        match crate::loopback::post(PART, self.address, path, body)? {
            (200, _) => Ok(()),
            (_, answer) => Err(PartError::Answer { part: PART, request: format!("POST {path}"), answer }),
        }
    }
}
