//! The secrets that were found, and which blob holds which.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::super::pack::entry::Kind;
use super::super::pack::inflate::Inflater;
use super::super::pack::object::ObjectContent;
use super::super::pack::store::ObjectStore;
use super::blob_pass::{ObjectPart, report_unfinished};
use super::introduction::{BlobSecrets, SecretId};
use super::provenance::ObjectHit;
use crate::model::{CredentialId, Hint};
use crate::source::{Probed, Visitor};

/// The secrets that were found, each under a number, and what holds them.
pub(crate) struct SecretIds {
    numbers: BTreeMap<CredentialId, SecretId>,
    found: Vec<ObjectHit>,
    /// By blob: what it holds under a path that means nothing.
    plain: HashMap<u32, Rc<[SecretId]>>,
}

impl SecretIds {
    pub(crate) fn new(found: Vec<(u32, Kind, ObjectPart, Vec<CredentialId>)>) -> Self {
        let mut secrets = Self {
            numbers: BTreeMap::new(),
            found: Vec::new(),
            plain: HashMap::new(),
        };
        for (number, kind, part, fingerprints) in found {
            let list = secrets.number_all(fingerprints);
            if kind == Kind::Blob {
                secrets.plain.insert(number, Rc::clone(&list));
            }
            secrets.found.push((number, kind, part, list));
        }
        secrets
    }

    fn number_all(&mut self, fingerprints: Vec<CredentialId>) -> Rc<[SecretId]> {
        let mut list: Vec<SecretId> = fingerprints
            .into_iter()
            .map(|fingerprint| {
                let next = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
                *self.numbers.entry(fingerprint).or_insert(next)
            })
            .collect();
        list.sort_unstable();
        list.into()
    }

    pub(crate) fn number(&self, fingerprint: &CredentialId) -> Option<SecretId> {
        self.numbers.get(fingerprint).copied()
    }

    pub(crate) fn blobs(&self) -> impl Iterator<Item = u32> + '_ {
        self.plain.keys().copied()
    }

    pub(crate) fn hits(&self) -> Vec<ObjectHit> {
        self.found.clone()
    }

    /// Numbers what was found only when a file's name said how to read it.
    pub(crate) fn add(&mut self, found: Vec<CredentialId>) {
        self.number_all(found);
    }
}

/// What a blob holds under this path; `None` if that is what it holds under any.
pub(crate) fn probe(
    store: &ObjectStore,
    blob: u32,
    path: &[u8],
    visitor: &mut dyn Visitor,
    inflater: &mut Inflater,
) -> Option<Probed> {
    let hint = Hint::of_path(path);
    let read = store.read(blob, inflater, |kind, content| match (kind, content) {
        (Kind::Blob, ObjectContent::Bytes(bytes)) if !visitor.is_read_by_name(hint, bytes) => None,
        (Kind::Blob, ObjectContent::Bytes(mut bytes)) => visitor.probe(hint, &mut bytes).ok(),
        (Kind::Blob, ObjectContent::Stream(content)) => visitor.probe(hint, content).ok(),
        _ => None,
    });
    // What cannot be read has been told in the first pass.
    read.ok().flatten()
}

/// Tells what a blob holds under a path, for documents by reading it again.
pub(crate) struct BlobSecretReader<'a> {
    pub(crate) store: &'a ObjectStore,
    pub(crate) names: &'a [Box<[u8]>],
    pub(crate) secrets: &'a mut SecretIds,
    pub(crate) visitor: &'a mut dyn Visitor,
    /// By blob and the last names of its path.
    pub(crate) documents: HashMap<(u32, Vec<u32>), Rc<[SecretId]>>,
}

impl BlobSecrets for BlobSecretReader<'_> {
    fn secrets(&mut self, blob: u32, names: &[u32]) -> Rc<[SecretId]> {
        // Two names say all about the grammar of a file.
        let tail = &names[names.len().saturating_sub(2)..];
        let path: Vec<&[u8]> = tail
            .iter()
            .map(|&name| &*self.names[name as usize])
            .collect();
        let path = path.join(&b'/');
        if !self.visitor.is_document(&path) {
            return self.secrets.plain.get(&blob).cloned().unwrap_or_default();
        }
        let key = (blob, tail.to_vec());
        if let Some(secrets) = self.documents.get(&key) {
            return Rc::clone(secrets);
        }
        let inflater = &mut Inflater::default();
        let secrets = match probe(self.store, blob, &path, self.visitor, inflater) {
            Some(probed) => {
                report_unfinished(self.store, blob, &probed.unfinished, self.visitor);
                self.secrets.number_all(probed.found)
            }
            None => self.secrets.plain.get(&blob).cloned().unwrap_or_default(),
        };
        self.documents.insert(key, Rc::clone(&secrets));
        secrets
    }

    fn is_stopped(&self) -> bool {
        self.visitor.proceed().is_break()
    }
}
