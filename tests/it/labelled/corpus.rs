//! The tree under construction: its files, the leaks in them with their places, and every text that
//! no output may show.

use std::collections::BTreeMap;

use super::kinds::Kind;

/// One planted credential, as the report must name it.
#[derive(Clone, Debug)]
pub(crate) struct Leak {
    /// The kind of credential, in words.
    pub kind: String,
    /// Its surroundings or encoding.
    pub place: String,
    /// The rules that may report it: nearly always one. Where two rules match it with equal
    /// right, both are listed.
    pub rules: Vec<&'static str>,
    /// True where a checksum inside proves it.
    pub proven: bool,
    pub path: String,
    pub line: u64,
    /// In characters, from 1.
    pub column: u64,
    /// Line and column behind its last character, where the text shows it as it is.
    pub end: Option<(u64, u64)>,
}

/// The files to scan, and the findings expected in them.
#[derive(Default)]
pub(crate) struct Corpus {
    pub files: BTreeMap<String, Vec<u8>>,
    pub leaks: Vec<Leak>,
    /// Texts that no output may contain, each with its kind.
    pub secrets: BTreeMap<Vec<u8>, String>,
    /// Silent lines, by the path of their file: the sort of each file.
    pub silent: BTreeMap<String, String>,
}

/// The longest piece of a secret that is looked for: pieces of this length at its start and end.
const PIECE: usize = 16;

impl Corpus {
    /// Keeps a secret under watch: the parts behind its prefix, at both ends.
    pub(crate) fn watch(&mut self, kind: &str, body: &[u8]) {
        if body.len() < 8 {
            return;
        }
        let piece = body.len().min(PIECE);
        self.secrets.insert(body[..piece].to_vec(), kind.to_owned());
        self.secrets
            .insert(body[body.len() - piece..].to_vec(), kind.to_owned());
    }

    /// Adds a file that must be new.
    pub(crate) fn file(&mut self, path: &str, bytes: Vec<u8>) {
        let before = self.files.insert(path.to_owned(), bytes);
        assert!(before.is_none(), "two files are called {path}");
    }

    /// Records a leak at a byte of a text whose characters are those of the file.
    pub(crate) fn leak(&mut self, kind: &Kind, place: &str, path: &str, text: &[u8], at: usize) {
        let (line, column) = position(text, at);
        self.leaks.push(Leak {
            kind: kind.name.clone(),
            place: place.to_owned(),
            rules: kind.rules.clone(),
            proven: kind.proven,
            path: path.to_owned(),
            line,
            column,
            end: None,
        });
    }

    /// Writes a file from a template: each `§` takes the next secret.
    pub(crate) fn fill(
        &mut self,
        place: &str,
        path: &str,
        template: &str,
        secrets: &[(&Kind, String)],
    ) {
        let mut text = String::new();
        let mut places = Vec::new();
        let mut parts = template.split('§');
        text.push_str(parts.next().unwrap_or_default());
        let mut left = secrets.iter();
        for part in parts {
            let (kind, secret) = left
                .next()
                .unwrap_or_else(|| panic!("{place}: too few secrets"));
            places.push((*kind, text.len() + kind.label, text.len() + secret.len()));
            text.push_str(secret);
            let body = &secret[(kind.label + kind.prefix).min(secret.len() - 8)..];
            // The first and last line of a key contain nothing secret.
            for line in body.split("\\n").filter(|line| !line.contains(' ')) {
                self.watch(&kind.name, line.as_bytes());
            }
            text.push_str(part);
        }
        assert!(left.next().is_none(), "{place}: too many secrets");
        for (kind, at, end) in places {
            self.leak(kind, place, path, text.as_bytes(), at);
            let end = position(text.as_bytes(), end);
            self.leaks.last_mut().unwrap().end = Some(end);
        }
        self.file(path, text.into_bytes());
    }
}

/// Line and column of a byte: counts characters, or bytes that do not continue one.
pub(crate) fn position(text: &[u8], at: usize) -> (u64, u64) {
    let before = &text[..at];
    let line = before.iter().filter(|&&byte| byte == b'\n').count();
    let start = before
        .iter()
        .rposition(|&byte| byte == b'\n')
        .map_or(0, |at| at + 1);
    let column = before[start..]
        .iter()
        .filter(|&&byte| byte & 0xc0 != 0x80)
        .count();
    (line as u64 + 1, column as u64 + 1)
}
