//! Text inside Markdown, in the dialect of GitHub and GitLab.

use super::visible;

/// A sentence: nothing in it is markup, a link, an image or HTML. Also safe in a table cell.
pub(crate) fn text(text: &str) -> String {
    let shown = visible(text);
    let mut out = String::with_capacity(shown.len() + 8);
    for c in shown.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // Everything that can open markup or an automatic link (`:` of a URL, `.` of www., `@` of a mention). ASCII
            // punctuation may always be escaped (CommonMark 0.31, 2.4).
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '#' | '+' | '!' | '|' | '~' | '$' | '^'
            | '=' | ':' | '@' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    // Only the start of a line can open a list, a rule or a heading underline.
    if out.starts_with('-') {
        out.insert(0, '\\');
    }
    if out.starts_with("www.") {
        out.insert(3, '\\');
    }
    out.replace(" www.", " www\\.")
}

/// A name, id or path as a code span. Also safe in a table cell, where only the pipe counts.
pub(crate) fn code(text: &str) -> String {
    let shown = visible(text).replace('|', "\\|");
    if shown.is_empty() {
        return "–".to_owned();
    }
    let fence = "`".repeat(longest_run(&shown, '`') + 1);
    let pad = if shown.starts_with(['`', ' ']) || shown.ends_with(['`', ' ']) { " " } else { "" };
    format!("{fence}{pad}{shown}{pad}{fence}")
}

/// Lines as a fenced block.
pub(crate) fn block(lines: &[String]) -> String {
    let shown: Vec<_> = lines.iter().map(|line| visible(line)).collect();
    let ticks = shown.iter().map(|line| longest_run(line, '`')).max().unwrap_or(0).max(2) + 1;
    let fence = "`".repeat(ticks);
    format!("{fence}sh\n{}\n{fence}\n", shown.join("\n"))
}

fn longest_run(text: &str, of: char) -> usize {
    text.split(|c| c != of).map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_cannot_become_a_link_an_image_html_or_a_table_row() {
        assert_eq!(text("[x](http://e.example)"), "\\[x\\]\\(http\\://e.example\\)");
        assert_eq!(text("<img src=x>|a\n# b"), "&lt;img src\\=x&gt;\\|a\\\\n\\# b");
        assert_eq!(text("- www.e.example"), "\\- www\\.e.example");
    }

    #[test]
    fn a_code_span_cannot_be_closed_from_within() {
        assert_eq!(code("a`b``c"), "```a`b``c```");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(code("a|b"), "`a\\|b`");
        assert_eq!(block(&["echo ```".to_owned()]), "````sh\necho ```\n````\n");
    }
}
