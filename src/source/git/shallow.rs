//! The commits at which a shallow clone ends.

use std::collections::HashSet;
use std::io;
use std::path::Path;

use gix::ObjectId;

use crate::safe_file::read_below;

/// The largest list that is read, in bytes: a line for each commit.
pub(super) const MAX_FILE: u64 = 64 * 1024 * 1024;

/// Reads the file `shallow`. A repository without the file is not shallow.
///
/// Without a known hash, ids of any hash are accepted. This is called before `gix` reads the file, because `gix`
/// panics on some invalid content.
pub(super) fn read(path: &Path, hash: Option<gix::hash::Kind>) -> io::Result<HashSet<ObjectId>> {
    let invalid = |what: String| io::Error::new(io::ErrorKind::InvalidData, what);
    let folder = path.parent().unwrap_or(Path::new(""));
    let name = path.file_name().unwrap_or_default();
    let text = match read_below(folder, Path::new(name), MAX_FILE) {
        Ok(text) => text,
        Err(error) if error.is_absent() => return Ok(HashSet::new()),
        Err(error) => return Err(error.into()),
    };
    let lines = text.split(|&byte| byte == b'\n').enumerate();
    lines
        .filter(|(_, line)| !line.is_empty())
        .map(|(at, line)| {
            let id = ObjectId::from_hex(line.trim_ascii_end()).ok();
            id.filter(|id| hash.is_none_or(|hash| id.kind() == hash))
                .ok_or_else(|| invalid(format!("line {} is not an object id", at + 1)))
        })
        .collect()
}
