//! Images of the container registry: manifests, configurations (variables, history, labels) and layers.
//!
//! The registry is another server than the instance, and the instance provides its address. It receives a token that
//! the instance issues for reading one repository
//! (<https://docs.gitlab.com/administration/packages/container_registry/>), never the operator's. Content is
//! identified by its digest, so each digest is read once for a project.

use std::collections::BTreeSet;
use std::io::Read;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256, Sha512};

use crate::gitlab::{ApiRequest, AuthHeader, path_segment};
use crate::model::{Secret, hex};
use crate::sweep::{
    Part, PartEnd, Place, PlaceError, RemoteItem, Subject, Survey, Tally, Unreadable,
};

/// See the module.
#[derive(Debug)]
pub(super) struct Registry;

/// The media types of manifests, single and for several platforms, of OCI and of Docker.
const MANIFEST_TYPES: &str = "application/vnd.oci.image.index.v1+json, \
    application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, \
    application/vnd.docker.distribution.manifest.v2+json";

/// Maximum size of a manifest, as in registries.
const MAX_MANIFEST: u64 = 4 << 20;

/// Assumed number of requests for an image: an index, a manifest, a configuration and three layers.
const TAG_REQUESTS: usize = 6;

/// Maximum number of nested indexes.
const MAX_DEPTH: u32 = 3;

/// Time after which a token is replaced. It is valid for five minutes by default.
const TOKEN_TIME: Duration = Duration::from_secs(180);

/// The first plausible time of an image, in seconds since 1970: the first release of Docker.
const OLDEST_TIME: i64 = 1_363_737_600;

/// The user name beside the operator's token, which GitLab does not check.
const USER: &str = "tokensweep";

/// Digests that were read: the first 16 digits.
type ReadDigests = BTreeSet<String>;

/// A repository of images, in the answers of `/projects/:id/registry/repositories`.
#[derive(Deserialize)]
struct ImageRepository {
    id: u64,
    /// Its path in the registry.
    path: String,
    /// Host and path.
    location: String,
    created_at: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Deserialize)]
struct Tag {
    name: String,
}

/// The details of a tag, in the answers of `/projects/:id/registry/repositories/:repository/tags/:tag`.
#[derive(Deserialize)]
struct TagDetails {
    created_at: Option<String>,
}

/// The answer of `/jwt/auth`.
#[derive(Deserialize)]
struct RegistryToken {
    token: String,
}

/// A manifest or an index of manifests. `blobs` are the layers of artifacts without a configuration.
#[derive(Deserialize)]
struct Manifest {
    config: Option<Descriptor>,
    #[serde(alias = "blobs")]
    layers: Option<Vec<Descriptor>>,
    manifests: Option<Vec<Descriptor>>,
}

/// A reference to content.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    digest: String,
    size: Option<u64>,
    #[serde(default)]
    media_type: String,
}

impl Descriptor {
    /// Returns a name for a layer with the extension of its format.
    fn layer_name(&self) -> &'static str {
        match self.media_type.rsplit(['.', '+']).next() {
            Some("gzip") => "layer.tar.gz",
            Some("zstd") => "layer.tar.zst",
            _ => "layer.tar",
        }
    }
}

impl Place for Registry {
    fn read(&self, part: &Part<'_>) -> Result<PartEnd, PlaceError> {
        part.keep_records();
        let mut read: ReadDigests = part.cursor().unwrap_or_default();
        let list = repository_list(part.subject());
        let repositories: Vec<ImageRepository> = part.items(list).collect::<Result<_, _>>()?;
        for repository in &repositories {
            let mut images = Images {
                part,
                repository,
                token: None,
                read: &mut read,
            };
            match images.read() {
                Ok(()) => {}
                Err(PlaceError::Unreadable(unreadable)) => {
                    part.unreadable(unreadable.of_item(images.path("")));
                }
                Err(interrupted) => return Err(interrupted),
            }
        }
        part.set_cursor(&read);
        Ok(PartEnd::Done)
    }

    /// A token for each repository and the manifest of each tag; in a first reading also the content of images.
    fn estimate(&self, survey: &Survey<'_>, cursor: Option<&Value>) -> Result<u64, PlaceError> {
        let sample = survey.list(repository_list(survey.subject()))?;
        let repositories: Vec<ImageRepository> = sample.parse()?;
        let tags: usize = repositories.iter().map(|image| image.tags.len()).sum();
        let each = if cursor.is_none() { TAG_REQUESTS } else { 1 };
        let tagged = repositories.iter().filter(|image| !image.tags.is_empty());
        Ok(1 + sample.scale(tagged.count() + tags * each))
    }
}

/// Returns the path of the list of repositories.
fn repository_list(subject: &Subject) -> String {
    format!(
        "{}/registry/repositories?tags=true&per_page=100",
        subject.api()
    )
}

/// The images of one repository.
struct Images<'a, 'p> {
    part: &'a Part<'p>,
    repository: &'a ImageRepository,
    /// The token, and when it was issued.
    token: Option<(Secret, Instant)>,
    read: &'a mut ReadDigests,
}

impl Images<'_, '_> {
    fn read(&mut self) -> Result<(), PlaceError> {
        for tag in &self.repository.tags {
            if !self.is_recent(&tag.name)? {
                continue;
            }
            let read = self.read_manifest(&tag.name, 0);
            self.note(&tag.name, read)?;
        }
        Ok(())
    }

    /// Returns true for a tag that was created at `--since` or later, or at an unknown time. Only the details of a tag
    /// contain its time. Reproducible builds set it to 1970, which is meaningless.
    fn is_recent(&self, tag: &str) -> Result<bool, PlaceError> {
        let part = self.part;
        let Some(since) = part.limits().since else {
            return Ok(true);
        };
        let path = format!(
            "{}/registry/repositories/{}/tags/{}",
            part.subject().api(),
            self.repository.id,
            path_segment(tag)
        );
        let created_at = match part.fetch::<TagDetails>(path) {
            Ok(details) => details.created_at,
            Err(PlaceError::Interrupted) => return Err(PlaceError::Interrupted),
            Err(PlaceError::Unreadable(_)) => None,
        };
        let created: Option<Timestamp> = created_at.and_then(|text| text.parse().ok());
        let created = created.map(Timestamp::as_second);
        Ok(created.is_none_or(|created| since <= created || created < OLDEST_TIME))
    }

    /// Requests a token of the instance that may read this repository. The address is the instance's own, not one
    /// from the registry.
    fn new_token(&self) -> Result<Secret, PlaceError> {
        let scope = path_segment(&format!("repository:{}:pull", self.repository.path));
        let path = format!("/jwt/auth?service=container_registry&scope={scope}");
        let user = AuthHeader::Basic(USER.to_owned());
        let request = ApiRequest::get(path).auth(user, self.part.token());
        let answer: RegistryToken = self.part.client().fetch(&request)?;
        Ok(Secret::new(answer.token, 0))
    }

    fn request(&mut self, kind: &str, name: &str) -> Result<ApiRequest, PlaceError> {
        let token = match self.token.take() {
            Some((token, issued)) if issued.elapsed() < TOKEN_TIME => (token, issued),
            _ => (self.new_token()?, Instant::now()),
        };
        let (token, _) = self.token.insert(token);
        let repository = self.repository;
        let host = repository.location.split('/').next().unwrap_or_default();
        let path = format!("/v2/{}/{kind}/{name}", repository.path);
        Ok(self.part.client().registry_request(host, path, token)?)
    }

    /// Records that content cannot be read, and goes on with the next one.
    ///
    /// # Errors
    /// [`PlaceError::Interrupted`] if the scan should stop.
    fn note(&self, path: &str, result: Result<(), PlaceError>) -> Result<bool, PlaceError> {
        match result {
            Ok(()) => Ok(true),
            Err(PlaceError::Unreadable(unreadable)) => {
                self.part.unreadable(unreadable.of_item(self.path(path)));
                Ok(false)
            }
            Err(interrupted) => Err(interrupted),
        }
    }

    /// Reads a manifest by tag or digest, and the content that it references.
    fn read_manifest(&mut self, name: &str, depth: u32) -> Result<(), PlaceError> {
        let request = self.request("manifests", name)?.accept(MANIFEST_TYPES);
        let mut bytes = Vec::new();
        let mut download = self.part.client().download(&request, MAX_MANIFEST)?;
        if let Err(error) = download.read_to_end(&mut bytes) {
            return Err(Unreadable::transient(error.to_string()).into());
        }
        let digest = digest_of::<Sha256>("sha256", &bytes);
        // Without this check, a registry could answer with references to references without an end.
        if is_digest(name) && name != digest && name != digest_of::<Sha512>("sha512", &bytes) {
            return Err(Unreadable::permanent("its manifest does not have its digest").into());
        }
        if self.is_read(&digest) {
            return Ok(());
        }
        let unknown = || Unreadable::permanent("its manifest has an unknown form");
        let manifest: Manifest = serde_json::from_slice(&bytes).map_err(|_| unknown())?;
        self.emit(&digest, "manifest.json", &mut &*bytes)?;
        let is_known =
            manifest.config.is_some() || manifest.layers.is_some() || manifest.manifests.is_some();
        if !is_known {
            return Err(unknown().into());
        }
        let images = manifest.manifests.unwrap_or_default();
        if depth == MAX_DEPTH && !images.is_empty() {
            let reason = format!("its index is nested deeper than {MAX_DEPTH} indexes");
            return Err(Unreadable::permanent(reason).into());
        }
        let mut is_whole = true;
        for image in &images {
            let read = match is_digest(&image.digest) {
                false => Err(invalid_digest()),
                true if self.is_read(&image.digest) => Ok(()),
                true => self.read_manifest(&image.digest, depth + 1),
            };
            is_whole &= self.note(&image.digest, read)?;
        }
        let config = manifest.config.iter().map(|blob| (blob, "config.json"));
        let layers = manifest.layers.iter().flatten();
        let layers = layers.map(|blob| (blob, blob.layer_name()));
        for (blob, file) in config.chain(layers) {
            let read = self.read_blob(blob, file);
            is_whole &= self.note(&format!("{}/{file}", blob.digest), read)?;
        }
        if is_whole {
            self.read.insert(short(&digest));
        }
        Ok(())
    }

    fn read_blob(&mut self, blob: &Descriptor, name: &str) -> Result<(), PlaceError> {
        if !is_digest(&blob.digest) {
            return Err(invalid_digest());
        }
        if self.is_read(&blob.digest) {
            return Ok(());
        }
        let limit = self.part.limits().max_file;
        if blob.size.is_some_and(|size| size > limit) {
            self.part.count(Tally::LargeFiles, 1);
            return Ok(());
        }
        let request = self.request("blobs", &blob.digest)?;
        let mut content = self.part.client().download(&request, limit)?;
        self.emit(&blob.digest, name, &mut content)?;
        self.read.insert(short(&blob.digest));
        Ok(())
    }

    fn emit(&self, digest: &str, name: &str, content: &mut dyn Read) -> Result<(), PlaceError> {
        let item = RemoteItem {
            path: &self.path(&format!("{digest}/{name}")),
            url: self
                .part
                .subject()
                .page(&format!("container_registry/{}", self.repository.id)),
            appeared: self.repository.created_at.clone(),
            ..RemoteItem::default()
        };
        self.part.emit(&item, content)
    }

    fn path(&self, below: &str) -> String {
        let path = format!("container_registry/{}/{below}", self.repository.id);
        path.trim_end_matches('/').to_owned()
    }

    fn is_read(&self, digest: &str) -> bool {
        self.read.contains(&short(digest))
    }
}

/// Returns the error of a reference that no request may contain.
fn invalid_digest() -> PlaceError {
    Unreadable::permanent("its manifest names content by a digest that is not valid").into()
}

/// Returns the digest of content in the form of registries.
fn digest_of<D: Digest>(algorithm: &str, bytes: &[u8]) -> String {
    format!("{algorithm}:{}", hex(&D::digest(bytes)))
}

/// Returns true for a digest, which may be part of the address of a request.
fn is_digest(text: &str) -> bool {
    text.split_once(':').is_some_and(|(algorithm, digits)| {
        matches!((algorithm, digits.len()), ("sha256", 64) | ("sha512", 128))
            && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

/// Returns enough of a digest to distinguish it from others.
fn short(digest: &str) -> String {
    let digits = digest.split_once(':').map_or(digest, |(_, digits)| digits);
    digits.chars().take(16).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_only_digests_in_addresses() {
        let digest = digest_of::<Sha256>("sha256", b"");
        assert!(is_digest(&digest));
        assert_eq!(short(&digest), "e3b0c44298fc1c14");
        for text in [
            "",
            "sha256:",
            "sha256:../../x",
            "sha256",
            "sha256:abc",
            ":00000000000000000000000000000000",
        ] {
            assert!(!is_digest(text), "{text}");
        }
    }

    #[test]
    fn names_layers_by_format() {
        let name = |media_type: &str| {
            let descriptor = Descriptor {
                digest: String::new(),
                size: None,
                media_type: media_type.to_owned(),
            };
            descriptor.layer_name()
        };
        assert_eq!(
            name("application/vnd.oci.image.layer.v1.tar+gzip"),
            "layer.tar.gz"
        );
        assert_eq!(
            name("application/vnd.docker.image.rootfs.diff.tar.gzip"),
            "layer.tar.gz"
        );
        assert_eq!(
            name("application/vnd.oci.image.layer.v1.tar+zstd"),
            "layer.tar.zst"
        );
        assert_eq!(name("application/vnd.oci.image.layer.v1.tar"), "layer.tar");
    }
}
