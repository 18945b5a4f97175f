//! Object storage on another host, and redirects that lead elsewhere. All over TLS.

use std::process::Command;

use serde_json::Value;

use super::{Sweeping, found};
use crate::support::gitlab::world::SampleWorld;
use crate::support::gitlab::{Authority, FakeGitlab, Fault};
use crate::support::sandbox::Run;

/// The places whose content GitLab keeps in object storage.
const STORED: &[&str] = &["--only=artifacts", "--only=packages", "--only=registry"];

/// An instance and the host of its object storage.
struct StorageCase {
    sweeping: Sweeping,
    storage: FakeGitlab,
    certificates: String,
}

impl StorageCase {
    fn new() -> Self {
        let authority = Authority::new();
        let sweeping = Sweeping::of(SampleWorld::start_tls(&authority));
        let storage = FakeGitlab::start_tls(&authority);
        storage.add("operator", "personal-access-token", &sweeping.world.token);
        let content = (*sweeping.world.fake.world().content).clone();
        let url = storage.url();
        storage.edit(|stored| {
            *stored = content;
            stored.url = url;
        });
        let certificates = sweeping.sandbox.write("ca.pem", authority.pem());
        Self {
            certificates: certificates.display().to_string(),
            sweeping,
            storage,
        }
    }

    /// Keeps the files of the instance at this address.
    fn store_at(&self, address: &str) {
        self.sweeping.world.fake.edit(|content| {
            content.has_object_storage = true;
            content.storage = address.to_owned();
        });
    }

    fn sweep(&self, args: &[&str]) -> (Value, Run) {
        let url = self.sweeping.world.fake.url();
        let instance = ["--instance", &url, "--quiet"];
        let args: Vec<&str> = args.iter().copied().chain(instance).collect();
        let prepare = |command: &mut Command| {
            self.sweeping.prepare(command);
            command.env("SSL_CERT_FILE", &self.certificates);
        };
        self.sweeping.sandbox.report_with("sweep", &args, prepare)
    }

    /// The findings of a sweep of places with stored content.
    fn stored(&self, target: &str) -> (Vec<(String, String)>, Value, Run) {
        let (report, run) = self.sweep(&[&[target][..], STORED].concat());
        let found = found(&report, &self.sweeping.world.fake.url());
        (found, report, run)
    }
}

fn messages(report: &Value) -> Vec<String> {
    let errors = report["errors"].as_array().unwrap().iter();
    let text = |error: &Value, key: &str| error[key].as_str().unwrap_or_default().to_owned();
    errors
        .map(|error| format!("{}: {}", text(error, "path"), text(error, "message")))
        .collect()
}

#[test]
fn storage_on_another_host_or_port_gets_no_credential() {
    let case = StorageCase::new();
    let (expected, _, run) = case.stored("acme/apps");
    assert!(expected.len() >= 5, "{run:?}");
    assert_eq!(case.storage.requests().len(), 0);
    let port = case.storage.url();
    let host = port.replace("127.0.0.1", "localhost");
    for address in [&port, &host] {
        case.storage.forget_requests();
        case.store_at(address);
        let (found, _, _) = case.stored("acme/apps");
        assert_eq!(found, expected, "{address}");
        let requests = case.storage.requests();
        let kinds = ["/artifacts", "/packages/", "/storage/registry/"];
        for kind in kinds {
            assert!(
                requests.iter().any(|request| request.path.contains(kind)),
                "{kind}: {requests:?}"
            );
        }
        for request in &requests {
            assert_eq!(request.credentials, [""; 0], "{request:?}");
            assert!(request.path.starts_with("/storage/"), "{request:?}");
        }
        let headers = format!("{requests:?}");
        case.sweeping
            .sandbox
            .search("a request to the storage", headers.as_bytes());
    }
    // The instance itself got the token in each request, and the registry the one that was issued for it.
    let requests = case.sweeping.world.fake.requests();
    let is_open = |request: &&crate::support::gitlab::Recorded| request.credentials.is_empty();
    assert_eq!(requests.iter().filter(is_open).count(), 0);
}

#[test]
fn an_untrusted_certificate_of_the_storage_is_an_error() {
    let case = StorageCase::new();
    let other = FakeGitlab::start_tls(&Authority::new());
    case.store_at(&other.url());
    let (report, run) = case.sweep(&["acme/apps/web", "--only=artifacts"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    let errors = messages(&report);
    assert_eq!(errors.len(), 2, "{errors:?}");
    for error in &errors {
        assert!(
            error.contains("cannot make a secure connection to 127.0.0.1"),
            "{error}"
        );
    }
    assert_eq!(other.requests().len(), 0);
}

#[test]
fn a_redirect_away_from_https_is_not_followed() {
    let case = StorageCase::new();
    let plain = FakeGitlab::start();
    case.store_at(&plain.url());
    let (report, run) = case.sweep(&["acme/apps/web", "--only=artifacts"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    let reason = "the instance redirects to another page; a credential is not sent there";
    assert_eq!(
        messages(&report),
        [1011, 1012].map(|job| format!("acme/apps/web/-/jobs/{job}/artifacts.zip: {reason}"))
    );
    assert_eq!(plain.requests().len(), 0);
}

#[test]
fn a_redirect_that_leads_nowhere_ends() {
    let case = StorageCase::new();
    case.store_at(&case.storage.url());
    let circle = format!("{}/storage/circle", case.storage.url());
    let api = format!("{}/api/v4/user", case.sweeping.world.fake.url());
    let reason = "the instance redirects to page after page; a credential is not sent there";
    case.storage.fail(Fault::Redirect(circle));
    let (report, run) = case.sweep(&["acme/apps/web", "--only=artifacts"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert_eq!(
        messages(&report),
        [1011, 1012].map(|job| format!("acme/apps/web/-/jobs/{job}/artifacts.zip: {reason}"))
    );
    // Three for each of the two archives.
    assert_eq!(case.storage.requests().len(), 6);
    // The storage cannot make the client ask the instance with the operator's token.
    case.storage.fail(Fault::Redirect(api));
    case.sweeping.world.fake.forget_requests();
    let (report, run) = case.sweep(&["acme/apps/web", "--only=artifacts"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    let reason = "the instance answered 401";
    let errors = messages(&report);
    assert!(
        errors.len() == 2 && errors.iter().all(|error| error.contains(reason)),
        "{errors:?}"
    );
    let requests = case.sweeping.world.fake.request_lines();
    let user: Vec<&String> = requests
        .iter()
        .filter(|line| line.contains("/api/v4/user"))
        .collect();
    assert_eq!(user, ["GET /api/v4/user", "GET /api/v4/user"]);
}

#[test]
fn git_follows_no_redirect() {
    let case = StorageCase::new();
    let target = case.storage.url();
    case.sweeping
        .world
        .fake
        .edit(|content| content.git_redirect = Some(target));
    let project = "acme/platform/api";
    let (report, run) = case.sweep(&[project, "--only=repository", "--only=wiki"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert_eq!(report["findings"].as_array().unwrap().len(), 0);
    let errors = messages(&report);
    assert_eq!(errors.len(), 2, "{errors:?}");
    for error in &errors {
        assert!(error.contains("`git` failed: fatal: "), "{error}");
    }
    assert_eq!(case.storage.requests().len(), 0);
}
