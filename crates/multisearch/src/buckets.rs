//! Which fragments share a bucket of the vector search, so that ordinary text seldom passes one.
//!
//! A position passes a bucket if each of its bytes fits one of the bucket's fragments there; fragments that have
//! nothing in common therefore spoil a bucket for each other. The assignment affects speed only.

use crate::fragment::Fragment;
use crate::frequency::{BucketFilter, TextModel};
use crate::vector::{BUCKETS, Classes, REGISTER_PASSES};

/// How many fragments a bucket has on average before another pass is worth its cost.
const FRAGMENTS_PER_BUCKET: usize = 8;

/// A bucket and its probability to pass a position.
#[derive(Clone, Default)]
struct Bucket {
    fragments: Vec<Fragment>,
    filter: BucketFilter,
    probability: f32,
}

impl Bucket {
    fn new(fragments: Vec<Fragment>, model: &TextModel) -> Self {
        let mut filter = BucketFilter::default();
        for &fragment in &fragments {
            filter.add(model, fragment);
        }
        Self {
            probability: filter.probability(model),
            filter,
            fragments,
        }
    }
}

/// Assigns `fragments` to the buckets of as many passes as they need.
pub(crate) fn assign(fragments: &[Fragment], classes: Classes) -> Vec<[Vec<Fragment>; BUCKETS]> {
    let count = fragments.len().div_ceil(FRAGMENTS_PER_BUCKET);
    let count = count
        .next_multiple_of(BUCKETS)
        .max(REGISTER_PASSES * BUCKETS);
    let mut buckets = spread(fragments, count, &TextModel::new(classes)).into_iter();
    (0..count / BUCKETS)
        .map(|_| std::array::from_fn(|_| buckets.next().unwrap_or_default()))
        .collect()
}

/// How often the bucket of each fragment is chosen again, once all others have one.
const REFINEMENTS: usize = 1;

/// Spreads fragments over `count` buckets: the most frequent first, each where it does least harm.
fn spread(fragments: &[Fragment], count: usize, model: &TextModel) -> Vec<Vec<Fragment>> {
    let mut order: Vec<(f32, Fragment)> = fragments
        .iter()
        .map(|&fragment| (model.probability(fragment), fragment))
        .collect();
    order.sort_by(|(a, left), (b, right)| b.total_cmp(a).then(left.cmp(right)));
    let mut buckets = vec![Bucket::default(); count];
    for round in 0..=REFINEMENTS {
        for &(_, fragment) in &order {
            let has_it = |bucket: &&mut Bucket| bucket.fragments.contains(&fragment);
            if round > 0
                && let Some(bucket) = buckets.iter_mut().find(has_it)
            {
                let mut rest = std::mem::take(&mut bucket.fragments);
                rest.retain(|other| *other != fragment);
                *bucket = Bucket::new(rest, model);
            }
            let mut best: Option<(f32, usize)> = None;
            for (index, bucket) in buckets.iter().enumerate() {
                let mut filter = bucket.filter;
                filter.add(model, fragment);
                let more = filter.probability(model) - bucket.probability;
                if best.is_none_or(|(least, _)| more < least) {
                    best = Some((more, index));
                }
                // All other empty buckets are the same.
                if bucket.fragments.is_empty() {
                    break;
                }
            }
            if let Some((_, index)) = best {
                let mut fragments = std::mem::take(&mut buckets[index].fragments);
                fragments.push(fragment);
                buckets[index] = Bucket::new(fragments, model);
            }
        }
    }
    buckets.into_iter().map(|bucket| bucket.fragments).collect()
}
