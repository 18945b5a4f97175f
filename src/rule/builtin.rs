//! The rules of `rules/`, embedded when the program is built.
