//! Assigns fragments to buckets of the vector search so that ordinary text seldom passes one.
//!
//! A position passes a bucket if each of its bytes fits one of the bucket's fragments there; fragments that have
//! nothing in common therefore spoil a bucket for each other. The assignment affects speed only.

use crate::fragment::Fragment;
use crate::frequency::{BucketFilter, TextModel};
use crate::vector::{BUCKETS, Classes, REGISTER_PASSES};

/// Average number of fragments in a bucket above which another pass is worth its cost.
const FRAGMENTS_PER_BUCKET: usize = 12;

/// A bucket and its probability to pass a position.
#[derive(Clone, Default)]
struct Bucket {
    fragments: Vec<Fragment>,
    filter: BucketFilter,
    probability: f32,
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

/// Maximum number of buckets that are compared exactly for a fragment.
const CANDIDATES: usize = 3;

/// Spreads fragments over `count` buckets: the most frequent first, each where it does least harm.
fn spread(fragments: &[Fragment], count: usize, model: &TextModel) -> Vec<Vec<Fragment>> {
    let empty = BucketFilter::default();
    let mut order: Vec<(f32, Fragment)> = fragments
        .iter()
        .map(|&fragment| (empty.probability_with(model, fragment), fragment))
        .collect();
    order.sort_by(|(a, left), (b, right)| b.total_cmp(a).then(left.cmp(right)));
    let mut buckets = vec![Bucket::default(); count];
    for (_, fragment) in order {
        let mut closest = [(f32::INFINITY, 0); CANDIDATES];
        for (index, bucket) in buckets.iter().enumerate() {
            let added = bucket.filter.estimate_with(model, fragment) - bucket.filter.estimate();
            if let Some(at) = closest.iter().position(|(known, _)| added < *known) {
                closest[at..].rotate_right(1);
                closest[at] = (added, index);
            }
            // All other empty buckets are the same.
            if bucket.fragments.is_empty() {
                break;
            }
        }
        let closest = closest.into_iter().filter(|(added, _)| added.is_finite());
        let exact = closest.map(|(_, index)| {
            let probability = buckets[index].filter.probability_with(model, fragment);
            (probability, index)
        });
        let added = |&(probability, index): &(f32, usize)| probability - buckets[index].probability;
        let best = exact.min_by(|a, b| added(a).total_cmp(&added(b)));
        if let Some((probability, index)) = best {
            let bucket = &mut buckets[index];
            bucket.fragments.push(fragment);
            bucket.filter.add(model, fragment);
            bucket.probability = probability;
        }
    }
    buckets.into_iter().map(|bucket| bucket.fragments).collect()
}
