//! Durations as kubectl shows them: two units at most, and fewer the longer it was.

use jiff::Timestamp;

const UNKNOWN: &str = "<unknown>";

/// How long ago `when` (RFC 3339) was.
pub fn since(when: &str, now: Timestamp) -> String {
    match when.parse::<Timestamp>() {
        Ok(at) => duration(now.as_second() - at.as_second()),
        Err(_) => UNKNOWN.to_owned(),
    }
}

/// A duration of so many seconds.
pub fn duration(seconds: i64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86400);
    match seconds {
        ..-1 => "<invalid>".to_owned(),
        -1..0 => "0s".to_owned(),
        0..120 => format!("{seconds}s"),
        _ if minutes < 10 => pair(minutes, "m", seconds % 60, "s"),
        _ if hours < 3 => format!("{minutes}m"),
        _ if hours < 8 => pair(hours, "h", minutes % 60, "m"),
        _ if hours < 48 => format!("{hours}h"),
        _ if days < 8 => pair(days, "d", hours % 24, "h"),
        _ if days < 2 * 365 => format!("{days}d"),
        _ if days < 8 * 365 => pair(days / 365, "y", days % 365, "d"),
        _ => format!("{}y", days / 365),
    }
}

fn pair(large: i64, large_unit: &str, small: i64, small_unit: &str) -> String {
    if small == 0 {
        format!("{large}{large_unit}")
    } else {
        format!("{large}{large_unit}{small}{small_unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_shown_as_kubectl_shows_them() {
        let shown = |seconds| duration(seconds);
        assert_eq!(shown(119), "119s");
        assert_eq!(shown(120), "2m");
        assert_eq!(shown(599), "9m59s");
        assert_eq!(shown(179 * 60 + 59), "179m");
        assert_eq!(shown(3 * 3600 + 60), "3h1m");
        assert_eq!(shown(47 * 3600), "47h");
        assert_eq!(shown(3 * 86400 + 7200), "3d2h");
        assert_eq!(shown(400 * 86400), "400d");
        assert_eq!(shown(800 * 86400), "2y70d");
        assert_eq!(shown(-5), "<invalid>");
    }

    #[test]
    fn a_time_that_is_none_is_unknown() {
        assert_eq!(since("", Timestamp::UNIX_EPOCH), "<unknown>");
        assert_eq!(since("1970-01-01T00:00:00Z", Timestamp::UNIX_EPOCH), "0s");
    }
}
