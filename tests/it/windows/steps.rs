//! The work for a blob is linear in its size, for any content.
//!
//! `PROPTEST_CASES=100000 cargo test --release --test it windows::steps` tries as many blobs.

use std::sync::LazyLock;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use proptest::prelude::*;
use tokensweep::detect::{Detected, Detector, Unfinished};
use tokensweep::model::Hint;
use tokensweep::rule::Pattern;

use crate::support::engine::{detector, scan_blob};

/// The sizes that are compared: both much larger than the text that a pattern reads behind a keyword, which takes
/// more bytes where it is encoded.
const SMALL: usize = 4 * Pattern::REACH;
const LARGE: usize = 4 * SMALL;

/// Maximum work for the larger blob, in percent of linear growth, and a number of steps that do not
/// count. If the work grew with the square of the size it would be 400 percent.
const SLACK: u64 = 150;
const FIXED: u64 = 2_000_000;

fn scan(path: &str, bytes: &[u8]) -> Detected {
    static DETECTOR: LazyLock<Detector> = LazyLock::new(detector);
    scan_blob(&DETECTOR, Hint::of_path(path.as_bytes()), &mut { bytes })
}

/// Pieces of text that rules and readers search for, from their keywords to whole tokens.
fn piece() -> impl Strategy<Value = String> {
    let prefix = ["gl", "pat-"].concat();
    let texts = [
        "x7WzN4smT9Pk2Dx2Rv8b",
        "xxxxxxxxxxxxxxxxxxxx",
        "\n",
        " ",
        "=",
        ": ",
        "\"",
        "'",
        "\\",
        "%",
        "&",
        "+",
        "-",
        "_",
        ".",
        "/",
        "@",
        "{",
        "}",
        "[",
        "]",
        "<",
        ">",
        "#",
        "eyJhbGciOiJIUzI1NiJ9.",
        "eyJ",
        "https://",
        "https://u:p@h ",
        "://",
        "PRIVATE-TOKEN: ",
        "Authorization: Bearer ",
        "token",
        "password",
        "gitlab",
        "GR1348941",
        "_gitlab_session=",
        "-----BEGIN RSA PRIVATE KEY-----",
        "-----END RSA PRIVATE KEY-----",
        "-----BEGIN ",
        "glrt-",
        "glsoat-",
        "npm_",
        "AKIA",
        "hvs.",
        "AGE-SECRET-KEY-1",
        "%2D",
        "\\u002d",
        "&#45;",
        "=2D",
        "+AC0-",
        "\\x67",
        "0x67,",
        "67:",
        "Z2xwYXQt",
        "676c7061742d",
        "g\0l\0",
        "\x1b[0m",
        "{{",
        "}}",
        "${",
        "kind: Secret\n",
        "stringData:\n",
        "  password: ",
        "&a ",
        "*a\n",
        "- ",
        "? ",
        "[[runners]]\n",
        "\"auths\":",
        "\"password\":",
        "machine h login u password ",
        "<server>",
        "</server>",
        "<<E\n",
        "| \n",
        "echo password=",
        "%s",
        "[remote \"o\"]\n",
        "url = ",
    ];
    let mut pieces: Vec<String> = texts.map(str::to_owned).to_vec();
    pieces.push(prefix);
    prop::sample::select(pieces)
}

/// The encoding around a text.
#[derive(Clone, Copy, Debug)]
enum Wrap {
    Base64,
    Hex,
    Wide,
    Percent,
}

fn wrapped(text: &[u8], wraps: &[Wrap]) -> Vec<u8> {
    wraps.iter().fold(text.to_vec(), |text, wrap| match wrap {
        Wrap::Base64 => BASE64_STANDARD.encode(&text).into_bytes(),
        Wrap::Hex => text
            .iter()
            .flat_map(|b| format!("{b:02x}").into_bytes())
            .collect(),
        Wrap::Wide => text.iter().flat_map(|&b| [b, 0]).collect(),
        Wrap::Percent => text
            .iter()
            .flat_map(|b| format!("%{b:02X}").into_bytes())
            .collect(),
    })
}

/// Few, as the test is part of every run; see above.
fn cases() -> u32 {
    let cases = std::env::var("PROPTEST_CASES").ok();
    cases
        .and_then(|cases| cases.parse().ok())
        .unwrap_or(crate::support::cases(16, 64))
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: cases(),
        max_shrink_iters: 50,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]
    #[test]
    fn work_is_linear_in_the_size(
        front in prop::collection::vec(piece(), 0..4),
        row in prop::collection::vec(piece(), 1..6),
        wraps in prop::collection::vec(
            prop::sample::select(vec![Wrap::Base64, Wrap::Hex, Wrap::Wide, Wrap::Percent]), 0..3),
        path in prop::sample::select(vec![
            "a.txt", "a.yml", "config.json", "config.toml", ".netrc", ".git-credentials", ".gitconfig", "settings.xml",
            "a.tf", ".npmrc", "pip.conf",
        ]),
    ) {
        let row = row.concat();
        let steps = |size: usize| {
            let text = front.concat() + &row.repeat(size / row.len());
            let mut text = wrapped(text.as_bytes(), &wraps);
            text.truncate(size);
            scan(path, &text).steps
        };
        let (small, large) = (steps(SMALL), steps(LARGE));
        let most = small * (LARGE / SMALL) as u64 * SLACK / 100 + FIXED;
        prop_assert!(large <= most, "{small} steps, then {large}");
    }
}

#[test]
fn stops_at_the_bound_and_reports_it() {
    // Each name is another key, whose long value is validated again.
    let value = "Zq9".repeat(80_000);
    let names: String = (0..20_000)
        .map(|n| format!("  password{n}: *p\n"))
        .collect();
    let text = format!("kind: Secret\nx: &p \"DOCKER {value}\"\nstringData:\n{names}");
    let detected = scan("a.yml", text.as_bytes());
    assert!(
        detected.unfinished.contains(&Unfinished::Steps),
        "{} steps",
        detected.steps
    );
}

#[test]
fn counts_the_bytes_that_a_pattern_reads_in_vain() {
    // Each keyword of a curve's key begins a run of base64 that does not end within the reach of a match.
    let keyword = ["MHcC", "AQEEI"].concat();
    let text = keyword.repeat(Pattern::REACH / keyword.len());
    let detected = scan("a.txt", text.as_bytes());
    let attempts = text.len() / keyword.len();
    let read = attempts * text.len() / 2;
    assert!(detected.steps >= read as u64, "{} steps", detected.steps);
}
