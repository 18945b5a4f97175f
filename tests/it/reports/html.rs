//! The page: all markup in it comes from the template, and it may do only what its policy allows.
//! Tests in a browser check its appearance and behavior (`.ci/html`).

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use tokensweep::model::{BlobPath, Context, Excerpt, ItemError, Note, Outcome};
use tokensweep::report::Options;

use super::markup::{Piece, assert_balanced, pieces};
use crate::support::outcome::{finding, pat, remedy, rules, sample, write};

const VOID: [&str; 4] = ["meta", "link", "input", "br"];

fn page(outcome: &Outcome) -> String {
    String::from_utf8(write("html", outcome, &rules(), &Options::default())).unwrap()
}

/// The sample, with an attack in every text.
fn hostile() -> (Outcome, Vec<&'static str>) {
    let attacks = vec![
        "<script>alert(1)</script>",
        "</td></table><img src=x onerror=alert(2)>",
        "\" onmouseover=\"alert(3)",
        "' onfocus='alert(4)",
        "</style><style>*{display:none}",
        "<!--",
        "javascript:alert(5)",
        "&lt;b&gt; ]]>",
        "</script><script src=https://evil.example/x.js>",
    ];
    let (mut outcome, rules) = sample();
    for (line, attack) in attacks.iter().enumerate() {
        let some = || Some((*attack).to_owned());
        let mut found = finding(&rules[0], attack.as_bytes(), line as u64 + 1, 1, pat());
        found.title = (*attack).into();
        found.message = (*attack).into();
        found.remediations = vec![remedy(attack, attack, attack).into()];
        std::sync::Arc::make_mut(&mut found.remediations[0]).caution = some();
        found.owner.instance = some();
        found.expires_at = some();
        found.encoding = vec![(*attack).to_owned()];
        found.context = Context {
            key: some(),
            host: some(),
            user: some(),
        };
        found.on_disk = Some(std::path::Path::new(attack).into());
        found.excerpt = Excerpt::new(attack, attack);
        found.location.commit = Some(
            tokensweep::model::Commit {
                id: (*attack).to_owned(),
                author: some(),
                date: some(),
                refs: vec![(*attack).to_owned()].into(),
            }
            .into(),
        );
        outcome.findings.push(found);
        outcome.suppressed[0].justification = some();
        outcome.errors.push(ItemError {
            path: Some(BlobPath::from_bytes(attack.as_bytes())),
            message: (*attack).to_owned(),
        });
        outcome.notes.push(Note {
            message: (*attack).to_owned(),
        });
        let mut item = outcome.skipped[0].clone();
        item.path = BlobPath::from_bytes(attack.as_bytes());
        outcome.skipped.push(item);
    }
    (outcome, attacks)
}

#[test]
fn nothing_that_was_scanned_is_markup() {
    let (outcome, attacks) = hostile();
    let pieces = pieces(&page(&outcome));
    assert_balanced(&pieces, &VOID);
    let (mut scripts, mut styles, mut texts) = (0, 0, String::new());
    let mut ids = BTreeSet::new();
    for piece in &pieces {
        match piece {
            Piece::Open(name, attributes, _) => {
                scripts += usize::from(name == "script");
                styles += usize::from(name == "style");
                let forbidden = ["img", "iframe", "object", "embed", "base", "audio", "video"];
                assert!(!forbidden.contains(&name.as_str()), "{name}");
                for (key, value) in attributes {
                    assert!(
                        !key.starts_with("on") && key != "style" && key != "src",
                        "{key}"
                    );
                    if key == "href" {
                        let harmless = ["https://", "http://", "#", "data:,"];
                        assert!(
                            harmless.iter().any(|start| value.starts_with(start)),
                            "{value}"
                        );
                        assert!(name == "a" || value == "data:,");
                    }
                    assert!(key != "id" || ids.insert(value), "two of {value}");
                }
            }
            Piece::Text(text) => texts.push_str(text),
            Piece::Close(_) => {}
        }
    }
    assert_eq!((scripts, styles), (1, 1));
    for attack in attacks {
        assert!(texts.contains(attack), "{attack} is shown as it is");
    }
}

#[test]
fn the_policy_allows_our_style_and_script_and_nothing_else() {
    let (outcome, _) = sample();
    let page = page(&outcome);
    let between = |start: &str, end: &str| {
        let (_, rest) = page.split_once(start).unwrap();
        rest.split_once(end).unwrap().0
    };
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    let policy = between("Content-Security-Policy\" content=\"", "\">");
    let expected = format!(
        "default-src 'none'; style-src {}; script-src {}; img-src data:; base-uri 'none'; \
         form-action 'none'",
        hash(between("<style>", "</style>")),
        hash(between("<script>", "</script>")),
    );
    assert_eq!(policy, expected);
    let script = between("<script>", "</script>");
    for way_out in [
        "fetch",
        "XMLHttp",
        "import",
        "WebSocket",
        "sendBeacon",
        "http",
        "innerHTML",
        "eval",
    ] {
        assert!(!script.contains(way_out), "{way_out}");
    }
    let style = between("<style>", "</style>");
    assert!(!style.contains("url(") && !style.contains("@import"));
}

#[test]
fn every_finding_has_a_row_with_everything() {
    let (outcome, _) = sample();
    let page = page(&outcome);
    assert_eq!(
        page.matches("<tr role=\"row\" id=\"f-").count(),
        outcome.findings.len()
    );
    for text in [
        "4 secrets in 6 places, scan incomplete",
        "user 39, organization 1",
        "2027-02-03",
        "expired",
        "base64, then percent",
        "0123456789ab",
        "Delete it in the admin area",
        "Needs GitLab 17.7.",
        "remote.origin.url",
        "an example of the documentation",
        "permission denied.",
        "/home/eve/.gitconfig",
        "the clone is shallow.",
        "https://gitlab.example/group/project/-/blob/89abcdef0123456789abcdef0123456789abcdef/app/config/deploy.yml#L12",
        "https://gitlab.example/group/project/-/blob/0123456789abcdef0123456789abcdef01234567/keys/id_ed25519#L1-4",
    ] {
        assert!(page.contains(text), "{text}");
    }
    // Findings that are neither on disk nor in a commit have no page.
    assert_eq!(page.matches("/-/blob/").count(), 2);
}

#[test]
fn a_clean_scan_shows_a_message() {
    let page = page(&Outcome::default());
    assert_balanced(&pieces(&page), &VOID);
    assert!(page.contains("<h1>No credentials found</h1>"));
    assert!(!page.contains("<table"));
}

#[test]
fn notes_findings_that_do_not_fit() {
    let rules = rules();
    let found = finding(&rules[4], b"a", 1, 1, pat());
    let mut findings = vec![found; 10_001];
    findings[10_000] = finding(&rules[0], b"b", 1, 1, pat());
    let outcome = Outcome {
        findings,
        ..Outcome::default()
    };
    let page = page(&outcome);
    assert!(page.contains("The 10,000 most severe of 10,001 are listed"));
    assert_eq!(page.matches("<tr role=\"row\" id=\"f-").count(), 10_000);
    assert!(page.contains(">b:1</td>"), "the worst one is among them");
}
