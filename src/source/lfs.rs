//! Git LFS pointers: small text files in place of content that is stored elsewhere.

/// Pointers are shorter than this, in bytes (<https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md>).
pub(crate) const MAX_POINTER: usize = 1024;

/// First lines of pointers: the current format and the two before it.
const VERSIONS: [&[u8]; 3] = [
    b"version https://git-lfs.github.com/spec/v1",
    b"version https://hawser.github.com/spec/v1",
    b"version http://git-media.io/v/2",
];

/// Returns true if `bytes` is a whole Git LFS pointer.
///
/// It is as lenient as Git LFS itself: line ends may be CRLF, unknown keys are allowed.
pub(crate) fn is_lfs_pointer(bytes: &[u8]) -> bool {
    if bytes.len() >= MAX_POINTER {
        return false;
    }
    let mut lines = bytes
        .trim_ascii()
        .split(|&b| b == b'\n')
        .map(<[u8]>::trim_ascii);
    if !lines.next().is_some_and(|line| VERSIONS.contains(&line)) {
        return false;
    }
    let (mut has_oid, mut has_size) = (false, false);
    for line in lines {
        if let Some(oid) = line.strip_prefix(b"oid sha256:") {
            has_oid |= oid.len() == 64 && oid.iter().all(u8::is_ascii_hexdigit);
        } else if let Some(size) = line.strip_prefix(b"size ") {
            has_size |= !size.is_empty() && size.iter().all(u8::is_ascii_digit);
        }
    }
    has_oid && has_size
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recognizes_pointers_as_git_lfs_does() {
        let oid = "7".repeat(64);
        let head = "version https://git-lfs.github.com/spec/v1";
        for pointer in [
            format!("{head}\noid sha256:{oid}\nsize 12\n"),
            format!("{head}\r\noid sha256:{oid}\r\nsize 12"),
            format!("{head}\next-0-x sha256:{oid}\noid sha256:{oid}\nsize 0\n"),
            format!("version https://hawser.github.com/spec/v1\noid sha256:{oid}\nsize 1\n"),
        ] {
            assert!(is_lfs_pointer(pointer.as_bytes()), "{pointer}");
        }
    }

    #[test]
    fn rejects_other_text() {
        let oid = "7".repeat(64);
        let head = "version https://git-lfs.github.com/spec/v1";
        for text in [
            String::new(),
            format!("{head}\n"),
            format!("{head}\noid sha256:{oid}\n"),
            format!("{head}\noid sha256:77\nsize 12\n"),
            format!("{head}\noid sha256:{oid}\nsize x\n"),
            format!("see {head}\noid sha256:{oid}\nsize 12\n"),
            format!(
                "{head}\noid sha256:{oid}\nsize 12\n{}",
                "#".repeat(MAX_POINTER)
            ),
        ] {
            assert!(!is_lfs_pointer(text.as_bytes()), "{text}");
        }
    }
}
