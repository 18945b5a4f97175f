//! The destination of a report: a file that is complete or absent.
//!
//! The destination is tested before the scan and written after it. Nothing is on disk in between, so that an
//! interrupted scan leaves no file behind and a scan of the target's folder does not find its own report.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use tempfile::NamedTempFile;

use super::{Format, UnknownFormat};
use crate::model::BlobPath;

/// A requested report: `FORMAT=FILE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportFile {
    /// The format.
    pub format: Format,
    /// The destination.
    pub path: PathBuf,
}

/// An error in a `FORMAT=FILE` option.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidReportFile {
    /// No `=`, or no file after it.
    #[error("expected FORMAT=FILE, such as sarif=report.sarif")]
    Form,
    /// The file is `-`, which means standard output in other programs.
    #[error("a report needs a file; to print it on standard output, use --format {0}")]
    StandardOutput(Format),
    /// The word before `=` is not a format.
    #[error(transparent)]
    Format(#[from] UnknownFormat),
}

impl FromStr for ReportFile {
    type Err = InvalidReportFile;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            Some((format, "-")) => Err(InvalidReportFile::StandardOutput(format.parse()?)),
            Some((format, path)) if !path.is_empty() => Ok(Self {
                format: format.parse()?,
                path: path.into(),
            }),
            _ => Err(InvalidReportFile::Form),
        }
    }
}

/// An error of writing a report. Its text contains the file and the reason.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the report {}: {reason}", BlobPath::from_path(path))]
pub struct SinkError {
    path: PathBuf,
    reason: SinkReason,
}

impl SinkError {
    /// Returns the reason, without the name of the file.
    pub fn reason(&self) -> String {
        self.reason.to_string()
    }
}

#[derive(Debug, thiserror::Error)]
enum SinkReason {
    #[error("{0}")]
    Io(io::Error),
    #[error("it is a directory")]
    Directory,
    #[error("another report of the same run goes there")]
    Twice,
}

/// A method of writing a file that was tested.
#[derive(Debug)]
pub struct Sink {
    path: PathBuf,
    way: Way,
}

#[derive(Debug)]
enum Way {
    /// Write beside the target, then rename.
    Replace { folder: PathBuf, name: PathBuf },
    /// Write into an existing target that is not a regular file.
    Direct(File),
}

/// Tests that every file can be written.
///
/// # Errors
/// If one of them cannot be written, or two of them are the same.
pub fn prepare_all(files: &[ReportFile]) -> Result<Vec<(Format, Sink)>, SinkError> {
    let mut taken = BTreeMap::new();
    let mut sinks = Vec::with_capacity(files.len());
    for file in files {
        let sink = Sink::prepare(&file.path)?;
        if taken.insert(sink.identity(), ()).is_some() {
            return Err(sink.error(SinkReason::Twice));
        }
        sinks.push((file.format, sink));
    }
    Ok(sinks)
}

impl Sink {
    /// Tests that `path` can be written, without leaving a file.
    ///
    /// A regular or missing file is replaced as a whole; a symbolic link is replaced and not followed, since the
    /// scanned repository may have created it. A device, a pipe, and a link with which the system offers an open file
    /// (`/dev/stdout`) are written directly.
    ///
    /// # Errors
    /// If the report could not be written there.
    pub fn prepare(path: &Path) -> Result<Self, SinkError> {
        let error = |reason| SinkError {
            path: path.to_owned(),
            reason,
        };
        let io_error = |source| error(SinkReason::Io(source));
        let way = match fs::symlink_metadata(path) {
            Ok(at) if at.is_dir() => return Err(error(SinkReason::Directory)),
            Ok(at) if at.is_file() => {
                // A read-only file must not be replaced either.
                OpenOptions::new()
                    .append(true)
                    .open(path)
                    .map_err(io_error)?;
                replace(path).map_err(io_error)?
            }
            Ok(at) if at.is_symlink() && !is_the_systems(path) => {
                replace(path).map_err(io_error)?
            }
            Ok(_) => Way::Direct(open_direct(path).map_err(io_error)?),
            Err(e) if e.kind() == io::ErrorKind::NotFound => replace(path).map_err(io_error)?,
            Err(e) => return Err(io_error(e)),
        };
        Ok(Self {
            path: path.to_owned(),
            way,
        })
    }

    /// Writes the output of `content`, without a buffer of its own. On an error a file that is replaced stays as it
    /// was.
    ///
    /// # Errors
    /// Errors of writing, with the file's name.
    pub fn write(
        self,
        content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), SinkError> {
        let written = match &self.way {
            Way::Direct(file) => {
                let mut out = file;
                content(&mut out)
            }
            Way::Replace { folder, name } => write_beside(folder, &folder.join(name), content),
        };
        written.map_err(|source| self.error(SinkReason::Io(source)))
    }

    fn error(&self, reason: SinkReason) -> SinkError {
        SinkError {
            path: self.path.clone(),
            reason,
        }
    }

    /// Returns the identity of a target, which does not depend on its name.
    fn identity(&self) -> PathBuf {
        match &self.way {
            Way::Replace { folder, name } => folder.join(name),
            Way::Direct(_) => fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone()),
        }
    }
}

/// Opens a target that is not a regular file. A pipe without a reader is an error: waiting for a
/// reader could take forever.
fn open_direct(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;

        use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

        let no_wait = OFlags::NONBLOCK;
        options.custom_flags(i32::try_from(no_wait.bits()).unwrap_or_default());
        let file = options.open(path)?;
        // Writes may block again.
        fcntl_setfl(&file, fcntl_getfl(&file)? - no_wait)?;
        Ok(file)
    }
    #[cfg(not(unix))]
    options.open(path)
}

/// Returns true for paths under the folders in which the system itself offers open files.
fn is_the_systems(path: &Path) -> bool {
    cfg!(unix) && (path.starts_with("/dev") || path.starts_with("/proc"))
}

/// Finds the folder of `path` and tests that files can be created there.
fn replace(path: &Path) -> io::Result<Way> {
    let name = path.file_name().ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::InvalidInput,
            "the path does not end in a file name",
        )
    })?;
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let folder = fs::canonicalize(folder)
        .map_err(|e| io::Error::new(e.kind(), format!("its folder cannot be used: {e}")))?;
    // Dropped at once, which removes the file.
    temporary(&folder)?;
    Ok(Way::Replace {
        folder,
        name: name.into(),
    })
}

/// Creates a file in `folder` with the default permissions of new files.
fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".tokensweep-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // The system removes the bits of the umask.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder).map_err(|e| {
        // The crate's message contains a temporary file name, which does not help the user.
        io::Error::new(e.kind(), e.kind().to_string())
    })
}

fn write_beside(
    folder: &Path,
    target: &Path,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut file = temporary(folder)?;
    // A private report stays private when it is replaced.
    match fs::symlink_metadata(target) {
        Ok(at) if at.is_file() => file.as_file().set_permissions(at.permissions())?,
        _ => {}
    }
    content(file.as_file_mut())?;
    // Some file systems report only now that they are full.
    file.as_file().sync_all()?;
    file.persist(target).map_err(|e| e.error)?;
    Ok(())
}
