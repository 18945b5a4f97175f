//! Which fragments share a bucket of the vector search, so that ordinary text seldom passes one.
//!
//! A position passes a bucket if each of its bytes fits one of the bucket's fragments there; fragments that have
//! nothing in common therefore spoil a bucket for each other. The assignment affects speed only.

use crate::fragment::Fragment;
use crate::frequency::{BucketFilter, TextModel};
use crate::vector::{BUCKETS, Classes, REGISTER_PASSES};

/// How many fragments a bucket has on average before another pass is worth its cost.
const FRAGMENTS_PER_BUCKET: usize = 9;

/// A bucket and its probability to pass a position.
#[derive(Clone, Default)]
struct Bucket {
    fragments: Vec<Fragment>,
    filter: BucketFilter,
    estimate: f32,
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

/// How many buckets are compared exactly for a fragment.
const CANDIDATES: usize = 3;

/// Spreads fragments over `count` buckets: the most frequent first, each where it does least harm.
fn spread(fragments: &[Fragment], count: usize, model: &TextModel) -> Vec<Vec<Fragment>> {
    let mut order: Vec<(f32, Fragment)> = fragments
        .iter()
        .map(|&fragment| (model.probability(fragment), fragment))
        .collect();
    order.sort_by(|(a, left), (b, right)| b.total_cmp(a).then(left.cmp(right)));
    let mut buckets = vec![Bucket::default(); count];
    for (_, fragment) in order {
        let with_fragment = |bucket: &Bucket| {
            let mut filter = bucket.filter;
            filter.add(model, fragment);
            filter
        };
        let mut estimates: Vec<(f32, usize)> = Vec::with_capacity(count);
        for (index, bucket) in buckets.iter().enumerate() {
            let estimate = with_fragment(bucket).estimate(model);
            estimates.push((estimate - bucket.estimate, index));
            // All other empty buckets are the same.
            if bucket.fragments.is_empty() {
                break;
            }
        }
        estimates.sort_by(|a, b| a.0.total_cmp(&b.0));
        let closest = estimates.into_iter().take(CANDIDATES);
        let exact = closest.map(|(_, index)| {
            let filter = with_fragment(&buckets[index]);
            (filter.probability(model), index, filter)
        });
        let added =
            |&(probability, index, _): &(f32, usize, _)| probability - buckets[index].probability;
        let best = exact.min_by(|a, b| added(a).total_cmp(&added(b)));
        if let Some((probability, index, filter)) = best {
            buckets[index].fragments.push(fragment);
            buckets[index].filter = filter;
            buckets[index].estimate = filter.estimate(model);
            buckets[index].probability = probability;
        }
    }
    buckets.into_iter().map(|bucket| bucket.fragments).collect()
}
