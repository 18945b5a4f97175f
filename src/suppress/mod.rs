//! What sets a finding aside, always with the reason.
