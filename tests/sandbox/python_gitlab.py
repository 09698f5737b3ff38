"""Drives the look-alike of GitLab with python-gitlab, as its users do.

Arguments: base URL, token, path of a project, URL of something that answers hooks with 200.
"""

import sys

import gitlab

url, token, path, receiver = sys.argv[1:]
gl = gitlab.Gitlab(url, private_token=token, per_page=50)
gl.auth()
assert gl.user.username == "root", gl.user


def refused(status, call, *arguments, **keywords):
    try:
        call(*arguments, **keywords)
    except gitlab.GitlabError as error:
        assert error.response_code == status, (status, error)
        return str(error)
    raise AssertionError(f"{call} was not refused")


def versions_and_tokens():
    version, _ = gl.version()
    assert version.startswith("19."), version
    assert gl.personal_access_tokens.get("self").scopes == ["api"]
    stranger = gitlab.Gitlab(url, private_token="nonsense")
    assert "401" in refused(401, stranger.auth)
    bearer = gitlab.Gitlab(url, oauth_token=token)
    bearer.auth()


def projects():
    by_path, found = gl.projects.get(path), gl.projects.list(search="heat", membership=True, get_all=True)
    assert [project.id for project in found] == [by_path.id]
    assert gl.projects.get(by_path.id).path_with_namespace == path
    assert "404 Project Not Found" in refused(404, gl.projects.get, "team/nowhere")
    return by_path


def members(project):
    ana = gl.users.list(username="ana")[0]
    names = {member.username for member in project.members_all.list(get_all=True)}
    assert names == {"root", "ana"}, names
    assert project.members_all.get(ana.id).access_level == gitlab.const.AccessLevel.DEVELOPER
    assert [member.username for member in project.members_all.list(query="an", get_all=True)] == ["ana"]
    return ana


def labels(project):
    label = project.labels.create({"name": "cellar & attic/50%", "color": "#8899aa"})
    assert project.labels.get(label.name).id == label.id
    label.new_name = "cellar"
    label.save()
    assert "exists" in refused(409, project.labels.create, {"name": "cellar", "color": "#000000"})
    refused(400, project.labels.create, {"name": "plain", "color": "mauve-ish"})
    project.labels.create({"name": "short-lived", "color": "#000000"}).delete()
    assert [each.name for each in project.labels.list(get_all=True)] == ["cellar"]


def issues(project, ana):
    milestone = project.milestones.list(get_all=True)[0]
    issue = project.issues.create(
        {
            "title": "Pump rattles",
            "description": "At night.",
            "labels": ["cellar", "urgent"],
            "assignee_ids": [ana.id],
            "due_date": "2026-12-24",
            "milestone_id": milestone.id,
            "weight": 3,
        }
    )
    assert (issue.state, issue.labels, issue.assignee["username"]) == ("opened", ["cellar", "urgent"], "ana")
    assert (issue.milestone["title"], issue.weight, issue.issue_type) == ("Winter", 3, "issue")
    assert issue.id != issue.iid and issue.web_url.endswith(f"/-/issues/{issue.iid}")
    issue.title = "Pump rattles louder"
    issue.state_event = "close"
    issue.labels = ["cellar"]
    issue.save()
    issue = project.issues.get(issue.iid)
    assert (issue.state, issue.title, issue.labels) == ("closed", "Pump rattles louder", ["cellar"])
    assert issue.attributes["closed_by"]["username"] == "root"
    project.issues.update(issue.iid, {"state_event": "reopen", "add_labels": "urgent", "assignee_ids": [0]})
    issue = project.issues.get(issue.iid)
    assert (issue.state, issue.labels, issue.assignees, issue.closed_at) == ("opened", ["cellar", "urgent"], [], None)
    project.issues.update(issue.iid, {"due_date": "", "labels": ""})
    issue = project.issues.get(issue.iid)
    assert (issue.due_date, issue.labels) == (None, [])
    refused(400, project.issues.update, issue.iid, {"weight": 1})
    assert "too long" in refused(400, project.issues.create, {"title": "x" * 256})
    refused(404, project.issues.get, 999)
    return issue


def lists(project):
    for number in range(120):
        project.issues.create({"title": f"Radiator {number}", "labels": "radiators" if number % 2 else ""})
    everything = project.issues.list(iterator=True, per_page=50, state="all", order_by="created_at", sort="asc")
    assert everything.total == 121 and everything.total_pages == 3
    titles = [issue.title for issue in everything]
    assert len(set(titles)) == 121 and titles[-1] == "Radiator 119"
    keyset = project.issues.list(iterator=True, per_page=30, pagination="keyset", order_by="updated_at", sort="asc")
    assert len({issue.iid for issue in keyset}) == 121
    assert len(project.issues.list(labels=["radiators"], get_all=True)) == 60
    assert len(project.issues.list(get_all=True, **{"not[labels]": "radiators"})) == 61
    assert [issue.iid for issue in project.issues.list(iids=[3, 5], sort="asc")] == [3, 5]
    last = project.issues.list(order_by="updated_at", per_page=1, page=1)[0]
    later = project.issues.list(updated_after=last.updated_at, get_all=True)
    assert last.iid in [issue.iid for issue in later]
    detailed = project.issues.list(labels="radiators", with_labels_details=True, per_page=1, page=1)[0]
    assert detailed.labels[0]["name"] == "radiators"


def notes(issue):
    note = issue.notes.create({"body": "I hear it too."})
    note.body = "I heard it too."
    note.save()
    issue.notes.create({"body": "The caretaker drinks.", "internal": True})
    said = issue.notes.list(activity_filter="only_comments", sort="asc", get_all=True)
    assert [each.body for each in said] == ["I heard it too.", "The caretaker drinks."]
    assert [each.internal for each in said] == [False, True]
    assert said[0].author["username"] == "root"
    assert any(each.system for each in issue.notes.list(get_all=True))
    note.delete()
    refused(404, issue.notes.get, note.id)
    refused(400, issue.notes.create, {"body": " "})


def hooks(project):
    switches = {"issues_events": True, "note_events": True, "push_events": False}
    hook = project.hooks.create({"url": receiver, "token": "hunter2", **switches})
    assert hook.issues_events and hook.note_events and not hook.push_events and not hook.merge_requests_events
    assert (hook.alert_status, hook.disabled_until, hook.token_present) == ("executable", None, True)
    assert "token" not in hook.attributes
    hook.confidential_issues_events = True
    hook.save()
    hook = project.hooks.get(hook.id)
    assert hook.confidential_issues_events and hook.token_present
    hook.test("issues_events")
    events = gl.http_list(f"/projects/{project.id}/hooks/{hook.id}/events", get_all=False)
    assert [(each["trigger"], each["response_status"]) for each in events] == [("issues_hooks", "200")]
    assert events[0]["request_headers"]["X-Gitlab-Token"] == "[REDACTED]"
    again = gl.http_post(f"/projects/{project.id}/hooks/{hook.id}/events/{events[0]['id']}/resend")
    assert again == {"response_status": 200}
    hook.url = receiver + "/elsewhere"
    hook.save()
    assert not project.hooks.get(hook.id).token_present, "another URL forgets the token"
    assert "Invalid url" in refused(422, project.hooks.create, {"url": "ftp://example.com"})
    hook.delete()
    refused(404, project.hooks.get, hook.id)


def merge_requests(project):
    merges = project.mergerequests.list(state="opened", get_all=True)
    assert [merge.title for merge in merges] == ["Quieter pump"]
    assert project.mergerequests.get(merges[0].iid).source_branch
    issue = project.issues.get(1)
    assert [merge["iid"] for merge in issue.related_merge_requests()] == [merges[0].iid]
    assert [merge["iid"] for merge in issue.closed_by()] == [merges[0].iid]


def moves(project):
    other = gl.projects.get("team/roof")
    issue = project.issues.create({"title": "Gutter leaks", "labels": "urgent"})
    iid = issue.iid
    issue.move(other.id)
    moved = project.issues.get(iid)
    new = other.issues.list(get_all=True)[0]
    assert (moved.state, moved.moved_to_id, new.title) == ("closed", new.id, "Gutter leaks")
    moved.delete()
    refused(404, project.issues.get, iid)


versions_and_tokens()
project = projects()
ana = members(project)
labels(project)
issue = issues(project, ana)
lists(project)
notes(issue)
hooks(project)
merge_requests(project)
moves(project)
print("python-gitlab", gitlab.__version__, "has no complaint")
