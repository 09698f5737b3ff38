//! GitLab's door.
