//! Which secrets the text of a workflow refers to: `${{ secrets.NPM }}`, `${{ secrets['NPM'] }}`.
//!
//! An expression may also take all of them at once (`toJSON(secrets)`), or one whose name is known only when it runs
//! (`secrets[matrix.key]`); which it takes then is not known from here. Strings stand in single quotes
//! (<https://docs.github.com/en/actions/reference/workflows-and-actions/expressions>, seen 2026-11-27), and contexts are
//! named in any case of letters.

use std::collections::BTreeSet;

/// What a text refers to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Referred {
    /// The names, as GitHub has them: in capitals. The token that every job gets is none.
    pub(crate) names: BTreeSet<String>,
    /// Whether it may refer to any other.
    pub(crate) any: bool,
}

/// The secrets that a text refers to. One that is named outside of expressions, in a comment perhaps, counts too: nobody
/// shall take it away without having read that.
pub(crate) fn secrets_in(text: &str) -> Referred {
    let mut referred = Referred { names: plainly_named(text).collect(), any: false };
    let mut rest = text;
    while let Some((_, expression)) = rest.split_once("${{") {
        let end = end_of(expression);
        // One without an end was misread, or is none.
        referred.any |= end.is_none();
        let (expression, after) = expression.split_at(end.unwrap_or(expression.len()));
        read(expression, &mut referred);
        rest = after;
    }
    referred.names.remove("GITHUB_TOKEN");
    referred
}

/// Where an expression ends: at the first braces that stand in no string.
fn end_of(expression: &str) -> Option<usize> {
    let mut is_string = false;
    let mut characters = expression.char_indices();
    let ends = characters.find(|(at, character)| {
        is_string ^= *character == '\'';
        !is_string && expression[*at..].starts_with("}}")
    });
    ends.map(|(at, _)| at)
}

fn is_of_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_' || character == '-'
}

/// The name that a text begins with, and what follows it.
fn name(text: &str) -> (&str, &str) {
    text.split_at(text.find(|character| !is_of_name(character)).unwrap_or(text.len()))
}

fn read(expression: &str, referred: &mut Referred) {
    let mut rest = expression;
    let mut is_property = false;
    while let Some(first) = rest.chars().next() {
        if first == '\'' {
            rest = rest[1..].split_once('\'').map_or("", |(_, after)| after);
            is_property = false;
        } else if is_of_name(first) {
            let (word, after) = name(rest);
            rest = after;
            if word.eq_ignore_ascii_case("secrets") && !is_property {
                match selected(after) {
                    Some(name) => _ = referred.names.insert(name),
                    None => referred.any = true,
                }
            }
            is_property = false;
        } else {
            is_property = first == '.' || (is_property && first.is_whitespace());
            rest = &rest[first.len_utf8()..];
        }
    }
}

/// The one secret that is selected by what follows the word; none when it may be any.
fn selected(after: &str) -> Option<String> {
    let after = after.trim_start();
    let (name, _) = if let Some(property) = after.strip_prefix('.') {
        name(property.trim_start())
    } else {
        let index = after.strip_prefix('[')?.trim_start();
        // Within a string of YAML the quotes are doubled.
        let quoted = index.trim_start_matches('\'');
        let (name, rest) = name(quoted);
        let ends = rest.trim_start_matches('\'').trim_start().starts_with(']');
        (quoted.len() < index.len() && ends).then_some((name, rest))?
    };
    (!name.is_empty()).then(|| name.to_ascii_uppercase())
}

/// Those that stand in a text as `secrets.NAME`.
fn plainly_named(text: &str) -> impl Iterator<Item = String> {
    text.match_indices("secrets.").filter_map(|(at, word)| {
        let (name, _) = name(&text[at + word.len()..]);
        let is_whole = !text[..at].ends_with(|character| is_of_name(character) || character == '.');
        (is_whole && !name.is_empty()).then(|| name.to_ascii_uppercase())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        let referred = secrets_in(text);
        assert!(!referred.any, "{text}");
        referred.names.into_iter().collect()
    }

    #[test]
    fn a_secret_is_referred_to_by_its_name_in_any_form() {
        for text in [
            "${{ secrets.npm_token }}",
            "${{secrets.NPM_TOKEN}}",
            "${{ SECRETS . NPM_TOKEN || '' }}",
            "${{ secrets['npm_token'] }}",
            "'${{ secrets[ ''NPM_TOKEN'' ] }}'",
            "${{ format('{0}}}', secrets.NPM_TOKEN) }}",
            "# needs secrets.NPM_TOKEN",
        ] {
            assert_eq!(names(text), ["NPM_TOKEN"], "{text}");
        }
        assert_eq!(names("${{ secrets.A }}${{ secrets.B }} ${{ secrets.GITHUB_TOKEN }}"), ["A", "B"]);
    }

    #[test]
    fn what_takes_all_or_one_that_is_not_known_may_take_any() {
        for text in [
            "${{ toJSON(secrets) }}",
            "${{ tojson( Secrets ) }}",
            "${{ secrets[matrix.key] }}",
            "${{ secrets[format('{0}_KEY', inputs.stage)] }}",
            "${{ secrets['A' || 'B'] }}",
            "${{ secrets.* }}",
            "${{ join(secrets.*, '') }}",
            "${{ fromJSON(toJSON(\n  secrets\n)).X }}",
        ] {
            assert!(secrets_in(text).any, "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_a_secret_is_none() {
        for text in [
            "mysecrets.X secrets inherit secrets: inherit \"secrets\"",
            "${{ inputs.secrets }} ${{ needs.a.outputs.secrets.X }} ${{ needs.a.outputs . secrets }}",
            "${{ my_secrets.X }} ${{ my-secrets.X }}",
            "${{ 'secrets' }} ${{ format('secrets {0}', github.sha) }}",
            "run: ./audit --only secrets",
        ] {
            assert_eq!(secrets_in(text), Referred::default(), "{text}");
        }
    }

    #[test]
    fn of_an_expression_without_an_end_anything_is_believed() {
        for text in ["${{ secrets.A", "${{ secrets", "${{ secrets['A", "# don't write ${{ it's }}", "${{ 'secrets.A é"]
        {
            assert!(secrets_in(text).any, "{text}");
        }
        let misread = secrets_in("# ${{ it's }} it\n${{ secrets.A }}\n# that's ${{ secrets.B }}");
        assert_eq!(misread.names.into_iter().collect::<Vec<_>>(), ["A", "B"], "named all the same");
    }
}
