//! The report as one page that opens from disk: no network, no server, no file beside it.
//!
//! The page's own style and script are pinned by hash in its content security policy and nothing else may run or load,
//! so that even a name that got past the escaping could do nothing. It stays under [`MOST_BYTES`] whatever the estate's
//! size: the most severe findings and the rows with a verdict that is not "no" come first, and what is left out is said.

mod card;
mod page;
mod picture;
mod row;
mod sheet;

use std::cmp::Reverse;
use std::io::{BufWriter, Write};

use askama::Template;

use self::card::Card;
use self::page::{End, Inventory, Start};
use self::row::Row;
pub(super) use self::sheet::Sheet;
use super::index::Index;
use super::{Error, v1};
use crate::analysis::{Answer, Status};

/// The most that a page weighs.
pub const MOST_BYTES: usize = 5_000_000;

/// The share of the findings and of the inventory; the rest is coverage and the frame.
const FINDINGS_BYTES: usize = 2_800_000;
const INVENTORY_BYTES: usize = 1_500_000;

/// Writes the page.
///
/// # Errors
/// When the output fails.
pub fn write(report: &v1::Report, out: &mut dyn Write) -> Result<(), Error> {
    let index = Index::new(report);
    let mut out = BufWriter::new(out);

    let mut findings: Vec<&v1::Finding> = report.findings.iter().filter(|f| f.status != Status::Closed).collect();
    findings.sort_by_key(|finding| (finding.status, Reverse(finding.severity)));
    out.write_all(Start::new(report, &findings).render()?.as_bytes())?;

    let cards = findings.iter().enumerate().map(|(at, finding)| Card::new(finding, &index, at == 0).render());
    let shown = within(FINDINGS_BYTES, cards, &mut out)?;
    let total = entity_count(report);
    let inventory = Inventory::new(total, findings.len() - shown);
    out.write_all(inventory.render()?.as_bytes())?;

    let mut entities: Vec<&v1::Entity> = report.entities.iter().collect();
    entities.sort_by_key(|entity| interest(entity));
    let shown = within(INVENTORY_BYTES, entities.iter().map(|entity| Row::new(entity, &index).render()), &mut out)?;
    out.write_all(End::new(report, total - shown).render()?.as_bytes())?;
    out.flush()?;
    Ok(())
}

/// How many entities there are. The report may be an overview of an estate of more than it holds.
fn entity_count(report: &v1::Report) -> usize {
    let gone = report.entities.iter().filter(|entity| entity.gone_at.is_some()).count();
    let counted: u64 = report.summary.entities.values().sum();
    report.entities.len().max(gone + usize::try_from(counted).unwrap_or(usize::MAX))
}

/// Writes pieces as long as their bytes stay within a budget; how many were written.
fn within(
    budget: usize,
    pieces: impl Iterator<Item = askama::Result<String>>,
    out: &mut dyn Write,
) -> Result<usize, Error> {
    let (mut written, mut bytes) = (0, 0);
    for piece in pieces {
        let piece = piece?;
        bytes += piece.len();
        if bytes > budget {
            break;
        }
        out.write_all(piece.as_bytes())?;
        written += 1;
    }
    Ok(written)
}

/// The order of the inventory: what is wrong, what cannot be told, what is well, what is not judged, what is gone. The
/// sort is stable, so that within each the report's order by id stays.
fn interest(entity: &v1::Entity) -> u8 {
    let answers = entity.verdicts.iter().flat_map(v1::Verdicts::named).map(|(_, verdict)| verdict.verdict);
    let any = |wanted: Answer| answers.clone().any(|answer| answer == wanted);
    match () {
        () if entity.gone_at.is_some() => 4,
        () if entity.verdicts.is_none() => 3,
        () if any(Answer::Yes) => 0,
        () if any(Answer::CannotTell) => 1,
        () => 2,
    }
}
