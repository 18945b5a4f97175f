//! GitLab's command line: `config.yml` in `~/.config/glab-cli`, `.git/glab-cli` and elsewhere.

use super::super::table::{From, Group, Holds, Key};

/// The tokens of each host.
pub(super) const CONFIG: Group = Group {
    needles: &["hosts"],
    keys: &[
        Key::at(&["hosts", "*", "token"], Holds::Token)
            .host(From::Name(1))
            .user(From::Field(1, "user")),
        Key::at(&["hosts", "*", "job_token"], Holds::Token).host(From::Name(1)),
        Key::at(&["hosts", "*", "oauth2_refresh_token"], Holds::Token)
            .host(From::Name(1))
            .user(From::Field(1, "user")),
    ],
};
