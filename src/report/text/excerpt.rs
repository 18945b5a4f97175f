//! The source line of a finding, with its secret marked.

use super::paint::Paint;
use super::width;
use crate::model::{Excerpt, Severity};
use crate::report::scrub;

/// Returns the text of a secret in a line: redacted, or in full if the user requested it.
pub(super) fn shown_secret(secret: &crate::model::Secret, in_full: bool) -> String {
    if in_full {
        scrub::printable(&String::from_utf8_lossy(secret.reveal()))
    } else {
        secret.redacted()
    }
}

/// Returns the source line and the underline below it, in at most `columns`. The secret is never
/// cut.
pub(super) fn lines(
    excerpt: &Excerpt,
    secret: &str,
    severity: Severity,
    columns: Option<usize>,
    paint: Paint,
) -> [String; 2] {
    let mut before = excerpt.before().trim_start().to_owned();
    let mut after = excerpt.after().trim_end().to_owned();
    let secret_width = width::of(secret);
    if let Some(columns) = columns {
        let room = columns.saturating_sub(secret_width);
        // The text before the secret shows its purpose, so it gets the larger part.
        let after_room =
            width::of(&after).min((room / 3).max(room.saturating_sub(width::of(&before))));
        before = width::keep_end(&before, room - after_room);
        after = width::keep_start(&after, after_room);
    }
    let mark = "^".repeat(secret_width.max(1));
    [
        format!("{before}{}{after}", paint.strong(secret)),
        format!(
            "{}{}",
            " ".repeat(width::of(&before)),
            paint.severity(severity, &mark)
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn underlines_the_secret_at_any_width() {
        let excerpt = Excerpt::new(&"before ".repeat(20), &" after".repeat(20));
        for columns in [None, Some(0), Some(20), Some(40), Some(400)] {
            let [line, mark] = lines(
                &excerpt,
                "[7 redacted]",
                Severity::High,
                columns,
                Paint::new(false),
            );
            let start = width::of(line.split("[7 redacted]").next().unwrap());
            assert_eq!(mark, format!("{}{}", " ".repeat(start), "^".repeat(12)));
            if let Some(columns) = columns.filter(|&c| c >= 20) {
                assert!(width::of(&line) <= columns, "{line}");
            }
        }
    }
}
