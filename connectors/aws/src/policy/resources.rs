//! How much of what an action can act on a statement's resources let it reach.

use super::catalog::Target;
use super::document::Choice;
use super::pattern::Pattern;

/// How far a statement reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reach {
    /// Everything of this kind.
    All,
    /// Everything but what `NotResource` names.
    AllBut,
    /// What these match.
    Some(Vec<Pattern>),
    /// Nothing of this kind.
    Nothing,
}

/// How far these resources reach for actions on `target`.
pub(super) fn reach(resources: &Choice, target: Target) -> Reach {
    match resources {
        Choice::AllBut(patterns) if patterns.is_empty() => Reach::All,
        Choice::AllBut(patterns) if patterns.iter().any(|p| is_whole(p, target)) => Reach::Nothing,
        Choice::AllBut(_) => Reach::AllBut,
        Choice::Only(patterns) if patterns.iter().any(|p| is_whole(p, target)) => Reach::All,
        Choice::Only(patterns) => {
            let meant: Vec<_> = patterns.iter().filter(|p| can_be(p, target)).cloned().collect();
            if meant.is_empty() { Reach::Nothing } else { Reach::Some(meant) }
        }
    }
}

/// Whether a pattern leaves nothing of this kind out, whatever account and region it names: `*`,
/// `arn:aws:iam::123456789012:role/*`, `arn:aws:lambda:eu-west-1:*:function:*`.
pub(super) fn is_whole(pattern: &Pattern, target: Target) -> bool {
    if pattern.is_everything() {
        return true;
    }
    let Some(arn) = split(pattern.as_str()) else { return false };
    if !can_be(pattern, target) {
        return false;
    }
    if is_stars(arn.resource) || arn.resource == "*/*" {
        return true;
    }
    // In these services what stands before the slash is a name (`arn:aws:s3:::bucket/*`), not a kind.
    if matches!(arn.service, "s3" | "sns" | "sqs") {
        return false;
    }
    let kind_of_all = |separator: char| {
        arn.resource
            .split_once(separator)
            .is_some_and(|(kind, rest)| is_stars(rest) && !kind.is_empty() && kind.bytes().all(is_kind_byte))
    };
    kind_of_all('/') || kind_of_all(':')
}

/// Whether a pattern can match something of this kind.
fn can_be(pattern: &Pattern, target: Target) -> bool {
    let Some(kind) = target.arn_type() else { return true };
    if pattern.is_everything() {
        return true;
    }
    let Some(arn) = split(pattern.as_str()) else { return false };
    let is_iam = Pattern::exact_case(arn.service).matches("iam");
    is_iam && Pattern::exact_case(arn.resource).overlaps(&Pattern::exact_case(&format!("{kind}*")))
}

struct Arn<'a> {
    service: &'a str,
    resource: &'a str,
}

/// The parts of an ARN pattern. One that ends early in a star (`arn:aws:iam::*`) has stars for the rest.
fn split(text: &str) -> Option<Arn<'_>> {
    let mut parts = text.splitn(6, ':');
    let first = parts.next()?;
    if !Pattern::exact_case(first).matches("arn") {
        return None;
    }
    let rest: Vec<&str> = parts.collect();
    let is_short = rest.len() < 5;
    if is_short && !rest.last().is_some_and(|last| last.ends_with('*')) {
        return None;
    }
    Some(Arn { service: rest.get(1).copied().unwrap_or("*"), resource: rest.get(4).copied().unwrap_or("*") })
}

fn is_stars(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b == b'*')
}

fn is_kind_byte(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'-'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(text: &str) -> Choice {
        Choice::Only(vec![Pattern::exact_case(text)])
    }

    #[test]
    fn all_of_a_kind_is_seen_in_every_form() {
        for (text, target) in [
            ("*", Target::Role),
            ("arn:aws:iam::*:role/*", Target::Role),
            ("arn:aws:iam::123456789012:role/*", Target::Role),
            ("arn:aws:iam::123456789012:*", Target::User),
            ("arn:aws:iam::*", Target::User),
            ("arn:*:iam::*:*", Target::Policy),
            ("arn:aws:lambda:*:*:function:*", Target::Other),
            ("arn:aws:s3:::*", Target::Other),
            ("arn:aws:s3:::*/*", Target::Other),
        ] {
            assert_eq!(reach(&only(text), target), Reach::All, "{text}");
        }
    }

    #[test]
    fn a_name_or_a_prefix_is_not_all() {
        for (text, target) in [
            ("arn:aws:iam::123456789012:role/app", Target::Role),
            ("arn:aws:iam::123456789012:role/app-*", Target::Role),
            ("arn:aws:iam::123456789012:role/app/*", Target::Role),
            ("arn:aws:iam::*:user/${aws:username}", Target::User),
            ("arn:aws:s3:::bucket/*", Target::Other),
        ] {
            assert!(matches!(reach(&only(text), target), Reach::Some(_)), "{text}");
        }
    }

    #[test]
    fn a_resource_of_another_kind_gives_nothing() {
        for text in ["arn:aws:s3:::*", "arn:aws:iam::*:policy/*", "nonsense", ""] {
            assert_eq!(reach(&only(text), Target::Role), Reach::Nothing, "{text}");
        }
        assert_eq!(reach(&Choice::AllBut(vec![Pattern::exact_case("*")]), Target::Role), Reach::Nothing);
        let but_one = Choice::AllBut(vec![Pattern::exact_case("arn:aws:iam::1:role/x")]);
        assert_eq!(reach(&but_one, Target::Role), Reach::AllBut);
    }
}
