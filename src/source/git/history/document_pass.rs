//! The third pass: scans the blobs whose names select a parser.

use std::ops::{ControlFlow, Range};

use gix::objs::Kind;

use super::super::pack::damage::ObjectDamage;
use super::super::pack::inflate::Inflater;
use super::super::pack::object::{
    ObjectAddress, ObjectContent, ObjectVisitor, ScanState, StoredObject,
};
use super::super::pack::store::ObjectStore;
use super::blob_pass::report_unfinished;
use super::passes::Pass;
use crate::model::{CredentialId, Hint};
use crate::source::{HistoryVisitor, NewVisitor, Probed};

/// The number of a blob, and a path that selects a parser for it.
pub(crate) type DocumentPath<'a> = (u32, &'a [u8]);

/// Scans blobs under these paths, which are sorted. Returns in the same order the findings in those blobs whose
/// findings depend on the path.
pub(crate) fn scan_documents(
    store: &ObjectStore,
    documents: &[DocumentPath<'_>],
    threads: usize,
    new_visitor: &NewVisitor<'_>,
) -> Vec<(u32, Vec<CredentialId>)> {
    let mut numbers: Vec<u32> = documents.iter().map(|&(blob, _)| blob).collect();
    numbers.dedup();
    let pass = Pass::new(store, &[Kind::Blob], threads).only(&numbers);
    let found = pass.on_each_thread(|| {
        let mut visitor = new_visitor();
        let mut documents = DocumentPass {
            store,
            documents,
            visitor: visitor.as_mut(),
            inflater: Inflater::default(),
            found: Vec::new(),
        };
        // A scan that was stopped reports earlier findings.
        let _ = pass.run(&mut documents);
        documents.found
    });
    let mut found = found.concat();
    found.sort_unstable_by_key(|&(index, _)| index);
    let found = found.into_iter();
    found
        .map(|(index, ids)| (documents[index].0, ids))
        .collect()
}

/// Scans a blob by itself under a path; `None` if its findings do not depend on the path.
pub(crate) fn probe_document(
    store: &ObjectStore,
    blob: u32,
    path: &[u8],
    visitor: &mut dyn HistoryVisitor,
    inflater: &mut Inflater,
) -> Option<Probed> {
    let hint = Hint::of_path(path);
    let read = store.read(blob, inflater, |kind, content| match (kind, content) {
        (Kind::Blob, ObjectContent::Bytes(mut bytes)) => visitor
            .is_read_by_name(hint, bytes)
            .then(|| visitor.probe(hint, &mut bytes).ok())?,
        (Kind::Blob, ObjectContent::Stream(content, _)) => visitor.probe(hint, content).ok(),
        _ => None,
    });
    // The first pass has reported damaged objects.
    read.ok().flatten()
}

/// One thread of the third pass.
struct DocumentPass<'a> {
    store: &'a ObjectStore,
    documents: &'a [DocumentPath<'a>],
    visitor: &'a mut dyn HistoryVisitor,
    inflater: Inflater,
    /// By index of the document.
    found: Vec<(usize, Vec<CredentialId>)>,
}

impl ObjectVisitor for DocumentPass<'_> {
    fn object(&mut self, object: StoredObject<'_>) -> ControlFlow<(), ScanState> {
        if let Some(number) = self.store.number_at(object.address) {
            let first = self.documents.partition_point(|&(blob, _)| blob < number);
            let paths = self.documents[first..].iter();
            let count = paths.take_while(|&&(blob, _)| blob == number).count();
            self.scan(first..first + count, object.content);
        }
        self.visitor.proceed()?;
        ControlFlow::Continue(ScanState::Unknown)
    }

    /// The first pass has reported it.
    fn damaged(&mut self, _address: ObjectAddress, _damage: &ObjectDamage) {}
}

impl DocumentPass<'_> {
    /// Scans one blob under each of its paths.
    fn scan(&mut self, indices: Range<usize>, content: ObjectContent<'_>) {
        match content {
            ObjectContent::Bytes(bytes) => {
                for index in indices {
                    let hint = Hint::of_path(self.documents[index].1);
                    if self.visitor.is_read_by_name(hint, bytes) {
                        let probed = self.visitor.probe(hint, &mut &*bytes);
                        self.add(index, probed.unwrap_or_default());
                    }
                }
            }
            // Not read here: each path needs a stream of its own.
            ObjectContent::Stream(..) => {
                for index in indices {
                    let (blob, path) = self.documents[index];
                    let inflater = &mut self.inflater;
                    let probed = probe_document(self.store, blob, path, self.visitor, inflater);
                    self.add(index, probed.unwrap_or_default());
                }
            }
        }
    }

    fn add(&mut self, index: usize, probed: Probed) {
        let Probed { found, unfinished } = probed;
        let number = self.documents[index].0;
        report_unfinished(self.store, number, &unfinished, self.visitor);
        if !found.is_empty() {
            self.found.push((index, found));
        }
    }
}
