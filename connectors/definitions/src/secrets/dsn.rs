//! URLs that carry a secret: a password before the host (`postgres://app:…@db/x`), or a key in the query
//! (`?api_key=…`).

use std::ops::Range;

/// Schemes of databases and brokers; anything else with a password in it is a plain URL with a password.
const DATABASES: &[&str] = &[
    "postgres",
    "postgresql",
    "mysql",
    "mariadb",
    "mongodb",
    "mongodb+srv",
    "redis",
    "rediss",
    "amqp",
    "amqps",
    "mssql",
    "sqlserver",
    "clickhouse",
    "neo4j",
    "neo4j+s",
    "bolt",
    "cockroachdb",
    "snowflake",
    "oracle",
    "ftp",
    "ldap",
    "ldaps",
    "smtp",
    "smtps",
    "nats",
    "kafka",
    "elasticsearch",
    "opensearch",
];

/// Bytes of a scheme, and of what follows it.
const MAX_SCHEME: usize = 32;
const MAX_URL: usize = 1024;

/// Query parameters that carry a secret.
const SECRET_PARAMETERS: &[&str] = &[
    "api_key",
    "apikey",
    "api-key",
    "key",
    "token",
    "access_token",
    "auth_token",
    "auth",
    "secret",
    "client_secret",
    "password",
    "passwd",
    "sig",
    "code",
    "access_key",
];

/// The parts of a URL that matter here, as ranges into the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SecretUrl {
    pub(crate) scheme: Range<usize>,
    /// Empty when there is none.
    pub(crate) user: Range<usize>,
    /// The password; empty when there is none.
    pub(crate) password: Range<usize>,
    pub(crate) host: Range<usize>,
    /// The first part of the path: the database.
    pub(crate) path: Range<usize>,
    /// Names and values of query parameters that carry secrets.
    pub(crate) parameters: Vec<(Range<usize>, Range<usize>)>,
    pub(crate) end: usize,
}

impl SecretUrl {
    pub(crate) fn is_database(&self, text: &[u8]) -> bool {
        let scheme = String::from_utf8_lossy(&text[self.scheme.clone()]).to_ascii_lowercase();
        // `postgresql+asyncpg` and the like name a driver after the database.
        DATABASES.contains(&scheme.as_str())
            || scheme.split_once('+').is_some_and(|(database, _)| DATABASES.contains(&database))
    }
}

/// Reads the URL around a `://` at `at`. `None` when it can hold no secret.
pub(crate) fn parse_at(text: &[u8], at: usize) -> Option<SecretUrl> {
    let earliest = at.saturating_sub(MAX_SCHEME);
    let scheme_start = earliest
        + text[earliest..at]
            .iter()
            .rposition(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.')))
            .map_or(0, |before| before + 1);
    if scheme_start == at {
        return None;
    }
    let rest = at + 3;
    let end = text[rest..]
        .iter()
        .take(MAX_URL + 1)
        .position(|b| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'`' | b'<' | b'>' | b'\\' | b'|'))
        .map_or(text.len().min(rest + MAX_URL + 1), |n| rest + n);
    if end - rest > MAX_URL {
        return None;
    }
    let authority_end = text[rest..end].iter().position(|b| matches!(b, b'/' | b'?' | b'#')).map_or(end, |n| rest + n);
    // A password may hold an unescaped `/` or `@`; the last `@` before the query ends it, when what follows is a host.
    let search_end = text[rest..end].iter().position(|b| *b == b'?').map_or(end, |n| rest + n);
    let at_sign = memchr::memrchr(b'@', &text[rest..authority_end])
        .or_else(|| {
            let n = memchr::memrchr(b'@', &text[rest..search_end])?;
            memchr::memchr(b':', &text[rest..authority_end])?;
            Some(n)
        })
        .map(|n| rest + n);
    let host_start = at_sign.map_or(rest, |n| n + 1);
    let host_end =
        text[host_start..end].iter().position(|b| matches!(b, b'/' | b'?' | b'#')).map_or(end, |n| host_start + n);
    let (user, password) = match at_sign {
        Some(sign) => match memchr::memchr(b':', &text[rest..sign]) {
            Some(colon) => (rest..rest + colon, rest + colon + 1..sign),
            None => (rest..sign, sign..sign),
        },
        None => (rest..rest, rest..rest),
    };
    let path_start = (host_end + 1).min(end);
    let path_end =
        text[path_start..end].iter().position(|b| matches!(b, b'/' | b'?' | b'#')).map_or(end, |n| path_start + n);
    let parameters = parameters(text, host_end..end);
    if password.is_empty() && parameters.is_empty() {
        return None;
    }
    Some(SecretUrl {
        scheme: scheme_start..at,
        user,
        password,
        host: host_start..host_end,
        path: path_start..path_end.max(path_start),
        parameters,
        end,
    })
}

fn parameters(text: &[u8], within: Range<usize>) -> Vec<(Range<usize>, Range<usize>)> {
    let Some(question) = memchr::memchr(b'?', &text[within.clone()]) else { return Vec::new() };
    let mut found = Vec::new();
    let mut start = within.start + question + 1;
    while start < within.end {
        let stop = text[start..within.end]
            .iter()
            .position(|b| matches!(b, b'&' | b'#' | b';'))
            .map_or(within.end, |n| start + n);
        if let Some(equals) = memchr::memchr(b'=', &text[start..stop]) {
            let name = start..start + equals;
            let lower = String::from_utf8_lossy(&text[name.clone()]).to_ascii_lowercase();
            if SECRET_PARAMETERS.contains(&lower.as_str()) && start + equals + 1 < stop {
                found.push((name, start + equals + 1..stop));
            }
        }
        start = stop + 1;
    }
    found
}

/// The first `://` of a text that starts like a URL, read.
pub(crate) fn parse(text: &str) -> Option<SecretUrl> {
    let at = text.find("://")?;
    parse_at(text.as_bytes(), at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> Option<&str> {
        parse(text).map(|url| &text[url.password])
    }

    #[test]
    fn the_password_of_a_connection_string_is_found() {
        assert_eq!(password("postgres://app:s3cr3t@db.acme.com:5432/crm"), Some("s3cr3t"));
        assert_eq!(password("redis://:s3cr3t@cache/0"), Some("s3cr3t"));
        assert_eq!(password("postgres://app:pa/ss@wo@db/crm"), Some("pa/ss@wo"));
        assert_eq!(password("postgresql+asyncpg://a:b@c/d?x=1"), Some("b"));
    }

    #[test]
    fn a_url_without_a_secret_is_none() {
        for text in ["https://acme.com/a@b", "postgres://app@db/crm", "postgres://db/crm", "://", "https://x/?page=2"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn keys_in_the_query_are_found() {
        let text = "https://mcp.acme.com/sse?page=1&api_key=abc123#x";
        let url = parse(text).unwrap();
        assert_eq!(&text[url.parameters[0].1.clone()], "abc123");
        assert_eq!(&text[url.host], "mcp.acme.com");
    }

    #[test]
    fn the_user_and_the_database_are_told_apart() {
        let text = "mysql://app:pw@db:3306/crm/x";
        let url = parse(text).unwrap();
        assert!(url.is_database(text.as_bytes()));
        assert_eq!((&text[url.user], &text[url.host], &text[url.path]), ("app", "db:3306", "crm"));
    }
}
