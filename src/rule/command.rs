//! Credentials in command lines: `curl --user joe:…`, `docker login -p …`, `echo … | glab auth login --stdin`.

use super::value::ValueShape;
use super::words::search_cost;
use super::{Keyword, Near, PatternMatch};
use crate::syntax::named_value::{CommandWord, ShellCommand};

/// The command, and its argument that contains a credential.
#[derive(Debug)]
pub(super) struct CommandMatcher {
    /// The program and its sub-commands, in order; `|` separates programs with the same options: `docker|podman`.
    pub(super) words: Vec<String>,
    /// Options whose value is the credential.
    pub(super) options: Vec<String>,
    /// Position of the credential among the arguments behind the sub-commands, from 1, or from -1 for the last; options
    /// do not count.
    pub(super) argument: Option<isize>,
    /// True if standard input is the credential.
    pub(super) stdin: bool,
    /// True if the credential follows `user:`.
    pub(super) behind_user: bool,
    pub(super) value: ValueShape,
    pub(super) near: Near,
}

impl CommandMatcher {
    /// Returns the keywords by which commands are found.
    pub(super) fn keywords(&self) -> Vec<Keyword> {
        let run = self.value.run();
        let all = self
            .words
            .iter()
            .map(|word| word.split('|').map(str::to_owned).collect::<Vec<_>>());
        let long = all.filter(|texts| texts.iter().all(|text| text.len() >= Keyword::MIN_LEN));
        let rarest = long.min_by(|a, b| search_cost(a).total_cmp(&search_cost(b)));
        let texts = rarest.into_iter().flatten();
        texts.map(|text| Keyword::near_value(text, run)).collect()
    }

    /// Returns the credential of a command. Adds to `steps` the bytes that may have been read for it.
    pub(super) fn find(
        &self,
        bytes: &[u8],
        command: &ShellCommand,
        steps: &mut usize,
    ) -> Option<PatternMatch> {
        let words = &command.words;
        let text = |word: &CommandWord| &bytes[word.clone()];
        let first = words.iter().position(|word| {
            self.words[0]
                .split('|')
                .any(|program| is_program(text(word), program))
        })?;
        let mut last = first;
        for sub in &self.words[1..] {
            let found = words[last + 1..]
                .iter()
                .position(|word| text(word) == sub.as_bytes())?;
            last += 1 + found;
        }
        let line = words.first()?.start..words.last()?.end;
        let found = self
            .candidates(bytes, command, last, steps)
            .into_iter()
            .find_map(|word| self.credential(bytes, word, steps))?;
        let whole = line.start.min(found.whole.start)..line.end.max(found.whole.end);
        let before = &bytes[whole.start..found.whole.start];
        let behind = &bytes[found.whole.end..whole.end];
        (self.near.is_in(before) || self.near.is_in(behind)).then_some(found)
    }

    /// Returns the words that may be the credential, or hold it.
    fn candidates(
        &self,
        bytes: &[u8],
        command: &ShellCommand,
        last: usize,
        steps: &mut usize,
    ) -> Vec<CommandWord> {
        let words = &command.words;
        let mut found = Vec::new();
        if self.stdin {
            found.extend(command.input.clone());
        }
        for (index, word) in words.iter().enumerate().skip(last + 1) {
            let text = &bytes[word.clone()];
            for option in &self.options {
                match value_of(text, option.as_bytes()) {
                    Some(0) => found.extend(words.get(index + 1).cloned()),
                    Some(skip) => found.push(word.start + skip..word.end),
                    None => {}
                }
            }
        }
        if let Some(number) = self.argument {
            // A credential may begin with a dash.
            let is_argument = |word: &&CommandWord| {
                !bytes[(*word).clone()].starts_with(b"-")
                    || self.credential(bytes, (*word).clone(), steps).is_some()
            };
            let arguments: Vec<&CommandWord> =
                words[last + 1..].iter().filter(is_argument).collect();
            let index = match number {
                1.. => number.unsigned_abs() - 1,
                _ => arguments.len().wrapping_sub(number.unsigned_abs()),
            };
            found.extend(arguments.get(index).map(|word| (*word).clone()));
        }
        found
    }

    /// Returns the credential that a word is.
    fn credential(
        &self,
        bytes: &[u8],
        word: CommandWord,
        steps: &mut usize,
    ) -> Option<PatternMatch> {
        let mut word = unquoted(bytes, word);
        if self.behind_user {
            let colon = bytes[word.clone()].iter().position(|byte| *byte == b':')?;
            // `joe:'…'`
            word = unquoted(bytes, word.start + colon + 1..word.end);
        }
        self.value.match_at(bytes, word, steps)
    }
}

/// Returns a word without the quotes that it begins with.
fn unquoted(bytes: &[u8], mut word: CommandWord) -> CommandWord {
    while word.start < word.end && b"\"'\\".contains(&bytes[word.start]) {
        word.start += 1;
    }
    word
}

/// Returns true if a word runs the program: by name, by path, or as an image (`curl`, `/usr/bin/curl`, `curl.exe`).
fn is_program(word: &[u8], program: &str) -> bool {
    let name = word
        .rsplit(|byte| matches!(byte, b'/' | b'\\'))
        .next()
        .unwrap_or(word);
    let name = name.strip_suffix(b".exe").unwrap_or(name);
    let name = name.split(|byte| *byte == b':').next().unwrap_or(name);
    name == program.as_bytes()
}

/// Returns the offset of the value of `option` in `word`: 0 if the value is the next word.
fn value_of(word: &[u8], option: &[u8]) -> Option<usize> {
    if word == option {
        return Some(0);
    }
    if let Some(rest) = word.strip_prefix(option) {
        if rest.starts_with(b"=") {
            return Some(option.len() + 1);
        }
        return (option.len() == 2).then_some(option.len());
    }
    // Several short options in one word: `-sSfu`.
    let is_cluster = option.len() == 2
        && option[0] == b'-'
        && word.len() > 2
        && word[0] == b'-'
        && word[1..].iter().all(u8::is_ascii_alphabetic)
        && word.last() == option.last();
    is_cluster.then_some(0)
}
