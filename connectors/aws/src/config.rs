//! `[sources.NAME]` with `connector = "aws"`, as it stands in the configuration file.

use whosekey_sdk::owner_evidence::owner_keys;
use whosekey_sdk::settings::Section;

/// What a source of this connector may say; every key is optional.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Config {
    /// The named profile to sign in with; else the ambient credential chain.
    pub profile: Option<String>,
    /// Which accounts; default: the caller's own.
    pub accounts: Accounts,
    /// The role to assume in each account other than the caller's own.
    pub role_name: Option<String>,
    /// The external id that those roles ask for.
    pub external_id: Option<String>,
    /// For the regional services; default: the regions that each account has enabled.
    pub regions: Vec<String>,
    /// Instead of AWS's own endpoints, for all services.
    pub endpoint_url: Option<String>,
    /// Tag keys that name an owner, in any case; default: the ones all connectors know.
    pub owner_tags: Option<Vec<String>>,
    /// Kinds of scope to leave out (`bedrock.agents`), or services (`bedrock`). What is left out is not looked at and
    /// never called complete.
    pub skip: Vec<String>,
    /// Ask for each principal with more than read access which services it has used: three requests or more for each.
    pub service_last_accessed: bool,
}

/// Which accounts a source looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Accounts {
    /// These; none means the caller's own.
    Named(Vec<String>),
    /// `"organization"`: all that the organization lists.
    Word(String),
}

impl Default for Accounts {
    fn default() -> Self {
        Accounts::Named(Vec::new())
    }
}

impl Accounts {
    /// Whether the organization is asked for its accounts.
    pub fn is_organization(&self) -> bool {
        match self {
            Accounts::Word(_) => true,
            Accounts::Named(names) => names.iter().any(|name| name == "organization"),
        }
    }

    /// The accounts that are named.
    pub fn named(&self) -> &[String] {
        match self {
            Accounts::Named(names) => names,
            Accounts::Word(_) => &[],
        }
    }
}

impl Config {
    /// Reads the settings; every mistake is reported to the section, and nothing is contacted. `None` when there was
    /// one. `endpoint_url` is read for all connectors alike.
    pub fn read(section: &Section<'_>, endpoint_url: Option<&str>) -> Option<Self> {
        let texts = |key: &'static str| -> Option<Vec<String>> {
            Some(section.texts(key)?.into_iter().map(|text| text.value).collect())
        };
        let text = |key: &'static str| section.text(key).map(|text| text.value);
        let config = Config {
            profile: text("profile"),
            accounts: match section.is_text("accounts").then(|| text("accounts")).flatten() {
                Some(word) => Accounts::Word(word),
                None => Accounts::Named(texts("accounts").unwrap_or_default()),
            },
            role_name: text("role_name"),
            external_id: text("external_id"),
            regions: texts("regions").unwrap_or_default(),
            endpoint_url: endpoint_url.map(str::to_owned),
            owner_tags: texts("owner_tags"),
            skip: texts("skip").unwrap_or_default(),
            service_last_accessed: section.flag("service_last_accessed").unwrap_or(false),
        };
        let problems = config.problems();
        let is_right = problems.is_empty();
        for (key, what) in problems {
            section.refuse_value(key, what, "see connectors/aws/README.md");
        }
        is_right.then_some(config)
    }

    /// Everything that is wrong with the values, by key.
    fn problems(&self) -> Vec<(&'static str, String)> {
        let mut problems = Vec::new();
        let mut problem = |key, message: String| problems.push((key, message));
        match &self.accounts {
            Accounts::Word(word) if word != "organization" => {
                problem("accounts", format!("{word:?} is neither a list of account ids nor \"organization\""));
            }
            Accounts::Word(_) => {}
            Accounts::Named(names) => {
                for name in names.iter().filter(|name| *name != "organization" && !is_account_id(name)) {
                    problem("accounts", format!("{name:?} is not a 12-digit account id in quotes"));
                }
            }
        }
        if self.accounts.is_organization() && self.role_name.is_none() {
            problem("role_name", "is needed to look into the organization's other accounts".to_owned());
        }
        if let Some(role) = self.role_name.as_deref().filter(|role| !is_role_name(role)) {
            problem("role_name", format!("{role:?} is not a role's name (its ARN is made from it and the account)"));
        }
        for region in self.regions.iter().filter(|region| !is_region(region)) {
            problem("regions", format!("{region:?} is not a region such as \"eu-west-1\""));
        }
        for word in self.skip.iter().filter(|word| !crate::scopes::is_kind_or_service(word)) {
            problem(
                "skip",
                format!("{word:?} is neither a kind of scope nor a service; see `whosekey connectors aws`"),
            );
        }
        problems
    }

    /// The tag keys that name an owner, in lower case.
    pub(crate) fn owner_keys(&self) -> Vec<String> {
        owner_keys(self.owner_tags.as_deref())
    }

    /// Whether a kind of scope is left out.
    pub(crate) fn skips(&self, kind: &str) -> bool {
        self.skip
            .iter()
            .any(|word| word == kind || kind.strip_prefix(word.as_str()).is_some_and(|k| k.starts_with('.')))
    }
}

fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_role_name(text: &str) -> bool {
    // A path before the name is part of a role's ARN, so it may be given.
    !text.is_empty()
        && !text.starts_with("arn:")
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+=,.@_-/".contains(&b))
}

fn is_region(text: &str) -> bool {
    text.split('-').count() >= 3 && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use whosekey_sdk::settings;

    use super::*;

    fn read(text: &str) -> (Config, Vec<String>) {
        let read = |section: &Section<'_>| Config::read(section, None);
        let (config, problems) = settings::read(Path::new("whosekey.toml"), text, read);
        (config.unwrap_or_default(), problems.into_iter().map(|problem| problem.what).collect())
    }

    #[test]
    fn accounts_are_a_list_or_the_organization() {
        let (organization, problems) = read("accounts = \"organization\"\nrole_name = \"audit\"");
        assert!(problems.is_empty() && organization.accounts.is_organization(), "{problems:?}");
        let (named, problems) = read("accounts = [\"000000000000\"]");
        assert!(problems.is_empty() && named.accounts.named() == ["000000000000"], "{problems:?}");
        assert!(!read("").0.accounts.is_organization());
    }

    #[test]
    fn all_mistakes_are_told_at_once() {
        let (_, problems) = read(
            "accounts = [\"12345\"]\nrole_name = \"arn:aws:iam::1:role/x\"\nregions = [\"Ireland\"]\nskip = [\"lambada\"]\n\
             region = \"eu-west-1\"",
        );
        assert_eq!(problems.len(), 5, "{problems:?}");
    }

    #[test]
    fn a_kind_is_skipped_by_its_name_or_its_service() {
        let (config, _) = read("skip = [\"bedrock\", \"iam.access\"]");
        assert!(config.skips("bedrock.agents"));
        assert!(config.skips("iam.access"));
        assert!(!config.skips("iam.access-keys"));
    }
}
