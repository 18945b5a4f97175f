//! Reads secrets again from the places of an instance in which a sweep has found them.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::atomic::AtomicBool;

use super::reader::PlaceFindings;
use crate::gitlab::Client;
use crate::model::{Outcome, PlaceKind, RemotePlace, Secret};
use crate::report::json::JsonLocation;
use crate::source::Source;
use crate::sweep::places::row;
use crate::sweep::{
    DiskBudget, GitCommands, Subject, SubjectLister, SweepContext, SweepLimits, Targets, scan_item,
};

/// Maximum size of a file in bytes.
const MAX_FILE: u64 = 1 << 30;

/// Reads places of one instance with the operator's token.
pub struct RemoteReader<'a> {
    context: SweepContext<'a>,
    /// Projects and groups by path, or why they cannot be used.
    subjects: RefCell<HashMap<String, Result<Subject, String>>>,
    /// The items that were read.
    items: RefCell<HashMap<(PlaceKind, String), PlaceFindings>>,
}

impl<'a> RemoteReader<'a> {
    /// Creates a reader of an instance.
    pub fn new(
        client: &'a Client,
        token: &'a Secret,
        git: &'a dyn GitCommands,
        stop: &'a AtomicBool,
    ) -> Self {
        let limits = SweepLimits {
            max_file: MAX_FILE,
            ..SweepLimits::default()
        };
        Self {
            context: SweepContext {
                client,
                token,
                disk: DiskBudget::new(limits.disk, 0),
                limits,
                idle_threads: 0.into(),
                git,
                stop,
            },
            subjects: RefCell::default(),
            items: RefCell::default(),
        }
    }

    /// Returns all findings of the item at a location.
    ///
    /// # Errors
    /// If it belongs to another instance or cannot be read.
    pub(super) fn findings_at(
        &self,
        location: &JsonLocation,
        place: &RemotePlace,
        scan: impl FnOnce(&dyn Source) -> Outcome,
    ) -> PlaceFindings {
        let path = location.blob_path().openable().to_string();
        let key = (place.kind, path.clone());
        if let Some(found) = self.items.borrow().get(&key) {
            return found.clone();
        }
        let found = self.scan_item(place, &path, scan);
        self.items.borrow_mut().insert(key, found.clone());
        found
    }

    fn scan_item(
        &self,
        place: &RemotePlace,
        path: &str,
        scan: impl FnOnce(&dyn Source) -> Outcome,
    ) -> PlaceFindings {
        let instance = self.context.client.instance();
        let is_here = place
            .url
            .strip_prefix(&instance.to_string())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        if !is_here {
            return Err(format!(
                "its place is a page of another instance: {}",
                place.url
            ));
        }
        let about = |reason: &dyn ToString| {
            format!("its place cannot be read again: {}", reason.to_string())
        };
        let row = row(place.kind).ok_or_else(|| about(&"it is of an unknown kind"))?;
        let subject = self.subject(&place.owner).map_err(|error| about(&error))?;
        let item = match place.owner.as_str() {
            "" => path,
            owner => path.strip_prefix(owner).unwrap_or(path),
        };
        let item = item.trim_start_matches('/');
        let outcome = scan_item(&self.context, &subject, row, item, scan);
        let outcome = outcome.map_err(|error| about(&error))?;
        Ok(Rc::new(outcome.findings))
    }

    /// Returns the project, group or instance with this path.
    fn subject(&self, path: &str) -> Result<Subject, String> {
        if let Some(subject) = self.subjects.borrow().get(path) {
            return subject.clone();
        }
        let lister = SubjectLister {
            client: self.context.client,
            token: self.context.token,
            with_statistics: false,
        };
        let target = if path.is_empty() {
            "-".to_owned()
        } else {
            format!("{path}/-")
        };
        let found = match lister.list(&Targets::Paths(vec![target])) {
            Ok(found) => found.into_iter().find(|subject| subject.path == path),
            Err(error) => return Err(error.to_string()),
        };
        let subject = found.ok_or_else(|| format!("'{path}' was renamed or deleted"));
        self.subjects
            .borrow_mut()
            .insert(path.to_owned(), subject.clone());
        subject
    }
}

impl std::fmt::Debug for RemoteReader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RemoteReader({})", self.context.client.instance())
    }
}
