//! The client: sends requests within limits of time, size and rate.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use ureq::http::{HeaderMap, HeaderValue, Response, Uri};
use ureq::tls::{TlsConfig, TlsProvider};
use ureq::{Agent, Body, Proxy, RequestBuilder};

use super::certificates::root_certificates;
use super::pace::Pace;
use super::{Answer, ApiRequest, Instance, Method, RequestError};

/// How many bytes of an answer are read.
const MAX_ANSWER: u64 = 8 << 20;

/// How often a request is sent at most.
const MAX_TRIES: u32 = 4;

/// The longest `Retry-After` that is waited for.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(300);

/// How a client behaves.
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// Time for one request, from the connection to the last byte.
    pub timeout: Duration,
    /// Limit of requests per minute; `None` uses the limit that the instance reports.
    pub requests_per_minute: Option<u32>,
    /// Number of requests at a time.
    pub parallel: usize,
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
    parallel: usize,
    timeout: Duration,
}

impl Client {
    /// A client of the instance. Connects with the first request only.
    ///
    /// Proxies are those of `ALL_PROXY`, `HTTPS_PROXY` and `NO_PROXY`; requests to a loopback address use none.
    pub fn new(instance: Instance, options: &ClientOptions) -> Self {
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .https_only(!instance.is_loopback())
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(options.timeout))
            .max_idle_connections_per_host(options.parallel)
            .user_agent(concat!("tokensweep/", env!("CARGO_PKG_VERSION")))
            .accept("application/json")
            .proxy(if instance.is_loopback() {
                None
            } else {
                Proxy::try_from_env()
            });
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
        Self {
            agent: config.build().new_agent(),
            instance,
            pace: Pace::new(options.requests_per_minute, Arc::clone(&options.stop)),
            parallel: options.parallel.max(1),
            timeout: options.timeout,
        }
    }

    /// The instance that requests go to.
    pub fn instance(&self) -> &Instance {
        &self.instance
    }

    /// Sends a request and returns the answer, whatever its status below 500; or 501, by which GitLab says that it
    /// knows the request but does not offer it.
    ///
    /// A request that the rate limit refuses (429) is repeated after the time that the instance names. A `GET` that
    /// a gateway fails (502, 503, 504) is repeated too; other requests are not, since they may have had their
    /// effect.
    ///
    /// # Errors
    /// If no usable answer arrives: a connection error, a redirect, 429 or 5xx.
    pub fn send(&self, request: &ApiRequest) -> Result<Answer, RequestError> {
        for tries in 1.. {
            self.pace.wait()?;
            let mut response = self.send_once(request)?;
            let status = response.status().as_u16();
            self.obey_limits(response.headers());
            let backoff = Duration::from_millis(500 << tries.min(4));
            match status {
                429 => {
                    let asked = seconds(response.headers(), "retry-after").map(Duration::from_secs);
                    let wait = asked.unwrap_or(backoff);
                    self.pace.pause(wait);
                    if tries >= MAX_TRIES || wait > MAX_RETRY_AFTER {
                        return Err(RequestError::RateLimited(asked));
                    }
                }
                502..=504 if request.method == Method::Get && tries < MAX_TRIES - 1 => {
                    self.pace.pause(backoff);
                }
                500 | 502.. => return Err(RequestError::ServerError(status)),
                300..400 => return Err(RequestError::Redirect(self.target(response.headers()))),
                _ => return self.read(&mut response),
            }
        }
        Err(RequestError::RateLimited(None))
    }

    /// Sends a `GET` request for each page of a listing and returns all items, at most `limit`.
    ///
    /// # Errors
    /// As [`Client::send`]. An answer that is not a list is returned as it is, in `Ok(Err(answer))`.
    pub fn list(
        &self,
        request: &ApiRequest,
        limit: usize,
    ) -> Result<Result<Vec<Value>, Answer>, RequestError> {
        let mut items = Vec::new();
        let mut page = request.clone();
        loop {
            let answer = self.send(&page)?;
            match &answer.body {
                Some(Value::Array(found)) if answer.is_success() => items.extend_from_slice(found),
                _ => return Ok(Err(answer)),
            }
            if items.len() >= limit {
                items.truncate(limit);
                return Ok(Ok(items));
            }
            page = request.clone();
            match (&answer.next_query, answer.next_page) {
                (Some(query), _) => {
                    let path = request.path.split('?').next().unwrap_or_default();
                    page.path = format!("{path}?{query}");
                }
                (None, Some(number)) => {
                    let separator = if request.path.contains('?') { '&' } else { '?' };
                    page.path = format!("{}{separator}page={number}", request.path);
                }
                (None, None) => return Ok(Ok(items)),
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
                let mut results = results.lock().unwrap_or_else(PoisonError::into_inner);
                results.push((index, result));
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..self.parallel.min(items.len()) {
                scope.spawn(work);
            }
        });
        let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
        results.sort_by_key(|(index, _)| *index);
        results.into_iter().map(|(_, result)| result).collect()
    }

    fn send_once(&self, request: &ApiRequest) -> Result<Response<Body>, RequestError> {
        let url = self.instance.url(&request.path);
        let mut headers = HeaderMap::new();
        if let Some((name, value)) = request.auth_header()? {
            headers.insert(name, value);
        }
        let body = request.body();
        if body.is_some() {
            let form = HeaderValue::from_static("application/x-www-form-urlencoded");
            headers.insert("content-type", form);
        }
        let sent = match (request.method, body) {
            (Method::Get, _) => with_headers(self.agent.get(url), &headers).call(),
            (Method::Post, Some(body)) => with_headers(self.agent.post(url), &headers).send(&body),
            (Method::Post, None) => with_headers(self.agent.post(url), &headers).send_empty(),
            (Method::Delete, None) => with_headers(self.agent.delete(url), &headers).call(),
            (Method::Delete, Some(body)) => with_headers(self.agent.delete(url), &headers)
                .force_send_body()
                .send(&body),
        };
        sent.map_err(|error| self.error(error))
    }

    fn read(&self, response: &mut Response<Body>) -> Result<Answer, RequestError> {
        let status = response.status().as_u16();
        let next_page = seconds(response.headers(), "x-next-page");
        let next_query = response.headers().get("link").and_then(next_query);
        let bytes = response
            .body_mut()
            .with_config()
            .limit(MAX_ANSWER)
            .read_to_vec()
            .map_err(|error| self.error(error))?;
        Ok(Answer {
            status,
            is_empty: bytes.is_empty(),
            body: serde_json::from_slice(&bytes).ok(),
            next_page,
            next_query,
        })
    }

    /// Pauses if what remains of the period may be used up by requests that are already sent.
    fn obey_limits(&self, headers: &HeaderMap) {
        let remaining = seconds(headers, "ratelimit-remaining");
        if remaining.is_none_or(|remaining| remaining >= self.parallel as u64) {
            return;
        }
        if let Some(reset) = seconds(headers, "ratelimit-reset") {
            let left = reset.saturating_sub(server_time(headers));
            self.pace.pause(Duration::from_secs(left));
        }
    }

    /// The host that a redirect names.
    fn target(&self, headers: &HeaderMap) -> String {
        let location = headers
            .get("location")
            .and_then(|value| value.to_str().ok());
        let uri = location.and_then(|text| text.parse::<Uri>().ok());
        match uri.as_ref().and_then(Uri::host) {
            Some(host) if host != self.instance.host() => format!("the host '{host}'"),
            _ => "another page".to_owned(),
        }
    }

    /// Own words for each error: those of the library may contain URLs.
    fn error(&self, error: ureq::Error) -> RequestError {
        let host = self.instance.host().to_owned();
        let unreachable = |reason: String| RequestError::Unreachable {
            host: host.clone(),
            reason,
        };
        match error {
            ureq::Error::Timeout(_) => RequestError::Timeout(self.timeout),
            ureq::Error::BodyExceedsLimit(limit) => RequestError::TooLarge(limit),
            ureq::Error::HostNotFound => unreachable("unknown host".to_owned()),
            ureq::Error::InvalidProxyUrl => {
                unreachable("the address of the proxy is not valid".to_owned())
            }
            ureq::Error::ConnectProxyFailed(_) => {
                unreachable("the proxy refuses the connection".to_owned())
            }
            ureq::Error::Tls(reason) => RequestError::Tls {
                host,
                reason: reason.to_owned(),
            },
            ureq::Error::Rustls(reason) => RequestError::Tls {
                host,
                reason: tls_reason(&reason),
            },
            ureq::Error::Io(error) => match error
                .get_ref()
                .and_then(|inner| inner.downcast_ref::<rustls::Error>())
            {
                Some(reason) => RequestError::Tls {
                    host,
                    reason: tls_reason(reason),
                },
                None => unreachable(error.kind().to_string()),
            },
            _ => unreachable("the answer is not HTTP".to_owned()),
        }
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

fn tls_reason(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer) => {
            "its certificate is signed by an unknown authority; name the authority's certificate in \
             ADDITIONAL_CA_CERT_BUNDLE or SSL_CERT_FILE"
                .to_owned()
        }
        other => other.to_string(),
    }
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

/// A header that is a number.
fn seconds(headers: &HeaderMap, name: &str) -> Option<u64> {
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
