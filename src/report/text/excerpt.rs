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

/// Returns the source line and the underline below it.
pub(super) fn lines(
    excerpt: &Excerpt,
    secret: &str,
    severity: Severity,
    paint: Paint,
) -> [String; 2] {
    let before = excerpt.before().trim_start();
    let after = excerpt.after().trim_end();
    let mark = "^".repeat(width::of(secret).max(1));
    [
        format!("{before}{}{after}", paint.strong(secret)),
        format!(
            "{}{}",
            " ".repeat(width::of(before)),
            paint.severity(severity, &mark)
        ),
    ]
}
