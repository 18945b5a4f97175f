//! The third pass: looks into the blobs whose names say how to read them.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::super::pack::damage::ObjectDamage;
use super::super::pack::entry::Kind;
use super::super::pack::inflate::Inflater;
use super::super::pack::object::{ObjectContent, ObjectVisitor, ScanState, StoredObject};
use super::super::pack::store::ObjectStore;
use super::super::pack::traversal::{PackTraversal, TraversalState};
use super::blob_pass::report_unfinished;
use super::passes::BUDGET;
use super::secret_ids;
use crate::model::{CredentialId, Hint};
use crate::source::pool::on_each_thread;
use crate::source::{NewVisitor, Probed, Visitor};

/// A blob and a path under which it is a document.
pub(crate) type Document<'a> = (u32, &'a [u8]);

/// What a document holds, with its place among the documents and the number of the blob.
type Holding = (usize, u32, Vec<CredentialId>);

/// Looks into blobs under the paths that say how to read them; both sorted. Gives what those hold that hold
/// something else than under any other path, in their order.
pub(crate) fn documents(
    store: &ObjectStore,
    documents: &[Document<'_>],
    threads: usize,
    new_visitor: &NewVisitor<'_>,
) -> Vec<(u32, Vec<CredentialId>)> {
    let numbers = || documents.iter().map(|&(blob, _)| blob);
    let walks: Vec<PackTraversal<'_>> = store
        .packs()
        .iter()
        .enumerate()
        .map(|(index, pack)| {
            let places = numbers().filter_map(|number| store.place_in(index, number));
            PackTraversal::new(pack, store.hash(), &[Kind::Blob]).only(places)
        })
        .collect();
    let loose: Vec<usize> = (0..documents.len())
        .filter(|&index| store.pack_of(documents[index].0).is_none())
        .collect();
    let next_loose = AtomicUsize::new(0);
    let run = || {
        let mut visitor = new_visitor();
        let mut reader = DocumentPass {
            store,
            documents,
            pack: 0,
            visitor: visitor.as_mut(),
            inflater: Inflater::default(),
            holding: Vec::new(),
        };
        let mut state = TraversalState::new(BUDGET / threads.max(1));
        for (pack, walk) in walks.iter().enumerate() {
            reader.pack = pack;
            if walk.run(&mut state, &mut reader).is_break() {
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
    let mut holding = on_each_thread(threads, &run).concat();
    holding.sort_unstable_by_key(|&(index, ..)| index);
    let held = holding.into_iter().map(|(_, blob, found)| (blob, found));
    held.collect()
}

/// One thread of the third pass.
struct DocumentPass<'a> {
    store: &'a ObjectStore,
    documents: &'a [Document<'a>],
    /// The pack that is walked.
    pack: usize,
    visitor: &'a mut dyn Visitor,
    inflater: Inflater,
    holding: Vec<Holding>,
}

impl ObjectVisitor for DocumentPass<'_> {
    fn object(&mut self, object: StoredObject<'_>) -> ControlFlow<(), ScanState> {
        if let Some(number) = self.store.number_in(self.pack, object.place) {
            let first = self.documents.partition_point(|&(blob, _)| blob < number);
            let paths = self.documents[first..].iter();
            let count = paths.take_while(|&&(blob, _)| blob == number).count();
            self.look(first..first + count, object.content);
        }
        self.visitor.proceed()?;
        ControlFlow::Continue(ScanState::Unknown)
    }

    /// Was told in the first pass.
    fn broken(&mut self, _place: u32, _damage: &ObjectDamage) {}
}

impl DocumentPass<'_> {
    /// Looks into one blob under each of its paths.
    fn look(&mut self, mut indices: std::ops::Range<usize>, content: ObjectContent<'_>) {
        match content {
            ObjectContent::Bytes(bytes) => {
                for index in indices {
                    let hint = Hint::of_path(self.documents[index].1);
                    if self.visitor.is_read_by_name(hint, bytes) {
                        let probed = self.visitor.probe(hint, &mut &*bytes);
                        self.keep(index, probed.unwrap_or_default());
                    }
                }
            }
            ObjectContent::Stream(content) => {
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
        let probed = secret_ids::probe(self.store, blob, path, self.visitor, &mut self.inflater);
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
