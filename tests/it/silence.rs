//! Text without a leak gives no finding, at any confidence.

use crate::support::sandbox::{Sandbox, places};

/// Placeholders, references and look-alikes, in parts so that no line here looks like a token.
fn harmless() -> Vec<String> {
    let p = "glpat-";
    let mut lines: Vec<String> = [
        "curl --header \"PRIVATE-TOKEN: $CI_JOB_TOKEN\" https://gitlab.example.com/api/v4/projects",
        "git clone https://gitlab-ci-token:${CI_JOB_TOKEN}@gitlab.example.com/group/project.git",
        "git clone https://oauth2:$GITLAB_TOKEN@gitlab.com/group/project.git",
        "set url=https://oauth2:%CI_JOB_TOKEN%@gitlab.com/group/project.git",
        "$url = \"https://oauth2:$env:GITLAB_TOKEN@gitlab.com/a/b.git\"",
        "url: https://oauth2:{{ gitlab_token }}@gitlab.com/a/b.git",
        "url: https://oauth2:{{token}}@gitlab.com/a/b.git",
        "url: \"https://oauth2:#{ENV['GITLAB_TOKEN']}@gitlab.com/a/b.git\"",
        "url = f\"https://oauth2:{token}@gitlab.com/a/b.git\"",
        "fmt.Sprintf(\"https://oauth2:%s@gitlab.com/a/b.git\", token)",
        "https://oauth2:[MASKED]@gitlab.com/a/b.git",
        "https://oauth2:***@gitlab.com/a/b.git",
        "https://oauth2:<your_access_token>@gitlab.com/a/b.git",
        "https://oauth2:YOUR_TOKEN@gitlab.com/a/b.git",
        "https://user:password@example.com/path",
        "https://username:pass@gitlab.example.com/path",
        "https://user:secret@localhost:8080/",
        "postgres://postgres:postgres@localhost:5432/db",
        "ftp://anonymous:anonymous@ftp.example.org/",
        "https://user:xxxxxxxx@host.corp.internal/",
        "amqp://guest:guest@rabbit:5672/",
        "ssh://git@gitlab.com:22/group/project.git",
        "mailto:someone@example.com?subject=a:b@c",
        "https://example.com/@user:name@host",
        "token = ENV.fetch('GITLAB_TOKEN')",
        "token = os.environ[\"GITLAB_TOKEN\"]",
        "_gitlab_session=<session>",
        "Cookie: _gitlab_session=[MASKED]; path=/",
        "whsec_your_signing_secret",
        "registration_token: GR1348941<token>",
    ]
    .map(str::to_owned)
    .to_vec();
    for body in [
        "[MASKED]",
        "xxxxxxxxxxxxxxxxxxxx",
        "aaaaaaaaaaaaaaaaaaaa",
        "12345678901234567890",
        "ABCDEFGHIJKLMNOPQRST",
        "abcdefghijklmnopqrst",
        "imperdiet-dolor-sit-amet",
        "your_token_here_1234",
        "[0-9a-zA-Z_-]{20}",
        "\\w{20}",
        "xxxxxxxxxxxxxxxx1234",
        "00000000000000000000",
        "your-access-token-xx",
        "REPLACE_WITH_A_TOKEN",
        "********************",
        "<token>",
        "${TOKEN}",
        "FAKE",
    ] {
        lines.push(format!("token = \"{p}{body}\""));
    }
    lines.push(format!("docs talk about `{p}` and `{}` alone", "gldt-"));
    lines.push(format!(
        "https://oauth2:{p}{}@gitlab.com/a.git",
        "xxxxxxxxxxxxxxxxxxxx"
    ));
    lines.push(format!("{}{}", "glsa_", "kJ8mN2pQ5rS7tU9vW3xY"));
    lines.push("GLWTPL license".to_owned());
    lines
}

#[test]
fn placeholders_references_and_look_alikes() {
    let lines = harmless();
    assert!(lines.len() >= 40, "{} lines", lines.len());
    let sandbox = Sandbox::new();
    for (index, line) in lines.iter().enumerate() {
        sandbox.write(format!("{index:02}.txt"), format!("{line}\n"));
    }
    let report = sandbox.scan(&["--min-confidence", "low"]);
    let loud: Vec<&String> = places(&report)
        .iter()
        .map(|(path, _, _)| &lines[path.trim_end_matches(".txt").parse::<usize>().unwrap()])
        .collect();
    assert!(loud.is_empty(), "{loud:#?}");
}

/// Real-world text that was once reported, one file for each case.
#[test]
fn the_clean_corpus() {
    let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus/clean");
    let sandbox = Sandbox::new();
    let report = sandbox.scan(&[corpus]);
    assert!(places(&report).is_empty(), "{report}");
    assert!(report["summary"]["files"].as_u64().unwrap() > 0);
}
