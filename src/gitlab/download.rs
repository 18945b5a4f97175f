//! Downloads: content of any length as a stream.
//!
//! GitLab answers requests for artifacts, packages and other files with the content, or with a redirect to a signed
//! address of its object storage (<https://docs.gitlab.com/administration/object_storage/#proxy-download>). Such a
//! redirect is followed over HTTPS and without the credential.

use std::fmt;
use std::io::{self, Read};

use flate2::read::MultiGzDecoder;
use ureq::http::{HeaderMap, Response, Uri};
use ureq::{Body, BodyReader};

use super::client::{MAX_DOWNLOAD_TIME, Transfer, content_encoding, location, number};
use super::{Answer, ApiRequest, AuthHeader, Client, FetchError, Instance, RequestError};

/// Maximum number of redirects of one download.
const MAX_REDIRECTS: u32 = 3;

/// Maximum number of times that a download is resumed after its connection broke.
const MAX_RESUMPTIONS: u32 = 3;

/// Maximum number of bytes that are read of a response that refuses a download.
const MAX_REFUSAL: u64 = 64 << 10;

/// Content that is read while it arrives. A broken connection is replaced by one that continues at the same byte.
/// Errors are [`RequestError`]s.
pub struct Download<'a> {
    client: &'a Client,
    /// The request to the instance, which leads to a fresh signed address.
    first: ApiRequest,
    /// The request that the content answers.
    last: ApiRequest,
    limit: u64,
    body: DownloadBody,
    length: Option<u64>,
    etag: Option<String>,
    position: u64,
    resumptions: u32,
}

impl Client {
    /// Begins to read content of at most `limit` bytes.
    ///
    /// # Errors
    /// If no usable answer arrives, the instance refuses, a redirect is not followed, or the content is known to be
    /// larger.
    pub fn download(&self, request: &ApiRequest, limit: u64) -> Result<Download<'_>, FetchError> {
        let first = request.clone().accept_unless_set("*/*");
        let (last, response) = self.open(first.clone())?;
        let encoding = content_encoding(response.headers());
        let length = match encoding {
            Some(_) => None,
            None => number(response.headers(), "content-length"),
        };
        if length.is_some_and(|length| length > limit) {
            return Err(RequestError::TooLarge(limit).into());
        }
        Ok(Download {
            client: self,
            first,
            last,
            limit,
            length,
            etag: etag(response.headers()),
            // Positions in compressed content are not those of the content.
            resumptions: if encoding.is_some() {
                MAX_RESUMPTIONS
            } else {
                0
            },
            body: DownloadBody::new(response, encoding)?,
            position: 0,
        })
    }

    /// Follows redirects until content arrives. Returns the request that was answered by it.
    fn open(&self, first: ApiRequest) -> Result<(ApiRequest, Response<Body>), FetchError> {
        let mut request = first;
        for _ in 0..=MAX_REDIRECTS {
            let response = self.repeat(&request, Transfer::Stream, Ok)?;
            let status = response.status();
            if status.is_redirection() {
                request = self
                    .follow(&request, response.headers())
                    .ok_or_else(|| self.redirect(response.headers()))?;
            } else if status.is_success() {
                return Ok((request, response));
            } else {
                return Err(refusal(response));
            }
        }
        Err(RequestError::Redirect("page after page".to_owned()).into())
    }

    /// The request that a redirect asks for; `None` if it is not followed.
    fn follow(&self, request: &ApiRequest, headers: &HeaderMap) -> Option<ApiRequest> {
        let target: Uri = location(headers)?.parse().ok()?;
        let path = target.path_and_query()?.as_str().to_owned();
        let current = request.host.as_ref().unwrap_or(self.instance());
        let host = match (target.scheme_str(), target.authority()) {
            (None, None) if path.starts_with('/') => current.origin()?,
            (Some(scheme), Some(authority)) => format!("{scheme}://{authority}").parse().ok()?,
            _ => return None,
        };
        if current.is_https() && !host.is_https() {
            return None;
        }
        // GitLab redirects requests without access to its sign-in page.
        let is_own = request.host.is_none() && Some(&host) == self.instance().origin().as_ref();
        if is_own && !path.starts_with(&self.instance().url_path("/api/")) {
            return None;
        }
        if host.is_loopback() && !self.instance().is_loopback() {
            return None;
        }
        let next = ApiRequest {
            path,
            host: Some(host),
            ..request.clone()
        };
        Some(if is_own { next } else { next.without_auth() })
    }
}

impl Client {
    /// A request to a registry of the instance, whose address is the authority of a repository's `location`
    /// (`registry.example.com:5050`). It carries a token that the instance has issued for one repository of that
    /// registry, and no other credential.
    ///
    /// # Errors
    /// If the address is not one, or it is a loopback address although the instance is not.
    pub fn registry_request(
        &self,
        authority: &str,
        path: impl Into<String>,
        token: &crate::model::Secret,
    ) -> Result<ApiRequest, RequestError> {
        let parse = |scheme: &str| format!("{scheme}://{authority}").parse::<Instance>().ok();
        let is_local = self.instance().is_loopback();
        let host = match parse("https") {
            Some(host) if host.is_loopback() && is_local && !self.instance().is_https() => {
                parse("http")
            }
            Some(host) if host.is_loopback() && !is_local => None,
            other => other,
        };
        let host = host.ok_or(RequestError::InvalidRegistry)?;
        let mut request = ApiRequest::get(path).auth(AuthHeader::Bearer, token);
        request.host = Some(host);
        Ok(request)
    }
}

impl Download<'_> {
    fn read_some(&mut self, buffer: &mut [u8]) -> Result<usize, RequestError> {
        self.client.check_stop()?;
        loop {
            let broken = match self.body.read(buffer) {
                Ok(0) if self.length.is_some_and(|length| self.position < length) => {
                    io::ErrorKind::UnexpectedEof.into()
                }
                Ok(count) => {
                    self.client.count_bytes(count);
                    self.position += count as u64;
                    if self.position > self.limit {
                        return Err(RequestError::TooLarge(self.limit));
                    }
                    return Ok(count);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => error,
            };
            let broken = self.client.error(&self.last, broken.into());
            self.resume(broken)?;
        }
    }

    /// Asks for the remaining bytes.
    fn resume(&mut self, broken: RequestError) -> Result<(), RequestError> {
        let may_pass = match broken {
            RequestError::Unreachable { .. } => true,
            // Content that does not end within that time would not end the next time.
            RequestError::Timeout(time) => time < MAX_DOWNLOAD_TIME,
            _ => false,
        };
        if !may_pass || self.resumptions == MAX_RESUMPTIONS {
            return Err(broken);
        }
        self.resumptions += 1;
        let mut request = self.first.clone();
        if self.position > 0 {
            request = request.header("range", format!("bytes={}-", self.position));
            if let Some(etag) = &self.etag {
                request = request.header("if-range", etag.clone());
            }
        }
        let (last, response) = self.client.open(request).map_err(|_| broken.clone())?;
        let is_same = etag(response.headers()) == self.etag;
        let skipped = match (response.status().as_u16(), first_byte(response.headers())) {
            (206, Some(first)) if first == self.position => 0,
            (200, _) if is_same => self.position,
            _ => return Err(broken),
        };
        self.body = DownloadBody::Plain(reader(response));
        self.last = last;
        let mut skip = (&mut self.body).take(skipped);
        match io::copy(&mut skip, &mut io::sink()) {
            Ok(count) if count == skipped => Ok(()),
            _ => Err(broken),
        }
    }
}

impl Read for Download<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.read_some(buffer).map_err(io::Error::other)
    }
}

impl fmt::Debug for Download<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download")
            .field("length", &self.length)
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}

/// The body of a response. Servers send files that are stored compressed as they are, with `Content-Encoding`, to
/// clients that do not accept it too.
enum DownloadBody {
    Plain(BodyReader<'static>),
    Gzip(Box<MultiGzDecoder<BodyReader<'static>>>),
}

impl DownloadBody {
    fn new(response: Response<Body>, encoding: Option<String>) -> Result<Self, RequestError> {
        match encoding.as_deref() {
            None => Ok(Self::Plain(reader(response))),
            Some("gzip" | "x-gzip") => {
                Ok(Self::Gzip(Box::new(MultiGzDecoder::new(reader(response)))))
            }
            Some(other) => Err(RequestError::Encoded(other.to_owned())),
        }
    }
}

impl Read for DownloadBody {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(body) => body.read(buffer),
            Self::Gzip(body) => body.read(buffer),
        }
    }
}

/// The body without a limit of the library, which has its own for bodies in memory.
fn reader(response: Response<Body>) -> BodyReader<'static> {
    let body = response.into_body().into_with_config();
    body.limit(u64::MAX).reader()
}

fn refusal(response: Response<Body>) -> FetchError {
    let status = response.status().as_u16();
    let mut body = response.into_body();
    let bytes = body.with_config().limit(MAX_REFUSAL).read_to_vec();
    FetchError::refused(&Answer {
        status,
        is_empty: false,
        body: bytes
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok()),
        next_page: None,
        total: None,
        next_query: None,
    })
}

fn etag(headers: &HeaderMap) -> Option<String> {
    Some(headers.get("etag")?.to_str().ok()?.to_owned())
}

/// The first byte of `Content-Range: bytes 5-9/10`.
fn first_byte(headers: &HeaderMap) -> Option<u64> {
    let range = headers.get("content-range")?.to_str().ok()?;
    let (first, _) = range.strip_prefix("bytes ")?.split_once('-')?;
    first.parse().ok()
}
