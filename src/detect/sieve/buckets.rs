//! Spreads grams over the buckets of the vector search so that ordinary text seldom fits one.
//!
//! The search (Teddy, in the crate aho-corasick) keeps eight buckets. A place is looked at closely
//! if the low and high halves of its bytes each occur at that position in one bucket; grams
//! that have nothing in common therefore spoil a bucket for each other. What "ordinary text" is, a
//! sample says. The plan is about speed only: any order of the grams finds the same.

use super::Gram;

/// A page of prose, programs, configuration and logs.
const SAMPLE: &[u8] = include_bytes!("sample.txt");

/// How many places of the sample are looked at, in words of 64.
const WORDS: usize = 88;

/// A set of places in the sample.
type Places = [u64; WORDS];

/// Buckets of one pass.
const BUCKETS: usize = 8;

/// The most patterns of one pass, a limit of the search.
const MAX_PATTERNS: usize = 128;

/// The most groups of grams in a bucket, and the most grams of a pass beyond the first of their
/// group, so that a pass keeps to its patterns with all gaps filled.
const MAX_GROUPS: usize = 11;
const MAX_FOLLOWERS: usize = MAX_PATTERNS - BUCKETS * MAX_GROUPS;

/// How many places of the sample the buckets of one pass may fit together. Beyond, the close looks
/// cost more than another pass.
const MAX_FITS: u32 = 400;

/// Where each half of a byte occurs in the sample.
pub(super) struct Sample {
    low: Vec<Places>,
    high: Vec<Places>,
}

impl Sample {
    pub(super) fn new() -> Self {
        let mut low = vec![[0; WORDS]; 16];
        let mut high = vec![[0; WORDS]; 16];
        for (at, byte) in SAMPLE.iter().take(WORDS * 64).enumerate() {
            low[usize::from(byte & 15)][at / 64] |= 1 << (at % 64);
            high[usize::from(byte >> 4)][at / 64] |= 1 << (at % 64);
        }
        Self { low, high }
    }

    /// How often a gram stands in the sample.
    pub(super) fn count<const G: usize>(&self, gram: Gram<G>) -> usize {
        let bucket = Bucket::default().with(&[gram], self);
        bucket.fits as usize
    }
}

/// What a bucket accepts, as places of the sample.
#[derive(Clone)]
struct Bucket<const G: usize> {
    /// For each byte of a gram: where its low half fits, where its high half fits.
    low: [Places; G],
    high: [Places; G],
    /// Places where all fit.
    fits: u32,
    /// How many grams it holds.
    size: u32,
    groups: Vec<usize>,
}

impl<const G: usize> Default for Bucket<G> {
    fn default() -> Self {
        let none = [[0; WORDS]; G];
        Self {
            low: none,
            high: none,
            fits: 0,
            size: 0,
            groups: Vec::new(),
        }
    }
}

impl<const G: usize> Bucket<G> {
    /// This bucket with more grams in it.
    fn with(&self, grams: &[Gram<G>], sample: &Sample) -> Self {
        let mut more = self.clone();
        for gram in grams {
            for (index, byte) in gram.iter().enumerate() {
                unite(&mut more.low[index], &sample.low[usize::from(byte & 15)]);
                unite(&mut more.high[index], &sample.high[usize::from(byte >> 4)]);
            }
        }
        more.size += grams.len() as u32;
        more.fits = more.count();
        more
    }

    /// How many places of the sample fit, in units of a hundredth: those that do, or what is to be
    /// expected if the last byte depends on those between it and the first only, whichever is more.
    /// The sample is too short to show what is rare.
    fn count(&self) -> u32 {
        let fit = |index: usize, word: usize| self.low[index][word] & self.high[index][word];
        let (mut middle, mut left, mut right, mut all) = (0, 0, 0, 0);
        for word in 0..WORDS {
            let mut between = u64::MAX;
            let mut ends = (0, 0);
            for index in 0..G {
                let beyond = if index > 0 && word + 1 < WORDS {
                    fit(index, word + 1) << (64 - index)
                } else {
                    0
                };
                // Where the first byte stands.
                let fits = fit(index, word) >> index | beyond;
                match index {
                    0 => ends.0 = fits,
                    _ if index + 1 == G => ends.1 = fits,
                    _ => between &= fits,
                }
            }
            middle += between.count_ones();
            left += (ends.0 & between).count_ones();
            right += (between & ends.1).count_ones();
            all += (ends.0 & between & ends.1).count_ones();
        }
        (100 * all).max(100 * left * right / middle.max(1))
    }

    /// What looking closely costs over the sample: each fit, and each gram to compare with.
    fn cost(&self) -> i64 {
        i64::from(self.fits) * i64::from(4 + self.size)
    }
}

fn unite(places: &mut Places, more: &Places) {
    for (word, more) in places.iter_mut().zip(more) {
        *word |= more;
    }
}

/// The passes over the bytes that seek all `grams`: for each, its grams in the order in which the
/// search puts them into the buckets meant for them. A gram may be named twice in a pass.
pub(super) fn plan<const G: usize>(grams: &[Gram<G>], sample: &Sample) -> Vec<Vec<u16>> {
    let groups = groups(grams);
    let mut rest: Vec<usize> = (0..groups.len()).collect();
    let mut passes = Vec::new();
    while !rest.is_empty() {
        let mut buckets = vec![Bucket::<G>::default(); BUCKETS];
        let mut later = Vec::new();
        let mut followers = 0;
        for group in rest {
            let members: Vec<Gram<G>> = groups[group]
                .iter()
                .map(|&i| grams[usize::from(i)])
                .collect();
            let total: u32 = buckets.iter().map(|bucket| bucket.fits).sum();
            let best = buckets
                .iter()
                .enumerate()
                .filter(|(_, bucket)| bucket.groups.len() < MAX_GROUPS)
                .map(|(index, bucket)| (index, bucket.with(&members, sample)))
                .min_by_key(|(index, with)| {
                    (
                        with.cost() - buckets[*index].cost(),
                        -i64::from(buckets[*index].size),
                    )
                });
            match best {
                Some((index, mut with))
                    if followers + members.len() - 1 <= MAX_FOLLOWERS
                        && (total - buckets[index].fits + with.fits <= MAX_FITS || total == 0) =>
                {
                    followers += members.len() - 1;
                    with.groups.push(group);
                    buckets[index] = with;
                }
                _ => later.push(group),
            }
        }
        // The first bucket has no gap then, and every gap has something before it to be filled with.
        buckets.sort_by_key(|bucket| std::cmp::Reverse(bucket.groups.len()));
        passes.push(order(&buckets, &groups));
        rest = later;
    }
    passes
}

/// Grams whose bytes have the same low halves: the search puts these into one bucket whatever their
/// order.
fn groups<const G: usize>(grams: &[Gram<G>]) -> Vec<Vec<u16>> {
    let mut groups: Vec<(Gram<G>, Vec<u16>)> = Vec::new();
    for (index, gram) in (0u16..).zip(grams) {
        let key = gram.map(|byte| byte & 15);
        match groups.iter_mut().find(|(other, _)| *other == key) {
            Some((_, members)) => members.push(index),
            None => groups.push((key, vec![index])),
        }
    }
    groups.into_iter().map(|(_, members)| members).collect()
}

/// The grams of the buckets in an order that brings each to its bucket: the search deals the first
/// of every group out in turn. Gaps are filled with those that have their place already.
fn order<const G: usize>(buckets: &[Bucket<G>], groups: &[Vec<u16>]) -> Vec<u16> {
    let rounds = buckets.first().map_or(0, |bucket| bucket.groups.len());
    let mut order = Vec::new();
    let mut followers: Vec<u16> = Vec::new();
    let mut filler = None;
    for round in 0..rounds {
        for bucket in buckets {
            match bucket.groups.get(round).map(|&group| &groups[group][..]) {
                Some([first, others @ ..]) => {
                    order.push(*first);
                    followers.extend(others);
                    filler = filler.or(Some(*first));
                }
                _ => order.extend(followers.pop().or(filler)),
            }
        }
    }
    order.extend(followers);
    order
}
