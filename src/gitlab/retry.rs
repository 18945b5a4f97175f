//! Chooses the failed requests that are repeated, and the delay.

use std::time::Duration;

use super::RequestError;

/// The number of attempts for requests that fail, and the delay between attempts.
#[derive(Clone, Copy, Debug)]
pub(super) struct RetryPolicy {
    /// Maximum number of attempts for a request that the rate limit refuses.
    limited: u32,
    /// Maximum number of attempts for a read that fails with a server error.
    failed: u32,
    /// Maximum number of attempts for a read whose connection fails.
    broken: u32,
    /// Statuses besides 502, 503 and 504 count as failures that may pass.
    any_status: bool,
    /// The time before the first repetition, doubled for each further one.
    first_wait: Duration,
    /// The longest time that a rate limit is waited for.
    pub(super) longest_wait: Duration,
}

impl RetryPolicy {
    /// For a person who waits for few answers.
    pub(super) const BRIEF: Self = Self {
        limited: 4,
        failed: 3,
        broken: 1,
        any_status: false,
        first_wait: Duration::from_secs(1),
        longest_wait: Duration::from_secs(300),
    };

    /// For work of hours. Application limits of GitLab are for one minute and answer 429 without a time
    /// (<https://docs.gitlab.com/administration/settings/rate_limit_on_projects_api/>); nine tries cover that minute.
    /// The default limit of a self-managed instance is for one hour.
    pub(super) const PERSISTENT: Self = Self {
        limited: 9,
        failed: 6,
        broken: 4,
        any_status: true,
        first_wait: Duration::from_millis(250),
        longest_wait: Duration::from_secs(3660),
    };

    /// The time before a request is sent again that failed `tries` times.
    pub(super) fn wait(&self, error: &RequestError, tries: u32) -> Duration {
        match error {
            RequestError::RateLimited(Some(time)) => *time,
            _ => self.first_wait * (1 << tries.saturating_sub(1).min(10)),
        }
    }

    /// True if a request is sent again that failed `tries` times. Requests other than reads may have had their
    /// effect, unless the rate limit refused them.
    pub(super) fn is_repeated(&self, error: &RequestError, is_read: bool, tries: u32) -> bool {
        let limit = match error {
            RequestError::RateLimited(_) => return tries < self.limited,
            RequestError::ServerError(502..=504) => self.failed,
            RequestError::ServerError(_) if self.any_status => self.failed,
            RequestError::Unreachable { .. } | RequestError::Timeout(_) => self.broken,
            _ => 1,
        };
        is_read && tries < limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn persistent_requests_wait_for_more_than_a_minute_without_a_header() {
        let policy = RetryPolicy::PERSISTENT;
        let error = RequestError::RateLimited(None);
        let waits = (1..).take_while(|tries| policy.is_repeated(&error, true, *tries));
        let total: Duration = waits.map(|tries| policy.wait(&error, tries)).sum();
        assert!(total > Duration::from_secs(60), "{total:?}");
        assert!(total < Duration::from_secs(120), "{total:?}");
    }

    #[test]
    fn only_reads_are_repeated_after_an_error_of_the_server() {
        for policy in [RetryPolicy::BRIEF, RetryPolicy::PERSISTENT] {
            let error = RequestError::ServerError(502);
            assert!(policy.is_repeated(&error, true, 1));
            assert!(!policy.is_repeated(&error, false, 1));
            assert!(policy.is_repeated(&RequestError::RateLimited(None), false, 1));
        }
    }
}
