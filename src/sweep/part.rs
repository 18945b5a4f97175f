//! A part of a place: the input of a place, and the results that it reports.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use parking_lot::{Mutex, MutexGuard};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::job_page::{JobPage, SubjectCache, job_page};
use super::mirror::{DiskBudget, GitCommands};
use super::visitor::{OriginMap, PageOf, SubjectVisitor};
use super::{PlaceError, PlaceRow, RemoteItem, Subject, SweepLimits, Tally, Unreadable};
use crate::gitlab::{ApiRequest, AuthHeader, Client, Download, RequestError};
use crate::model::{Blob, BlobKind, BlobPath, Hint, Origin, RemotePlace, Secret};
use crate::source::{NewVisitor, Range, ScanVisitor, Source};

/// The state that all parts of a sweep share.
pub struct SweepContext<'a> {
    /// The client of the instance.
    pub client: &'a Client,
    /// The operator's token.
    pub token: &'a Secret,
    /// Limits on the content.
    pub limits: SweepLimits,
    /// Number of threads that may help with the items of a place.
    pub idle_threads: AtomicUsize,
    /// Creates `git` commands.
    pub git: &'a dyn GitCommands,
    /// Set to stop soon.
    pub stop: &'a AtomicBool,
    /// Disk space for repositories.
    pub disk: DiskBudget,
}

/// The results of a part.
#[derive(Default)]
pub(super) struct PartRecord {
    /// The cursor of the place.
    pub(super) cursor: Option<Value>,
    /// Items that cannot be read.
    pub(super) unreadable: Vec<Unreadable>,
    /// Counts.
    pub(super) tallies: BTreeMap<Tally, u64>,
    /// True if the records of earlier sweeps are still valid.
    pub(super) keeps_records: bool,
    /// Items that were read now and could not be read before.
    pub(super) recovered: Vec<String>,
    /// True if content ended early.
    pub(super) is_broken: bool,
    /// The commits whose changes were read; known findings stay then.
    pub(super) changes: Option<Range>,
}

/// A part of a place of a subject, while it is read. Threads share it.
pub struct Part<'a> {
    pub(super) context: &'a SweepContext<'a>,
    pub(super) subject: &'a Subject,
    pub(super) row: &'static PlaceRow,
    pub(super) cache: &'a SubjectCache,
    pub(super) new_visitor: &'a NewVisitor<'a>,
    /// Visitors that no thread uses currently.
    pub(super) visitors: Mutex<Vec<Box<dyn ScanVisitor + 'a>>>,
    pub(super) record: Mutex<PartRecord>,
    /// Paths of items that could not be read before.
    pub(super) has_unread: bool,
}

/// Maximum number of threads that help with one repository: more would wait for its delta bases.
const MAX_HELPERS: usize = 7;

impl<'a> Part<'a> {
    /// Returns the subject of the place.
    pub fn subject(&self) -> &Subject {
        self.subject
    }

    /// Returns the limits on the content.
    pub fn limits(&self) -> &SweepLimits {
        &self.context.limits
    }

    /// Returns the client of the instance.
    pub fn client(&self) -> &Client {
        self.context.client
    }

    /// Returns the cursor of the last part or the last sweep; `None` at first, and if it has another form.
    pub fn cursor<T: DeserializeOwned>(&self) -> Option<T> {
        T::deserialize(self.record().cursor.as_ref()?).ok()
    }

    /// Sets the cursor. It is stored if the part ends without a failure, and must not contain secrets.
    pub fn set_cursor<T: Serialize>(&self, cursor: &T) {
        self.record().cursor = serde_json::to_value(cursor).ok();
    }

    /// Returns a `GET` request with the operator's token. The path begins with `/api/v4/`, as that of
    /// [`Subject::api`] does.
    pub fn request(&self, path: impl Into<String>) -> ApiRequest {
        self.authenticate(ApiRequest::get(path))
    }

    /// Returns the operator's token.
    pub fn token(&self) -> &Secret {
        self.context.token
    }

    /// Adds the operator's token to a request.
    pub fn authenticate(&self, request: ApiRequest) -> ApiRequest {
        request.auth(AuthHeader::PrivateToken, self.context.token)
    }

    /// Returns the parsed response to a `GET` request.
    ///
    /// # Errors
    /// If the request fails or is refused, or the response has another form.
    pub fn fetch<T: DeserializeOwned>(&self, path: impl Into<String>) -> Result<T, PlaceError> {
        Ok(self.context.client.fetch(&self.request(path))?)
    }

    /// Returns the items of a listing, one page at a time.
    pub fn items<T: DeserializeOwned>(
        &self,
        path: impl Into<String>,
    ) -> impl Iterator<Item = Result<T, PlaceError>> {
        let items = self.context.client.items(self.request(path));
        items.map(|item| item.map_err(PlaceError::from))
    }

    /// Starts the download of content of at most `limit` bytes.
    ///
    /// # Errors
    /// If the request fails or is refused, or the content is larger.
    pub fn download(
        &self,
        path: impl Into<String>,
        limit: u64,
    ) -> Result<Download<'_>, PlaceError> {
        Ok(self.context.client.download(&self.request(path), limit)?)
    }

    /// Returns the first page of the project's jobs, newest first, which logs and artifacts share. It has at most 100
    /// jobs, and no more than [`SweepLimits::jobs`].
    ///
    /// # Errors
    /// If the request fails or is refused.
    pub fn recent_jobs(&self) -> Result<Arc<JobPage>, PlaceError> {
        self.cache.recent_jobs(self.context, self.subject)
    }

    /// Returns a page of the project's jobs: [`JobPage::next`] is the query of the one after it.
    ///
    /// # Errors
    /// If the request fails or is refused.
    pub fn job_page(&self, query: &str) -> Result<Arc<JobPage>, PlaceError> {
        job_page(self.context, self.subject, query)
    }

    /// Scans an item, to its end.
    ///
    /// Content that ends early is recorded, and the next sweep reads the part again.
    ///
    /// # Errors
    /// [`PlaceError::Interrupted`] if the scan should stop.
    pub fn emit(&self, item: &RemoteItem<'_>, content: &mut dyn Read) -> Result<(), PlaceError> {
        self.visit(item, content, |visitor, blob| visitor.blob(blob))
    }

    /// Scans an item, with `remark` added to the messages of its findings.
    ///
    /// # Errors
    /// As [`Part::emit`].
    pub fn emit_with_remark(
        &self,
        item: &RemoteItem<'_>,
        content: &[u8],
        remark: &str,
    ) -> Result<(), PlaceError> {
        self.visit(item, &mut &*content, |visitor, blob| {
            visitor.count(1, content.len() as u64);
            visitor.placed(blob, &|_| true, remark)
        })
    }

    /// Returns true if a scan of the content would report a finding. Reports nothing.
    pub fn is_credential(&self, item: &RemoteItem<'_>, content: &[u8]) -> bool {
        let path = self.subject.below(item.path);
        let mut visitor = self.take_visitor();
        let probed = visitor.probe(Hint::of_path(path.as_bytes()), &mut &*content);
        self.visitors.lock().push(visitor);
        probed.is_ok_and(|probed| !probed.found.is_empty())
    }

    fn visit(
        &self,
        item: &RemoteItem<'_>,
        content: &mut dyn Read,
        visit: impl FnOnce(&mut (dyn ScanVisitor + 'a), Blob<'_>) -> ControlFlow<()>,
    ) -> Result<(), PlaceError> {
        let path = BlobPath::from_bytes(self.subject.below(item.path));
        let mut content = TrackedReader {
            content,
            is_broken: false,
        };
        let origin = || Origin {
            path: path.clone(),
            on_disk: None,
            kind: BlobKind::Content,
            commit: None,
            remote: Some(Arc::new(self.place_of(item))),
        };
        let blob = Blob {
            hint: Hint::of_path(path.as_bytes()),
            content: &mut content,
            origin: &origin,
        };
        let mut visitor = self.take_visitor();
        let flow = visit(&mut *visitor, blob);
        self.visitors.lock().push(visitor);
        {
            let mut record = self.record();
            record.is_broken |= content.is_broken;
            // The records of unreadable items are redacted, so that their paths cannot be compared here.
            if self.has_unread {
                record.recovered.push(path.to_string());
            }
        }
        if flow.is_break() {
            Err(PlaceError::Interrupted)
        } else {
            Ok(())
        }
    }

    /// Passes all content of a source to the scan, as content of this place. In the paths of findings, `suffix`
    /// follows the path of the subject; `page` returns the page of a file in a commit.
    pub fn emit_source(&self, source: &dyn Source, suffix: &str, page: &PageOf<'_>) {
        let helpers = self.take_threads(MAX_HELPERS);
        source.visit(1 + helpers, &|| {
            Box::new(SubjectVisitor {
                inner: (self.new_visitor)(),
                origins: OriginMap {
                    part: self,
                    suffix,
                    page,
                },
            })
        });
        self.return_threads(helpers);
    }

    /// Passes the changes of some commits to the scan. Findings of earlier parts stay: they name the commit that
    /// introduced a secret.
    pub fn emit_changes(&self, changes: Range, suffix: &str, page: &PageOf<'_>) {
        self.emit_source(&changes, suffix, page);
        self.record().changes = Some(changes);
    }

    /// Returns the place of an item.
    pub(super) fn place_of(&self, item: &RemoteItem<'_>) -> RemotePlace {
        RemotePlace {
            kind: self.row.kind,
            owner: self.subject.path.clone(),
            url: if item.url.is_empty() {
                self.subject.web_url.clone()
            } else {
                item.url.clone()
            },
            has_line_anchors: item.has_line_anchors,
            entry_page: item.entry_page.clone(),
            visibility: item.visibility.or(self.subject.visibility),
            protection: item.protection,
            appeared: item.appeared.clone(),
            known: false,
        }
    }

    /// Calls `read` for each item, also on idle threads. An unreadable item is recorded, and the others are read.
    ///
    /// # Errors
    /// [`PlaceError::Interrupted`] if the scan should stop.
    pub fn each<T: Sync>(
        &self,
        items: &[T],
        read: impl Fn(&T) -> Result<(), PlaceError> + Sync,
    ) -> Result<(), PlaceError> {
        let next = AtomicUsize::new(0);
        let is_interrupted = AtomicUsize::new(0);
        let work = || {
            while is_interrupted.load(Ordering::Relaxed) == 0
                && let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed))
            {
                match read(item) {
                    Ok(()) => {}
                    Err(PlaceError::Unreadable(unreadable)) => self.unreadable(unreadable),
                    Err(PlaceError::Interrupted) => is_interrupted.store(1, Ordering::Relaxed),
                }
            }
        };
        let helpers = self.take_threads(items.len().saturating_sub(1));
        std::thread::scope(|scope| {
            for _ in 0..helpers {
                // If the system starts no more threads, this one does the work.
                let _ = std::thread::Builder::new().spawn_scoped(scope, work);
            }
            work();
        });
        self.return_threads(helpers);
        if is_interrupted.load(Ordering::Relaxed) == 0 {
            Ok(())
        } else {
            Err(PlaceError::Interrupted)
        }
    }

    /// Records an unreadable item.
    pub fn unreadable(&self, unreadable: Unreadable) {
        self.record().unreadable.push(unreadable);
    }

    /// Keeps the records of earlier sweeps: for places that do not read items again. Records of items that are read
    /// again are replaced.
    pub fn keep_records(&self) {
        self.record().keeps_records = true;
    }

    /// Counts items for the notes.
    pub fn count(&self, what: Tally, number: u64) {
        *self.record().tallies.entry(what).or_default() += number;
    }

    fn take_visitor(&self) -> Box<dyn ScanVisitor + 'a> {
        let unused = self.visitors.lock().pop();
        unused.unwrap_or_else(|| (self.new_visitor)())
    }

    fn take_threads(&self, most: usize) -> usize {
        let mut taken = 0;
        let take = |idle: usize| {
            taken = idle.min(most);
            Some(idle - taken)
        };
        let idle = &self.context.idle_threads;
        // Never fails, since the closure returns a number.
        let _ = idle.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take);
        taken
    }

    fn return_threads(&self, number: usize) {
        let idle = &self.context.idle_threads;
        idle.fetch_add(number, Ordering::Relaxed);
    }

    fn record(&self) -> MutexGuard<'_, PartRecord> {
        self.record.lock()
    }
}

/// A reader that records whether the content ends early.
struct TrackedReader<'a> {
    content: &'a mut dyn Read,
    is_broken: bool,
}

impl Read for TrackedReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let result = self.content.read(buffer);
        match &result {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                let reason = error.get_ref().and_then(|error| error.downcast_ref());
                // The error of content that is too large is permanent.
                self.is_broken |= !matches!(reason, Some(RequestError::TooLarge(_)));
            }
        }
        result
    }
}
