//! Reports: one writer per format, each fed with a finished outcome.
