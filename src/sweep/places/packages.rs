//! Files of the package registry. GitLab adds files to a package but never changes one, so each is read once.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::updated::is_recent;
use crate::gitlab::FetchError;
use crate::report::url_path;
use crate::sweep::{Part, PartEnd, Place, PlaceError, RemoteItem, Survey, Tally};

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
    #[serde(default)]
    package_type: String,
}

/// A file, in the answers of `/projects/:id/packages/:package/package_files`.
#[derive(Clone, Debug, Deserialize)]
struct PackageFile {
    id: u64,
    file_name: String,
    file_sha256: Option<String>,
    size: Option<u64>,
    created_at: Option<String>,
}

/// The paths of files in the API, by the type of their package (<https://docs.gitlab.com/user/packages/>).
const PATHS_BY_TYPE: [(&str, &str); 6] = [
    ("generic", "generic/{name}/{version}/{file}"),
    ("maven", "maven/{name}/{version}/{file}"),
    ("npm", "npm/{name}/-/{file}"),
    ("nuget", "nuget/download/{name}/{version}/{file}"),
    ("pypi", "pypi/files/{sha256}/{file}"),
    ("rubygems", "rubygems/gems/{file}"),
];

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
            let is_new = |file: &PackageFile| {
                file.id > cursor.last_file && is_recent(part, &file.created_at)
            };
            files.retain(is_new);
            part.each(&files, |file| read_file(part, &api, &package, file))?;
            newest = files.iter().map(|file| file.id).fold(newest, u64::max);
        }
        part.set_cursor(&PackageCursor { last_file: newest });
        Ok(PartEnd::Done)
    }

    /// The files of each package are listed; a first reading downloads one of each, as most packages have.
    fn estimate(&self, survey: &Survey<'_>, cursor: Option<&Value>) -> Result<u64, PlaceError> {
        let path = format!("{}/packages?per_page=100", survey.subject().api());
        let packages = survey.list(path)?.total;
        let each = if cursor.is_none() { 2 } else { 1 };
        Ok(1 + packages / 100 + each * packages)
    }
}

impl Package {
    /// Returns the path in findings.
    fn path(&self) -> String {
        let version = self.version.as_deref().unwrap_or_default();
        let separator = if version.is_empty() { "" } else { "@" };
        format!("-/packages/{}/{}{separator}{version}", self.id, self.name)
    }

    /// Returns the path of a file below `/projects/:id/packages`, by the type of the package.
    fn path_by_type(&self, file: &PackageFile) -> Option<String> {
        let (_, template) = PATHS_BY_TYPE
            .iter()
            .find(|(kind, _)| *kind == self.package_type)?;
        let mut path = (*template).to_owned();
        for (key, value) in [
            ("{name}", Some(&self.name)),
            ("{version}", self.version.as_ref()),
            ("{sha256}", file.file_sha256.as_ref()),
            ("{file}", Some(&file.file_name)),
        ] {
            if path.contains(key) {
                let value = value.filter(|value| !value.split('/').any(|part| part == ".."))?;
                path = path.replace(key, &url_path(value.as_bytes()));
            }
        }
        Some(path)
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
    let limit = part.limits().max_file;
    if file.size.is_some_and(|size| size > limit) {
        part.count(Tally::LargeFiles, 1);
        return Ok(());
    }
    let by_id = format!("{api}/{}/package_files/{}/download", package.id, file.id);
    let mut download = part.client().download(&part.request(by_id), limit);
    // Older versions of GitLab offer files by the type of the package only.
    if let Err(FetchError::Refused { status: 404, .. }) = download
        && let Some(path) = package.path_by_type(file)
    {
        let by_type = part.request(format!("{api}/{path}"));
        download = part.client().download(&by_type, limit);
    }
    part.emit_download(&item, download)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derives_addresses_from_package_types() {
        let path = |kind: &str, name: &str, file: &str| {
            let package = Package {
                id: 7,
                name: name.to_owned(),
                version: Some("1.0".to_owned()),
                package_type: kind.to_owned(),
            };
            let file = PackageFile {
                id: 8,
                file_name: file.to_owned(),
                file_sha256: Some("abc".to_owned()),
                size: None,
                created_at: None,
            };
            package.path_by_type(&file)
        };
        for (kind, name, file, expected) in [
            (
                "generic",
                "app",
                "a b.zip",
                Some("generic/app/1.0/a%20b.zip"),
            ),
            (
                "npm",
                "@acme/shop",
                "shop-1.0.tgz",
                Some("npm/@acme/shop/-/shop-1.0.tgz"),
            ),
            (
                "maven",
                "com/acme/app",
                "app.jar",
                Some("maven/com/acme/app/1.0/app.jar"),
            ),
            ("pypi", "app", "app.whl", Some("pypi/files/abc/app.whl")),
            (
                "nuget",
                "App",
                "app.nupkg",
                Some("nuget/download/App/1.0/app.nupkg"),
            ),
            ("rubygems", "app", "app.gem", Some("rubygems/gems/app.gem")),
            ("conan", "app", "conanfile.py", None),
            ("generic", "..", "a", None),
        ] {
            let expected = expected.map(|path| path.replace('@', "%40"));
            assert_eq!(path(kind, name, file), expected, "{kind} {name}");
        }
    }
}
