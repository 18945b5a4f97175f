//! Pages, downloads and repetitions of the client.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use tokensweep::gitlab::{ApiRequest, AuthHeader, Client, ClientOptions, FetchError, RequestError};
use tokensweep::model::Secret;

use crate::support::a_token;
use crate::support::gitlab::{FakeGitlab, Fault, Reply, Route};

fn persistent(url: &str) -> Client {
    let options = ClientOptions {
        timeout: Duration::from_secs(2),
        persistent: true,
        ..ClientOptions::default()
    };
    Client::new(url.parse().unwrap(), &options)
}

/// A server that answers the requests of one connection each with these bytes, and then closes the connection.
struct ScriptedServer {
    url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl ScriptedServer {
    fn start(answers: Vec<Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests: Arc<Mutex<Vec<String>>> = Arc::default();
        let log = Arc::clone(&requests);
        std::thread::spawn(move || {
            for answer in answers {
                let (mut stream, _) = listener.accept().unwrap();
                let request = head(&mut stream);
                log.lock().unwrap().push(request);
                stream.write_all(&answer).unwrap();
            }
        });
        Self { url, requests }
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn head(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let mut byte = [0];
    while !text.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
        text.push(byte[0]);
    }
    String::from_utf8(text).unwrap().to_ascii_lowercase()
}

fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    [
        format!("HTTP/1.1 {status} X\r\n{headers}\r\n").as_bytes(),
        body,
    ]
    .concat()
}

/// The beginning of a file of ten bytes, or all of it, in the version `etag`.
fn whole(etag: &str, body: &[u8]) -> Vec<u8> {
    let headers = format!("Content-Length: 10\r\nETag: \"{etag}\"\r\n");
    answer("200", &headers, body)
}

fn text(client: &Client, request: &ApiRequest, limit: u64) -> Result<String, String> {
    let mut download = client
        .download(request, limit)
        .map_err(|error| error.to_string())?;
    let mut text = String::new();
    match download.read_to_string(&mut text) {
        Ok(_) => Ok(text),
        Err(error) => Err(error.to_string()),
    }
}

#[test]
fn a_broken_download_continues_at_the_same_byte() {
    let server = ScriptedServer::start(vec![
        whole("a", b"01234"),
        answer(
            "206",
            "Content-Length: 5\r\nContent-Range: bytes 5-9/10\r\n",
            b"567",
        ),
        whole("a", b"0123456789"),
    ]);
    let request = ApiRequest::get("/file");
    assert_eq!(
        text(&persistent(&server.url), &request, 100).unwrap(),
        "0123456789"
    );
    let requests = server.requests();
    assert!(!requests[0].contains("range:"));
    assert!(requests[1].contains("range: bytes=5-\r\n") && requests[1].contains("if-range: \"a\""));
    assert!(requests[2].contains("range: bytes=8-\r\n"));
}

#[test]
fn a_download_that_has_changed_meanwhile_is_an_error() {
    let server = ScriptedServer::start(vec![whole("a", b"01234"), whole("b", b"abcdefghij")]);
    let error = text(&persistent(&server.url), &ApiRequest::get("/file"), 100).unwrap_err();
    assert_eq!(error, "cannot reach 127.0.0.1: unexpected end of file");
}

#[test]
fn a_download_is_bounded() {
    let server = ScriptedServer::start(vec![
        answer("200", "Content-Length: 10\r\n", b"0123456789"),
        answer("200", "Connection: close\r\n", b"0123456789"),
        answer("200", "Content-Length: 10\r\n", b"0123456789"),
    ]);
    let client = persistent(&server.url);
    let request = ApiRequest::get("/file");
    let error = "the answer is larger than 9 bytes";
    assert_eq!(text(&client, &request, 9).unwrap_err(), error);
    assert_eq!(text(&client, &request, 9).unwrap_err(), error);
    assert_eq!(text(&client, &request, 10).unwrap(), "0123456789");
    assert_eq!((client.requests(), client.bytes()), (3, 20));
}

#[test]
fn a_download_follows_a_redirect_to_storage_without_the_credential() {
    let (gitlab, storage) = (FakeGitlab::start(), FakeGitlab::start());
    let token = a_token(1);
    gitlab.add("alice", "personal-access-token", &token);
    storage.add("alice", "personal-access-token", &token);
    storage.world().routes.push(Route {
        method: "GET",
        path: "/bucket/file",
        answer: |_, _, _| Reply::new(200, "application/zip", b"content".to_vec()),
    });
    gitlab.fail(Fault::Redirect(format!(
        "{}/bucket/file?signature=x",
        storage.url()
    )));
    let request =
        ApiRequest::get("/api/v4/x").auth(AuthHeader::PrivateToken, &Secret::new(token, 6));
    let client = persistent(&gitlab.url());
    assert_eq!(text(&client, &request, 100).unwrap(), "content");
    assert_eq!(
        gitlab.request_lines(),
        ["GET /api/v4/x [PRIVATE-TOKEN: alice]"]
    );
    assert_eq!(storage.request_lines(), ["GET /bucket/file?signature=x"]);
}

#[test]
fn a_download_follows_no_other_redirect() {
    let gitlab = FakeGitlab::start();
    let own_page = format!("{}/users/sign_in", gitlab.url());
    for (target, error) in [
        (
            "http://storage.example/file",
            "the instance redirects to the host 'storage.example'; a credential is not sent there",
        ),
        (
            "ftp://127.0.0.1/file",
            "the instance redirects to another page; a credential is not sent there",
        ),
        (
            own_page.as_str(),
            "the instance redirects to another page; a credential is not sent there",
        ),
        (
            "/users/sign_in",
            "the instance redirects to another page; a credential is not sent there",
        ),
        (
            "/api/v4/x",
            "the instance redirects to page after page; a credential is not sent there",
        ),
    ] {
        gitlab.fail(Fault::Redirect(target.to_owned()));
        let request = ApiRequest::get("/api/v4/x");
        let found = text(&persistent(&gitlab.url()), &request, 100).unwrap_err();
        assert_eq!(found, error, "{target}");
    }
}

#[test]
fn a_refused_download_has_the_reason() {
    let gitlab = FakeGitlab::start();
    gitlab.world().routes.push(Route {
        method: "GET",
        path: "/api/v4/file",
        answer: |_, _, _| Reply::message(403, "403 Forbidden"),
    });
    let error = text(
        &persistent(&gitlab.url()),
        &ApiRequest::get("/api/v4/file"),
        9,
    )
    .unwrap_err();
    assert_eq!(error, "the instance answered 403 (403 Forbidden)");
}

#[test]
fn a_persistent_client_retries_transient_errors() {
    let gitlab = FakeGitlab::start();
    gitlab.world().routes.push(Route {
        method: "GET",
        path: "/api/v4/things",
        answer: |_, _, _| Reply::json(200, &json!([1])),
    });
    let things = |client: &Client| client.fetch::<Vec<u64>>(&ApiRequest::get("/api/v4/things"));
    let failures = [500, 502, 429].map(|status| (status, Vec::new()));
    gitlab.fail(Fault::First(failures.to_vec()));
    let client = persistent(&gitlab.url());
    assert_eq!(things(&client).unwrap(), [1]);
    assert_eq!((client.requests(), gitlab.requests().len()), (4, 4));
    gitlab.fail(Fault::HtmlPage(200));
    assert_eq!(things(&client).unwrap_err(), FetchError::Form);
    gitlab.fail(Fault::HtmlPage(404));
    assert_eq!(things(&client).unwrap_err().status(), Some(404));
}

#[test]
fn items_end_with_the_last_page_or_an_error() {
    let gitlab = FakeGitlab::start();
    gitlab.world().routes.extend([
        Route {
            method: "GET",
            path: "/api/v4/things",
            answer: |request, _, _| match request.query("cursor").as_deref() {
                None => Reply::json(200, &json!([1, 2]))
                    .with("Link", "<http://127.0.0.1/x?cursor=a>; rel=\"next\""),
                Some("a") => Reply::json(200, &json!([3]))
                    .with("Link", "<http://127.0.0.1/x?cursor=b>; rel=\"next\""),
                Some(_) => Reply::json(200, &json!({"message": "no list"})),
            },
        },
        Route {
            method: "GET",
            path: "/api/v4/circle",
            answer: |_, _, _| {
                Reply::json(200, &json!([1]))
                    .with("Link", "<http://127.0.0.1/x?cursor=a>; rel=\"next\"")
            },
        },
    ]);
    let client = persistent(&gitlab.url());
    let items = |path: &str| -> Vec<Result<u64, FetchError>> {
        client.items(ApiRequest::get(path)).collect()
    };
    assert_eq!(
        items("/api/v4/things?per_page=2"),
        [Ok(1), Ok(2), Ok(3), Err(FetchError::Form)]
    );
    assert_eq!(
        items("/api/v4/circle"),
        [Ok(1), Ok(1), Err(RequestError::Endless.into())]
    );
}

#[test]
fn a_token_of_a_registry_is_the_only_credential_that_it_gets() {
    let (gitlab, registry) = (FakeGitlab::start(), FakeGitlab::start());
    registry.world().routes.push(Route {
        method: "GET",
        path: "/v2/group/project/blobs/x",
        answer: |_, _, _| Reply::new(200, "application/octet-stream", b"layer".to_vec()),
    });
    let client = persistent(&gitlab.url());
    let authority = registry.url().replace("http://", "");
    let token = Secret::new("issued", 0);
    let request = client
        .registry_request(&authority, "/v2/group/project/blobs/x", &token)
        .unwrap();
    assert_eq!(text(&client, &request, 100).unwrap(), "layer");
    assert_eq!(
        registry.request_lines(),
        ["GET /v2/group/project/blobs/x [Bearer: ?]"]
    );
    for wrong in [
        "",
        "user:pw@registry.example",
        "a b",
        "registry.example/path?x",
    ] {
        let error = client.registry_request(wrong, "/v2/", &token).unwrap_err();
        assert_eq!(error, RequestError::InvalidRegistry, "{wrong}");
    }
    let remote = Client::new(
        "gitlab.example.com".parse().unwrap(),
        &ClientOptions::default(),
    );
    remote
        .registry_request("127.0.0.1:5000", "/v2/", &token)
        .unwrap_err();
}
