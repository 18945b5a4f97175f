//! NuGet: accounts of package sources.

use super::super::table::{From, Group, Holds, Key};

/// `NuGet.config`: `<packageSourceCredentials><gitlab><add key="ClearTextPassword" value="…"/>`.
pub(super) const NUGET: Group = Group {
    needles: &["packageSourceCredentials"],
    keys: &[Key::at(
        &["**", "packageSourceCredentials", "*", "add", "value"],
        Holds::Password,
    )
    .when(From::Field(1, "key"), "ClearTextPassword")
    .user(From::Entry(2, "Username"))
    .host(From::Listed(3, "packageSources"))],
};
