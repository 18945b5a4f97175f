//! The fake instance with an administrator, and credentials that are named by their text.

use crate::support::gitlab::{FakeGitlab, KnownCredential, State};

/// The token of an administrator.
pub(super) const ADMIN: &str = "admin-token-of-the-operator";

/// The project of job tokens, trigger tokens, and deploy tokens that the token API does not recognize.
pub(super) const PROJECT: u64 = 12;

pub(super) struct Server {
    pub(super) fake: FakeGitlab,
    pub(super) url: String,
}

impl Server {
    pub(super) fn start() -> Self {
        let fake = FakeGitlab::start();
        fake.add("administrator", "personal-access-token", ADMIN);
        fake.change("administrator", |known| known.is_admin = true);
        let url = fake.url();
        Self { fake, url }
    }

    /// Makes a token work.
    pub(super) fn add(&self, kind: &'static str, token: &str) {
        let label = format!("{kind} {}", self.fake.world().credentials.len());
        self.fake.add(&label, kind, token);
        if ["job-token", "trigger-token"].contains(&kind) {
            self.change(token, |known| known.project = Some(PROJECT));
        }
    }

    /// Changes the state of a token on the instance.
    pub(super) fn change(&self, token: &str, change: impl FnOnce(&mut KnownCredential)) {
        let mut world = self.fake.world();
        change(world.credentials.get_mut(token.as_bytes()).unwrap());
    }

    /// The id of a token.
    pub(super) fn id(&self, token: &str) -> u64 {
        self.fake.world().credentials[token.as_bytes()].id
    }

    /// Number of times that a token was revoked.
    pub(super) fn revocations(&self, token: &str) -> usize {
        let world = self.fake.world();
        let known = &world.credentials[token.as_bytes()];
        let count = world.revocations.get(&known.label);
        let count = count.copied().unwrap_or_default();
        assert_eq!(count > 0, known.state == State::Revoked);
        count
    }

    /// `METHOD path` of every request.
    pub(super) fn requests(&self) -> Vec<String> {
        let requests = self.fake.requests().into_iter();
        requests
            .map(|request| format!("{} {}", request.method, request.path))
            .collect()
    }

    /// The request lines, and all headers but those that carry a credential.
    pub(super) fn lines(&self) -> Vec<String> {
        let requests = self.fake.requests().into_iter();
        requests
            .map(|request| format!("{} {} {:?}", request.method, request.path, request.headers))
            .collect()
    }
}
