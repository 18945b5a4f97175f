//! Parses points in time as people write them: days, times, ages.

use anyhow::Context as _;

use super::plan;

const DAY: i64 = 86_400;

/// The point in time that `--since` names, in seconds since 1970.
///
/// # Errors
/// If it is invalid.
pub(super) fn parse(text: &str) -> anyhow::Result<i64> {
    seconds(text).with_context(|| {
        format!(
            "--since: invalid time '{text}': expected 2026-01-31, 2026-01-31T12:00:00Z, 90d, 2w or '2 weeks ago'"
        )
    })
}

/// Returns the seconds since 1970 of a day or time (UTC by default), or of an age as Git accepts it: `90d`, `2w`,
/// `2 weeks ago`, `2.weeks.ago`, `1 year 2 months ago`, `yesterday`. `None` if it is invalid.
///
/// A month counts 31 days and a year 366, so that an age never covers less than the calendar does.
pub(super) fn seconds(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        return Some(time.as_second());
    }
    if let Ok(time) = text.parse::<jiff::civil::DateTime>() {
        let zoned = time.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        return Some(zoned.timestamp().as_second());
    }
    plan::now()?.checked_sub(age(text)?)
}

/// Returns an age in seconds.
fn age(text: &str) -> Option<i64> {
    if text == "yesterday" {
        return Some(DAY);
    }
    let mut words = text.split([' ', '.']).filter(|word| !word.is_empty());
    let mut sum: Option<i64> = None;
    while let Some(word) = words.next() {
        if word == "ago" {
            return words.next().map_or(sum, |_| None);
        }
        let digits = word.bytes().take_while(u8::is_ascii_digit).count();
        let (count, letter) = word.split_at(digits);
        let unit = match letter {
            "" => unit(words.next()?)?,
            "d" => DAY,
            "w" => 7 * DAY,
            _ => return None,
        };
        let length = i64::from(count.parse::<u32>().ok()?).checked_mul(unit)?;
        sum = Some(sum.unwrap_or(0).checked_add(length)?);
    }
    sum
}

fn unit(word: &str) -> Option<i64> {
    Some(match word.strip_suffix('s').unwrap_or(word) {
        "second" => 1,
        "minute" => 60,
        "hour" => 3_600,
        "day" => DAY,
        "week" => 7 * DAY,
        "month" => 31 * DAY,
        "year" => 366 * DAY,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_times_and_ages() {
        for (text, expected) in [
            ("1970-01-02", 86_400),
            ("1970-01-02 00:00:02", 86_402),
            ("1970-01-02T00:00:01Z", 86_401),
            ("1970-01-02T02:00:01+02:00", 86_401),
        ] {
            assert_eq!(seconds(text), Some(expected), "{text}");
        }
        let now = plan::now().unwrap();
        for (text, days) in [
            ("2w", 14),
            ("90d", 90),
            ("2 weeks ago", 14),
            ("2.weeks.ago", 14),
            ("30 days ago", 30),
            ("48 hours ago", 2),
            ("1 year 2 months ago", 428),
            ("1 month", 31),
            ("yesterday", 1),
        ] {
            let off = now - days * 86_400 - seconds(text).unwrap();
            assert!(off.abs() < 5, "{text}: {off}");
        }
        for wrong in [
            "",
            "d",
            "-1d",
            "ago",
            "2",
            "2 weeks ago today",
            "3 apples ago",
            "some day",
            "99999999999w",
            "é",
        ] {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
    }
}
