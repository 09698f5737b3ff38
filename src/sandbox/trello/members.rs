//! Members, and who of them is on which board.

use serde_json::{Map, Value, json};

use super::actions::Data;
use super::api::{Answer, Reply, field_of, gone, pick};
use super::boards::WORKSPACE;
use super::limits;
use super::params::ApiRequest;
use super::world::{Who, World};

#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) id: String,
    pub(super) username: String,
    pub(super) full_name: String,
}

/// A member's place on a board.
#[derive(Clone, Debug)]
pub(super) struct Membership {
    pub(super) id: String,
    pub(super) member: String,
    /// `admin`, `normal` or `observer`.
    pub(super) kind: String,
}

impl World {
    pub(super) fn member(&self, id: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.id == id || member.username == id)
    }

    /// The member with this username, made when there is none yet.
    pub(super) fn member_named(&mut self, username: &str, full_name: &str) -> String {
        if let Some(member) = self.member(username) {
            return member.id.clone();
        }
        let id = self.fresh_id();
        let (username, full_name) = (username.to_owned(), full_name.to_owned());
        self.members.push(Member { id: id.clone(), username, full_name });
        self.changed = true;
        id
    }

    pub(super) fn is_on_board(&self, member: &str, board: &str) -> bool {
        self.board(board).is_ok_and(|board| board.memberships.iter().any(|place| place.member == member))
    }

    /// Puts a member on a board, or gives them another place there.
    pub(super) fn join(&mut self, who: &Who, board: &str, member: &str, kind: &str) {
        let known = self.is_on_board(member, board);
        let id = self.fresh_id();
        for board in self.boards.iter_mut().filter(|other| other.id == board) {
            board.memberships.retain(|place| place.member != member);
            board.memberships.push(Membership { id: id.clone(), member: member.to_owned(), kind: kind.to_owned() });
        }
        if !known {
            let data = Data::new().with("board", self.board_ref(board));
            self.act(who, "addMemberToBoard", data.with("idMemberAdded", member).with("memberType", kind));
        }
    }

    pub(super) fn leave(&mut self, who: &Who, board: &str, member: &str) {
        for board in self.boards.iter_mut().filter(|other| other.id == board) {
            board.memberships.retain(|place| place.member != member);
        }
        let data = Data::new().with("board", self.board_ref(board)).with("idMember", member);
        self.act(who, "removeMemberFromBoard", data.with("deactivated", false));
    }

    /// A member as actions, cards and boards show them. Nobody here has a picture; that is an empty text and not
    /// nothing, since clients insist on a text.
    pub(super) fn member_in_short(member: &Member) -> Value {
        let initials: String = member.full_name.split(' ').filter_map(|name| name.chars().next()).take(4).collect();
        json!({
            "id": member.id, "username": member.username, "activityBlocked": false, "avatarHash": "", "avatarUrl": "",
            "fullName": member.full_name, "idMemberReferrer": null, "initials": initials.to_uppercase(),
            "nonPublic": {}, "nonPublicAvailable": true,
        })
    }

    /// Everything that a member's own page tells.
    fn member_json(&self, member: &Member) -> Value {
        let boards = self.boards.iter().filter(|board| board.memberships.iter().any(|p| p.member == member.id));
        let boards: Vec<&str> = boards.map(|board| board.id.as_str()).collect();
        let about = json!({
            "bio": "", "bioData": { "emoji": {} }, "confirmed": true, "memberType": "normal", "aaId": null,
            "idEnterprise": null, "idEnterprisesDeactivated": [], "idPremOrgsAdmin": [], "products": [],
            "url": format!("https://trello.com/{}", member.username), "status": "disconnected",
            "aaBlockSyncUntil": null, "aaEmail": null, "aaEnrolledDate": null, "avatarSource": "none",
            "credentialsRemovedCount": 0, "domainClaimed": null, "email": format!("{}@example.com", member.username),
            "gravatarHash": "", "idBoards": boards, "idOrganizations": [WORKSPACE], "idEnterprisesAdmin": [],
            "loginTypes": ["password"], "marketingOptIn": { "optedIn": false, "date": "2020-01-01T00:00:00.000Z" },
            "messagesDismissed": [], "oneTimeMessagesDismissed": [], "trophies": [], "uploadedAvatarHash": null,
            "uploadedAvatarUrl": null, "premiumFeatures": [], "isAaMastered": false, "ixUpdate": "1",
            "limits": limits::of_member(),
            "prefs": {
                "privacy": { "fullName": "public", "avatar": "public" }, "sendSummaries": true,
                "minutesBetweenSummaries": 60, "minutesBeforeDeadlineToNotify": 1440, "colorBlind": false,
                "locale": "en-US",
            },
        });
        joined(Self::member_in_short(member), about)
    }
}

/// Both objects in one.
pub(super) fn joined(one: Value, other: Value) -> Value {
    let fields = |value: Value| match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    };
    let mut all = fields(one);
    all.extend(fields(other));
    Value::Object(all)
}

pub(super) fn read(world: &World, request: &ApiRequest, id: &str) -> Reply {
    let member = world.member(id).ok_or_else(gone)?;
    Ok(pick(world.member_json(member), request.get("fields")))
}

/// `GET /members/{id}/boards` and the like. Of another member's boards only those are told that the caller is on too.
pub(super) fn read_part(world: &World, who: &Who, request: &ApiRequest, id: &str, part: &str) -> Reply {
    let member = world.member(id).ok_or_else(gone)?;
    let shared = |board: &str| world.is_on_board(&member.id, board) && world.is_on_board(&who.member, board);
    match part {
        "boards" => {
            let filter = request.get("filter").unwrap_or("open");
            let boards = world.boards.iter().filter(|board| shared(&board.id));
            let wanted = boards.filter(|board| match filter {
                "all" | "members" => true,
                "closed" => board.closed,
                _ => !board.closed,
            });
            Ok(wanted.map(|board| pick(world.board_json(board), request.get("fields"))).collect())
        }
        "cards" => super::cards::some(world, request, request.get("filter"), |card| {
            card.members.contains(&member.id) && shared(&card.board)
        }),
        // Nobody here belongs to a workspace or is told anything.
        "organizations" | "notifications" | "boardStars" => Ok(json!([])),
        _ => field_of(&world.member_json(member), part),
    }
}

/// Members by their ids, as a list in short or with the fields that are asked for.
pub(super) fn some<'a>(world: &World, ids: impl Iterator<Item = &'a String>, fields: Option<&str>) -> Value {
    ids.filter_map(|id| world.member(id))
        .map(|member| match fields {
            Some(fields) => pick(world.member_json(member), Some(fields)),
            None => World::member_in_short(member),
        })
        .collect()
}

/// A member that a parameter names, by id.
pub(super) fn named(world: &World, id: &str, parameter: &str) -> Result<String, Answer> {
    let member = world.members.iter().find(|member| member.id == id);
    member.map(|member| member.id.clone()).ok_or_else(|| super::api::invalid(parameter))
}
