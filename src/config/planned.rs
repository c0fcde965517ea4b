//! The settings of connectors that the configuration's format has and no build does yet: their keys are checked all the
//! same, so that a shared configuration is judged alike. What a connector of its own reads stands there and not here.

use whosekey_sdk::settings::{SecretSource, Section};

/// Connectors that a build may lack.
pub(super) const NAMES: &[&str] = &["agents", "aws", "azure", "gcp", "github", "kubernetes", "owners"];

pub(super) fn is_known(name: &str) -> bool {
    NAMES.contains(&name)
}

/// Asks for every key that the connector takes, and refuses the others. Of a connector that this build merely leaves
/// out, the keys are not known here.
pub(super) fn read(name: &str, section: &Section<'_>) {
    match name {
        "azure" => {
            texts(section, &["tenant", "graph_endpoint", "arm_endpoint", "authority", "client_id"]);
            section.texts("subscriptions");
            SecretSource::read(section, "client_secret");
        }
        "gcp" => {
            section.texts("projects");
            section.text("organization");
        }
        _ => return,
    }
    section.refuse_unknown_keys();
}

fn texts(section: &Section<'_>, keys: &[&'static str]) {
    for key in keys {
        section.text(key);
    }
}
