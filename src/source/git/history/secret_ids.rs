//! The secrets that were found, and which blob contains which.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use gix::objs::Kind;

use super::super::pack::inflate::Inflater;
use super::super::pack::store::ObjectStore;
use super::blob_pass::{ObjectHit, ObjectPart, report_unfinished};
use super::document_pass::probe_document;
use super::introduction::{BlobSecrets, SecretId};
use crate::model::CredentialId;
use crate::source::HistoryVisitor;

/// An object that contains secrets.
#[derive(Clone)]
pub(crate) struct SecretHit {
    /// The number of the object.
    pub(crate) number: u32,
    pub(crate) kind: Kind,
    pub(crate) part: ObjectPart,
    /// The secrets, sorted.
    pub(crate) secrets: Rc<[SecretId]>,
}

/// Gives each secret a number, and records the objects that contain it.
#[derive(Default)]
pub(crate) struct SecretIds {
    ids: BTreeMap<CredentialId, SecretId>,
    hits: Vec<SecretHit>,
    /// By blob: its findings under an empty path.
    by_blob: HashMap<u32, Rc<[SecretId]>>,
}

impl SecretIds {
    /// Numbers the findings of the first pass.
    pub(crate) fn new(hits: Vec<ObjectHit>) -> Self {
        let mut ids = Self::default();
        for hit in hits {
            let secrets = ids.add(hit.found);
            if hit.kind == Kind::Blob {
                ids.by_blob.insert(hit.number, Rc::clone(&secrets));
            }
            ids.hits.push(SecretHit {
                number: hit.number,
                kind: hit.kind,
                part: hit.part,
                secrets,
            });
        }
        ids
    }

    /// Returns the sorted numbers of secrets, which may be new.
    pub(crate) fn add(&mut self, found: Vec<CredentialId>) -> Rc<[SecretId]> {
        let mut secrets: Vec<SecretId> = found
            .into_iter()
            .map(|id| {
                let next = u32::try_from(self.ids.len()).unwrap_or(u32::MAX);
                *self.ids.entry(id).or_insert(next)
            })
            .collect();
        secrets.sort_unstable();
        secrets.into()
    }

    /// Returns the number of a secret.
    pub(crate) fn id(&self, credential: &CredentialId) -> Option<SecretId> {
        self.ids.get(credential).copied()
    }

    /// Returns the blobs that contain secrets under an empty path.
    pub(crate) fn blobs(&self) -> impl Iterator<Item = u32> + '_ {
        self.by_blob.keys().copied()
    }

    /// Returns the objects that contain secrets.
    pub(crate) fn hits(&self) -> Vec<SecretHit> {
        self.hits.clone()
    }
}

/// Determines the secrets of a blob under a path. A blob whose path selects a parser is scanned again.
pub(crate) struct BlobSecretReader<'a> {
    pub(crate) store: &'a ObjectStore,
    pub(crate) names: &'a [Box<[u8]>],
    pub(crate) ids: &'a mut SecretIds,
    pub(crate) visitor: &'a mut dyn HistoryVisitor,
    /// By blob and the last names of its path.
    pub(crate) documents: HashMap<(u32, Vec<u32>), Rc<[SecretId]>>,
}

impl BlobSecrets for BlobSecretReader<'_> {
    fn secrets(&mut self, blob: u32, names: &[u32]) -> Rc<[SecretId]> {
        // The last two names select the parser of a file.
        let last = &names[names.len().saturating_sub(2)..];
        let path: Vec<&[u8]> = last
            .iter()
            .map(|&name| &*self.names[name as usize])
            .collect();
        let path = path.join(&b'/');
        let under_empty_path = || self.ids.by_blob.get(&blob).cloned().unwrap_or_default();
        if !self.visitor.is_document(&path) {
            return under_empty_path();
        }
        let key = (blob, last.to_vec());
        if let Some(secrets) = self.documents.get(&key) {
            return Rc::clone(secrets);
        }
        let inflater = &mut Inflater::default();
        let secrets = match probe_document(self.store, blob, &path, self.visitor, inflater) {
            Some(probed) => {
                report_unfinished(self.store, blob, &probed.unfinished, self.visitor);
                self.ids.add(probed.found)
            }
            None => under_empty_path(),
        };
        self.documents.insert(key, Rc::clone(&secrets));
        secrets
    }

    fn is_stopped(&self) -> bool {
        self.visitor.proceed().is_break()
    }
}
