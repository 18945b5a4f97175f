//! Destinations of reports.

use std::fs;
use std::path::Path;

use tokensweep::report::Format;
use tokensweep::report::sink::{ReportFile, Sink, prepare_all};

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn prepare(path: &Path) -> Result<Sink, String> {
    Sink::prepare(path).map_err(|e| e.to_string())
}

#[test]
fn the_option_is_read() {
    let file: ReportFile = "sarif=out/a=b.sarif".parse().unwrap();
    assert_eq!(
        (file.format, file.path.to_str()),
        (Format::Sarif, Some("out/a=b.sarif"))
    );
    let error = |text: &str| text.parse::<ReportFile>().unwrap_err().to_string();
    assert!(error("sarif").contains("FORMAT=FILE"));
    assert!(error("sarif=").contains("FORMAT=FILE"));
    assert!(error("json=-").contains("use --format json"));
    assert!(error("xml=a").contains("'xml' is not a report format"));
}

#[test]
fn a_report_is_complete_or_absent() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report");
    let sink = prepare(&path).unwrap();
    assert!(
        names(folder.path()).is_empty(),
        "nothing lies there during the scan"
    );
    drop(sink);
    assert!(names(folder.path()).is_empty());

    prepare(&path)
        .unwrap()
        .write(|out| out.write_all(b"one"))
        .unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"one");
    let error = prepare(&path)
        .unwrap()
        .write(|out| {
            out.write_all(b"half")?;
            Err(std::io::Error::other("stopped"))
        })
        .unwrap_err()
        .to_string();
    assert!(error.contains("report: stopped"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), b"one");
    prepare(&path)
        .unwrap()
        .write(|out| out.write_all(b"two"))
        .unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"two");
    assert_eq!(names(folder.path()), ["report"]);
}

#[test]
fn rejects_a_bad_path_before_the_scan() {
    let folder = tempfile::tempdir().unwrap();
    let error = prepare(&folder.path().join("none/report")).unwrap_err();
    assert!(
        error.contains("none/report: its folder cannot be used: No such file"),
        "{error}"
    );
    let error = prepare(folder.path()).unwrap_err();
    assert!(error.ends_with("it is a directory"), "{error}");
    fs::write(folder.path().join("file"), "").unwrap();
    prepare(&folder.path().join("file/report")).unwrap_err();
    prepare(Path::new("")).unwrap_err();
    prepare(Path::new("..")).unwrap_err();
}

#[test]
fn two_reports_cannot_share_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let file = |format, name: &str| ReportFile {
        format,
        path: path(name),
    };
    let both = [file(Format::Json, "a"), file(Format::Sarif, "b")];
    assert_eq!(prepare_all(&both).unwrap().len(), 2);
    fs::create_dir(path("x")).unwrap();
    for other in ["a", "./a", "x/../a"] {
        let both = [file(Format::Json, "a"), file(Format::Sarif, other)];
        let error = prepare_all(&both).unwrap_err().to_string();
        assert!(error.contains("another report"), "{error}");
    }
}

#[cfg(unix)]
mod unix {
    use std::io::Read;
    use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn permissions_are_those_of_any_new_file_or_of_the_old_one() {
        let folder = tempfile::tempdir().unwrap();
        let (plain, report) = (folder.path().join("plain"), folder.path().join("report"));
        fs::write(&plain, "").unwrap();
        prepare(&report).unwrap().write(|_| Ok(())).unwrap();
        assert_eq!(mode(&report), mode(&plain));
        fs::set_permissions(&report, fs::Permissions::from_mode(0o600)).unwrap();
        prepare(&report).unwrap().write(|_| Ok(())).unwrap();
        assert_eq!(mode(&report), 0o600);
    }

    #[test]
    fn a_link_is_replaced_and_what_it_names_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (victim, link) = (folder.path().join("victim"), folder.path().join("link"));
        fs::write(&victim, "precious").unwrap();
        symlink(&victim, &link).unwrap();
        prepare(&link)
            .unwrap()
            .write(|out| out.write_all(b"report"))
            .unwrap();
        assert_eq!(fs::read(&victim).unwrap(), b"precious");
        assert_eq!(fs::read(&link).unwrap(), b"report");
        assert!(fs::symlink_metadata(&link).unwrap().is_file());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_device_is_written_directly_and_a_full_one_is_an_error() {
        prepare(Path::new("/dev/null"))
            .unwrap()
            .write(|out| out.write_all(b"x"))
            .unwrap();
        let sink = prepare(Path::new("/dev/full")).unwrap();
        let error = sink
            .write(|out| out.write_all(b"x"))
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("/dev/full") && error.contains("space"),
            "{error}"
        );
        let at = fs::symlink_metadata("/dev/full").unwrap();
        assert!(at.file_type().is_char_device(), "it was not replaced");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_pipe_that_nobody_reads_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        assert!(made.unwrap().success());
        let error = prepare(&path).unwrap_err();
        assert!(error.contains("pipe: "), "{error}");
        let reader = std::thread::spawn({
            let path = path.clone();
            move || fs::read_to_string(path).unwrap()
        });
        // Waits for the reader; its presence cannot be queried.
        let sink = loop {
            match prepare(&path) {
                Ok(sink) => break sink,
                Err(_) => std::thread::yield_now(),
            }
        };
        let text = "report".repeat(100_000);
        sink.write(|out| out.write_all(text.as_bytes())).unwrap();
        assert_eq!(reader.join().unwrap(), text);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_pipe_behind_a_system_link_gets_the_report() {
        use std::os::fd::AsRawFd;
        let (mut reader, writer) = std::io::pipe().unwrap();
        let path = format!("/proc/self/fd/{}", writer.as_raw_fd());
        prepare(Path::new(&path))
            .unwrap()
            .write(|out| out.write_all(b"report"))
            .unwrap();
        drop(writer);
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        assert_eq!(text, "report");
    }
}
