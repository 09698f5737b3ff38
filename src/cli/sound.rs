//! What only a room's own kind can judge of the configuration: its address, its token, its template. Told with everything
//! else that is wrong in the configuration, before anything starts.

use crate::chat::Chat;
use crate::config::{Config, Fault, Faults};

const CURE: &str = "correct it there; the README, \"Rooms\", says what each kind takes and what a template may say";

/// The configuration, if every room can be spoken to as it stands there.
pub(super) fn rooms(config: Config) -> Result<Config, Faults> {
    let fault = |room: &crate::model::Room| {
        let wrong = Chat::try_out(room).err()?;
        let named = format!("room `{}`", room.name);
        let wrong = wrong.strip_prefix(&format!("{named}: ")).map(str::to_owned).unwrap_or(wrong);
        let place = config.room_places.get(&room.name).map(|place| format!("{place}: {named}")).unwrap_or(named);
        Some(Fault::new(place, wrong, CURE))
    };
    let faults: Vec<Fault> = config.rooms.iter().filter_map(fault).collect();
    if faults.is_empty() { Ok(config) } else { Err(Faults(faults)) }
}
