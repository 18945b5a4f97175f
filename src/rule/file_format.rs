//! File formats as data: which keys of which files hold a credential (`rules/formats/*.toml`).

use serde::Deserialize;

use super::error::{Fault, RuleError, require};
use crate::model::BlobPath;

/// A file format: the names of its files, and the keys that hold credentials.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileFormat {
    /// The stem of the file that defines the format.
    #[serde(skip)]
    pub name: String,
    /// Patterns of paths: `name`, `folder/name`, with at most one `*` in each part, and `**` for any number of folders.
    pub files: Vec<String>,
    /// The syntax of the files; by default their extensions determine it.
    #[serde(default)]
    syntax: Option<FileSyntax>,
    /// Texts, one of which is in every file with a key of this format. None if the file name is enough.
    #[serde(default)]
    pub contains: Vec<String>,
    /// Texts that identify the format where it is part of another text: in a script, in Markdown, in a string.
    #[serde(default)]
    pub signature: Vec<String>,
    /// The keys. The first that yields a credential counts.
    #[serde(default, rename = "key")]
    pub keys: Vec<KeyRule>,
}

/// The syntax of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileSyntax {
    /// JSON, also with comments.
    Json,
    /// YAML, also several documents in one file.
    Yaml,
    /// TOML.
    Toml,
    /// XML.
    Xml,
    /// Sections in brackets; `=` or `:` after the key.
    Ini,
    /// Lines `key=value`, where keys may contain `:`.
    Npmrc,
    /// Java's properties.
    Properties,
    /// Assignments in braces: HCL, and the settings of GitLab in Ruby.
    Hcl,
    /// One value a line, without keys.
    Lines,
    /// Git configuration. Its reader defines the keys.
    GitConfig,
    /// Git's credential store. Its reader defines the lines.
    GitCredentials,
    /// Accounts by host. Its reader defines the words.
    Netrc,
}

/// A key whose values hold a credential.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyRule {
    /// The names from the root to the key; `**` in front for any beginning. A name has alternatives (`a|b`), each with one
    /// `*` somewhere, or with one at each end. Elements of lists have no names.
    pub path: Vec<String>,
    /// The kind of the value.
    pub holds: Holds,
    /// The format of a value that is a file; without it the key is the name of the file.
    #[serde(default)]
    pub format: Option<String>,
    /// A condition on another text of the file.
    #[serde(default)]
    pub when: Option<Neighbor>,
    /// The text that names the host.
    #[serde(default)]
    pub host: Option<Neighbor>,
    /// The text that names the user.
    #[serde(default)]
    pub user: Option<Neighbor>,
    /// The text that names the value, if the key does not.
    #[serde(default)]
    pub named_by: Option<Neighbor>,
    /// The rule that reports the credential if its own shape names none; by default that of its kind.
    #[serde(default)]
    pub rule: Option<String>,
}

/// A text near a value. Levels count nodes from the value, which is level 0, upwards: its parent is level 1. Elements
/// of lists, and the text of an XML element, are nodes of their own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Neighbor {
    /// The key of the node of that level.
    name: Option<usize>,
    /// The value of that key in the node of level `up`.
    field: Option<String>,
    /// The value of `<add key="…" value="…"/>` with that key in the node of level `up`.
    entry: Option<String>,
    /// The value of an entry of the list of that name, which is beside the node of level `up`. The key of the entry is the key of
    /// the node one level below that.
    listed: Option<String>,
    /// The level of the node; by default 1.
    up: Option<usize>,
    /// A pattern of the text, for a condition.
    is: Option<String>,
}

/// A [`Neighbor`] to look up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NeighborLookup<'n> {
    /// The key of the node of that level.
    Name(usize),
    /// The value of that key in the node of that level.
    Field(usize, &'n str),
    /// The value of `<add key="…" value="…"/>` with that key in the node of that level.
    Entry(usize, &'n str),
    /// The value of an entry of the list of that name beside the node of that level.
    Listed(usize, &'n str),
}

/// The kind of value that a key has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Holds {
    /// A token of GitLab of any age.
    GitlabToken,
    /// A password or token of an account.
    Password,
    /// A password of something that is never GitLab, such as a mail server.
    ForeignPassword,
    /// A key of a GitLab instance.
    InstanceSecret,
    /// A credential if the name of the key is that of one and the value looks like one.
    Named,
    /// Base64 of the same.
    NamedBase64,
    /// Lines `NAME=value`, each as `Named`.
    Environment,
    /// The value of the HTTP header that the key names.
    Header,
    /// URLs with a user and a password in them.
    Urls,
    /// A file of another format.
    File,
    /// Base64 of `user:password`.
    Basic,
    /// `user:password`, or base64 of it.
    UserPassword,
    /// Base64 of a password.
    PasswordBase64,
}

impl Holds {
    /// True if the whole value is one credential.
    pub fn is_single(self) -> bool {
        !matches!(
            self,
            Self::Named | Self::NamedBase64 | Self::Environment | Self::Urls | Self::File
        )
    }
}

impl FileSyntax {
    /// Returns the syntax of files with the extension of `file`, a file name or a pattern.
    fn of_extension(file: &str) -> Option<Self> {
        Some(match file.rsplit_once('.')?.1 {
            "json" | "json5" | "jsonc" => Self::Json,
            "yaml" | "yml" => Self::Yaml,
            "toml" => Self::Toml,
            "xml" => Self::Xml,
            "ini" | "cfg" => Self::Ini,
            "properties" => Self::Properties,
            "tf" | "tfvars" | "hcl" => Self::Hcl,
            _ => return None,
        })
    }

    /// True if the reader of the syntax finds credentials without a list of keys.
    fn has_own_reader(self) -> bool {
        matches!(self, Self::GitConfig | Self::GitCredentials | Self::Netrc)
    }
}

impl Neighbor {
    /// Returns the node to look up.
    pub fn lookup(&self) -> NeighborLookup<'_> {
        let up = self.up.unwrap_or(1);
        match (&self.field, &self.entry, &self.listed) {
            (Some(field), ..) => NeighborLookup::Field(up, field),
            (_, Some(entry), _) => NeighborLookup::Entry(up, entry),
            (.., Some(list)) => NeighborLookup::Listed(up, list),
            _ => NeighborLookup::Name(self.name.unwrap_or_default()),
        }
    }

    /// Returns the pattern of the text, for a condition.
    pub fn pattern(&self) -> &str {
        self.is.as_deref().unwrap_or("*")
    }

    fn check(&self, key: String, is_condition: bool) -> Result<(), Fault> {
        let texts = [&self.field, &self.entry, &self.listed];
        let count = texts.iter().filter(|text| text.is_some()).count();
        require(
            count + usize::from(self.name.is_some()) == 1,
            &key,
            "needs one of name, field, entry and listed",
        )?;
        require(
            self.name.is_none() || self.up.is_none(),
            format!("{key}.up"),
            "'name' is the level itself",
        )?;
        require(
            is_condition == self.is.is_some(),
            key,
            "'is' belongs to 'when', and to nothing else",
        )
    }
}

impl FileFormat {
    /// The shortest text of `signature` in bytes: shorter ones are too frequent to search for.
    const MIN_SIGNATURE: usize = 4;

    /// Reads a format from the text of its file, which errors call `file`.
    ///
    /// # Errors
    /// If the text is not TOML, has an unknown key or lacks one, or a value is not valid.
    pub(super) fn read(file: &BlobPath, stem: &str, text: &str) -> Result<Self, RuleError> {
        let form: Self =
            toml::from_str(text).map_err(|error| RuleError::from_toml(file, text, &error))?;
        form.check()
            .map_err(|fault| RuleError::locate(file, text, fault))?;
        Ok(form.named(stem))
    }

    /// Sets the name of a format.
    pub(super) fn named(mut self, stem: &str) -> Self {
        self.name = stem.to_owned();
        self
    }

    /// Returns true if the text of a rule file defines a format.
    pub(super) fn is_defined_in(text: &str) -> bool {
        toml::from_str::<toml::Table>(text)
            .is_ok_and(|table| table.contains_key("files") && !table.contains_key("detect"))
    }

    /// Returns the syntax of files that a pattern of [`FileFormat::files`] selects.
    pub fn syntax_of(&self, pattern: &str) -> Option<FileSyntax> {
        self.syntax.or_else(|| FileSyntax::of_extension(pattern))
    }

    /// Returns true if files of the format are read with `syntax`.
    pub fn has_syntax(&self, syntax: FileSyntax) -> bool {
        let mut all = self.files.iter().filter_map(|file| self.syntax_of(file));
        all.any(|known| known == syntax)
    }

    fn check(&self) -> Result<(), Fault> {
        require(!self.files.is_empty(), "files", "is empty")?;
        for (index, file) in self.files.iter().enumerate() {
            let key = format!("files[{index}]");
            let is_part =
                |part: &str| part == "**" || !part.is_empty() && part.matches('*').count() <= 1;
            let name = file.rsplit('/').next().unwrap_or_default();
            require(
                file.split('/').all(is_part) && name != "**" && name != "*",
                &key,
                "not a file name or folder/name with at most one '*' in each part",
            )?;
            let Some(syntax) = self.syntax_of(file) else {
                let what = "its extension does not determine the syntax: set 'syntax'";
                return Err(Fault::new(key, what));
            };
            let what = match self.keys.is_empty() {
                true => "needs at least one [[key]]",
                false => "the reader of this syntax has keys of its own",
            };
            require(
                syntax.has_own_reader() == self.keys.is_empty(),
                "syntax",
                what,
            )?;
        }
        let texts = [
            ("contains", &self.contains, 1),
            ("signature", &self.signature, Self::MIN_SIGNATURE),
        ];
        for (key, texts, least) in texts {
            for (index, text) in texts.iter().enumerate() {
                let what = format!("shorter than {least} bytes");
                require(text.len() >= least, format!("{key}[{index}]"), what)?;
            }
        }
        let keys = self.keys.iter().enumerate();
        keys.into_iter()
            .try_for_each(|(index, key)| key.check(&format!("key[{index}]")))
    }
}

impl KeyRule {
    fn check(&self, key: &str) -> Result<(), Fault> {
        for (index, name) in self.path.iter().enumerate() {
            let is_any = name == "**" && index == 0;
            let is_name = |name: &str| {
                let inner = name
                    .strip_prefix('*')
                    .and_then(|rest| rest.strip_suffix('*'));
                match inner.filter(|inner| !inner.is_empty()) {
                    Some(inner) => !inner.contains('*'),
                    None => !name.is_empty() && name.matches('*').count() <= 1,
                }
            };
            require(
                is_any || name.split('|').all(is_name),
                format!("{key}.path[{index}]"),
                "not a name with one '*', or with one at each end; '**' only at the beginning",
            )?;
        }
        require(
            self.format.is_none() || self.holds == Holds::File,
            format!("{key}.holds"),
            "'format' belongs to holds = \"file\"",
        )?;
        let neighbors = [
            ("when", &self.when),
            ("host", &self.host),
            ("user", &self.user),
            ("named_by", &self.named_by),
        ];
        for (name, neighbor) in neighbors {
            if let Some(neighbor) = neighbor {
                neighbor.check(format!("{key}.{name}"), name == "when")?;
            }
        }
        Ok(())
    }
}

/// Returns the references of `format` that neither `has_rule` nor `has_format` accepts, each with its key.
pub(super) fn check_references(
    format: &FileFormat,
    has_rule: impl Fn(&str) -> bool,
    has_format: impl Fn(&str) -> bool,
) -> Result<(), Fault> {
    for (index, key) in format.keys.iter().enumerate() {
        if let Some(rule) = &key.rule {
            let what = format!("unknown rule '{rule}'");
            require(has_rule(rule), format!("key[{index}].rule"), what)?;
        }
        if let Some(other) = &key.format {
            let what = format!("unknown format '{other}'");
            require(has_format(other), format!("key[{index}].format"), what)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        let file = BlobPath::from_bytes(*b"f.toml");
        FileFormat::read(&file, "f", text).unwrap_err().to_string()
    }

    #[test]
    fn errors_point_at_line_and_key() {
        const KEY: &str = "[[key]]\npath = ['a']\nholds = 'password'\n";
        for (text, expected) in [
            (format!("files = []\n{KEY}"), "f.toml:1: files: is empty"),
            (
                format!("files = ['x.json', 'a//b']\n{KEY}"),
                "f.toml:1: files[1]: not a file name or folder/name with at most one '*' in each part",
            ),
            (
                format!("files = ['*.x']\n{KEY}"),
                "f.toml:1: files[0]: its extension does not determine the syntax: set 'syntax'",
            ),
            (
                "files = ['x.json']\n".to_owned(),
                "f.toml: syntax: needs at least one [[key]]",
            ),
            (
                format!("files = ['.netrc']\nsyntax = 'netrc'\n{KEY}"),
                "f.toml:2: syntax: the reader of this syntax has keys of its own",
            ),
            (
                format!("files = ['x.json']\nsignature = ['abc']\n{KEY}"),
                "f.toml:2: signature[0]: shorter than 4 bytes",
            ),
            (
                format!("files = ['x.json']\n{KEY}host = {{ up = 1 }}\n"),
                "f.toml:5: key[0].host: needs one of name, field, entry and listed",
            ),
            (
                format!("files = ['x.json']\n{KEY}when = {{ field = 'a' }}\n"),
                "f.toml:5: key[0].when: 'is' belongs to 'when', and to nothing else",
            ),
            (
                format!("files = ['x.json']\n{KEY}format = 'x'\n"),
                "f.toml:4: key[0].holds: 'format' belongs to holds = \"file\"",
            ),
            (
                "files = ['x.json']\n[[key]]\npath = ['a', '**']\nholds = 'password'\n".to_owned(),
                "f.toml:3: key[0].path[1]: not a name with one '*', or with one at each end; '**' only at the beginning",
            ),
        ] {
            assert_eq!(error(&text), expected);
        }
    }
}
