//! Hostile names through every format, read back by real parsers.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use pulldown_cmark::{Event, Options as Dialect, Parser, Tag};
use serde_json::Value;
use whosekey::report::explain::{Ends, Subject};
use whosekey::report::index::Index;
use whosekey::report::list::{self, Filter, What};
use whosekey::report::{self, Color, Format, Options, explain, v1};

/// What people put into names: markup, formulas, terminal sequences, invisible characters, paths, templates.
const HOSTILE: &[&str] = &[
    "<script>document.title='PWNED'</script>",
    "\"><img src=x onerror=\"document.title='PWNED'\">",
    "'/><svg onload=document.title='PWNED'>",
    "</style></script></title><script>document.title='PWNED'</script>",
    "--><iframe src=javascript:alert(1)>",
    "javascript:alert(1)//",
    "&lt;script&gt;",
    "{{7*7}}{% raw %}",
    "=HYPERLINK(\"http://e.example\",\"x\")",
    "+1+1",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    " =1",
    "\"=1",
    "＝1",
    "\u{1b}[2J\u{1b}]0;owned\u{7}",
    "\u{9b}31mred",
    "\u{202e}gpj.exe",
    "\u{2066}a\u{2069}",
    "\u{200b}\u{feff}\u{00ad}",
    "\u{e0041}\u{e0042}",
    "line\nbreak\r\nand\u{2028}more",
    "nul\0byte\u{7f}",
    "[x](javascript:alert(1))",
    "![x](http://e.example/x.png)",
    "| a | b |\n| --- | --- |",
    "```\n# heading\n```",
    "*bold* _em_ ~~gone~~ <!-- x -->",
    "- item",
    "# heading",
    "https://e.example www.e.example",
    "../../../etc/passwd",
    "file:///etc/passwd",
    "C:\\Windows\\x",
    "a b#c?d%2e%2e",
    "{0} {1}",
    "%s%n",
    "'; drop table entities; --",
    "𝕏\u{301}\u{301}é",
];

/// Keys whose values are words of ours, numbers of ours or times, and never a platform's text.
const OURS: &[&str] = &[
    "schema_version",
    "generated_at",
    "now",
    "kind",
    "outcome",
    "started_at",
    "finished_at",
    "last_complete_at",
    "first_seen",
    "last_seen",
    "gone_at",
    "missing_since",
    "created_at",
    "last_used_at",
    "use_tracked_since",
    "expires_at",
    "enabled",
    "state",
    "role",
    "verdict",
    "severity",
    "confidence",
    "status",
    "level",
    "until",
    "summary",
    "closed_at",
];

/// The report with every text of a platform prefixed, so that references between its parts still hold.
fn poisoned(text: &str) -> v1::Report {
    let mut value: Value = serde_json::from_str(include_str!("report/acme.json")).unwrap();
    poison(&mut value, text);
    serde_json::from_value(value).unwrap()
}

fn poison(value: &mut Value, text: &str) {
    match value {
        Value::String(original) => original.insert_str(0, text),
        Value::Array(items) => items.iter_mut().for_each(|item| poison(item, text)),
        Value::Object(map) => {
            for (key, value) in map.iter_mut() {
                // `evidence` is a word of ours in links and owners, and a list of texts in findings.
                let is_ours = OURS.contains(&key.as_str()) || (key == "evidence" && value.is_string());
                if !is_ours {
                    poison(value, text);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn written(report: &v1::Report, format: Format, options: &Options) -> String {
    let mut bytes = Vec::new();
    report::write(report, format, &mut bytes, options).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn is_steering(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
}

/// Our own colours: `ESC [ digits ; m`. Whatever else begins with ESC stays and is found.
fn without_colours(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once('m') {
            Some((codes, rest)) if codes.chars().all(|c| c.is_ascii_digit() || c == ';') => out.push_str(rest),
            _ => {
                out.push('\u{1b}');
                out.push_str(part);
            }
        }
    }
    out
}

fn assert_harmless_on_a_terminal(text: &str, from: &str) {
    let found: Vec<char> = without_colours(text).chars().filter(|c| is_steering(*c)).collect();
    assert!(found.is_empty(), "{found:?} from {from:?}");
}

#[test]
fn no_screen_and_no_json_steers_a_terminal() {
    for hostile in HOSTILE {
        let report = poisoned(hostile);
        for color in [Color::Always, Color::Never] {
            let options = Options { color, width: Some(120), ..Options::default() };
            for format in [Format::Table, Format::Json, Format::Csv, Format::Sarif, Format::Markdown, Format::Html] {
                assert_harmless_on_a_terminal(&written(&report, format, &options), hostile);
            }
            for what in ["identities", "agents", "owners", "resources", "findings", "scopes", "sources"] {
                let mut bytes = Vec::new();
                let what = What::from_word(what).unwrap();
                list::write(&report, what, &Filter::default(), Format::Table, &mut bytes, &options).unwrap();
                assert_harmless_on_a_terminal(&String::from_utf8(bytes).unwrap(), hostile);
            }
            let index = Index::new(&report);
            for entity in &report.entities {
                let mut bytes = Vec::new();
                let subject = Subject::Entity(entity);
                explain::write(&index, &Ends::default(), subject, Format::Table, &mut bytes, &options).unwrap();
                assert_harmless_on_a_terminal(&String::from_utf8(bytes).unwrap(), hostile);
            }
        }
    }
}

#[test]
fn json_loses_nothing() {
    for hostile in HOSTILE {
        let report = poisoned(hostile);
        let read: v1::Report = serde_json::from_str(&written(&report, Format::Json, &Options::default())).unwrap();
        assert_eq!(read, report, "{hostile:?}");
    }
}

#[test]
fn csv_keeps_its_shape_and_holds_no_formula() {
    for hostile in HOSTILE {
        let report = poisoned(hostile);
        let text = written(&report, Format::Csv, &Options::default());
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
        let width = reader.headers().unwrap().len();
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), report.findings.len(), "{hostile:?}");
        for row in rows {
            assert_eq!(row.len(), width, "{hostile:?}");
            for cell in &row {
                let first = cell.trim_start_matches([' ', '"']).chars().next();
                let runs = matches!(first, Some('=' | '+' | '-' | '@' | '\t' | '\r' | '＝' | '＋' | '－' | '＠'));
                assert!(!runs, "{cell:?} from {hostile:?}");
            }
        }
    }
}

#[test]
fn sarif_parses_and_its_uris_are_relative_and_whole() {
    for hostile in HOSTILE {
        let report = poisoned(hostile);
        let sarif: Value = serde_json::from_str(&written(&report, Format::Sarif, &Options::default())).unwrap();
        let results = sarif["runs"][0]["results"].as_array().unwrap();
        let rules = sarif["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
        assert_eq!(results.len(), report.findings.len());
        for result in results {
            let rule = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(rules[rule]["id"], result["ruleId"]);
            for location in result["locations"].as_array().unwrap() {
                assert!(!location["logicalLocations"].as_array().unwrap().is_empty());
                let Some(uri) = location["physicalLocation"]["artifactLocation"]["uri"].as_str() else { continue };
                let allowed = |c: char| c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=@%/".contains(c);
                assert!(uri.chars().all(allowed) && !uri.starts_with('/'), "{uri:?} from {hostile:?}");
            }
        }
    }
}

#[test]
fn markdown_holds_no_link_no_image_no_html_and_no_extra_table() {
    let shape = |report: &v1::Report| {
        let text = written(report, Format::Markdown, &Options::default());
        let (mut headings, mut tables, mut rows, mut blocks) = (0, 0, 0, 0);
        for event in Parser::new_ext(&text, Dialect::ENABLE_TABLES | Dialect::ENABLE_STRIKETHROUGH) {
            match event {
                Event::Start(Tag::Link { .. } | Tag::Image { .. } | Tag::HtmlBlock | Tag::Emphasis | Tag::Strong)
                | Event::Html(_)
                | Event::InlineHtml(_)
                | Event::Rule => panic!("{event:?}"),
                Event::Start(Tag::Heading { .. }) => headings += 1,
                Event::Start(Tag::Table(_)) => tables += 1,
                Event::Start(Tag::TableRow) => rows += 1,
                Event::Start(Tag::CodeBlock(_)) => blocks += 1,
                _ => {}
            }
        }
        (headings, tables, rows, blocks)
    };
    let ordinary = shape(&poisoned(""));
    for hostile in HOSTILE {
        assert_eq!(shape(&poisoned(hostile)), ordinary, "{hostile:?}");
    }
}

#[test]
fn html_has_the_same_tags_whatever_things_are_called() {
    let tags = |report: &v1::Report| {
        let page = written(report, Format::Html, &Options::default());
        let (page, _) = page.split_once("<script>").unwrap();
        // A reference that is an https URL is a link, and may be.
        page.matches('<').count() - page.matches("<a href=\"https://").count() * 2
    };
    let ordinary = tags(&poisoned("x"));
    for hostile in HOSTILE {
        assert_eq!(tags(&poisoned(hostile)), ordinary, "{hostile:?}");
    }
}

#[test]
fn a_name_of_a_megabyte_does_not_fill_a_page() {
    let report = poisoned(&"<é\u{202e}".repeat(100_000));
    assert!(written(&report, Format::Html, &Options::default()).len() < report::html::MOST_BYTES);
}
