"""The app as it is configured at Slack, beside the manifest.

A bot's token does not tell which events an app is subscribed to. A configuration token does: it exports
the manifest of the app as it is (docs.slack.dev, "App manifests").
"""

from collections.abc import Iterator

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot import manifest
from bot.checks.findings import Finding, fail, note, ok
from bot.manifest import Manifest
from bot.slack.api_errors import UNREACHABLE, translated

EVENTS = "Slack events"
WHERE = "make one at https://api.slack.com/apps, Your App Configuration Tokens"


def untold(wanted: Manifest) -> Finding:
    """Report that nobody told, and what to compare by hand."""
    return note(
        EVENTS,
        "which ones the app is subscribed to is told to a configuration token only",
        f"set SLACK_CONFIG_TOKEN ({WHERE}) and check again, or compare on your app's page, "
        f"Event Subscriptions: {', '.join(sorted(wanted.events))}",
    )


async def compared(
    client: AsyncWebClient, signed: AsyncSlackResponse, secret: str, wanted: Manifest
) -> list[Finding]:
    """Compare events, commands, shortcuts and interactivity with the manifest's."""
    try:
        bot = (await client.bots_info(bot=str(signed.get("bot_id")))).get("bot") or {}
        exported = await client.apps_manifest_export(app_id=str(bot.get("app_id")), token=secret)
    except (SlackApiError, *UNREACHABLE) as error:
        detail = translated(error, "apps.manifest.export").detail
        says = f"with it, Slack does not tell the app's manifest ({detail})"
        return [note("SLACK_CONFIG_TOKEN", says, f"{WHERE}; it lasts 12 hours")]
    found = manifest.read(exported.get("manifest") or {})
    return list(_differences(found, wanted)) or [
        ok(EVENTS, "events, commands, shortcuts and interactivity are those of manifest.yml")
    ]


def _differences(found: Manifest, wanted: Manifest) -> Iterator[Finding]:
    for about, page, has, needs in (
        (EVENTS, "Event Subscriptions", found.events, wanted.events),
        ("Slack commands", "Slash Commands", _commands(found), _commands(wanted)),
        ("Slack shortcuts", "Interactivity & Shortcuts", _shortcuts(found), _shortcuts(wanted)),
    ):
        if lacking := sorted(needs - has):
            mend = f"add them on your app's page, {page}, or paste manifest.yml on App Manifest"
            yield fail(about, f"the app lacks {', '.join(lacking)}", mend)
        if spare := sorted(has - needs):
            yield note(about, f"the app has {', '.join(spare)} beside those in manifest.yml")
    if wanted.interactive and not found.interactive:
        mend = "turn it on, on your app's page, Interactivity & Shortcuts"
        yield fail("Slack interactivity", "is off, so no button works", mend)


def _commands(of: Manifest) -> set[str]:
    return {str(each.get("command")) for each in of.commands}


def _shortcuts(of: Manifest) -> set[str]:
    return {str(each.get("callback_id")) for each in of.shortcuts}
