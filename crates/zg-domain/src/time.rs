//! Times are handed in: nothing pure reads a clock, because a clock panics in WASM and lies in tests.

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// The calendar day in UTC.
    #[must_use]
    pub fn date(self) -> Date {
        Date::from_days(self.0.div_euclid(86_400_000))
    }
}

/// Where a caller gets the time from.
pub trait Clock {
    fn now(&self) -> Timestamp;
}

/// A day of the proleptic Gregorian calendar, counted from 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(i64);

impl Date {
    #[must_use]
    pub const fn from_days(days: i64) -> Self {
        Self(days)
    }

    #[must_use]
    pub const fn days(self) -> i64 {
        self.0
    }

    /// Reads `YYYY-MM-DD`; `None` for anything else, 30 February included.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
            return None;
        }
        let number = |range: std::ops::Range<usize>| -> Option<i64> {
            let part = text.get(range)?;
            if part.bytes().all(|b| b.is_ascii_digit()) { part.parse().ok() } else { None }
        };
        let date = Self::from_ymd(number(0..4)?, number(5..7)?, number(8..10)?);
        // Writing it back is the shortest check that the day exists in its month.
        (date.to_string() == text).then_some(date)
    }

    /// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil.
    fn from_ymd(year: i64, month: i64, day: i64) -> Self {
        let year = if month <= 2 { year - 1 } else { year };
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        Self(era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468)
    }
}

impl std::fmt::Display for Date {
    /// `YYYY-MM-DD`, by civil_from_days of the same paper.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let days = self.0 + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_shifted = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_shifted + 2) / 5 + 1;
        let month = if month_shifted < 10 { month_shifted + 3 } else { month_shifted - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::Date;

    #[test]
    fn days_that_exist_are_read_and_written_back() {
        for (text, days) in [("1970-01-01", 0), ("2000-02-29", 11_016), ("2026-11-22", 20_779), ("1969-12-31", -1)] {
            assert_eq!(Date::parse(text).map(Date::days), Some(days), "{text}");
            assert_eq!(Date::from_days(days).to_string(), text);
        }
        for text in ["2026-02-30", "2026-13-01", "2026-1-1", "20261122", "2026-11-2x", "", "+026-11-22"] {
            assert_eq!(Date::parse(text), None, "{text}");
        }
    }
}
