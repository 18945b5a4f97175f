//! The keys of an instance: `gitlab-secrets.json`, `secrets.yml`, `gitlab.rb`.

use super::super::table::{From, Group, Holds, Key};

/// What GitLab's package keeps in `/etc/gitlab/gitlab-secrets.json`: everything but what is public by
/// its name.
pub(super) const SECRETS: Group = Group {
    needles: &[],
    keys: &[
        Key::at(&["**", "*key_base"], Holds::InstanceSecret),
        Key::at(&["**", "*secret*"], Holds::InstanceSecret),
        Key::at(&["**", "*_key"], Holds::InstanceSecret),
        Key::at(&["**", "*token*"], Holds::InstanceSecret),
        Key::at(&["**", "*password*"], Holds::InstanceSecret),
        Key::at(&["**", "*_salt"], Holds::InstanceSecret),
        Key::at(&["**", "active_record_encryption_*"], Holds::InstanceSecret),
    ],
};

/// `config/secrets.yml` of an installation from source, and its copies for the charts.
pub(super) const RAILS: Group = Group {
    needles: &["key_base", "signing_key", "active_record_encryption"],
    keys: &[
        Key::at(&["**", "*key_base"], Holds::InstanceSecret),
        Key::at(&["**", "*signing_key"], Holds::InstanceSecret),
        Key::at(&["**", "active_record_encryption_*"], Holds::InstanceSecret),
    ],
};

/// `/etc/gitlab/gitlab.rb`.
pub(super) const OMNIBUS: Group = Group {
    needles: &[],
    keys: &[
        Key::at(
            &["**", "initial_shared_runners_registration_token"],
            Holds::Token,
        ),
        Key::at(&["**", "*_key_base"], Holds::InstanceSecret),
        // The secret of a provider of logins, and accounts of other services.
        Key::at(&["**", "app_secret"], Holds::Foreign).user(From::Field(1, "app_id")),
        Key::at(&["**", "client_options", "secret"], Holds::Foreign)
            .user(From::Field(1, "identifier")),
        Key::at(&["**", "*client_secret"], Holds::Foreign),
        Key::at(&["**", "*secret"], Holds::InstanceSecret),
        Key::at(&["**", "*secret_token"], Holds::InstanceSecret),
        Key::at(&["**", "*auth_token"], Holds::InstanceSecret),
        Key::at(&["**", "auth", "token"], Holds::InstanceSecret),
        Key::at(&["**", "encryption_key"], Holds::InstanceSecret),
        Key::at(&["**", "*api_secret_key"], Holds::InstanceSecret),
        Key::at(&["**", "initial_root_password"], Holds::Password),
        Key::at(&["**", "*password"], Holds::Foreign),
        Key::at(&["**", "*secret_access_key"], Holds::Foreign),
        Key::at(&["**", "*_api_key"], Holds::Foreign),
        Key::at(&["**", "azure_storage_access_key"], Holds::Foreign),
    ],
};

/// `.gitlab_shell_secret` and its like: one line, which is the secret.
pub(super) const LINE: Group = Group {
    needles: &[],
    keys: &[Key::at(&[], Holds::InstanceSecret)],
};
