//! Terraform and OpenTofu: the language, the credentials of its command line, and state.

use super::super::table::{From, Group, Holds, Key};

/// `*.tf`, `*.tfvars`, `*.tfbackend`, `.terraformrc`.
pub(super) const LANGUAGE: Group = Group {
    needles: &["oken", "assword", "ecret", "_pat", "_key"],
    keys: &[
        Key::at(&["credentials", "*", "token"], Holds::Password).host(From::Name(1)),
        Key::at(&["**", "backend", "http", "password"], Holds::Password)
            .host(From::Field(1, "address"))
            .user(From::Field(1, "username")),
        Key::at(&["provider", "gitlab", "token"], Holds::Token).host(From::Field(1, "base_url")),
        Key::at(&["variable", "*", "default"], Holds::Named).named_by(From::Name(1)),
        Key::at(&["password"], Holds::Password)
            .when(From::Field(1, "address"), "*")
            .host(From::Field(1, "address"))
            .user(From::Field(1, "username")),
        Key::at(&["*"], Holds::Named),
    ],
};

/// `credentials.tfrc.json`.
pub(super) const CREDENTIALS: Group = Group {
    needles: &["\"credentials\""],
    keys: &[Key::at(&["credentials", "*", "token"], Holds::Password).host(From::Name(1))],
};

/// State: the backend's own account in `.terraform/terraform.tfstate`, and what GitLab's provider
/// created. `type` stands four levels above an attribute: attributes, instance, instances, resource.
pub(super) const STATE: Group = Group {
    needles: &["\"backend\"", "gitlab_", "\"outputs\""],
    keys: &[
        Key::at(&["backend", "config", "password"], Holds::Password)
            .host(From::Field(1, "address"))
            .user(From::Field(1, "username")),
        Key::at(
            &["resources", "instances", "attributes", "token"],
            Holds::Token,
        )
        .when(From::Field(4, "type"), "gitlab_*")
        .user(From::Field(1, "username")),
        // A CI/CD variable that Terraform manages, and what a configuration hands out.
        Key::at(
            &["resources", "instances", "attributes", "value"],
            Holds::Named,
        )
        .when(From::Field(4, "type"), "gitlab_*_variable")
        .named_by(From::Field(1, "key")),
        Key::at(&["outputs", "*", "value"], Holds::Named).named_by(From::Name(1)),
        Key::at(
            &["resources", "instances", "attributes", "runners_token"],
            Holds::Token,
        )
        .when(From::Field(4, "type"), "gitlab_*"),
        Key::at(
            &["resources", "instances", "attributes", "secret"],
            Holds::Token,
        )
        .when(From::Field(4, "type"), "gitlab_*"),
        Key::at(
            &[
                "resources",
                "instances",
                "attributes",
                "authentication_token",
            ],
            Holds::Token,
        )
        .when(From::Field(4, "type"), "gitlab_*"),
        Key::at(
            &["resources", "instances", "attributes", "password"],
            Holds::Password,
        )
        .when(From::Field(4, "type"), "gitlab_*")
        .user(From::Field(1, "username")),
    ],
};
