//! Made-up secrets with the shapes and checksums of real ones, made when a test runs so that none stands in a file.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

const BASE62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const HEX: &[u8] = b"0123456789abcdef";

/// Characters that depend on the seed alone. Never what looks like a placeholder.
fn random(seed: &str, alphabet: &[u8], length: usize) -> String {
    for round in 0u32.. {
        let mut text = String::new();
        for block in 0u32.. {
            for byte in Sha256::digest(format!("{seed}/{round}/{block}")) {
                if usize::from(byte) < 256 - 256 % alphabet.len() {
                    text.push(char::from(alphabet[usize::from(byte) % alphabet.len()]));
                }
            }
            if text.len() >= length {
                break;
            }
        }
        text.truncate(length);
        let lower = text.to_lowercase();
        if !["xxx", "todo", "dummy", "your"].iter().any(|word| lower.contains(word)) {
            return text;
        }
    }
    unreachable!("one of four billion rounds has no such word")
}

fn checksum(body: &str) -> String {
    let mut rest = crc32fast::hash(body.as_bytes());
    let mut digits = Vec::new();
    for _ in 0..6 {
        digits.push(BASE62[(rest % 62) as usize]);
        rest /= 62;
    }
    digits.reverse();
    String::from_utf8(digits).expect("digits of the alphabet are ASCII")
}

/// The secret of a kind for a seed.
pub(crate) fn token(kind: &str, seed: &str) -> String {
    let full = format!("{kind}:{seed}");
    let r = |alphabet, length| random(&full, alphabet, length);
    match kind {
        "github" => {
            let body = r(BASE62, 30);
            format!("ghp_{body}{}", checksum(&body))
        }
        "github-bad" => format!("ghp_{}000000", r(BASE62, 30)),
        "github-fine" => format!("github_pat_{}_{}", r(BASE62, 22), random(&format!("{full}2"), BASE62, 59)),
        "anthropic" => format!("sk-ant-api03-{}AA", r(BASE62, 93)),
        "openai" => format!("sk-proj-{}T3BlbkFJ{}", r(BASE62, 40), random(&format!("{full}2"), BASE62, 40)),
        "slack" => {
            format!("xoxb-{}-{}-{}", r(b"123456789", 12), random(&format!("{full}2"), b"123456789", 13), r(BASE62, 24))
        }
        "google" => format!("AIza{}", r(BASE62, 35)),
        "stripe" => format!("sk_live_{}", r(BASE62, 24)),
        "huggingface" => format!("hf_{}", r(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", 34)),
        "gitlab" => format!("glpat-{}", r(BASE62, 20)),
        "azure" => format!("{}8Q~{}", r(BASE62, 3), random(&format!("{full}2"), BASE62, 34)),
        "databricks" => format!("dapi{}", r(HEX, 32)),
        "npm" => {
            let body = r(BASE62, 30);
            format!("npm_{body}{}", checksum(&body))
        }
        "xai" => format!("xai-{}", r(BASE62, 80)),
        "tavily" => format!("tvly-dev-{}", r(BASE62, 32)),
        "pinecone" => format!("pcsk_{}_{}", r(BASE62, 6), random(&format!("{full}2"), BASE62, 56)),
        "groq" => format!("gsk_{}", r(BASE62, 52)),
        "sendgrid" => format!("SG.{}.{}", r(BASE62, 22), random(&format!("{full}2"), BASE62, 43)),
        "vault" => format!("hvs.{}", r(BASE62, 90)),
        "digitalocean" => format!("dop_v1_{}", r(HEX, 64)),
        "replicate" => format!("r8_{}", r(BASE62, 37)),
        "langsmith" => format!("lsv2_pt_{}_{}", r(HEX, 32), random(&format!("{full}2"), HEX, 10)),
        "langfuse" => {
            let hex = r(HEX, 32);
            format!("sk-lf-{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
        }
        "atlassian" => {
            format!("ATATT3xFfGF0{}={}", r(BASE62, 160), random(&format!("{full}2"), b"0123456789ABCDEF", 8))
        }
        "azure-storage" => format!("AccountName=acme;AccountKey={}==", r(BASE62, 86)),
        "azure-sas" => format!(
            "https://acme.blob.core.windows.net/c?sv=2024-01-01&se=2027-03-01T00%3A00%3A00Z&sr=c&sig={}%3D",
            r(BASE62, 43)
        ),
        "aws-id" => format!("AKIAY{}", r(BASE32, 15)),
        "aws-secret" => format!("{}/{}", r(BASE62, 20), random(&format!("{full}2"), BASE62, 19)),
        "password" => format!("{}!{}", r(BASE62, 9), r(b"23456789", 3)).replace('!', "-"),
        "generic" => format!("{}7k", r(BASE62, 26)),
        "hex" => r(HEX, 32),
        "key-id" => r(HEX, 40),
        "pem" => {
            let lines: Vec<String> = (0..4).map(|n| random(&format!("{full}/{n}"), BASE62, 64)).collect();
            format!("-----BEGIN PRIVATE KEY-----\\n{}\\n-----END PRIVATE KEY-----\\n", lines.join("\\n"))
        }
        "jwt" => {
            let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256","typ":"JWT"}"#);
            let claims = URL_SAFE_NO_PAD.encode(format!(
                r#"{{"iss":"https://idp.example.com","sub":"agent-{seed}","aud":"crm","exp":1900000000}}"#
            ));
            format!("{header}.{claims}.{}", r(BASE62, 43))
        }
        "basic" => STANDARD.encode(format!("bot:{}", r(BASE62, 20))),
        other => panic!("no kind of secret {other:?}"),
    }
}

/// Puts secrets where a text has `@@kind:seed@@`, and tells which.
pub(crate) fn planted(text: &str) -> (String, Vec<String>) {
    let mut made = Vec::new();
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("@@") {
        let Some(length) = rest[start + 2..].find("@@") else { break };
        let mark = &rest[start + 2..start + 2 + length];
        let (kind, seed) = mark.split_once(':').unwrap_or_else(|| panic!("{mark:?} is no mark"));
        let secret = token(kind, seed);
        out.push_str(&rest[..start]);
        out.push_str(&secret);
        // Ids are public; the rest must never be told.
        if !["aws-id", "key-id"].contains(&kind) {
            made.push(secret);
        }
        rest = &rest[start + 4 + length..];
    }
    out.push_str(rest);
    (out, made)
}
