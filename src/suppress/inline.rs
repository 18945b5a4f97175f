//! Markers on the line of a finding.

/// The texts that set aside what stands on their line: our own, and the one that GitLab's analyzer
/// and gitleaks obey.
const MARKERS: [&[u8]; 2] = [b"tokensweep:allow", b"gitleaks:allow"];

/// True if the line carries a marker.
pub(super) fn has_marker(line: &[u8]) -> bool {
    MARKERS
        .iter()
        .any(|marker| memchr::memmem::find(line, marker).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_markers_count_and_nothing_like_them() {
        assert!(has_marker(b"token = 'x' # tokensweep:allow"));
        assert!(has_marker(b"token = 'x' // gitleaks:allow test data"));
        assert!(!has_marker(b"token = 'x' # tokensweep: allow"));
        assert!(!has_marker(b""));
    }
}
