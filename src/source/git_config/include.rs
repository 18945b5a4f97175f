//! `include.path` and `includeIf.*.path`: the files that a configuration includes.
//!
//! The conditions of `includeIf` are ignored: on some machine or branch they are true.

use std::path::Path;

use super::context::lexical;
use super::folders::RepositoryFolders;
use super::{ConfigCandidate, ConfigVisit, MAX_DEPTH, MAX_INCLUDES};
use crate::model::{BlobKind, BlobPath};
use crate::syntax::git_config::{ConfigItem, items};

/// Queues the files that `config`, the text of `from`, includes. Those outside of the repository are reported as
/// skipped.
pub(super) fn queue(
    visit: &mut ConfigVisit<'_, '_>,
    from: &ConfigCandidate,
    config: &[u8],
    folders: &RepositoryFolders,
) {
    let mut in_include = false;
    for item in items(config) {
        match item {
            ConfigItem::Section(section) => {
                in_include = matches!(section.name.as_slice(), b"include" | b"includeif");
            }
            ConfigItem::Value(entry) if in_include && entry.key.eq_ignore_ascii_case(b"path") => {
                if visit.included >= MAX_INCLUDES || from.depth >= MAX_DEPTH {
                    let limit = "too many or too deep includes; not all were followed";
                    visit.error(&from.path, limit);
                    return;
                }
                include(visit, from, entry.value.bytes(), folders);
            }
            ConfigItem::Value(_) => {}
        }
    }
}

/// Queues one file.
fn include(
    visit: &mut ConfigVisit<'_, '_>,
    from: &ConfigCandidate,
    value: &[u8],
    folders: &RepositoryFolders,
) {
    // Git 2.52: the file may be missing. Any included file may.
    let value = value.strip_prefix(b":(optional)").unwrap_or(value);
    if value.is_empty() {
        return;
    }
    // The home folder and Git's installation prefix are outside.
    let elsewhere = value.starts_with(b"~") || value.starts_with(b"%(");
    let Ok(path) = gix::path::from_byte_slice(value) else {
        visit.error(&from.path, "includes a file whose name cannot be read");
        return;
    };
    let folder = from.path.parent().unwrap_or(Path::new(""));
    let joined = folder.join(path);
    // The name is checked first, so that nothing outside is touched: reading a path may mount a disk or contact a
    // server.
    if elsewhere || !folders.permit(&lexical(&joined)) {
        let shown_path = if memchr::memmem::find(value, b"://").is_some() {
            // This is not a path and may contain a password, so the including file is named.
            visit.context.display_path(&from.path)
        } else if elsewhere || path.is_absolute() {
            BlobPath::from_bytes(value)
        } else {
            visit.context.display_path(&lexical(&joined))
        };
        visit.skipped(shown_path);
        return;
    }
    visit.included += 1;
    visit.queue.push_back(ConfigCandidate {
        path: joined,
        kind: BlobKind::GitConfig,
        depth: from.depth + 1,
    });
}
