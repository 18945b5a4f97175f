//! Which fragments share a bucket of the vector search, so that ordinary text seldom fits one.
//!
//! A place fits a bucket if each of its bytes fits one of the bucket's fragments at that position; fragments
//! that have nothing in common therefore spoil a bucket for each other. `plan.txt` has a bucket a line
//! for the fragments of the rules that come with the program, worked out on some megabytes of programs by
//! the test `the_plan_fits_the_rules`; other fragments get buckets of their own, spread over them by a page
//! of text. A plan is about speed only: any finds the same.

use super::fragment::Fragment;
use super::vector::{BUCKETS, Classes};

/// The buckets worked out beforehand.
const PLAN: &str = include_str!("plan.txt");

/// A page of prose, programs, configuration and logs.
const PAGE: &[u8] = include_bytes!("sample.txt");

/// How many fragments a bucket has where no plan was worked out.
const FRAGMENTS_PER_BUCKET: usize = 6;

/// A text in which to look how often fragments stand.
pub(super) struct Sample {
    classes: Classes,
    /// For each class of bytes: the places where it stands, one bit each.
    low: Vec<Vec<u64>>,
    high: Vec<Vec<u64>>,
}

impl Sample {
    /// The page that comes with the program.
    pub(super) fn page(classes: Classes) -> Self {
        Self::new(PAGE, classes)
    }

    pub(super) fn new(text: &[u8], classes: Classes) -> Self {
        let words = text.len() / 64;
        let mut low = vec![vec![0; words]; 64];
        let mut high = vec![vec![0; words]; 16];
        for (at, byte) in text[..words * 64].iter().enumerate() {
            low[classes.low(*byte)][at / 64] |= 1 << (at % 64);
            high[classes.high(*byte)][at / 64] |= 1 << (at % 64);
        }
        Self { classes, low, high }
    }

    /// At how many of its places a fragment stands, or what the processor takes for it: one for all of
    /// them, zero for none.
    pub(super) fn frequency(&self, fragment: Fragment) -> f64 {
        let mut bucket = Bucket::new(self.classes);
        bucket.add(fragment);
        bucket.fits(self) as f64 / (self.low[0].len() * 64) as f64
    }
}

/// What a bucket accepts.
#[derive(Debug)]
struct Bucket {
    classes: Classes,
    /// For each byte of a fragment: the classes that fit, one bit each.
    low: [u64; Fragment::MAX],
    high: [u64; Fragment::MAX],
}

impl Bucket {
    fn new(classes: Classes) -> Self {
        Self {
            classes,
            low: [0; Fragment::MAX],
            high: [0; Fragment::MAX],
        }
    }

    fn add(&mut self, fragment: Fragment) {
        for at in 0..Fragment::MAX {
            let (low, high) = match fragment.bytes().get(at) {
                Some(&byte) => (1 << self.classes.low(byte), 1 << self.classes.high(byte)),
                None => (u64::MAX, u64::MAX),
            };
            self.low[at] |= low;
            self.high[at] |= high;
        }
    }

    /// How many places of the sample fit.
    fn fits(&self, sample: &Sample) -> u64 {
        let words = sample.low[0].len();
        let mut fits = vec![u64::MAX; words];
        let mut here = vec![0; words];
        for at in 0..Fragment::MAX {
            for (sets, classes) in [(&sample.low, self.low[at]), (&sample.high, self.high[at])] {
                if classes == u64::MAX {
                    continue;
                }
                here.fill(0);
                for (class, set) in sets.iter().enumerate() {
                    if classes >> class & 1 == 1 {
                        here.iter_mut().zip(set).for_each(|(all, set)| *all |= set);
                    }
                }
                // By the place of the first byte.
                for word in 0..words {
                    let next = here.get(word + 1).copied().unwrap_or(0);
                    fits[word] &= match at {
                        0 => here[word],
                        _ => here[word] >> at | next << (64 - at),
                    };
                }
            }
        }
        fits.iter().map(|word| u64::from(word.count_ones())).sum()
    }
}

/// The passes over the bytes that seek all `fragments`: for each, the fragments of its buckets.
pub(super) fn plan(fragments: &[Fragment], classes: Classes) -> Vec<[Vec<Fragment>; BUCKETS]> {
    let mut buckets = planned();
    let mut rest: Vec<Fragment> = fragments.to_vec();
    for bucket in &mut buckets {
        bucket.retain(|fragment| {
            let known = rest.iter().position(|other| other == fragment);
            known.map(|index| rest.swap_remove(index)).is_some()
        });
    }
    if !rest.is_empty() {
        let count = rest
            .len()
            .div_ceil(FRAGMENTS_PER_BUCKET)
            .next_multiple_of(BUCKETS);
        buckets.extend(spread(rest, count, &[Sample::page(classes)]));
    }
    buckets.retain(|bucket| !bucket.is_empty());
    buckets
        .chunks(BUCKETS)
        .map(|pass| std::array::from_fn(|index| pass.get(index).cloned().unwrap_or_default()))
        .collect()
}

/// The fragments of the plan, by bucket.
pub(super) fn planned() -> Vec<Vec<Fragment>> {
    PLAN.lines()
        .map(|line| line.split(' ').filter_map(Fragment::parse).collect())
        .collect()
}

/// How often the buckets of all fragments are chosen anew, once each has one.
const ROUNDS: usize = 2;

/// Spreads fragments over `count` buckets: the most frequent first, each where it does least harm; then again
/// each in turn, now that the others are known.
pub(super) fn spread(
    fragments: Vec<Fragment>,
    count: usize,
    samples: &[Sample],
) -> Vec<Vec<Fragment>> {
    let fits = |fragments: &[Fragment]| -> u64 {
        let in_sample = |sample: &Sample| {
            let mut bucket = Bucket::new(sample.classes);
            fragments.iter().for_each(|fragment| bucket.add(*fragment));
            bucket.fits(sample)
        };
        samples.iter().map(in_sample).sum()
    };
    let mut order: Vec<(u64, Fragment)> = fragments
        .iter()
        .map(|fragment| (fits(&[*fragment]), *fragment))
        .collect();
    order.sort_by_key(|&(fits, fragment)| (std::cmp::Reverse(fits), fragment));
    let mut buckets: Vec<(u64, Vec<Fragment>)> = vec![(0, Vec::new()); count];
    for round in 0..=ROUNDS {
        for &(_, fragment) in &order {
            if round > 0
                && let Some((old, bucket)) = buckets.iter_mut().find(|(_, b)| b.contains(&fragment))
            {
                bucket.retain(|other| *other != fragment);
                *old = if bucket.is_empty() { 0 } else { fits(bucket) };
            }
            let best = buckets.iter_mut().map(|(old, bucket)| {
                bucket.push(fragment);
                let new = fits(bucket);
                bucket.pop();
                (new - *old, bucket.len(), new, old, bucket)
            });
            if let Some((_, _, new, old, bucket)) = best.min_by_key(|(more, len, ..)| (*more, *len))
            {
                bucket.push(fragment);
                *old = new;
            }
        }
    }
    buckets.into_iter().map(|(_, bucket)| bucket).collect()
}
