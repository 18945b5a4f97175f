//! Starts `git` with a configuration and an environment of its own.

use std::env;
use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};

use super::remote::Remote;

/// The name of the remote. Its address is in the environment of `git`: the arguments of a process are visible to
/// everyone on the machine.
pub(super) const REMOTE: &str = "tokensweep";

/// Creates a `git` command that runs in this repository with this remote only. `certificates` is a file with
/// certificates to trust.
pub(super) fn command(
    git_dir: &Path,
    remote: &Remote,
    certificates: Option<&Path>,
    args: &[&str],
) -> Command {
    let mut settings = remote.settings(REMOTE);
    settings.extend(SETTINGS.map(|(key, value)| (key.to_owned(), value.to_owned())));
    let mut command = Command::new("git");
    command
        .args(args)
        .current_dir(git_dir)
        .stdin(Stdio::null())
        .env_clear()
        .envs(inherited())
        .envs(ENVIRONMENT)
        .env("GIT_DIR", git_dir)
        // A `.netrc` in the real home folder would provide credentials that nobody has named.
        .env("HOME", git_dir)
        .env("GIT_ALLOW_PROTOCOL", remote.transport)
        .env("GIT_CONFIG_COUNT", settings.len().to_string());
    for (at, (key, value)) in settings.into_iter().enumerate() {
        command.env(format!("GIT_CONFIG_KEY_{at}"), key);
        command.env(format!("GIT_CONFIG_VALUE_{at}"), value);
    }
    if let Some(file) = certificates {
        command.env("GIT_SSL_CAINFO", file);
    }
    command
}

/// The configuration besides the address. Those of the repository, the system and the user have no effect.
const SETTINGS: [(&str, &str); 6] = [
    ("core.hooksPath", "/dev/null"),
    // Without it, `git` runs in the borrowed-from repository to list its refs.
    ("core.alternateRefsCommand", "true"),
    ("credential.helper", ""),
    ("fetch.recurseSubmodules", "false"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
];

/// Variables that are set.
const ENVIRONMENT: [(&str, &str); 10] = [
    ("LC_ALL", "C"),
    ("GIT_CONFIG_NOSYSTEM", "1"),
    ("GIT_CONFIG_SYSTEM", "/dev/null"),
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ("GIT_ATTR_NOSYSTEM", "1"),
    ("GIT_NO_REPLACE_OBJECTS", "1"),
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_TERMINAL_PROMPT", "0"),
    // `ssh` itself reads the configuration and keys of its user.
    (
        "GIT_SSH_COMMAND",
        "ssh -oBatchMode=yes -oPermitLocalCommand=no",
    ),
    ("GIT_SSH_VARIANT", "ssh"),
];

/// Variables of this process that `git` and `ssh` need: program paths, proxies, certificates, keys. None of them
/// names a program.
const INHERITED: [&str; 27] = [
    "TMPDIR",
    "TMP",
    "TEMP",
    "USER",
    "LOGNAME",
    "LD_LIBRARY_PATH",
    "http_proxy",
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
    "no_proxy",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH",
    "GIT_SSL_CERT",
    "GIT_SSL_KEY",
    "GIT_SSL_NO_VERIFY",
    "GIT_HTTP_LOW_SPEED_LIMIT",
    "GIT_HTTP_LOW_SPEED_TIME",
    "SSH_AUTH_SOCK",
    "SYSTEMROOT",
    "SystemRoot",
    "PATHEXT",
    "COMSPEC",
];

fn inherited() -> impl Iterator<Item = (OsString, OsString)> {
    // A relative folder would be one of the repository.
    let path = env::var_os("PATH").and_then(|path| {
        let folders = env::split_paths(&path).filter(|folder| folder.is_absolute());
        env::join_paths(folders).ok()
    });
    let others = INHERITED
        .into_iter()
        .filter_map(|name| Some((OsString::from(name), env::var_os(name)?)));
    path.map(|path| (OsString::from("PATH"), path))
        .into_iter()
        .chain(others)
}
