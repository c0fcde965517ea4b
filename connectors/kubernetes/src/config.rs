//! `[sources.NAME]` with `connector = "kubernetes"`.

use std::path::PathBuf;

use whosekey_sdk::Secret;
use whosekey_sdk::settings::{Base, SecretSource, Section, Wanted, closest, shown};

/// What a source of this connector may say; every key is optional.
#[derive(Debug, Clone)]
pub struct Config {
    /// How the cluster is reached.
    pub way: Way,
    /// How the cluster is called in names.
    pub name: Option<String>,
    /// The namespaces to look into where the cluster does not let us list all at once; none: those that it lists.
    pub namespaces: Vec<String>,
    /// Whether Secrets are listed, by their metadata.
    pub secrets: bool,
    /// Keys of labels and annotations that name an owner, in any case; default: the ones all connectors know.
    pub owner_tags: Option<Vec<String>>,
}

/// How a cluster is reached.
#[derive(Debug, Clone)]
pub enum Way {
    /// By kubeconfig files, which count as one.
    Kubeconfig {
        /// The files; those that are not there count for nothing.
        files: Vec<PathBuf>,
        /// The context; default: the current one.
        context: Option<String>,
    },
    /// As the service account of the pod that this runs in.
    InCluster,
    /// At an endpoint.
    Endpoint(Endpoint),
}

/// An API server by its address.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Where it is.
    pub url: String,
    /// The bearer token.
    pub token: Option<Secret>,
    /// The authority of its certificate, in PEM; default: those that the system trusts.
    pub ca_file: Option<PathBuf>,
}

/// Where kubeconfigs are when the configuration names none.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// The files of `KUBECONFIG`, else the one in the home folder.
    pub kubeconfig: Vec<PathBuf>,
    /// Whether this runs in a pod.
    pub is_in_cluster: bool,
}

impl Surroundings {
    /// The way to the cluster that is at hand: a kubeconfig before the pod's own account, as for kubectl.
    pub fn way(&self, context: Option<String>) -> Way {
        let is_there = self.kubeconfig.iter().any(|file| file.exists());
        if is_there || !self.is_in_cluster {
            Way::Kubeconfig { files: self.kubeconfig.clone(), context }
        } else {
            Way::InCluster
        }
    }
}

impl Config {
    /// A source that is reached so, with the defaults for the rest.
    pub fn new(way: Way) -> Self {
        Self { way, name: None, namespaces: Vec::new(), secrets: false, owner_tags: None }
    }

    /// Reads the settings, and where the token of an endpoint is, which is fetched when the connector is built. Every
    /// mistake is reported to the section.
    pub fn read(
        section: &Section<'_>,
        base: &Base,
        endpoint_url: Option<&str>,
        surroundings: &Surroundings,
    ) -> Option<(Self, Option<SecretSource>)> {
        let texts = |key: &'static str| -> Option<Vec<String>> {
            Some(section.texts(key)?.into_iter().map(|text| text.value).collect())
        };
        let namespaces = texts("namespaces").unwrap_or_default();
        for name in namespaces.iter().filter(|name| !is_label(name)) {
            let what = format!("`namespaces` holds {}", shown(name));
            section.refuse_value("namespaces", what, "names of namespaces: small letters, digits and dashes");
        }
        let name = section.text("name").map(|text| text.value);
        if name.as_deref().is_some_and(|name| !is_name(name)) {
            section.refuse_value("name", "`name` is no name for a cluster", "such as prod, without spaces, / and *");
        }
        let secrets = section.flag("secrets").unwrap_or(false);
        let owner_tags = texts("owner_tags");
        let token = SecretSource::read(section, "token");
        let way = match endpoint_url {
            Some(url) => at_endpoint(section, base, url)?,
            None => by_kubeconfig(section, base, surroundings)?,
        };
        Some((Self { way, name, namespaces, secrets, owner_tags }, token))
    }

    /// With the token of its endpoint.
    #[must_use]
    pub fn with_token(mut self, token: Option<Secret>) -> Self {
        if let Way::Endpoint(endpoint) = &mut self.way {
            endpoint.token = token;
        }
        self
    }
}

fn at_endpoint(section: &Section<'_>, base: &Base, url: &str) -> Option<Way> {
    for key in ["kubeconfig", "context"].into_iter().filter(|key| section.has(key)) {
        let what = format!("`{key}` and `endpoint_url` are two ways to a cluster");
        section.refuse(section.line_of(key), what, "keep one of them");
    }
    if section.has("token") && url.starts_with("http://") && !is_loopback(url) {
        let hint = "https://…, or a proxy on this machine";
        section.refuse_value("endpoint_url", "`endpoint_url` would have the token sent in the clear", hint);
    }
    let ca_file = section.path("ca_file", base, Wanted::File).map(|file| file.value);
    if section.has("ca_file") && ca_file.is_none() {
        return None;
    }
    Some(Way::Endpoint(Endpoint { url: url.to_owned(), token: None, ca_file }))
}

fn by_kubeconfig(section: &Section<'_>, base: &Base, surroundings: &Surroundings) -> Option<Way> {
    for key in ["token", "ca_file"].into_iter().filter(|key| section.has(key)) {
        let what = format!("`{key}` goes with `endpoint_url`, and there is none");
        section.refuse(section.line_of(key), what, "a kubeconfig has its own");
    }
    let context = section.text("context").map(|text| text.value);
    let way = match section.path("kubeconfig", base, Wanted::File) {
        Some(file) => Way::Kubeconfig { files: vec![file.value], context },
        None if section.has("kubeconfig") => return None,
        None => surroundings.way(context),
    };
    if let Way::Kubeconfig { files, context: Some(context) } = &way {
        check_context(section, files, context);
    }
    Some(way)
}

fn check_context(section: &Section<'_>, files: &[PathBuf], context: &str) {
    let Ok(kubeconfig) = crate::api::sign_in::read(files) else {
        section.refuse_value("kubeconfig", "the kubeconfig cannot be read, or is none", "as kubectl reads it");
        return;
    };
    let known: Vec<&str> = kubeconfig.contexts.iter().map(|named| named.name.as_str()).collect();
    if !known.contains(&context) {
        let hint = match closest(context, known.iter().copied()) {
            Some(meant) => format!("did you mean \"{meant}\"?"),
            None => format!("it has {}", known.join(", ")),
        };
        section.refuse_value("context", format!("the kubeconfig has no context {}", shown(context)), hint);
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && !text.contains(|c: char| c == '/' || c == '*' || c.is_whitespace() || c.is_control())
}

fn is_label(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 63
        && !text.starts_with('-')
        && !text.ends_with('-')
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn is_loopback(url: &str) -> bool {
    let host = url.strip_prefix("http://").unwrap_or_default().split('/').next().unwrap_or_default();
    ["127.0.0.1", "localhost", "[::1]"]
        .iter()
        .any(|own| host.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with(':')))
}

#[cfg(test)]
mod tests;
