//! The client: sends requests within limits of time, size and rate.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use parking_lot::Mutex;
use ureq::http::{HeaderMap, HeaderValue, Response, Uri};
use ureq::tls::{TlsConfig, TlsProvider};
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, Body, Proxy, RequestBuilder, Timeout};

use super::certificates::root_certificates;
use super::failure::request_error;
use super::pace::Pace;
use super::resolver::GuardedResolver;
use super::retry::RetryPolicy;
use super::{Answer, ApiRequest, Instance, Method, RequestError};

/// Maximum number of bytes of a response that are read.
const MAX_ANSWER: u64 = 8 << 20;

/// The longest time for the body of a download or an upload.
pub(super) const MAX_DOWNLOAD_TIME: Duration = Duration::from_secs(3600);

/// The options of a client.
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// Time for one request, from the connection to the last byte.
    pub timeout: Duration,
    /// Limit of requests per minute; `None` uses the limit that the instance reports.
    pub requests_per_minute: Option<u32>,
    /// Number of requests at a time.
    pub parallel: usize,
    /// Repeat reads after any failure of the server or the connection, and wait for a rate limit for up to an hour.
    /// For work of hours, which one failure must not spoil.
    pub persistent: bool,
    /// Certificates to trust besides the system's, as DER.
    pub certificates: Vec<Vec<u8>>,
    /// Set when the user stops the program.
    pub stop: Arc<AtomicBool>,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(20),
            requests_per_minute: None,
            parallel: 4,
            persistent: false,
            certificates: Vec::new(),
            stop: Arc::default(),
        }
    }
}

/// A client of one instance. Threads share it.
#[derive(Debug)]
pub struct Client {
    agent: Agent,
    instance: Instance,
    pace: Pace,
    retry: RetryPolicy,
    parallel: usize,
    timeout: Duration,
    requests: AtomicU64,
    bytes: AtomicU64,
    reported_limit: AtomicU64,
}

/// The transfer mode of a response: whole, or as a stream of any length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transfer {
    Whole,
    Stream,
}

impl Client {
    /// A client of the instance. Connects with the first request only.
    ///
    /// Proxies are those of `ALL_PROXY`, `HTTPS_PROXY` and `NO_PROXY`; requests to a loopback address use none.
    pub fn new(instance: Instance, options: &ClientOptions) -> Self {
        let proxy = Proxy::try_from_env().filter(|_| !instance.is_loopback());
        let resolver = GuardedResolver::new(&instance, proxy.as_ref());
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .https_only(!instance.is_loopback())
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(options.timeout))
            .max_idle_connections_per_host(options.parallel)
            .user_agent(concat!("tokensweep/", env!("CARGO_PKG_VERSION")))
            .accept("application/json")
            .proxy(proxy);
        if instance.is_https() {
            let tls = TlsConfig::builder()
                .provider(TlsProvider::Rustls)
                .unversioned_rustls_crypto_provider(Arc::new(
                    rustls::crypto::ring::default_provider(),
                ))
                .root_certs(root_certificates(&options.certificates))
                .build();
            config = config.tls_config(tls);
        }
        let retry = if options.persistent {
            RetryPolicy::PERSISTENT
        } else {
            RetryPolicy::BRIEF
        };
        let stop = Arc::clone(&options.stop);
        Self {
            agent: Agent::with_parts(config.build(), DefaultConnector::default(), resolver),
            instance,
            pace: Pace::new(options.requests_per_minute, retry.longest_wait, stop),
            retry,
            parallel: options.parallel.max(1),
            timeout: options.timeout,
            requests: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            reported_limit: AtomicU64::new(0),
        }
    }

    /// The instance that requests go to.
    pub fn instance(&self) -> &Instance {
        &self.instance
    }

    /// The number of requests so far, with repetitions.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// The number of bytes of answers and downloads so far.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// The requests per minute that the instance has reported to allow (`RateLimit-Limit`), if it has.
    pub fn reported_limit(&self) -> Option<u64> {
        match self.reported_limit.load(Ordering::Relaxed) {
            0 => None,
            limit => Some(limit),
        }
    }

    /// Sends a request and returns the response if its status is below 500; or 501, with which GitLab reports that it
    /// recognises the request but does not support it.
    ///
    /// A request that the rate limit refuses (429) is repeated after the time that the instance names. A `GET` that
    /// a gateway fails (502, 503, 504) is repeated too; other requests are not, since they may have had their
    /// effect. [`ClientOptions::persistent`] repeats more.
    ///
    /// # Errors
    /// If no usable answer arrives: a connection error, a redirect, 429 or 5xx.
    pub fn send(&self, request: &ApiRequest) -> Result<Answer, RequestError> {
        let (mut answer, bytes) = self.send_limited(request, MAX_ANSWER)?;
        answer.body = serde_json::from_slice(&bytes).ok();
        Ok(answer)
    }

    /// [`Client::send`] for an answer of at most `limit` bytes. The body is returned as it is, and not a part of the
    /// answer.
    pub(super) fn send_limited(
        &self,
        request: &ApiRequest,
        limit: u64,
    ) -> Result<(Answer, Vec<u8>), RequestError> {
        self.repeat(request, Transfer::Whole, |mut response| {
            if response.status().is_redirection() {
                return Err(self.redirect(response.headers()));
            }
            self.read(request, &mut response, limit)
        })
    }

    /// Sends a request, passes the response to `read`, and repeats both after failures that may pass.
    pub(super) fn repeat<T>(
        &self,
        request: &ApiRequest,
        transfer: Transfer,
        read: impl Fn(Response<Body>) -> Result<T, RequestError>,
    ) -> Result<T, RequestError> {
        let mut tries = 0;
        loop {
            self.pace.wait()?;
            let result = self.send_once(request, transfer).and_then(|response| {
                let headers = response.headers();
                if request.host.is_none() {
                    self.obey_limits(headers);
                }
                match response.status().as_u16() {
                    429 => {
                        let asked = number(headers, "retry-after").map(Duration::from_secs);
                        Err(RequestError::RateLimited(asked))
                    }
                    status @ (500 | 502..) => Err(RequestError::ServerError(status)),
                    _ => read(response),
                }
            });
            let error = match result {
                Ok(result) => return Ok(result),
                Err(error) => error,
            };
            tries += 1;
            let wait = self.retry.wait(&error, tries);
            if let RequestError::RateLimited(_) = error {
                self.pace.pause(wait);
            }
            if !self
                .retry
                .is_repeated(&error, request.is_repeatable(), tries)
                || wait > self.retry.longest_wait
            {
                return Err(error);
            }
            if !matches!(error, RequestError::RateLimited(_)) {
                self.pace.rest(wait)?;
            }
        }
    }

    /// Calls `ask` for each item, on as many threads as there may be requests at a time, and returns the results
    /// in the order of the items.
    pub fn each<T: Sync, R: Send>(&self, items: &[T], ask: impl Fn(&T) -> R + Sync) -> Vec<R> {
        let next = AtomicUsize::new(0);
        let results = Mutex::new(Vec::with_capacity(items.len()));
        let work = || {
            while let Some((index, item)) = {
                let index = next.fetch_add(1, Ordering::Relaxed);
                items.get(index).map(|item| (index, item))
            } {
                let result = ask(item);
                let mut results = results.lock();
                results.push((index, result));
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..self.parallel.min(items.len()) {
                scope.spawn(work);
            }
        });
        let mut results = results.into_inner();
        results.sort_by_key(|(index, _)| *index);
        results.into_iter().map(|(_, result)| result).collect()
    }

    fn send_once(
        &self,
        request: &ApiRequest,
        transfer: Transfer,
    ) -> Result<Response<Body>, RequestError> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let url = request.host.as_ref().unwrap_or(&self.instance);
        let url = url.url(&request.path);
        let mut headers = HeaderMap::new();
        if let Some((name, value)) = request.auth_header()? {
            headers.insert(name, value);
        }
        for (name, value) in &request.headers {
            let value = HeaderValue::from_str(value).map_err(|_| RequestError::NotSendable)?;
            headers.insert(*name, value);
        }
        let body = request.body();
        if let Some((media_type, _)) = &body {
            headers.insert("content-type", HeaderValue::from_static(media_type));
        }
        let sent = match (request.method, body.map(|(_, body)| body)) {
            (Method::Get, _) => {
                let get = with_headers(self.agent.get(url), &headers);
                match transfer {
                    Transfer::Whole => get.call(),
                    Transfer::Stream => self.without_deadline(get).call(),
                }
            }
            (Method::Post, Some(body)) => with_headers(self.agent.post(url), &headers).send(&body),
            (Method::Post, None) => with_headers(self.agent.post(url), &headers).send_empty(),
            (Method::Put, body) => {
                let put = with_headers(self.agent.put(url), &headers);
                let put = match request.upload {
                    Some(_) => self.without_deadline(put),
                    None => put,
                };
                put.send(&body.unwrap_or_default())
            }
            (Method::Delete, None) => with_headers(self.agent.delete(url), &headers).call(),
            (Method::Delete, Some(body)) => with_headers(self.agent.delete(url), &headers)
                .force_send_body()
                .send(&body),
        };
        sent.map_err(|error| self.error(request, error))
    }

    /// Limits each step and each read instead of the whole, which may take long.
    fn without_deadline<Kind>(&self, builder: RequestBuilder<Kind>) -> RequestBuilder<Kind> {
        let step = Some(self.timeout);
        builder
            .config()
            .timeout_global(None)
            .timeout_connect(step)
            .timeout_send_request(step)
            .timeout_send_body(Some(MAX_DOWNLOAD_TIME))
            .timeout_recv_response(step)
            .timeout_per_read(step)
            .timeout_recv_body(Some(MAX_DOWNLOAD_TIME))
            .build()
    }

    fn read(
        &self,
        request: &ApiRequest,
        response: &mut Response<Body>,
        limit: u64,
    ) -> Result<(Answer, Vec<u8>), RequestError> {
        let status = response.status().as_u16();
        if let Some(encoding) = content_encoding(response.headers()) {
            return Err(RequestError::Encoded(encoding));
        }
        let next_page = number(response.headers(), "x-next-page");
        let total = number(response.headers(), "x-total");
        let next_query = response.headers().get("link").and_then(next_query);
        let bytes = response
            .body_mut()
            .with_config()
            .limit(limit)
            .read_to_vec()
            .map_err(|error| self.error(request, error))?;
        self.count_bytes(bytes.len());
        let answer = Answer {
            status,
            is_empty: bytes.is_empty(),
            body: None,
            next_page,
            total,
            next_query,
        };
        Ok((answer, bytes))
    }

    pub(super) fn count_bytes(&self, bytes: usize) {
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// An error if the user has stopped the program.
    pub(super) fn check_stop(&self) -> Result<(), RequestError> {
        self.pace.check_stop()
    }

    /// Pauses if the remaining requests of the period may be used up by requests that are already sent.
    fn obey_limits(&self, headers: &HeaderMap) {
        if let Some(limit) = number(headers, "ratelimit-limit") {
            self.reported_limit.store(limit, Ordering::Relaxed);
        }
        let remaining = number(headers, "ratelimit-remaining");
        if remaining.is_none_or(|remaining| remaining >= self.parallel as u64) {
            return;
        }
        if let Some(reset) = number(headers, "ratelimit-reset") {
            let left = reset.saturating_sub(server_time(headers));
            self.pace.pause(Duration::from_secs(left));
        }
    }

    /// The error for a redirect that is not followed.
    pub(super) fn redirect(&self, headers: &HeaderMap) -> RequestError {
        let target = location(headers);
        let target = target.and_then(|text| text.parse::<Uri>().ok());
        RequestError::Redirect(match target.as_ref().and_then(Uri::host) {
            Some(host) if host != self.instance.host() => format!("the host '{host}'"),
            _ => "another page".to_owned(),
        })
    }

    pub(super) fn error(&self, request: &ApiRequest, error: ureq::Error) -> RequestError {
        let host = request.host.as_ref().unwrap_or(&self.instance).host();
        let time = match error {
            ureq::Error::Timeout(Timeout::RecvBody) => MAX_DOWNLOAD_TIME,
            _ => self.timeout,
        };
        request_error(host, time, error)
    }
}

fn with_headers<Kind>(
    mut builder: RequestBuilder<Kind>,
    headers: &HeaderMap,
) -> RequestBuilder<Kind> {
    for (name, value) in headers {
        builder = builder.header(name, value);
    }
    builder
}

/// The time of the instance, whose clock may differ from this machine's, in seconds since 1970.
fn server_time(headers: &HeaderMap) -> u64 {
    let date = headers.get("date").and_then(|value| value.to_str().ok());
    let date = date.and_then(|text| jiff::fmt::rfc2822::parse(text).ok());
    let seconds = date.and_then(|date| u64::try_from(date.timestamp().as_second()).ok());
    seconds.unwrap_or_else(|| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        now.unwrap_or_default().as_secs()
    })
}

/// The target of a redirect.
pub(super) fn location(headers: &HeaderMap) -> Option<&str> {
    headers.get("location")?.to_str().ok()
}

/// The compression of a body, which requests do not ask for; `None` without one.
pub(super) fn content_encoding(headers: &HeaderMap) -> Option<String> {
    let encoding = headers.get("content-encoding")?.to_str().ok()?.trim();
    let is_plain = encoding.is_empty() || encoding.eq_ignore_ascii_case("identity");
    (!is_plain).then(|| encoding.to_ascii_lowercase().chars().take(20).collect())
}

/// A header that is a number.
pub(super) fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

/// The query of the link to the next page: `<https://host/path?query>; rel="next"`. Its host and path are
/// ignored.
fn next_query(header: &HeaderValue) -> Option<String> {
    header.to_str().ok()?.split(',').find_map(|link| {
        let (target, parameters) = link.split_once(';')?;
        if !parameters.contains("rel=\"next\"") {
            return None;
        }
        let target = target.trim().strip_prefix('<')?.strip_suffix('>')?;
        Some(target.split_once('?')?.1.to_owned())
    })
}
