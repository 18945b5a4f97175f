//! The client of a GitLab instance, against one on loopback.

mod downloads;
mod serve;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use serde_json::json;
use tokensweep::gitlab::{
    ApiRequest, AuthHeader, Client, ClientOptions, RequestError, parse_certificates,
};
use tokensweep::model::Secret;

use crate::support::a_token;
use crate::support::gitlab::{Authority, FakeGitlab, Fault, Reply, Route};

fn options() -> ClientOptions {
    ClientOptions {
        timeout: Duration::from_secs(2),
        ..ClientOptions::default()
    }
}

fn client(fake: &FakeGitlab) -> Client {
    Client::new(fake.url().parse().unwrap(), &options())
}

fn ask(token: &str) -> ApiRequest {
    ApiRequest::get("/api/v4/personal_access_tokens/self")
        .auth(AuthHeader::PrivateToken, &Secret::new(token, 6))
}

#[test]
fn sends_the_credential_in_a_header() {
    let fake = FakeGitlab::start();
    let token = a_token(1);
    fake.add("alice", "personal-access-token", &token);
    let answer = client(&fake).send(&ask(&token)).unwrap();
    assert_eq!((answer.status, answer.text("name")), (200, Some("alice")));
    let requests = fake.requests();
    assert_eq!(
        fake.request_lines(),
        ["GET /api/v4/personal_access_tokens/self [PRIVATE-TOKEN: alice]"]
    );
    assert!(requests[0].headers["user-agent"].starts_with("tokensweep/"));
    assert_eq!(requests[0].headers["accept"], "application/json");
}

#[test]
fn sends_a_form_in_the_body() {
    let fake = FakeGitlab::start();
    let token = a_token(1);
    fake.add("runner", "runner-token", &token);
    fake.world().routes.push(Route {
        method: "DELETE",
        path: "/api/v4/runners",
        answer: |_, _, _| Reply::empty(),
    });
    let secret = Secret::new(token, 6);
    let requests = [
        ApiRequest::post("/api/v4/runners/verify").secret_field("token", &secret),
        ApiRequest::delete("/api/v4/runners").secret_field("token", &secret),
    ];
    let statuses = requests.map(|request| client(&fake).send(&request).unwrap().status);
    assert_eq!(statuses, [200, 204]);
    assert_eq!(
        fake.request_lines(),
        [
            "DELETE /api/v4/runners (token=runner)",
            "POST /api/v4/runners/verify (token=runner)"
        ]
    );
}

#[test]
fn obeys_retry_after() {
    let fake = FakeGitlab::start();
    let token = a_token(1);
    fake.add("alice", "personal-access-token", &token);
    fake.fail(Fault::First(vec![(
        429,
        vec![("Retry-After", "1".to_owned())],
    )]));
    let start = Instant::now();
    let answer = client(&fake).send(&ask(&token)).unwrap();
    assert_eq!(answer.status, 200);
    assert!(start.elapsed() >= Duration::from_secs(1));
    assert_eq!(fake.requests().len(), 2);
}

#[test]
fn does_not_wait_for_a_limit_that_lasts_too_long() {
    let fake = FakeGitlab::start();
    fake.fail(Fault::First(vec![(
        429,
        vec![("Retry-After", "3600".to_owned())],
    )]));
    let error = client(&fake).send(&ask(&a_token(1))).unwrap_err();
    assert_eq!(
        error,
        RequestError::RateLimited(Some(Duration::from_secs(3600)))
    );
    assert_eq!(fake.requests().len(), 1);
}

#[test]
fn repeats_get_requests_that_a_gateway_fails() {
    let fake = FakeGitlab::start();
    let token = a_token(1);
    fake.add("alice", "personal-access-token", &token);
    fake.fail(Fault::First(vec![(502, Vec::new())]));
    assert_eq!(client(&fake).send(&ask(&token)).unwrap().status, 200);
    assert_eq!(fake.requests().len(), 2);
    fake.fail(Fault::First(vec![(503, Vec::new())]));
    let request = ApiRequest::delete("/api/v4/runners");
    let error = client(&fake).send(&request).unwrap_err();
    assert_eq!(error, RequestError::ServerError(503));
    assert_eq!(fake.requests().len(), 3);
}

#[test]
fn does_not_follow_redirects() {
    let (fake, other) = (FakeGitlab::start(), FakeGitlab::start());
    fake.fail(Fault::Redirect("https://evil.example/api".to_owned()));
    let error = client(&fake).send(&ask(&a_token(1))).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the instance redirects to the host 'evil.example'; a credential is not sent there"
    );
    fake.fail(Fault::Redirect(other.url()));
    client(&fake).send(&ask(&a_token(1))).unwrap_err();
    assert_eq!((fake.requests().len(), other.requests().len()), (2, 0));
}

#[test]
fn ends_slow_answers_and_broken_connections() {
    let fake = FakeGitlab::start();
    fake.fail(Fault::Drip(Duration::from_millis(100)));
    let start = Instant::now();
    let error = client(&fake).send(&ask(&a_token(1))).unwrap_err();
    assert_eq!(error, RequestError::Timeout(Duration::from_secs(2)));
    assert!(start.elapsed() < Duration::from_secs(4));
    fake.fail(Fault::Hangup);
    let error = client(&fake).send(&ask(&a_token(1))).unwrap_err();
    assert!(matches!(error, RequestError::Unreachable { .. }), "{error}");
    let url = fake.url();
    drop(fake);
    std::thread::sleep(Duration::from_millis(50));
    let client = Client::new(url.parse().unwrap(), &options());
    let error = client.send(&ask(&a_token(1))).unwrap_err().to_string();
    assert_eq!(error, "cannot reach 127.0.0.1: connection refused");
}

#[test]
fn trusts_only_known_authorities() {
    let authority = Authority::new();
    let fake = FakeGitlab::start_tls(&authority);
    let token = a_token(1);
    fake.add("alice", "personal-access-token", &token);
    let error = client(&fake).send(&ask(&token)).unwrap_err();
    assert!(matches!(error, RequestError::Tls { .. }), "{error}");
    assert!(
        error.to_string().contains("signed by an unknown authority"),
        "{error}"
    );
    assert_eq!(fake.requests().len(), 0);
    let options = ClientOptions {
        certificates: parse_certificates(authority.pem().as_bytes()).unwrap(),
        ..options()
    };
    let client = Client::new(fake.url().parse().unwrap(), &options);
    assert_eq!(client.send(&ask(&token)).unwrap().status, 200);
}

#[test]
fn reads_all_pages_of_a_listing() {
    let fake = FakeGitlab::start();
    fake.world().routes.push(Route {
        method: "GET",
        path: "/api/v4/things",
        answer: |request, _, _| {
            let page: u64 = request
                .query("page")
                .map_or(1, |page| page.parse().unwrap());
            let reply = Reply::json(200, &json!([page * 10, page * 10 + 1]));
            reply.with(
                "x-next-page",
                if page < 3 {
                    (page + 1).to_string()
                } else {
                    String::new()
                },
            )
        },
    });
    fake.world().routes.push(Route {
        method: "GET",
        path: "/api/v4/jobs",
        answer: |request, _, _| match request.query("cursor") {
            None => Reply::json(200, &json!([1])).with(
                "Link",
                "<https://elsewhere.example/x?cursor=abc>; rel=\"next\"",
            ),
            Some(_) => Reply::json(200, &json!([2])),
        },
    });
    let list = |path: &str, limit| {
        client(&fake)
            .list(&ApiRequest::get(path), limit)
            .unwrap()
            .unwrap()
    };
    assert_eq!(list("/api/v4/things", 100), [10, 11, 20, 21, 30, 31]);
    assert_eq!(list("/api/v4/things?per_page=2", 3), [10, 11, 20]);
    assert_eq!(list("/api/v4/jobs?pagination=keyset", 100), [1, 2]);
}

#[test]
fn keeps_to_the_number_of_requests_at_a_time() {
    let fake = FakeGitlab::start();
    fake.fail(Fault::Delay(Duration::from_millis(50)));
    let client = client(&fake);
    let items: Vec<u64> = (0..20).collect();
    let results = client.each(&items, |item| {
        client.send(&ask(&a_token(*item))).unwrap();
        *item
    });
    assert_eq!(results, items);
    assert_eq!((fake.requests().len(), fake.world().most_at_once), (20, 4));
}

#[test]
fn is_never_refused_by_a_limit_that_the_instance_reports() {
    let fake = FakeGitlab::start();
    fake.world().limit = Some((20, Duration::from_secs(1)));
    let client = client(&fake);
    let items: Vec<u64> = (0..50).collect();
    client.each(&items, |item| client.send(&ask(&a_token(*item))).unwrap());
    assert_eq!((fake.requests().len(), fake.world().refused), (50, 0));
}

#[test]
fn keeps_to_the_requests_per_minute() {
    let fake = FakeGitlab::start();
    // 1,200 a minute are 20 a second.
    fake.world().limit = Some((21, Duration::from_secs(1)));
    let options = ClientOptions {
        requests_per_minute: Some(1200),
        parallel: 1,
        ..options()
    };
    let client = Client::new(fake.url().parse().unwrap(), &options);
    let items: Vec<u64> = (0..30).collect();
    client.each(&items, |item| client.send(&ask(&a_token(*item))).unwrap());
    assert_eq!((fake.requests().len(), fake.world().refused), (30, 0));
}

#[test]
fn stops_when_the_user_does() {
    let fake = FakeGitlab::start();
    let options = ClientOptions {
        stop: Arc::new(AtomicBool::new(true)),
        ..options()
    };
    let client = Client::new(fake.url().parse().unwrap(), &options);
    assert_eq!(
        client.send(&ask(&a_token(1))),
        Err(RequestError::Interrupted)
    );
    assert_eq!(fake.requests().len(), 0);
}
