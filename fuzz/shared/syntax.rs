//! The readers of `src/syntax`, which import nothing of the program, and the invariants of the tree of
//! any file: each value's text is placed byte by byte within the file, and each node has an end of
//! ancestors.

#![allow(dead_code, unused_imports, reason = "each target uses one reader")]

#[path = "../../src/syntax/mod.rs"]
pub(crate) mod syntax;

use syntax::tree::Tree;

/// More ancestors than a node may have, by the bound on depth with a key of many parts at each.
const MANY: usize = 1 << 16;

pub(crate) fn check(file: &[u8], tree: &Tree<'_>) {
    for node in tree.values() {
        let text = tree.text(node).expect("a value has a text");
        for index in 0..text.bytes().len() {
            let place = text.locate(index..index + 1).expect("a byte has a place");
            assert!(place.start < place.end && place.end <= file.len());
        }
        assert!(tree.ancestor(node, MANY).is_none());
        let _ = (tree.key(node), text.base64());
    }
}
