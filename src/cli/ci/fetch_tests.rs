//! Credentials stay out of output and process lists; time is bounded.

use std::process::Command;

use super::super::system::Variables;
use super::*;

fn fetcher(variables: &[(&str, &str)], timeout: u64) -> Fetcher {
    let variables = Variables::new(
        variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
    );
    let job = CiJob::read(&variables);
    Fetcher::new(Path::new("."), &job, Duration::from_secs(timeout)).unwrap()
}

#[test]
fn redacts_credentials_in_error_messages() {
    let token = ["gl", "cbt-64_made-up-token"].concat();
    let url = format!("https://gitlab-ci-token:{token}@gitlab.example/a.git");
    let fetcher = fetcher(&[("CI_JOB_TOKEN", &token), ("CI_REPOSITORY_URL", &url)], 1);
    for text in [
        format!("fatal: unable to access '{url}/': no"),
        format!("first\nfatal: {token}\u{1b}[31m\n\n"),
        "remote: https://user:p@ss@host/x and https://other:pw@host".to_owned(),
    ] {
        let words = fetcher.error_message(text.as_bytes());
        for hidden in [token.as_str(), "p@ss", "pw@", "\u{1b}"] {
            assert!(!words.contains(hidden), "{hidden:?}");
        }
        assert!(words.contains("host") || words.contains("fatal"), "{words}");
    }
    assert_eq!(fetcher.error_message(b""), "no error message");
}

#[test]
fn passes_no_token_as_an_argument() {
    let url = "https://gitlab-ci-token:made-up@gitlab.example/a.git";
    let fetcher = fetcher(&[("CI_REPOSITORY_URL", url)], 1);
    let command = git::command(
        Path::new("/"),
        &fetcher.own[0],
        None,
        &["fetch", "--", REMOTE],
    );
    assert!(
        command
            .get_args()
            .all(|arg| !arg.to_string_lossy().contains("made-up"))
    );
    // Git passes the address on as an argument, so that is without the token as well.
    let values: Vec<String> = command
        .get_envs()
        .filter_map(|(_, value)| Some(value?.to_string_lossy().into_owned()))
        .collect();
    assert!(values.contains(&"https://gitlab.example/a.git".to_owned()));
    assert!(values.iter().all(|value| !value.contains("made-up")));
    assert!(
        values
            .iter()
            .any(|value| value.starts_with("Authorization: Basic "))
    );
}

/// Somewhere to fetch from.
const HERE: [(&str, &str); 1] = [("CI_REPOSITORY_URL", "https://gitlab.example/a.git")];

#[test]
fn runs_nothing_without_time() {
    assert_eq!(
        fetcher(&HERE, 0).tip_of(Project::This, "main"),
        Err(GitFetchError::Off)
    );
    let mut late = fetcher(&HERE, 1);
    late.deadline = Some(Instant::now());
    assert_eq!(
        late.tip_of(Project::This, "main"),
        Err(GitFetchError::Timeout)
    );
    assert!(late.done.is_empty());
}

#[cfg(unix)]
#[test]
fn kills_a_program_that_hangs() {
    let child = Command::new("sleep").arg("60").spawn().unwrap();
    let started = Instant::now();
    let ended = wait(child, Instant::now() + Duration::from_millis(50)).unwrap();
    assert_eq!(ended, None);
    assert!(started.elapsed() < Duration::from_secs(30));
}
