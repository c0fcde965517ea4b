//! JSON that is also safe to look at: what [`super::is_hidden`] is written as `\uXXXX`. A parser reads the same value,
//! and a terminal that shows the text is not steered by it; JSON itself only asks for C0 to be escaped.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};

use super::is_hidden;

/// Writes a value over several lines, indented by two spaces, with a final newline.
pub(crate) fn pretty(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let mut serializer = Serializer::with_formatter(&mut *out, Visible(PrettyFormatter::new()));
    value.serialize(&mut serializer)?;
    writeln!(out)
}

/// Writes a value as one line.
pub(crate) fn line(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let mut serializer = Serializer::with_formatter(&mut *out, Visible(CompactFormatter));
    value.serialize(&mut serializer)?;
    writeln!(out)
}

struct Visible<F>(F);

macro_rules! forward {
    ($($method:ident($($argument:ident: $type:ty),*);)+) => {
        $(fn $method<W: ?Sized + Write>(&mut self, writer: &mut W $(, $argument: $type)*) -> io::Result<()> {
            self.0.$method(writer $(, $argument)*)
        })+
    };
}

impl<F: Formatter> Formatter for Visible<F> {
    forward! {
        begin_array();
        end_array();
        begin_array_value(first: bool);
        end_array_value();
        begin_object();
        end_object();
        begin_object_key(first: bool);
        end_object_key();
        begin_object_value();
        end_object_value();
    }

    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        if fragment.is_ascii() && !fragment.contains('\u{7f}') {
            return writer.write_all(fragment.as_bytes());
        }
        let mut rest = fragment;
        while let Some((at, c)) = rest.char_indices().find(|(_, c)| is_hidden(*c)) {
            writer.write_all(&rest.as_bytes()[..at])?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = &rest[at + c.len_utf8()..];
        }
        writer.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_are_escaped_and_read_back_the_same() {
        let value = serde_json::json!({"na\u{9b}me": ["\u{202e}x", "\u{e0041}", "é\n\"", "\u{7f}"], "n": 1.5, "e": {}});
        for write in [pretty, line] {
            let mut bytes = Vec::new();
            write(&value, &mut bytes).unwrap();
            let text = String::from_utf8(bytes).unwrap();
            assert!(!text.chars().any(|c| is_hidden(c) && c != '\n'), "{text}");
            assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
        }
    }

    #[test]
    fn otherwise_it_is_what_serde_json_writes() {
        let value = serde_json::json!({"a": [1, 2, {"b": null}], "c": [], "d": "ö"});
        let mut bytes = Vec::new();
        pretty(&value, &mut bytes).unwrap();
        assert_eq!(String::from_utf8(bytes).unwrap(), serde_json::to_string_pretty(&value).unwrap() + "\n");
    }
}
