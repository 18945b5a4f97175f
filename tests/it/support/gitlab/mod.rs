//! A GitLab instance on loopback: answers as GitLab does, from a table of routes, and records requests.
//!
//! It accepts the credentials that a test adds. The record contains their labels, never their values.

mod http;
mod issues;
mod keys;
pub(crate) mod packages;
mod revocation;
mod routes;
mod tls;
pub(crate) mod world;

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::tokens::Rng;

pub(crate) use http::{Incoming, Reply};
pub(crate) use keys::KnownKey;
pub(crate) use routes::Route;
pub(crate) use tls::Authority;
use world::Content;

/// The state of a credential on the instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Live,
    Expired,
    Revoked,
    /// An impersonation token on an instance that does not allow impersonation.
    ImpersonationDisabled,
    /// Its user is blocked.
    Blocked,
    /// Live, but requests need a proof of possession.
    DpopRequired,
    /// Live, a fine-grained token without the permission to read itself.
    GranularScope,
    /// An OAuth token, which has other endpoints.
    OauthToken,
}

/// A credential, and the access that it gives.
#[derive(Clone, Debug)]
pub(crate) struct KnownCredential {
    pub(crate) label: String,
    /// The kind as the rule files name it: `personal-access-token`.
    pub(crate) kind: &'static str,
    pub(crate) state: State,
    pub(crate) id: u64,
    pub(crate) user: u64,
    pub(crate) scopes: Vec<String>,
    /// The project that it belongs to, for kinds that have one.
    pub(crate) project: Option<u64>,
    /// True for an administrator's token.
    pub(crate) is_admin: bool,
}

/// A request as it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Recorded {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) path: String,
    /// The headers that carried a credential, with its label: `PRIVATE-TOKEN: alice`.
    pub(crate) credentials: Vec<String>,
    /// The other headers, in small letters.
    pub(crate) headers: BTreeMap<String, String>,
    /// The names of the fields of the body, with labels of credentials: `token=alice`.
    pub(crate) fields: Vec<String>,
    pub(crate) status: u16,
}

/// A fault that the instance simulates.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// Answers with these statuses first, one a request, with these headers.
    First(Vec<(u16, Vec<(&'static str, String)>)>),
    /// Answers with a page of HTML and this status.
    HtmlPage(u16),
    /// Redirects every request.
    Redirect(String),
    /// Sends one byte of the answer at a time, after this delay.
    Drip(Duration),
    /// Closes the connection without an answer.
    Hangup,
    /// Answers after this time.
    Delay(Duration),
    /// Refuses requests to these endpoints (`GET /projects/:id/hooks`) with this status and these headers.
    Refuse {
        endpoints: Vec<&'static str>,
        status: u16,
        headers: Vec<(&'static str, String)>,
    },
    /// Answers so many of 1,000 requests with 429 or 5xx, chosen by the seed: half of the 429s name a time.
    Random { seed: u64, per_mille: u64 },
}

#[derive(Default)]
pub(crate) struct World {
    pub(crate) credentials: BTreeMap<Vec<u8>, KnownCredential>,
    pub(crate) keys: Vec<KnownKey>,
    pub(crate) log: Vec<Recorded>,
    pub(crate) fault: Option<Fault>,
    /// Requests per window, and its length.
    pub(crate) limit: Option<(u64, Duration)>,
    window: Option<(Instant, u64)>,
    /// Number of requests that exceeded the limit.
    pub(crate) refused: u64,
    /// Largest number of requests at a time.
    pub(crate) most_at_once: usize,
    at_once: usize,
    /// When the first request came, and the last answer was ready.
    span: Option<(Instant, Instant)>,
    /// True before GitLab 18.7, which has no router discovery.
    pub(crate) is_old: bool,
    /// Number of revocations of each credential, by label.
    pub(crate) revocations: BTreeMap<String, usize>,
    /// More routes, tried first.
    pub(crate) routes: Vec<Route>,
    /// Objects that routes serve: path to JSON.
    pub(crate) objects: BTreeMap<String, Value>,
    /// Groups, projects and their contents.
    pub(crate) content: Arc<Content>,
    /// Number of answered requests by endpoint: `GET /projects/:id/jobs`.
    pub(crate) counts: BTreeMap<String, u64>,
    /// Counts requests without recording them.
    pub(crate) only_counts: bool,
    /// Files that clients have stored in generic packages, in order.
    pub(crate) uploads: Vec<Vec<u8>>,
    /// The file that another client stores right before the next upload.
    pub(crate) rival_upload: Option<Vec<u8>>,
}

/// A running instance. It stops when it is dropped.
pub(crate) struct FakeGitlab {
    address: SocketAddr,
    scheme: &'static str,
    world: Arc<Mutex<World>>,
    stop: Arc<AtomicBool>,
}

impl FakeGitlab {
    /// An instance without TLS.
    pub(crate) fn start() -> Self {
        Self::serve(None)
    }

    /// An instance with a certificate of this authority.
    pub(crate) fn start_tls(authority: &Authority) -> Self {
        Self::serve(Some(authority.server()))
    }

    fn serve(tls: Option<Arc<rustls::ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let fake = Self {
            address,
            scheme: if tls.is_some() { "https" } else { "http" },
            world: Arc::default(),
            stop: Arc::default(),
        };
        let (world, stop) = (Arc::clone(&fake.world), Arc::clone(&fake.stop));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                let (world, tls) = (Arc::clone(&world), tls.clone());
                std::thread::spawn(move || connection(stream.unwrap(), &world, tls));
            }
        });
        fake
    }

    /// The address, for `--instance`.
    pub(crate) fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// Adds a live credential of a kind and returns its label, by which it can be changed.
    pub(crate) fn add(&self, label: &str, kind: &'static str, secret: impl AsRef<[u8]>) {
        let mut world = self.world();
        let id = world.credentials.len() as u64 + 1;
        world.credentials.insert(
            secret.as_ref().to_vec(),
            KnownCredential {
                label: label.to_owned(),
                kind,
                state: State::Live,
                id,
                user: 100 + id,
                scopes: vec!["read_api".to_owned()],
                project: None,
                is_admin: false,
            },
        );
    }

    /// Changes a credential.
    pub(crate) fn change(&self, label: &str, change: impl FnOnce(&mut KnownCredential)) {
        let mut world = self.world();
        let found = world
            .credentials
            .values_mut()
            .find(|known| known.label == label);
        change(found.unwrap_or_else(|| panic!("no credential '{label}'")));
    }

    /// The state of a credential.
    pub(crate) fn state(&self, label: &str) -> State {
        let world = self.world();
        let found = world
            .credentials
            .values()
            .find(|known| known.label == label);
        found
            .unwrap_or_else(|| panic!("no credential '{label}'"))
            .state
    }

    /// Lets the instance misbehave from now on.
    pub(crate) fn fail(&self, fault: Fault) {
        self.world().fault = Some(fault);
    }

    /// The requests so far, in the order of their answers.
    pub(crate) fn requests(&self) -> Vec<Recorded> {
        self.world().log.clone()
    }

    /// The requests so far as `GET /path [PRIVATE-TOKEN: label] (token=label)`, sorted.
    pub(crate) fn request_lines(&self) -> Vec<String> {
        let line = |request: &Recorded| {
            let mut text = format!("{} {}", request.method, request.path);
            for credential in &request.credentials {
                text.push_str(&format!(" [{credential}]"));
            }
            if !request.fields.is_empty() {
                text.push_str(&format!(" ({})", request.fields.join(", ")));
            }
            text
        };
        let mut lines: Vec<String> = self.requests().iter().map(line).collect();
        lines.sort();
        lines
    }

    /// Changes the groups and projects.
    pub(crate) fn edit(&self, change: impl FnOnce(&mut Content)) {
        change(Arc::make_mut(&mut self.world().content));
    }

    /// The number of requests so far, refused ones included.
    pub(crate) fn total(&self) -> u64 {
        self.world().counts.values().sum()
    }

    /// Forgets the requests so far.
    pub(crate) fn forget_requests(&self) {
        let mut world = self.world();
        world.log.clear();
        world.counts.clear();
    }

    /// The time from the first request to the last answer.
    pub(crate) fn span(&self) -> Duration {
        let span = self.world().span;
        span.map_or(Duration::ZERO, |(first, last)| last - first)
    }

    /// The state of the instance.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        lock(&self.world)
    }
}

impl Drop for FakeGitlab {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // Wakes the listener, which then ends.
        drop(TcpStream::connect(self.address));
    }
}

fn lock(world: &Mutex<World>) -> MutexGuard<'_, World> {
    world.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Answers the requests of one connection.
fn connection(stream: TcpStream, world: &Mutex<World>, tls: Option<Arc<rustls::ServerConfig>>) {
    // A client that goes away ends its connection.
    let _ = stream.set_read_timeout(Some(Duration::from_secs(30)));
    let _ = stream.set_nodelay(true);
    match tls {
        None => http::serve(stream, |request| answer(request, world)),
        Some(config) => {
            let connection = rustls::ServerConnection::new(config).unwrap();
            let stream = rustls::StreamOwned::new(connection, stream);
            http::serve(stream, |request| answer(request, world));
        }
    }
}

fn answer(request: &Incoming, world: &Mutex<World>) -> Reply {
    {
        let mut world = lock(world);
        world.at_once += 1;
        let now = Instant::now();
        world.span.get_or_insert((now, now));
        world.most_at_once = world.most_at_once.max(world.at_once);
    }
    let delay = match lock(world).fault {
        Some(Fault::Delay(delay)) => delay,
        _ => Duration::ZERO,
    };
    std::thread::sleep(delay);
    let (limits, early, content, caller, is_elsewhere) = {
        let mut world = lock(world);
        let limits = world.count();
        let early = match world.fault_reply(request) {
            _ if limits.is_refused => {
                let reply = Reply::json(429, &serde_json::json!({"message": "Retry later"}));
                Some(reply.with("Retry-After", limits.reset_after.to_string()))
            }
            reply => reply,
        };
        let is_elsewhere = routes::knows(request, &world) && request.query("scope").is_none();
        let caller = world.caller(request);
        (
            limits,
            early,
            Arc::clone(&world.content),
            caller,
            is_elsewhere,
        )
    };
    let reply = match early {
        // Without the lock: `git` and large files take their time.
        None if !is_elsewhere => content.answer(request, caller.as_ref()),
        early => early,
    };
    let mut world = lock(world);
    let mut reply = reply.unwrap_or_else(|| routes::answer(request, &mut world));
    if let Some(remaining) = limits.remaining {
        reply = reply
            .with("RateLimit-Remaining", remaining.to_string())
            .with("RateLimit-Reset", limits.reset_at.to_string());
    }
    if let Some(Fault::Drip(delay)) = world.fault {
        reply.drip = Some(delay);
    }
    world.at_once -= 1;
    if let Some((_, last)) = &mut world.span {
        *last = Instant::now();
    }
    *world.counts.entry(world::endpoint(request)).or_default() += 1;
    if !world.only_counts {
        let recorded = request.record(&world, reply.status);
        world.log.push(recorded);
    }
    reply
}

struct Limits {
    is_refused: bool,
    remaining: Option<u64>,
    reset_after: u64,
    reset_at: u64,
}

impl World {
    /// Counts a request towards the limit.
    fn count(&mut self) -> Limits {
        let none = Limits {
            is_refused: false,
            remaining: None,
            reset_after: 0,
            reset_at: 0,
        };
        let Some((limit, length)) = self.limit else {
            return none;
        };
        let now = Instant::now();
        let (start, count) = match self.window {
            Some((start, count)) if now < start + length => (start, count + 1),
            _ => (now, 1),
        };
        self.window = Some((start, count));
        let is_refused = count > limit;
        self.refused += u64::from(is_refused);
        let left = start + length - now;
        let epoch = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap();
        Limits {
            is_refused,
            remaining: Some(limit.saturating_sub(count)),
            // Whole seconds, so that the window has ended by then.
            reset_after: left.as_secs() + 1,
            reset_at: (epoch + left).as_secs() + 1,
        }
    }

    fn fault_reply(&mut self, request: &Incoming) -> Option<Reply> {
        match self.fault.as_mut()? {
            Fault::First(replies) => {
                if replies.is_empty() {
                    return None;
                }
                let (status, headers) = replies.remove(0);
                let body = serde_json::json!({"message": format!("{status}")});
                let reply = Reply::json(status, &body);
                Some(
                    headers
                        .into_iter()
                        .fold(reply, |reply, (name, value)| reply.with(name, value)),
                )
            }
            Fault::HtmlPage(status) => {
                let page = "<!DOCTYPE html><title>Sign in</title><form action=/login></form>";
                Some(Reply::new(*status, "text/html", page.as_bytes().to_vec()))
            }
            Fault::Redirect(target) => {
                Some(Reply::new(302, "text/html", Vec::new()).with("Location", target.clone()))
            }
            Fault::Hangup => Some(Reply::hangup()),
            Fault::Drip(_) | Fault::Delay(_) => None,
            Fault::Refuse {
                endpoints,
                status,
                headers,
            } => {
                let endpoint = world::endpoint(request);
                if !endpoints.contains(&endpoint.as_str()) {
                    return None;
                }
                let reply = Reply::message(*status, &format!("{status} Refused"));
                let headers = headers.clone().into_iter();
                Some(headers.fold(reply, |reply, (name, value)| reply.with(name, value)))
            }
            Fault::Random { seed, per_mille } => {
                *seed += 1;
                let mut rng = Rng::new(*seed);
                if rng.below(1000) as u64 >= *per_mille {
                    return None;
                }
                let status = [429, 429, 500, 502, 503, 504][rng.below(6)];
                let reply = Reply::message(status, "injected");
                Some(if status == 429 && rng.below(2) == 0 {
                    reply.with("Retry-After", "0")
                } else {
                    reply
                })
            }
        }
    }

    /// The live access token of a request, in any header that GitLab accepts it in.
    fn caller(&self, request: &Incoming) -> Option<KnownCredential> {
        if let Some(secret) = request.header("job-token") {
            return self.live("job-token", secret).cloned();
        }
        let password = request.basic().map(|(_, password)| password);
        let secret = request
            .header("private-token")
            .or_else(|| request.bearer())
            .or(password.as_deref())?;
        self.live("personal-access-token", secret).cloned()
    }

    /// Shuts a live credential off.
    pub(crate) fn revoke(&mut self, secret: &[u8]) {
        if let Some(known) = self.credentials.get_mut(secret) {
            known.state = State::Revoked;
            *self.revocations.entry(known.label.clone()).or_default() += 1;
        }
    }

    /// The live or dead credential of a kind.
    pub(crate) fn known(&self, kind: &str, secret: &[u8]) -> Option<&KnownCredential> {
        self.credentials
            .get(secret)
            .filter(|known| known.kind == kind)
    }

    /// The same if it is live.
    pub(crate) fn live(&self, kind: &str, secret: &[u8]) -> Option<&KnownCredential> {
        self.known(kind, secret)
            .filter(|known| known.state == State::Live)
    }
}
