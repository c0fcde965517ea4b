use super::{ValueClass, classify};

fn class(name: &str, value: &str) -> ValueClass {
    classify(name, value, &|path| path.starts_with("/exists/")).class
}

#[test]
fn each_class_has_its_forms() {
    use ValueClass as C;
    let github = format!("ghp_{}", "q7Zt4Lm9Xc2Vb8NrQ7Zt4Lm9Xc2Vb8NrAb12");
    let leak = format!("${{GITHUB_TOKEN:-{github}}}");
    for (name, value, expected) in [
        ("X", "", C::Empty),
        ("X", "  null ", C::Empty),
        ("API_KEY", "your-api-key", C::Placeholder),
        ("API_KEY", "<YOUR TOKEN>", C::Placeholder),
        ("API_KEY", "Bearer xxxxxxxx", C::Placeholder),
        ("API_KEY", "REPLACE_WITH_REAL", C::Placeholder),
        ("API_KEY", "0000000000000000", C::Placeholder),
        ("GITHUB_TOKEN", leak.as_str(), C::DefaultLeak),
        ("GITHUB_TOKEN", "${GITHUB_TOKEN:-}", C::EnvRef),
        ("GITHUB_TOKEN", "${GITHUB_TOKEN}", C::EnvRef),
        ("GITHUB_TOKEN", "$GITHUB_TOKEN", C::EnvRef),
        ("GITHUB_TOKEN", "${env:GITHUB_TOKEN}", C::EnvRef),
        ("GITHUB_TOKEN", "{env:GITHUB_TOKEN}", C::EnvRef),
        ("GITHUB_TOKEN", "%GITHUB_TOKEN%", C::EnvRef),
        ("GITHUB_TOKEN", "${localEnv:GITHUB_TOKEN}", C::EnvRef),
        ("api_key", "os.environ/OPENAI_API_KEY", C::EnvRef),
        ("api_key", "env(OPENAI_API_KEY)", C::EnvRef),
        ("Authorization", "Bearer ${GITHUB_TOKEN}", C::EnvRef),
        ("url", "https://x.acme.com/?key=${K}", C::EnvRef),
        ("url", "https://x.acme.com/${TENANT}/sse", C::EnvRef),
        ("url", "postgres://app:${DB_PASSWORD}@db/crm", C::EnvRef),
        ("Authorization", "Bearer ${input:github-token}", C::PromptRef),
        ("X", "${user_config.API_KEY}", C::PromptRef),
        ("X", "${{ secrets.COPILOT_MCP_TOKEN }}", C::CiSecretRef),
        ("X", "Bearer ${{ vars.TOKEN }}", C::CiSecretRef),
        ("X", "COPILOT_MCP_TOKEN", C::CiSecretRef),
        ("X", "sops", C::VaultRef),
        ("X", "keyring:crm/token", C::VaultRef),
        ("X", "op://vault/item/field", C::VaultRef),
        ("X", "vault:kv/crm#token", C::VaultRef),
        ("X", "arn:aws:secretsmanager:eu-west-1:000000000000:secret:crm-a1b2c3", C::VaultRef),
        ("X", "arn:aws:ssm:eu-west-1:000000000000:parameter/crm", C::VaultRef),
        ("X", "projects/acme/secrets/crm/versions/1", C::VaultRef),
        ("X", "https://acme.vault.azure.net/secrets/crm", C::VaultRef),
        ("X", "{{resolve:secretsmanager:crm:SecretString:token}}", C::VaultRef),
        ("X", "ENC[AES256_GCM,data:abc,iv:abc]", C::VaultRef),
        ("X", "{file:~/.secrets/openai}", C::FileRef),
        ("X", "/exists/sa.json", C::FileRef),
        ("GOOGLE_APPLICATION_CREDENTIALS", "sa.json", C::FileRef),
        ("AWS_PROFILE", "audit", C::FileRef),
        ("X", github.as_str(), C::Literal),
        ("url", "postgres://app:hunter2@db.example.com/crm", C::Literal),
        ("url", "https://mcp.example.com/sse?api_key=q7Zt4Lm9Xc2Vb8Nr", C::Literal),
        ("SERVICE_TOKEN", "q7Zt4Lm9Xc2Vb8Nr", C::Literal),
        ("SERVICE_HOST", "q7Zt4Lm9Xc2Vb8Nr", C::Plain),
        ("LOG_LEVEL", "debug", C::Plain),
    ] {
        assert_eq!(class(name, value), expected, "{name}={value}");
    }
}

#[test]
fn what_only_looks_telling_is_no_secret() {
    for (name, value) in [
        ("GITHUB_TOOLSETS", "repos,issues,pull_requests"),
        ("FASTMCP_LOG_LEVEL", "ERROR"),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_PROFILE", "audit-readonly-profile"),
        ("PROJECT_ID", "9f1c3a52-7b1e-4c57-a0a5-0d8e6c1f2b3a"),
        ("ACTUAL_BUDGET_SYNC_ID", "9f1c3a52-7b1e-4c57-a0a5-0d8e6c1f2b3a"),
        ("TOKEN_URL", "https://auth.acme.com/oauth2/v2/token"),
        ("TOKEN_FILE", "/var/run/secrets/token-a1b2c3"),
        ("MAX_TOKENS", "409600000000"),
        ("DATABASE_URL", "postgres://app@db.acme.com:5432/crm"),
        ("DATABASE_URL", "postgresql://username:password@localhost:5432/database"),
        ("API_KEY", "{{ .Values.apiKey }}"),
        ("ENABLE_AUTH", "true"),
    ] {
        assert!(!class(name, value).is_hard_coded(), "{name}={value}");
    }
}

#[test]
fn the_part_that_matters_is_given_back() {
    let classified = classify("Authorization", "Bearer ${TOKEN}", &|_| false);
    assert_eq!(classified.part, "TOKEN");
    let classified = classify("url", " postgres://app:hunter2@db/crm ", &|_| false);
    assert_eq!(classified.part, "postgres://app:hunter2@db/crm");
    assert_eq!(classified.rule.unwrap().id, "dsn");
}

#[test]
fn the_first_class_that_fits_wins() {
    use ValueClass as C;
    let github = format!("ghp_{}", "q7Zt4Lm9Xc2Vb8NrQ7Zt4Lm9Xc2Vb8NrAb12");
    for (name, value, expected) in [
        // A stand-in before a default, a reference, a vault's item, a file.
        ("TOKEN", "your-${TOKEN}".to_owned(), C::Placeholder),
        ("X", "op://your-vault/item/field".to_owned(), C::Placeholder),
        ("GOOGLE_APPLICATION_CREDENTIALS", "/path/to/your-key.json".to_owned(), C::Placeholder),
        // A default before the reference that it is the default of; one that is a stand-in stays a reference.
        ("TOKEN", format!("${{TOKEN:-{github}}}"), C::DefaultLeak),
        ("TOKEN", "${TOKEN:-changeme}".to_owned(), C::EnvRef),
        // A variable before a prompt, a prompt before CI's secret, that before a vault's.
        ("TOKEN", "Bearer ${env:TOKEN}".to_owned(), C::EnvRef),
        ("TOKEN", "${input:token}".to_owned(), C::PromptRef),
        ("TOKEN", "${{ secrets.TOKEN }}".to_owned(), C::CiSecretRef),
        // A file before a literal, but the key itself is none.
        ("API_TOKEN", "/exists/q7Zt4Lm9Xc2Vb8Nr.key".to_owned(), C::FileRef),
        ("GOOGLE_APPLICATION_CREDENTIALS", format!("{{\"token\": \"{github}\"}}"), C::Literal),
        // A literal before anything else.
        ("LOG_LEVEL", github, C::Literal),
    ] {
        assert_eq!(class(name, &value), expected, "{name}={value}");
    }
}
