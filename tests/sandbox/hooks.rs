//! The hooks that GitLab's look-alike sends: read by our own reader, verified by our own verifier, and alike to
//! recorded ones.
