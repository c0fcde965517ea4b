//! When a source is scanned: a cron line of five fields in a time zone, and the moments it stands for.
//!
//! Pure: the time comes in. A *slot* is a time on the wall clock that the line matches; each slot is one moment, also
//! when the clocks change: a slot that the clocks jump over is the moment of the jump (several of them are one run),
//! and a slot that the clocks show twice is its first showing.

mod fields;

use std::str::FromStr as _;

use chrono::offset::LocalResult;
use chrono::{DateTime, Days, NaiveDateTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;
use whosekey_sdk::Timestamp;

pub use fields::FieldError;

/// The schedule of a source that has none.
pub const DEFAULT_LINE: &str = "0 */6 * * *";

/// Why a text is no schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// A field is wrong.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// No such date exists (30 February).
    #[error("no date matches")]
    Never,
}

/// A cron line in a time zone.
#[derive(Debug, Clone)]
pub struct Schedule {
    line: String,
    zone: Tz,
    /// One, or two when both days of month and days of week are restricted: cron runs on either.
    either: Vec<cron::Schedule>,
}

/// The time zone of this name (`Europe/Berlin`).
pub fn parse_zone(name: &str) -> Option<Tz> {
    Tz::from_str(name).ok()
}

impl Schedule {
    /// Reads a line of five fields (minute, hour, day of month, month, day of week) or one of `@hourly`, `@daily`,
    /// `@midnight`, `@weekly`, `@monthly`, `@yearly`, `@annually`.
    ///
    /// # Errors
    /// When a field is not what cron takes, or no date ever matches.
    pub fn parse(line: &str, zone: Tz) -> Result<Self, ScheduleError> {
        let either = fields::translate(line)?
            .iter()
            // Lists of numbers within their ranges are all that the translation writes.
            .map(|text| cron::Schedule::from_str(text).expect("a translated line is a line of the crate's own form"))
            .collect();
        let schedule = Self { line: line.trim().to_owned(), zone, either };
        // From any start the search goes on to the end of the calendar used, so one start tells whether there is a date.
        let start = NaiveDateTime::default().checked_add_days(Days::new(50 * 365)).expect("2019 is within the range");
        match schedule.next_slot(start) {
            Some(_) => Ok(schedule),
            None => Err(ScheduleError::Never),
        }
    }

    /// The line as it was written.
    pub fn line(&self) -> &str {
        &self.line
    }

    /// The time zone.
    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// The first moment after this one. `None` after the year 2099, which is where the calendar used ends.
    pub fn next_after(&self, moment: Timestamp) -> Option<Timestamp> {
        let moment = DateTime::<Utc>::from_timestamp_millis(moment.as_millis())?;
        let mut slot = self.zone.from_utc_datetime(&moment.naive_utc()).naive_local();
        // In the second showing of an hour its slots have been; the search passes over them.
        loop {
            slot = self.next_slot(slot)?;
            let at = self.moment_of(slot)?;
            if at > moment {
                return Some(Timestamp::from_millis(at.timestamp_millis()));
            }
        }
    }

    /// The moments after one and up to another; for counting what was missed. Stops at `limit`.
    pub fn count_between(&self, after: Timestamp, until: Timestamp, limit: usize) -> usize {
        let next = |at: &Timestamp| self.next_after(*at);
        std::iter::successors(self.next_after(after), next).take_while(|at| *at <= until).take(limit).count()
    }

    fn next_slot(&self, after: NaiveDateTime) -> Option<NaiveDateTime> {
        // The wall clock is handed to the crate as if it were UTC, so that it never has to know of clock changes.
        self.either.iter().filter_map(|one| one.after(&after.and_utc()).next()).map(|at| at.naive_utc()).min()
    }

    fn moment_of(&self, slot: NaiveDateTime) -> Option<DateTime<Utc>> {
        let mut slot = slot;
        // The longest jump so far left out a whole day (Apia, 2011), so two days of minutes suffice.
        for _ in 0..2 * 24 * 60 {
            match self.zone.from_local_datetime(&slot) {
                LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => return Some(at.with_timezone(&Utc)),
                LocalResult::None => slot = slot.checked_add_signed(TimeDelta::minutes(1))?,
            }
        }
        None
    }
}

#[cfg(test)]
mod tests;
