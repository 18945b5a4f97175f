//! Job logs as runners write them.

/// A log of so many bytes with colours and section markers, with a token in a line of it.
pub(super) fn large(size: usize, line: usize, token: &str) -> Vec<u8> {
    let mut log = String::with_capacity(size + 200);
    log.push_str("\x1b[0KRunning with gitlab-runner 18.9.0 (0123abcd)\x1b[0;m\n");
    log.push_str("section_start:1790000000:step_script\r\x1b[0K\x1b[0K\x1b[36;1mExecuting the script\x1b[0;m\n");
    let mut number = 2;
    while log.len() < size {
        number += 1;
        if number == line {
            // A colour changes inside the token.
            let (head, tail) = token.split_at(token.len() / 2);
            log.push_str(&format!(
                "\x1b[32;1m$ deploy --token {head}\x1b[0;33m{tail}\x1b[0;m\n"
            ));
        } else if number % 500 == 0 {
            // The end of a section and the start of the next are on one line.
            log.push_str(&format!(
                "section_end:{0}:part_{number}\r\x1b[0Ksection_start:{0}:part_{number}[collapsed=true]\r\x1b[0K\x1b[0Kpart\n",
                1_790_000_000 + number
            ));
        } else {
            log.push_str(&format!(
                "\x1b[0;m  compiling unit {number} of the library\x1b[0;m ok\n"
            ));
        }
    }
    log.push_str("\x1b[32;1mJob succeeded\x1b[0;m\n");
    log.into_bytes()
}

/// A log with time stamps, in which the runner's masking of another value has split the line with the token: `00O+`
/// continues the line before. Returns it and the number of the line, as GitLab shows it.
pub(super) fn split(token: &str) -> (Vec<u8>, usize) {
    let (head, tail) = token.split_at(token.len() / 3);
    let time = "2026-10-01T08:00:0";
    let log = format!(
        "{time}0.100000Z 00O \x1b[0KRunning with gitlab-runner 18.9.0 (0123abcd)\x1b[0;m\n\
         {time}1.200000Z 00O $ login --password [MASKED]\n\
         {time}2.300000Z 00O export CI_DEPLOY={head}\n\
         {time}2.300001Z 00O+{tail}\n\
         {time}3.400000Z 00E warning: [MASKED] is short\n\
         {time}4.500000Z 00O \x1b[32;1mJob succeeded\x1b[0;m\n"
    );
    (log.into_bytes(), 3)
}
