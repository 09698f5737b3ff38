//! What sort of news it is, as a colour.

use crate::model::Tone;

/// For rooms that take any colour, as a number; `None`: nothing in particular.
pub(super) fn rgb(tone: Tone) -> Option<u32> {
    match tone {
        Tone::Plain => None,
        Tone::New => Some(0x6f_42_c1),
        Tone::Moved => Some(0xd4_a0_17),
        Tone::Done => Some(0x2e_a0_43),
        Tone::Said => Some(0x1f_75_cb),
        Tone::Removed => Some(0x6e_76_81),
        Tone::Wrong => Some(0xd7_3a_49),
    }
}

/// The same as web pages write it.
pub(super) fn hex(tone: Tone) -> Option<String> {
    rgb(tone).map(|rgb| format!("#{rgb:06x}"))
}
