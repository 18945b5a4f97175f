//! From bytes to findings: a pure function of a blob and a hint of what it is.
//!
//! ```text
//! blob -> window -> prefilter -> pattern + boundary -> judge -> candidate
//!                   documents ------------------------> judge -> candidate -> resolve -> finding
//! ```

mod boundary;
mod candidate;
mod clean;
mod decode;
mod documents;
mod examine;
mod excerpt;
mod judge;
mod locate;
mod prefilter;
mod resolve;
mod sieve;
mod unfinished;
mod window;

use std::io;
use std::ops::Range;
use std::sync::Arc;

use candidate::{Candidate, Verdict};
use examine::Seen;
use judge::{Judge, Place};
use locate::Locator;
use prefilter::{Hit, Prefilter, Sight};
use window::Window;

pub use sieve::{SimdLevel, SimdLevelError};
pub use unfinished::{Exceeded, Unfinished};

use crate::model::{Blob, Confidence, Finding, Hint, Origin};
use crate::rule::{PatternMatch, Rule, RuleSet};

/// The largest file that is read as a document; a larger one is scanned as plain text only.
const MAX_DOCUMENT: usize = 4 * 1024 * 1024;

/// How many candidates of one blob are kept, so that a hostile blob cannot fill the memory.
const MAX_CANDIDATES: usize = 10_000;

/// The rules, ready to run. Shared by all threads.
#[derive(Debug)]
pub struct Detector {
    rules: Arc<RuleSet>,
    prefilter: Prefilter,
    judge: Judge,
    window: usize,
}

/// What is set once for all blobs.
#[derive(Clone, Debug)]
pub struct DetectOptions {
    /// The time to hold expiries against, in seconds since 1970; `None` leaves liveness unknown.
    pub now: Option<i64>,
    /// Bytes read at a time. Findings do not depend on it; it is raised to what a match may need.
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

/// What one thread reuses from blob to blob.
#[derive(Debug, Default)]
pub struct Scratch {
    buffer: Vec<u8>,
}

/// A finding and the raw line it stands on, by which inline markers are recognised. The line holds
/// the secret; it must not leave the program.
#[derive(Clone)]
pub struct Detection {
    /// The finding.
    pub finding: Finding,
    /// The line, or the part of it near the secret.
    pub line: Vec<u8>,
}

/// What a blob gave.
#[derive(Default)]
pub struct Detected {
    /// The detections, by place.
    pub detections: Vec<Detection>,
    /// The blob's length in bytes.
    pub bytes: u64,
    /// Why it was not examined to its end; empty if it was.
    pub unfinished: Exceeded,
}

impl Detector {
    /// Prepares `rules`.
    ///
    /// # Errors
    /// If their keywords are too many for an automaton.
    pub fn new(
        rules: Arc<RuleSet>,
        options: &DetectOptions,
    ) -> Result<Self, aho_corasick::BuildError> {
        Ok(Self {
            prefilter: Prefilter::new(&rules, options.simd)?,
            rules,
            judge: Judge { now: options.now },
            window: options.window.max(window::MIN_SIZE),
        })
    }

    /// Reads a blob to its end and finds what it holds.
    ///
    /// # Errors
    /// What reading the blob gives.
    pub fn scan(&self, blob: &mut Blob<'_>, scratch: &mut Scratch) -> io::Result<Detected> {
        let document = documents::kind_of(blob.hint);
        let whole = if document.is_some() { MAX_DOCUMENT } else { 0 };
        let mut found = Found::new();
        let mut content = decode::Transcoder::new(blob.content);
        window::read(
            &mut content,
            &mut scratch.buffer,
            self.window,
            whole,
            |window| {
                self.look(&window, &mut found);
                if let Some(document) = document.filter(|_| window.is_whole) {
                    self.read_document(document, blob.hint, window.bytes, &mut found);
                }
            },
        )?;
        let bytes = content.bytes();
        if let Some(encoding) = content.encoding() {
            for candidate in &mut found.candidates {
                candidate.encoding.insert(0, encoding.to_owned());
            }
        }
        let unfinished = found.unfinished;
        let detections = if found.candidates.is_empty() {
            Vec::new()
        } else {
            self.detections(found.candidates, &(blob.origin)())
        };
        Ok(Detected {
            detections,
            bytes,
            unfinished,
        })
    }

    /// A path under which a file of this name is read as a document, if there is one.
    pub fn document_path(&self, name: &[u8]) -> Option<Vec<u8>> {
        [b"".as_slice(), b"git/"]
            .into_iter()
            .map(|folder| [folder, name].concat())
            .find(|path| self.is_document(path))
    }

    /// True if a file of this path is read as a document.
    pub fn is_document(&self, path: &[u8]) -> bool {
        documents::kind_of(Hint::of_path(path)).is_some()
    }

    /// Scans bytes that are in memory. See [`Detector::scan`].
    pub fn scan_bytes(&self, bytes: &[u8], origin: &Origin) -> Vec<Detection> {
        let mut content = bytes;
        let mut blob = Blob {
            hint: Hint {
                path: origin.path.as_bytes(),
                kind: origin.kind,
                charset: None,
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
    fn look(&self, window: &Window<'_>, found: &mut Found) {
        let Window {
            bytes,
            base,
            from,
            until,
            ..
        } = *window;
        self.prefilter.look(bytes, from, until, |sight| {
            let seen = self.sight(bytes, base, sight);
            if !seen.is_empty() {
                // Everything that a later sight may give begins after this.
                let passed = sight.at.saturating_sub(window::BEHIND);
                found.locator.advance(bytes, base, base + passed as u64);
                seen.into_iter()
                    .for_each(|seen| self.add(found, window, seen));
            }
        });
        if !window.is_whole {
            let passed = until.saturating_sub(window::BEHIND);
            found.locator.advance(bytes, base, base + passed as u64);
        }
    }

    /// What stands at a sight, plain or encoded.
    fn sight(&self, bytes: &[u8], base: u64, sight: Sight) -> Vec<Seen> {
        let mut seen = Vec::new();
        let mut is_whole = false;
        if let Some((word, start)) = sight.plain_word() {
            let hits = self.hits_of(word, bytes, start);
            seen.extend(hits.filter_map(|hit| self.examine(bytes, hit)));
            is_whole = seen
                .iter()
                .any(|seen| !decode::goes_on(bytes, seen.span.end));
        }
        if !is_whole && self.prefilter.may_be_hidden(sight) {
            seen.extend(self.uncover(bytes, base, sight));
        }
        seen
    }

    /// The hits of the rules that have the keyword `word`, which begins at `start`. What can be told of a pattern
    /// at once is asked before what must stand near the keyword.
    fn hits_of<'a>(
        &'a self,
        word: usize,
        bytes: &'a [u8],
        start: usize,
    ) -> impl Iterator<Item = Hit> + 'a {
        let is_out = move |rule, end| self.rule(rule).pattern.is_out(bytes, &(start..end));
        self.prefilter.hits_of(word, bytes, start, is_out)
    }

    /// Takes the credentials a document names.
    fn read_document(
        &self,
        document: &dyn documents::Document,
        hint: Hint<'_>,
        bytes: &[u8],
        found: &mut Found,
    ) {
        let mut values = Vec::new();
        document.values(hint, bytes, &mut values);
        let whole = Window {
            bytes,
            base: 0,
            from: 0,
            until: bytes.len(),
            is_whole: true,
        };
        // The plain scan has moved the locator on; a document's values may stand anywhere.
        let mut locator = Locator::new();
        std::mem::swap(&mut locator, &mut found.locator);
        for value in values {
            let span = value.span.clone();
            if let Some(mut seen) = self.classify(&value) {
                seen.named = true;
                seen.span = span;
                seen.context = value.context;
                seen.repair = value.repair;
                seen.encoding = value.encoding;
                self.add(found, &whole, seen);
            }
        }
        std::mem::swap(&mut locator, &mut found.locator);
    }

    /// What a value that its place calls a credential is: the rule whose pattern is the whole of
    /// it, or else the rule of the place.
    fn classify(&self, value: &documents::NamedValue) -> Option<Seen> {
        let bytes = &value.secret[..];
        let mut best: Option<Seen> = None;
        self.prefilter.hits(bytes, |hit| {
            let seen = self
                .examine(bytes, hit)
                .filter(|seen| seen.span == (0..bytes.len()));
            best = best.take().or(seen.filter(|seen| {
                !self.rule(seen.rule).generic
                    || seen.verdict.confidence() == Some(Confidence::Proven)
            }));
        });
        best.or_else(|| {
            let index = self
                .rules
                .iter()
                .position(|rule| rule.id.as_str() == value.rule)?;
            let all = 0..bytes.len();
            let matched = PatternMatch {
                whole: all.clone(),
                secret: all.clone(),
                body: all,
                user: None,
                host: None,
            };
            Some(self.weigh(index, bytes, &matched, 0, Place::Document))
        })
    }

    /// Settles overlaps and completes what is left.
    fn detections(&self, candidates: Vec<Candidate>, origin: &Origin) -> Vec<Detection> {
        let mut spans: Vec<Range<u64>> = candidates.iter().map(|c| c.span.clone()).collect();
        spans.sort_by_key(|span| span.start);
        resolve::resolve(candidates)
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
                let rule = self.rule(candidate.rule);
                let finding = candidate.into_finding(rule, origin, excerpt)?;
                Some(Detection { finding, line })
            })
            .collect()
    }

    /// Keeps what was seen in `window`, with its place in the blob. What a generic rule has
    /// rejected silences nothing and is dropped at once.
    fn add(&self, found: &mut Found, window: &Window<'_>, seen: Seen) {
        let generic = self.rule(seen.rule).generic;
        if generic && seen.verdict == Verdict::Reject {
            return;
        }
        if found.candidates.len() >= MAX_CANDIDATES {
            found.unfinished.insert(Unfinished::Candidates);
            return;
        }
        let Window { bytes, base, .. } = *window;
        let line = locate::line_around(bytes, &seen.span, excerpt::LINE_REACH);
        let span = base + seen.span.start as u64..base + seen.span.end as u64;
        found.candidates.push(Candidate {
            rule: seen.rule,
            generic,
            named: seen.named,
            start: found.locator.position_of(bytes, base, span.start),
            end: found.locator.position_of(bytes, base, span.end),
            span,
            secret: seen.secret,
            shown: seen.shown,
            verdict: seen.verdict,
            context: seen.context,
            repair: seen.repair,
            encoding: seen.encoding,
            line: bytes[line.clone()].to_vec(),
            line_start: base + line.start as u64,
        });
    }

    fn rule(&self, index: usize) -> &Rule {
        self.rules.at(index)
    }
}

/// What a blob has given so far.
struct Found {
    candidates: Vec<Candidate>,
    locator: Locator,
    unfinished: Exceeded,
}

impl Found {
    fn new() -> Self {
        Self {
            candidates: Vec::new(),
            locator: Locator::new(),
            unfinished: Exceeded::new(),
        }
    }
}
