//! From what is to be scanned to commits that are here: resolves, fetches in growing depths, and says
//! what could not be had.

use super::fetch::{Depth, FetchError, Fetcher, Project};
use super::mode::Base;
use super::variables::is_object_id;
use crate::source::{
    AmbiguousRevision, Lookup, OpenError, Range, RangeError, RangeOptions, Selection,
};

/// How many commits a shallow clone is deepened to, one after the other, before all are fetched.
const DEPTHS: [usize; 4] = [50, 200, 1000, 5000];

/// Commits that are here.
pub(super) struct Obtained {
    /// What they add.
    pub(super) range: Range,
    /// The commit they come after, if it is one.
    pub(super) base: Option<String>,
    /// The last of them.
    pub(super) head: String,
    /// What turned out on the way, as a sentence for the log; may be empty.
    pub(super) learned: String,
}

/// Why there are no commits to scan.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unavailable {
    /// There should be some, and they cannot be had.
    #[error("{0}")]
    Missing(String),
    /// There is nothing that they could come after: the first tag of a project.
    #[error("{0}")]
    NoBase(String),
    /// Trying again would not help.
    #[error(transparent)]
    Range(RangeError),
    /// A revision that the operator names has more than one meaning.
    #[error(transparent)]
    Ambiguous(#[from] AmbiguousRevision),
    /// The repository cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
}

/// Obtains commits for one repository.
#[derive(Debug)]
pub(super) struct Obtain<'a> {
    pub(super) fetcher: &'a mut Fetcher,
    pub(super) exclude: &'a [String],
    /// The project whose branch a [`Base::Branch`] is.
    pub(super) project: Project,
}

impl Obtain<'_> {
    /// The commits after `base` up to `head`, which is what is checked out if not given.
    pub(super) fn commits(
        &mut self,
        base: &Base,
        head: Option<&str>,
    ) -> Result<Obtained, Unavailable> {
        let head = self.id_of(head.unwrap_or("HEAD"))?;
        match base {
            Base::Commit(base) => {
                let base = self.id_of(base)?;
                self.between(&base, &head)
            }
            Base::Tip { before, or } => self.after_push(before, or.as_deref(), &head),
            Base::Branch { name, before } => {
                let mut obtained = self.not_in(name, &head)?;
                if let Some(before) = before {
                    obtained.learned.push_str(&self.since_push(before, &head));
                }
                Ok(obtained)
            }
            Base::TagBefore(tag) => self.since_tag(tag, &head),
        }
    }

    /// The commits after the previous tip, or what the branch has that `or` has not.
    fn after_push(
        &mut self,
        before: &str,
        or: Option<&str>,
        head: &str,
    ) -> Result<Obtained, Unavailable> {
        let before = self.id_of(before)?;
        let error = match self.between(&before, head) {
            Ok(obtained) if self.is_ancestor(&before, head) => return Ok(obtained),
            Ok(_) => None,
            Err(error @ Unavailable::Missing(_)) => Some(error),
            Err(error) => return Err(error),
        };
        let Some(branch) = or else {
            let why = format!(
                "the previous tip {} is not an ancestor, and no default branch is known",
                short(&before)
            );
            return Err(error.unwrap_or(Unavailable::Missing(why)));
        };
        let mut obtained = self.not_in(branch, head)?;
        if obtained.range.commits() == 0 {
            // On the default branch itself there is nothing to compare with.
            let why = format!(
                "the previous tip {} is not an ancestor of {branch}",
                short(&before)
            );
            return Err(error.unwrap_or(Unavailable::Missing(why)));
        }
        obtained.learned = format!(
            "The previous tip {} is not among the ancestors (a force push), so the commits that {branch} does not have are scanned. {}",
            short(&before),
            obtained.learned
        );
        Ok(obtained)
    }

    /// A sentence on how many of the commits came with the last push, where that is easy to tell.
    fn since_push(&self, before: &str, head: &str) -> String {
        match self.range(before, head) {
            Ok(range) if self.is_ancestor(before, head) => {
                format!(" New since the last push: {}.", range.commits())
            }
            _ => String::new(),
        }
    }

    /// The commits that a branch does not have.
    fn not_in(&mut self, branch: &str, head: &str) -> Result<Obtained, Unavailable> {
        let (tip, learned) = self.tip_of(branch)?;
        let mut obtained = self.between(&tip, head)?;
        obtained.learned = learned;
        Ok(obtained)
    }

    /// The tip of a branch: as the remote has it, else as the clone remembers it.
    pub(super) fn tip_of(&mut self, branch: &str) -> Result<(String, String), Unavailable> {
        let error = match self.fetcher.tip_of(self.project, branch) {
            Ok(tip) => return Ok((tip, String::new())),
            Err(error) => error,
        };
        let lookup = self.lookup()?;
        let names =
            ["refs/remotes/origin/", "refs/heads/"].map(|prefix| format!("{prefix}{branch}"));
        let known = names.iter().find_map(|name| lookup.commit_of_ref(name));
        match known.filter(|_| !self.fetcher.is_elsewhere(self.project)) {
            Some(tip) => Ok((
                tip,
                format!(
                    "The branch {branch} is that of the clone, because it could not be fetched ({error})."
                ),
            )),
            None => Err(Unavailable::Missing(format!(
                "could not fetch the branch {branch}: {error}"
            ))),
        }
    }

    /// The commits since the nearest tag but this one.
    fn since_tag(&mut self, tag: &str, head: &str) -> Result<Obtained, Unavailable> {
        let lookup = self.lookup()?;
        let local = lookup.tags();
        let mut commits = match self.fetcher.tags(tag) {
            Ok(commits) => commits,
            // Without a remote, those that the clone has.
            Err(_) if !local.is_empty() => Default::default(),
            Err(error) => {
                return Err(Unavailable::Missing(format!(
                    "could not fetch the tags: {error}"
                )));
            }
        };
        let others = local.into_iter().filter(|(name, _)| name != tag);
        commits.extend(others.map(|(_, commit)| commit));
        let mut steps = self.steps(head)?;
        loop {
            let nearest = self.lookup()?.nearest(head, &commits);
            // A clone that has all of its history cannot get more.
            let is_whole = !self.lookup()?.is_shallow();
            match (
                nearest,
                steps
                    .next()
                    .filter(|depth| !is_whole || *depth == Depth::Connect),
            ) {
                (Some(base), _) => {
                    let mut obtained = self.between(&base, head)?;
                    obtained.learned =
                        format!("The tag before {tag} is at commit {}.", short(&base));
                    return Ok(obtained);
                }
                (None, Some(depth)) => self.fetch(depth, &[head.to_owned()])?,
                (None, None) => {
                    return Err(Unavailable::NoBase(format!("{tag} has no earlier tag")));
                }
            }
        }
    }

    /// The commits that `git log` selects.
    pub(super) fn selected(&mut self, selection: &Selection) -> Result<Obtained, Unavailable> {
        let head = self.named(selection.head.as_deref().unwrap_or("HEAD"))?;
        let base = match &selection.base {
            Some(base) => Some(self.named(base)?),
            None => None,
        };
        let selection = Selection {
            head: Some(head.clone()),
            base: base.clone(),
            ..selection.clone()
        };
        let options = self.options();
        self.deepen(base.as_deref(), &head, |this| {
            Range::selected(&this.fetcher.place(), &selection, &options)
        })
    }

    /// The commit that a person's revision names, which may be a branch that only the remote has or
    /// an ancestor that is not here yet.
    fn named(&mut self, revision: &str) -> Result<String, Unavailable> {
        let error = match self.id_of(revision) {
            Err(error @ Unavailable::Missing(_)) => error,
            other => return other,
        };
        let steps_back = revision.find(['~', '^']).unwrap_or(revision.len());
        let (name, steps_back) = revision.split_at(steps_back);
        let tip = match self.id_of(name) {
            Ok(id) => id,
            Err(ambiguous @ Unavailable::Ambiguous(_)) => return Err(ambiguous),
            Err(_) => {
                let branch = name.strip_prefix("origin/").unwrap_or(name);
                match self.tip_of(branch) {
                    Ok((tip, _)) => tip,
                    Err(_) => return Err(error),
                }
            }
        };
        if steps_back.is_empty() {
            return Ok(tip);
        }
        let revision = format!("{tip}{steps_back}");
        let mut steps = self.steps(&tip)?;
        let mut is_fetched = false;
        loop {
            let lookup = self.lookup()?;
            if let Some(id) = lookup.commit(&revision)? {
                return Ok(id);
            }
            // In a clone that has all of its history there is no such ancestor.
            let is_more = !is_fetched || lookup.is_shallow();
            let Some(depth) = steps.next().filter(|_| is_more) else {
                return Err(error);
            };
            self.fetch(depth, std::slice::from_ref(&tip))?;
            is_fetched = true;
        }
    }

    /// The commits that `head` has and `base` has not; fetches until all are here.
    fn between(&mut self, base: &str, head: &str) -> Result<Obtained, Unavailable> {
        self.deepen(Some(base), head, |this| this.range(base, head))
    }

    /// Fetches until all that `range` needs is here.
    fn deepen(
        &mut self,
        base: Option<&str>,
        head: &str,
        range: impl Fn(&Self) -> Result<Range, RangeError>,
    ) -> Result<Obtained, Unavailable> {
        let ends: Vec<String> = [head].into_iter().chain(base).map(str::to_owned).collect();
        let mut steps = self.steps(head)?;
        let mut is_connected = false;
        loop {
            let missing = match range(self) {
                Ok(range) => {
                    return Ok(Obtained {
                        range,
                        base: base.map(str::to_owned),
                        head: head.to_owned(),
                        learned: String::new(),
                    });
                }
                Err(RangeError::Missing { name, .. }) => {
                    format!("commit {} is not in the clone", short(&name))
                }
                Err(RangeError::Cut(at)) => {
                    format!(
                        "the clone is shallow and ends at commit {}, within the commits to scan",
                        short(&at)
                    )
                }
                Err(error) => return Err(Unavailable::Range(error)),
            };
            let is_whole = !self.lookup()?.is_shallow();
            let depth = match steps.next() {
                // Depth means nothing to a clone that has all of its history.
                Some(_) if is_whole && !is_connected => Depth::Connect,
                Some(depth) if !is_whole => depth,
                _ => return Err(Unavailable::Missing(missing)),
            };
            is_connected |= depth == Depth::Connect;
            self.fetch(depth, &ends)
                .map_err(|error| Unavailable::Missing(format!("{missing}, and {error}")))?;
        }
    }

    fn range(&self, base: &str, head: &str) -> Result<Range, RangeError> {
        Range::parse(
            &self.fetcher.place(),
            &format!("{base}..{head}"),
            &self.options(),
        )
    }

    fn lookup(&self) -> Result<Lookup, OpenError> {
        Lookup::open(&self.fetcher.place())
    }

    fn options(&self) -> RangeOptions {
        RangeOptions {
            exclude: self.exclude.to_vec(),
            ..RangeOptions::default()
        }
    }

    /// True if `head` reaches `base` here.
    fn is_ancestor(&self, base: &str, head: &str) -> bool {
        self.range(head, base)
            .is_ok_and(|range| range.commits() == 0)
    }

    fn fetch(&mut self, depth: Depth, commits: &[String]) -> Result<(), Unavailable> {
        let fetched = self.fetcher.fetch(depth, commits);
        fetched.map_err(|error: FetchError| Unavailable::Missing(error.to_string()))
    }

    /// What to fetch, one after the other, as long as it is not enough.
    ///
    /// A depth below what is here would make a clone shallower than it is.
    fn steps(&self, head: &str) -> Result<std::vec::IntoIter<Depth>, OpenError> {
        let lookup = self.lookup()?;
        if !lookup.is_shallow() {
            return Ok(vec![Depth::Connect].into_iter());
        }
        let limit = DEPTHS.last().copied().unwrap_or_default();
        let here = lookup.count("HEAD", limit).max(lookup.count(head, limit));
        let depths = DEPTHS.into_iter().filter(|depth| *depth > here);
        let steps: Vec<Depth> = depths.map(Depth::To).chain([Depth::All]).collect();
        Ok(steps.into_iter())
    }

    /// The full id of a revision. One that is not here stays as it is if it is an id already.
    fn id_of(&self, revision: &str) -> Result<String, Unavailable> {
        let found = self.lookup()?.commit(revision)?;
        match found {
            Some(id) => Ok(id),
            None if is_object_id(revision) => Ok(revision.to_owned()),
            None => Err(Unavailable::Missing(format!(
                "'{revision}' names no commit of this repository"
            ))),
        }
    }
}

/// The first digits of an object id.
pub(super) fn short(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}
