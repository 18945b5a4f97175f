//! Kubernetes: what Secrets hold, in base64 or plain.

use super::super::table::{From, Group, Holds, Key};

/// A manifest of the kind Secret, alone or in a list.
pub(super) const SECRET: Group = Group {
    needles: &["Secret"],
    keys: &[
        Key::at(&["**", "data", "*"], Holds::NamedBase64).when(From::Field(2, "kind"), "Secret"),
        Key::at(&["**", "stringData", "*"], Holds::Named)
            .when(From::Field(2, "kind"), "Secret")
            .host(From::Field(1, "url"))
            .user(From::Field(1, "username")),
    ],
};
