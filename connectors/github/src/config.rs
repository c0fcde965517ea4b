//! `[sources.NAME]` with `connector = "github"`, as it stands in the configuration file.

use whosekey_sdk::settings::{SecretSource, Section, closest, shown};

use crate::scopes::Kind;

/// What a source of this connector may say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The organisations, by login.
    pub organizations: Vec<String>,
    /// Enterprises, by the slug in their address, whose organisations are found and collected as if they were named.
    pub enterprises: Vec<String>,
    /// How it signs in.
    pub credential: Credential,
    /// Kinds of scope to leave out, such as `audit-log`. What is left out is not looked at and never called complete.
    pub skip: Vec<String>,
    /// Kinds of scope to collect besides: `repository-webhooks`, `repository-workflow-tokens`.
    pub also: Vec<String>,
    /// The REST API; default: that of github.com. An Enterprise Server's ends in `/api/v3`.
    pub endpoint_url: Option<String>,
}

/// Where the credential is that it signs in with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// A personal access token.
    Token(SecretSource),
    /// An installation of a GitHub App.
    App {
        /// The App's id.
        id: u64,
        /// The installation's. None: in each organisation the one that is there.
        installation: Option<u64>,
        /// Where its private key is.
        private_key: SecretSource,
    },
}

impl Credential {
    /// The setting that says where the credential is, and where that is.
    pub fn named(&self) -> String {
        match self {
            Credential::Token(from) => format!("`token` ({from})"),
            Credential::App { private_key, .. } => format!("`app.private_key` ({private_key})"),
        }
    }

    /// For messages: that GitHub does not accept it, and what that means.
    pub(crate) fn not_accepted(&self) -> String {
        let why = match self {
            Credential::Token(_) => "it was revoked, has expired, or is of another GitHub",
            Credential::App { .. } => "it is not a key of the App that `app.id` names, or was deleted there",
        };
        format!("{} is not accepted: {why}", self.named())
    }
}

impl Config {
    /// Reads the settings; every mistake is reported to the section, and nothing is contacted. `None` when there was
    /// one. `endpoint_url` is read for all connectors alike.
    pub fn read(section: &Section<'_>, endpoint_url: Option<&str>) -> Option<Self> {
        let places = read_places(section);
        let credential = read_credential(section);
        let skip = read_kinds(section, "skip", |_| true);
        let also = read_kinds(section, "also", Kind::is_extra);
        let (organizations, enterprises) = places?;
        Some(Config {
            organizations,
            enterprises,
            credential: credential?,
            skip: skip?,
            also: also?,
            endpoint_url: endpoint_url.map(str::to_owned),
        })
    }

    pub(crate) fn kinds(&self) -> impl Iterator<Item = Kind> + '_ {
        let names = |named: &[String], kind: Kind| named.iter().any(|name| name == kind.name());
        let wanted = move |kind: &Kind| !kind.is_extra() || names(&self.also, *kind);
        Kind::ALL.iter().copied().filter(wanted).filter(move |kind| !names(&self.skip, *kind))
    }
}

/// Organisations and enterprises, of which one at least is needed.
fn read_places(section: &Section<'_>) -> Option<(Vec<String>, Vec<String>)> {
    const HINT: &str = "organizations = [\"acme\"]";
    if !section.has("organizations") && !section.has("enterprises") {
        section.missing("organizations", HINT);
        return None;
    }
    let organizations = read_names(section, "organizations", "an organisation's login", "acme");
    let enterprises = read_names(section, "enterprises", "an enterprise's slug", "acme-inc");
    if section.has("enterprises") && section.has("app") {
        section.refuse_value(
            "enterprises",
            "GitHub tells an App's installation of its own organisation alone, not of an enterprise's",
            "name the organisations, or sign in with an enterprise owner's token that has the scope read:enterprise",
        );
        return None;
    }
    let organizations = organizations?;
    if organizations.len() > 1
        && let Some(app) = section.section("app").filter(|app| app.has("installation"))
    {
        app.refuse_value(
            "installation",
            "an installation is of one organisation, and `organizations` names several",
            "leave `installation` out: the App's installation in each of them is then found",
        );
        return None;
    }
    Some((organizations, enterprises?))
}

/// Names that stand in addresses; none where the key is not there.
fn read_names(section: &Section<'_>, key: &'static str, what: &str, example: &str) -> Option<Vec<String>> {
    if !section.has(key) {
        return Some(Vec::new());
    }
    let named = section.texts(key)?;
    if named.is_empty() {
        section.refuse_value(key, format!("`{key}` is empty"), format!("{key} = [\"{example}\"]"));
        return None;
    }
    let mut is_right = true;
    for (at, name) in named.iter().enumerate() {
        let is_twice = named[..at].iter().any(|other| other.value.eq_ignore_ascii_case(&name.value));
        if !is_login(&name.value) || is_twice {
            let mistake = if is_twice { "is named twice".to_owned() } else { format!("is not {what}") };
            section.refuse(
                name.line,
                format!("{:?} {mistake}", name.value),
                format!("what stands in its address: {example}"),
            );
            is_right = false;
        }
    }
    is_right.then(|| named.into_iter().map(|name| name.value).collect())
}

fn read_credential(section: &Section<'_>) -> Option<Credential> {
    const HINT: &str = "token = { env = \"GITHUB_TOKEN\" }, or app = { id = 1, private_key = { file = \"…\" } }";
    let token = SecretSource::read(section, "token").map(Credential::Token);
    let app = section.section("app").map(|app| {
        if !app.has("id") {
            app.missing("id", "id = 1");
        }
        let id = app.number("id", 1..=u64::MAX);
        let installation = app.number("installation", 1..=u64::MAX);
        let is_right = installation.is_some() || !app.has("installation");
        if !app.has("private_key") {
            app.missing("private_key", "private_key = { file = \"app.pem\" }");
        }
        let private_key = SecretSource::read(&app, "private_key");
        app.refuse_unknown_keys();
        is_right.then_some(())?;
        Some(Credential::App { id: id?, installation, private_key: private_key? })
    });
    match (section.has("token"), app) {
        (true, Some(_)) => {
            section.refuse_value("app", "both `token` and `app` are set", "one of them is enough");
            None
        }
        (true, None) => token,
        (false, Some(app)) => app,
        (false, None) => {
            if !section.has("app") {
                section.missing("token", HINT);
            }
            None
        }
    }
}

fn read_kinds(section: &Section<'_>, key: &'static str, may: impl Fn(Kind) -> bool) -> Option<Vec<String>> {
    let words = section.texts(key).unwrap_or_default();
    let mut is_right = true;
    for word in &words {
        let (what, candidates) = match Kind::of_name(&word.value) {
            Some(kind) if may(kind) => continue,
            Some(_) => (format!("{} is collected unless `skip` names it", shown(&word.value)), Vec::new()),
            None => (format!("{} is not a kind of scope", shown(&word.value)), names_of(&may)),
        };
        section.refuse(word.line, what, hint(&word.value, candidates));
        is_right = false;
    }
    is_right.then(|| words.into_iter().map(|word| word.value).collect())
}

fn names_of(may: impl Fn(Kind) -> bool) -> Vec<&'static str> {
    Kind::ALL.iter().copied().filter(|kind| may(*kind)).map(Kind::name).collect()
}

fn hint(word: &str, candidates: Vec<&'static str>) -> String {
    const LISTED: &str = "`whosekey connectors` lists them";
    match closest(word, candidates) {
        Some(meant) => format!("did you mean \"{meant}\"? {LISTED}"),
        None => LISTED.to_owned(),
    }
}

fn is_login(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use whosekey_sdk::settings::read;

    use super::*;

    fn config(text: &str) -> (Option<Config>, Vec<String>) {
        let (config, problems) = read(Path::new("f.toml"), text, |section| Config::read(section, None));
        (config, problems.into_iter().map(|problem| problem.what).collect())
    }

    #[test]
    fn a_token_or_an_app_signs_in() {
        let (token, problems) = config("organizations = ['acme']\ntoken = { env = 'T' }\nskip = ['audit-log']\n");
        assert_eq!(problems, [""; 0]);
        let token = token.unwrap();
        assert_eq!(token.credential, Credential::Token(SecretSource::Env("T".to_owned())));
        assert!(token.kinds().all(|kind| kind != Kind::AuditLog));
        let (app, problems) =
            config("organizations = ['acme']\napp = { id = 1, installation = 2, private_key = { file = 'k.pem' } }\n");
        assert_eq!(problems, [""; 0]);
        assert!(matches!(app.unwrap().credential, Credential::App { id: 1, installation: Some(2), .. }));
        let (app, problems) =
            config("organizations = ['acme', 'tools']\napp = { id = 1, private_key = { file = 'k.pem' } }\n");
        assert_eq!(problems, [""; 0]);
        assert!(matches!(app.unwrap().credential, Credential::App { id: 1, installation: None, .. }));
    }

    #[test]
    fn every_mistake_is_told() {
        let (none, problems) = config("organizations = ['acme', 'a/b', 'ACME']\ntoken = 'x'\nskip = ['all']\n");
        assert!(none.is_none());
        assert_eq!(problems.len(), 4, "{problems:?}");
        let (none, problems) = config("app = { id = 1 }\n");
        assert!(none.is_none());
        assert_eq!(problems.len(), 2, "{problems:?}");
        let wrong = "organizations = ['acme']\napp = { id = 1, installation = 0, private_key = { file = 'k.pem' } }\n";
        let (none, problems) = config(wrong);
        assert!(none.is_none());
        assert_eq!(problems.len(), 1, "{problems:?}");
        let (none, problems) = config("organizations = ['acme']\n");
        assert!(none.is_none());
        assert_eq!(problems.len(), 1, "{problems:?}");
    }

    #[test]
    fn an_installation_is_of_one_organisation() {
        let of = |organizations: &str| {
            let app = "app = { id = 1, installation = 2, private_key = { file = 'k.pem' } }";
            read(Path::new("f.toml"), &format!("organizations = [{organizations}]\n{app}\n"), |section| {
                Config::read(section, None)
            })
        };
        let (config, problems) = of("'acme'");
        assert!(config.is_some() && problems.is_empty(), "{problems:?}");
        let (none, problems) = of("'acme', 'tools'");
        assert!(none.is_none());
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert_eq!(problems[0].line, 2);
        assert!(problems[0].what.contains("of one organisation"), "{problems:?}");
        assert!(problems[0].hint.as_ref().unwrap().starts_with("leave `installation` out"), "{problems:?}");
    }

    #[test]
    fn a_kind_that_is_nearly_one_is_told_which_was_meant() {
        let hints = |text: &str| {
            let text = format!("organizations = ['acme']\ntoken = {{ env = 'T' }}\n{text}\n");
            let (_, problems) = read(Path::new("f.toml"), &text, |section| Config::read(section, None));
            problems.into_iter().map(|problem| problem.hint.unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(hints("skip = ['audit-logs']"), ["did you mean \"audit-log\"? `whosekey connectors` lists them"]);
        assert_eq!(hints("skip = ['xyzzy']"), ["`whosekey connectors` lists them"]);
        let meant = "did you mean \"repository-webhooks\"? `whosekey connectors` lists them";
        assert_eq!(hints("also = ['repository-webhook']"), [meant]);
    }

    #[test]
    fn what_no_verdict_rests_on_is_collected_where_it_is_asked_for() {
        let kinds = |text: &str| {
            let (config, problems) = config(&format!("organizations = ['acme']\ntoken = {{ env = 'T' }}\n{text}\n"));
            let names = config.map(|config| config.kinds().map(Kind::name).collect::<Vec<_>>());
            (names.unwrap_or_default(), problems)
        };
        let extra = ["repository-webhooks", "repository-workflow-tokens"];
        let (usual, _) = kinds("");
        assert!(usual.contains(&"repository-runners") && extra.iter().all(|kind| !usual.contains(kind)), "{usual:?}");
        let (more, problems) = kinds("also = ['repository-webhooks']");
        assert_eq!(problems, [""; 0]);
        assert!(more.contains(&extra[0]) && !more.contains(&extra[1]), "{more:?}");
        let (_, problems) = kinds("also = ['all', 'webhooks']");
        assert!(
            problems[0].contains("is not a kind of scope") && problems[1].contains("unless `skip`"),
            "{problems:?}"
        );
    }

    #[test]
    fn enterprises_may_stand_for_organizations_or_beside_them() {
        for text in ["enterprises = ['acme-inc']", "organizations = ['acme']\nenterprises = ['acme-inc', 'other']"] {
            let (found, problems) = config(&format!("{text}\ntoken = {{ env = 'T' }}\n"));
            assert_eq!(problems, [""; 0]);
            assert_eq!(found.unwrap().enterprises[0], "acme-inc");
        }
        let (none, problems) = config("enterprises = ['a/b', 'x', 'X']\ntoken = { env = 'T' }\n");
        assert!(none.is_none());
        assert_eq!(problems.len(), 2, "{problems:?}");
        let (none, problems) = config("enterprises = []\ntoken = { env = 'T' }\n");
        assert!(none.is_none() && problems == ["`enterprises` is empty"], "{problems:?}");
    }

    #[test]
    fn an_app_is_not_asked_for_an_enterprise() {
        let app = "app = { id = 1, installation = 2, private_key = { file = 'k.pem' } }";
        let (none, problems) = config(&format!("enterprises = ['acme-inc']\n{app}\n"));
        assert!(none.is_none());
        assert!(problems.len() == 1 && problems[0].contains("its own organisation alone"), "{problems:?}");
    }
}
