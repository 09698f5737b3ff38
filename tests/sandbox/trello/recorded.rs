//! Rec.
