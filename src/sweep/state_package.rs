//! A state that is a file of a generic package, which several machines can share
//! (<https://docs.gitlab.com/user/packages/generic_packages/>).
//!
//! GitLab has no conditional upload, but keeps all files that were uploaded under a name. So the files between the one
//! that was read and the one that was uploaded are those of other sweeps, and are merged.

use std::cmp::Reverse;
use std::io::Read as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::state::SweepState;
use super::state_file::{StateError, parse};
use crate::gitlab::{ApiRequest, AuthHeader, Client, FetchError};
use crate::model::{Secret, hex};

/// Minimum time between two uploads while a sweep runs. GitLab stores every upload as another file.
const MIN_INTERVAL: Duration = Duration::from_secs(600);

/// Maximum size of a state in bytes: GitLab's default limit for generic packages is 5 GB.
const MAX_STATE: u64 = 1 << 30;

/// Maximum number of uploads, if other sweeps upload at the same time.
const MAX_UPLOADS: u32 = 5;

/// The error if a file of another sweep is listed but not offered.
const OVERWRITTEN: &str = "another sweep has written it at the same time, and GitLab before 18.4 does not return that \
     version: the state lacks what the other sweep has found, which is in its report; use a state for each sweep";

/// Number of files of a package that are listed, newest first.
const LISTED: usize = 100;

/// A file of a package, in the answers of uploads and of `/projects/:id/packages/:package/package_files`.
#[derive(Deserialize)]
struct UploadedFile {
    id: u64,
    package_id: u64,
    file_name: String,
    file_sha256: Option<String>,
}

/// A state in a generic package of a project.
#[derive(Debug)]
pub struct StatePackage {
    client: Arc<Client>,
    auth: (AuthHeader, Secret),
    /// The path of the file below the address of the instance.
    path: String,
    /// The hash of the content that was read or written last.
    content: Option<String>,
    written: Instant,
}

/// Returns the path of the file of a generic package below the instance's address.
fn package_path<'a>(url: &'a str, instance: &str) -> Option<&'a str> {
    let path = url.strip_prefix(instance)?;
    let rest = path.strip_prefix("/api/v4/projects/")?;
    let segments: Vec<&str> = rest.split('/').collect();
    let is_plain = |segment: &&str| {
        !matches!(*segment, "" | "." | "..") && !segment.contains(['?', '#', '\\', ' '])
    };
    let is_package = matches!(*segments, [_, "packages", "generic", _, _, _]);
    (is_package && segments.iter().all(is_plain)).then_some(path)
}

impl StatePackage {
    /// Reads the state at an address, `INSTANCE/api/v4/projects/PROJECT/packages/generic/NAME/VERSION/FILE`; a new
    /// one if the package or the file does not exist.
    ///
    /// # Errors
    /// If the address has another form, or the state cannot be read or is damaged.
    pub fn open(
        url: &str,
        client: &Arc<Client>,
        auth: (AuthHeader, Secret),
    ) -> Result<(Self, SweepState), StateError> {
        let instance = client.instance().to_string();
        let Some(path) = package_path(url, &instance) else {
            return Err(StateError::Io {
                state: url.to_owned(),
                reason: format!(
                    "expected a file of a generic package on the same instance: \
                     {instance}/api/v4/projects/ID/packages/generic/NAME/VERSION/FILE"
                ),
            });
        };
        let mut package = Self {
            client: Arc::clone(client),
            auth,
            path: path.to_owned(),
            content: None,
            written: Instant::now(),
        };
        let bytes = package.download(path)?;
        package.content = bytes.as_deref().map(hash);
        let state = match bytes {
            Some(bytes) => parse(&bytes, url, &instance)?,
            None => SweepState::new(&instance),
        };
        Ok((package, state))
    }

    /// Uploads the first state, so that a missing permission is an error before a sweep.
    ///
    /// # Errors
    /// If the upload fails.
    pub fn create(&mut self, state: &SweepState) -> Result<(), StateError> {
        if self.exists() {
            Ok(())
        } else {
            self.write(state)
        }
    }

    /// Returns true if the file exists.
    pub fn exists(&self) -> bool {
        self.content.is_some()
    }

    /// Returns true if a write is due.
    pub(super) fn is_due(&self) -> bool {
        self.written.elapsed() >= MIN_INTERVAL
    }

    /// Uploads the state, and merges what other sweeps have uploaded since it was read.
    ///
    /// # Errors
    /// If a request fails, a file of another sweep is damaged, or other sweeps upload all the time.
    pub fn write(&mut self, state: &SweepState) -> Result<(), StateError> {
        let mut merged = None;
        for _ in 0..MAX_UPLOADS {
            let bytes = serde_json::to_vec(merged.as_ref().unwrap_or(state));
            let bytes = bytes.map_err(|error| self.io_error(&error))?;
            let content = hash(&bytes);
            let uploaded = self.upload(bytes)?;
            let others = self.uploaded_before(&uploaded)?;
            self.content = Some(content);
            self.written = Instant::now();
            if others.is_empty() {
                return Ok(());
            }
            let own = merged.get_or_insert_with(|| state.clone());
            for other in others {
                let Some(bytes) = self.download(&self.path_of(&other))? else {
                    return Err(self.io_error(&OVERWRITTEN));
                };
                own.merge(parse(&bytes, &self.url(), &state.instance)?, &self.url())?;
            }
        }
        Err(self.io_error(&"other sweeps write it at the same time; use a state for each sweep"))
    }

    /// Returns the files that others have uploaded between the file that was read last and this one.
    fn uploaded_before(&self, uploaded: &UploadedFile) -> Result<Vec<UploadedFile>, StateError> {
        let path = format!(
            "{}/{}/package_files?order_by=id&sort=desc&per_page={LISTED}",
            self.packages(),
            uploaded.package_id
        );
        let listed = self.client.page::<UploadedFile>(&self.request(path));
        let (files, _) = listed.map_err(|error| self.refusal(&error, "write"))?;
        let mut files = files;
        files.retain(|file| file.id < uploaded.id && file.file_name == uploaded.file_name);
        files.sort_by_key(|file| Reverse(file.id));
        let is_read =
            |file: &UploadedFile| file.file_sha256.is_some() && file.file_sha256 == self.content;
        let others = files.iter().position(is_read);
        files.truncate(others.unwrap_or(files.len()));
        Ok(files)
    }

    /// Returns the path of the packages of the project.
    fn packages(&self) -> &str {
        let end = self.path.find("/generic/");
        end.map_or(&*self.path, |end| &self.path[..end])
    }

    /// Returns the path of the content of one file (GitLab 18.4).
    fn path_of(&self, file: &UploadedFile) -> String {
        format!(
            "{}/{}/package_files/{}/download",
            self.packages(),
            file.package_id,
            file.id
        )
    }

    fn request(&self, path: impl Into<String>) -> ApiRequest {
        let (header, token) = self.auth.clone();
        ApiRequest::get(path).auth(header, &token)
    }

    fn url(&self) -> String {
        format!("{}{}", self.client.instance(), self.path)
    }

    fn io_error(&self, reason: &dyn ToString) -> StateError {
        StateError::Io {
            state: self.url(),
            reason: reason.to_string(),
        }
    }

    /// Returns the content of a file; `None` if it does not exist.
    fn download(&self, path: &str) -> Result<Option<Vec<u8>>, StateError> {
        let mut content = match self.client.download(&self.request(path), MAX_STATE) {
            Ok(content) => content,
            Err(error) if is_missing_file(&error) => return Ok(None),
            Err(error) => return Err(self.refusal(&error, "read")),
        };
        let mut bytes = Vec::new();
        match content.read_to_end(&mut bytes) {
            Ok(_) => Ok(Some(bytes)),
            Err(error) => Err(self.io_error(&error)),
        }
    }

    fn upload(&self, bytes: Vec<u8>) -> Result<UploadedFile, StateError> {
        let (header, token) = self.auth.clone();
        let path = format!("{}?select=package_file", self.path);
        let request = ApiRequest::upload(path, bytes).auth(header, &token);
        let stored = self.client.fetch(&request);
        stored.map_err(|error| self.refusal(&error, "write"))
    }

    /// Returns the error of a request, with the permission that it takes.
    fn refusal(&self, error: &FetchError, verb: &str) -> StateError {
        let advice = match error.status() {
            Some(401 | 403 | 404) => format!(
                "; to {verb} it, a job token needs access to the project (Settings > CI/CD > Job token permissions) and \
                 its user the role Developer; an access token needs the scope api; and the package must allow duplicates"
            ),
            _ => String::new(),
        };
        self.io_error(&format!("{error}{advice}"))
    }
}

/// Returns true if the project exists, but not the package or its file.
fn is_missing_file(error: &FetchError) -> bool {
    matches!(error, FetchError::Refused { status: 404, explanation }
        if !explanation.as_deref().is_some_and(|text| text.contains("Project")))
}

/// Returns a hash in the form of GitLab's `file_sha256`.
fn hash(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_files_of_generic_packages_of_the_same_instance() {
        let instance = "https://gitlab.example/root";
        let path = |rest: &str| format!("{instance}{rest}");
        let file = "/api/v4/projects/a%2Fb/packages/generic/state/1.0.0/state.json";
        assert_eq!(package_path(&path(file), instance), Some(file));
        for url in [
            path("/api/v4/projects/7/packages/generic/state/1.0.0"),
            path("/api/v4/projects/7/packages/generic/state/../state.json"),
            path("/api/v4/projects/7/packages/npm/state/1.0.0/state.json"),
            path("/api/v4/projects/7/packages/generic/state/1.0.0/state.json?select=package_file"),
            format!("https://gitlab.example{file}"),
            format!("https://gitlab.example/rootless{file}"),
        ] {
            assert_eq!(package_path(&url, instance), None, "{url}");
        }
    }
}
