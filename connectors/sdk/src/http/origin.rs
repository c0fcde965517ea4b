//! The one host that a credential is for.

use url::Url;

/// Scheme, host and port of a configured endpoint. A URL that a platform sends (a `Link: rel=next`, a redirect) is
/// followed only within its origin, so that no answer can send a credential elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    base: Url,
}

/// A URL that may not be asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    /// Not an absolute http or https URL.
    #[error("{0:?} is not an http or https URL")]
    NotHttp(String),
    /// Another host, port or scheme.
    #[error("the platform points to another host ({host}); it is not followed")]
    Elsewhere {
        /// The other host; never its path or query.
        host: String,
    },
}

impl Origin {
    /// The origin of an endpoint, which may have a path prefix.
    ///
    /// # Errors
    /// When it is not an http or https URL with a host.
    pub fn new(endpoint: &str) -> Result<Self, OriginError> {
        let base = Url::parse(endpoint).map_err(|_| OriginError::NotHttp(endpoint.to_owned()))?;
        if !matches!(base.scheme(), "http" | "https") || base.host().is_none() {
            return Err(OriginError::NotHttp(endpoint.to_owned()));
        }
        Ok(Self { base })
    }

    /// The endpoint itself.
    pub fn base(&self) -> &Url {
        &self.base
    }

    /// A URL that the platform sent, absolute or relative, if it stays within this origin.
    ///
    /// # Errors
    /// [`OriginError::Elsewhere`] when it does not.
    pub fn resolve(&self, reference: &str) -> Result<Url, OriginError> {
        let url = self.base.join(reference).map_err(|_| OriginError::NotHttp(String::from("a malformed URL")))?;
        if url.origin() == self.base.origin() && url.username().is_empty() && url.password().is_none() {
            Ok(url)
        } else {
            Err(OriginError::Elsewhere { host: url.host_str().unwrap_or("no host").to_owned() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_scheme_host_and_port_is_followed() {
        let origin = Origin::new("https://api.example.com/v3/").unwrap();
        assert!(origin.resolve("users?page=2").is_ok());
        assert!(origin.resolve("https://api.example.com/other").is_ok());
        for elsewhere in [
            "https://evil.example/users",
            "http://api.example.com/users",
            "https://api.example.com:8443/users",
            "//evil.example/users",
            "https://api.example.com@evil.example/",
            "https://user:pass@api.example.com/",
        ] {
            assert!(matches!(origin.resolve(elsewhere), Err(OriginError::Elsewhere { .. })), "{elsewhere}");
        }
    }
}
