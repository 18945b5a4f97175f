//! `include.path` and `includeIf.*.path`: which files a configuration pulls in.
//!
//! The conditions of `includeIf` are not asked: on some machine, on some branch, they hold.

use std::path::Path;

use super::context::lexical;
use super::folders::RepositoryFolders;
use super::{ConfigCandidate, ConfigVisit, MAX_DEPTH, MAX_INCLUDES};
use crate::model::{BlobKind, BlobPath};
use crate::syntax::git_config::{ConfigItem, items};

/// Queues the files that `config`, the text of `from`, includes. Those outside the repository are
/// reported as left out.
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
    // Git 2.52: the file may be missing, as it always may in an include.
    let value = value.strip_prefix(b":(optional)").unwrap_or(value);
    if value.is_empty() {
        return;
    }
    // The home folder and Git's own prefix are outside, wherever they are.
    let elsewhere = value.starts_with(b"~") || value.starts_with(b"%(");
    let Ok(path) = gix::path::from_byte_slice(value) else {
        visit.error(&from.path, "includes a file whose name cannot be read");
        return;
    };
    let folder = from.path.parent().unwrap_or(Path::new(""));
    let joined = folder.join(path);
    // By name first, so that nothing outside is touched: a look at a path can mount a disk or reach
    // for a server.
    if elsewhere || !folders.permit(&lexical(&joined)) {
        let shown_path = if memchr::memmem::find(value, b"://").is_some() {
            // No path, and it may hold a password: the including file stands for it.
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
