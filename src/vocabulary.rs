//! Words and shapes that rules, file formats and validators share: `rules/shared/*.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;

/// The files as JSON, made when the program is built.
const JSON: &str = include_str!(concat!(env!("OUT_DIR"), "/vocabulary.json"));

static VOCABULARY: LazyLock<Vocabulary> =
    LazyLock::new(|| serde_json::from_str(JSON).unwrap_or_default());

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Vocabulary {
    values: BTreeMap<String, String>,
    names: Names,
    document_rules: BTreeMap<CredentialKind, String>,
    gitlab: GitlabVocabulary,
    translations: Translations,
    not_secrets: NotSecrets,
}

/// The kind of credential by its location in a file format or a Git configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum CredentialKind {
    /// A password or token of an account that is not known to be GitLab's.
    Account,
    /// A login of Git: passwords in URLs, helpers, credential stores and netrc.
    Url,
    /// A credential in an HTTP header of the configuration.
    Header,
    /// A token of GitLab without a recognizable form.
    GitlabToken,
    /// A key of a GitLab instance.
    InstanceSecret,
}

/// Names that belong to GitLab.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct GitlabVocabulary {
    marks: Vec<String>,
    users: BTreeSet<String>,
    user_prefixes: Vec<String>,
    headers: BTreeSet<String>,
    token_prefixes: Vec<String>,
}

/// Texts that are not secret; `rules/shared/not_secrets.toml` describes each list.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NotSecrets {
    pub(crate) documentation_words: Vec<String>,
    pub(crate) dummy_words: Vec<String>,
    pub(crate) filling_words: Vec<String>,
    /// Last words of names of credentials.
    pub(crate) credential_names: Vec<String>,
    pub(crate) conventions: Vec<String>,
    pub(crate) sequences: Vec<String>,
    pub(crate) masks: Vec<String>,
    pub(crate) stores: Vec<String>,
    pub(crate) yaml_tags: Vec<String>,
    pub(crate) ciphertexts: Vec<String>,
    pub(crate) lookups: Vec<String>,
    pub(crate) scopes: BTreeSet<String>,
    pub(crate) crypt_ids: BTreeSet<String>,
    pub(crate) hash_prefixes: Vec<String>,
    pub(crate) documentation_domains: Vec<String>,
    pub(crate) documentation_hosts: BTreeSet<String>,
    pub(crate) documentation_networks: Vec<String>,
    pub(crate) published: BTreeSet<String>,
    pub(crate) published_heads: BTreeSet<String>,
}

/// Names of files of translated messages.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Translations {
    folders: BTreeSet<String>,
    stems: BTreeSet<String>,
    languages: BTreeSet<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Names {
    compounds: Vec<String>,
    words_that_deny: BTreeSet<String>,
    suffixes_that_deny: BTreeSet<String>,
    credential_endings: Vec<String>,
    not_credential_endings: Vec<String>,
    git_config_endings: Vec<String>,
    header_words: Vec<String>,
    digest_words: Vec<String>,
}

/// Returns the regular expression of the value shape `name`.
pub(crate) fn value_shape(name: &str) -> Option<&'static str> {
    VOCABULARY.values.get(name).map(String::as_str)
}

/// Returns the names of all value shapes.
pub(crate) fn value_shapes() -> impl Iterator<Item = &'static str> {
    VOCABULARY.values.keys().map(String::as_str)
}

/// Returns true if `word` at the end of the name of a credential means that its value is something else: `token_url`.
pub(crate) fn denies_name(word: &str) -> bool {
    VOCABULARY.names.suffixes_that_deny.contains(word)
}

/// Returns true if `word` anywhere in the name means that its value is something else: `token_digest`.
pub(crate) fn denies_anywhere(word: &str) -> bool {
    VOCABULARY.names.words_that_deny.contains(word)
}

/// Returns the two words that are written as `word`: `git lab` for `gitlab`.
pub(crate) fn compound(word: &str) -> Option<&'static str> {
    let mut compounds = VOCABULARY.names.compounds.iter().map(String::as_str);
    compounds.find(|compound| compound.replace(' ', "") == word)
}

/// Returns the words of a name with those in one that are one word: `git lab token` is `gitlab token`.
pub(crate) fn join_compounds(mut words: String) -> String {
    for compound in &VOCABULARY.names.compounds {
        if words.contains(compound.as_str()) {
            words = words.replace(compound.as_str(), &compound.replace(' ', ""));
        }
    }
    words
}

/// Returns the lists of texts that are not secret.
pub(crate) fn not_secrets() -> &'static NotSecrets {
    &VOCABULARY.not_secrets
}

/// Returns the id of the rule that reports credentials of a kind.
pub(crate) fn document_rule(kind: CredentialKind) -> &'static str {
    let rule = VOCABULARY.document_rules.get(&kind);
    rule.map_or("", String::as_str)
}

/// Returns true if the name of a key, in any spelling, means that its value is a credential.
pub(crate) fn ends_like_credential(name: &[u8]) -> bool {
    let names = &VOCABULARY.names;
    ends_with_word(name, &names.credential_endings)
        && !ends_with_word(name, &names.not_credential_endings)
}

/// Returns true if the name of a key of a Git configuration means that its value is a credential.
pub(crate) fn ends_like_git_credential(name: &[u8]) -> bool {
    ends_with_word(name, &VOCABULARY.names.git_config_endings)
}

fn ends_with_word(name: &[u8], endings: &[String]) -> bool {
    let letters = name.iter().filter(|byte| byte.is_ascii_alphanumeric());
    let letters: Vec<u8> = letters.map(u8::to_ascii_lowercase).collect();
    let mut endings = endings.iter();
    endings.any(|ending| letters.ends_with(ending.as_bytes()))
}

/// Returns true if the name of a header or a cookie, in lower case, means that its value is a credential.
pub(crate) fn is_credential_header(name: &[u8]) -> bool {
    contains_any(name, &VOCABULARY.names.header_words)
}

/// Returns true if the name of a value, in lower case, means that it is a digest.
pub(crate) fn names_digest(name: &[u8]) -> bool {
    contains_any(name, &VOCABULARY.names.digest_words)
}

/// Returns true if `name`, in lower case, is a header whose whole value is a credential of GitLab.
pub(crate) fn is_gitlab_header(name: &[u8]) -> bool {
    has(&VOCABULARY.gitlab.headers, name)
}

/// Returns true if a text, such as a host or the name of a key, contains a mark of GitLab.
pub(crate) fn names_gitlab(text: &[u8]) -> bool {
    contains_any(&text.to_ascii_lowercase(), &VOCABULARY.gitlab.marks)
}

/// Returns true for the name of a user that only GitLab has.
pub(crate) fn is_gitlab_user(user: &[u8]) -> bool {
    let GitlabVocabulary {
        users,
        user_prefixes,
        ..
    } = &VOCABULARY.gitlab;
    let mut prefixes = user_prefixes.iter();
    has(users, user) || prefixes.any(|prefix| user.starts_with(prefix.as_bytes()))
}

/// Returns the prefixes of GitLab's tokens.
pub(crate) fn gitlab_token_prefixes() -> impl Iterator<Item = &'static str> {
    VOCABULARY.gitlab.token_prefixes.iter().map(String::as_str)
}

/// Returns true for a folder with one file for each language, in lower case.
pub(crate) fn is_translation_folder(name: &[u8]) -> bool {
    has(&VOCABULARY.translations.folders, name)
}

/// Returns true if the name of a file of messages begins with that word, in lower case.
pub(crate) fn is_translation_stem(word: &[u8]) -> bool {
    has(&VOCABULARY.translations.stems, word)
}

/// Returns true for a language code of ISO 639-1.
pub(crate) fn is_language(code: &[u8]) -> bool {
    has(&VOCABULARY.translations.languages, code)
}

fn has(words: &BTreeSet<String>, word: &[u8]) -> bool {
    std::str::from_utf8(word).is_ok_and(|word| words.contains(word))
}

fn contains_any(text: &[u8], words: &[String]) -> bool {
    let mut words = words.iter();
    words.any(|word| memchr::memmem::find(text, word.as_bytes()).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_embedded_files() {
        let parsed: Result<Vocabulary, _> = serde_json::from_str(JSON);
        assert!(parsed.is_ok());
        for kind in [
            CredentialKind::Account,
            CredentialKind::Url,
            CredentialKind::Header,
            CredentialKind::GitlabToken,
            CredentialKind::InstanceSecret,
        ] {
            assert!(!document_rule(kind).is_empty(), "{kind:?}");
        }
        assert!(value_shape("hex40").is_some() && denies_name("url") && !denies_name("prod"));
    }
    #[test]
    fn documentation_words_are_sorted_and_long_enough() {
        let words = &not_secrets().documentation_words;
        assert!(words.is_sorted_by(|a, b| a < b));
        for word in words {
            assert!(word.len() >= 3 && word.bytes().all(|byte| byte.is_ascii_lowercase()));
        }
    }
}
