//! What platforms call things is hostile text. Here it is made harmless for each place that shows it.
//!
//! [`visible`] is the common part: every character that a reader cannot see, or that moves the cursor or the reading
//! direction, becomes its escape sequence in plain sight. HTML and SVG get their markup escaping from the template
//! engine on top of it.

pub(crate) mod csv;
pub(crate) mod json;
pub(crate) mod markdown;

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Whether a character cannot be seen or changes how others are seen: controls (C0, DEL, C1), zero-width characters,
/// directional marks and overrides, line separators, invisible fillers, variation selectors and tags.
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// The text with every hidden character written out: `\n`, `\t`, `\u{202e}`. What comes back is one line that is safe
/// to send to a terminal.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_hidden(c) => {
                write!(out, "\\u{{{:x}}}", u32::from(c)).expect("writing to a String cannot fail");
            }
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// The name by which the command line asks for [`visible`].
pub use self::visible as terminal;

/// [`visible`] for a text of several lines: newlines stay.
pub fn terminal_lines(text: &str) -> String {
    text.split('\n').map(visible).collect::<Vec<_>>().join("\n")
}

/// How many columns a text takes on a terminal.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// [`visible`], and if it is wider than `max` columns, with its middle left out: both ends of an id tell it apart.
pub(crate) fn shortened(text: &str, max: usize) -> String {
    let text = visible(text);
    if text.width() <= max {
        return text.into_owned();
    }
    let room = max.saturating_sub(1);
    let head = take_columns(text.chars(), room.div_ceil(2));
    let tail: String = take_columns(text.chars().rev(), room / 2).chars().rev().collect();
    format!("{head}…{tail}")
}

/// [`visible`], and if it is wider than `max` columns, with its end left out: for sentences.
pub(crate) fn cut(text: &str, max: usize) -> String {
    let text = visible(text);
    if text.width() <= max {
        return text.into_owned();
    }
    format!("{}…", take_columns(text.chars(), max.saturating_sub(1)))
}

fn take_columns(chars: impl Iterator<Item = char>, columns: usize) -> String {
    let mut used = 0;
    chars
        .take_while(|c| {
            used += c.width().unwrap_or(0);
            used <= columns
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_moves_a_cursor_or_turns_text_around_stays() {
        let hostile = "a\u{1b}[2Jb\u{9b}31m\r\n\t\u{7f}\u{202e}exe\u{200b}\u{feff}\u{e0041}\u{2066}";
        let shown = visible(hostile);
        assert_eq!(shown, "a\\u{1b}[2Jb\\u{9b}31m\\r\\n\\t\\u{7f}\\u{202e}exe\\u{200b}\\u{feff}\\u{e0041}\\u{2066}");
        assert!(!shown.chars().any(is_hidden));
    }

    #[test]
    fn ordinary_text_of_any_script_stays_as_it_is() {
        for text in ["ci-deployer", "Zoë Müller", "開発チーム", "команда", "🔑 key"] {
            assert!(matches!(visible(text), Cow::Borrowed(same) if same == text));
        }
    }

    #[test]
    fn long_text_is_cut_to_columns_and_not_to_bytes() {
        assert_eq!(shortened("arn:aws:iam::000000000000:user/ci-deployer", 21), "arn:aws:ia…i-deployer");
        assert_eq!(width(&shortened(&"鍵".repeat(50), 10)), 9);
        assert_eq!(cut("a sentence that goes on", 11), "a sentence…");
        assert_eq!(cut("short", 11), "short");
    }
}
