//! Rows and columns, and the ways to write them. What the columns are is the business of `list`, `diff`, `path`.

use std::io::Write;

use askama::Template as _;
use comfy_table::{Cell as TableCell, ContentArrangement, Table, presets};

use super::escape::{self, visible};
use super::paint::{Color, Tone};
use super::{Error, Options};

/// One column.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    pub(crate) title: &'static str,
    /// The most columns of a terminal that it may take; a longer text loses its middle.
    pub(crate) most: usize,
}

/// One cell: raw text, which each writer makes harmless in its own way.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cell {
    pub(crate) text: String,
    pub(crate) tone: Tone,
}

impl Cell {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), tone: Tone::Plain }
    }

    pub(crate) fn toned(text: impl Into<String>, tone: Tone) -> Self {
        Self { text: text.into(), tone }
    }
}

/// A table of texts.
#[derive(Debug, Clone)]
pub(crate) struct Grid {
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Vec<Cell>>,
    /// Titles of columns that a narrow terminal does without, the first one first.
    optional: &'static [&'static str],
}

impl Grid {
    /// An empty grid; `columns` are titles with the width that each may take.
    pub(crate) fn new(columns: &[(&'static str, usize)]) -> Self {
        Self {
            columns: columns.iter().map(|&(title, most)| Column { title, most }).collect(),
            rows: Vec::new(),
            optional: &[],
        }
    }

    /// With columns that a narrow terminal does without, the first one first.
    pub(crate) fn optional(mut self, titles: &'static [&'static str]) -> Self {
        self.optional = titles;
        self
    }

    pub(crate) fn table(&self, out: &mut dyn Write, options: &Options) -> Result<(), Error> {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        // The caller knows the terminal; the library must not look for itself.
        table.force_no_tty();
        if let Some(width) = options.width {
            table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
        }
        if options.color == Color::Always {
            table.enforce_styling();
        }
        let kept = self.fitting(options);
        let header = kept.iter().map(|&at| TableCell::new(self.columns[at].title.to_uppercase()));
        table.set_header(header.map(|cell| match options.color {
            Color::Always => Tone::Muted.on(cell),
            Color::Never => cell,
        }));
        for row in &self.rows {
            table.add_row(kept.iter().map(|&at| {
                let shown = TableCell::new(escape::shortened(&row[at].text, self.columns[at].most));
                match options.color {
                    Color::Always => row[at].tone.on(shown),
                    Color::Never => shown,
                }
            }));
        }
        for line in table.lines() {
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }

    /// The columns for a terminal of this width: the optional ones are dropped, in their order, until the rest fits.
    fn fitting(&self, options: &Options) -> Vec<usize> {
        let mut kept: Vec<usize> = (0..self.columns.len()).collect();
        let Some(width) = options.width else { return kept };
        let widths: Vec<usize> = (0..self.columns.len())
            .map(|at| {
                let cells = self.rows.iter().map(|row| escape::width(&row[at].text)).max().unwrap_or(0);
                cells.min(self.columns[at].most).max(self.columns[at].title.len()) + 2
            })
            .collect();
        for title in self.optional {
            if kept.iter().map(|&at| widths[at]).sum::<usize>() <= usize::from(width) {
                break;
            }
            kept.retain(|&at| self.columns[at].title != *title);
        }
        kept
    }

    pub(crate) fn csv(&self, out: &mut dyn Write) -> Result<(), Error> {
        let mut writer = ::csv::Writer::from_writer(out);
        writer.write_record(self.columns.iter().map(|column| column.title))?;
        for row in &self.rows {
            writer.write_record(row.iter().map(|cell| escape::csv::cell(&cell.text)))?;
        }
        writer.flush()?;
        Ok(())
    }

    pub(crate) fn markdown(&self, out: &mut dyn Write) -> Result<(), Error> {
        let line = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
        writeln!(out, "{}", line(self.columns.iter().map(|column| column.title.to_owned()).collect()))?;
        writeln!(out, "{}", line(self.columns.iter().map(|_| "---".to_owned()).collect()))?;
        for row in &self.rows {
            writeln!(out, "{}", line(row.iter().map(|cell| escape::markdown::text(&cell.text)).collect()))?;
        }
        Ok(())
    }

    pub(crate) fn html(&self, title: &str, out: &mut dyn Write) -> Result<(), Error> {
        let titles = self.columns.iter().map(|column| column.title).collect();
        let rows = self.rows.iter().map(|row| row.iter().map(|cell| visible(&cell.text)).collect()).collect();
        out.write_all(super::html::Sheet::new(title, titles, rows).render()?.as_bytes())?;
        Ok(())
    }

    /// Lines of tab-free columns without borders, for screens that indent: each column as wide as its widest text.
    pub(crate) fn aligned(&self, indent: &str, options: &Options) -> Vec<String> {
        let shown: Vec<Vec<String>> = self
            .rows
            .iter()
            .map(|row| {
                row.iter().zip(&self.columns).map(|(cell, column)| escape::shortened(&cell.text, column.most)).collect()
            })
            .collect();
        let widths: Vec<usize> = (0..self.columns.len())
            .map(|at| shown.iter().filter_map(|row| row.get(at)).map(|text| escape::width(text)).max().unwrap_or(0))
            .collect();
        let mut lines = Vec::with_capacity(shown.len());
        for (texts, row) in shown.iter().zip(&self.rows) {
            let mut line = indent.to_owned();
            for (at, (text, cell)) in texts.iter().zip(row).enumerate() {
                line.push_str(&super::paint::paint(text, cell.tone, options.color));
                if at + 1 < texts.len() && widths[at] > 0 {
                    line.push_str(&" ".repeat(widths[at] - escape::width(text) + 2));
                }
            }
            lines.push(line.trim_end().to_owned());
        }
        debug_assert!(self.columns.iter().all(|column| visible(column.title) == column.title), "titles are ours");
        lines
    }
}
