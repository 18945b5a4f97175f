//! Any outcome, with a secret planted in its texts in some form, as every format: no report shows the
//! secret, whatever text surrounds it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tokensweep::model::{
    BlobPath, Commit, Confidence, Context, Excerpt, Finding, Fingerprint, Identity, ItemError, SkippedItem,
    SkipReason, Liveness, Location, Note, Outcome, Owner, Position, Remediation, RuleId, Secret, Severity,
    Suppressed, SuppressionKind,
};
use tokensweep::report::{Format, Input, Options, ScanInfo};

/// Takes pieces off the front of the input.
struct Pieces<'a>(&'a [u8]);

impl<'a> Pieces<'a> {
    fn byte(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().unwrap_or((&0, &[]));
        self.0 = rest;
        *first
    }

    fn bytes(&mut self) -> &'a [u8] {
        let length = usize::from(self.byte() % 32).min(self.0.len());
        let (piece, rest) = self.0.split_at(length);
        self.0 = rest;
        piece
    }
}

/// A secret in one of its forms.
fn form(secret: &str, which: u8) -> String {
    let bytes = secret.bytes();
    match which % 8 {
        0 => secret.to_owned(),
        1 => bytes.map(|b| format!("%{b:02x}")).collect(),
        2 => bytes.map(|b| format!("%25{b:02X}")).collect(),
        3 => bytes.map(|b| format!("\\u{b:04x}")).collect(),
        4 => bytes.map(|b| format!("&#{b};")).collect(),
        5 => bytes.map(|b| format!("{b:02x}")).collect(),
        6 => secret.to_ascii_uppercase(),
        _ => {
            let (front, back) = secret.split_at(secret.len() / 2);
            format!("{front}\" + \"{back}")
        }
    }
}

/// A text around the secret. A letter or digit that touches it may make it another text.
fn text(pieces: &mut Pieces<'_>, secret: &str) -> String {
    let before = String::from_utf8_lossy(pieces.bytes()).into_owned();
    let form = form(secret, pieces.byte());
    let after = String::from_utf8_lossy(pieces.bytes()).into_owned();
    format!("{before} {form} {after}")
}

fn finding(pieces: &mut Pieces<'_>, shown: &str, secret: Secret) -> Finding {
    let rule_id = RuleId::new("a-rule").expect("a rule id");
    let path = BlobPath::from_bytes(text(pieces, shown));
    let mut some = || Some(text(pieces, shown));
    let context = Context { key: some(), host: some(), user: some() };
    let remedy = Remediation { action: some().unwrap_or_default(), who: some(), command: some(), caution: some() };
    let commit = Commit {
        id: "0".repeat(40),
        author: some(),
        date: some(),
        refs: some().into_iter().collect(),
    };
    let position = Position { line: 1, column: 1 };
    Finding {
        fingerprint: Fingerprint::new(&rule_id, &path, Identity::Account { user: b"", host: b"" }),
        rule_id,
        title: some().unwrap_or_default().into(),
        severity: Severity::High,
        confidence: Confidence::High,
        message: some().unwrap_or_default().into(),
        remediations: vec![remedy.into()],
        owner: Owner { instance: some(), ..Owner::default() },
        expires_at: some(),
        liveness: Liveness::Unknown,
        verification: None,
        encoding: some().into_iter().collect(),
        excerpt: Excerpt::new(&some().unwrap_or_default(), &some().unwrap_or_default()),
        on_disk: some().map(|path| std::path::PathBuf::from(path).into()),
        remote: None,
        context,
        location: Location { path, start: position, end: position, commit: Some(commit.into()) },
        secret,
    }
}

fuzz_target!(|data: &[u8]| {
    let mut pieces = Pieces(data);
    let is_token = pieces.byte() % 2 == 0;
    let body = ["x7WzN4smT9", "Pk2Dx2Rv8b"].concat();
    let (shown, secret) = if is_token {
        let token = format!("{}{body}", "glpat-");
        (token.clone(), Secret::new(token, 6))
    } else {
        (body.clone(), Secret::guessable(body.clone()))
    };
    let other = Secret::guessable("another-one-4711");
    let mut outcome = Outcome::default();
    match pieces.byte() % 3 {
        0 => outcome.secrets_seen.insert(secret.clone()),
        1 => outcome.findings.push(finding(&mut pieces, &shown, secret.clone())),
        _ => outcome.suppressed.push(Suppressed {
            finding: finding(&mut pieces, &shown, secret.clone()),
            kind: SuppressionKind::Inline,
            justification: Some(text(&mut pieces, &shown)),
        }),
    }
    outcome.findings.push(finding(&mut pieces, &shown, other));
    let path = BlobPath::from_bytes(text(&mut pieces, &shown));
    outcome.skipped.push(SkippedItem { path: path.clone(), reason: SkipReason::Ignored });
    outcome.errors.push(ItemError { path: Some(path), message: text(&mut pieces, &shown) });
    outcome.notes.push(Note { message: text(&mut pieces, &shown) });
    for format in Format::ALL {
        let mut report = Vec::new();
        let input = Input {
            outcome: &outcome,
            rules: &[],
            scan: &ScanInfo::default(),
            options: &Options { list_suppressed: true, ..Options::default() },
        };
        format.write(&input, &mut report).expect("memory takes everything");
        let report = String::from_utf8(report).expect("UTF-8");
        for which in 0..7 {
            let form = form(&body, which);
            assert!(!report.contains(&form), "{format} shows {form}");
        }
        let bad = |c: char| (c.is_control() && c != '\n') || u32::from(c) & 0xfffe == 0xfffe;
        assert!(!report.contains(bad), "{format} has a control character");
    }
});
