//! Colours on a terminal: a closed set of tones, so that one word looks the same on every screen.

use anstyle::{AnsiColor, Style};

use crate::analysis::{Answer, Severity, Status};

use super::v1;

/// Whether a screen is coloured. The caller knows the terminal, `NO_COLOR` and `--color`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Color {
    /// ANSI colours.
    Always,
    /// Plain text.
    #[default]
    Never,
}

/// What a piece of text means for the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Tone {
    /// Nothing in particular.
    #[default]
    Plain,
    /// A heading or the name of the thing itself.
    Strong,
    /// Of less importance.
    Muted,
    /// All is well.
    Good,
    /// Not known, or not whole.
    Unsure,
    /// Wrong.
    Bad,
    /// Wrong, and urgent.
    Alarm,
    /// An identifier that can be used in a next command.
    Name,
}

impl Tone {
    pub(crate) fn of_answer(answer: Answer) -> Self {
        match answer {
            Answer::Yes => Tone::Bad,
            Answer::No => Tone::Good,
            Answer::CannotTell => Tone::Unsure,
        }
    }

    pub(crate) fn of_severity(severity: Severity) -> Self {
        match severity {
            Severity::Low => Tone::Name,
            Severity::Medium => Tone::Unsure,
            Severity::High => Tone::Bad,
            Severity::Critical => Tone::Alarm,
        }
    }

    pub(crate) fn of_finding(finding: &v1::Finding) -> Self {
        match finding.status {
            Status::Open => Self::of_severity(finding.severity),
            Status::Muted | Status::Accepted | Status::Closed => Tone::Muted,
        }
    }

    fn style(self) -> Style {
        match self {
            Tone::Plain => Style::new(),
            Tone::Strong => Style::new().bold(),
            Tone::Muted => Style::new().fg_color(Some(AnsiColor::BrightBlack.into())),
            Tone::Good => Style::new().fg_color(Some(AnsiColor::Green.into())),
            Tone::Unsure => Style::new().fg_color(Some(AnsiColor::Yellow.into())),
            Tone::Bad => Style::new().bold().fg_color(Some(AnsiColor::Red.into())),
            Tone::Alarm => {
                Style::new().bold().fg_color(Some(AnsiColor::BrightWhite.into())).bg_color(Some(AnsiColor::Red.into()))
            }
            Tone::Name => Style::new().fg_color(Some(AnsiColor::Cyan.into())),
        }
    }
}

impl Tone {
    /// A table's cell in this tone.
    pub(crate) fn on(self, cell: comfy_table::Cell) -> comfy_table::Cell {
        use comfy_table::{Attribute, Color};
        match self {
            Tone::Plain => cell,
            Tone::Strong => cell.add_attribute(Attribute::Bold),
            Tone::Muted => cell.fg(Color::DarkGrey),
            Tone::Good => cell.fg(Color::DarkGreen),
            Tone::Unsure => cell.fg(Color::DarkYellow),
            Tone::Bad => cell.fg(Color::DarkRed).add_attribute(Attribute::Bold),
            Tone::Alarm => cell.fg(Color::White).bg(Color::DarkRed).add_attribute(Attribute::Bold),
            Tone::Name => cell.fg(Color::DarkCyan),
        }
    }
}

/// The text in its tone. It must be harmless already: what is in it reaches the terminal.
pub(crate) fn paint(text: &str, tone: Tone, color: Color) -> String {
    match (color, tone) {
        (Color::Never, _) | (_, Tone::Plain) => text.to_owned(),
        (Color::Always, tone) => {
            let style = tone.style();
            format!("{style}{text}{style:#}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_colour_there_is_no_escape_sequence() {
        assert_eq!(paint("x", Tone::Alarm, Color::Never), "x");
        assert_eq!(paint("x", Tone::Good, Color::Always), "\u{1b}[32mx\u{1b}[0m");
    }
}
