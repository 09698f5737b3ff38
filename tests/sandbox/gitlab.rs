//! The GitLab side.
