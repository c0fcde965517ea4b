//! What a value is: a secret, a reference to one, a stand-in, or nothing of the kind. The value decides, not its name:
//! only a literal is hard-coded, and a reference is an edge of the graph.
//!
//! The tests are made in the fixed order of [`classify`]; the first that fits wins.

use std::sync::LazyLock;

use regex::Regex;

use crate::secrets::{self, Confidence, Rule, aws, checks, dsn};

/// The classes, in the order in which they are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ValueClass {
    Empty,
    Placeholder,
    /// `${VAR:-literal}` whose default is itself a secret.
    DefaultLeak,
    EnvRef,
    PromptRef,
    CiSecretRef,
    VaultRef,
    PlatformRef,
    FileRef,
    Literal,
    Plain,
}

impl ValueClass {
    /// The word used in records.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            ValueClass::Empty => "empty",
            ValueClass::Placeholder => "placeholder",
            ValueClass::DefaultLeak => "default-leak",
            ValueClass::EnvRef => "env_ref",
            ValueClass::PromptRef => "prompt_ref",
            ValueClass::CiSecretRef => "ci_secret_ref",
            ValueClass::VaultRef => "vault_ref",
            ValueClass::PlatformRef => "platform_ref",
            ValueClass::FileRef => "file_ref",
            ValueClass::Literal => "literal",
            ValueClass::Plain => "plain",
        }
    }

    /// Whether a secret stands in the file.
    pub(crate) fn is_hard_coded(self) -> bool {
        matches!(self, ValueClass::Literal | ValueClass::DefaultLeak)
    }

    /// Whether it says where a secret is.
    pub(crate) fn is_reference(self) -> bool {
        (ValueClass::EnvRef..=ValueClass::FileRef).contains(&self)
    }
}

/// A value's class, with the part of it that matters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Classified<'v> {
    pub(crate) class: ValueClass,
    /// The secret itself, or what is referred to.
    pub(crate) part: &'v str,
    /// For what is hard-coded: the kind of secret.
    pub(crate) rule: Option<&'static Rule>,
    pub(crate) confidence: Confidence,
}

impl<'v> Classified<'v> {
    fn new(class: ValueClass, part: &'v str) -> Self {
        Self { class, part, rule: None, confidence: Confidence::High }
    }

    fn secret(class: ValueClass, part: &'v str, rule: &'static Rule, confidence: Confidence) -> Self {
        Self { class, part, rule: Some(rule), confidence }
    }
}

macro_rules! regex {
    ($name:ident, $text:literal) => {
        static $name: LazyLock<Regex> =
            LazyLock::new(|| Regex::new($text).expect("the expression is fixed and tested"));
    };
}

regex!(DEFAULT, r"^\$\{([A-Za-z_][A-Za-z0-9_]*):?[-=](.+)\}$");
regex!(
    ENV_WHOLE,
    r#"^(?:\$\{(?:(?:env|localEnv|containerEnv):)?([A-Za-z_][A-Za-z0-9_]*)(?::?[-=?+][^}]*)?\}|\$([A-Za-z_][A-Za-z0-9_]*)|\{env:([A-Za-z_][A-Za-z0-9_]*)\}|%([A-Za-z_][A-Za-z0-9_]*)%|os\.environ/([A-Za-z_][A-Za-z0-9_]*)|env\(["']?([A-Za-z_][A-Za-z0-9_]*)["']?\)|\$env:([A-Za-z_][A-Za-z0-9_]*)|process\.env\.([A-Za-z_][A-Za-z0-9_]*))$"#
);
regex!(
    ENV_WITHIN,
    r"\$\{(?:(?:env|localEnv|containerEnv):)?([A-Za-z_][A-Za-z0-9_]*)(?::?[-=?+][^}]*)?\}|\{env:([A-Za-z_][A-Za-z0-9_]*)\}"
);
regex!(PROMPT, r"\$\{(?:input:|user_config\.)([^}]+)\}");
regex!(CI, r"\$\{\{\s*(?:secrets|vars|env|github|inputs|steps|needs)\.([A-Za-z0-9_.-]+)[^}]*\}\}");
regex!(
    VAULT,
    r"^(?:op://\S+|vault:\S+|arn:aws[a-z-]*:(?:secretsmanager:\S+|ssm:[^:]*:[^:]*:parameter/\S+)|projects/[^/]+/secrets/[^/]+(?:/versions/[^/]+)?|https://[^/]+\.vault\.azure\.net/secrets/\S+|\{\{resolve:(?:secretsmanager|ssm|ssm-secure):[^}]+\}\}|keyring:\S+|sops(?::\S+)?$|ENC\[AES256_GCM,.*)"
);
regex!(FILE, r"^\{file:([^}]+)\}$");
regex!(KEY_FILE, r"(?i)\.(?:json|pem|p12|key)$");
regex!(NUMBER, r"^[+-]?[0-9][0-9_.,:eE+-]*$");

/// Variables that name a file or a profile with credentials.
const FILE_VARIABLES: &[&str] =
    &["GOOGLE_APPLICATION_CREDENTIALS", "KUBECONFIG", "AWS_PROFILE", "AWS_SHARED_CREDENTIALS_FILE"];

/// Words before a secret in a header.
const PREFIXES: &[&str] = &["Bearer ", "bearer ", "Basic ", "basic ", "token ", "Token ", "ApiKey ", "Api-Key "];

/// The class of a value that stands under a name. `exists` tells whether a path is a file.
pub(crate) fn classify<'v>(name: &str, value: &'v str, exists: &dyn Fn(&str) -> bool) -> Classified<'v> {
    let value = value.trim();
    if value.is_empty() || value == "null" {
        return Classified::new(ValueClass::Empty, value);
    }
    let core = PREFIXES.iter().find_map(|prefix| value.strip_prefix(prefix)).unwrap_or(value).trim();
    if let Some(parts) = url_parts(core, exists) {
        return parts;
    }
    if checks::is_placeholder(core) {
        return Classified::new(ValueClass::Placeholder, core);
    }
    if let Some(leak) = default_leak(name, core) {
        return leak;
    }
    if let Some(reference) = reference(name, core, exists) {
        return reference;
    }
    literal(name, core).unwrap_or(Classified::new(ValueClass::Plain, core))
}

/// A URL with a password or a key in it is as good as its worst part; its host is nobody's secret.
fn url_parts<'v>(core: &'v str, exists: &dyn Fn(&str) -> bool) -> Option<Classified<'v>> {
    let url = dsn::parse(core)?;
    let scheme = &core[url.scheme.clone()];
    if scheme == "op" || core[..url.scheme.start].contains("${{") {
        return None;
    }
    let account = if url.user.is_empty() { url.password.clone() } else { url.user.start..url.password.end };
    if let Some(found) = secrets::first_in(&core[account.clone()]) {
        let part = &core[account.start + found.range.start..account.start + found.range.end];
        return Some(Classified::secret(ValueClass::Literal, part, found.rule, found.confidence));
    }
    let mut worst: Option<Classified<'v>> = None;
    let mut take = |classified: Classified<'v>| {
        let worse = |a: ValueClass, b: ValueClass| {
            (a.is_hard_coded(), a.is_reference()) > (b.is_hard_coded(), b.is_reference())
        };
        if worst.is_none_or(|w| worse(classified.class, w.class)) {
            worst = Some(classified);
        }
    };
    if !url.password.is_empty() {
        let inner = classify("password", &core[url.password.clone()], exists);
        take(match inner.class {
            // A password is one however little random it looks.
            ValueClass::Literal | ValueClass::Plain | ValueClass::FileRef if !is_stand_in(inner.part) => {
                let rule = if url.is_database(core.as_bytes()) { &secrets::DSN } else { &secrets::URL_PASSWORD };
                Classified::secret(ValueClass::Literal, core[url.scheme.start..url.end].trim(), rule, Confidence::High)
            }
            ValueClass::Literal | ValueClass::Plain | ValueClass::FileRef => {
                Classified::new(ValueClass::Placeholder, inner.part)
            }
            _ => inner,
        });
    }
    if let Some(found) = secrets::first_in(core).filter(|found| found.rule.id == secrets::AZURE_SIGNATURE.id) {
        let part = &core[found.range.clone()];
        return Some(Classified::secret(ValueClass::Literal, part, found.rule, found.confidence));
    }
    for (name, part) in &url.parameters {
        take(classify(&format!("token {}", &core[name.clone()]), &core[part.clone()], exists));
    }
    worst
}

/// Passwords of documentation (`user:password@host`).
fn is_stand_in(password: &str) -> bool {
    ["password", "passwd", "pass", "pwd", "secret", "pw", "token", "key"]
        .contains(&password.to_ascii_lowercase().as_str())
}

fn default_leak<'v>(name: &str, core: &'v str) -> Option<Classified<'v>> {
    let found = DEFAULT.captures(core)?;
    let default = found.get(2)?.as_str();
    let secret = literal(name, default).or_else(|| literal(&found[1], default))?;
    (!checks::is_placeholder(secret.part)).then_some(Classified { class: ValueClass::DefaultLeak, ..secret })
}

fn reference<'v>(name: &str, core: &'v str, exists: &dyn Fn(&str) -> bool) -> Option<Classified<'v>> {
    let group = |regex: &Regex| {
        let found = regex.captures(core)?;
        found.iter().skip(1).flatten().next().map(|group| &core[group.range()])
    };
    if let Some(variable) = group(&ENV_WHOLE) {
        return Some(Classified::new(ValueClass::EnvRef, variable));
    }
    if let Some(variable) = group(&ENV_WITHIN)
        && secrets::first_in(core).is_none()
    {
        return Some(Classified::new(ValueClass::EnvRef, variable));
    }
    if let Some(input) = group(&PROMPT) {
        return Some(Classified::new(ValueClass::PromptRef, input));
    }
    if let Some(secret) = group(&CI) {
        return Some(Classified::new(ValueClass::CiSecretRef, secret));
    }
    if core.starts_with("COPILOT_MCP_")
        && core.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
    {
        return Some(Classified::new(ValueClass::CiSecretRef, core));
    }
    if VAULT.is_match(core) {
        return Some(Classified::new(ValueClass::VaultRef, core));
    }
    if let Some(path) = group(&FILE) {
        return Some(Classified::new(ValueClass::FileRef, path));
    }
    // The key itself where its path belongs is no reference.
    let is_path = core.len() < 1024 && !core.contains(['{', '\n']) && secrets::first_in(core).is_none();
    let names_file = is_path && FILE_VARIABLES.contains(&name.to_ascii_uppercase().as_str());
    if names_file || (KEY_FILE.is_match(core) && core.len() < 512 && !core.contains("://") && exists(core)) {
        return Some(Classified::new(ValueClass::FileRef, core));
    }
    None
}

fn literal<'v>(name: &str, core: &'v str) -> Option<Classified<'v>> {
    if let Some(found) = secrets::first_in(core) {
        let part = &core[found.range.clone()];
        return Some(Classified::secret(ValueClass::Literal, part, found.rule, found.confidence));
    }
    let lower = name.to_ascii_lowercase();
    if aws::is_secret_key(core)
        && (lower.contains("aws") || lower.contains("secret_access") || lower.contains("secretaccess"))
    {
        return Some(Classified::secret(ValueClass::Literal, core, &secrets::AWS_SECRET, Confidence::High));
    }
    let named = secrets::is_secret_name(name) && core.len() >= 12 && checks::entropy(core) >= 3.0;
    let something_else = core.contains("://")
        || core.starts_with(['/', '~', '.'])
        || core.get(1..3).is_some_and(|drive| drive == ":\\" || drive == ":/")
        || core.starts_with("{{")
        || NUMBER.is_match(core);
    (named && !something_else).then_some(Classified::secret(
        ValueClass::Literal,
        core,
        &secrets::KEYED,
        Confidence::Medium,
    ))
}

#[cfg(test)]
mod tests;
