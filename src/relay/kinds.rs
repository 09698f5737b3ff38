//! The kinds of action that we know by name, and how each is worded: the table of contents of this room. Trello makes
//! new kinds without notice; those are told plainly and cannot be named in a filter.
//! <https://developer.atlassian.com/cloud/trello/guides/rest-api/action-types/>

use super::facts::Facts;
use super::wording::*;
use crate::model::Message;

/// A kind, and its words.
pub(super) struct Kind {
    pub(super) name: &'static str,
    pub(super) word: fn(&Facts) -> Option<Message>,
}

const fn kind(name: &'static str, word: fn(&Facts) -> Option<Message>) -> Kind {
    Kind { name, word }
}

/// All that we know, by what they are about.
pub(super) const KINDS: &[Kind] = &[
    kind("createCard", cards::created),
    kind("emailCard", cards::mailed),
    kind("copyCard", cards::copied),
    kind("convertToCardFromCheckItem", cards::converted),
    kind("moveCardToBoard", cards::came),
    kind("moveCardFromBoard", cards::left),
    kind("deleteCard", cards::deleted),
    kind("updateCard", updated_card::updated),
    kind("commentCard", comments::said),
    kind("updateComment", comments::edited),
    kind("deleteComment", comments::deleted),
    kind("copyCommentCard", comments::copied),
    kind("addChecklistToCard", checklists::added),
    kind("copyChecklist", checklists::copied),
    kind("updateChecklist", checklists::updated),
    kind("removeChecklistFromCard", checklists::removed),
    kind("createCheckItem", checklists::item_added),
    kind("updateCheckItem", checklists::item_updated),
    kind("deleteCheckItem", checklists::item_removed),
    kind("updateCheckItemStateOnCard", checklists::item_marked),
    kind("addLabelToCard", labels::put_on),
    kind("removeLabelFromCard", labels::taken_off),
    kind("createLabel", labels::created),
    kind("updateLabel", labels::updated),
    kind("deleteLabel", labels::deleted),
    kind("addAttachmentToCard", attachments::added),
    kind("deleteAttachmentFromCard", attachments::removed),
    kind("createCustomField", fields::created),
    kind("addCustomField", fields::created),
    kind("updateCustomField", fields::updated),
    kind("deleteCustomField", fields::deleted),
    kind("updateCustomFieldItem", fields::filled),
    kind("addMemberToCard", people::joined_card),
    kind("removeMemberFromCard", people::left_card),
    kind("voteOnCard", people::voted),
    kind("addMemberToBoard", people::joined_board),
    kind("removeMemberFromBoard", people::left_board),
    kind("makeAdminOfBoard", people::admin),
    kind("makeNormalMemberOfBoard", people::normal),
    kind("makeObserverOfBoard", people::observer),
    kind("createBoardInvitation", people::invited),
    kind("unconfirmedBoardInvitation", people::invited),
    kind("deleteBoardInvitation", people::uninvited),
    kind("memberJoinedTrello", people::signed_up),
    kind("updateMember", people::updated),
    kind("createList", lists::created),
    kind("updateList", lists::updated),
    kind("moveListToBoard", lists::came),
    kind("moveListFromBoard", lists::left),
    kind("createBoard", boards::created),
    kind("copyBoard", boards::copied),
    kind("updateBoard", boards::updated),
    kind("createBoardPreference", boards::preferred),
    kind("addToOrganizationBoard", boards::joined_workspace),
    kind("removeFromOrganizationBoard", boards::left_workspace),
    kind("enablePlugin", boards::power_up_on),
    kind("disablePlugin", boards::power_up_off),
    kind("enablePowerUp", boards::power_up_on),
    kind("disablePowerUp", boards::power_up_off),
    kind("createOrganization", workspaces::created),
    kind("updateOrganization", workspaces::updated),
    kind("addMemberToOrganization", workspaces::joined),
    kind("removeMemberFromOrganization", workspaces::left),
    kind("makeAdminOfOrganization", workspaces::admin),
    kind("makeNormalMemberOfOrganization", workspaces::normal),
    kind("createOrganizationInvitation", workspaces::invited),
    kind("unconfirmedOrganizationInvitation", workspaces::invited),
    kind("deleteOrganizationInvitation", workspaces::uninvited),
    kind("addOrganizationToEnterprise", workspaces::joined_enterprise),
    kind("removeOrganizationFromEnterprise", workspaces::left_enterprise),
    kind("acceptEnterpriseJoinRequest", workspaces::accepted_enterprise),
    kind("addToEnterprisePluginWhitelist", workspaces::plugins_changed),
    kind("removeFromEnterprisePluginWhitelist", workspaces::plugins_changed),
    kind("enableEnterprisePluginWhitelist", workspaces::plugins_changed),
    kind("disableEnterprisePluginWhitelist", workspaces::plugins_changed),
];

/// What a relay tells unless it is told otherwise: what the first of the origin systems told (a new card, a move, a
/// comment, a check item), and what goes away, comes back, is attached, and who joins and leaves.
pub(super) const USUAL: &[&str] = &[
    "createCard",
    "emailCard",
    "copyCard",
    "convertToCardFromCheckItem",
    "moveCardToBoard",
    "moveCardFromBoard",
    "deleteCard",
    "updateCard:idList",
    "updateCard:closed",
    "commentCard",
    "updateCheckItemStateOnCard",
    "addAttachmentToCard",
    "deleteAttachmentFromCard",
    "addMemberToCard",
    "removeMemberFromCard",
    "addMemberToBoard",
    "removeMemberFromBoard",
];

/// The names of all kinds that we know.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|kind| kind.name)
}

/// What a relay tells unless it is told otherwise: kinds, and sub-kinds as `updateCard:idList`.
pub fn usual() -> impl Iterator<Item = &'static str> {
    USUAL.iter().copied()
}

pub(super) fn find(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}
