//! npm, pnpm, Yarn and Bun: accounts of package registries.

use super::super::table::{From, Group, Holds, Key};

/// `.npmrc`. The keys begin with the address: `//gitlab.example/api/v4/packages/npm/:_authToken`.
pub(super) const NPMRC: Group = Group {
    needles: &["_auth", "_password"],
    keys: &[
        Key::at(&["**", "//*:_authToken"], Holds::Password).host(From::Name(0)),
        Key::at(&["**", "//*:_auth"], Holds::Basic).host(From::Name(0)),
        Key::at(&["**", "//*:_password"], Holds::PasswordBase64).host(From::Name(0)),
        Key::at(&["**", "_authToken"], Holds::Password),
        Key::at(&["**", "_auth"], Holds::Basic),
        Key::at(&["**", "_password"], Holds::PasswordBase64),
    ],
};

/// `.yarnrc.yml`.
pub(super) const YARN: Group = Group {
    needles: &["npmAuth"],
    keys: &[
        Key::at(&["npmRegistries", "*", "npmAuthToken"], Holds::Password).host(From::Name(1)),
        Key::at(&["npmRegistries", "*", "npmAuthIdent"], Holds::UserPassword).host(From::Name(1)),
        Key::at(&["**", "npmAuthToken"], Holds::Password).host(From::Field(1, "npmRegistryServer")),
        Key::at(&["**", "npmAuthIdent"], Holds::UserPassword)
            .host(From::Field(1, "npmRegistryServer")),
    ],
};

/// `bunfig.toml`.
pub(super) const BUN: Group = Group {
    needles: &["install"],
    keys: &[
        Key::at(&["install", "scopes", "*", "token"], Holds::Password).host(From::Field(1, "url")),
        Key::at(&["install", "scopes", "*", "password"], Holds::Password)
            .host(From::Field(1, "url"))
            .user(From::Field(1, "username")),
        Key::at(&["install", "registry", "token"], Holds::Password).host(From::Field(1, "url")),
    ],
};
