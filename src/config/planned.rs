//! The settings of connectors that the configuration's format has and this build does not: their keys are checked all
//! the same, so that a shared configuration is judged alike by every build.

use whosekey_sdk::settings::Section;

use crate::config::secret::SecretSource;

/// Connectors that a build may lack.
pub(super) const NAMES: &[&str] = &["agents", "aws", "azure", "gcp", "github", "kubernetes", "owners"];

pub(super) fn is_known(name: &str) -> bool {
    NAMES.contains(&name)
}

/// Asks for every key that the connector takes.
pub(super) fn read(name: &str, section: &Section<'_>) {
    section.text("endpoint_url");
    match name {
        "kubernetes" => texts(section, &["kubeconfig", "context", "name"]),
        "github" => {
            section.texts("organizations");
            SecretSource::read(section, "token");
            if let Some(app) = section.section("app") {
                app.number("id", 1..=u64::MAX);
                app.number("installation", 1..=u64::MAX);
                SecretSource::read(&app, "private_key");
                app.refuse_unknown_keys();
            }
        }
        "azure" => {
            texts(section, &["tenant", "graph_endpoint", "arm_endpoint", "authority", "client_id"]);
            section.texts("subscriptions");
            SecretSource::read(section, "client_secret");
        }
        "gcp" => {
            section.texts("projects");
            section.text("organization");
        }
        "aws" => {
            texts(section, &["profile", "role_name", "external_id"]);
            section.text_or_texts("accounts");
            for key in ["regions", "owner_tags", "skip"] {
                section.texts(key);
            }
        }
        "agents" => {
            section.text_or_texts("paths");
            section.text("home");
        }
        _ => {
            section.text_or_texts("files");
        }
    }
}

fn texts(section: &Section<'_>, keys: &[&'static str]) {
    for key in keys {
        section.text(key);
    }
}
