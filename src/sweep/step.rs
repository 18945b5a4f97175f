//! A part of a place as a source, so that a scan returns its findings.

use std::fmt;

use parking_lot::Mutex;
use serde_json::Value;

use super::job_page::SubjectCache;
use super::part::{PartRecord, SweepContext};
use super::{Part, PartEnd, PlaceError, PlaceRow, Subject};
use crate::model::Outcome;
use crate::source::{NewVisitor, Source};

/// A part of a place of a subject.
pub(super) struct StepSource<'a> {
    pub(super) context: &'a SweepContext<'a>,
    pub(super) subject: &'a Subject,
    pub(super) row: &'static PlaceRow,
    pub(super) cache: &'a SubjectCache,
    /// The cursor of the place.
    pub(super) cursor: Option<Value>,
    /// True if items could not be read before.
    pub(super) has_unread: bool,
    /// The path of the only item to read; `None` for the next part of the place.
    pub(super) item: Option<String>,
    /// The result, set by the visit.
    pub(super) end: Mutex<Option<StepEnd>>,
}

/// The result of a part, and its records.
pub(super) struct StepEnd {
    pub(super) result: Result<PartEnd, PlaceError>,
    pub(super) record: PartRecord,
}

impl Source for StepSource<'_> {
    fn visit<'a>(&'a self, _threads: usize, new_visitor: &'a NewVisitor<'a>) {
        let record = PartRecord {
            cursor: self.cursor.clone(),
            ..PartRecord::default()
        };
        let part = Part {
            context: self.context,
            subject: self.subject,
            row: self.row,
            cache: self.cache,
            new_visitor,
            visitors: Mutex::default(),
            has_unread: self.has_unread,
            record: Mutex::new(record),
        };
        let result = match &self.item {
            Some(item) => self
                .row
                .place
                .read_item(&part, item)
                .map(|()| PartEnd::Done),
            None => self.row.place.read(&part),
        };
        let record = std::mem::take(&mut *part.record.lock());
        *self.end.lock() = Some(StepEnd { result, record });
    }

    fn settle(&self, outcome: &mut Outcome) {
        let end = self.end.lock();
        let changes = end.as_ref().and_then(|end| end.record.changes.as_ref());
        if let Some(changes) = changes {
            changes.settle(outcome);
        }
    }
}

/// Scans one item again, by its path below the subject.
///
/// # Errors
/// If the item cannot be read, with the reason.
pub fn scan_item(
    context: &SweepContext<'_>,
    subject: &Subject,
    row: &'static PlaceRow,
    item: &str,
    scan: impl FnOnce(&dyn Source) -> Outcome,
) -> Result<Outcome, String> {
    let cache = SubjectCache::default();
    let source = StepSource {
        context,
        subject,
        row,
        cache: &cache,
        cursor: None,
        has_unread: false,
        item: Some(item.to_owned()),
        end: Mutex::default(),
    };
    let outcome = scan(&source);
    match source.end.lock().take().map(|end| end.result) {
        Some(Err(PlaceError::Unreadable(unreadable))) => Err(unreadable.reason),
        Some(Err(PlaceError::Interrupted)) => Err("interrupted".to_owned()),
        _ => Ok(outcome),
    }
}

impl fmt::Debug for StepSource<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StepSource({}, {:?})", self.subject.path, self.row)
    }
}
