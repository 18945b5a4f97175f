//! Where a report goes: a file that is complete or absent.
//!
//! The way is tried before the scan and gone after it. In between nothing lies on disk, so that an
//! interrupted scan leaves nothing behind and a scan of the target's folder does not meet a file
//! of its own making.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use tempfile::NamedTempFile;

use super::{Format, UnknownFormat};
use crate::model::BlobPath;

/// A report that was asked for: `FORMAT=FILE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportFile {
    /// The format.
    pub format: Format,
    /// Where it goes.
    pub path: PathBuf,
}

/// A text that is no `FORMAT=FILE`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidReportFile {
    /// No `=`, or no file behind it.
    #[error("expected FORMAT=FILE, such as sarif=report.sarif")]
    Form,
    /// The file is `-`, which other programs take for standard output.
    #[error("a report needs a file; to print it on standard output, use --format {0}")]
    StandardOutput(Format),
    /// The word before `=` is no format.
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

/// Why a report cannot be written. Its text names the file and the reason.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the report {}: {reason}", BlobPath::from_path(path))]
pub struct SinkError {
    path: PathBuf,
    reason: SinkReason,
}

impl SinkError {
    /// What went wrong, without the name of the file.
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

/// A way to a file that was open when it was tried.
#[derive(Debug)]
pub struct Sink {
    path: PathBuf,
    way: Way,
}

#[derive(Debug)]
enum Way {
    /// Write beside the target, then rename.
    Replace { folder: PathBuf, name: PathBuf },
    /// Write into what is there and is no regular file.
    Direct(File),
}

/// Tries the way to every file.
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
    /// Tries the way to `path`, leaving no trace.
    ///
    /// A regular file, or none, is replaced as a whole; a symbolic link is replaced and not
    /// followed, since the scanned repository may have put it there. A device, a pipe, and a link
    /// with which the system offers an open file (`/dev/stdout`) are written directly.
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
                // A file that may not be written is not to be replaced either.
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

    /// Writes what `content` writes, without a buffer of its own. On an error a file that is replaced stays as it was.
    ///
    /// # Errors
    /// What writing answers, with the file's name.
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

    /// What tells one target from another, whatever they are called.
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
        // Writing may wait again.
        fcntl_setfl(&file, fcntl_getfl(&file)? - no_wait)?;
        Ok(file)
    }
    #[cfg(not(unix))]
    options.open(path)
}

/// True for paths under the folders in which the system itself offers open files.
fn is_the_systems(path: &Path) -> bool {
    cfg!(unix) && (path.starts_with("/dev") || path.starts_with("/proc"))
}

/// Finds the folder of `path` and tries to write there.
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
    // Dropped at once, which removes it.
    temporary(&folder)?;
    Ok(Way::Replace {
        folder,
        name: name.into(),
    })
}

/// A file in `folder` with the permissions of one that any program creates.
fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".tokensweep-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // The system takes the bits of the umask away.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder).map_err(|e| {
        // The crate's text names a random file that nobody asked for.
        io::Error::new(e.kind(), e.kind().to_string())
    })
}

fn write_beside(
    folder: &Path,
    target: &Path,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut file = temporary(folder)?;
    // An existing report that is private stays private.
    match fs::symlink_metadata(target) {
        Ok(at) if at.is_file() => file.as_file().set_permissions(at.permissions())?,
        _ => {}
    }
    content(file.as_file_mut())?;
    // Some file systems tell only now that they are full.
    file.as_file().sync_all()?;
    file.persist(target).map_err(|e| e.error)?;
    Ok(())
}
