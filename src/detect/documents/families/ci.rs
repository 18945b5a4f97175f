//! Variables whose values are files: in a pipeline's configuration, in compose files, in manifests.

use super::super::table::{From, Group, Holds, Key};
use crate::syntax::json;

/// Accounts of registries and of package sources in one variable.
pub(super) const VARIABLES: Group = Group {
    needles: &["DOCKER_AUTH_CONFIG", "COMPOSER_AUTH"],
    keys: &[
        Key::at(&["**", "DOCKER_AUTH_CONFIG"], Holds::Named),
        Key::at(&["**", "DOCKER_AUTH_CONFIG", "value"], Holds::Named).named_by(From::Name(1)),
        Key::file(&["**", "COMPOSER_AUTH"], json::read, &super::php::COMPOSER),
        Key::file(
            &["**", "COMPOSER_AUTH", "value"],
            json::read,
            &super::php::COMPOSER,
        ),
    ],
};
