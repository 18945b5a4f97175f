//! Python: accounts of package indexes, and python-gitlab. Addresses with a password in them are found
//! wherever they stand.

use super::super::table::{From, Group, Holds, Key};

/// `.pypirc`.
pub(super) const PYPIRC: Group = Group {
    needles: &["password"],
    keys: &[Key::at(&["*", "password"], Holds::Password)
        .host(From::Field(1, "repository"))
        .user(From::Field(1, "username"))],
};

/// `pip.conf`: addresses of indexes, one a line.
pub(super) const PIP: Group = Group {
    needles: &["://"],
    keys: &[
        Key::at(&["*", "index-url"], Holds::Urls),
        Key::at(&["*", "extra-index-url"], Holds::Urls),
        Key::at(&["*", "index_url"], Holds::Urls),
        Key::at(&["*", "extra_index_url"], Holds::Urls),
        Key::at(&["*", "find-links"], Holds::Urls),
        Key::at(&["*", "proxy"], Holds::Urls),
    ],
};

/// Indexes and sources in `uv.toml`, `pyproject.toml` and `Pipfile`.
pub(super) const INDEXES: Group = Group {
    needles: &["://"],
    keys: &[
        Key::at(&["**", "index", "url"], Holds::Urls),
        Key::at(&["**", "index", "publish-url"], Holds::Urls),
        Key::at(&["**", "index-url"], Holds::Urls),
        Key::at(&["**", "extra-index-url"], Holds::Urls),
        Key::at(&["**", "source", "url"], Holds::Urls),
    ],
};

/// `.python-gitlab.cfg`. A value that begins with `helper:` is a command.
pub(super) const PYTHON_GITLAB: Group = Group {
    needles: &["private_token", "oauth_token", "job_token", "http_password"],
    keys: &[
        Key::at(&["*", "private_token"], Holds::Token).host(From::Field(1, "url")),
        Key::at(&["*", "oauth_token"], Holds::Token).host(From::Field(1, "url")),
        Key::at(&["*", "job_token"], Holds::Token).host(From::Field(1, "url")),
        Key::at(&["*", "http_password"], Holds::Password)
            .host(From::Field(1, "url"))
            .user(From::Field(1, "http_username")),
    ],
};

/// Poetry's `auth.toml`.
pub(super) const POETRY: Group = Group {
    needles: &["http-basic", "pypi-token"],
    keys: &[
        Key::at(&["http-basic", "*", "password"], Holds::Password).user(From::Field(1, "username")),
        Key::at(&["pypi-token", "*"], Holds::Password),
    ],
};

/// The credentials that `uv auth login` keeps.
pub(super) const UV: Group = Group {
    needles: &["credential"],
    keys: &[
        Key::at(&["credential", "password"], Holds::Password)
            .host(From::Field(1, "service"))
            .user(From::Field(1, "username")),
        Key::at(&["credential", "token"], Holds::Password).host(From::Field(1, "service")),
    ],
};
