//! Instances and networks that misbehave: the credential is unknown, with the reason.

use std::time::{Duration, Instant};

use super::{credential, only, scan};
use crate::support::gitlab::{Authority, FakeGitlab, Fault};
use crate::support::sandbox::Sandbox;

/// A sandbox with one token, which is live on the instance.
fn prepared(fake: &FakeGitlab) -> Sandbox {
    let sandbox = Sandbox::new();
    let (text, secret) = credential("personal access token", 21);
    sandbox.watch(&secret);
    sandbox.write("a.env", format!("GITLAB_TOKEN={text}\n"));
    fake.add("alice", "personal-access-token", &secret);
    sandbox
}

#[test]
fn leave_a_credential_unknown() {
    let first = |status| Fault::First(vec![(status, Vec::new()); 3]);
    let rows = [
        (first(500), "the instance answered 500", 1),
        (first(502), "the instance answered 502", 3),
        (
            Fault::HtmlPage(200),
            "the answer (200) is not JSON, so it may not come from GitLab",
            1,
        ),
        (
            Fault::HtmlPage(401),
            "the answer (401) is not JSON, so it may not come from GitLab",
            1,
        ),
        (
            Fault::Redirect("https://login.example/saml".to_owned()),
            "the instance redirects to the host 'login.example'; a credential is not sent there",
            1,
        ),
        (
            Fault::First(vec![(429, vec![("Retry-After", "900".to_owned())])]),
            "the rate limit of the instance is exhausted; it allows requests again in 900 s",
            1,
        ),
        (
            Fault::First(vec![(302, Vec::new())]),
            "the instance redirects to another page; a credential is not sent there",
            1,
        ),
    ];
    for (fault, reason, requests) in rows {
        let fake = FakeGitlab::start();
        let sandbox = prepared(&fake);
        fake.fail(fault);
        let report = scan(&sandbox, &fake, &["--verify"]);
        let expected = ["unknown", "critical", reason].map(str::to_owned);
        assert_eq!(only(&report), expected.into());
        assert_eq!(fake.requests().len(), requests, "{reason}");
        assert_eq!(report["scan"]["complete"], true);
    }
}

#[test]
fn of_a_rate_limit_delay_the_answer() {
    let fake = FakeGitlab::start();
    let sandbox = prepared(&fake);
    fake.fail(Fault::First(vec![(
        429,
        vec![("Retry-After", "1".to_owned())],
    )]));
    let start = Instant::now();
    let report = scan(&sandbox, &fake, &["--verify"]);
    assert_eq!(only(&report).0, "live");
    assert!(start.elapsed() >= Duration::from_secs(1));
    assert_eq!(fake.requests().len(), 2);
}

/// An instance that does not answer is not asked about each of many credentials.
#[test]
fn of_the_connection_end_the_requests() {
    let (fake, sandbox) = (FakeGitlab::start(), Sandbox::new());
    let tokens = (100..150).map(|seed| credential("personal access token", seed).0);
    let lines: String = tokens.map(|token| format!("TOKEN={token}\n")).collect();
    sandbox.write("many.env", lines);
    fake.fail(Fault::Hangup);
    let url = fake.url();
    let run = sandbox.run(["scan", "-q", "-fjson", "--verify", "--instance", &url, "."]);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 50);
    for finding in findings {
        let reason = finding["verification"]["reason"].as_str().unwrap();
        assert!(reason.starts_with("cannot reach 127.0.0.1: "), "{reason}");
    }
    // Eight, and those that were under way.
    assert!(fake.requests().len() < 12, "{}", fake.requests().len());
    // The same with a limit that lasts too long.
    let fake = FakeGitlab::start();
    let limit = (429, vec![("Retry-After", "900".to_owned())]);
    fake.fail(Fault::First(vec![limit; 50]));
    let url = fake.url();
    sandbox.run(["scan", "-q", "--verify", "--instance", &url, "."]);
    assert!(fake.requests().len() <= 4, "{}", fake.requests().len());
}

#[test]
fn make_a_scan_for_live_ones_incomplete() {
    let fake = FakeGitlab::start();
    let sandbox = prepared(&fake);
    fake.fail(Fault::HtmlPage(200));
    let url = fake.url();
    let run = sandbox.run(["scan", "--verify", "--only-live", "--instance", &url, "."]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(
        run.stdout
            .contains("verification of 1 credential failed: the answer (200) is not JSON"),
        "{}",
        run.stdout
    );
}

#[test]
fn of_tls_leave_a_credential_unknown_until_the_authority_is_named() {
    let authority = Authority::new();
    let fake = FakeGitlab::start_tls(&authority);
    let sandbox = prepared(&fake);
    let report = scan(&sandbox, &fake, &["--verify"]);
    let (liveness, _, reason) = only(&report);
    assert_eq!(liveness, "unknown");
    assert_eq!(
        reason,
        "cannot make a secure connection to 127.0.0.1: its certificate is signed by an unknown authority; name the \
         authority's certificate in ADDITIONAL_CA_CERT_BUNDLE or SSL_CERT_FILE"
    );
    assert_eq!(fake.requests().len(), 0);
    let file = sandbox.write("ca.pem", authority.pem());
    let url = fake.url();
    for (name, value) in [
        ("ADDITIONAL_CA_CERT_BUNDLE", authority.pem()),
        ("ADDITIONAL_CA_CERT_BUNDLE", file.display().to_string()),
        ("SSL_CERT_FILE", file.display().to_string()),
        ("CI_SERVER_TLS_CA_FILE", file.display().to_string()),
    ] {
        let args = ["scan", "-fjson", "--verify", "--instance", &url, "a.env"];
        let run = sandbox.run_with(args, |command| {
            command.env(name, &value);
        });
        let report = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(only(&report).0, "live", "{name}");
    }
}

/// A proxy learns the name of the instance and nothing else.
#[test]
fn of_a_proxy_leave_a_credential_unknown() {
    use std::io::{Read as _, Write as _};

    let sandbox = prepared(&FakeGitlab::start());
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = format!("http://{}", listener.local_addr().unwrap());
    let thread = std::thread::spawn(move || {
        let mut stream = listener.accept().unwrap().0;
        let mut request = Vec::new();
        let mut byte = [0];
        while !request.ends_with(b"\r\n\r\n") {
            stream.read_exact(&mut byte).unwrap();
            request.push(byte[0]);
        }
        stream
            .write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            .unwrap();
        String::from_utf8(request).unwrap()
    });
    let args = [
        "scan",
        "-fjson",
        "--verify",
        "--instance=https://gitlab.invalid",
        "a.env",
    ];
    let run = sandbox.run_with(args, |command| {
        command.env("HTTPS_PROXY", &proxy);
    });
    let asked = thread.join().unwrap();
    assert!(
        asked.starts_with("CONNECT gitlab.invalid:443 HTTP/1.1\r\n"),
        "{asked}"
    );
    sandbox.search("the request to the proxy", asked.as_bytes());
    let report = serde_json::from_str(&run.stdout).unwrap();
    let (liveness, _, reason) = only(&report);
    assert_eq!(liveness, "unknown");
    assert_eq!(
        reason,
        "cannot reach gitlab.invalid: the proxy refuses the connection"
    );
}

#[test]
fn of_a_repeated_credential_show_nothing() {
    let fake = FakeGitlab::start();
    let sandbox = prepared(&fake);
    fake.world().routes.push(crate::support::gitlab::Route {
        method: "GET",
        path: "/api/v4/personal_access_tokens/self",
        answer: |request, _, _| {
            let token = String::from_utf8_lossy(request.header("private-token").unwrap());
            let body = serde_json::json!({"id": 1, "name": token, "scopes": []});
            crate::support::gitlab::Reply::json(200, &body)
        },
    });
    let (liveness, _, reason) = only(&scan(&sandbox, &fake, &["--verify"]));
    assert_eq!(liveness, "live");
    assert_eq!(
        reason,
        "the instance repeats the credential in its answer, which is not shown"
    );
}
