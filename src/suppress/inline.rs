//! Markers on the line of a finding.

/// The markers that suppress the findings of their line: our own, and that of gitleaks, which
/// GitLab's analyzer uses too.
const MARKERS: [&[u8]; 2] = [b"tokensweep:allow", b"gitleaks:allow"];

/// Maximum length of a reason in characters.
const MAX_REASON: usize = 200;

/// Returns the marker on a line: `None` without one, else the reason after it, if any.
pub(super) fn marker(line: &[u8]) -> Option<Option<String>> {
    let ends = MARKERS
        .iter()
        .filter_map(|marker| Some(memchr::memmem::find(line, marker)? + marker.len()));
    let rest = &line[ends.min()?..];
    let rest = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let text = String::from_utf8_lossy(rest);
    // A marker that is the start of a longer word, or is within quotes, has no reason.
    if !text.starts_with([' ', '\t', ':', ',', '(']) {
        return Some(None);
    }
    let is_around = |c: char| c.is_whitespace() || ":,;()*/#-\"'<>{}!".contains(c);
    let reason = text.trim_matches(is_around);
    let reason: String = reason.chars().take(MAX_REASON).collect();
    Some((!reason.is_empty()).then_some(reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_both_markers_and_nothing_else() {
        assert_eq!(marker(b"token = 'x' # tokensweep:allow"), Some(None));
        assert_eq!(marker(b"token = 'x' # tokensweep: allow"), None);
        assert_eq!(marker(b""), None);
    }

    #[test]
    fn keeps_the_reason_after_a_marker() {
        for line in [
            "x // gitleaks:allow test data",
            "x /* tokensweep:allow: test data */",
            "<!-- tokensweep:allow (test data) -->",
            "x # tokensweep:allow test data\nnext line",
        ] {
            let reason = marker(line.as_bytes()).unwrap();
            assert_eq!(reason.as_deref(), Some("test data"), "{line}");
        }
        assert_eq!(marker(b"tokensweep:allow\" }, { y"), Some(None));
        let long = marker(format!("tokensweep:allow {}", "a".repeat(500)).as_bytes());
        assert_eq!(long.unwrap().unwrap().len(), 200);
    }
}
