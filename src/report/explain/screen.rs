//! The screen of `whosekey explain`.

mod findings;
mod links;

use std::io::Write;

use whosekey_sdk::Kind;

use super::{End, Ends, Explanation, MOST_HOLDERS, Standing};
use crate::analysis::{Answer, Severity};
use crate::report::escape::{shortened, visible};
use crate::report::grid::{Cell, Grid};
use crate::report::index::Index;
use crate::report::paint::{Tone, paint};
use crate::report::words::{self, Known};
use crate::report::{Error, Options, Signs, v1};

pub(super) fn write(
    index: &Index<'_>,
    ends: &Ends<'_>,
    explanation: &Explanation<'_>,
    out: &mut dyn Write,
    options: &Options,
) -> Result<(), Error> {
    let mut screen = Screen { index, ends, out, options };
    screen.header(explanation)?;
    if let Some(finding) = explanation.finding {
        screen.finding(finding)?;
    }
    if let Some(entity) = explanation.entity {
        screen.verdicts(entity)?;
        screen.holders(entity, explanation)?;
        screen.owners(entity)?;
        screen.facts(entity)?;
    }
    screen.links(explanation)?;
    screen.findings(explanation)?;
    screen.remediation(explanation)
}

struct Screen<'s, 'a> {
    index: &'s Index<'a>,
    ends: &'s Ends<'a>,
    out: &'s mut dyn Write,
    options: &'s Options,
}

impl Screen<'_, '_> {
    fn line(&mut self, text: &str) -> Result<(), Error> {
        Ok(writeln!(self.out, "{}", text.trim_end())?)
    }

    fn paint(&self, text: &str, tone: Tone) -> String {
        paint(text, tone, self.options.color)
    }

    fn heading(&mut self, title: &str) -> Result<(), Error> {
        let rule = match self.options.signs {
            Signs::Unicode => "─",
            Signs::Ascii => "-",
        };
        let dashes = rule.repeat(self.options.columns().min(100).saturating_sub(title.chars().count() + 3));
        let text = format!("\n{} {}", self.paint(title, Tone::Strong), self.paint(&dashes, Tone::Muted));
        self.line(&text)
    }

    fn grid(&mut self, grid: &Grid) -> Result<(), Error> {
        for line in grid.aligned("  ", self.options) {
            self.line(&line)?;
        }
        Ok(())
    }

    /// A paragraph, wrapped, each line behind `indent` spaces.
    fn paragraph(&mut self, text: &str, indent: usize, tone: Tone) -> Result<(), Error> {
        let room = self.options.columns().saturating_sub(indent);
        for line in wrapped(&visible(text), room) {
            let line = format!("{}{}", " ".repeat(indent), self.paint(&line, tone));
            self.line(&line)?;
        }
        Ok(())
    }

    fn header(&mut self, explanation: &Explanation<'_>) -> Result<(), Error> {
        let now = self.index.report.now;
        let Some(entity) = explanation.entity else {
            let id = self.paint(&visible(explanation.id), Tone::Strong);
            return match self.ends.get(explanation.id) {
                Some(end) => {
                    self.line(&id)?;
                    self.end(end)
                }
                None => self.line(&format!("{id}  not in the inventory any more")),
            };
        };
        let mark = match (self.options.signs, explanation.worst()) {
            (Signs::Unicode, Some(severity)) => format!("{} ", self.paint("●", mark_tone(severity))),
            (Signs::Unicode, None) => format!("{} ", self.paint("○", Tone::Good)),
            (Signs::Ascii, _) => String::new(),
        };
        let name = self
            .paint(&shortened(words::name(entity), self.options.columns().saturating_sub(40).max(24)), Tone::Strong);
        let what = format!("{}, {}", entity.kind.as_str(), visible(&entity.type_name));
        let gone = entity.gone_at.map(|at| self.paint(&format!("  gone since {}", words::moment(at, now)), Tone::Bad));
        let missing = entity.missing_since.filter(|_| entity.gone_at.is_none()).map(|at| {
            self.paint(&format!("  missing since {}, not confirmed yet", words::moment(at, now)), Tone::Unsure)
        });
        let flags = gone.or(missing).unwrap_or_default();
        let title = format!("{mark}{name}  {}{flags}", self.paint(&what, Tone::Muted));
        self.line(&title)?;
        let id = format!("  {}", self.paint(&visible(entity.id.as_str()), Tone::Name));
        self.line(&id)?;
        for alias in entity.aliases.iter().take(6) {
            self.paragraph(alias, 2, Tone::Muted)?;
        }
        let seen = format!(
            "seen by {}; first {}, last {}",
            entity.sources.join(", "),
            words::moment(entity.first_seen, now),
            words::moment(entity.last_seen, now)
        );
        self.paragraph(&seen, 2, Tone::Muted)?;
        match super::gist::of(self.index, explanation) {
            Some(gist) => {
                self.line("")?;
                self.paragraph(&gist, 2, Tone::Strong)
            }
            None => Ok(()),
        }
    }

    fn verdicts(&mut self, entity: &v1::Entity) -> Result<(), Error> {
        let Some(verdicts) = &entity.verdicts else { return Ok(()) };
        self.heading("VERDICTS")?;
        if let Some(dormant) = &entity.dormant {
            return self.paragraph(&format!("dormant: {dormant}"), 2, Tone::Muted);
        }
        for (name, verdict) in verdicts.named() {
            let mark = match (self.options.signs, verdict.verdict) {
                (Signs::Ascii, _) => " ",
                (Signs::Unicode, Answer::Yes) => "✗",
                (Signs::Unicode, Answer::No) => "✓",
                (Signs::Unicode, Answer::CannotTell) => "?",
            };
            let answer = format!("{mark} {:<11}", words::answer(verdict.verdict));
            let answer = self.paint(&answer, Tone::of_answer(verdict.verdict));
            let reason = verdict.reason.as_ref().map(|reason| format!("{}: ", visible(reason))).unwrap_or_default();
            let because = verdict.because.as_deref().unwrap_or_default();
            let indent = 2 + 11 + 1 + 13 + 2;
            let room = self.options.columns().saturating_sub(indent);
            let mut lines = wrapped(&visible(&format!("{reason}{because}")), room).into_iter();
            let first = lines.next().unwrap_or_default();
            let text = format!("  {name:<11} {answer}  {first}");
            self.line(&text)?;
            for line in lines {
                self.line(&format!("{}{line}", " ".repeat(indent)))?;
            }
        }
        Ok(())
    }

    fn holders(&mut self, entity: &v1::Entity, explanation: &Explanation<'_>) -> Result<(), Error> {
        let (title, nobody) = match entity.kind {
            Kind::Identity => ("WHO USES IT", "nobody that a source showed"),
            Kind::Credential => ("WHO HOLDS IT", "nobody that a source showed"),
            Kind::Agent | Kind::Workload => ("WHAT IT HOLDS", "nothing that a source showed"),
            Kind::Owner => ("WHAT THEY ANSWER FOR", "nothing that a source showed"),
            Kind::Resource => ("WHO REACHES IT", "nobody that a source showed"),
        };
        self.heading(title)?;
        if explanation.holders.is_empty() {
            return self.paragraph(nobody, 2, Tone::Muted);
        }
        let mut grid =
            Grid::new(&[("name", 34), ("kind", 14), ("how", 52), ("evidence", 9), ("findings", 12), ("where", 160)]);
        for holder in &explanation.holders {
            let mut how = holder.link.as_str().replace('_', " ");
            if let Some(class) = holder.value_class {
                how.push_str(&format!(" ({})", class.replace('_', " ")));
            }
            if let Some(pattern) = holder.by_pattern {
                how.push_str(&format!(" as {pattern}"));
            }
            if let Some(through) = holder.through {
                how.push_str(&format!(" via {through}"));
            }
            if let Some(agent) = holder.part_of {
                how.push_str(&format!(", part of {agent}"));
            }
            if holder.gone {
                how.push_str(", gone");
            }
            let place = holder.location.map_or_else(
                || Cell::toned(holder.because, Tone::Muted),
                |location| Cell::toned(words::location(location), Tone::Name),
            );
            let findings = match holder.open_findings {
                0 => Cell::default(),
                n => Cell::toned(words::count(n, "finding", "findings"), Tone::Bad),
            };
            let kind =
                holder.kind.map_or_else(|| links::unlisted(self.ends.get(holder.id)), |kind| Cell::new(kind.as_str()));
            grid.rows.push(vec![
                Cell::toned(holder.name, if holder.gone { Tone::Muted } else { Tone::Strong }),
                kind,
                Cell::toned(how, if holder.gone { Tone::Bad } else { Tone::Plain }),
                Cell::toned(holder.evidence.as_str(), Tone::Muted),
                findings,
                place,
            ]);
        }
        self.grid(&grid)?;
        self.more(explanation.holders_total.saturating_sub(explanation.holders.len()))
    }

    fn owners(&mut self, entity: &v1::Entity) -> Result<(), Error> {
        if entity.kind == Kind::Owner {
            return Ok(());
        }
        self.heading("WHO OWNS IT")?;
        if entity.owners.is_empty() {
            return self.paragraph("nobody known", 2, Tone::Bad);
        }
        let mut grid =
            Grid::new(&[("rank", 3), ("name", 34), ("role", 8), ("evidence", 9), ("because", 70), ("state", 10)]);
        for (at, owner) in entity.owners.iter().enumerate() {
            let departed = owner.departed == Some(true);
            grid.rows.push(vec![
                Cell::toned(format!("{}.", at + 1), Tone::Muted),
                Cell::toned(self.index.name_of(owner.id.as_str()), if departed { Tone::Muted } else { Tone::Strong }),
                Cell::new(owner.role.as_str()),
                Cell::toned(owner.evidence.as_str(), Tone::Muted),
                Cell::new(owner.because.as_str()),
                Cell::toned(if departed { "departed" } else { "" }, Tone::Bad),
            ]);
        }
        self.grid(&grid)
    }

    fn facts(&mut self, entity: &v1::Entity) -> Result<(), Error> {
        let mut grid = Grid::new(&[("fact", 28), ("value", 90)]);
        // Of what is not judged, facts that nobody tells are no news.
        let judged = matches!(entity.kind, Kind::Identity | Kind::Credential);
        let facts = words::facts(entity, self.index.report.now).into_iter();
        for fact in facts.filter(|fact| judged || fact.known != Known::NotExposed) {
            let tone = match fact.known {
                Known::Yes => Tone::Plain,
                Known::NotExposed => Tone::Muted,
                Known::Denied => Tone::Unsure,
            };
            grid.rows.push(vec![Cell::toned(fact.label, Tone::Muted), Cell::toned(fact.text, tone)]);
        }
        for (key, value) in entity.attributes.iter().take(20) {
            grid.rows.push(vec![Cell::toned(key.as_str(), Tone::Muted), Cell::new(words::attribute(value))]);
        }
        if grid.rows.is_empty() {
            return Ok(());
        }
        self.heading("WHAT WAS SEEN")?;
        self.grid(&grid)?;
        self.more(entity.attributes.len().saturating_sub(20))
    }

    fn more(&mut self, left_out: usize) -> Result<(), Error> {
        if left_out == 0 {
            return Ok(());
        }
        let text = self.paint(&format!("  and {left_out} more: --format json has all"), Tone::Muted);
        self.line(&text)
    }
}

/// A mark is one character: a background would make a blot of it.
fn mark_tone(severity: Severity) -> Tone {
    match severity {
        Severity::Critical | Severity::High => Tone::Bad,
        Severity::Medium | Severity::Low => Tone::of_severity(severity),
    }
}

/// The text in lines of at most `room` columns, broken at spaces; a word that is longer stays whole.
fn wrapped(text: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let line = lines.last_mut().expect("there is always a line");
        if line.is_empty() {
            line.push_str(word);
        } else if crate::report::escape::width(line) + 1 + crate::report::escape::width(word) <= room {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}
