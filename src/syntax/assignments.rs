//! Reads assignments in braces: Terraform's language, and the settings that GitLab keeps in Ruby.
//!
//! ```text
//! credentials "gitlab.example" {        gitlab_rails['smtp_password'] = "…"
//!   token = "…"                         gitlab_rails['ldap_servers'] = { 'main' => { 'password' => '…' } }
//! }
//! ```
//!
//! Words and texts are collected as names until something uses them: a brace opens a node for each,
//! `=`, `=>` or `:` makes them the key of the next value. Only texts in quotes are values; calls and
//! expressions are not.

use std::ops::Range;

use super::scalar::TextForm;
use super::tree::{Builder, Tree, end_of_line, end_of_quoted};

/// The values of such a file.
pub(crate) fn read(file: &[u8]) -> Tree<'_> {
    let mut reader = AssignmentReader {
        file,
        at: 0,
        builder: Builder::new(file),
        names: Vec::new(),
        is_assigned: false,
        open: Vec::new(),
        is_cut: false,
    };
    reader.all();
    reader.builder.finish()
}

struct AssignmentReader<'a> {
    file: &'a [u8],
    at: usize,
    builder: Builder<'a>,
    /// The names since the last line end.
    names: Vec<(Range<usize>, TextForm)>,
    /// True if a value may follow.
    is_assigned: bool,
    /// The open braces: each with how many nodes it is.
    open: Vec<usize>,
    /// True once the end of a heredoc was missed: no other is looked for.
    is_cut: bool,
}

impl AssignmentReader<'_> {
    fn all(&mut self) {
        while let Some(&byte) = self.file.get(self.at) {
            let rest = &self.file[self.at..];
            match byte {
                b'#' => self.skip_to(b"\n"),
                b'/' if rest.starts_with(b"//") => self.skip_to(b"\n"),
                b'/' if rest.starts_with(b"/*") => self.skip_to(b"*/"),
                b'"' | b'\'' => self.text(byte),
                b'<' if rest.starts_with(b"<<") && self.is_assigned => self.heredoc(),
                b'{' => self.begin(),
                b'}' => self.end(),
                b'\n' | b',' | b';' => {
                    self.names.clear();
                    self.is_assigned = false;
                    self.at += 1;
                }
                b'=' if rest.starts_with(b"==") => self.at += 2,
                b'=' if rest.starts_with(b"=>") => self.assign(2),
                b'=' => self.assign(1),
                // `key: value`, and `"key": value`, but neither `:symbol` nor `Some::Name`.
                b':' if matches!(rest.get(1), Some(b' ' | b'\t' | b'"' | b'\'')) => self.assign(1),
                _ if is_word(byte) => self.word(),
                _ => self.at += 1,
            }
        }
    }

    fn skip_to(&mut self, needle: &[u8]) {
        self.at = memchr::memmem::find(&self.file[self.at..], needle)
            .map_or(self.file.len(), |found| self.at + found);
    }

    fn assign(&mut self, length: usize) {
        self.is_assigned = !self.names.is_empty();
        self.at += length;
    }

    fn name(&mut self, span: Range<usize>, form: TextForm) {
        self.names.push((span, form));
    }

    fn word(&mut self) {
        let length = self.file[self.at..]
            .iter()
            .take_while(|&&byte| is_word(byte))
            .count();
        let span = self.at..self.at + length;
        self.at = span.end;
        if self.is_assigned {
            // An expression: its value is not written here.
            self.names.clear();
            self.is_assigned = false;
        } else {
            self.name(span, TextForm::Verbatim);
        }
    }

    /// A text in quotes; it ends with its line if the quote is missing.
    fn text(&mut self, quote: u8) {
        let start = self.at + 1;
        let end = end_of_quoted(self.file, start, quote);
        self.at = end + usize::from(self.file.get(end) == Some(&quote));
        let form = if quote == b'"' {
            TextForm::Escaped
        } else {
            TextForm::Quoted
        };
        if !self.is_assigned {
            return self.name(start..end, form);
        }
        self.is_assigned = false;
        self.value(start..end, form);
    }

    fn value(&mut self, span: Range<usize>, form: TextForm) {
        let key = self.names.pop();
        let nodes = self.names.len();
        for name in self.names.drain(..) {
            self.builder.open(Some(name));
        }
        self.builder.value(key, span, form);
        for _ in 0..nodes {
            self.builder.close();
        }
    }

    /// The lines of `<<EOF`: a value in Terraform. Ruby's, which are followed by settings in YAML,
    /// are read like the rest.
    fn heredoc(&mut self) {
        self.at += 2;
        self.at += self.file[self.at..]
            .iter()
            .take_while(|&&byte| matches!(byte, b'-' | b'~'))
            .count();
        let length = self.file[self.at..]
            .iter()
            .take_while(|&&byte| is_word(byte))
            .count();
        let word = self.at..self.at + length;
        let line = memchr::memchr(b'\n', &self.file[self.at..]).map(|length| self.at + length + 1);
        self.is_assigned = false;
        let Some(start) = line.filter(|_| length > 0 && !self.is_cut) else {
            return;
        };
        let mut line = start;
        while line < self.file.len() {
            let end = end_of_line(self.file, line);
            if self.file[line..end].trim_ascii() == &self.file[word.clone()] {
                self.value(
                    start..line.saturating_sub(1).max(start),
                    TextForm::YamlBlock,
                );
                self.at = end;
                return;
            }
            line = end + 1;
        }
        self.is_cut = true;
        self.names.clear();
        self.at = start;
    }

    fn begin(&mut self) {
        let nodes = self.names.len().max(1);
        let mut names = self.names.drain(..);
        for _ in 0..nodes {
            self.builder.open(names.next());
        }
        drop(names);
        self.open.push(nodes);
        self.is_assigned = false;
        self.at += 1;
    }

    fn end(&mut self) {
        for _ in 0..self.open.pop().unwrap_or(0) {
            self.builder.close();
        }
        self.names.clear();
        self.is_assigned = false;
        self.at += 1;
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-') || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tree::{is_sound, listed};
    use super::*;

    #[test]
    fn reads_terraform() {
        let file = br#"
            terraform { backend "http" {
              password = "a\u002d" # c
            } }
            credentials "h.example" { token = "b" }
            provider gitlab { token = var.token }
            x = { "k" = "c", l: "d" }
            y = file("no")
            z = ["no"]
            h = <<-EOF
              one
              two
              EOF
            /* m = "no" */ // n = "no"
            o = "p"
        "#;
        assert_eq!(
            listed(&read(file)),
            [
                "terraform/backend/http/password = a-",
                "credentials/h.example/token = b",
                "x/k = c",
                "x/l = d",
                "z = no",
                "h = one\ntwo",
                "o = p"
            ]
        );
    }

    #[test]
    fn reads_settings_in_ruby() {
        let file = br#"
            # gitlab_rails['no'] = "no"
            gitlab_rails['initial_root_password'] = "a#b"
            nginx['x'] = nil; registry['http_secret'] = 'it\'s'
            gitlab_rails['object_store']['connection'] = {
              'provider' => 'AWS', :aws_secret_access_key => 'c',
              port: 1, password: "d" }
            gitlab_rails['ldap_servers'] = YAML.load <<-'EOS'
              main:
                password: 'e'
            EOS
            gitlab_rails['f'] = ENV['G']
            gitlab_rails['g'] = ENV.fetch('H', 'x')
        "#;
        assert_eq!(
            listed(&read(file)),
            [
                "gitlab_rails/initial_root_password = a#b",
                "registry/http_secret = it's",
                "gitlab_rails/object_store/connection/provider = AWS",
                "gitlab_rails/object_store/connection/aws_secret_access_key = c",
                "gitlab_rails/object_store/connection/password = d",
                "password = e"
            ]
        );
    }

    #[test]
    fn reads_on_behind_damage() {
        assert_eq!(
            listed(&read(b"a { b = \"x\nc = \"y\"")),
            ["a/b = x", "a/c = y"]
        );
        assert_eq!(
            listed(&read(b"}} = \"no\"\na = <<EOF\nb = \"x\"")),
            ["b = x"]
        );
    }

    #[test]
    fn odd_files_take_little_time() {
        for piece in ["a = <<E\n", "{", "a{", "a ", "\"", "= ", "a = \"\\", "/*"] {
            let file = piece.repeat(200_000 / piece.len());
            assert!(is_sound(&read(file.as_bytes())), "{piece}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_give_a_sound_tree(pieces in prop::collection::vec(prop::sample::select(vec![
            "a", "=", "=>", ": ", ":", "\"", "'", "\\", "{", "}", "[", "]", "\n", "#", "//", "/*", "*/", "<<E", "<<-'E'", "E\n",
            ",", " ", "x = \"y\"\n", "é",
        ]), 0..60)) {
            let file = pieces.concat();
            prop_assert!(is_sound(&read(file.as_bytes())));
        }
    }
}
