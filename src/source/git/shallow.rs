//! The commits at which a shallow clone ends.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

use gix::ObjectId;

/// The largest list that is read, in bytes: a line for each commit.
pub(super) const MAX_FILE: u64 = 64 * 1024 * 1024;

/// Reads the file `shallow`. A repository without the file is not shallow.
///
/// Without a known hash, ids of any hash are accepted. This is called before `gix` reads the file, because `gix`
/// panics on some invalid content.
pub(super) fn read(path: &Path, hash: Option<gix::hash::Kind>) -> io::Result<HashSet<ObjectId>> {
    let invalid = |what: String| io::Error::new(io::ErrorKind::InvalidData, what);
    let meta = match fs::symlink_metadata(path) {
        Ok(meta) => meta,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(HashSet::new()),
        Err(error) => return Err(error),
    };
    if !meta.is_file() {
        return Err(invalid("it is not a regular file".to_owned()));
    }
    let mut text = Vec::new();
    File::open(path)?
        .take(MAX_FILE + 1)
        .read_to_end(&mut text)?;
    if text.len() as u64 > MAX_FILE {
        return Err(invalid(format!("it is larger than {MAX_FILE} bytes")));
    }
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
