//! Docker, Podman and Helm: accounts of registries (`docker login`, `DOCKER_AUTH_CONFIG`).

use super::super::table::{From, Group, Holds, Key};

/// `~/.docker/config.json`, `containers/auth.json`, `registry/config.json`, and any other JSON of that
/// shape.
pub(super) const CONFIG: Group = Group {
    needles: &["auths", "HttpHeaders"],
    keys: &[
        Key::at(&["**", "auths", "*", "auth"], Holds::Basic).host(From::Name(1)),
        Key::at(&["**", "auths", "*", "password"], Holds::Password)
            .host(From::Name(1))
            .user(From::Field(1, "username")),
        Key::at(&["**", "auths", "*", "identitytoken"], Holds::Password).host(From::Name(1)),
        Key::at(&["**", "auths", "*", "registrytoken"], Holds::Password).host(From::Name(1)),
        Key::at(&["HttpHeaders", "*"], Holds::Header),
    ],
};

/// The older form, without `auths`.
pub(super) const DOCKERCFG: Group = Group {
    needles: &[],
    keys: &[
        Key::at(&["*", "auth"], Holds::Basic).host(From::Name(1)),
        Key::at(&["*", "password"], Holds::Password)
            .host(From::Name(1))
            .user(From::Field(1, "username")),
    ],
};
