//! The cost of a sweep.

use serde::Serialize;

use super::state::PlaceState;
use super::{Level, PlaceError, Subject, Survey, Sweep, SweepState};
use crate::model::PlaceKind;

/// The estimated cost of a sweep, without content that earlier sweeps have read.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SweepPlan {
    /// The address of the instance.
    pub instance: String,
    /// Names of the places.
    pub places: Vec<&'static str>,
    /// Number of projects.
    pub projects: u64,
    /// Number of groups.
    pub groups: u64,
    /// Number of jobs.
    pub jobs: u64,
    /// Number of requests.
    pub requests: u64,
    /// Bytes of the repositories and wikis, if the token may read their sizes.
    pub repository_bytes: u64,
    /// The limit of requests, if known.
    pub requests_per_minute: Option<u64>,
    /// The minimum time at that limit, in seconds.
    pub seconds: Option<u64>,
    /// The groups and projects.
    pub subjects: Vec<SubjectPlan>,
}

/// The cost of a group or project.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SubjectPlan {
    /// Its key in a state.
    pub key: String,
    /// Its path; empty for the instance.
    pub path: String,
    /// `project`, `group` or `instance`.
    pub level: &'static str,
    /// Number of jobs to read.
    pub jobs: u64,
    /// Number of requests.
    pub requests: u64,
    /// Bytes of its repository and wiki.
    pub repository_bytes: u64,
    /// The reason why the items of one of its places cannot be counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl Sweep<'_> {
    /// Estimates the requests of a sweep of these subjects, from the first pages of the listings of jobs, issues and
    /// merge requests. `limit` is the operator's limit of requests per minute.
    pub fn plan(
        &self,
        subjects: &[Subject],
        mut state: SweepState,
        limit: Option<u64>,
    ) -> SweepPlan {
        state.begin();
        let client = self.context.client;
        let subjects = client.each(subjects, |subject| {
            let plan = self.plan_subject(subject, &state);
            self.progress
                .done
                .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            plan
        });
        let count = |level: &str| {
            let of_level = subjects.iter().filter(|subject| subject.level == level);
            of_level.count() as u64
        };
        let requests: u64 = subjects.iter().map(|subject| subject.requests).sum();
        let limit = limit.or(client.reported_limit()).filter(|limit| *limit > 0);
        SweepPlan {
            instance: client.instance().to_string(),
            places: self.places.iter().map(|row| row.kind.as_str()).collect(),
            projects: count("project"),
            groups: count("group"),
            jobs: subjects.iter().map(|subject| subject.jobs).sum(),
            requests,
            repository_bytes: subjects
                .iter()
                .map(|subject| subject.repository_bytes)
                .sum(),
            requests_per_minute: limit,
            seconds: limit.map(|limit| (requests * 60).div_ceil(limit)),
            subjects,
        }
    }

    fn plan_subject(&self, subject: &Subject, state: &SweepState) -> SubjectPlan {
        let never = PlaceState::default();
        let known = state.subjects.get(&subject.key());
        let survey = Survey::new(&self.context, subject);
        let (mut requests, mut repository_bytes, mut error) = (0, 0, None);
        for row in self.places.iter().filter(|row| row.is_of(subject)) {
            let place = known.and_then(|known| known.places.get(&row.kind));
            let place = place.unwrap_or(&never);
            if !place.is_due(row.refresh, subject, state.sweep, self.now) {
                continue;
            }
            repository_bytes += match row.kind {
                PlaceKind::Repository => subject.statistics.repository_size,
                PlaceKind::Wiki => subject.statistics.wiki_size,
                _ => 0,
            };
            requests += match row.place.estimate(&survey, place.cursor.as_ref()) {
                Ok(requests) => requests,
                Err(PlaceError::Unreadable(unreadable)) => {
                    // The sweep reports a refusal, and so does the plan if it has to count.
                    error.get_or_insert(format!("{}: {}", row.kind, unreadable.reason));
                    1
                }
                Err(PlaceError::Interrupted) => 0,
            };
        }
        SubjectPlan {
            key: subject.key(),
            path: subject.path.clone(),
            level: match subject.level {
                Level::Project => "project",
                Level::Group => "group",
                Level::Instance => "instance",
            },
            jobs: survey.job_count(),
            requests: requests + survey.shared_requests(),
            repository_bytes,
            error,
        }
    }
}

/// Returns a time in words.
pub fn describe_time(seconds: u64) -> String {
    match seconds {
        0..90 => format!("{seconds} s"),
        90..5_400 => format!("{} min", seconds.div_ceil(60)),
        5_400..172_800 => format!("{:.1} h", seconds as f64 / 3600.0),
        _ => format!("{:.1} days", seconds as f64 / 86_400.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn describes_times_in_fitting_units() {
        for (seconds, text) in [
            (1, "1 s"),
            (91, "2 min"),
            (6_120, "1.7 h"),
            (604_800, "7.0 days"),
        ] {
            assert_eq!(describe_time(seconds), text);
        }
    }
}
