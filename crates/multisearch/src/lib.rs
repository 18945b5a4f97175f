//! Finds the places where one of many texts may stand, in one pass of vector instructions over the
//! bytes.
//!
//! Each text is sought by a few of its bytes, its gram: three where many texts begin alike, so that
//! twenty prefixes in three alignments of base64 share grams and cost hardly more than the prefixes
//! alone; four where they do not, which fewer places of ordinary text fit. The grams are spread over
//! buckets, and a place that fits one is held against the grams themselves.
//!
//! The same pass tells where encoded text stands, whatever it says, by its shape.

mod buckets;
mod grams;
mod level;
pub mod shape;
mod vector;

use std::cell::LazyCell;
use std::collections::HashMap;
use std::ops::Range;

use aho_corasick::{AhoCorasick, BuildError, Input};

use buckets::Sample;
use grams::{Gram, Grams};
use vector::{Classes, Fit, Search};

pub use level::{SimdLevel, SimdLevelError};

pub use shape::ROW;

/// A text to look for.
#[derive(Debug)]
pub struct Sought<'t> {
    /// The bytes, at least three and at most [`MAX_TEXT`].
    pub text: &'t [u8],
    /// True if any gram of the text may be taken, the rarest; else it is the first.
    pub any: bool,
}

impl<'t> Sought<'t> {
    /// The part of the text that is sought, and where in it a gram may stand.
    fn extent(&self) -> (&'t [u8], impl Iterator<Item = u8> + use<>) {
        let text = &self.text[..self.text.len().min(MAX_TEXT)];
        let starts = if self.any { text.len() } else { 1 };
        (text, (0u8..).take(starts))
    }
}

/// The longest text.
pub const MAX_TEXT: usize = 64;

/// What another gram costs beside the places where it stands, in places per byte: it spoils its bucket
/// for others.
const GRAM_COST: f64 = 30e-6;

/// What the sieve finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// The gram of a text: the text's index, and where it would begin.
    Text(usize, usize),
    /// A place in a row of encoded text, and its shapes: a bit for each.
    Row(usize, u8),
}

/// The texts, ready to be sought.
#[derive(Debug)]
pub struct Sieve {
    engine: Engine,
    grams: Grams,
    /// For each gram: the texts that are sought by it, and how far in them it stands.
    uses: Uses,
    /// How far into a text its gram may stand.
    reach: usize,
}

/// What goes over the bytes.
#[derive(Debug)]
enum Engine {
    Vector(Box<Search>),
    /// On a processor whose vector instructions are of no use here.
    Plain(AhoCorasick),
}

impl Sieve {
    /// Prepares the search for `texts`, which are known by their index from here on, with the instructions of
    /// `level` or, on a processor without them, the automaton.
    ///
    /// # Errors
    /// If they are too many for an automaton, where that is used.
    pub fn new(texts: &[Sought<'_>], level: SimdLevel) -> Result<Self, BuildError> {
        let known = buckets::planned().concat();
        let page = LazyCell::new(|| Sample::page(Classes::Sextet));
        let (grams, uses) = choose(texts, known, |gram| page.frequency(gram));
        let engine = match Search::new(level, &grams) {
            Some(search) => Engine::Vector(Box::new(search)),
            None => Engine::Plain(AhoCorasick::new(grams.iter().map(Gram::bytes))?),
        };
        let offsets = uses
            .iter()
            .flatten()
            .map(|&(_, offset)| usize::from(offset));
        Ok(Self {
            engine,
            grams: Grams::new(&grams),
            reach: offsets.max().unwrap_or(0),
            uses,
        })
    }

    /// Calls `found` for every place in `bytes[from..until]` where the gram of a text stands, and for at least
    /// one of every row of [`ROW`] bytes of encoded text that begins or ends there; in no order. The caller
    /// looks whether the text or the row is there.
    #[inline]
    pub fn places(&self, bytes: &[u8], from: usize, until: usize, mut found: impl FnMut(Found)) {
        let row = |at: usize, found: &mut dyn FnMut(Found)| {
            let shapes = shape::row(&bytes[at..]);
            if shapes != 0 {
                found(Found::Row(at, shapes));
            }
        };
        let first = from.saturating_sub(ROW);
        let end = until.saturating_add(self.reach.max(ROW)).min(bytes.len());
        match &self.engine {
            Engine::Vector(search) => search.places(bytes, first, end, |fit, at| match fit {
                Fit::Gram => self.grams.at(&bytes[at..], |gram| {
                    self.stands(gram, at, &(from..until), &mut found);
                }),
                Fit::Row => row(at, &mut found),
            }),
            Engine::Plain(automaton) => {
                let part = Input::new(bytes).range(from..bytes.len().min(end + Gram::MAX));
                for hit in automaton.find_overlapping_iter(part) {
                    let gram = hit.pattern().as_u32() as u16;
                    self.stands(gram, hit.start(), &(from..until), &mut found);
                }
                (first..end).for_each(|at| row(at, &mut found));
            }
        }
    }

    /// Calls `found` for the texts that would begin in `part` if their `gram` stands at `at`.
    fn stands(&self, gram: u16, at: usize, part: &Range<usize>, found: &mut impl FnMut(Found)) {
        for &(text, offset) in &self.uses[usize::from(gram)] {
            let start = at.checked_sub(usize::from(offset));
            if let Some(start) = start.filter(|start| part.contains(start)) {
                found(Found::Text(text as usize, start));
            }
        }
    }
}

/// For each gram, the texts that are sought by it, and how far in them it stands.
type Uses = Vec<Vec<(u32, u8)>>;

/// The grams by which to seek the texts. A text is sought by one that is `known`, or else by one that
/// is rare or that others can be sought by, too. `frequency` tells how often a gram stands in ordinary
/// text.
fn choose(
    texts: &[Sought<'_>],
    known: Vec<Gram>,
    frequency: impl Fn(Gram) -> f64,
) -> (Vec<Gram>, Uses) {
    let mut grams = known;
    let mut uses: Uses = vec![Vec::new(); grams.len()];
    let mut rest: Vec<(u32, Vec<(Gram, u8)>)> = Vec::new();
    let table = Grams::new(&grams);
    for (index, sought) in (0u32..).zip(texts) {
        let (text, mut starts) = sought.extent();
        let known = starts.find_map(|offset| {
            let mut known = None;
            table.at(&text[usize::from(offset)..], |gram| known = Some(gram));
            Some((known?, offset))
        });
        match known {
            Some((gram, offset)) => uses[usize::from(gram)].push((index, offset)),
            None => rest.push((index, possible(sought))),
        }
    }
    let mut worth: HashMap<Gram, (f64, u32)> = HashMap::new();
    for (gram, _) in rest.iter().flat_map(|(_, possible)| possible) {
        worth
            .entry(*gram)
            .or_insert_with(|| (GRAM_COST + frequency(*gram), 0));
    }
    loop {
        worth.values_mut().for_each(|(_, texts)| *texts = 0);
        for (gram, _) in rest.iter().flat_map(|(_, possible)| possible) {
            if let Some((_, texts)) = worth.get_mut(gram) {
                *texts += 1;
            }
        }
        let cost = |gram: &Gram| {
            worth
                .get(gram)
                .map_or(f64::MAX, |(cost, texts)| cost / f64::from(*texts))
        };
        // In the order of the texts, so that equals are always settled alike.
        let best = rest
            .iter()
            .flat_map(|(_, possible)| possible.iter().map(|(gram, _)| *gram))
            .min_by(|a, b| cost(a).total_cmp(&cost(b)));
        let Some(best) = best else { break };
        let mut taken = Vec::new();
        rest.retain(|(index, possible)| {
            let with = possible.iter().find(|(gram, _)| *gram == best);
            taken.extend(with.map(|(_, offset)| (*index, *offset)));
            with.is_none()
        });
        grams.push(best);
        uses.push(taken);
    }
    grams
        .into_iter()
        .zip(uses)
        .filter(|(_, uses)| !uses.is_empty())
        .unzip()
}

/// The grams by which a text may be sought, and how far in it they stand.
fn possible(sought: &Sought<'_>) -> Vec<(Gram, u8)> {
    let (text, starts) = sought.extent();
    starts
        .flat_map(|offset| {
            (Gram::MIN..=Gram::MAX).filter_map(move |length| {
                let gram = Gram::exactly(&text[usize::from(offset)..], length)?;
                Some((gram, offset))
            })
        })
        .collect()
}

#[cfg(test)]
mod tests;
