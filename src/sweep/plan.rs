//! The cost of a sweep.

use serde::Serialize;

use super::state::PlaceState;
use super::{JOBS_QUERY, Level, Subject, Sweep, SweepState};
use crate::gitlab::{ApiRequest, AuthHeader, FetchError};

/// The maximum cost of a sweep, without content that earlier sweeps have read.
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
    /// The reason why its jobs cannot be counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl Sweep<'_> {
    /// Estimates the requests of a sweep of these subjects. Sends one request for each project that has jobs to
    /// read. `limit` is the operator's limit of requests per minute.
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
        let is_due = |row: &&&super::PlaceRow| {
            let place = known.and_then(|known| known.places.get(&row.kind));
            let place = place.unwrap_or(&never);
            row.is_of(subject) && place.is_due(row.refresh, subject, state.sweep, self.now)
        };
        let due: Vec<_> = self.places.iter().filter(is_due).collect();
        let per_job: u64 = due.iter().map(|row| row.requests_per_job).sum();
        let (jobs, error) = match per_job {
            0 => (0, None),
            _ => match self.count_jobs(subject) {
                Ok(jobs) => (jobs, None),
                Err(error) => (0, Some(error.to_string())),
            },
        };
        let is_mirrored = due.iter().any(|row| row.is_mirrored);
        let statistics = subject.statistics;
        SubjectPlan {
            key: subject.key(),
            path: subject.path.clone(),
            level: match subject.level {
                Level::Project => "project",
                Level::Group => "group",
                Level::Instance => "instance",
            },
            jobs,
            requests: due.iter().map(|row| row.requests).sum::<u64>() + jobs * per_job,
            repository_bytes: if is_mirrored {
                statistics.repository_size + statistics.wiki_size
            } else {
                0
            },
            error,
        }
    }

    /// Returns the number of jobs to read: exact up to 100, else the requested number.
    fn count_jobs(&self, subject: &Subject) -> Result<u64, FetchError> {
        let most = self.context.limits.jobs;
        let path = format!("{}/jobs?{JOBS_QUERY}{}", subject.api(), most.min(100));
        let request = ApiRequest::get(path).auth(AuthHeader::PrivateToken, self.context.token);
        let (jobs, next) = self.context.client.page::<serde_json::Value>(&request)?;
        Ok(match next {
            Some(_) => most,
            None => most.min(jobs.len() as u64),
        })
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
