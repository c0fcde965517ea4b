//! An App that is installed in several organisations: each installation signs in for its own organisation alone and has a
//! rate budget of its own, so each has a client of its own.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use whosekey_sdk::http::{Client, HttpError, Limits, Origin};
use whosekey_sdk::{Issue, IssueKind, Secret};

use super::sign_in::{Carrier, SignIn};
use super::{Call, Calls};
use crate::descriptor::METADATA;

/// Asked as the App itself.
const FIND: Call = Call::new("GET /orgs/{org}/installation", METADATA);

#[derive(Debug, Serialize, Deserialize)]
struct Installation {
    id: u64,
}

/// The clients of an App's installations.
pub(crate) struct Installed {
    origin: Origin,
    limits: Limits,
    app: u64,
    private_key: Secret,
    /// By installation. They outlive a scan, and so do their tokens.
    clients: Mutex<BTreeMap<u64, Client>>,
}

impl Installed {
    /// None unless it signs in as an App of which no installation is named.
    pub(crate) fn new(origin: &Origin, sign_in: &SignIn, limits: &Limits) -> Option<Self> {
        let SignIn::App { id, installation: None, private_key } = sign_in else { return None };
        Some(Self {
            origin: origin.clone(),
            limits: limits.clone(),
            app: *id,
            private_key: private_key.clone(),
            clients: Mutex::default(),
        })
    }

    /// The client that signs in for an organisation. It is asked in each scan which installation that is: whoever installs
    /// an App anew gives it another one.
    ///
    /// # Errors
    /// When the App is not installed there, or GitHub does not say.
    pub(crate) async fn client(&self, as_app: &Calls) -> Result<Client, Issue> {
        let found: Result<Installation, Issue> = as_app.one(FIND, as_app.of_organisation("/installation")).await;
        let installation = found.map_err(|issue| match issue.kind {
            IssueKind::Permission => not_installed(as_app),
            _ => issue,
        })?;
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = clients.get(&installation.id) {
            return Ok(known.clone());
        }
        let made = self.make(installation.id).map_err(|error| error.issue(FIND.what))?;
        clients.insert(installation.id, made.clone());
        Ok(made)
    }

    fn make(&self, installation: u64) -> Result<Client, HttpError> {
        let sign_in =
            SignIn::App { id: self.app, installation: Some(installation), private_key: self.private_key.clone() };
        let carrier = Carrier::new(self.origin.clone(), &sign_in, &self.limits)?;
        Ok(Client::over(Box::new(carrier), self.limits.clone()))
    }
}

fn not_installed(calls: &Calls) -> Issue {
    let message = format!(
        "{}: GitHub shows no installation of the App in {}: it is not installed there, or nothing has that name",
        FIND.what,
        calls.place.words()
    );
    Issue::new(IssueKind::Permission, message)
}
