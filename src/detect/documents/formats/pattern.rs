//! Names of files and of keys, compared with patterns.

use std::borrow::Cow;

use crate::syntax::tree::{NodeId, Tree};

/// True if the end of a path fits the pattern `file`, which is in lower case: `name`, `folder/name` with one `*` in each part,
/// and `**` for any number of folders.
pub(super) fn is_named(path: &[u8], file: &[u8]) -> bool {
    let (file_folder, pattern) = split(file);
    let (folder, name) = split(path);
    if pattern == b"**" {
        let Some(rest) = file_folder else { return true };
        let parents = std::iter::successors(Some(path), |&path| split(path).0);
        return parents.into_iter().any(|path| is_named(path, rest));
    }
    fits_lower(name, pattern)
        && file_folder.is_none_or(|rest| folder.is_some_and(|folder| is_named(folder, rest)))
}

/// Returns the folder and the name of a path.
fn split(path: &[u8]) -> (Option<&[u8]>, &[u8]) {
    match memchr::memrchr(b'/', path) {
        Some(slash) => (Some(&path[..slash]), &path[slash + 1..]),
        None => (None, path),
    }
}

/// True if `name`, in any case, fits a pattern in lower case with at most one `*`.
fn fits_lower(name: &[u8], pattern: &[u8]) -> bool {
    let Some(star) = memchr::memchr(b'*', pattern) else {
        return name.eq_ignore_ascii_case(pattern);
    };
    let (start, end) = (&pattern[..star], &pattern[star + 1..]);
    name.len() >= start.len() + end.len()
        && name[..start.len()].eq_ignore_ascii_case(start)
        && name[name.len() - end.len()..].eq_ignore_ascii_case(end)
}

/// True if `name` fits a pattern: itself, with one `*` somewhere, or with one at each end.
pub(super) fn fits(name: &[u8], pattern: &[u8]) -> bool {
    KeyNamePattern::new(pattern).fits(name)
}

/// A pattern of a name, split for many comparisons.
enum KeyNamePattern<'p> {
    Exact(&'p [u8]),
    Contains(&'p [u8]),
    Ends(&'p [u8], &'p [u8]),
}

impl<'p> KeyNamePattern<'p> {
    fn new(pattern: &'p [u8]) -> Self {
        if let [b'*', middle @ .., b'*'] = pattern {
            return Self::Contains(middle);
        }
        match memchr::memchr(b'*', pattern) {
            None => Self::Exact(pattern),
            Some(star) => Self::Ends(&pattern[..star], &pattern[star + 1..]),
        }
    }

    fn fits(&self, name: &[u8]) -> bool {
        match *self {
            Self::Exact(all) => name == all,
            Self::Contains(middle) => memchr::memmem::find(name, middle).is_some(),
            Self::Ends(start, end) => {
                name.len() >= start.len() + end.len()
                    && name.starts_with(start)
                    && name.ends_with(end)
            }
        }
    }
}

/// The patterns of a node's name and of the names around it. `**` in front matches any number of names.
pub(super) struct PathPattern<'p> {
    /// The alternatives of each name, from the inside out.
    names: Vec<Vec<KeyNamePattern<'p>>>,
    is_open: bool,
}

impl<'p> PathPattern<'p> {
    /// Prepares patterns from the outside in, each with `|` between its alternatives.
    pub(super) fn new(patterns: &'p [String]) -> Self {
        let (patterns, is_open) = match patterns {
            [first, rest @ ..] if first == "**" => (rest, true),
            all => (all, false),
        };
        let alternatives = |pattern: &'p String| {
            let all = pattern.split('|');
            all.map(|one| KeyNamePattern::new(one.as_bytes())).collect()
        };
        Self {
            names: patterns.iter().rev().map(alternatives).collect(),
            is_open,
        }
    }

    /// False if no node of that name fits.
    pub(super) fn may_fit(&self, name: Option<&[u8]>) -> bool {
        let innermost = self.names.first();
        innermost.is_none_or(|all| name.is_some_and(|name| all.iter().any(|one| one.fits(name))))
    }

    /// True if the `names` of a node, all of them, fit.
    pub(super) fn fits<'n>(&self, names: impl IntoIterator<Item = Cow<'n, [u8]>>) -> bool {
        let mut names = names.into_iter();
        let mut patterns = self.names.iter();
        let do_fit = patterns.all(|all| {
            let name = names.next();
            name.is_some_and(|name| all.iter().any(|one| one.fits(&name)))
        });
        do_fit && (self.is_open || names.next().is_none())
    }
}

/// The names of a node and of its ancestors, from the inside out. Elements of lists have no name.
pub(super) fn names<'t, 'a>(
    tree: &'t Tree<'a>,
    node: NodeId,
) -> impl Iterator<Item = Cow<'a, [u8]>> + use<'t, 'a> {
    std::iter::successors(Some(node), |&node| tree.named_parent(node))
        .filter_map(|node| tree.key(node))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::json;

    #[test]
    fn matches_the_end_of_a_path() {
        for (path, file, expected) in [
            (&b"a/config.toml"[..], &b"config.toml"[..], true),
            (b"config.toml", b"config.toml", true),
            (b"myconfig.toml", b"config.toml", false),
            (b"x/.cargo/credentials", b".cargo/credentials", true),
            (b"x/credentials", b".cargo/credentials", false),
            (b"a/b.tfvars", b"*.tfvars", true),
            (b".tfvars", b"*.tfvars", true),
            (b"ci_settings.xml", b"*settings.xml", true),
            (b"a/NuGet.Config", b"nuget.config", true),
            (b"Pulumi.dev.yaml", b"pulumi.*.yaml", true),
            (b"p.git/config", b"*.git/config", true),
            (b"git/config", b"*.git/config", false),
            (
                b"a/.git/modules/b/c/config",
                b".git/modules/**/config",
                true,
            ),
            (b"a/.git/modules/config", b".git/modules/**/config", true),
            (b"a/.git/other/b/config", b".git/modules/**/config", false),
            (b".gitconfig.local", b".gitconfig*", true),
        ] {
            assert_eq!(is_named(path, file), expected, "{}", path.escape_ascii());
        }
    }

    #[test]
    fn matches_names() {
        for (name, pattern, expected) in [
            (&b"token"[..], &b"token"[..], true),
            (b"runnerToken", b"*Token", true),
            (b"gitlab_user", b"gitlab_*", true),
            (b"a_key_base", b"*key*", true),
            (b"x", b"*", true),
            (b"//h/:_auth", b"//*_auth", true),
            (b"aba", b"ab*ba", false),
            (b"tokens", b"token", false),
        ] {
            assert_eq!(fits(name, pattern), expected, "{}", name.escape_ascii());
        }
    }

    #[test]
    fn lists_have_no_names() {
        let tree = json::read(br#"{"a": [{"b": {"c": "x"}}]}"#);
        let node = tree.values().next().unwrap();
        for (patterns, expected) in [
            (&["a", "b", "c"][..], true),
            (&["a", "*", "c"], true),
            (&["a", "x|b", "c*|d"], true),
            (&["**", "c"], true),
            (&["**", "a", "b", "c"], true),
            (&["b", "c"], false),
            (&["**", "x", "a", "b", "c"], false),
        ] {
            let patterns: Vec<String> = patterns.iter().map(|name| (*name).to_owned()).collect();
            let pattern = PathPattern::new(&patterns);
            assert_eq!(pattern.fits(names(&tree, node)), expected, "{patterns:?}");
            assert!(pattern.may_fit(Some(b"c")), "{patterns:?}");
            assert!(!pattern.may_fit(Some(b"x")), "{patterns:?}");
            assert!(!pattern.may_fit(None), "{patterns:?}");
        }
    }
}
