//! Credentials in the names of files and folders. Everyone who can list a folder can read its names.

use std::collections::HashSet;

use super::worker::Worker;
use crate::detect::{Detection, Detector};
use crate::model::{BlobPath, Finding, Origin};

/// Maximum number of searched paths in the memory of a thread.
const MAX_REMEMBERED: usize = 4096;

/// The paths that a thread has searched.
#[derive(Debug, Default)]
pub(super) struct SearchedNames {
    /// The folder of the last file.
    folder: Vec<u8>,
    /// Paths of files and folders whose own names were searched.
    paths: HashSet<BlobPath>,
}

impl SearchedNames {
    /// Adds a path; returns false if it was searched before.
    fn add(&mut self, path: &BlobPath) -> bool {
        if self.paths.len() >= MAX_REMEMBERED {
            self.paths.clear();
        }
        self.paths.insert(path.clone())
    }

    /// Returns the part of a path that differs from the last one: all of it, or the name of the file.
    fn new_part<'p>(&mut self, path: &'p [u8]) -> &'p [u8] {
        let end = memchr::memrchr(b'/', path).map_or(0, |at| at + 1);
        let (folder, name) = path.split_at(end);
        if folder == self.folder {
            return name;
        }
        self.folder.clear();
        self.folder.extend_from_slice(folder);
        path
    }
}

/// Returns the credentials in the name of the file, folder or entry (`kind`) at this place.
pub(super) fn detect_in_name(
    detector: &Detector,
    name: &[u8],
    place: &Origin,
    kind: &str,
) -> Vec<Detection> {
    // The path must not select a parser for its own name.
    let nameless = Origin {
        path: BlobPath::default(),
        ..place.clone()
    };
    let mut found = detector.scan_bytes(name, &nameless);
    // A guessable password cannot be distinguished from an ordinary name.
    found.retain(|detection| !detection.finding.secret.is_guessable());
    for Detection { finding, .. } in &mut found {
        finding.fingerprint = finding.fingerprint_at(&place.path);
        finding.location.path = place.path.clone();
        finding.message = format!("{} It is in the name of the {kind}.", finding.message).into();
    }
    found
}

impl Worker<'_> {
    /// Reports the credentials in the names of a path, each once. `shown` ends in the path.
    pub(super) fn scan_names(&mut self, shown: &[u8], origin: &dyn Fn() -> Origin) {
        let new = self.searched_names.new_part(shown);
        // The prefilter finds nothing in nearly every path.
        if self.scan().detector.is_clean(new, 0..new.len()) {
            return;
        }
        let file = origin();
        let path = file.path.as_bytes();
        let ends = memchr::memchr_iter(b'/', path).chain([path.len()]);
        let mut start = 0;
        for end in ends {
            let (name, above) = (&path[start..end], &path[..end]);
            start = end + 1;
            if self.scan().detector.is_clean(name, 0..name.len()) {
                continue;
            }
            let place = Origin {
                path: BlobPath::from_bytes(above),
                on_disk: file.on_disk.clone().filter(|_| end == path.len()),
                ..file.clone()
            };
            if self.searched_names.add(&place.path) {
                self.scan_name(name, place, end == path.len());
            }
        }
    }

    fn scan_name(&mut self, name: &[u8], place: Origin, is_file: bool) {
        let kind = if is_file { "file" } else { "folder" };
        for detection in detect_in_name(self.scan().detector, name, &place, kind) {
            if self.is_first(&detection.finding) {
                self.take(detection);
            }
        }
    }

    /// Returns false if another thread has reported the name.
    fn is_first(&self, finding: &Finding) -> bool {
        let key = (finding.location.path.clone(), finding.credential_id());
        self.progress().collected().names.insert(key)
    }
}
