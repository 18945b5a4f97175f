//! GitLab Runner: `config.toml`.

use super::super::table::{From, Group, Holds, Key};

/// The token of each runner, the keys of its cache, and what it puts into the environment of jobs.
pub(super) const CONFIG: Group = Group {
    needles: &["runners"],
    keys: &[
        Key::at(&["runners", "token"], Holds::Token).host(From::Field(1, "url")),
        Key::at(&["runners", "environment"], Holds::Environment),
        Key::at(
            &["runners", "docker", "services", "environment"],
            Holds::Environment,
        ),
        Key::at(
            &["runners", "machine", "MachineOptions"],
            Holds::Environment,
        ),
        Key::at(&["runners", "kubernetes", "bearer_token"], Holds::Password)
            .host(From::Field(1, "host")),
        Key::at(&["runners", "cache", "s3", "SecretKey"], Holds::Foreign)
            .host(From::Field(1, "ServerAddress"))
            .user(From::Field(1, "AccessKey")),
        Key::at(&["runners", "cache", "s3", "SessionToken"], Holds::Foreign)
            .host(From::Field(1, "ServerAddress"))
            .user(From::Field(1, "AccessKey")),
        Key::at(&["runners", "cache", "gcs", "PrivateKey"], Holds::Foreign)
            .user(From::Field(1, "AccessID")),
        Key::at(&["runners", "cache", "azure", "AccountKey"], Holds::Foreign)
            .host(From::Field(1, "StorageDomain"))
            .user(From::Field(1, "AccountName")),
        Key::at(&["runners", "ssh", "password"], Holds::Foreign)
            .host(From::Field(1, "host"))
            .user(From::Field(1, "user")),
    ],
};
