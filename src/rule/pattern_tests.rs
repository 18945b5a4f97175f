//! Tests of the pattern: the spans of matches, and that a window changes nothing.

use proptest::prelude::*;

use regex::bytes::Regex;

use super::*;

fn pattern(source: &str, keywords: &[&str]) -> Pattern {
    let keywords = keywords.iter().map(|&k| k.to_owned()).collect();
    let pattern = Pattern::lazy(source.to_owned(), keywords);
    pattern.check().unwrap();
    pattern
}

fn error(source: &str, keyword: &str) -> String {
    let pattern = Pattern::lazy(source.to_owned(), vec![keyword.to_owned()]);
    let text = pattern.check().unwrap_err().to_string();
    assert_eq!(
        pattern.find(keyword.as_bytes(), 0..keyword.len(), &mut 0),
        None
    );
    text
}

/// Every position of one of the keywords.
fn hits(bytes: &[u8], keywords: &[&str]) -> Vec<Range<usize>> {
    let mut hits = Vec::new();
    for at in 0..bytes.len() {
        for keyword in keywords {
            if bytes[at..].starts_with(keyword.as_bytes()) {
                hits.push(at..at + keyword.len());
            }
        }
    }
    hits
}

#[test]
fn groups_default_to_what_encloses_them() {
    let found = pattern("abc-[0-9]+", &["abc-"])
        .find(b"x abc-12 y", 2..6, &mut 0)
        .unwrap();
    assert_eq!(
        (found.whole.clone(), found.secret.clone(), found.body),
        (2..8, 2..8, 2..8)
    );
    assert_eq!((found.user, found.host), (None, None));

    let rule = pattern("abc=(?<secret>k-(?<body>[0-9]+))", &["abc="]);
    let found = rule.find(b"abc=k-12", 0..4, &mut 0).unwrap();
    assert_eq!((found.whole, found.secret, found.body), (0..8, 4..8, 6..8));

    let rule = pattern("abc=(?<secret>k-(?:(?<body>[0-9]+)|x))", &["abc="]);
    let found = rule.find(b"abc=k-x", 0..4, &mut 0).unwrap();
    assert_eq!((found.secret, found.body), (4..7, 4..7));
}

#[test]
fn alternatives_have_groups_of_their_own() {
    let rule = pattern(
        r"[a-c]{1,8}-key=(?<secret>[0-9]+)(?<user>x)|(?:p (?<secret2>[0-9]+)|q (?<secret3>[a-z]+))\|login|on(?<secret4>[0-9]+)",
        &["-key=", "|login", "on"],
    );
    for (text, expected) in [
        ("abc-key=12x", Some("12")),
        ("abc-key=12", None),
        ("d-key=12x", None),
        ("p 34|login", Some("34")),
        ("q xy|login", Some("xy")),
        ("on56", Some("56")),
    ] {
        let found = hits(text.as_bytes(), &["-key=", "|login", "on"])
            .into_iter()
            .find_map(|hit| rule.find(text.as_bytes(), hit, &mut 0));
        assert_eq!(found.map(|found| &text[found.secret]), expected, "{text}");
    }
    assert_eq!(rule.behind(), Some(Pattern::MAX_BEHIND));
}

#[test]
fn groups_are_read_from_both_sides_of_the_keyword() {
    let rule = pattern(
        r"(?<user>[a-z]{1,8})(-?)://(?<secret>[^@]+)@(?<host>[a-z]+)",
        &["://"],
    );
    let found = rule.find(b"  joe://pw@here", 5..8, &mut 0).unwrap();
    assert_eq!(found.whole, 2..15);
    assert_eq!(found.user, Some(2..5));
    assert_eq!(found.secret, 8..10);
    assert_eq!(found.host, Some(11..15));
}

#[test]
fn the_match_begins_at_the_hit_and_nowhere_else() {
    let rule = pattern("abc[0-9]{2}", &["abc"]);
    let text = b"abc abc12";
    assert_eq!(rule.find(text, 0..3, &mut 0), None);
    assert_eq!(rule.find(text, 4..7, &mut 0).unwrap().whole, 4..9);
}

#[test]
fn a_match_that_ends_before_the_hit_does_not_hide_the_one_that_covers_it() {
    // The group makes the keyword's place unknown; the first attempt ends before the second hit.
    let rule = pattern("(?<secret>[a-z]?abc[0-9])", &["abc"]);
    let text = b"xabc1abc2";
    assert_eq!(rule.find(text, 1..4, &mut 0).unwrap().whole, 0..5);
    assert_eq!(rule.find(text, 5..8, &mut 0).unwrap().whole, 5..9);
    // Overlapping: the leftmost match of the whole text would end in the middle of the hit.
    let rule = pattern("(?<secret>aab|abc)", &["abc"]);
    assert_eq!(rule.find(b"aabc", 1..4, &mut 0).unwrap().whole, 1..4);
}

#[test]
fn behind_is_the_length_a_pattern_can_match_before_its_keyword() {
    assert_eq!(pattern("abc-x", &["abc-"]).behind(), Some(0));
    assert_eq!(pattern("[a-z]{1,8}://x", &["://"]).behind(), Some(9));
    assert_eq!(
        pattern("[a-z]+://x", &["://"]).behind(),
        Some(Pattern::MAX_BEHIND)
    );
    assert_eq!(
        pattern("(?<secret>[a-z]{2}abc[0-9])", &["abc"]).behind(),
        Some(4)
    );
    assert_eq!(
        pattern("(?<secret>[a-z]+abc)", &["abc"]).behind(),
        Some(Pattern::MAX_BEHIND)
    );
}

#[test]
fn a_match_of_full_length_before_the_keyword_is_found() {
    let rule = pattern("[a-z]{1,8}://x", &["://"]);
    assert_eq!(
        rule.find(b"abcdefghijk://x", 11..14, &mut 0).unwrap().whole,
        3..15
    );
    assert_eq!(
        rule.find(b"abcdefgh://x", 8..11, &mut 0).unwrap().whole,
        0..12
    );
}

#[test]
fn rejects_matches_beyond_the_search_limit() {
    let rule = pattern("abc[0-9]+", &["abc"]);
    let mut text = b"abc".to_vec();
    text.resize(Pattern::REACH - 1, b'7');
    text.push(b'.');
    text.extend([b'.'; 100]);
    assert_eq!(
        rule.find(&text, 0..3, &mut 0).unwrap().whole,
        0..Pattern::REACH - 1
    );
    text[Pattern::REACH - 1] = b'7';
    assert_eq!(rule.find(&text, 0..3, &mut 0), None);
    // The end of the bytes is not a cut.
    text.truncate(Pattern::REACH);
    assert_eq!(
        rule.find(&text, 0..3, &mut 0).unwrap().whole,
        0..Pattern::REACH
    );

    let rule = pattern("[a-z]+://x", &["://"]);
    let mut text = vec![b'a'; Pattern::MAX_BEHIND];
    text.extend(b"://x");
    let hit = Pattern::MAX_BEHIND..Pattern::MAX_BEHIND + 3;
    assert_eq!(rule.find(&text, hit, &mut 0).unwrap().whole.start, 0);
    text.insert(0, b'a');
    let hit = Pattern::MAX_BEHIND + 1..Pattern::MAX_BEHIND + 4;
    assert_eq!(rule.find(&text, hit, &mut 0), None);
}

#[test]
fn assertions_see_the_neighbours_of_the_slice() {
    let rule = pattern(r"\babc\b", &["abc"]);
    assert!(rule.find(b"-abc-", 1..4, &mut 0).is_some());
    assert!(rule.find(b"xabc-", 1..4, &mut 0).is_none());
    assert!(rule.find(b"-abcx", 1..4, &mut 0).is_none());
    let rule = pattern(r"(?m:^)abc(?m:$)", &["abc"]);
    assert!(rule.find(b"\nabc\n", 1..4, &mut 0).is_some());
    assert!(rule.find(b" abc\n", 1..4, &mut 0).is_none());
}

#[test]
fn matches_bytes_that_are_not_text() {
    let rule = pattern(r"abc=(?<secret>[^ ]+)", &["abc="]);
    assert_eq!(
        rule.find(b"abc=\xff\xfe\0 ", 0..4, &mut 0).unwrap().secret,
        4..7
    );
    let rule = pattern(r"abc\w", &["abc"]);
    assert_eq!(rule.find("abcé".as_bytes(), 0..3, &mut 0), None);
}

#[test]
fn a_hit_outside_the_bytes_finds_nothing() {
    let rule = pattern("abc", &["abc"]);
    assert_eq!(rule.find(b"abc", 1..9, &mut 0), None);
    assert_eq!(rule.find(b"abc", 7..9, &mut 0), None);
    assert_eq!(rule.find(b"", 0..3, &mut 0), None);
}

#[test]
fn each_defect_has_its_words() {
    assert_eq!(
        error("é(", "abc"),
        "unclosed group, at character 2 of the pattern"
    );
    assert_eq!(error("abc|", "abc"), "the pattern matches the empty text");
    assert_eq!(
        error(r"abc[^\x00-\xff]", "abc"),
        "the pattern can never match"
    );
    let edge = "the pattern asks for the start or end of the whole file; \
                say (?m:^) or (?m:$) for those of a line";
    assert_eq!(error("^abc", "abc"), edge);
    assert_eq!(error(r"abc\z", "abc"), edge);
    assert_eq!(
        error("abc[0-9]{20000}", "abc"),
        "the shortest match has 20003 bytes; at most 16383 are searched"
    );
    assert_eq!(
        error("[a-z]{300}://", "://"),
        "a match begins at least 300 bytes before its keyword; at most 255 are searched"
    );
    assert_eq!(
        error("abc(?<token>x)", "abc"),
        "unknown group 'token'; the groups are secret, body, user, host"
    );
    assert_eq!(
        error("abc(?:[0-9]{0,9000}x){0,9000}", "abc"),
        "the pattern is too large: compiled it takes more than 1024 KiB"
    );
    let deep = ["(".repeat(5000), ")".repeat(5000)].concat();
    assert!(error(&deep, "abc").starts_with("exceed the maximum number of nested"));
}

/// Slow reference implementation of `find`: the leftmost start at or before the hit from
/// which the expression matches across it, with the keyword where the hit is.
fn reference(full: &Regex, bytes: &[u8], hit: &Range<usize>) -> Option<Range<usize>> {
    (hit.start.saturating_sub(Pattern::MAX_BEHIND)..=hit.start).find_map(|from| {
        let found = full.find_at(bytes, from)?;
        (found.start() == from && found.end() >= hit.end).then(|| found.range())
    })
}

/// Patterns of each form, with keywords and letters to make texts of.
const FORMS: [(&str, &[&str]); 6] = [
    ("abc-(?<body>[0-9]{2,4})", &["abc-"]),
    ("(?:abc-|b-a)[0-9]+", &["abc-", "b-a"]),
    (
        "[ac]{1,3}b-a(?<secret>[0-9]+)(?:-(?<host>[abc]+))?",
        &["b-a"],
    ),
    ("[ac]*[0-9]?b-a", &["b-a"]),
    ("(?<secret>[abc]?b-a[0-9])", &["b-a"]),
    (r"\b[a-c]b-a[0-9]\b", &["b-a"]),
];

proptest! {
    #[test]
    fn finds_what_a_plain_regular_expression_finds(text in "[abc0-9-]{0,60}") {
        for (source, keywords) in FORMS {
            let rule = pattern(source, keywords);
            let full = Regex::new(&parse(source).unwrap().to_string()).unwrap();
            for hit in hits(text.as_bytes(), keywords) {
                let found = rule.find(text.as_bytes(), hit.clone(), &mut 0).map(|found| found.whole);
                prop_assert_eq!(found, reference(&full, text.as_bytes(), &hit), "{} {:?}", source, hit);
            }
        }
    }

    #[test]
    fn a_window_changes_nothing(
        before in "[ac0-9-]{0,600}",
        middle in "(abc-|b-a|[abc0-9-]){0,40}",
        after in "[0-9]{0,40}([abc0-9-]{0,600})",
        cut in 0_usize..400,
    ) {
        let filler = "7".repeat(Pattern::REACH);
        let text = [&before, &middle, &after, filler.as_str(), "7"].concat();
        let bytes = text.as_bytes();
        for (source, keywords) in FORMS {
            let rule = pattern(source, keywords);
            for hit in hits(&bytes[..before.len() + middle.len() + after.len()], keywords) {
                let whole = rule.find(bytes, hit.clone(), &mut 0);
                // One byte more than is searched, on each side, and a few to spare.
                let from = hit.start.saturating_sub(Pattern::MAX_BEHIND + 1 + cut);
                let to = bytes.len().min(hit.start + Pattern::REACH + 1 + cut);
                let inner = hit.start - from..hit.end - from;
                let window = rule.find(&bytes[from..to], inner, &mut 0).map(|found| PatternMatch {
                    whole: found.whole.start + from..found.whole.end + from,
                    secret: found.secret.start + from..found.secret.end + from,
                    body: found.body.start + from..found.body.end + from,
                    user: found.user.map(|r| r.start + from..r.end + from),
                    host: found.host.map(|r| r.start + from..r.end + from),
                    name: found.name,
                });
                prop_assert_eq!(whole, window, "{} {:?}", source, hit);
            }
        }
    }
}
