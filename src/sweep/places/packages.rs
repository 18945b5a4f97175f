//! Files of the package registry. GitLab adds files to a package but never changes one, so that each is read once.

use serde::{Deserialize, Serialize};

use crate::sweep::{Part, PartEnd, Place, PlaceError, RemoteItem};

/// See the module.
#[derive(Debug)]
pub(super) struct Packages;

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct PackageCursor {
    /// Files up to this id are read.
    last_file: u64,
}

/// A package, in the answers of `/projects/:id/packages`.
#[derive(Debug, Deserialize)]
struct Package {
    id: u64,
    name: String,
    version: Option<String>,
}

/// A file, in the answers of `/projects/:id/packages/:package/package_files`.
#[derive(Clone, Debug, Deserialize)]
struct PackageFile {
    id: u64,
    file_name: String,
    size: Option<u64>,
    created_at: Option<String>,
}

impl Place for Packages {
    fn read(&self, part: &Part<'_>) -> Result<PartEnd, PlaceError> {
        part.keep_records();
        let cursor: PackageCursor = part.cursor().unwrap_or_default();
        let api = format!("{}/packages", part.subject().api());
        let mut newest = cursor.last_file;
        for package in part.items::<Package>(format!("{api}?per_page=100")) {
            let package = package?;
            let list = format!("{api}/{}/package_files?per_page=100", package.id);
            let files: Result<Vec<PackageFile>, PlaceError> = part.items(list).collect();
            let mut files = files.map_err(|error| error.of_item(package.path()))?;
            files.retain(|file| file.id > cursor.last_file);
            part.each(&files, |file| read_file(part, &api, &package, file))?;
            newest = files.iter().map(|file| file.id).fold(newest, u64::max);
        }
        part.set_cursor(&PackageCursor { last_file: newest });
        Ok(PartEnd::Done)
    }
}

impl Package {
    /// The path in findings.
    fn path(&self) -> String {
        let version = self.version.as_deref().unwrap_or_default();
        let separator = if version.is_empty() { "" } else { "@" };
        format!("-/packages/{}/{}{separator}{version}", self.id, self.name)
    }
}

fn read_file(
    part: &Part<'_>,
    api: &str,
    package: &Package,
    file: &PackageFile,
) -> Result<(), PlaceError> {
    let item = RemoteItem {
        path: &format!("{}/{}", package.path(), file.file_name),
        url: part.subject().page(&format!("-/packages/{}", package.id)),
        appeared: file.created_at.clone(),
        ..RemoteItem::default()
    };
    let path = format!("{api}/{}/package_files/{}/download", package.id, file.id);
    part.emit_file(
        &item,
        &part.request(path),
        file.size,
        part.limits().max_file,
    )
}
