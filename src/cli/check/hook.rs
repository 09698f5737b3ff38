//! A hook at GitLab, judged: is it there, is it enabled, does it send what is needed, and how did its newest delivery
//! fare.

use super::report::Finding;
use crate::config::Config;
use crate::gitlab::{GitLab, HookEvent, Project, RegisteredHook, SwitchedOff};
pub(in crate::cli) use crate::gitlab::{hook_target as target, leads_here as is_ours};
use crate::model::Trouble;
use url::Url;

const TEST: &str = "press Test › Issues events at the hook in GitLab";

/// What there is to say of a project's hooks; `None` when none of them is ours.
pub(super) async fn of_project(
    gitlab: &GitLab,
    config: &Config,
    project: &Project,
) -> Result<Option<Vec<Finding>>, Trouble> {
    let hooks = gitlab.hooks(project.id).await?;
    let what = format!("hook of {}", project.path_with_namespace);
    let Some(hook) = hooks.iter().find(|hook| is_ours(&hook.url, config.public_url.as_ref())) else {
        let elsewhere = hooks.iter().find(|hook| is_ours(&hook.url, None));
        return Ok(elsewhere.zip(config.public_url.as_ref()).map(|(hook, public)| vec![moved(&what, hook, public)]));
    };
    let event = gitlab.newest_hook_event(project.id, hook.id).await?;
    Ok(Some(judge(&what, config, hook, event.as_ref())))
}

/// What there is to say of a group's hooks; empty when none is ours.
pub(super) fn of_group(config: &Config, group: &str, hooks: &[RegisteredHook]) -> Vec<Finding> {
    let what = format!("hook of the group {group}");
    let ours = hooks.iter().filter(|hook| is_ours(&hook.url, config.public_url.as_ref()));
    ours.flat_map(|hook| judge(&what, config, hook, None)).collect()
}

/// No hook leads here.
pub(super) fn missing(what: &str, config: &Config, says: &str) -> Finding {
    let target = config.public_url.as_ref().map_or_else(|| "PUBLIC_URL + /webhooks/gitlab".to_owned(), target);
    let cure = format!(
        "add one in GitLab (Settings › Webhooks; URL {target}, the secret of .env, triggers Issues, Confidential \
         issues, Comments, Confidential comments, Merge requests), or let `kanbridge init` do it"
    );
    Finding::fails(what, says, cure)
}

/// Some projects of a group have a hook and some have none.
pub(super) fn missing_in_some(what: &str, says: &str) -> Finding {
    let cure = "add the hook there too (`kanbridge init --project …`), or one for the whole group (GitLab Premium)";
    Finding::doubtful(what, says, cure)
}

fn moved(what: &str, hook: &RegisteredHook, public: &Url) -> Finding {
    let cure = format!("change the hook's URL to {} (and enter the secret again), or PUBLIC_URL", target(public));
    Finding::fails(what, format!("it goes to {}, and PUBLIC_URL is {public}", hook.url), cure)
}

fn judge(what: &str, config: &Config, hook: &RegisteredHook, event: Option<&HookEvent>) -> Vec<Finding> {
    let judged = [
        enabled(what, hook),
        issues(what, hook),
        confidential(what, hook),
        comments(what, hook),
        template(what, hook),
        signed(what, config, hook),
        event.and_then(|event| delivered(what, event)),
    ];
    let findings: Vec<Finding> = judged.into_iter().flatten().collect();
    if findings.is_empty() {
        let newest = event.map(|event| format!("; newest delivery answered {}", event.response_status));
        let says = format!("{}, enabled, all triggers on{}", hook.url, newest.unwrap_or_default());
        return vec![Finding::holds(what, says)];
    }
    findings
}

/// GitLab switches hooks off that fail: for a while after four failures in a row, for good after forty
/// (<https://docs.gitlab.com/user/project/integrations/webhooks/>).
fn enabled(what: &str, hook: &RegisteredHook) -> Option<Finding> {
    let cure = format!("see that the public address answers, then {TEST}: an answer of 200 enables it again");
    let says = match hook.switched_off()? {
        SwitchedOff::ForGood => "GitLab has disabled it for good, after too many failures".to_owned(),
        SwitchedOff::Until(until) => {
            format!("GitLab has disabled it until {until}, after failures; what happens meanwhile is lost")
        }
    };
    Some(Finding::fails(what, says, cure))
}

fn issues(what: &str, hook: &RegisteredHook) -> Option<Finding> {
    (!hook.issues_events)
        .then(|| Finding::fails(what, "it does not send issues", "tick the trigger \"Issues events\" at the hook"))
}

fn confidential(what: &str, hook: &RegisteredHook) -> Option<Finding> {
    (hook.confidential_issues_events != Some(true)).then(|| {
        let says = "it does not send confidential issues, so an issue that becomes confidential would stay on its card";
        let cure = "tick the trigger \"Confidential issues events\" at the hook; nothing of them is kept or shown";
        Finding::fails(what, says, cure)
    })
}

fn comments(what: &str, hook: &RegisteredHook) -> Option<Finding> {
    let off = hook.lacks_comments();
    (!off.is_empty()).then(|| {
        let says = format!("these triggers are off: {}", off.join(", "));
        Finding::doubtful(what, says, "tick them at the hook if comments and merge requests are to be told on cards")
    })
}

fn template(what: &str, hook: &RegisteredHook) -> Option<Finding> {
    let template = hook.custom_webhook_template.as_deref().unwrap_or_default();
    (!template.trim().is_empty()).then(|| {
        let cure = "empty the field \"Custom webhook template\" at the hook";
        Finding::fails(what, "it sends a body of its own making, which kanbridge cannot read", cure)
    })
}

fn signed(what: &str, config: &Config, hook: &RegisteredHook) -> Option<Finding> {
    let unsigned = !config.gitlab.signing_keys.is_empty() && hook.signing_token_present == Some(false);
    unsigned.then(|| {
        let cure = "give the hook the signing token in GitLab, or remove GITLAB_SIGNING_TOKEN (then the secret counts)";
        Finding::fails(what, "it is not signed, and GITLAB_SIGNING_TOKEN is set, so it is refused", cure)
    })
}

fn delivered(what: &str, event: &HookEvent) -> Option<Finding> {
    let status = event.response_status.as_str();
    let then = format!("; then {TEST}");
    match status {
        _ if event.is_blocked() => {
            let says = "GitLab refuses to send it: the address lies in a local network";
            Some(Finding::fails(what, says, HookEvent::BLOCKED_CURE))
        }
        "401" => {
            let cure = format!(
                "enter the value of GITLAB_WEBHOOK_SECRET as the hook's secret token (or GITLAB_SIGNING_TOKEN as its \
                 signing token){then}"
            );
            Some(Finding::fails(what, "its newest delivery was answered 401: its secret is not ours", cure))
        }
        _ if status.starts_with(['2', '3']) => None,
        _ => {
            let says = format!("its newest delivery did not succeed ({status})");
            Some(Finding::doubtful(what, says, format!("see that the public address answers{then}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(hook: RegisteredHook, event: Option<&str>) -> String {
        let pairs = [
            ("GITLAB_WEBHOOK_SECRET", "s"),
            ("TRELLO_API_KEY", "k"),
            ("TRELLO_API_TOKEN", "t"),
            ("TRELLO_LIST_ID", "5e93bac014d40e501ee46b8d"),
        ];
        let config = crate::config::read(&crate::config::Environment::from_pairs(pairs), None).unwrap();
        let event = event.map(|status| HookEvent { response_status: status.to_owned(), response_body: None });
        let all = judge("hook", &config, &hook, event.as_ref());
        all.iter().map(|finding| format!("{:?} {}\n", finding.state, finding.says)).collect()
    }

    fn whole() -> RegisteredHook {
        RegisteredHook {
            issues_events: true,
            confidential_issues_events: Some(true),
            note_events: true,
            confidential_note_events: Some(true),
            merge_requests_events: true,
            ..RegisteredHook::default()
        }
    }

    #[test]
    fn a_hook_in_order_is_one_line_and_each_fault_has_its_own() {
        assert!(findings(whole(), Some("200")).starts_with("Holds"));
        let cases = [
            (RegisteredHook { issues_events: false, ..whole() }, None, "Fails it does not send issues"),
            (
                RegisteredHook { confidential_issues_events: None, ..whole() },
                None,
                "Fails it does not send confidential",
            ),
            (RegisteredHook { note_events: false, ..whole() }, None, "Doubtful these triggers are off: Comments"),
            (
                RegisteredHook { alert_status: Some("disabled".into()), ..whole() },
                None,
                "Fails GitLab has disabled it for",
            ),
            (RegisteredHook { disabled_until: Some("2026-11-23".into()), ..whole() }, None, "until 2026-11-23"),
            (RegisteredHook { custom_webhook_template: Some("{}".into()), ..whole() }, None, "a body of its own"),
            (whole(), Some("401"), "Fails its newest delivery was answered 401"),
            (whole(), Some("internal error"), "Doubtful its newest delivery did not succeed"),
        ];
        for (hook, event, told) in cases {
            let all = findings(hook, event);
            assert!(all.contains(told) && all.lines().count() == 1, "{told} in {all}");
        }
    }
}
