//! The refs of a remote repository, as `git ls-remote` lists them.

use std::cmp::Reverse;
use std::collections::HashSet;

use sha2::{Digest as _, Sha256};

use crate::model::hex;

/// The refs of a remote.
#[derive(Debug)]
pub(super) struct RefList {
    /// A hash of names and ids, to detect changes.
    pub(super) digest: String,
    /// The objects that refs name, each once: branches and tags first, then the newest merge requests.
    pub(super) tips: Vec<String>,
    /// True for a repository without refs.
    pub(super) is_empty: bool,
    pub(super) has_sha256: bool,
    /// The default branch.
    pub(super) head: Option<String>,
}

impl RefList {
    /// Parses the output of `git ls-remote --symref`.
    pub(super) fn parse(output: &[u8]) -> Self {
        let digest = Sha256::digest(output);
        let text = String::from_utf8_lossy(output);
        let refs = || text.lines().filter_map(|line| line.split_once('\t'));
        let head = refs().find_map(|(target, name)| {
            let target = target.strip_prefix("ref: ")?;
            (name == "HEAD").then(|| target.to_owned())
        });
        let first = refs().map(|(id, _)| id).find(|id| !id.starts_with("ref: "));
        let mut named: Vec<(&str, &str)> = refs()
            .filter(|(_, name)| name.starts_with("refs/") && !name.ends_with("^{}"))
            .collect();
        named.sort_by_key(|(_, name)| ref_rank(name));
        let mut seen = HashSet::new();
        let tips = named.into_iter().map(|(id, _)| id);
        let tips = tips.filter(|id| seen.insert(*id));
        Self {
            tips: tips.map(str::to_owned).collect(),
            digest: hex(&digest[..16]),
            is_empty: first.is_none(),
            has_sha256: first.is_some_and(|id| id.len() == 64),
            head: head.filter(|head| is_branch(head)),
        }
    }
}

/// Returns the position of a ref in a list that a state may cut: merge requests after others, the newest first.
fn ref_rank(name: &str) -> (bool, Reverse<u64>) {
    let rest = name.strip_prefix("refs/merge-requests/");
    let number = rest.and_then(|rest| rest.split('/').next()?.parse().ok());
    (rest.is_some(), Reverse(number.unwrap_or_default()))
}

/// Returns true for a name that may be written to `HEAD`.
fn is_branch(name: &str) -> bool {
    name.starts_with("refs/heads/") && !name.contains(|c: char| c.is_control() || c == ' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_list_of_refs() {
        let id = "a".repeat(40);
        let list = format!("ref: refs/heads/main\tHEAD\n{id}\tHEAD\n{id}\trefs/heads/main\n");
        let refs = RefList::parse(list.as_bytes());
        assert_eq!(refs.head.as_deref(), Some("refs/heads/main"));
        assert!(!refs.is_empty && !refs.has_sha256);
        let other = RefList::parse(list.replace('a', "b").as_bytes());
        assert_ne!(refs.digest, other.digest);
        assert!(RefList::parse(b"").is_empty);
        let ids = ["1", "2", "3", "4"].map(|digit| digit.repeat(40));
        let list = format!(
            "{}\trefs/merge-requests/7/head\n{}\trefs/merge-requests/12/head\n{}\trefs/tags/v1\n{}\trefs/tags/v1^{{}}\n",
            ids[0], ids[1], ids[2], ids[3]
        );
        let tips = RefList::parse(list.as_bytes()).tips;
        assert_eq!(tips, [&*ids[2], &*ids[1], &*ids[0]]);
        let list = format!("ref: refs/heads/a b\tHEAD\n{}\tHEAD\n", "0".repeat(64));
        let refs = RefList::parse(list.as_bytes());
        assert!(refs.has_sha256 && refs.head.is_none());
    }
}
