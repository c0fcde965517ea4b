//! The table of shapes. One row a kind of secret; a new provider is a new row.
//!
//! Every expression has a greatest length, so that a text made of beginnings costs no more than any other. Expressions are written from the providers' published formats. `back` is how far before its fixed part a value may
//! begin, for the shapes whose fixed part is in the middle.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::{Confidence, checks};

/// One kind of secret.
#[derive(Debug)]
pub(crate) struct Rule {
    /// Stable, for people and tests.
    pub(crate) id: &'static str,
    /// Kinds of one family share fingerprints: the same value is the same secret whichever row found it.
    pub(crate) family: &'static str,
    /// The credential's type in the inventory.
    pub(crate) type_name: &'static str,
    /// How people call it.
    pub(crate) title: &'static str,
    /// The fixed parts that the automaton looks for.
    pub(crate) anchors: &'static [&'static str],
    pub(crate) shape: Shape,
}

/// How a value is read once a fixed part is seen.
pub(crate) enum Shape {
    /// By an expression anchored where the value begins.
    Pattern {
        regex: LazyLock<Regex>,
        back: usize,
        check: fn(&str) -> Option<Confidence>,
    },
    Url,
    Jwt,
    Pem,
    /// Found from something else nearby.
    Derived,
}

impl std::fmt::Debug for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shape")
    }
}

macro_rules! rule {
    ($id:literal, $family:literal, $type:literal, $title:literal, [$($anchor:literal),+], $regex:literal) => {
        rule!($id, $family, $type, $title, [$($anchor),+], $regex, 0, random)
    };
    ($id:literal, $family:literal, $type:literal, $title:literal, [$($anchor:literal),+], $regex:literal, $back:literal, $check:expr) => {
        Rule {
            id: $id, family: $family, type_name: $type, title: $title, anchors: &[$($anchor),+],
            shape: Shape::Pattern {
                regex: LazyLock::new(|| {
                    Regex::new(concat!("^(?-u:", $regex, ")")).expect("the expressions of the table are tested")
                }),
                back: $back,
                check: $check,
            },
        }
    };
}

/// Random enough to have come from a generator.
fn random(value: &str) -> Option<Confidence> {
    (checks::entropy(value) >= 3.0 && !checks::has_long_run(value)).then_some(Confidence::High)
}

/// A wrong checksum lowers the confidence and never discards: newer kinds of token may not carry it.
fn checksummed(value: &str) -> Option<Confidence> {
    random(value)?;
    Some(if checks::has_valid_checksum(value) { Confidence::High } else { Confidence::Medium })
}

/// An id that is no secret, such as an access key's. AWS's own are base32; those of stand-ins are not always.
fn identifier(value: &str) -> Option<Confidence> {
    (checks::entropy(value) >= 2.5).then_some(Confidence::High)
}

/// The legacy shape has nothing but its prefix: it must look the more random.
fn very_random(value: &str) -> Option<Confidence> {
    (checks::entropy(value) >= 4.2 && !checks::has_long_run(value)).then_some(Confidence::High)
}

/// Hexadecimal has at most four bits a character.
fn random_hex(value: &str) -> Option<Confidence> {
    (checks::entropy(value) >= 2.8 && !checks::has_long_run(value)).then_some(Confidence::High)
}

/// What is found by the name it stands under.
pub(crate) static KEYED: Rule = Rule {
    id: "named-secret",
    family: "generic",
    type_name: "secret",
    title: "secret",
    anchors: &[],
    shape: Shape::Derived,
};
/// The secret of an access key.
pub(crate) static AWS_SECRET: Rule = Rule {
    id: "aws-secret-access-key",
    family: "aws",
    type_name: "aws.access-key",
    title: "AWS access key",
    anchors: &[],
    shape: Shape::Derived,
};
/// A password in a URL of anything but a database.
pub(crate) static URL_PASSWORD: Rule = Rule {
    id: "url-password",
    family: "url",
    type_name: "url.password",
    title: "password in a URL",
    anchors: &[],
    shape: Shape::Derived,
};
/// A password of Snowflake.
pub(crate) static SNOWFLAKE_PASSWORD: Rule = Rule {
    id: "snowflake-password",
    family: "password",
    type_name: "snowflake.password",
    title: "Snowflake password",
    anchors: &[],
    shape: Shape::Derived,
};
/// A URL that carries its own right to be used, for a time.
pub(crate) static AZURE_SIGNATURE: Rule = Rule {
    id: "azure-shared-access-signature",
    family: "azure-signature",
    type_name: "azure.shared-access-signature",
    title: "Azure shared access signature",
    anchors: &[],
    shape: Shape::Derived,
};
/// A random part of a URL's path.
pub(crate) static URL_PATH: Rule = Rule {
    id: "url-path",
    family: "generic",
    type_name: "secret",
    title: "key in a URL's path",
    anchors: &[],
    shape: Shape::Derived,
};
/// A key in a URL's query.
pub(crate) static URL_PARAMETER: Rule = Rule {
    id: "url-parameter",
    family: "generic",
    type_name: "secret",
    title: "key in a URL",
    anchors: &[],
    shape: Shape::Derived,
};
/// A connection string with its password.
pub(crate) static DSN: Rule = Rule {
    id: "dsn",
    family: "dsn",
    type_name: "database.connection-string",
    title: "connection string",
    anchors: &["://"],
    shape: Shape::Url,
};

/// The id of an AWS access key: public, and the best link there is.
pub(crate) const AWS_KEY_ID: &str = "aws-access-key-id";

/// All shapes that have a fixed part. Where two share one, the first that fits wins.
#[rustfmt::skip]
pub(crate) static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| vec![
    rule!("aws-access-key-id", "aws", "aws.access-key", "AWS access key", ["AKIA", "ASIA", "ABIA", "ACCA"], "(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}", 0, identifier),
    rule!("github-token", "github", "github.token", "GitHub token", ["ghp_", "gho_", "ghu_", "ghs_", "ghr_"], "gh[pousr]_[A-Za-z0-9]{36,251}", 0, checksummed),
    rule!("github-fine-grained-token", "github", "github.token", "GitHub fine-grained token", ["github_pat_"], "github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}"),
    rule!("npm-token", "npm", "npm.token", "npm token", ["npm_"], "npm_[A-Za-z0-9]{36}", 0, checksummed),
    rule!("anthropic-key", "anthropic", "anthropic.api-key", "Anthropic API key", ["sk-ant-"], "sk-ant-(?:api|admin|oat|ort|sid)[0-9]{2,4}-[A-Za-z0-9_-]{80,200}"),
    rule!("openai-key", "openai", "openai.api-key", "OpenAI API key", ["sk-proj-", "sk-svcacct-", "sk-admin-"], "sk-(?:proj|svcacct|admin)-[A-Za-z0-9_-]{20,100}T3BlbkFJ[A-Za-z0-9_-]{20,100}"),
    rule!("openrouter-key", "openrouter", "openrouter.api-key", "OpenRouter API key", ["sk-or-v1-"], "sk-or-v1-[0-9a-f]{64}", 0, random_hex),
    rule!("langfuse-key", "langfuse", "langfuse.secret-key", "Langfuse secret key", ["sk-lf-"], "sk-lf-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", 0, random_hex),
    rule!("openai-legacy-key", "openai", "openai.api-key", "OpenAI API key", ["sk-"], "sk-(?:[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}|[A-Za-z0-9]{48})", 0, very_random),
    rule!("hex-sk-key", "sk-hex", "secret", "API key", ["sk-"], "sk-[0-9a-f]{32}", 0, random_hex),
    rule!("slack-token", "slack", "slack.token", "Slack token", ["xoxb-", "xoxa-", "xoxp-", "xoxr-", "xoxs-", "xoxe-", "xoxe."], "xox[abeprs][-.](?:[A-Za-z0-9]{1,64}[-.]){0,4}[A-Za-z0-9-]{10,200}"),
    rule!("slack-app-token", "slack", "slack.token", "Slack app token", ["xapp-1-"], "xapp-1-A[A-Z0-9]{5,20}-[0-9]{6,20}-[a-f0-9]{32,128}"),
    rule!("slack-webhook", "slack", "slack.webhook", "Slack webhook", ["hooks.slack.com/"], "hooks\\.slack\\.com/(?:services|workflows|triggers)/[A-Z0-9]{6,14}/[A-Za-z0-9]{6,20}/[A-Za-z0-9/]{16,60}"),
    rule!("google-api-key", "google", "google.api-key", "Google API key", ["AIza"], "AIza[A-Za-z0-9_-]{35}"),
    rule!("google-oauth-secret", "google", "google.oauth-client-secret", "Google OAuth client secret", ["GOCSPX-"], "GOCSPX-[A-Za-z0-9_-]{28}"),
    rule!("google-access-token", "google", "google.access-token", "Google access token", ["ya29."], "ya29\\.[A-Za-z0-9_-]{40,300}"),
    rule!("azure-client-secret", "azure", "entra.client-secret", "Entra client secret", ["8Q~", "7Q~"], "[A-Za-z0-9_~.-]{3}[78]Q~[A-Za-z0-9_~.-]{31,34}", 3, random),
    rule!("azure-storage-key", "azure-storage", "azure.storage-key", "Azure storage account key", ["AccountKey="], "AccountKey=[A-Za-z0-9+/]{86}=="),
    rule!("azure-shared-key", "azure-sas", "azure.shared-access-key", "Azure shared access key", ["SharedAccessKey="], "SharedAccessKey=[A-Za-z0-9+/]{43}="),
    rule!("gitlab-token", "gitlab", "gitlab.token", "GitLab token", ["glpat-", "gldt-", "glrt-", "glptt-", "glcbt-", "glsoat-"], "gl(?:pat|dt|rt|ptt|cbt|soat)-[A-Za-z0-9_.-]{20,300}"),
    rule!("databricks-token", "databricks", "databricks.token", "Databricks token", ["dapi"], "dapi[0-9a-f]{32}(?:-[0-9])?", 0, random_hex),
    rule!("hugging-face-token", "hugging-face", "huggingface.token", "Hugging Face token", ["hf_"], "hf_[A-Za-z]{34}"),
    rule!("sendgrid-key", "sendgrid", "sendgrid.api-key", "SendGrid API key", ["SG."], "SG\\.[A-Za-z0-9_-]{22}\\.[A-Za-z0-9_-]{43}"),
    rule!("stripe-key", "stripe", "stripe.api-key", "Stripe key", ["sk_live_", "rk_live_", "sk_test_", "rk_test_"], "[rs]k_(?:live|test)_[A-Za-z0-9]{24,247}"),
    rule!("atlassian-token", "atlassian", "atlassian.api-token", "Atlassian API token", ["ATATT3", "ATCTT3"], "AT[AC]TT3[A-Za-z0-9_=-]{60,220}"),
    rule!("langsmith-key", "langsmith", "langsmith.api-key", "LangSmith API key", ["lsv2_"], "lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}", 0, random_hex),
    rule!("groq-key", "groq", "groq.api-key", "Groq API key", ["gsk_"], "gsk_[A-Za-z0-9]{52}"),
    rule!("artifactory-key", "artifactory", "artifactory.api-key", "Artifactory API key", ["AKCp"], "AKCp[A-Za-z0-9]{69}"),
    rule!("vault-token", "vault", "vault.token", "Vault token", ["hvs.", "hvb."], "hv[sb]\\.[A-Za-z0-9_-]{24,300}"),
    rule!("digitalocean-token", "digitalocean", "digitalocean.token", "DigitalOcean token", ["dop_v1_", "doo_v1_"], "do[op]_v1_[0-9a-f]{64}", 0, random_hex),
    rule!("xai-key", "xai", "xai.api-key", "xAI API key", ["xai-"], "xai-[A-Za-z0-9]{80}"),
    rule!("replicate-token", "replicate", "replicate.token", "Replicate token", ["r8_"], "r8_[A-Za-z0-9]{37}"),
    rule!("tavily-key", "tavily", "tavily.api-key", "Tavily API key", ["tvly-"], "tvly-(?:dev-|prod-)?[A-Za-z0-9-]{30,60}"),
    rule!("pinecone-key", "pinecone", "pinecone.api-key", "Pinecone API key", ["pcsk_"], "pcsk_[A-Za-z0-9]{4,10}_[A-Za-z0-9]{50,70}"),
    rule!("notion-token", "notion", "notion.token", "Notion token", ["ntn_"], "ntn_[A-Za-z0-9]{43,50}"),
    rule!("linear-key", "linear", "linear.api-key", "Linear API key", ["lin_api_"], "lin_api_[A-Za-z0-9]{40}"),
    rule!("figma-token", "figma", "figma.token", "Figma token", ["figd_"], "figd_[A-Za-z0-9_-]{38,46}"),
    rule!("docker-token", "docker", "docker.token", "Docker Hub token", ["dckr_pat_", "dckr_oat_"], "dckr_[po]at_[A-Za-z0-9_-]{27,40}"),
    rule!("pypi-token", "pypi", "pypi.token", "PyPI token", ["pypi-AgE"], "pypi-AgE[A-Za-z0-9_-]{50,250}"),
    rule!("shopify-token", "shopify", "shopify.token", "Shopify token", ["shpat_", "shpca_", "shppa_", "shpss_"], "shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}", 0, random_hex),
    rule!("sentry-token", "sentry", "sentry.token", "Sentry token", ["sntrys_", "sntryu_"], "sntry(?:s_eyJ[A-Za-z0-9+/=_-]{60,300}|u_[0-9a-f]{64})", 0, random_hex),
    rule!("postman-key", "postman", "postman.api-key", "Postman API key", ["PMAK-"], "PMAK-[0-9a-f]{24}-[0-9a-f]{34}", 0, random_hex),
    rule!("nvidia-key", "nvidia", "nvidia.api-key", "NVIDIA API key", ["nvapi-"], "nvapi-[A-Za-z0-9_-]{60,70}"),
    rule!("supabase-token", "supabase", "supabase.token", "Supabase token", ["sbp_"], "sbp_[0-9a-f]{40}", 0, random_hex),
    rule!("perplexity-key", "perplexity", "perplexity.api-key", "Perplexity API key", ["pplx-"], "pplx-[A-Za-z0-9]{40,56}"),
    rule!("firecrawl-key", "firecrawl", "firecrawl.api-key", "Firecrawl API key", ["fc-"], "fc-[0-9a-f]{32}", 0, random_hex),
    rule!("grafana-token", "grafana", "grafana.token", "Grafana token", ["glsa_"], "glsa_[A-Za-z0-9]{32}_[0-9a-f]{8}"),
    rule!("new-relic-key", "new-relic", "newrelic.api-key", "New Relic key", ["NRAK-"], "NRAK-[A-Z0-9]{27}"),
    rule!("doppler-token", "doppler", "doppler.token", "Doppler token", ["dp.pt.", "dp.st.", "dp.sa."], "dp\\.(?:pt|st|sa)\\.(?:[a-z0-9_-]{2,35}\\.)?[A-Za-z0-9]{40,44}"),
    rule!("onepassword-token", "onepassword", "onepassword.token", "1Password service account token", ["ops_eyJ"], "ops_eyJ[A-Za-z0-9_=-]{200,1200}"),
    rule!("planetscale-token", "planetscale", "planetscale.token", "PlanetScale token", ["pscale_"], "pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.-]{32,64}"),
    rule!("heroku-key", "heroku", "heroku.api-key", "Heroku API key", ["HRKU-"], "HRKU-[A-Za-z0-9_-]{36,64}"),
    rule!("square-token", "square", "square.token", "Square token", ["sq0atp-", "sq0csp-"], "sq0(?:atp-[A-Za-z0-9_-]{22}|csp-[A-Za-z0-9_-]{43})"),
    rule!("brave-key", "brave", "brave.api-key", "Brave Search API key", ["BSA"], "BSA[A-Za-z0-9_-]{27,29}", 0, very_random),
    rule!("telegram-token", "telegram", "telegram.bot-token", "Telegram bot token", [":AA"], "[0-9]{8,10}:AA[A-Za-z0-9_-]{33}", 10, random),
    Rule { id: "jwt", family: "jwt", type_name: "jwt", title: "JSON web token", anchors: &["eyJ"], shape: Shape::Jwt },
    Rule { id: "private-key", family: "pem", type_name: "private-key", title: "private key", anchors: &["-----BEGIN "], shape: Shape::Pem },
]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_expression_compiles_and_every_id_is_its_own() {
        let mut ids: Vec<_> = RULES.iter().map(|rule| rule.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), RULES.len());
        for rule in RULES.iter() {
            if let Shape::Pattern { regex, .. } = &rule.shape {
                assert!(!regex.is_match(b"nothing of the kind"), "{}", rule.id);
            }
        }
    }
}
