//! The shop's calendar: Chinese standard time, which has had one offset since 1991.

use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp, ToSpan as _};

const OFFSET: Offset = Offset::constant(8);

/// The day on the wall of the shop.
pub fn day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::fixed(OFFSET)).date()
}

/// The first instant of the day that is `days` after the day of `at`.
/// A window "counted from the day after" ends there with `days + 1`.
pub fn start_of_day_after(at: Timestamp, days: i64) -> Timestamp {
    let date = day(at).saturating_add(days.days());
    OFFSET.to_timestamp(date.to_datetime(jiff::civil::Time::midnight())).unwrap_or(Timestamp::MAX)
}

pub fn plus_minutes(at: Timestamp, minutes: i64) -> Timestamp {
    at.saturating_add(SignedDuration::from_mins(minutes)).unwrap_or(Timestamp::MAX)
}

pub fn plus_hours(at: Timestamp, hours: i64) -> Timestamp {
    plus_minutes(at, hours.saturating_mul(60))
}
