//! Secure files of CI/CD. GitLab never changes one, so each is read once.

use serde::{Deserialize, Serialize};

use super::updated::is_recent;
use crate::model::Visibility;
use crate::sweep::{Part, PartEnd, Place, PlaceError, RemoteItem};

/// See the module.
#[derive(Debug)]
pub(super) struct SecureFiles;

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct FileCursor {
    /// Files up to this id are read.
    last: u64,
}

/// A file, in the answers of `/projects/:id/secure_files`.
#[derive(Deserialize)]
struct SecureFile {
    id: u64,
    name: String,
    created_at: Option<String>,
}

impl Place for SecureFiles {
    fn read(&self, part: &Part<'_>) -> Result<PartEnd, PlaceError> {
        part.keep_records();
        let cursor: FileCursor = part.cursor().unwrap_or_default();
        let api = format!("{}/secure_files", part.subject().api());
        let all = part.items::<SecureFile>(format!("{api}?per_page=100"));
        let is_new = |file: &Result<SecureFile, PlaceError>| {
            file.as_ref().map_or(true, |file| file.id > cursor.last)
        };
        let files: Vec<SecureFile> = all.filter(is_new).collect::<Result<_, _>>()?;
        part.each(&files, |file| {
            if !is_recent(part, &file.created_at) {
                return Ok(());
            }
            let item = RemoteItem {
                path: &format!("-/secure_files/{}/{}", file.id, file.name),
                url: part.subject().page("-/settings/ci_cd#js-secure-files"),
                visibility: Some(Visibility::Private),
                appeared: file.created_at.clone(),
                ..RemoteItem::default()
            };
            let request = part.request(format!("{api}/{}/download", file.id));
            part.emit_file(&item, &request, None, part.limits().max_file)
        })?;
        let newest = files.iter().map(|file| file.id).max();
        part.set_cursor(&FileCursor {
            last: cursor.last.max(newest.unwrap_or_default()),
        });
        Ok(PartEnd::Done)
    }
}
