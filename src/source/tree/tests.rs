//! Changes of a tree during its walk.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use parking_lot::Mutex;

use super::{FileTree, TreeOptions};
use crate::model::{Blob, BlobPath, ItemError, SkipReason, SkippedItem};
use crate::source::{HistoryVisitor, Source as _, VersionVisitor, Visitor};

/// The items that were passed on: the texts, and the paths of errors.
#[derive(Default)]
struct VisitedFiles {
    texts: Mutex<Vec<String>>,
    errors: Mutex<Vec<String>>,
}

/// Records texts and errors, and calls a function for each text.
struct Noter<'s>(
    &'s VisitedFiles,
    &'s (dyn Fn(&str) -> ControlFlow<()> + Sync),
);

impl Visitor for Noter<'_> {
    fn blob(&mut self, blob: Blob<'_>) -> ControlFlow<()> {
        let text = std::io::read_to_string(blob.content).unwrap();
        let flow = (self.1)(&text);
        self.0.texts.lock().push(text);
        flow
    }

    fn skipped(&mut self, _item: SkippedItem) {}

    fn count_skipped(&mut self, _reason: SkipReason) {}

    fn error(&mut self, error: ItemError) {
        let path = error.path.unwrap_or_default();
        self.0.errors.lock().push(path.to_string());
    }

    fn repository(&mut self, _path: &BlobPath) {}
}

impl VersionVisitor for Noter<'_> {}

impl HistoryVisitor for Noter<'_> {}

/// Walks `root`; returns the texts and the paths of errors, sorted.
fn walk(
    root: PathBuf,
    threads: usize,
    at_each: &(dyn Fn(&str) -> ControlFlow<()> + Sync),
) -> (Vec<String>, Vec<String>) {
    let seen = VisitedFiles::default();
    let tree = FileTree::new(vec![root], TreeOptions::default()).unwrap();
    tree.visit(threads, &|| Box::new(Noter(&seen, at_each)));
    let mut texts = seen.texts.into_inner();
    texts.sort();
    (texts, seen.errors.into_inner())
}

fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

#[cfg(unix)]
#[test]
fn does_not_follow_a_folder_that_becomes_a_link() {
    let temp = tempfile::tempdir().unwrap();
    let root = temp.path().join("root");
    write(&root.join("first"), "first");
    write(&root.join("folder/inside"), "inside");
    write(&temp.path().join("outside/secret"), "outside");
    // The files of a folder come before the contents of its folders.
    let (texts, errors) = walk(root.clone(), 1, &|text| {
        if text == "first" {
            std::fs::rename(root.join("folder"), root.join("moved")).unwrap();
            std::os::unix::fs::symlink("../outside", root.join("folder")).unwrap();
        }
        ControlFlow::Continue(())
    });
    assert_eq!(texts, ["first"]);
    assert_eq!(errors, ["folder"]);
}

#[cfg(unix)]
#[test]
fn does_not_read_a_file_that_becomes_a_link() {
    let temp = tempfile::tempdir().unwrap();
    let root = temp.path().join("root");
    write(&root.join("a"), "a");
    write(&root.join("b"), "b");
    write(&temp.path().join("outside"), "outside");
    let (texts, errors) = walk(root.clone(), 1, &|text| {
        let other = root.join(if text == "a" { "b" } else { "a" });
        std::fs::remove_file(&other).unwrap();
        std::os::unix::fs::symlink("../outside", &other).unwrap();
        ControlFlow::Continue(())
    });
    assert_eq!(texts.len(), 1);
    assert_ne!(texts, ["outside"]);
    assert_eq!(errors.len(), 1);
}

#[test]
fn stops_when_a_visitor_asks() {
    let temp = tempfile::tempdir().unwrap();
    for index in 0..200 {
        write(&temp.path().join(format!("{}/{index}", index % 7)), "x");
    }
    for threads in [1, 4] {
        let (all, errors) = walk(temp.path().to_owned(), threads, &|_| {
            ControlFlow::Continue(())
        });
        assert_eq!((all.len(), errors.len()), (200, 0));
        let (some, _) = walk(temp.path().to_owned(), threads, &|_| ControlFlow::Break(()));
        assert!((1..=threads).contains(&some.len()), "{}", some.len());
    }
}
