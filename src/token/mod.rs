//! What a GitLab token is: prefixes, checksums, claims, alphabets. Pure: no rules, no I/O, no clock.
