//! The pages of findings in a browser.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

use super::View;
use crate::model::{BlobPath, Finding};

/// Maximum length of an address in characters; browsers and GitLab accept at least as many.
const MAX_URL: usize = 2_048;

/// Returns true for an absolute address that a browser follows and that needs no escaping.
pub(super) fn is_web(url: &str) -> bool {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && url.len() <= MAX_URL && !url.contains('@'))
        && url
            .bytes()
            .all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'<' | b'>' | b'\\' | b'`'))
}

/// Percent-encodes the bytes of a path for an address.
pub fn encode(path: &[u8]) -> String {
    const KEPT: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'/')
        .remove(b'-')
        .remove(b'.')
        .remove(b'_')
        .remove(b'~');
    percent_encode(path, KEPT).to_string()
}

/// Returns the page of a finding: that of its place on an instance, or of its line on the project's GitLab, if
/// project and commit are known. A path from a commit is relative to the top of the repository. A path on disk is
/// relative to the start of the scan, which may be a folder of the checkout; `on_disk` is relative to the checkout
/// itself.
pub(super) fn url(finding: &Finding, view: &View<'_>) -> Option<String> {
    if let Some(place) = &finding.remote {
        return is_web(&place.url).then(|| place.url.clone());
    }
    let project = project(view)?;
    let (commit, path) = match &finding.location.commit {
        Some(commit) => (&commit.id, finding.location.path.openable()),
        None => {
            let path = finding.on_disk.as_deref()?;
            (view.scan.commit.as_ref()?, BlobPath::from_path(path))
        }
    };
    let path = in_repository(&path).filter(|_| is_object_id(commit))?;
    let (start, end) = (finding.location.start.line, finding.location.end.line);
    let lines = if end > start {
        format!("L{start}-{end}")
    } else {
        format!("L{start}")
    };
    let url = format!("{project}/-/blob/{commit}/{}", encode(path));
    let url = match finding.location.path.entry() {
        // The lines are those of the entry.
        Some(_) => url,
        None => format!("{url}#{lines}"),
    };
    (url.len() <= MAX_URL).then_some(url)
}

/// Returns the page of a finding's commit on the project's GitLab.
pub(super) fn commit_url(finding: &Finding, view: &View<'_>) -> Option<String> {
    let commit = finding.location.commit.as_ref()?;
    let project = project(view)?;
    is_object_id(&commit.id).then(|| format!("{project}/-/commit/{}", commit.id))
}

fn project<'a>(view: &'a View<'_>) -> Option<&'a str> {
    let url = view.scan.project_url.as_deref()?;
    is_web(url).then(|| url.trim_end_matches('/'))
}

fn is_object_id(id: &str) -> bool {
    matches!(id.len(), 40 | 64) && id.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Returns the path of a file if the repository may contain it: Git's own folder and files outside of the repository
/// are in no commit.
fn in_repository(path: &BlobPath) -> Option<&[u8]> {
    let mut bytes = path.as_bytes();
    while let Some(rest) = bytes.strip_prefix(b"./") {
        bytes = rest;
    }
    let odd = bytes.is_empty()
        || bytes
            .split(|&b| b == b'/')
            .any(|part| part.is_empty() || part == b".." || part.eq_ignore_ascii_case(b".git"));
    (!odd).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_plain_addresses_only() {
        assert!(is_web("https://gitlab.example/a/b") && is_web("http://localhost:8080"));
        for other in [
            "",
            "https://",
            "javascript:alert(1)",
            "//x",
            "https://a b",
            "https://a\"b",
            "https://u@h/",
            "https://ä",
        ] {
            assert!(!is_web(other), "{other}");
        }
    }

    #[test]
    fn links_only_files_that_a_commit_may_contain() {
        let inside = |path: &[u8]| in_repository(&BlobPath::from_bytes(path)).is_some();
        assert!(inside(b"a/b") && inside(b"./a") && inside(b"a\xff/..b"));
        for outside in [
            &b""[..],
            b"/a",
            b"../a",
            b"a//b",
            b".git/config",
            b"a/.GIT/x",
        ] {
            assert!(!inside(outside));
        }
    }
}
