//! Faults in the configuration, told together.

use std::fmt;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The variable's name, or file, line and column.
    pub place: String,
    /// What is wrong.
    pub wrong: String,
    /// What to do.
    pub cure: String,
}

impl Fault {
    /// A fault at `place`.
    pub fn new(place: impl Into<String>, wrong: impl Into<String>, cure: impl Into<String>) -> Self {
        Fault { place: place.into(), wrong: wrong.into(), cure: cure.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.place, self.wrong, self.cure)
    }
}

/// Everything that is wrong; never empty when it is an error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => f.write_str("the configuration has a fault:")?,
            many => write!(f, "the configuration has {many} faults:")?,
        }
        self.0.iter().try_for_each(|fault| write!(f, "\n  {fault}"))
    }
}

impl std::error::Error for Faults {}
