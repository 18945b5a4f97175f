//! From bytes to findings: a pure function of a blob and a hint of its type.
//!
//! ```text
//! blob -> window -> prefilter -> pattern + boundary -> validator -> candidate
//!                   documents ------------------------> validator -> candidate -> resolve -> finding
//! ```

mod assess;
mod blob_matches;
mod boundary;
mod candidate;
mod clean;
mod decode;
mod documents;
mod excerpt;
mod fill;
mod lazy;
mod locate;
mod prefilter;
mod resolve;
mod step_budget;
mod unfinished;
mod validator;
mod window;

use std::io;
use std::ops::Range;
use std::sync::Arc;

use parking_lot::Mutex;

use assess::{AssessedMatch, RuleMatcher};
use blob_matches::BlobMatches;
use candidate::Candidate;
use locate::LineIndex;
use prefilter::{Prefilter, PrefilterHit};
use resolve::RejectedMatch;
use step_budget::StepBudget;
use validator::Validator;
use window::Window;

pub use lazy::LazyDetector;
pub use multisearch::{BuildError, SimdLevel, SimdLevelError};
pub use unfinished::{Exceeded, Unfinished};

use crate::model::{Blob, DeclaredCharset, Finding, Hint, Origin};
use crate::rule::{KnownRuns, RuleSet};

/// The largest file that is read as a document; a larger one is scanned as plain text only, and
/// reported as unfinished if it may contain a credential that only its key identifies.
const MAX_DOCUMENT: usize = 32 << 20;

/// The longest name of a character encoding that is shown.
const MAX_CHARSET_NAME: usize = 40;

/// Steps for a hit of a keyword, besides those for the bytes around it.
const STEPS_OF_HIT: usize = 100;

/// The rules, ready to run. Shared by all threads.
#[derive(Debug)]
pub struct Detector {
    matcher: RuleMatcher,
    formats: documents::Formats,
    window: usize,
    /// See [`window::WholeBlobs`].
    large: Mutex<()>,
    /// Disabled rules whose detections are counted.
    counted: Option<Arc<LazyDetector>>,
}

/// Options for all blobs.
#[derive(Clone, Debug)]
pub struct DetectOptions {
    /// The time to hold expiries against, in seconds since 1970; `None` leaves liveness unknown.
    pub now: Option<i64>,
    /// Bytes read at a time. Findings do not depend on it; it is raised to the maximum that a match needs.
    pub window: usize,
    /// The instructions of the literal search, if the processor has them. Findings do not depend on it.
    pub simd: SimdLevel,
}

impl Default for DetectOptions {
    /// No clock; a window that fits the second-level cache of a core; the fastest instructions.
    fn default() -> Self {
        Self {
            now: None,
            window: 256 * 1024,
            simd: SimdLevel::best(),
        }
    }
}

/// Memory that a thread reuses from blob to blob.
#[derive(Debug, Default)]
pub struct Scratch {
    buffer: Vec<u8>,
}

/// A finding and its raw line, by which inline markers are recognized. The line contains
/// the secret; it must not leave the program.
#[derive(Clone)]
pub struct Detection {
    /// The finding.
    pub finding: Finding,
    /// The line, or the part of it near the secret.
    pub line: Vec<u8>,
    /// True if its rule is disabled: the detection is only counted.
    pub is_disabled: bool,
}

/// The result of scanning a blob.
#[derive(Default)]
pub struct Detected {
    /// The detections, by place.
    pub detections: Vec<Detection>,
    /// The blob's length in bytes.
    pub bytes: u64,
    /// The work that was done besides the search for keywords, in steps of about a nanosecond.
    pub steps: u64,
    /// The reason why it was not examined to its end; empty if it was.
    pub unfinished: Exceeded,
}

impl Detector {
    /// Prepares `rules`.
    ///
    /// # Errors
    /// If their keywords are too many or too short.
    pub fn new(rules: Arc<RuleSet>, options: &DetectOptions) -> Result<Self, BuildError> {
        let formats = documents::Formats::new(Arc::clone(&rules));
        let matcher = RuleMatcher {
            prefilter: Prefilter::new(&rules, formats.signatures(), options.simd)?,
            validator: Validator { now: options.now },
            rules,
        };
        Ok(Self {
            matcher,
            formats,
            window: options.window.max(window::MIN_SIZE),
            large: Mutex::new(()),
            counted: None,
        })
    }

    /// Makes [`Detector::scan`] return the detections of disabled rules as well, marked as such. Rules that only run on
    /// request are not among them.
    #[must_use]
    pub fn counting(self, disabled: Arc<LazyDetector>) -> Self {
        Self {
            counted: Some(disabled),
            ..self
        }
    }

    /// Reads a blob to its end and returns its findings.
    ///
    /// # Errors
    /// Errors of reading the blob.
    pub fn scan(&self, blob: &mut Blob<'_>, scratch: &mut Scratch) -> io::Result<Detected> {
        let document = self.formats.document(blob.hint);
        let whole = document.as_ref().map(|_| window::WholeBlobs {
            limit: MAX_DOCUMENT,
            large: &self.large,
        });
        let mut found = BlobMatches::new();
        let counted = self.counted.as_deref().map(LazyDetector::get);
        let counted = counted.and_then(Result::ok).flatten();
        let mut disabled = BlobMatches::new();
        let header = decode::DecodedHeader::read(blob.content, blob.hint.charset)?;
        let mut header_text = header.as_ref().map(|header| header.text.as_slice());
        let mut content = match &mut header_text {
            Some(text) => decode::Transcoder::new(text, None),
            None => decode::Transcoder::new(blob.content, blob.hint.charset),
        };
        window::read(
            &mut content,
            &mut scratch.buffer,
            self.window,
            whole,
            |mut window| {
                window.may_be_recoded = !blob.hint.is_checked_out;
                window.is_document = window.is_whole && document.is_some();
                self.read_window(&window, document.as_ref(), blob.hint, &mut found);
                if let Some(detector) = counted {
                    if let Some(document) = document.as_ref().filter(|_| window.is_document) {
                        detector.read_document(document, blob.hint, window.bytes, &mut disabled);
                    }
                    detector.scan_window(&window, &mut disabled);
                }
            },
        )?;
        let bytes = header
            .as_ref()
            .map_or(content.bytes(), |header| header.bytes);
        if let Some(encoding) = content.encoding() {
            for candidate in found.candidates.iter_mut().chain(&mut disabled.candidates) {
                candidate.encoding.insert(0, encoding.to_owned());
            }
        }
        let steps = found.steps.used();
        let mut unfinished = found.unfinished;
        if content.is_opaque() || header.is_some_and(|header| header.is_opaque) {
            let name = blob.hint.charset.map_or(&[][..], DeclaredCharset::name);
            let name = &name[..name.len().min(MAX_CHARSET_NAME)];
            unfinished.insert(Unfinished::Charset(name.escape_ascii().to_string()));
        }
        let counted = counted.filter(|_| !disabled.candidates.is_empty());
        let counted = counted.map(|detector| {
            let all = disabled.candidates;
            detector.counted_detections(all, &found.candidates, blob.origin)
        });
        let mut detections = if found.candidates.is_empty() {
            Vec::new()
        } else {
            self.detections(found.candidates, found.rejected, &(blob.origin)())
        };
        detections.extend(counted.into_iter().flatten());
        Ok(Detected {
            detections,
            bytes,
            steps,
            unfinished,
        })
    }

    /// Reads a window: as a document, for names of encodings of other files, and for keywords.
    fn read_window(
        &self,
        window: &Window<'_>,
        document: Option<&documents::Document<'_>>,
        hint: Hint<'_>,
        found: &mut BlobMatches,
    ) {
        match document {
            Some(document) if window.is_document => {
                self.read_document(document, hint, window.bytes, found);
            }
            Some(document) if document.may_hold(window.bytes) => {
                let limit = MAX_DOCUMENT;
                found.unfinished.insert(Unfinished::DocumentSize { limit });
            }
            _ => {}
        }
        if decode::is_attributes_file(hint.path) {
            let names = decode::opaque_encodings(window.bytes, window.from..window.until);
            let names = names.into_iter().map(Unfinished::WorkTreeCharset);
            found.unfinished.extend(names);
        }
        self.scan_window(window, found);
    }

    /// Returns the detections of disabled rules outside of the candidates that are reported.
    fn counted_detections(
        &self,
        mut candidates: Vec<Candidate>,
        reported: &[Candidate],
        origin: &dyn Fn() -> Origin,
    ) -> Vec<Detection> {
        let overlaps = |span: &Range<u64>| {
            let mut reported = reported.iter().map(|other| &other.span);
            reported.any(|other| other.start < span.end && span.start < other.end)
        };
        candidates.retain(|candidate| {
            self.matcher.rule(candidate.rule).enabled && !overlaps(&candidate.span)
        });
        let mut detections = self.detections(candidates, Vec::new(), &origin());
        for detection in &mut detections {
            detection.is_disabled = true;
        }
        detections
    }

    /// A path under which a file of this name is read as a document, if there is one.
    pub fn document_path(&self, name: &[u8]) -> Option<Vec<u8>> {
        [b"".as_slice(), b"git/"]
            .into_iter()
            .map(|folder| [folder, name].concat())
            .find(|path| self.is_document(path))
    }

    /// True if the path of a file affects its result: it is read as a document, or names encodings of other files.
    pub fn is_document(&self, path: &[u8]) -> bool {
        self.formats.knows(path) || decode::is_attributes_file(path)
    }

    /// Scans bytes that are in memory. See [`Detector::scan`].
    pub fn scan_bytes(&self, bytes: &[u8], origin: &Origin) -> Vec<Detection> {
        let mut content = bytes;
        let mut blob = Blob {
            hint: Hint {
                path: origin.path.as_bytes(),
                kind: origin.kind,
                ..Hint::default()
            },
            content: &mut content,
            origin: &|| origin.clone(),
        };
        // Reading a slice cannot fail.
        self.scan(&mut blob, &mut Scratch::default())
            .map(|d| d.detections)
            .unwrap_or_default()
    }

    /// Looks for the rules' patterns near their keywords.
    fn scan_window(&self, window: &Window<'_>, found: &mut BlobMatches) {
        let mut from = window.from;
        // A document of any size is one window; the hits of all of it would fill the memory.
        while window.until - from > self.window {
            let part = Window {
                from,
                until: from + self.window,
                ..*window
            };
            self.scan_part(&part, found);
            from = part.until;
        }
        self.scan_part(&Window { from, ..*window }, found);
    }

    /// See [`Detector::scan_window`].
    fn scan_part(&self, window: &Window<'_>, found: &mut BlobMatches) {
        let Window {
            bytes,
            base,
            from,
            until,
            may_be_recoded,
            ..
        } = *window;
        let prefilter = &self.matcher.prefilter;
        let known = KnownRuns::default();
        prefilter.scan(bytes, from..until, may_be_recoded, |hit| {
            if !found.steps.allows(base + hit.at as u64) {
                found.unfinished.insert(Unfinished::Steps);
                return;
            }
            let seen = self.matches_at(window, hit, &known, &found.steps);
            if !seen.is_empty() {
                // Everything that a later hit may give begins after this.
                let passed = hit.at.saturating_sub(window::BEHIND);
                found.locator.advance(bytes, base, base + passed as u64);
            }
            for seen in seen {
                let generic = self.matcher.rule(seen.rule).generic;
                found.add(window, seen, generic, |locator, span| {
                    span.map(|at| locator.position_of(bytes, base, at))
                });
            }
        });
        if !window.is_whole {
            let passed = until.saturating_sub(window::BEHIND);
            found.locator.advance(bytes, base, base + passed as u64);
        }
    }

    /// Returns the matches at a hit, plain or encoded.
    fn matches_at(
        &self,
        window: &Window<'_>,
        hit: PrefilterHit,
        known: &KnownRuns,
        steps: &StepBudget,
    ) -> Vec<AssessedMatch> {
        let Window { bytes, base, .. } = *window;
        let mut seen = Vec::new();
        let mut is_whole = false;
        steps.spend(STEPS_OF_HIT);
        if let Some((word, start)) = hit.plain_keyword() {
            let hits = self.matcher.prefilter.hits_of(word, bytes, start, known);
            seen.extend(hits.filter_map(|hit| self.matcher.assess_hit(bytes, hit, steps)));
            is_whole = seen
                .iter()
                .any(|seen| !decode::continues_at(bytes, seen.span.end));
            if self.matcher.prefilter.keywords()[word].is_signature && !window.is_document {
                let values = self.formats.embedded(bytes, start, steps);
                seen.extend(
                    values
                        .into_iter()
                        .filter_map(|value| self.matcher.assess_value(value, steps)),
                );
            }
        }
        if !is_whole && self.matcher.prefilter.may_be_hidden(hit) {
            seen.extend(decode::decode_at(&self.matcher, bytes, base, hit, steps));
        }
        seen
    }

    /// Takes the credentials a document names.
    fn read_document(
        &self,
        document: &documents::Document<'_>,
        hint: Hint<'_>,
        bytes: &[u8],
        found: &mut BlobMatches,
    ) {
        let whole = Window {
            bytes,
            base: 0,
            from: 0,
            until: bytes.len(),
            is_whole: true,
            is_document: true,
            may_be_recoded: false,
        };
        let steps = StepBudget::default();
        let mut lines = LineIndex::new(bytes);
        let mut take = |value: documents::KeyedCredential| {
            if let Some(seen) = self.matcher.assess_value(value, &steps) {
                let generic = self.matcher.rule(seen.rule).generic;
                found.add(&whole, seen, generic, |_, span| {
                    span.map(|at| lines.position_of(at as usize))
                });
            }
        };
        let mut values = documents::Values::new(bytes, &steps, &mut take);
        document.values(hint, bytes, &mut values);
        let exceeded = values.finish();
        found.unfinished.extend(exceeded);
        found
            .steps
            .spend(usize::try_from(steps.used()).unwrap_or(usize::MAX));
    }

    /// Resolves overlaps and completes the remaining findings.
    fn detections(
        &self,
        candidates: Vec<Candidate>,
        rejected: Vec<RejectedMatch>,
        origin: &Origin,
    ) -> Vec<Detection> {
        let accepted = candidates.iter().map(|candidate| &candidate.span);
        let spans = accepted.chain(rejected.iter().map(|rejected| &rejected.span));
        let mut spans: Vec<Range<u64>> = spans.cloned().collect();
        spans.sort_by_key(|span| span.start);
        resolve::resolve(candidates, rejected)
            .into_iter()
            .filter_map(|candidate| {
                let line_end = candidate.line_start + candidate.line.len() as u64;
                let first = spans.partition_point(|span| {
                    span.start + (window::AHEAD as u64) < candidate.line_start
                });
                let last = spans.partition_point(|span| span.start < line_end);
                let excerpt = excerpt::excerpt(
                    &candidate.line,
                    candidate.line_start,
                    &candidate.span,
                    &spans[first..last],
                );
                let line = candidate.line.clone();
                let rule = self.matcher.rule(candidate.rule);
                let finding = candidate.into_finding(rule, origin, excerpt)?;
                Some(Detection {
                    finding,
                    line,
                    is_disabled: false,
                })
            })
            .collect()
    }
}
