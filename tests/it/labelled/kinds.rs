//! The kinds of credentials in the set, each with the rule that must report it.

use crate::support::tokens::{Evidence, Rng, all_shapes, custom_prefix_shapes, glued_shapes};

/// A kind of credential.
pub(crate) struct Kind {
    pub name: String,
    /// The rules that may report it.
    pub rules: Vec<&'static str>,
    /// A checksum inside proves it.
    pub proven: bool,
    /// Length of the text in front that is not part of the credential.
    pub label: usize,
    /// Length of the public part at its beginning.
    pub prefix: usize,
    make: Box<dyn Fn(&mut Rng) -> String>,
}

impl Kind {
    /// A kind without label, prefix or proof.
    pub(crate) fn new(
        name: &str,
        rules: &[&'static str],
        make: impl Fn(&mut Rng) -> String + 'static,
    ) -> Self {
        Self {
            name: name.to_owned(),
            rules: rules.to_vec(),
            proven: false,
            label: 0,
            prefix: 0,
            make: Box::new(make),
        }
    }

    /// The same, with a public part of that length in front.
    pub(crate) fn after(mut self, prefix: usize) -> Self {
        self.prefix = prefix;
        self
    }

    /// The same, proven by a checksum.
    pub(crate) fn proven(mut self) -> Self {
        self.proven = true;
        self
    }

    pub(crate) fn make(&self, rng: &mut Rng) -> String {
        (self.make)(rng)
    }
}

/// GitLab's tokens with a recognizable form, which can occur in any text.
pub(crate) fn gitlab() -> Vec<Kind> {
    let mut shapes = all_shapes();
    shapes.extend(glued_shapes().into_iter().step_by(9));
    shapes.extend(
        custom_prefix_shapes()
            .into_iter()
            .filter(|shape| shape.evidence == Evidence::Checksum && !shape.name.contains("draft"))
            .filter(|shape| {
                shape
                    .prefix
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
            }),
    );
    shapes
        .into_iter()
        .map(|shape| Kind {
            name: shape.name.clone(),
            rules: vec![shape.rule],
            proven: shape.evidence == Evidence::Checksum,
            label: shape.label.len(),
            prefix: shape.prefix.len(),
            make: Box::new(move |rng| shape.generate(rng)),
        })
        .collect()
}

/// Characters of an alphabet.
pub(crate) fn of(rng: &mut Rng, alphabet: &str, length: usize) -> String {
    let letters = alphabet.as_bytes();
    (0..length)
        .map(|_| char::from(letters[rng.below(letters.len())]))
        .collect()
}

pub(crate) const HEX: &str = "0123456789abcdef";
pub(crate) const UPPER32: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
pub(crate) const BASE62: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
pub(crate) const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
pub(crate) const BASE64URL: &str =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// As Devise makes tokens: without letters that are misread.
pub(crate) const DEVISE: &str = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz123456789-_";

/// Twenty characters of Devise that do not begin or end with a dash, so that they are whole words.
pub(crate) fn devise(rng: &mut Rng) -> String {
    let edge = DEVISE.trim_end_matches("-_");
    format!(
        "{}{}{}",
        of(rng, edge, 1),
        of(rng, DEVISE, 18),
        of(rng, edge, 1)
    )
}

/// A password as people choose them for machines: letters, digits, a sign or two.
pub(crate) fn password(rng: &mut Rng) -> String {
    format!(
        "{}-{}_{}",
        of(rng, BASE62, 6),
        of(rng, BASE62, 5),
        of(rng, BASE62, 4)
    )
}

const UNPREFIXED: &[&str] = &["gitlab-unprefixed-token"];

/// Twenty characters without a prefix.
pub(crate) fn plain() -> Kind {
    Kind::new("token without a prefix", UNPREFIXED, devise)
}

/// A job token from before prefixes, with its partition.
pub(crate) fn plain_job() -> Kind {
    Kind::new(
        "partitioned job token without a prefix",
        UNPREFIXED,
        |rng| format!("{:x}_{}", 100 + rng.below(20), devise(rng)),
    )
}

/// A runner token of 17.5 to 17.10.
pub(crate) fn plain_runner() -> Kind {
    Kind::new("typed runner token without a prefix", UNPREFIXED, |rng| {
        format!("t{}_{}", 1 + rng.below(3), devise(rng))
    })
}

/// A trigger token before 15.4.
pub(crate) fn plain_trigger(digits: usize) -> Kind {
    Kind::new(
        &format!("trigger token without a prefix, {digits} digits"),
        UNPREFIXED,
        move |rng| of(rng, HEX, digits),
    )
}

/// An OAuth access token, refresh token or application secret.
pub(crate) fn plain_oauth(what: &str) -> Kind {
    Kind::new(what, UNPREFIXED, |rng| of(rng, HEX, 64))
}

/// A password that only its surroundings identify.
pub(crate) fn password_in(what: &str, rule: &'static str) -> Kind {
    Kind::new(what, &[rule], password)
}
