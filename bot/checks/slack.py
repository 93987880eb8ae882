"""Checks of Slack: tokens, scopes, the clock, and the app's configuration beside `manifest.yml`.

A bot token does not tell which events an app is subscribed to. A configuration token does: it exports
the app's manifest (docs.slack.dev, "App manifests").
"""

import time
from collections.abc import Iterator, Sequence
from email.utils import parsedate_to_datetime

from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot import manifest
from bot.checks.findings import Finding, fail, note, ok
from bot.domain.errors import SlackError, SlackUnreachable
from bot.flows.accounts.installation import INSTALL_PATH, INSTALL_REDIRECT_PATH
from bot.manifest import Manifest
from bot.settings import HOW_TO_GET, Settings, secret_value
from bot.slack.client import SlackClient, SlackOAuth

EVENTS, SCOPES, SLACK_CLIENT = "Slack events", "Slack scopes", "SLACK_CLIENT_ID"
TOKEN, APP_TOKEN = "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"
WHERE = "make one at https://api.slack.com/apps, Your App Configuration Tokens"


def events_unknown(wanted: Manifest) -> Finding:
    """Report that Slack does not tell the events, and what to compare by hand."""
    return note(
        EVENTS,
        "which ones the app is subscribed to is told to a configuration token only",
        f"set SLACK_CONFIG_TOKEN ({WHERE}) and check again, or compare on your app's page, "
        f"Event Subscriptions: {', '.join(sorted(wanted.events))}",
    )


async def compare_with_manifest(
    client: SlackClient, signed: AsyncSlackResponse, secret: str, wanted: Manifest
) -> list[Finding]:
    """Compare events, commands, shortcuts and interactivity with the manifest's."""
    try:
        bot = (await client.bots_info(bot=str(signed.get("bot_id")))).get("bot") or {}
        app = str(bot.get("app_id"))
        exported = await client.apps_manifest_export(app_id=app, token=secret)
    except SlackError as error:
        says = f"with it, Slack does not tell the app's manifest ({error.detail})"
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


NO_CODE = "no-code"
"""A code that Slack never gave: its refusal shows whether it knows the app."""

UNKNOWN = {"bad_client_secret": "SLACK_CLIENT_SECRET", "invalid_client_id": SLACK_CLIENT}


async def installation_client(web: SlackClient, settings: Settings) -> Sequence[Finding]:
    """Report whether the bot can be installed, as far as that shows without doing it."""
    redirect = f"{settings.public_url or ''}{INSTALL_REDIRECT_PATH}"
    client = (settings.slack_client_id or "", secret_value(settings.slack_client_secret))
    found = [await _check_client(SlackOAuth(web, client, (), redirect))]
    if settings.public_url is not None:
        says = (
            f"the bot is installed at {settings.public_url}{INSTALL_PATH}, and people come back to "
            f"{redirect}; the app needs that as a redirect URL"
        )
        found.append(note("PUBLIC_URL", says))
    return found


async def _check_client(oauth: SlackOAuth) -> Finding:
    try:
        await oauth.exchange(NO_CODE)
    except SlackUnreachable as error:
        return token_refused(error)
    except SlackError as error:
        wrong = UNKNOWN.get(error.detail.rpartition(" ")[2])
        if wrong is None:
            return ok(SLACK_CLIENT, "Slack knows the app, so workspaces can install it")
        return fail(
            wrong,
            f"Slack does not accept it ({error.detail})",
            "copy it from your Slack app's page, Basic Information",
        )
    return note(SLACK_CLIENT, "Slack gave tokens for a code that is none", "look at what answers there")


MAX_CLOCK_SKEW = 300.0
"""Seconds by which a delivery's timestamp may be off; https://docs.slack.dev/authentication/verifying-requests-from-slack"""

SUSPICIOUS_CLOCK_SKEW = 60.0
"""Seconds that no network explains."""


SLACK_LATE = fail(
    "SLACK_API_URL", "Slack does not answer in time", "check the address, the network and the proxy"
)


async def bot_token(client: SlackClient) -> Finding:
    """Report whether Slack accepts the bot's token."""
    try:
        return token_owner(await client.auth_test())
    except SlackError as error:
        return token_refused(error)


def token_refused(error: SlackError) -> Finding:
    """Report why Slack did not accept the token."""
    if isinstance(error, SlackUnreachable):
        says = f"Slack does not answer there ({error.detail})"
        return fail("SLACK_API_URL", says, "check the address, the network and the proxy")
    return fail(TOKEN, f"Slack does not accept it ({error.detail})", HOW_TO_GET[TOKEN])


def token_owner(signed: AsyncSlackResponse) -> Finding:
    """Report whose token it is."""
    if not signed.get("bot_id"):
        return fail(TOKEN, "this is a person's token, not a bot's", HOW_TO_GET[TOKEN])
    where = f"{signed.get('team', 'a workspace')} ({signed.get('team_id')})"
    return ok(TOKEN, f"Slack accepts it, for {signed.get('user', 'the bot')} in {where}")


def scopes(signed: AsyncSlackResponse, wanted: Manifest) -> list[Finding]:
    """Compare the token's scopes, which Slack says in a header of every response, with the manifest's."""
    said = signed.headers.get("x-oauth-scopes")
    if said is None:
        return [note(SCOPES, "the server did not say which ones the token has")]
    granted = {each.strip() for each in said.split(",")} - {""}
    found = []
    if lacking := sorted(wanted.scopes - granted):
        mend = "add them on your app's page, OAuth & Permissions, and install the app again"
        found.append(fail(SCOPES, f"the token lacks {', '.join(lacking)}", mend))
    if spare := sorted(granted - wanted.scopes):
        found.append(note(SCOPES, f"the token has {', '.join(spare)} beside those in manifest.yml"))
    return found or [ok(SCOPES, "the token has those of manifest.yml")]


def clock(signed: AsyncSlackResponse) -> Finding:
    """Compare this machine's clock with Slack's."""
    try:
        off = time.time() - parsedate_to_datetime(signed.headers.get("date", "")).timestamp()
    except ValueError:
        return note("clock", "the server did not say what time it is")
    if abs(off) < SUSPICIOUS_CLOCK_SKEW:
        return ok("clock", "this machine and Slack agree")
    says = f"this machine is {abs(off):.0f} s {'ahead of' if off > 0 else 'behind'} Slack"
    if abs(off) < MAX_CLOCK_SKEW:
        return note("clock", says, "set it by NTP: beyond 300 s no delivery is accepted")
    return fail("clock", f"{says}, so no delivery of Slack's is accepted", "set it by NTP")


async def app_token(client: SlackClient, secret: str) -> Finding:
    """Report whether Socket Mode opens; the connection is not used, and expires."""
    try:
        await client.apps_connections_open(app_token=secret)
    except SlackError as error:
        return fail(APP_TOKEN, f"Socket Mode does not open ({error.detail})", HOW_TO_GET[APP_TOKEN])
    return ok(APP_TOKEN, "Socket Mode opens")


async def report_channel(client: SlackClient, channel: str) -> Finding:
    """Report whether the weekly report could be posted to its channel."""
    about = "REPORT_CHANNEL"
    try:
        info = await client.conversations_info(channel=channel)
    except SlackError as error:
        says = f"the bot sees no such channel ({error.detail})"
        return fail(about, says, "set it to a channel's id, C…, and invite the bot")
    found = info.get("channel") or {}
    if found.get("is_archived"):
        return fail(about, "the channel is archived", "set another one")
    if not found.get("is_member"):
        return fail(about, "the bot is not in the channel", "invite it: write /invite and its name there")
    return ok(about, "the bot is in the channel")


def signing_secret(secret: str) -> Finding:
    """Report what can be said of the signing secret, which Slack alone can check."""
    about = "SLACK_SIGNING_SECRET"
    if secret.startswith(("xox", "xapp")) or any(each.isspace() for each in secret):
        return fail(about, "this is no signing secret", HOW_TO_GET[about])
    return note(
        about,
        "is set; whether it is right shows with the first delivery only",
        "if Slack says on Event Subscriptions that the URL is not verified, copy it again",
    )
