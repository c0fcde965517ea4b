//! The five fields of a cron line, translated to the form of the `cron` crate.
//!
//! That crate counts seconds first and Sunday as 1, and runs on days that match both day fields; Unix cron has no
//! seconds, counts Sunday as 0 or 7, and runs on days that match either. So the fields are read here by the rules of
//! crontab(5) and written out as plain lists, and the crate does the calendar.

/// A field that is not what cron takes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    /// Not five fields.
    #[error("a cron line has five fields (minute, hour, day of month, month, day of week), not {0}")]
    Count(usize),
    /// A macro that is not known.
    #[error("the short forms are @hourly, @daily, @midnight, @weekly, @monthly, @yearly and @annually")]
    Macro,
    /// One field.
    #[error("the {field} takes {takes}")]
    Value {
        /// Which field.
        field: &'static str,
        /// What it takes.
        takes: &'static str,
    },
}

struct Field {
    name: &'static str,
    takes: &'static str,
    min: u8,
    max: u8,
    words: &'static [&'static str],
}

const MONTHS: &[&str] = &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: &[&str] = &["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const MINUTE: Field = Field { name: "minute", takes: "0-59", min: 0, max: 59, words: &[] };
const HOUR: Field = Field { name: "hour", takes: "0-23", min: 0, max: 23, words: &[] };
const DAY: Field = Field { name: "day of month", takes: "1-31", min: 1, max: 31, words: &[] };
const MONTH: Field = Field { name: "month", takes: "1-12 or jan-dec", min: 1, max: 12, words: MONTHS };
const WEEKDAY: Field =
    Field { name: "day of week", takes: "0-7 (0 and 7 are Sunday) or sun-sat", min: 0, max: 7, words: DAYS };

/// The lines of the crate that together mean this line.
pub(super) fn translate(line: &str) -> Result<Vec<String>, FieldError> {
    let line = match line.trim() {
        "@hourly" => "0 * * * *",
        "@daily" | "@midnight" => "0 0 * * *",
        "@weekly" => "0 0 * * 0",
        "@monthly" => "0 0 1 * *",
        "@yearly" | "@annually" => "0 0 1 1 *",
        line if line.starts_with('@') => return Err(FieldError::Macro),
        line => line,
    };
    let fields: Vec<&str> = line.split_ascii_whitespace().collect();
    let [minute, hour, day, month, weekday] = fields[..] else { return Err(FieldError::Count(fields.len())) };
    let (minutes, hours) = (list(minute, &MINUTE)?, list(hour, &HOUR)?);
    let (days, months) = (list(day, &DAY)?, list(month, &MONTH)?);
    let weekdays = joined(values(weekday, &WEEKDAY)?.into_iter().map(|day| day % 7 + 1));
    // crontab(5): "if both fields are restricted (i.e., do not contain the `*` character), the command will be run
    // when either field matches".
    let line = |days: &str, weekdays: &str| format!("0 {minutes} {hours} {days} {months} {weekdays} *");
    Ok(if day.starts_with('*') || weekday.starts_with('*') {
        vec![line(&days, &weekdays)]
    } else {
        vec![line(&days, "*"), line("*", &weekdays)]
    })
}

fn list(text: &str, field: &Field) -> Result<String, FieldError> {
    Ok(joined(values(text, field)?.into_iter()))
}

fn joined(values: impl Iterator<Item = u8>) -> String {
    let mut values: Vec<u8> = values.collect();
    values.sort_unstable();
    values.dedup();
    values.iter().map(u8::to_string).collect::<Vec<_>>().join(",")
}

fn values(text: &str, field: &Field) -> Result<Vec<u8>, FieldError> {
    let wrong = || FieldError::Value { field: field.name, takes: field.takes };
    let mut values = Vec::new();
    for item in text.split(',') {
        let (range, step) = match item.split_once('/') {
            Some((range, step)) => (range, number(step).filter(|step| *step > 0).ok_or_else(wrong)?),
            None => (item, 1),
        };
        let (first, last) = match range.split_once('-') {
            _ if range == "*" => (field.min, field.max),
            Some((first, last)) => (value(first, field).ok_or_else(wrong)?, value(last, field).ok_or_else(wrong)?),
            // `5/15` is read by some crons as "from 5 on" and by others as 5 alone, so it is refused.
            None if item.contains('/') => return Err(wrong()),
            None => value(range, field).map(|one| (one, one)).ok_or_else(wrong)?,
        };
        // `fri-sun`: Sunday is also the day after Saturday.
        let last = if field.max == 7 && last == 0 && first > 0 { 7 } else { last };
        if first > last {
            return Err(wrong());
        }
        values.extend((first..=last).step_by(usize::from(step)));
    }
    Ok(values)
}

fn value(text: &str, field: &Field) -> Option<u8> {
    let lower = text.to_ascii_lowercase();
    if let Some(at) = field.words.iter().position(|word| *word == lower) {
        return u8::try_from(at).ok().map(|at| at + u8::from(field.min == 1));
    }
    number(text).filter(|n| (field.min..=field.max).contains(n))
}

fn number(text: &str) -> Option<u8> {
    // `parse` alone would take `+5`.
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}
