//! Opens the state of a sweep, which a file or a package contains.

use std::sync::Arc;

use anyhow::{Context as _, bail};

use super::ci::system::{CiJob, job_token};
use super::instance::InstanceOptions;
use super::operator_token::OperatorTokenArgs;
use crate::gitlab::{AuthHeader, Instance};
use crate::model::Secret;
use crate::sweep::{StateFile, StateLocation, StatePackage, StateStore, SweepState};

/// Opens the state of the instance, or a new one.
///
/// # Errors
/// If it cannot be read, is damaged, or no token for a package is known.
pub(super) fn open(
    location: &StateLocation,
    options: &InstanceOptions,
    token: &OperatorTokenArgs,
) -> anyhow::Result<(StateStore, SweepState)> {
    // A client of its own: an interrupted sweep still writes its state.
    let client = Arc::new(options.persistent_client(&Arc::default(), 1)?);
    match location {
        StateLocation::File(path) => {
            let (file, state) = StateFile::open(path, &client.instance().to_string())?;
            Ok((StateStore::File(file), state))
        }
        StateLocation::Package(url) => {
            let auth = package_auth(client.instance(), token)?;
            let (package, state) = StatePackage::open(url, &client, auth)?;
            Ok((StateStore::Package(package), state))
        }
    }
}

/// Returns the token for packages: in a pipeline of the instance that of the job, which may write packages of its
/// project; otherwise the operator's.
fn package_auth(
    instance: &Instance,
    token: &OperatorTokenArgs,
) -> anyhow::Result<(AuthHeader, Secret)> {
    let is_here = |url: String| {
        url.parse()
            .is_ok_and(|server: Instance| server == *instance)
    };
    if CiJob::from_env().server().is_some_and(is_here)
        && let Some(job) = job_token().filter(|token| !token.is_empty())
    {
        return Ok((
            AuthHeader::JobToken,
            Secret::guessable(job.as_encoded_bytes()),
        ));
    }
    match token.load()? {
        Some(token) => Ok((AuthHeader::PrivateToken, token)),
        None => bail!(
            "a state in a package needs a token: set TOKENSWEEP_GITLAB_TOKEN or pass --token-file; in a job of \
             {instance}, the job token is used"
        ),
    }
}

/// Reads a state without writing it; `None` if it does not exist.
///
/// # Errors
/// As [`open`].
pub(super) fn read(
    location: &StateLocation,
    options: &InstanceOptions,
    token: &OperatorTokenArgs,
) -> anyhow::Result<Option<SweepState>> {
    if let StateLocation::File(path) = location
        && !path
            .try_exists()
            .with_context(|| format!("cannot read '{}'", path.display()))?
    {
        return Ok(None);
    }
    let (store, state) = open(location, options, token)?;
    Ok(store.exists().then_some(state))
}
