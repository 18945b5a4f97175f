//! Maven and Gradle: accounts of package registries.

use super::super::table::{From, Group, Holds, Key};

/// `settings.xml`. A password in braces is encrypted.
pub(super) const MAVEN: Group = Group {
    needles: &["server"],
    keys: &[
        Key::at(&["**", "server", "password"], Holds::Password).user(From::Field(2, "username")),
        Key::at(&["**", "server", "passphrase"], Holds::Password),
        Key::at(&["**", "httpHeaders", "property", "value"], Holds::Header)
            .named_by(From::Field(2, "name")),
    ],
};

/// `gradle.properties` and the like.
pub(super) const GRADLE: Group = Group {
    needles: &["oken", "assword", "ecret"],
    keys: &[Key::at(&["*"], Holds::Named)],
};
