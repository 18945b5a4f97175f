//! Repositories over HTTP, served by `git http-backend`.

use std::io::Write as _;
use std::process::{Command, Stdio};

use super::super::{Incoming, KnownCredential, Reply};
use super::{Content, not_found};

/// The answer to a request of `git`; `None` for other paths.
pub(super) fn answer(
    content: &Content,
    request: &Incoming,
    caller: Option<&KnownCredential>,
) -> Option<Reply> {
    let (path, service) = request.path().strip_prefix('/')?.split_once(".git/")?;
    if let Some(target) = &content.git_redirect {
        let target = format!("{target}{}", request.target);
        return Some(Reply::new(302, "text/html", Vec::new()).with("Location", target));
    }
    // GitLab answers other headers with 401, too.
    if caller.is_none() || request.basic().is_none() {
        let reply = Reply::new(401, "text/plain", b"HTTP Basic: Access denied".to_vec());
        return Some(reply.with("WWW-Authenticate", "Basic realm=\"GitLab\""));
    }
    let Some(repository) = content.repositories.get(&format!("{path}.git")) else {
        return Some(not_found());
    };
    let header =
        |name: &str| String::from_utf8_lossy(request.header(name).unwrap_or_default()).into_owned();
    let mut backend = Command::new("git")
        .arg("http-backend")
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("GIT_PROJECT_ROOT", repository)
        .env("PATH_INFO", format!("/{service}"))
        .env(
            "QUERY_STRING",
            request
                .target
                .split_once('?')
                .map_or("", |(_, query)| query),
        )
        .env("REQUEST_METHOD", &request.method)
        .env("CONTENT_TYPE", header("content-type"))
        .env("CONTENT_LENGTH", request.body.len().to_string())
        .env("HTTP_CONTENT_ENCODING", header("content-encoding"))
        .env("HTTP_GIT_PROTOCOL", header("git-protocol"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut input = backend.stdin.take().unwrap();
    let body = request.body.clone();
    let feed = std::thread::spawn(move || drop(input.write_all(&body)));
    let output = backend.wait_with_output().unwrap().stdout;
    feed.join().unwrap();
    let end = output.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&output[..end]).into_owned();
    let mut reply = Reply::new(200, "", output[end + 4..].to_vec());
    reply.headers.clear();
    for line in head.lines() {
        let (name, value) = line.split_once(": ")?;
        match name {
            "Status" => reply.status = value.split(' ').next()?.parse().ok()?,
            _ => reply = reply.with(name, value),
        }
    }
    Some(reply)
}
