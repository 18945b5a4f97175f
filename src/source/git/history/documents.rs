//! The third pass: looks into the blobs whose names say how to read them.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::contents::report_unfinished;
use super::damage::Damage;
use super::entry::Kind;
use super::inflate::Inflater;
use super::marks;
use super::object::{Content, Insight, Object, Visit};
use super::passes::{BUDGET, together};
use super::store::Store;
use super::walk::{Walk, Walker};
use crate::model::{CredentialId, Hint};
use crate::source::{NewVisitor, Probed, Visitor};

/// A blob and a path under which it is a document.
pub(crate) type Document<'a> = (u32, &'a [u8]);

/// What a document holds, with its place among the documents and the number of the blob.
type Holding = (usize, u32, Vec<CredentialId>);

/// Looks into blobs under the paths that say how to read them; both sorted. Gives what those hold that hold
/// something else than under any other path, in their order.
pub(crate) fn documents(
    store: &Store,
    documents: &[Document<'_>],
    threads: usize,
    new_visitor: &NewVisitor<'_>,
) -> Vec<(u32, Vec<CredentialId>)> {
    let numbers = || documents.iter().map(|&(blob, _)| blob);
    let walks: Vec<Walk<'_>> = store
        .packs()
        .iter()
        .enumerate()
        .map(|(index, pack)| {
            let places = numbers().filter_map(|number| store.place_in(index, number));
            Walk::new(pack, store.hash(), &[Kind::Blob]).only(places)
        })
        .collect();
    let loose: Vec<usize> = (0..documents.len())
        .filter(|&index| store.pack_of(documents[index].0).is_none())
        .collect();
    let next_loose = AtomicUsize::new(0);
    let run = || {
        let mut visitor = new_visitor();
        let mut reader = Reader {
            store,
            documents,
            pack: 0,
            visitor: visitor.as_mut(),
            inflater: Inflater::default(),
            holding: Vec::new(),
        };
        let mut walker = Walker::new(BUDGET / threads.max(1));
        for (pack, walk) in walks.iter().enumerate() {
            reader.pack = pack;
            if walk.run(&mut walker, &mut reader).is_break() {
                return reader.holding;
            }
        }
        while let Some(&index) = loose.get(next_loose.fetch_add(1, Ordering::Relaxed)) {
            if reader.visitor.proceed().is_break() {
                break;
            }
            reader.read_alone(index);
        }
        reader.holding
    };
    let mut holding = together(threads, &run).concat();
    holding.sort_unstable_by_key(|&(index, ..)| index);
    let held = holding.into_iter().map(|(_, blob, found)| (blob, found));
    held.collect()
}

/// One thread of the third pass.
struct Reader<'a> {
    store: &'a Store,
    documents: &'a [Document<'a>],
    /// The pack that is walked.
    pack: usize,
    visitor: &'a mut dyn Visitor,
    inflater: Inflater,
    holding: Vec<Holding>,
}

impl Visit for Reader<'_> {
    fn object(&mut self, object: Object<'_>) -> ControlFlow<(), Insight> {
        if let Some(number) = self.store.number_in(self.pack, object.place) {
            let first = self.documents.partition_point(|&(blob, _)| blob < number);
            let paths = self.documents[first..].iter();
            let count = paths.take_while(|&&(blob, _)| blob == number).count();
            self.look(first..first + count, object.content);
        }
        self.visitor.proceed()?;
        ControlFlow::Continue(Insight::None)
    }

    /// Was told in the first pass.
    fn broken(&mut self, _place: u32, _damage: &Damage) {}
}

impl Reader<'_> {
    /// Looks into one blob under each of its paths.
    fn look(&mut self, mut indices: std::ops::Range<usize>, content: Content<'_>) {
        match content {
            Content::Bytes(bytes) => {
                for index in indices {
                    let hint = Hint::of_path(self.documents[index].1);
                    if self.visitor.is_read_by_name(hint, bytes) {
                        let probed = self.visitor.probe(hint, &mut &*bytes);
                        self.keep(index, probed.unwrap_or_default());
                    }
                }
            }
            Content::Stream(content) => {
                if let Some(first) = indices.next() {
                    let probed = self
                        .visitor
                        .probe(Hint::of_path(self.documents[first].1), content);
                    self.keep(first, probed.unwrap_or_default());
                }
                indices.for_each(|index| self.read_alone(index));
            }
        }
    }

    /// Reads a blob by itself.
    fn read_alone(&mut self, index: usize) {
        let (blob, path) = self.documents[index];
        let probed = marks::probe(self.store, blob, path, self.visitor, &mut self.inflater);
        self.keep(index, probed.unwrap_or_default());
    }

    fn keep(&mut self, index: usize, probed: Probed) {
        let Probed { found, unfinished } = probed;
        report_unfinished(
            self.store,
            self.documents[index].0,
            &unfinished,
            self.visitor,
        );
        if !found.is_empty() {
            self.holding.push((index, self.documents[index].0, found));
        }
    }
}
