//! The credential report: one line of CSV a user, with three words for "no date" that mean different things.

use serde::Deserialize;
use whosekey_sdk::Timestamp;

/// One user's line; the root user's is `<root_account>`.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Row {
    pub(crate) user: String,
    pub(crate) arn: String,
    user_creation_time: String,
    password_enabled: String,
    password_last_used: String,
    password_last_changed: String,
    mfa_active: String,
    access_key_1_active: String,
    access_key_1_last_rotated: String,
    access_key_1_last_used_date: String,
    access_key_2_active: String,
    access_key_2_last_rotated: String,
    access_key_2_last_used_date: String,
    cert_1_active: String,
    cert_1_last_rotated: String,
    cert_2_active: String,
    cert_2_last_rotated: String,
}

/// A cell that should hold a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Date {
    /// It does.
    At(Timestamp),
    /// `N/A`: there is none, such as a key that was never used, or `no_information`: none since tracking began.
    Never,
    /// `not_supported`, or what is not a date: the report says nothing.
    Untold,
}

/// What a row says about one of a user's two access keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeySlot {
    /// Whether it is active.
    pub(crate) active: bool,
    /// When it was made, or last switched on or off.
    pub(crate) changed_at: Timestamp,
    /// When it was last used.
    pub(crate) last_used: Date,
}

impl Row {
    /// When the user was made: tells a user from an earlier one of the same name.
    pub(crate) fn created_at(&self) -> Date {
        date(&self.user_creation_time)
    }

    /// Whether there is a password.
    pub(crate) fn has_password(&self) -> bool {
        self.password_enabled.eq_ignore_ascii_case("true")
    }

    /// Whether there is certainly none. The root user's is `not_supported` in older reports, when it always had one; a
    /// member account's may have been deleted by its organization.
    pub(crate) fn has_no_password(&self) -> bool {
        self.password_enabled.eq_ignore_ascii_case("false")
    }

    /// When the password was last used to sign in.
    pub(crate) fn password_last_used(&self) -> Date {
        date(&self.password_last_used)
    }

    /// When the password was set.
    pub(crate) fn password_changed_at(&self) -> Date {
        date(&self.password_last_changed)
    }

    /// Whether a second factor is switched on.
    pub(crate) fn has_mfa(&self) -> bool {
        self.mfa_active.eq_ignore_ascii_case("true")
    }

    /// The keys that exist. An inactive key exists; a slot without one has no date of change.
    pub(crate) fn keys(&self) -> Vec<KeySlot> {
        [
            (&self.access_key_1_active, &self.access_key_1_last_rotated, &self.access_key_1_last_used_date),
            (&self.access_key_2_active, &self.access_key_2_last_rotated, &self.access_key_2_last_used_date),
        ]
        .into_iter()
        .filter_map(|(active, changed, used)| match date(changed) {
            Date::At(changed_at) => {
                Some(KeySlot { active: active.eq_ignore_ascii_case("true"), changed_at, last_used: date(used) })
            }
            Date::Never | Date::Untold => None,
        })
        .collect()
    }

    /// Whether a key may exist: an active one without a date counts, as the report may leave dates out.
    pub(crate) fn may_have_keys(&self) -> bool {
        let active = [&self.access_key_1_active, &self.access_key_2_active];
        active.iter().any(|cell| cell.eq_ignore_ascii_case("true")) || !self.keys().is_empty()
    }

    /// Whether a signing certificate may exist.
    pub(crate) fn may_have_certificates(&self) -> bool {
        let active = [&self.cert_1_active, &self.cert_2_active];
        let changed = [&self.cert_1_last_rotated, &self.cert_2_last_rotated];
        active.iter().any(|cell| cell.eq_ignore_ascii_case("true"))
            || changed.iter().any(|cell| matches!(date(cell), Date::At(_)))
    }
}

fn date(cell: &str) -> Date {
    match cell.trim() {
        "N/A" | "no_information" => Date::Never,
        text => text.parse().map_or(Date::Untold, Date::At),
    }
}

/// Reads a report.
///
/// # Errors
/// When it is not CSV with the columns that are used: a report cut short must not read as a short one.
pub(crate) fn parse(csv: &[u8]) -> Result<Vec<Row>, csv::Error> {
    csv::ReaderBuilder::new().flexible(false).from_reader(csv).deserialize().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,\
        password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,\
        access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,\
        access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,\
        cert_1_last_rotated,cert_2_active,cert_2_last_rotated,additional_credentials_info";

    fn row(line: &str) -> Row {
        parse(format!("{HEADER}\n{line}\n").as_bytes()).unwrap().remove(0)
    }

    #[test]
    fn the_words_for_no_date_are_told_apart() {
        let row = row("ci,arn:aws:iam::000000000000:user/ci,2020-01-02T03:04:05+00:00,true,no_information,\
             2020-01-02T03:04:05+00:00,N/A,false,true,2020-01-02T03:04:05+00:00,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,\
             false,N/A,false,N/A,");
        assert_eq!(row.password_last_used(), Date::Never);
        let keys = row.keys();
        assert_eq!(keys.len(), 1);
        assert_eq!(keys[0].last_used, Date::Never);
        assert_eq!(row.created_at(), Date::At("2020-01-02T03:04:05Z".parse().unwrap()));
        assert!(!row.may_have_certificates());
    }

    #[test]
    fn an_inactive_key_is_a_key() {
        let row = row("ci,arn:aws:iam::000000000000:user/ci,2020-01-02T03:04:05+00:00,false,N/A,N/A,N/A,false,false,\
             2021-01-02T03:04:05+00:00,2022-01-02T03:04:00+00:00,eu-west-1,s3,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A,");
        assert!(row.may_have_keys());
        assert!(!row.keys()[0].active);
        assert!(!row.has_password());
    }

    #[test]
    fn a_report_cut_in_a_line_is_not_a_shorter_report() {
        let text = format!("{HEADER}\nci,arn:aws:iam::000000000000:user/ci,2020-01-02");
        assert!(parse(text.as_bytes()).is_err());
    }
}
