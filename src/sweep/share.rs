//! Shares a sweep among parallel jobs: splits its subjects and its state by cost, and merges the states again.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use serde::Deserialize;

use super::state::SubjectState;
use super::{StateError, SweepState};
use crate::report::json::JsonFinding;

/// Number of bytes of a repository that take as long as a request.
const BYTES_PER_REQUEST: u64 = 1 << 20;

/// The fields of a plan (`sweep --plan --format json`) that determine shares.
#[derive(Clone, Debug, Deserialize)]
pub struct PlannedSubjects {
    /// The address of the instance.
    pub instance: String,
    subjects: Vec<PlannedSubject>,
}

#[derive(Clone, Debug, Deserialize)]
struct PlannedSubject {
    path: String,
    level: String,
    requests: u64,
    repository_bytes: u64,
}

/// The subjects of one job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// The targets: projects, and groups or the instance without their members.
    pub targets: Vec<String>,
    /// The paths of the subjects.
    paths: BTreeSet<String>,
    /// The cost, in requests.
    pub cost: u64,
}

impl PlannedSubject {
    /// Returns the cost of the subject: at least one, since every subject takes some work.
    fn cost(&self) -> u64 {
        1 + self.requests + self.repository_bytes / BYTES_PER_REQUEST
    }

    fn target(&self) -> String {
        match self.level.as_str() {
            "project" => self.path.clone(),
            "group" => format!("{}/-", self.path),
            _ => "-".to_owned(),
        }
    }
}

impl PlannedSubjects {
    /// Divides the subjects into at most `count` shares of similar cost: the most expensive subject first, each into
    /// the cheapest share so far. No share is empty.
    pub fn split(&self, count: usize) -> Vec<Share> {
        let mut subjects: Vec<&PlannedSubject> = self.subjects.iter().collect();
        subjects.sort_by_key(|subject| (Reverse(subject.cost()), &subject.path));
        let count = count.min(subjects.len());
        let empty = Share {
            targets: Vec::new(),
            paths: BTreeSet::new(),
            cost: 0,
        };
        let mut shares = vec![empty; count];
        let mut cheapest: BinaryHeap<Reverse<(u64, usize)>> =
            (0..count).map(|index| Reverse((0, index))).collect();
        for subject in subjects {
            let Some(Reverse((cost, index))) = cheapest.pop() else {
                break;
            };
            let cost = cost + subject.cost();
            cheapest.push(Reverse((cost, index)));
            if let Some(share) = shares.get_mut(index) {
                share.targets.push(subject.target());
                share.paths.insert(subject.path.clone());
                share.cost = cost;
            }
        }
        for share in &mut shares {
            share.targets.sort();
        }
        shares
    }
}

/// Returns the path of the subject that a finding belongs to.
fn owner(finding: &JsonFinding) -> Option<&str> {
    Some(finding.location.remote.as_ref()?.owner.as_str())
}

impl SweepState {
    /// Returns the part of the state about the subjects of a share.
    pub fn part(&self, share: &Share) -> Self {
        let is_here = |path: &str| share.paths.contains(path);
        let is_own = |finding: &JsonFinding| owner(finding).is_some_and(is_here);
        let subjects = self
            .subjects
            .iter()
            .filter(|(_, subject)| is_here(&subject.path));
        let findings = self.findings.iter().filter(|finding| is_own(finding));
        let suppressed = self.suppressed.iter().filter(|item| is_own(&item.finding));
        let mut part = Self::new(&self.instance);
        part.scanner.clone_from(&self.scanner);
        part.sweep = self.sweep;
        part.is_finished = self.is_finished;
        part.subjects = subjects
            .map(|(key, subject)| (key.clone(), subject.clone()))
            .collect();
        part.findings = findings.cloned().collect();
        part.suppressed = suppressed.cloned().collect();
        part
    }

    /// Merges another state of the same instance: of each place the later reading, and the findings of that reading's
    /// state.
    ///
    /// # Errors
    /// If the other state belongs to another instance; the message contains its `name`.
    pub fn merge(&mut self, other: Self, name: &str) -> Result<(), StateError> {
        if self.instance != other.instance {
            return Err(StateError::OtherInstance {
                state: name.to_owned(),
                instance: other.instance,
            });
        }
        if self.scanner.is_empty() {
            self.scanner = other.scanner;
        }
        let other_is_later = other.sweep > self.sweep;
        if self.subjects.is_empty() {
            // A new state has not been swept.
            self.is_finished = other.is_finished;
            self.sweep = other.sweep;
        }
        self.is_finished = match other.sweep.cmp(&self.sweep) {
            std::cmp::Ordering::Greater => other.is_finished,
            std::cmp::Ordering::Equal => self.is_finished && other.is_finished,
            std::cmp::Ordering::Less => self.is_finished,
        };
        self.sweep = self.sweep.max(other.sweep);
        self.merge_subjects(other.subjects, other_is_later);
        let findings = std::mem::take(&mut self.findings).into_iter();
        self.findings = last_of_each(findings.chain(other.findings), |finding| finding);
        let suppressed = std::mem::take(&mut self.suppressed).into_iter();
        self.suppressed = last_of_each(suppressed.chain(other.suppressed), |item| &item.finding);
        Ok(())
    }

    /// Adds subjects, with the later reading of each place.
    fn merge_subjects(&mut self, subjects: BTreeMap<String, SubjectState>, is_later: bool) {
        for (key, subject) in subjects {
            let known = self.subjects.entry(key).or_default();
            if known.path.is_empty() || is_later {
                known.path = subject.path;
            }
            for (kind, place) in subject.places {
                match known.places.get(&kind) {
                    Some(old) if (old.sweep, old.read_at) >= (place.sweep, place.read_at) => {}
                    _ => {
                        known.places.insert(kind, place);
                    }
                }
            }
        }
    }
}

/// Returns the last item of each fingerprint and page, in their order. `finding` returns the finding of an item.
fn last_of_each<T>(items: impl Iterator<Item = T>, finding: fn(&T) -> &JsonFinding) -> Vec<T> {
    let keyed = items.map(|item| {
        let JsonFinding {
            fingerprint,
            location,
            ..
        } = finding(&item);
        let url = location.remote.as_ref().map(|remote| remote.url.clone());
        ((fingerprint.clone(), url), item)
    });
    keyed.collect::<BTreeMap<_, _>>().into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(costs: &[u64]) -> PlannedSubjects {
        let subjects = costs
            .iter()
            .enumerate()
            .map(|(number, requests)| PlannedSubject {
                path: format!("g/p{number}"),
                level: "project".to_owned(),
                requests: *requests,
                repository_bytes: 0,
            });
        PlannedSubjects {
            instance: "https://gitlab.example".to_owned(),
            subjects: subjects.collect(),
        }
    }

    #[test]
    fn shares_have_about_the_same_cost() {
        let costs: Vec<u64> = (0..1000).map(|number| number % 97 * 10).collect();
        let shares = plan(&costs).split(8);
        assert_eq!(shares.len(), 8);
        assert_eq!(
            shares
                .iter()
                .map(|share| share.targets.len())
                .sum::<usize>(),
            1000
        );
        let most = shares.iter().map(|share| share.cost).max().unwrap();
        let least = shares.iter().map(|share| share.cost).min().unwrap();
        assert!(most - least <= 100, "{least}..{most}");
    }

    #[test]
    fn no_share_is_empty() {
        let shares = plan(&[1, 2]).split(5);
        assert_eq!(shares.len(), 2);
        assert!(plan(&[]).split(5).is_empty());
    }
}
