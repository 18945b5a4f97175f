//! The reader against the grammar it asks, and against damage.

use proptest::prelude::*;

use super::*;

/// Section, subsection, key and value of every entry, as this module reads them.
fn ours(bytes: &[u8]) -> Vec<[Vec<u8>; 4]> {
    let mut section = Section::default();
    let mut out = Vec::new();
    for item in items(bytes) {
        match item {
            ConfigItem::Section(next) => section = next,
            ConfigItem::Value(entry) => out.push([
                section.name.clone(),
                section
                    .subsection
                    .as_ref()
                    .map(|text| text.bytes().to_vec())
                    .unwrap_or_default(),
                entry.key,
                entry.value.bytes().to_vec(),
            ]),
        }
    }
    out
}

/// The same from one run of the grammar over the whole file; `None` if it or Git refuses the file:
/// the grammar lets more follow a key without a value on its line.
fn theirs(bytes: &[u8]) -> Option<Vec<[Vec<u8>; 4]>> {
    let events = Events::from_bytes(bytes, None).ok()?;
    let (mut section, mut key, mut raw) = Default::default();
    let mut out = Vec::new();
    let mut after_value = false;
    for event in events.iter() {
        match event {
            EventRef::SectionHeader { .. } | EventRef::SectionValueName(_) if after_value => {
                return None;
            }
            EventRef::Value(_) | EventRef::ValueDone(_) => after_value = true,
            EventRef::Newline(_) => after_value = false,
            _ => {}
        }
        match event {
            EventRef::SectionHeader {
                name,
                subsection_name,
                ..
            } => {
                section = [
                    name.to_ascii_lowercase(),
                    subsection_name.map(|s| s.to_vec()).unwrap_or_default(),
                ];
            }
            EventRef::SectionValueName(name) => key = name.to_vec(),
            EventRef::ValueNotDone(part) => Vec::extend_from_slice(&mut raw, part),
            EventRef::Value(part) | EventRef::ValueDone(part) => {
                raw.extend_from_slice(part);
                let value = gix::config::value::normalize(raw.as_slice()).to_vec();
                let [name, subsection] = section.clone();
                out.push([name, subsection, key.clone(), value]);
                raw.clear();
            }
            _ => {}
        }
    }
    Some(out)
}

fn values(bytes: &[u8]) -> Vec<String> {
    ours(bytes)
        .into_iter()
        .map(|parts| {
            parts
                .map(|p| String::from_utf8_lossy(&p).into_owned())
                .join("|")
        })
        .collect()
}

#[test]
fn reads_what_git_reads() {
    let file =
        b"\xef\xbb\xbf[Remote \"o\\\"r\\\\i\"] ; why\r\n\tURL = \"a ; b\" c\\\r\n  d # x\r\n\
        [branch.Main]merge=refs\\tx\n flag\n[a][b]k=\"\\\"\"\n";
    assert_eq!(
        values(file),
        [
            "remote|o\"r\\i|URL|a ; b c  d",
            "branch|Main|merge|refs\tx",
            "branch|Main|flag|",
            "b||k|\"",
        ]
    );
    assert_eq!(ours(file), theirs(file).unwrap());
}

#[test]
fn reads_invalid_statements_leniently() {
    for (file, expected) in [
        ("[remote \"origin\nurl = x", "remote|origin|url|x"),
        ("[remote \"origin\"\nurl = x", "remote|origin|url|x"),
        ("[remote origin]\nurl = x", "remote|origin|url|x"),
        ("[a]\nurl = \"x y\n[b]\nk=v", "a||url|x y,b||k|v"),
        ("[a]\npath = C:\\Users\nk = v", "a||path|C:\\Users,a||k|v"),
        ("[a]\nmy_key = v", "a||my_key|v"),
        ("[a]\n!!\n\0=\n= x\nk=v", "a||\0|,a||k|v"),
        ("[\n[]\n[\"\"]\n[a]k=v\\", "a||k|v"),
        ("[a]k=\"\\\nx=y\\q\n", "a||k|\\,a||x|y\\q"),
    ] {
        assert_eq!(values(file.as_bytes()).join(","), expected, "{file:?}");
    }
}

#[test]
fn long_statements_take_linear_time() {
    let mut endless = b"[a]\nk = \"".to_vec();
    endless.extend(std::iter::repeat_n(&b"\\\n"[..], 500_000).flatten());
    assert!(items(&endless).count() < 1000);
    let headers = b"[a]".repeat(300_000);
    assert_eq!(items(&headers).count(), 300_000);
    let keys = b"a\n".repeat(200_000);
    assert_eq!(items(&keys).count(), 200_000);
    let mut line = b"k = ".to_vec();
    line.extend(std::iter::repeat_n(b'"', 1_000_000));
    assert_eq!(items(&line).count(), 1);
}

/// Configuration in pieces that often fit together and sometimes do not.
fn config() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::sample::select(vec![
        "[",
        "]",
        "\"",
        "\\",
        "\n",
        "\r\n",
        "\r",
        " ",
        "\t",
        "=",
        "#",
        ";",
        ".",
        "-",
        "a",
        "Key",
        "[s]",
        "[s \"t\"]",
        "[s \"\\\"t\\\\\"]",
        "[s.t]",
        "k = v\n",
        "k = \"v w\" \n",
        "k = a\\\n b\n",
        "\\n",
        "\\t",
        "\\\"",
        "\0",
        "é",
        "\u{feff}",
    ]);
    prop::collection::vec(pieces, 0..40).prop_map(|pieces| pieces.concat().into_bytes())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn agrees_with_the_grammar_on_whole_files(file in config()) {
        if let Some(theirs) = theirs(&file) {
            prop_assert_eq!(ours(&file), theirs);
        }
    }

    #[test]
    fn offsets_lead_back_to_the_bytes(file in config()) {
        for item in items(&file) {
            match item {
                ConfigItem::Section(section) => {
                    prop_assert_eq!(file[section.start], b'[');
                    if let Some(text) = section.subsection {
                        check(&file, &text)?;
                    }
                }
                ConfigItem::Value(entry) => {
                    prop_assert!(file[entry.start..].starts_with(&entry.key));
                    check(&file, &entry.value)?;
                }
            }
        }
    }

    #[test]
    fn takes_any_bytes(file in prop::collection::vec(any::<u8>(), 0..300)) {
        for item in items(&file) {
            if let ConfigItem::Value(entry) = item {
                check(&file, &entry.value)?;
            }
        }
    }
}

/// Every decoded byte is found where it is written: as itself or as an escape.
fn check(file: &[u8], text: &Mapped) -> Result<(), TestCaseError> {
    let each = (0..text.bytes().len()).map(|at| text.locate(at..at + 1).unwrap());
    let places: Vec<_> = each.collect();
    for (byte, place) in text.bytes().iter().zip(&places) {
        match &file[place.clone()] {
            [same] => prop_assert_eq!(same, byte),
            [b'\\', b'n'] if *byte == b'\n' => {}
            [b'\\', b't'] if *byte == b'\t' => {}
            [b'\\', b'b'] if *byte == b'\x08' => {}
            [b'\\', same] => prop_assert_eq!(same, byte),
            other => prop_assert!(false, "{:?} for {}", other, byte),
        }
    }
    if !text.bytes().is_empty() {
        let whole = text.locate(0..text.bytes().len()).unwrap();
        prop_assert_eq!(whole.start, places[0].start);
        prop_assert_eq!(whole.end, places[places.len() - 1].end);
    }
    Ok(())
}
