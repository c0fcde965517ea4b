//! Names of things: entity ids, aliases, and the ends of links, which may be either.

use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes the text as it is.
            pub fn new(text: impl Into<Arc<str>>) -> Self {
                Self(text.into())
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, f)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.into())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text.into())
            }
        }
    };
}

name! {
    /// `<platform>:<the platform's own immutable id>`, such as `aws:AIDA…` or `github:repo/1296269`; never a name that
    /// could be given to something else tomorrow.
    EntityId
}

name! {
    /// Another name by which some source may know an entity: an ARN as it is, `email:…`, `login:…`,
    /// `oidc:<issuer>#<subject>`, `k8s://<cluster>/<namespace>/serviceaccounts/<name>`, `entra:app/<appId>`.
    Alias
}

name! {
    /// One end of a link: an [`EntityId`] or an [`Alias`]; which of them is known only when all sources are seen.
    EndRef
}

impl EntityId {
    /// The id of a person: the email in lower case, as the one name that all directories share.
    pub fn person(email: &str) -> Self {
        Self::new(format!("person:{}", email.trim().to_lowercase()))
    }

    /// The platform part, before the first colon.
    pub fn platform(&self) -> &str {
        self.0.split_once(':').map_or("", |(platform, _)| platform)
    }
}

impl Alias {
    /// `<prefix>*`: every name that begins so, unless another thing has exactly that name. For what nobody can list: the
    /// subjects of a repository's workflows are one for each branch, tag and environment that there may be.
    pub fn family(prefix: &str) -> Self {
        Self::new(format!("{prefix}*"))
    }

    /// `email:<address in lower case>`.
    pub fn email(address: &str) -> Self {
        Self::new(format!("email:{}", address.trim().to_lowercase()))
    }

    /// `login:<login in lower case>`: a user name that is not bound to one platform.
    pub fn login(login: &str) -> Self {
        Self::new(format!("login:{}", login.trim().to_lowercase()))
    }
}

impl From<EntityId> for EndRef {
    fn from(id: EntityId) -> Self {
        Self(id.0)
    }
}

impl From<&EntityId> for EndRef {
    fn from(id: &EntityId) -> Self {
        Self(Arc::clone(&id.0))
    }
}

impl From<Alias> for EndRef {
    fn from(alias: Alias) -> Self {
        Self(alias.0)
    }
}
