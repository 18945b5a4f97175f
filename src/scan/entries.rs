//! Recognizes archives while they are read, and scans their entries.

use std::collections::{HashMap, HashSet};
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::appended::AppendedZip;
use super::path_names::detect_in_name;
use crate::archive::{self, ArchiveFormat, ArchiveLimits, Budget, Entry, EntryVisitor, Problem};
use crate::detect::{Detected, Detection, Detector, Scratch, Unfinished};
use crate::model::{Blob, BlobPath, CredentialId, Hint, Origin, PathPatterns};

/// Maximum number of findings of one archive.
const MAX_FINDINGS: usize = 10_000;

/// Maximum number of problems of one archive that are reported one by one.
const MAX_PROBLEMS: usize = 100;

/// Options for opening archives.
#[derive(Clone, Debug)]
pub struct ArchiveOptions {
    /// The limits of each archive.
    pub limits: ArchiveLimits,
    /// Entries that are not scanned. An archive counts as a folder.
    pub exclude: PathPatterns,
}

impl Default for ArchiveOptions {
    /// Returns the default limits, without exclusions.
    fn default() -> Self {
        Self {
            limits: ArchiveLimits::default(),
            exclude: PathPatterns::none(),
        }
    }
}

/// The result of scanning a blob.
#[derive(Default)]
pub(crate) struct Scanned {
    /// The detections, for an archive those of all entries.
    pub(crate) detected: Detected,
    /// Number of scanned files: 1, and the entries of an archive.
    pub(crate) files: u64,
    /// True for an archive that was not opened.
    pub(super) is_unopened: bool,
    /// Problems of an archive, each with the path of the entry.
    pub(super) problems: Vec<(Vec<u8>, Problem)>,
    /// Number of further problems.
    pub(super) more_problems: u64,
    /// Number of excluded entries.
    pub(super) excluded: u64,
}

impl Scanned {
    /// Returns true if everything was examined to its end.
    pub(super) fn is_whole(&self) -> bool {
        self.detected.unfinished.is_empty() && self.problems.is_empty()
    }
}

/// Scans blobs and the entries of archives.
#[derive(Clone, Copy)]
pub(crate) struct EntryScanner<'a> {
    pub(crate) detector: &'a Detector,
    /// `None`: archives are scanned as they are stored.
    pub(crate) archives: Option<&'a ArchiveOptions>,
    /// Set to stop: the content then seems to end.
    pub(crate) stop: &'a AtomicBool,
}

impl EntryScanner<'_> {
    /// Scans a blob to its end, with its entries if it is an archive.
    ///
    /// # Errors
    /// Errors of reading the blob.
    pub(crate) fn scan(&self, blob: &mut Blob<'_>, scratch: &mut Scratch) -> io::Result<Scanned> {
        let Blob { hint, origin, .. } = *blob;
        let mut content = RecognizingReader::new(&mut *blob.content, hint.path, self);
        let detected = self.detector.scan(
            &mut Blob {
                hint,
                content: &mut content,
                origin,
            },
            scratch,
        )?;
        let scanned = Scanned {
            detected,
            files: 1,
            ..Scanned::default()
        };
        let mut appended = content.appended.content();
        let is_appended = content.format.is_none() && content.appended.is_present();
        let (Some(options), Some(format)) = (
            self.archives.filter(|_| !is_appended || appended.is_some()),
            content.format.or(is_appended.then_some(ArchiveFormat::Zip)),
        ) else {
            return Ok(Scanned {
                is_unopened: is_appended || content.format.is_some(),
                ..scanned
            });
        };
        let mut entries = EntryDetector {
            scanner: *self,
            scratch,
            options,
            hint,
            origin,
            scanned,
            searched_names: HashSet::new(),
            of_archives: HashMap::new(),
        };
        let budget = Budget::new(options.limits);
        // A stopped scan, an exceeded limit and the end are distinguished below.
        if let Some(appended) = appended.as_mut().filter(|_| is_appended) {
            let _ = archive::walk(format, hint.path, appended, &budget, &mut entries);
        } else {
            drop(appended);
            content.rewind();
            let _ = archive::walk(format, hint.path, &mut content, &budget, &mut entries);
            // A source may compare the number of bytes read with the size of the file.
            io::copy(&mut content, &mut io::sink())?;
        }
        let mut scanned = entries.scanned;
        if let Some(error) = content.error {
            return Err(error);
        }
        if self.stop.load(Ordering::Relaxed) {
            // The content seems to end early.
            scanned.problems.clear();
            scanned.more_problems = 0;
        }
        Ok(scanned)
    }

    /// Returns true for content that must be scanned as a whole, because it is an archive that is opened.
    pub(super) fn is_archive(&self, bytes: &[u8]) -> bool {
        let start = &bytes[..bytes.len().min(ArchiveFormat::START)];
        let ends_with_zip = || {
            let mut appended = AppendedZip::new(false);
            appended.add(bytes);
            appended.is_present()
        };
        self.archives.is_some()
            && (ArchiveFormat::recognize(start, b"").is_some() || ends_with_zip())
    }
}

/// Detects credentials in the entries of an archive.
struct EntryDetector<'s, 'b> {
    scanner: EntryScanner<'s>,
    scratch: &'s mut Scratch,
    options: &'s ArchiveOptions,
    /// The hint of the archive.
    hint: Hint<'b>,
    origin: &'b dyn Fn() -> Origin,
    scanned: Scanned,
    /// Paths of entries and folders whose own names were searched.
    searched_names: HashSet<Vec<u8>>,
    /// Credentials of each archive: true for those in names of its entries, false for those outside of its entries.
    /// Directories of archives contain the names, too.
    of_archives: HashMap<(Vec<u8>, CredentialId), bool>,
}

impl EntryDetector<'_, '_> {
    /// Returns true if a credential of an archive is not reported yet, either in a name or outside of entries.
    fn is_first(&mut self, archive: &[u8], detection: &Detection, is_name: bool) -> bool {
        let key = (archive.to_vec(), detection.finding.credential_id());
        *self.of_archives.entry(key).or_insert(is_name) == is_name
    }

    fn add(&mut self, found: Detected) {
        let total = &mut self.scanned.detected;
        total.bytes += found.bytes;
        total.steps += found.steps;
        total.unfinished.extend(found.unfinished);
        total.detections.extend(found.detections);
        if total.detections.len() > MAX_FINDINGS {
            total.detections.truncate(MAX_FINDINGS);
            total.unfinished.insert(Unfinished::Candidates);
        }
    }
}

impl EntryVisitor for EntryDetector<'_, '_> {
    fn entry(&mut self, entry: Entry<'_>) -> ControlFlow<()> {
        let Entry {
            path,
            name,
            is_outside,
            content,
        } = entry;
        let is_own = path.is_empty();
        let origin = || {
            let mut origin = (self.origin)();
            if !is_own {
                origin.path = origin.path.in_archive(path);
            }
            origin
        };
        let mut blob = Blob {
            hint: if is_own {
                self.hint
            } else {
                Hint::of_path(name)
            },
            content,
            origin: &origin,
        };
        // Reading the content of an entry does not fail.
        let found = self.scanner.detector.scan(&mut blob, self.scratch);
        let mut found = found.unwrap_or_default();
        if is_outside {
            found
                .detections
                .retain(|detection| self.is_first(path, detection, false));
        }
        self.add(found);
        self.scanned.files += u64::from(!is_own);
        if self.scanner.stop.load(Ordering::Relaxed) {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    fn name(&mut self, path: &[u8], name: &[u8]) {
        let detector = self.scanner.detector;
        // The prefilter finds nothing in nearly every name.
        if detector.is_clean(name, 0..name.len()) {
            return;
        }
        let name_at = path.len() - name.len();
        let mut start = 0;
        for end in memchr::memchr_iter(b'/', name).chain([name.len()]) {
            let (part, above) = (&name[start..end], &path[..name_at + end]);
            start = end + 1;
            if self.searched_names.len() >= MAX_FINDINGS
                || detector.is_clean(part, 0..part.len())
                || !self.searched_names.insert(above.to_vec())
            {
                continue;
            }
            let mut place = (self.origin)();
            place.path = place.path.in_archive(above);
            let kind = if end == name.len() { "entry" } else { "folder" };
            let archive = &path[..name_at.saturating_sub(1)];
            let mut detections = detect_in_name(detector, part, &place, kind);
            detections.retain(|detection| self.is_first(archive, detection, true));
            self.add(Detected {
                detections,
                ..Detected::default()
            });
        }
    }

    fn problem(&mut self, path: &[u8], problem: &Problem) {
        let problems = &mut self.scanned.problems;
        if problems.len() < MAX_PROBLEMS {
            problems.push((path.to_vec(), problem.clone()));
        } else {
            self.scanned.more_problems += 1;
        }
    }

    fn is_excluded(&mut self, path: &[u8]) -> bool {
        if self.options.exclude.is_empty() {
            return false;
        }
        let path = (self.origin)().path.in_archive(path).as_folders();
        let path = String::from_utf8_lossy(&path);
        let is_excluded = !path.starts_with('/')
            && self
                .options
                .exclude
                .matches_file_or_folders(Path::new(&*path));
        self.scanned.excluded += u64::from(is_excluded);
        is_excluded
    }
}

/// Content that seems empty to the detector if it is an archive that is opened, and whose start can be read again.
///
/// Archives are recognized in the bytes that the detector reads anyway, so that it costs no system call.
struct RecognizingReader<'c> {
    content: &'c mut dyn Read,
    stop: &'c AtomicBool,
    name: &'c [u8],
    is_opened: bool,
    state: ReadState,
    format: Option<ArchiveFormat>,
    /// The error of `content`. The archive seems to end there.
    error: Option<io::Error>,
    /// Watches content that is not an archive by its start.
    appended: AppendedZip,
}

enum ReadState {
    /// Nothing was read.
    Fresh,
    /// The first bytes are the start of an archive.
    Held(Vec<u8>),
    /// The first bytes are read again, from this position on.
    Again(Vec<u8>, usize),
    /// Everything else comes from the content.
    Plain,
    /// The end was read.
    Ended,
}

impl<'c> RecognizingReader<'c> {
    fn new(content: &'c mut dyn Read, name: &'c [u8], scanner: &EntryScanner<'c>) -> Self {
        let is_opened = scanner.archives.is_some();
        Self {
            content,
            stop: scanner.stop,
            name,
            is_opened,
            state: ReadState::Fresh,
            format: None,
            error: None,
            appended: AppendedZip::new(is_opened),
        }
    }

    /// Makes the archive readable from its start.
    fn rewind(&mut self) {
        self.state = match std::mem::replace(&mut self.state, ReadState::Plain) {
            ReadState::Held(start) => ReadState::Again(start, 0),
            other => other,
        };
    }

    /// Reads the first bytes.
    fn begin(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        self.state = ReadState::Plain;
        while filled < buffer.len().min(ArchiveFormat::START) {
            match self.content.read(&mut buffer[filled..]) {
                Ok(0) => {
                    self.state = ReadState::Ended;
                    break;
                }
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let start = &buffer[..filled];
        let known = &start[..filled.min(ArchiveFormat::START)];
        self.format = ArchiveFormat::recognize(known, self.name);
        if self.format.is_some() && self.is_opened {
            self.state = ReadState::Held(start.to_vec());
            return Ok(0);
        }
        if self.format.is_none() {
            self.appended.add(start);
        }
        Ok(filled)
    }
}

impl Read for RecognizingReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.stop.load(Ordering::Relaxed) {
            return Ok(0);
        }
        match &mut self.state {
            ReadState::Fresh => self.begin(buffer),
            ReadState::Held(_) | ReadState::Ended => Ok(0),
            ReadState::Again(start, at) => {
                let rest = &start[*at..];
                let count = rest.len().min(buffer.len());
                buffer[..count].copy_from_slice(&rest[..count]);
                *at += count;
                if *at == start.len() {
                    self.state = ReadState::Plain;
                }
                Ok(count)
            }
            ReadState::Plain if self.error.is_some() => Ok(0),
            ReadState::Plain => match self.content.read(buffer) {
                Err(error)
                    if self.format.is_some()
                        && self.is_opened
                        && error.kind() != io::ErrorKind::Interrupted =>
                {
                    self.error = Some(error);
                    Ok(0)
                }
                Ok(count) => {
                    if self.format.is_none() {
                        self.appended.add(&buffer[..count]);
                    }
                    Ok(count)
                }
                Err(error) => Err(error),
            },
        }
    }
}

/// Returns the path of an entry, or of the archive itself.
pub(super) fn path_in(archive: &BlobPath, entry: &[u8]) -> BlobPath {
    if entry.is_empty() {
        archive.clone()
    } else {
        archive.in_archive(entry)
    }
}
