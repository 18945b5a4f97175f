//! The rules that run: the built-in ones, and the changes of the user.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use super::file::RuleFile;
use super::file_format::{self, FileFormat};
use super::{Example, Rule, RuleError, builtin};
use crate::model::{BlobPath, RuleId};
use crate::safe_file::{FileError, NamedPath};

/// The reason why a set of rules could not be put together.
#[derive(Debug, thiserror::Error)]
pub enum RuleSetError {
    /// A rule file is not valid.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// A file or folder could not be read.
    #[error("{path}: {reason}")]
    Read {
        /// The file or folder.
        path: BlobPath,
        /// The reason.
        reason: String,
    },
    /// A folder holds no rule.
    #[error("{0}: no *.toml file in this folder")]
    EmptyFolder(BlobPath),
    /// Two rules have one id.
    #[error("rule '{id}' is defined twice: by {first} and by {second}")]
    Duplicate {
        /// The id.
        id: RuleId,
        /// The first definition.
        first: String,
        /// The file of the second definition.
        second: BlobPath,
    },
    /// More rules than a scan may have.
    #[error("{0}: more than {max} rules", max = RuleSet::MAX_RULES)]
    TooMany(BlobPath),
    /// More file formats than a scan may have.
    #[error("{0}: more than {max} file formats", max = RuleSet::MAX_FORMATS)]
    TooManyFormats(BlobPath),
    /// No rule is for credentials of the service that was named.
    #[error("unknown service '{name}'; services: {known}")]
    UnknownProvider {
        /// The name.
        name: String,
        /// The services that have rules.
        known: String,
    },
    /// No rule has the id that was named.
    #[error("unknown rule '{id}'{}", suggestion(.nearest))]
    Unknown {
        /// The id that was named.
        id: String,
        /// The rule that was probably meant.
        nearest: Option<RuleId>,
    },
}

fn suggestion(nearest: &Option<RuleId>) -> String {
    match nearest {
        Some(id) => format!("; did you mean '{id}'?"),
        None => String::new(),
    }
}

/// Rules with unique ids, sorted by id, and the file formats whose keys they report.
#[derive(Debug, Default)]
pub struct RuleSet {
    entries: Vec<RuleEntry>,
    /// Rules that do not run.
    disabled: Vec<RuleEntry>,
    /// Sorted by name.
    formats: Vec<Arc<FormatEntry>>,
}

#[derive(Debug)]
struct FormatEntry {
    format: FileFormat,
    /// Path and text of its file; `None` for a built-in format.
    file: Option<(BlobPath, String)>,
}

#[derive(Debug)]
struct RuleEntry {
    rule: Rule,
    source: RuleSource,
}

/// The origin of a rule.
#[derive(Debug)]
enum RuleSource {
    Builtin,
    File {
        path: BlobPath,
        examples: Vec<Example>,
        text: String,
    },
}

impl RuleSet {
    /// The largest rule file in bytes.
    pub const MAX_FILE: u64 = 1 << 20;

    /// The most rules of a set.
    pub const MAX_RULES: usize = 1000;

    /// The most file formats of a set.
    pub const MAX_FORMATS: usize = 1000;

    /// The rules that come with the program. Those that run only on request are disabled.
    pub fn builtin() -> Self {
        let entries = builtin::rules().map(|rule| RuleEntry {
            rule,
            source: RuleSource::Builtin,
        });
        let (entries, disabled) = entries.partition(|entry| entry.rule.enabled);
        let mut set = Self {
            entries,
            disabled,
            formats: builtin::formats()
                .map(|format| Arc::new(FormatEntry { format, file: None }))
                .collect(),
        };
        set.sort();
        set
    }

    /// The rules that come with the program, with those that run only on request.
    pub fn every_builtin() -> Self {
        let mut set = Self::builtin();
        set.enable_all();
        set
    }

    /// Adds the user's rules and file formats: of a file, or of every `*.toml` of a folder. Returns how many.
    ///
    /// # Errors
    /// If one cannot be read, is not valid, has the id of another, or names a rule or a format that does not exist.
    pub fn add_path(&mut self, path: &Path) -> Result<usize, RuleSetError> {
        self.add_named(&NamedPath::by_operator(path))
    }

    /// The same, within the access rights of the source that names the path.
    ///
    /// # Errors
    /// As [`RuleSet::add_path`].
    pub(crate) fn add_named(&mut self, path: &NamedPath) -> Result<usize, RuleSetError> {
        let unreadable = |error: FileError| RuleSetError::Read {
            path: BlobPath::from_path(path.path()),
            reason: error.to_string(),
        };
        let Some(names) = path.list().map_err(unreadable)? else {
            self.add_file(path)?;
            self.check_formats()?;
            return Ok(1);
        };
        let is_rule = |name: &&std::ffi::OsString| {
            Path::new(name)
                .extension()
                .is_some_and(|extension| extension == "toml")
        };
        let mut count = 0;
        for name in names.iter().filter(is_rule) {
            self.add_file(&path.inside(name))?;
            count += 1;
        }
        if count == 0 {
            return Err(RuleSetError::EmptyFolder(BlobPath::from_path(path.path())));
        }
        self.check_formats()?;
        Ok(count)
    }

    fn add_file(&mut self, path: &NamedPath) -> Result<(), RuleSetError> {
        let name = BlobPath::from_path(path.path());
        let text = path
            .read_text(Self::MAX_FILE)
            .map_err(|error| RuleSetError::Read {
                path: name.clone(),
                reason: error.to_string(),
            })?;
        let stem = path.path().file_stem().unwrap_or_default();
        self.add_text(name, &stem.to_string_lossy(), &text)
    }

    /// Adds the user's file format `stem`. It replaces a built-in one of that name.
    fn add_format(&mut self, path: BlobPath, stem: &str, text: &str) -> Result<(), RuleSetError> {
        let format = FileFormat::read(&path, stem, text)?;
        let at = self
            .formats
            .binary_search_by(|known| known.format.name.as_str().cmp(stem));
        if at.is_err() && self.formats.len() >= Self::MAX_FORMATS {
            return Err(RuleSetError::TooManyFormats(path));
        }
        let file = Some((path, text.to_owned()));
        let entry = Arc::new(FormatEntry { format, file });
        match at {
            Ok(at) => self.formats[at] = entry,
            Err(at) => self.formats.insert(at, entry),
        }
        Ok(())
    }

    /// Checks that the user's formats name rules and formats that exist.
    ///
    /// # Errors
    /// If one does not; names the key.
    pub fn check_formats(&self) -> Result<(), RuleSetError> {
        let has_rule = |id: &str| self.get(id).is_some() || builtin::has_rule(id);
        let has_format = |name: &str| self.format(name).is_some() || builtin::has_format(name);
        for entry in &self.formats {
            if let Some((path, text)) = &entry.file {
                file_format::check_references(&entry.format, has_rule, has_format)
                    .map_err(|fault| RuleError::locate(path, text, fault))?;
            }
        }
        Ok(())
    }

    /// Returns all file formats, sorted by name.
    pub fn formats(&self) -> impl ExactSizeIterator<Item = &FileFormat> {
        self.formats.iter().map(|entry| &entry.format)
    }

    /// Returns the file format at that place of [`RuleSet::formats`].
    ///
    /// # Panics
    /// If the index is out of range.
    pub fn format_at(&self, index: usize) -> &FileFormat {
        &self.formats[index].format
    }

    /// Returns the file format of that name.
    pub fn format(&self, name: &str) -> Option<&FileFormat> {
        self.formats().find(|format| format.name == name)
    }

    /// Adds the user's rule or file format `stem` from the text of its file, which errors call `name`.
    ///
    /// # Errors
    /// If it is not valid, or has the id of another.
    pub fn add_text(&mut self, name: BlobPath, stem: &str, text: &str) -> Result<(), RuleSetError> {
        if FileFormat::is_defined_in(text) {
            return self.add_format(name, stem, text);
        }
        let (rule, examples) = RuleFile::read(&name, stem, text)?;
        if self.entries.len() >= Self::MAX_RULES {
            return Err(RuleSetError::TooMany(name));
        }
        match self.position(rule.id.as_str()) {
            Ok(other) => Err(RuleSetError::Duplicate {
                id: rule.id,
                first: match &self.entries[other].source {
                    RuleSource::Builtin => String::from("a built-in rule"),
                    RuleSource::File { path, .. } => path.to_string(),
                },
                second: name,
            }),
            Err(at) => {
                let source = RuleSource::File {
                    path: name,
                    examples,
                    text: text.to_owned(),
                };
                self.disabled.retain(|entry| entry.rule.id != rule.id);
                let (list, at) = if rule.enabled {
                    (&mut self.entries, at)
                } else {
                    (&mut self.disabled, 0)
                };
                list.insert(at, RuleEntry { rule, source });
                Ok(())
            }
        }
    }

    /// Disables a rule, which may be disabled already.
    ///
    /// # Errors
    /// If no rule has that id; names the one that was probably meant.
    pub fn disable(&mut self, id: &str) -> Result<(), RuleSetError> {
        match self.position(id) {
            Ok(at) => self.disabled.push(self.entries.remove(at)),
            Err(_) => self.check_id(id)?,
        }
        Ok(())
    }

    /// Enables a rule, which may be enabled already.
    ///
    /// # Errors
    /// If no rule has that id; names the one that was probably meant.
    pub fn enable(&mut self, id: &str) -> Result<(), RuleSetError> {
        self.check_id(id)?;
        self.enable_if(|rule| rule.id.as_str() == id);
        Ok(())
    }

    /// Enables every rule.
    pub fn enable_all(&mut self) {
        self.enable_if(|_| true);
    }

    /// Disables the rules for credentials of other services than these.
    ///
    /// # Errors
    /// If one of them has no rule; lists the services that have rules.
    pub fn keep_only(&mut self, providers: &[String]) -> Result<(), RuleSetError> {
        let known: BTreeSet<&str> = self
            .every_rule()
            .filter_map(|rule| rule.provider.as_deref())
            .collect();
        if let Some(unknown) = providers.iter().find(|name| !known.contains(name.as_str())) {
            return Err(RuleSetError::UnknownProvider {
                name: unknown
                    .chars()
                    .filter(|c| !c.is_control())
                    .take(64)
                    .collect(),
                known: known.into_iter().collect::<Vec<_>>().join(", "),
            });
        }
        let is_kept = |entry: &RuleEntry| {
            let provider = entry.rule.provider.as_ref();
            provider.is_some_and(|provider| providers.contains(provider))
        };
        let (kept, others) = self.entries.drain(..).partition(is_kept);
        self.entries = kept;
        self.disabled.extend::<Vec<RuleEntry>>(others);
        Ok(())
    }

    /// Moves the disabled rules into another set with the same file formats. Their ids are unknown to
    /// this set afterwards.
    #[must_use]
    pub fn split_off_disabled(&mut self) -> Self {
        let mut set = Self {
            entries: std::mem::take(&mut self.disabled),
            disabled: Vec::new(),
            formats: self.formats.clone(),
        };
        set.sort();
        set
    }

    fn enable_if(&mut self, is_meant: impl Fn(&Rule) -> bool) {
        let (enabled, others) = self
            .disabled
            .drain(..)
            .partition(|entry| is_meant(&entry.rule));
        self.disabled = others;
        self.entries.extend::<Vec<RuleEntry>>(enabled);
        self.sort();
    }

    /// All rules, sorted by id.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Rule> {
        self.entries.iter().map(|entry| &entry.rule)
    }

    /// The ids of all rules, sorted.
    pub fn ids(&self) -> Vec<RuleId> {
        self.iter().map(|rule| rule.id.clone()).collect()
    }

    /// All rules, also those that are disabled.
    pub(super) fn every_rule(&self) -> impl Iterator<Item = &Rule> {
        let entries = self.entries.iter().chain(&self.disabled);
        entries.map(|entry| &entry.rule)
    }

    /// The rule at that place of [`RuleSet::iter`].
    ///
    /// # Panics
    /// If the index is out of range.
    pub fn at(&self, index: usize) -> &Rule {
        &self.entries[index].rule
    }

    /// The rule of that id.
    pub fn get(&self, id: &str) -> Option<&Rule> {
        let at = self.position(id).ok()?;
        Some(&self.entries[at].rule)
    }

    /// The rule of that id, to be changed.
    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut Rule> {
        let at = self.position(id).ok()?;
        Some(&mut self.entries[at].rule)
    }

    /// Checks that a rule of that id is in the set or was disabled.
    ///
    /// # Errors
    /// If not; names the one that was probably meant.
    pub fn check_id(&self, id: &str) -> Result<(), RuleSetError> {
        let is_disabled = self
            .disabled
            .iter()
            .any(|entry| entry.rule.id.as_str() == id);
        match is_disabled || self.get(id).is_some() {
            true => Ok(()),
            false => Err(self.unknown(id)),
        }
    }

    /// The rule of that id.
    ///
    /// # Errors
    /// If no rule has this id; names the one that was probably meant.
    pub fn require(&self, id: &str) -> Result<&Rule, RuleSetError> {
        self.get(id).ok_or_else(|| self.unknown(id))
    }

    /// The examples of every rule, by rule, positive before negative.
    pub fn examples(&self) -> Vec<Example> {
        let mut examples = Vec::new();
        for entry in &self.entries {
            match &entry.source {
                RuleSource::Builtin => examples.extend(builtin::examples(&entry.rule.id)),
                RuleSource::File { examples: own, .. } => examples.extend_from_slice(own),
            }
        }
        examples
    }

    /// The rules that the user added, each with the path and the text of its file.
    pub fn files(&self) -> impl Iterator<Item = (&Rule, &BlobPath, &str)> {
        self.entries.iter().filter_map(|entry| match &entry.source {
            RuleSource::Builtin => None,
            RuleSource::File { path, text, .. } => Some((&entry.rule, path, text.as_str())),
        })
    }

    fn sort(&mut self) {
        self.entries.sort_by(|a, b| a.rule.id.cmp(&b.rule.id));
        self.formats
            .sort_by(|a, b| a.format.name.cmp(&b.format.name));
    }

    fn position(&self, id: &str) -> Result<usize, usize> {
        self.entries
            .binary_search_by(|entry| entry.rule.id.as_str().cmp(id))
    }

    fn unknown(&self, id: &str) -> RuleSetError {
        // `gitlab-pat` is what other scanners call a personal access token.
        let all = || self.every_rule();
        let by_initials = all().find(|rule| initials(rule.id.as_str()) == id);
        let start: String = id.chars().take(64).collect();
        let by_letters = all()
            .map(|rule| (strsim::levenshtein(&start, rule.id.as_str()), &rule.id))
            .min()
            .filter(|(distance, near)| *distance <= near.as_str().len() / 2)
            .map(|(_, near)| near);
        let nearest = by_initials.map(|rule| &rule.id).or(by_letters).cloned();
        RuleSetError::Unknown {
            id: start.replace(char::is_control, ""),
            nearest,
        }
    }
}

/// Shortens an id to its first word and the initials of the others.
fn initials(id: &str) -> String {
    let mut words = id.split('-');
    let first = words.next().unwrap_or_default();
    let initials: String = words.filter_map(|word| word.chars().next()).collect();
    format!("{first}-{initials}")
}

#[cfg(test)]
#[path = "set_tests.rs"]
mod tests;
