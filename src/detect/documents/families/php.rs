//! Composer: `auth.json`, and the same keys in the `config` of `composer.json`.

use super::super::table::{From, Group, Holds, Key};

/// Accounts by host.
pub(super) const COMPOSER: Group = Group {
    needles: &[
        "gitlab-token",
        "gitlab-oauth",
        "http-basic",
        "\"bearer\"",
        "github-oauth",
    ],
    keys: &[
        Key::at(&["**", "gitlab-token", "*"], Holds::Token).host(From::Name(0)),
        Key::at(&["**", "gitlab-token", "*", "token"], Holds::Token)
            .host(From::Name(1))
            .user(From::Field(1, "username")),
        Key::at(&["**", "gitlab-oauth", "*"], Holds::Token).host(From::Name(0)),
        Key::at(&["**", "gitlab-oauth", "*", "token"], Holds::Token).host(From::Name(1)),
        Key::at(&["**", "gitlab-oauth", "*", "refresh-token"], Holds::Token).host(From::Name(1)),
        Key::at(&["**", "http-basic", "*", "password"], Holds::Password)
            .host(From::Name(1))
            .user(From::Field(1, "username")),
        Key::at(&["bearer", "*"], Holds::Password).host(From::Name(0)),
        Key::at(&["**", "github-oauth", "*"], Holds::Password).host(From::Name(0)),
    ],
};
