//! Delays requests: a limit of requests per minute, and the limits that the instance reports.
//!
//! GitLab counts requests in fixed periods. It reports the remaining requests in `RateLimit-Remaining`, its end in
//! `RateLimit-Reset` (seconds since 1970), and answers 429 with `Retry-After` when nothing remains
//! (<https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/>).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::RequestError;

/// Interval at which a waiting request checks whether the user has stopped the program.
const SLICE: Duration = Duration::from_millis(50);

/// The longest pause. The instance names a time, and the clock of this machine overflows with some.
const LONGEST_PAUSE: Duration = Duration::from_secs(366 * 86_400);

/// Requests are spaced by this factor more than the limit demands, because they do not arrive as evenly as they
/// are sent.
const MARGIN: f64 = 1.02;

/// Spaces the requests of all threads.
#[derive(Debug)]
pub(super) struct Pace {
    interval: Duration,
    /// The longest time that a request waits for a rate limit.
    longest_wait: Duration,
    stop: Arc<AtomicBool>,
    /// No request is sent before.
    next: Mutex<Instant>,
}

impl Pace {
    pub(super) fn new(
        per_minute: Option<u32>,
        longest_wait: Duration,
        stop: Arc<AtomicBool>,
    ) -> Self {
        let interval = per_minute.map_or(Duration::ZERO, |limit| {
            Duration::from_secs_f64(60.0 * MARGIN / f64::from(limit.max(1)))
        });
        Self {
            interval,
            longest_wait,
            stop,
            next: Mutex::new(Instant::now()),
        }
    }

    /// Waits until a request may be sent.
    ///
    /// # Errors
    /// If that takes too long, or the user stops the program.
    pub(super) fn wait(&self) -> Result<(), RequestError> {
        loop {
            let now = Instant::now();
            let due = {
                let mut next = self.next.lock();
                if *next <= now {
                    *next = now + self.interval;
                    return self.check_stop();
                }
                *next
            };
            let left = due - now;
            if left > self.longest_wait {
                return Err(RequestError::RateLimited(Some(left)));
            }
            self.check_stop()?;
            std::thread::sleep(left.min(SLICE));
        }
    }

    /// Waits, while other threads go on.
    ///
    /// # Errors
    /// If the user stops the program.
    pub(super) fn rest(&self, time: Duration) -> Result<(), RequestError> {
        let until = Instant::now() + time.min(LONGEST_PAUSE);
        loop {
            self.check_stop()?;
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            std::thread::sleep(left.min(SLICE));
        }
    }

    /// Sends no request for a time.
    pub(super) fn pause(&self, time: Duration) {
        let until = Instant::now() + time.min(LONGEST_PAUSE);
        let mut next = self.next.lock();
        *next = next.max(until);
    }

    /// An error if the user has stopped the program.
    pub(super) fn check_stop(&self) -> Result<(), RequestError> {
        if self.stop.load(Ordering::Relaxed) {
            Err(RequestError::Interrupted)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONGEST: Duration = Duration::from_secs(300);

    #[test]
    fn spaces_requests_evenly() {
        let pace = Pace::new(Some(1200), LONGEST, Arc::default());
        let start = Instant::now();
        for _ in 0..5 {
            pace.wait().unwrap();
        }
        assert!(start.elapsed() >= Duration::from_millis(4 * 50));
    }

    #[test]
    fn reports_a_limit_that_lasts_too_long() {
        let pace = Pace::new(None, LONGEST, Arc::default());
        pace.wait().unwrap();
        pace.pause(LONGEST * 2);
        assert!(matches!(
            pace.wait(),
            Err(RequestError::RateLimited(Some(_)))
        ));
        pace.pause(Duration::MAX);
        assert!(matches!(
            pace.wait(),
            Err(RequestError::RateLimited(Some(_)))
        ));
    }

    #[test]
    fn ends_when_the_user_stops_the_program() {
        let stop = Arc::new(AtomicBool::new(true));
        let pace = Pace::new(None, LONGEST, stop);
        assert_eq!(pace.wait(), Err(RequestError::Interrupted));
    }
}
