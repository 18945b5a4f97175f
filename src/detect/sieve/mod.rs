//! Finds the places where one of many texts may stand, in one SIMD pass over the bytes.
//!
//! Each text is sought by a few of its bytes, its gram: three where many texts begin alike, so that
//! twenty prefixes in three alignments of base64 share grams and cost hardly more than the prefixes
//! alone; four where they do not, which fewer places of ordinary text fit.

mod buckets;

use aho_corasick::packed::{self, Searcher};
use aho_corasick::{AhoCorasick, BuildError, Input, Span};

use buckets::Sample;

/// Some bytes by which texts are sought.
type Gram<const G: usize> = [u8; G];

/// A text to look for.
#[derive(Debug)]
pub(super) struct Sought<'t> {
    /// The bytes, at least as many as a gram has and at most [`MAX_TEXT`].
    pub(super) text: &'t [u8],
    /// True if any gram of the text may be taken, the rarest; else it is the first.
    pub(super) any: bool,
    /// True if nothing can stand within the text: then no place is told where only its gram stands,
    /// if it has that for its own.
    pub(super) whole: bool,
}

/// The longest text.
pub(super) const MAX_TEXT: usize = 64;

/// The texts, ready to be sought by grams of `G` bytes.
#[derive(Debug)]
pub(super) struct Sieve<const G: usize> {
    passes: Vec<Pass>,
    /// For each gram: the texts that are sought by it, and how far in them it stands.
    uses: Vec<Vec<(u32, u8)>>,
}

/// One pass over the bytes, for some of the grams.
#[derive(Debug)]
struct Pass {
    engine: Engine,
    /// The gram of each pattern of the engine.
    grams: Vec<u16>,
}

/// What runs a pass.
#[derive(Debug)]
enum Engine {
    /// With vector instructions.
    Packed(Searcher),
    /// On a processor that has none.
    Plain(AhoCorasick),
}

impl<const G: usize> Sieve<G> {
    /// Prepares the search for `texts`, which are known by their index from here on.
    ///
    /// # Errors
    /// If they are too many for an automaton, on a processor without vector instructions.
    pub(super) fn new(texts: &[Sought<'_>]) -> Result<Self, BuildError> {
        let sample = Sample::new();
        let mut grams: Vec<Gram<G>> = Vec::new();
        let mut uses: Vec<Vec<(u32, u8)>> = Vec::new();
        for (index, sought) in (0u32..).zip(texts) {
            let (gram, offset) = choose(sought, &grams, &sample);
            let known = grams
                .iter()
                .position(|other| *other == gram)
                .unwrap_or_else(|| {
                    grams.push(gram);
                    uses.push(Vec::new());
                    grams.len() - 1
                });
            uses[known].push((index, offset));
        }
        // Patterns that begin differently never match at one place, so that none hides another.
        let patterns: Vec<&[u8]> = grams
            .iter()
            .zip(&uses)
            .map(|(gram, uses)| match uses[..] {
                [(index, offset)] if texts[index as usize].whole => {
                    &texts[index as usize].text[usize::from(offset)..]
                }
                _ => gram,
            })
            .collect();
        let passes = buckets::plan(&grams, &sample)
            .into_iter()
            .map(|order| Pass::new(&patterns, order))
            .collect::<Result<_, _>>()?;
        Ok(Self { passes, uses })
    }

    /// Calls `found` with the index of a text and the place where it would begin, for every place
    /// in `bytes[from..until]` where the gram of a text stands, in no order. The caller looks whether
    /// the text is there.
    pub(super) fn places(
        &self,
        bytes: &[u8],
        from: usize,
        until: usize,
        mut found: impl FnMut(usize, usize),
    ) {
        let end = bytes.len().min(until.saturating_add(MAX_TEXT));
        for pass in &self.passes {
            pass.run(bytes, from, end, |gram, at| {
                for &(text, offset) in &self.uses[usize::from(gram)] {
                    match at.checked_sub(usize::from(offset)) {
                        Some(start) if (from..until).contains(&start) => {
                            found(text as usize, start)
                        }
                        _ => {}
                    }
                }
            });
        }
    }

    /// How many times the bytes are gone through.
    #[cfg(test)]
    pub(super) fn passes(&self) -> usize {
        self.passes.len()
    }
}

impl Pass {
    fn new(patterns: &[&[u8]], order: Vec<u16>) -> Result<Self, BuildError> {
        let patterns = || order.iter().map(|&gram| patterns[usize::from(gram)]);
        // The narrow form handles 32 bytes at a time where the wide one handles 16; the plan sees
        // to it that its eight buckets do.
        let packed = packed::Config::new()
            .match_kind(packed::MatchKind::LeftmostFirst)
            .heuristic_pattern_limits(false)
            .only_teddy_fat(Some(false))
            .builder()
            .extend(patterns())
            .build();
        let engine = match packed {
            Some(searcher) => Engine::Packed(searcher),
            None => Engine::Plain(AhoCorasick::new(patterns())?),
        };
        Ok(Self {
            engine,
            grams: order,
        })
    }

    /// Calls `found` with every gram in `bytes[from..end]` and its place, by place.
    fn run(&self, bytes: &[u8], from: usize, end: usize, mut found: impl FnMut(u16, usize)) {
        let mut at = from;
        loop {
            let hit = match &self.engine {
                Engine::Packed(searcher) => searcher.find_in(bytes, Span::from(at..end)),
                Engine::Plain(automaton) => automaton.find(Input::new(bytes).range(at..end)),
            };
            let Some(hit) = hit else { return };
            found(self.grams[hit.pattern().as_usize()], hit.start());
            at = hit.start() + 1;
        }
    }
}

/// The gram by which to seek a text, and where it stands in it: one that is sought anyway, or else
/// the one that stands least often in ordinary text.
fn choose<const G: usize>(
    sought: &Sought<'_>,
    known: &[Gram<G>],
    sample: &Sample,
) -> (Gram<G>, u8) {
    let most = if sought.any {
        sought.text.len().min(MAX_TEXT)
    } else {
        G.min(sought.text.len())
    };
    let mut best: Option<(usize, Gram<G>, u8)> = None;
    for (offset, window) in (0u8..).zip(sought.text[..most].windows(G)) {
        let Ok(gram) = Gram::<G>::try_from(window) else {
            continue;
        };
        if known.contains(&gram) {
            return (gram, offset);
        }
        let count = sample.count(gram);
        if best.is_none_or(|(least, _, _)| count < least) {
            best = Some((count, gram, offset));
        }
    }
    best.map_or(([0; G], 0), |(_, gram, offset)| (gram, offset))
}

#[cfg(test)]
mod tests;
