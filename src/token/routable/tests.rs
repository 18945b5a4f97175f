//! Tests of both layouts with the public vectors, in parts so that this file contains no whole token, and with
//! tokens in which one character is changed.

use super::*;

/// Prefix, payload, tail.
struct Vector(&'static str, &'static [&'static str], &'static str);

impl Vector {
    fn token(&self) -> String {
        format!("{}{}{}", self.0, self.1.concat(), self.2)
    }

    fn check(&self) -> Option<Routable> {
        check(self.token().as_bytes(), self.0.len())
    }
}

const PLUS: &str = "++++++++++++++++++++";
const ZERO: &str = "AAAAAAAAAAAAAAAAAAAAA";
const SPEC: &[&str] = &["W5m1cHR6skC98Bx7XkuYjm", "M6MQpnOjgKbzpyegp0OjIQ"];
const OLD_ORDER: &[&str] = &["bzox79Of-KE9FD", "2LjoXXF4CvyxA"];
const TEN_KEYS: &str = "YzozdzVlMTEyNjRzZ3NmCmc6M3c1ZTExMjY0c2dzZgpoOjN3NWUxMTI2NHNnc2YKajoz\
    dzVlMTEyNjRzZ3NmCms6M3c1ZTExMjY0c2dzZgpsOjN3NWUxMTI2NHNnc2YKbTozdzVlMTEyNjRzZ3NmCm86M3c1ZTEx\
    MjY0c2dzZgpwOjN3NWUxMTI2NHNnc2YKdTozdzVlMTEyNjRzZ3Nm";
const MAXIMUM: &[&str] = &[
    "LB4hkKqprRab1Y3A72WqTPSDo2FS1t1qgJTIhL2O_kp90C8s8cL55xHQtmr-eVFugNkcwt0PZgzKqS3RI2ku4f",
    "BjOjN3NWUxMTI2NHNnc2YKZzozdzVlMTEyNjRzZ3NmCmg6M3c1ZTExMjY0c2dzZgpqOjN3NWUxMTI2NHNnc2YK",
    "azozdzVlMTEyNjRzZ3NmCmw6M3c1ZTExMjY0c2dzZgptOjN3NWUxMTI2NHNnc2YKbzozdzVlMTEyNjRzZ3NmCn",
    "A6M3c1ZTExMjY0c2dzZgp1OjN3NWUxMTI2NHNnc2af",
];

/// Those of the GitLab specification, the handbook and other scanners that verify.
fn positive() -> Vec<Vector> {
    vec![
        Vector("glrtr-", SPEC, ".01.181uebm4k"),
        Vector("", &["EL25d_AKXDUtqLn", "IQHEpkG86MQM"], ".01.0r1ajj2i3"),
        Vector(PLUS, MAXIMUM, ".01.8c0kai99b"),
        Vector("glpat-", OLD_ORDER, ".01.0r0l8l6ir"),
        Vector("", &["bzoxd_Rb5_cHeW", "e1JH56wr2FCBA"], ".0r1pum4t4"),
        Vector("glpat-", OLD_ORDER, ".0r03gxo7s"),
        Vector(
            "glpat-",
            &[
                TEN_KEYS,
                "Pcvif4caKLQwleVqBR5hp3vDX9WAKZKrT318xMVLFzdtP-OZciT7mCO-NDPZnozuj2_LP-aLYwRfzxHk",
                "PrxDbBlB",
            ],
            ".8c1f6ihl5",
        ),
        Vector(
            PLUS,
            &[
                TEN_KEYS,
                "w5bzMmayzK43Ugba9fl8T_I-nZqc5gxOGH2HsUF6-J7UesTG4lmc3PT2aoPyuiUndG5Ci5IMThAbaiNk",
                "UTR87KBB",
            ],
            ".8c1adh6iv",
        ),
    ]
}

/// Those of the specification and of other scanners that must not verify.
fn negative() -> Vec<Vector> {
    vec![
        Vector("glrtr-", SPEC, ".01.181uebm4l"),
        Vector("glpat-", OLD_ORDER, ".01.0r03gxo7a"),
        Vector(
            "glpat-",
            &["TESTtokenGq5K56y8RBb", "u286MQp1OmFwOAk"],
            ".01.0z11111is",
        ),
        Vector("glpat-", &["testd_Rb5_cHeW", "e1JH56wr2FCBA"], ".0r1pum4t4"),
    ]
}

/// Sixteen zero bytes as randomness, and who the token belongs to.
fn synthetic() -> Vec<(Vector, &'static str)> {
    vec![
        (
            Vector("glpat-", &[ZERO, "G86MQp1OjEH"], ".01.0w1jueeek"),
            "user 1, organization 1",
        ),
        (
            Vector("glpat-", &[ZERO, "GM6MQpvOjEKdTpxZ2xqDg"], ".01.161nb2wkb"),
            "user 1234567, organization 1, cell 1",
        ),
        (
            Vector("glpat-", &[ZERO, "G86MQp1OjEzCA"], ".01.0y00ka6yv"),
            "user 39, organization 1",
        ),
        (
            Vector(
                "glrt-",
                &[ZERO, "GM6MQpnOjdveQpvOjEKdDoyCnU6MWRrbxg"],
                ".01.1j03q2t7x",
            ),
            "group runner, user 64248, group 9970, organization 1, cell 1",
        ),
        (
            Vector(
                "glrtr-",
                &[ZERO, "GM6MQpvOjEKcDo1ejkwCnQ6MxI"],
                ".01.1b0s36xk9",
            ),
            "project runner, project 278964, organization 1, cell 1",
        ),
        (
            Vector("gldt-", &[ZERO, "GM6MQpvOjEKcDo1ejkwDg"], ".01.160dmyp2a"),
            "project 278964, organization 1, cell 1",
        ),
        (
            Vector("SIE-glpat-", &[ZERO, "G86MQp1OjE2CA"], ".01.0y158ozw9"),
            "user 42, organization 1",
        ),
        (
            Vector("", &[ZERO, "G86MQp1OjEH"], ".01.0w0abrw43"),
            "user 1, organization 1",
        ),
    ]
}

#[test]
fn every_positive_vector_verifies() {
    for vector in positive() {
        let token = vector.token();
        let routable = vector.check().unwrap();
        assert_eq!(
            routable.payload,
            vector.0.len()..token.len() - vector.2.len()
        );
        let draft = vector.2.len() == 10;
        assert_eq!(routable.layout == TokenLayout::Draft, draft);
        assert!(draft || routable.layout == TokenLayout::Versioned(1));
    }
}

#[test]
fn the_vectors_are_known_as_public_examples() {
    for vector in positive().iter().chain(&negative()) {
        assert!(crate::token::is_public_example(vector.token().as_bytes()));
    }
    // Ours are not: they represent real ones in tests.
    for (vector, _) in synthetic() {
        assert!(!crate::token::is_public_example(vector.token().as_bytes()));
    }
}

#[test]
fn the_owner_is_read_from_both_layouts() {
    let owners: Vec<String> = positive()
        .iter()
        .map(|vector| vector.check().unwrap().owner.to_string())
        .collect();
    let max = u64::MAX;
    let ten_keys =
        format!("user {max}, project {max}, group {max}, organization {max}, cell {max}");
    assert_eq!(
        owners,
        [
            "group runner, group 8, organization 1007, cell 1",
            "organization 1",
            &ten_keys,
            // The payload is in the older order: the checksum proves it, the owner stays unknown.
            "",
            "organization 1",
            "organization 1",
            &ten_keys,
            &ten_keys,
        ]
    );
    for (vector, owner) in synthetic() {
        assert_eq!(vector.check().unwrap().owner.to_string(), owner);
    }
}

#[test]
fn every_negative_vector_has_the_shape_and_fails() {
    for vector in negative() {
        assert!(shape(vector.token().as_bytes(), vector.0.len()).is_some());
        assert_eq!(vector.check(), None);
    }
}

#[test]
fn any_changed_character_is_noticed() {
    for (vector, _) in synthetic() {
        let token = vector.token().into_bytes();
        for at in 0..token.len() {
            for other in 0x20..0x7f {
                if token[at] == other {
                    continue;
                }
                let mut damaged = token.clone();
                damaged[at] = other;
                assert!(check(&damaged, vector.0.len()).is_none());
                assert_eq!(recover_prefix(&damaged, damaged.len()), None);
            }
        }
    }
}

#[test]
fn a_lost_or_added_character_is_damage_and_not_another_kind() {
    let (vector, _) = &synthetic()[0];
    let token = vector.token();
    let prefix = vector.0.len();
    for at in prefix..prefix + 32 {
        let mut shorter = token.clone();
        shorter.remove(at);
        assert_eq!(check(shorter.as_bytes(), prefix), None);
        let mut longer = token.clone();
        longer.insert(at, 'B');
        assert_eq!(check(longer.as_bytes(), prefix), None);
    }
}

#[test]
fn the_prefix_may_reach_further_than_the_caller_knows() {
    for (vector, _) in synthetic() {
        let token = vector.token();
        for known in 0..=vector.0.len() {
            // `-` belongs to the payload's alphabet, so any part of these prefixes could.
            assert_eq!(
                check(token.as_bytes(), known).unwrap(),
                vector.check().unwrap()
            );
        }
        assert!(check(token.as_bytes(), vector.0.len() + 1).is_none());
    }
}

#[test]
fn other_kinds_have_no_routable_shape() {
    let classic = ["A1b2C3d4E5", "f6G7h8J9k1"].concat();
    let long = format!("{}.01.0w1jueeek", "A".repeat(311));
    for (token, prefix) in [
        (String::new(), 0),
        ("glpat-".to_owned(), 6),
        (format!("glpat-{classic}"), 6),
        (format!("glpat-{classic}.01.0k1jueeek"), 6),
        (format!("glpat-{classic}.example.com"), 6),
        (format!("glpat-{classic}{classic}.01.0k1jue+ek"), 6),
        (format!("glpat-{classic}*{classic}.01.0k1jueeek"), 6),
        (long, 0),
        ("glpat-".to_owned(), 60),
    ] {
        assert_eq!(shape(token.as_bytes(), prefix), None);
        assert_eq!(check(token.as_bytes(), prefix), None);
    }
    let placeholder = format!("glpat-{}.01.XXXXXXXXX", "X".repeat(32));
    assert!(shape(placeholder.as_bytes(), 6).is_some());
    assert_eq!(check(placeholder.as_bytes(), 6), None);
}

#[test]
fn routing_text_is_read_strictly() {
    let parse = |text: &str| parse_routing(text.as_bytes());
    assert_eq!(parse("o:1").unwrap().organization, Some(1));
    assert_eq!(parse("o:1\nz:zz").unwrap().organization, Some(1));
    for bad in [
        "",
        "o",
        "o:",
        "o:1\n",
        "\no:1",
        "u:1\no:1",
        "o:1\no:1",
        "O:1",
        "o:A",
        "o: 1",
        "o:3w5e11264sgsg",
        "oo:1",
    ] {
        assert_eq!(parse(bad), None);
    }
}

#[test]
fn the_prefix_is_recovered_from_the_bytes_around() {
    for vector in positive()
        .into_iter()
        .chain(synthetic().into_iter().map(|(vector, _)| vector))
    {
        let token = vector.token();
        for (left, right) in [("", ""), ("url = \"", "\"\n"), ("'", "'"), ("\u{e9}", " ")] {
            let text = format!("{left}{token}{right}");
            let end = left.len() + token.len();
            let found = recover_prefix(text.as_bytes(), end).unwrap();
            assert_eq!(found.span, left.len()..end);
            assert_eq!(found.payload_start, left.len() + vector.0.len());
            assert_eq!(found.token, token.as_bytes());
            assert!(!found.percent_encoded);
            assert_eq!(found.routable, vector.check().unwrap());
        }
    }
    for vector in negative() {
        let token = vector.token();
        assert_eq!(recover_prefix(token.as_bytes(), token.len()), None);
    }
}

#[test]
fn a_percent_encoded_prefix_is_recovered() {
    let payload = [ZERO, "G86MQp1OjEH"].concat();
    let covered = format!("@a:b/{payload}.01.0w");
    let crc = base36(u64::from(crc32fast::hash(covered.as_bytes())));
    let text = format!("https://x:%40a%3ab%2F{payload}.01.0w{crc:0>7}@host");
    let end = text.find("@host").unwrap();
    let found = recover_prefix(text.as_bytes(), end).unwrap();
    assert_eq!(found.span, 10..end);
    assert_eq!(found.payload_start, end - 13 - payload.len());
    assert_eq!(found.token, format!("{covered}{crc:0>7}").as_bytes());
    assert!(found.percent_encoded);
    assert_eq!(found.routable.payload, 5..5 + payload.len());
    assert_eq!(check(&found.token, 5).unwrap(), found.routable);
}

fn base36(mut number: u64) -> String {
    let mut digits = Vec::new();
    while number > 0 {
        digits.push(char::from_digit((number % 36) as u32, 36).unwrap());
        number /= 36;
    }
    digits.iter().rev().collect()
}

#[test]
fn a_prefix_of_33_characters_is_too_long() {
    let payload = [ZERO, "G86MQp1OjEH"].concat();
    for (length, found) in [(32, true), (33, false)] {
        let covered = format!("{}{payload}.01.0w", "p".repeat(length));
        let crc = base36(u64::from(crc32fast::hash(covered.as_bytes())));
        let token = format!("{covered}{crc:0>7}");
        assert_eq!(
            recover_prefix(token.as_bytes(), token.len()).is_some(),
            found
        );
        assert!(check(token.as_bytes(), length).is_some());
    }
}

#[test]
fn hostile_input_never_panics() {
    for length in 0..40 {
        for byte in [b'.', b'0', b'z', b'A', 0xff] {
            let text = vec![byte; length];
            for at in [0, 1, length, length + 1, usize::MAX] {
                assert!(check(&text, at).is_none());
                assert_eq!(recover_prefix(&text, at), None);
            }
        }
    }
}
