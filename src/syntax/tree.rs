//! A file as a tree of named values: the result of every reader of a structured format.
//!
//! A node is small and holds no text of its own: keys and values are decoded when they are asked
//! for. An element of a list has no name; a list is named by its key.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;

use super::mapped::Mapped;
use super::scalar::{TextForm, decode};

/// Number of nodes after which a file is not read on; see [`Tree::is_cut`]. Bounds the memory.
const MAX_NODES: usize = 1 << 22;

/// The longest key whose escapes are decoded, in bytes: each value below it asks for it again.
const MAX_DECODED_KEY: usize = 4096;

/// Number of children that are searched by name again and again; the result for a larger table is
/// remembered.
const FEW_CHILDREN: usize = 64;

/// A file as a tree.
#[derive(Debug)]
pub(crate) struct Tree<'a> {
    file: &'a [u8],
    nodes: Vec<Node>,
    is_cut: bool,
    /// The children of large tables that were asked for, by parent and name.
    known: RefCell<HashMap<(NodeId, Vec<u8>), FoundChild>>,
    /// The children of lists by the value of a field; see [`Tree::child_with`].
    by_field: RefCell<HashMap<NodeId, HashMap<Vec<u8>, NodeId>>>,
}

/// The answer to a question for a child.
type FoundChild = Option<NodeId>;

/// A node of its tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct NodeId(u32);

/// A text in the file and how it is written; the place is empty for none.
#[derive(Clone, Copy, Debug, Default)]
struct WrittenText {
    start: u32,
    end: u32,
    form: TextForm,
}

#[derive(Clone, Copy, Debug)]
struct Node {
    parent: u32,
    /// The nearest node above that has a name.
    named: u32,
    first_child: u32,
    next: u32,
    key: Option<WrittenText>,
    value: Option<WrittenText>,
}

/// The place of the root in the list of nodes; as a child or a sibling it means none.
const ROOT: u32 = 0;

impl<'a> Tree<'a> {
    /// Every value, in the order of the file.
    pub(crate) fn values(&self) -> impl Iterator<Item = NodeId> + '_ {
        (0u32..)
            .zip(&self.nodes)
            .filter_map(|(id, node)| node.value.map(|_| NodeId(id)))
    }

    /// The node that holds this one; the root has none.
    pub(crate) fn parent(&self, node: NodeId) -> Option<NodeId> {
        (node.0 != ROOT).then(|| NodeId(self.node(node).parent))
    }

    /// The node `levels` above: 0 is the node itself.
    pub(crate) fn ancestor(&self, node: NodeId, levels: usize) -> Option<NodeId> {
        (0..levels).try_fold(node, |node, _| self.parent(node))
    }

    /// Its name; none for the root and for an element of a list.
    pub(crate) fn key(&self, node: NodeId) -> Option<Cow<'a, [u8]>> {
        let key = self.node(node).key?;
        let span = key.start as usize..key.end as usize;
        let is_short = span.len() <= MAX_DECODED_KEY;
        Some(
            if !is_short || key.form.is_verbatim(self.file, span.clone()) {
                Cow::Borrowed(&self.file[span])
            } else {
                Cow::Owned(decode(self.file, span, key.form).bytes().to_vec())
            },
        )
    }

    /// Returns its decoded text, if it is a value and not a list or table.
    pub(crate) fn text(&self, node: NodeId) -> Option<Mapped> {
        let value = self.node(node).value?;
        Some(decode(
            self.file,
            value.start as usize..value.end as usize,
            value.form,
        ))
    }

    /// The first of its children.
    pub(crate) fn first_child(&self, node: NodeId) -> Option<NodeId> {
        let first = self.node(node).first_child;
        (first != ROOT).then_some(NodeId(first))
    }

    /// The nearest node above that has a name.
    pub(crate) fn named_parent(&self, node: NodeId) -> Option<NodeId> {
        let named = self.node(node).named;
        (named != ROOT).then_some(NodeId(named))
    }

    /// Returns the numbers of bytes of the file that write its name and its value.
    pub(crate) fn lengths(&self, node: NodeId) -> (usize, usize) {
        let length = |written: Option<WrittenText>| {
            written.map_or(0, |w| w.end.saturating_sub(w.start) as usize)
        };
        let node = self.node(node);
        (length(node.key), length(node.value))
    }

    /// The bytes that write its value.
    pub(crate) fn written(&self, node: NodeId) -> &'a [u8] {
        let value = self.node(node).value.unwrap_or_default();
        let written = self.file.get(value.start as usize..value.end as usize);
        written.unwrap_or_default()
    }

    /// Returns the start of its value in the file; an alias of YAML is written where its anchor is.
    pub(crate) fn value_start(&self, node: NodeId) -> Option<usize> {
        Some(self.node(node).value?.start as usize)
    }

    /// True if the file has more values, or is nested deeper, than its reader reads.
    pub(crate) fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// The first child of that name. Asking again for the same child takes constant time.
    pub(crate) fn child(&self, node: NodeId, name: &[u8]) -> Option<NodeId> {
        let is_named = |child: &NodeId| self.key(*child).is_some_and(|key| *key == *name);
        if self.children(node).nth(FEW_CHILDREN).is_none() {
            return self.children(node).find(is_named);
        }
        let question = (node, name.to_vec());
        if let Some(answer) = self.known.borrow().get(&question) {
            return *answer;
        }
        let found = self.children(node).find(is_named);
        self.known.borrow_mut().insert(question, found);
        found
    }

    /// Returns the first child of `list` whose child `field` is `text`. Callers always ask a list about the
    /// same field. Only the first question takes time linear in the list.
    pub(crate) fn child_with(&self, list: NodeId, field: &[u8], text: &[u8]) -> Option<NodeId> {
        let mut lists = self.by_field.borrow_mut();
        let children = lists.entry(list).or_insert_with(|| {
            let mut children = HashMap::new();
            for child in self.children(list) {
                let said = self.child(child, field).and_then(|field| self.text(field));
                if let Some(said) = said {
                    children.entry(said.bytes().to_vec()).or_insert(child);
                }
            }
            children
        });
        children.get(text).copied()
    }

    /// Its children.
    pub(crate) fn children(&self, node: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let next = |&child: &NodeId| match self.node(child).next {
            ROOT => None,
            next => Some(NodeId(next)),
        };
        std::iter::successors(self.first_child(node), next)
    }

    fn node(&self, node: NodeId) -> &Node {
        &self.nodes[node.0 as usize]
    }
}

/// Makes a tree while a file is read from front to back.
pub(super) struct Builder<'a> {
    tree: Tree<'a>,
    /// The open nodes, the root first, each with its last child.
    open: Vec<(u32, u32)>,
    /// Number of nodes that were opened after the last node that is kept.
    beyond: usize,
}

impl<'a> Builder<'a> {
    pub(super) fn new(file: &'a [u8]) -> Self {
        let root = Node {
            parent: ROOT,
            named: ROOT,
            first_child: ROOT,
            next: ROOT,
            key: None,
            value: None,
        };
        Self {
            tree: Tree {
                file,
                nodes: vec![root],
                is_cut: false,
                known: RefCell::default(),
                by_field: RefCell::default(),
            },
            open: vec![(ROOT, ROOT)],
            beyond: 0,
        }
    }

    /// Begins a list or a table.
    pub(super) fn open(&mut self, key: Option<(Range<usize>, TextForm)>) {
        if self.beyond > 0 {
            self.beyond += 1;
        } else if let Some(id) = self.add(key, None) {
            self.open.push((id, ROOT));
        } else {
            self.beyond += 1;
        }
    }

    /// Ends the list or table that was begun last.
    pub(super) fn close(&mut self) {
        if self.beyond > 0 {
            self.beyond -= 1;
        } else if self.open.len() > 1 {
            self.open.pop();
        }
    }

    /// Returns the number of open lists and tables.
    pub(super) fn depth(&self) -> usize {
        self.open.len() - 1 + self.beyond
    }

    /// Ends lists and tables until `depth` are open.
    pub(super) fn close_to(&mut self, depth: usize) {
        while self.depth() > depth {
            self.close();
        }
    }

    /// Adds a value, which is written at `span`.
    pub(super) fn value(
        &mut self,
        key: Option<(Range<usize>, TextForm)>,
        span: Range<usize>,
        form: TextForm,
    ) {
        if self.beyond == 0 {
            self.add(key, Some((span, form)));
        }
    }

    /// Notes that the reader of the format has left something out.
    pub(super) fn cut(&mut self) {
        self.tree.is_cut = true;
    }

    pub(super) fn finish(self) -> Tree<'a> {
        self.tree
    }

    fn add(
        &mut self,
        key: Option<(Range<usize>, TextForm)>,
        value: Option<(Range<usize>, TextForm)>,
    ) -> Option<u32> {
        let nodes = &mut self.tree.nodes;
        let (parent, last) = self.open.last_mut()?;
        if nodes.len() >= MAX_NODES {
            self.tree.is_cut = true;
            return None;
        }
        let above = nodes[*parent as usize];
        let named = if above.key.is_some() {
            *parent
        } else {
            above.named
        };
        let id = u32::try_from(nodes.len()).ok()?;
        let written = |(span, form): (Range<usize>, TextForm)| {
            Some(WrittenText {
                start: u32::try_from(span.start).ok()?,
                end: u32::try_from(span.end).ok()?,
                form,
            })
        };
        nodes.push(Node {
            parent: *parent,
            named,
            first_child: ROOT,
            next: ROOT,
            key: key.and_then(written),
            value: value.and_then(written),
        });
        if *last == ROOT {
            nodes[*parent as usize].first_child = id;
        } else {
            nodes[*last as usize].next = id;
        }
        *last = id;
        Some(id)
    }
}

/// A place in `file` without the blanks at its ends.
pub(super) fn trimmed(file: &[u8], span: Range<usize>) -> Range<usize> {
    let text = &file[span.clone()];
    let start = span.start + (text.len() - text.trim_ascii_start().len());
    start..start + text.trim_ascii().len()
}

/// Returns a place in `file` without the quotes at its ends.
pub(super) fn unquoted(file: &[u8], span: Range<usize>) -> Range<usize> {
    match &file[span.clone()] {
        [b'"', .., b'"'] | [b'\'', .., b'\''] => span.start + 1..span.end - 1,
        _ => span,
    }
}

/// Returns where the line that contains `at` ends, without its line end.
pub(super) fn end_of_line(file: &[u8], at: usize) -> usize {
    memchr::memchr(b'\n', &file[at..]).map_or(file.len(), |length| at + length)
}

/// Returns where the text ends that begins at `start`, behind a quote: at the next quote without a backslash before
/// it, or with its line.
pub(super) fn end_of_quoted(file: &[u8], start: usize, quote: u8) -> usize {
    let mut end = start;
    while let Some(&byte) = file.get(end) {
        match byte {
            b'\n' => break,
            _ if byte == quote => break,
            b'\\' if file.get(end + 1).is_some_and(|&next| next != b'\n') => end += 2,
            _ => end += 1,
        }
    }
    end.min(file.len())
}

/// The whole of a tree as lines `a.b = value`, for the tests of the readers.
#[cfg(test)]
pub(super) fn listed(tree: &Tree<'_>) -> Vec<String> {
    tree.values()
        .map(|node| {
            let mut keys = Vec::new();
            let mut at = Some(node);
            while let Some(node) = at {
                at = tree.parent(node);
                if at.is_some() {
                    keys.push(tree.key(node).map_or("-".to_owned(), |key| {
                        String::from_utf8_lossy(&key).into_owned()
                    }));
                }
            }
            keys.reverse();
            let text = tree.text(node).unwrap();
            format!(
                "{} = {}",
                keys.join("/"),
                String::from_utf8_lossy(text.bytes())
            )
        })
        .collect()
}

/// The invariant of any tree of any file: every text and every byte has a span in the file.
#[cfg(test)]
pub(super) fn is_sound(tree: &Tree<'_>) -> bool {
    tree.values().all(|node| {
        let text = tree.text(node).unwrap();
        let _ = tree.key(node);
        (0..text.bytes().len()).all(|index| {
            let place = text.locate(index..index + 1).unwrap();
            place.start < place.end && place.end <= tree.file.len()
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_know_their_relatives() {
        let file = b"abcd";
        let name = |at: usize| Some((at..at + 1, TextForm::Verbatim));
        let mut builder = Builder::new(file);
        builder.open(name(0));
        builder.value(name(1), 3..4, TextForm::Verbatim);
        builder.open(None);
        builder.value(name(2), 0..4, TextForm::Verbatim);
        builder.close_to(0);
        builder.close();
        builder.value(name(3), 1..1, TextForm::Verbatim);
        let tree = builder.finish();
        assert_eq!(listed(&tree), ["a/b = d", "a/-/c = abcd", "d = "]);
        let deep = tree.values().nth(1).unwrap();
        let table = tree.ancestor(deep, 2).unwrap();
        assert_eq!(tree.key(table).as_deref(), Some(&b"a"[..]));
        let sibling = tree.child(table, b"b").unwrap();
        assert_eq!(tree.text(sibling).unwrap().bytes(), b"d");
        assert_eq!(tree.child(table, b"c"), None);
        assert_eq!(tree.ancestor(deep, 4), None);
    }

    #[test]
    fn depth_is_unlimited_and_the_number_of_nodes_is_not() {
        let mut builder = Builder::new(b"x");
        for _ in 0..100_000 {
            builder.open(None);
        }
        assert_eq!(builder.depth(), 100_000);
        builder.value(None, 0..1, TextForm::Verbatim);
        builder.close_to(0);
        assert!(!builder.tree.is_cut);
        for _ in 0..MAX_NODES {
            builder.value(None, 0..1, TextForm::Verbatim);
        }
        let tree = builder.finish();
        assert_eq!(tree.nodes.len(), MAX_NODES);
        assert!(tree.is_cut());
        let deep = tree.values().next().unwrap();
        assert_eq!(tree.named_parent(deep), None);
        assert_eq!(tree.ancestor(deep, 100_001), Some(NodeId(ROOT)));
    }

    #[test]
    fn children_of_large_tables_are_found_by_name() {
        let file = b"abcdefghij";
        let mut builder = Builder::new(file);
        for round in 0..1000 {
            let at = if round == 999 { 9 } else { round % 9 };
            builder.value(
                Some((at..at + 1, TextForm::Verbatim)),
                0..1,
                TextForm::Verbatim,
            );
        }
        let tree = builder.finish();
        for _ in 0..2 {
            assert!(tree.child(NodeId(ROOT), b"j").is_some());
            assert!(tree.child(NodeId(ROOT), b"k").is_none());
        }
    }
}
