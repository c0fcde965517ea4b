//! The tree: always the same, from a fixed seed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use crate::tokens::token;

/// A file and a line.
pub(crate) type Place = (String, u32);

/// What was written.
#[derive(Default)]
pub(crate) struct Estate {
    pub(crate) bytes: u64,
    pub(crate) files: u32,
    pub(crate) planted: BTreeSet<Place>,
    pub(crate) decoys: BTreeSet<Place>,
    kinds: BTreeMap<Place, String>,
    state: u64,
}

/// Bytes of the whole.
const SIZE: u64 = 50_000_000;

const WORDS: &[&str] = &[
    "agent", "customer", "invoice", "request", "session", "handler", "context", "message", "result", "payload",
    "config", "worker", "queue", "index", "vector", "memory", "prompt", "model", "tool", "schema", "token", "response",
    "client", "server", "retry", "timeout", "metric", "trace", "span", "event", "policy", "secret", "author",
    "document", "chunk",
];

const PLANTED: &[&str] = &[
    "github",
    "anthropic",
    "openai",
    "slack",
    "google",
    "stripe",
    "huggingface",
    "gitlab",
    "azure",
    "databricks",
    "jwt",
    "generic",
    "github-fine",
    "dsn",
    "aws",
    "pem",
    "npm",
    "xai",
    "tavily",
    "pinecone",
    "groq",
    "sendgrid",
    "vault",
    "digitalocean",
    "replicate",
    "langsmith",
    "langfuse",
    "atlassian",
    "azure-storage",
    "azure-sas",
    "url-user",
    "header",
];

const DECOYS: &[&str] = &[
    "sha",
    "uuid",
    "placeholder",
    "env",
    "image",
    "name",
    "url",
    "integrity",
    "example",
    "dsn",
    "count",
    "prose",
    "toolsets",
    "log-level",
    "region",
    "profile",
    "sync-id",
    "prompt",
    "ci-secret",
    "vault",
    "public-key",
    "masked",
    "template",
    "path",
];

impl Estate {
    /// Writes the tree.
    pub(crate) fn write(root: &Path) -> Self {
        let mut estate = Self { state: 0x9e37_79b9_7f4a_7c15, ..Self::default() };
        let mut project = 0;
        while estate.bytes < SIZE {
            estate.project(root, project);
            project += 1;
        }
        estate
    }

    pub(crate) fn kind(&self, place: &Place) -> &str {
        self.kinds.get(place).map_or("", String::as_str)
    }

    /// xorshift64*: enough for a fixture, and the same everywhere.
    fn next(&mut self, below: usize) -> usize {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        (self.state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % below
    }

    fn word(&mut self) -> &'static str {
        WORDS[self.next(WORDS.len())]
    }

    fn project(&mut self, root: &Path, project: usize) {
        let base = format!("team{}/project{project}", project % 12);
        self.file(root, &format!("{base}/pyproject.toml"), "[project]\nname = \"x\"\n".to_owned());
        self.mcp(root, &format!("{base}/.mcp.json"), project);
        self.dotenv(root, &format!("{base}/.env"), project);
        for n in 0..14 {
            let (extension, lines) = [("py", 700), ("ts", 600), ("md", 400), ("yaml", 500), ("json", 500)][n % 5];
            self.source(
                root,
                &format!("{base}/src/module{n}.{extension}"),
                extension,
                lines,
                &format!("{project}/{n}"),
            );
        }
    }

    fn file(&mut self, root: &Path, path: &str, text: String) {
        let full = root.join(path);
        std::fs::create_dir_all(full.parent().expect("it is below the root")).expect("the disk has room");
        self.bytes += text.len() as u64;
        self.files += 1;
        std::fs::write(full, text).expect("the disk has room");
    }

    fn mark(&mut self, path: &str, text: &str, kind: &str, planted: bool) {
        let line = text.bytes().filter(|byte| *byte == b'\n').count() as u32 + 1;
        let place = (path.to_owned(), line);
        self.kinds.insert(place.clone(), kind.to_owned());
        if planted {
            self.planted.insert(place)
        } else {
            self.decoys.insert(place)
        };
    }

    fn mcp(&mut self, root: &Path, path: &str, project: usize) {
        let mut text = String::from("{\n  \"mcpServers\": {\n");
        for n in 0..6 {
            let _ = writeln!(
                text,
                "    \"server{n}\": {{ \"command\": \"npx\", \"args\": [\"-y\", \"@acme/server-{n}\"], \"env\": {{"
            );
            if n % 2 == 0 {
                let kind = ["github", "slack", "generic"][(n + project) % 3];
                self.mark(path, &text, kind, true);
                let _ = writeln!(text, "      \"SERVICE_TOKEN\": \"{}\",", token(kind, &format!("{path}{n}")));
            } else {
                self.mark(path, &text, "reference", false);
                let _ = writeln!(text, "      \"SERVICE_TOKEN\": \"${{SERVICE_{n}_TOKEN}}\",");
            }
            self.mark(path, &text, "setting", false);
            text.push_str("      \"LOG_LEVEL\": \"debug\" } },\n");
        }
        text.push_str("  }\n}\n");
        self.file(root, path, text);
    }

    fn dotenv(&mut self, root: &Path, path: &str, project: usize) {
        let mut text = String::new();
        for n in 0..8 {
            if n % 4 == 0 {
                let kind = ["openai", "anthropic", "google", "generic"][(n / 4 + project) % 4];
                self.mark(path, &text, kind, true);
                let _ = writeln!(text, "PROVIDER_{n}_API_KEY={}", token(kind, &format!("{path}{n}")));
            } else {
                self.mark(path, &text, "setting", false);
                let _ = writeln!(
                    text,
                    "SETTING_{n}={}",
                    ["eu-west-1", "https://api.example.com/v1", "true", "your-api-key"][n % 4]
                );
            }
        }
        self.file(root, path, text);
    }

    fn source(&mut self, root: &Path, path: &str, extension: &str, lines: usize, seed: &str) {
        let mut text = String::new();
        if extension == "json" {
            text.push_str("{\n");
        }
        // One file of code in ten imports a framework and makes an agent.
        let is_agent = self.next(10) == 0;
        match extension {
            "py" if is_agent => text.push_str("from agents import Agent\n\nagent = Agent(name=\"worker\", tools=[])\n"),
            "ts" if is_agent => text
                .push_str("import { Agent } from \"@mastra/core\";\n\nconst agent = new Agent({ id: \"worker\" });\n"),
            _ => {}
        }
        // One file in six has a secret; each has a few decoys.
        let planted_at = if self.next(6) == 0 { self.next(lines) } else { usize::MAX };
        let decoy_every = 90 + self.next(20);
        for line in 0..lines {
            if line == planted_at {
                let kind = PLANTED[self.next(PLANTED.len())];
                self.plant(path, &mut text, extension, kind, seed);
            } else if line % decoy_every == decoy_every - 1 {
                let kind = DECOYS[self.next(DECOYS.len())];
                self.decoy(path, &mut text, extension, kind, &format!("{seed}/{line}"));
            } else {
                self.line(&mut text, extension);
            }
        }
        if extension == "json" {
            text.push_str("  \"end\": 0\n}\n");
        }
        self.file(root, path, text);
    }

    fn line(&mut self, text: &mut String, extension: &str) {
        let (a, b, c, n) = (self.word(), self.word(), self.word(), self.next(10_000));
        let _ = match extension {
            "py" => match n % 4 {
                0 => writeln!(text, "def {a}_{b}_{n}(self, {c}: str) -> dict[str, Any]: ..."),
                1 => writeln!(text, "{a}_{b} = self.{c}.get(\"{b}-{c}\", default={n})  # {a} of the {b}"),
                2 => writeln!(text, "logger.info(\"{a} %s for {b} {c}\", {a}_id, extra={{\"{b}\": {n}}})"),
                _ => writeln!(text, "await {a}_{b}({c}, timeout={n}, retries=3)"),
            },
            "ts" => match n % 3 {
                0 => writeln!(
                    text,
                    "export async function {a}{n}({b}: string, options: {{ {c}?: number }}): Promise<void> {{}}"
                ),
                1 => writeln!(
                    text,
                    "  const {a} = await this.{b}.fetch(`https://api.example.com/{c}/${{id}}?page={n}`);"
                ),
                _ => writeln!(text, "  if ({a} === undefined) throw new Error(\"no {b} for {c} {n}\");"),
            },
            "md" => writeln!(
                text,
                "The {a} sends a {b} to the {c}; see [the {b} guide](https://docs.example.com/{a}/{c}#{n}) for more."
            ),
            "yaml" => writeln!(text, "  - {{ name: {a}-{b}-{n}, kind: {c}, enabled: true, timeout: {n}ms }}"),
            _ => writeln!(
                text,
                "  \"{a}_{b}_{n}\": {{ \"{c}\": {n}, \"name\": \"{a} {b}\", \"tags\": [\"{c}\", \"{b}\"] }},"
            ),
        };
    }

    fn assign(text: &mut String, extension: &str, name: &str, value: &str) {
        let _ = match extension {
            "py" => writeln!(text, "{} = \"{value}\"", name.to_uppercase()),
            "ts" => writeln!(text, "const {name} = \"{value}\";"),
            "md" => writeln!(text, "Set `{}={value}` before you start.", name.to_uppercase()),
            "yaml" => writeln!(text, "  {name}: \"{value}\""),
            _ => writeln!(text, "  \"{name}\": \"{value}\","),
        };
    }

    fn plant(&mut self, path: &str, text: &mut String, extension: &str, kind: &str, seed: &str) {
        // Without a shape, only the name tells; prose and data are not read for names.
        let kind = if kind == "generic" && matches!(extension, "md" | "json") { "github" } else { kind };
        match kind {
            "aws" => {
                Self::assign(text, extension, "aws_access_key_id", &token("aws-id", seed));
                self.mark(path, text, kind, true);
                Self::assign(text, extension, "aws_secret_access_key", &token("aws-secret", seed));
            }
            "dsn" => {
                self.mark(path, text, kind, true);
                let url = format!("postgresql://svc:{}@db.example.com:5432/crm", token("password", seed));
                Self::assign(text, extension, "database_url", &url);
            }
            "url-user" => {
                self.mark(path, text, kind, true);
                let url = format!("https://{}:x-oauth-basic@git.example.com/acme/app.git", token("github", seed));
                Self::assign(text, extension, "remote", &url);
            }
            "header" => {
                self.mark(path, text, kind, true);
                Self::assign(text, extension, "authorization", &format!("Bearer {}", token("anthropic", seed)));
            }
            _ => {
                self.mark(path, text, kind, true);
                Self::assign(text, extension, "api_key", &token(kind, seed));
            }
        }
    }

    fn decoy(&mut self, path: &str, text: &mut String, extension: &str, kind: &str, seed: &str) {
        self.mark(path, text, kind, false);
        let hex = token("key-id", seed);
        let uuid = format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..32]);
        let (name, value) = match kind {
            "sha" => ("commit", hex),
            "uuid" => ("project_token_id", uuid),
            "placeholder" => ("api_key", "your-api-key-goes-here-123".to_owned()),
            "env" => ("auth_token", "${SERVICE_AUTH_TOKEN}".to_owned()),
            "image" => ("icon", format!("data:image/png;base64,iVBORw0KGgo{}", token("generic", seed))),
            "name" => ("secret_name", format!("prod/crm/database-password-{}", &hex[..4])),
            "url" => ("token_url", format!("https://auth.example.com/oauth2/{}/token", &hex[..8])),
            "integrity" => ("integrity", format!("sha512-{}{}==", token("generic", seed), token("generic", &hex))),
            "example" => ("aws_access_key_id", "AKIAIOSFODNN7EXAMPLE".to_owned()),
            "dsn" => ("database_url", "postgres://user:password@localhost:5432/app".to_owned()),
            "count" => ("max_tokens", format!("{}", 1000 + hex.len() * 37)),
            "toolsets" => ("github_toolsets", "repos,issues,pull_requests,actions".to_owned()),
            "log-level" => ("fastmcp_log_level", "ERROR".to_owned()),
            "region" => ("aws_region", "eu-west-1".to_owned()),
            "profile" => ("aws_profile", "readonly-audit-2026".to_owned()),
            "sync-id" => ("actual_budget_sync_id", uuid),
            "prompt" => ("api_token", "${input:api-token-2026}".to_owned()),
            "ci-secret" => ("api_token", "${{ secrets.SERVICE_TOKEN_2 }}".to_owned()),
            "vault" => ("api_secret", format!("op://prod/crm-{}/credential", &hex[..6])),
            "public-key" => {
                ("ssh_public_key", format!("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{} bot", token("generic", seed)))
            }
            "masked" => ("auth_token", "ghp_************************************".to_owned()),
            "template" => ("api_key", "{{ .Values.gateway.apiKey2 }}".to_owned()),
            "path" => ("token_file", format!("/var/run/secrets/{}/token", &hex[..8])),
            _ => ("password_hint", "the name of your first pet, then the year".to_owned()),
        };
        Self::assign(text, extension, name, &value);
    }
}
