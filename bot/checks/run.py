"""All checks of `python -m bot check`, in the order in which fixes depend on each other."""

from collections.abc import AsyncIterator, Mapping
from itertools import chain

import aiohttp
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot import manifest
from bot.checks import local, pipeshub, slack
from bot.checks.findings import Finding, Grade, fail
from bot.domain.errors import SlackError
from bot.pipeshub.catalog import Catalog
from bot.pipeshub.http import Server, http_client
from bot.pipeshub.oauth import fixed_token_auth
from bot.settings import Settings, secret_value
from bot.slack.client import SlackClient

SLACK_TIMEOUT = 10
"""Seconds for one call to Slack, while a person waits."""


async def run_checks(settings: Settings, malformed: Mapping[str, str]) -> AsyncIterator[Finding]:
    """Yield what is found, as it is found; `malformed` has a line for each setting that counts as not set.

    Nothing is changed: no message is posted, no question asked, no table made.
    """
    for each in chain(
        local.malformed_settings(malformed),
        local.missing_settings(settings, malformed),
        local.misspelt_settings(),
    ):
        yield each
    for each in await local.listen_addresses(settings):
        yield each
    if "DATABASE_URL" not in malformed:
        yield await local.database_at_start(settings)
    if "SLACK_API_URL" not in malformed:
        async for each in _check_slack(settings):
            yield each
    if settings.pipeshub_server_url is not None:
        async for each in _check_pipeshub(settings, settings.pipeshub_server_url):
            yield each


async def _check_slack(settings: Settings) -> AsyncIterator[Finding]:
    token = settings.slack_bot_token
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SLACK_TIMEOUT)) as http:
        client = SlackClient(
            token.get_secret_value() if token else None, settings.slack_api_url, SLACK_TIMEOUT, session=http
        )
        if token is not None:
            try:
                signed = await client.auth_test()
            except SlackError as error:
                yield slack.token_refused(error)
                return
            async for each in _check_workspace(settings, client, signed):
                yield each
        elif settings.installs_in_many_workspaces:
            for each in await slack.installation_client(client, settings):
                yield each
        else:
            return
        if settings.slack_app_token is not None:
            yield await slack.app_token(client, secret_value(settings.slack_app_token))
    if settings.slack_signing_secret is not None:
        yield slack.signing_secret(secret_value(settings.slack_signing_secret))


async def _check_workspace(
    settings: Settings, client: SlackClient, signed: AsyncSlackResponse
) -> AsyncIterator[Finding]:
    wanted = manifest.load()
    yield slack.token_owner(signed)
    for each in slack.scopes(signed, wanted):
        yield each
    if settings.slack_config_token is None:
        yield slack.events_unknown(wanted)
    else:
        secret = secret_value(settings.slack_config_token)
        for each in await slack.compare_with_manifest(client, signed, secret, wanted):
            yield each
    yield slack.clock(signed)
    if settings.report_channel is not None:
        yield await slack.report_channel(client, settings.report_channel)


async def _check_pipeshub(settings: Settings, url: str) -> AsyncIterator[Finding]:
    bearer = settings.pipeshub_bearer_auth
    async with http_client() as http:
        try:
            server = Server(http, url)
        except ValueError as error:
            yield fail(pipeshub.URL, str(error), "correct it")
            return
        auth = fixed_token_auth(secret_value(bearer))
        catalog = Catalog(server, auth)
        reached = await pipeshub.reachable(catalog)
        yield reached
        if reached.grade is Grade.FAIL:
            return
        if settings.links_accounts:
            for each in await pipeshub.account_linking(server, settings):
                yield each
            return
        if bearer is None:
            return
        generation, accepted = await pipeshub.bearer_token(catalog)
        yield accepted
        if generation is None:
            return
        for each in pipeshub.server_generation(generation, settings):
            yield each
        yield await pipeshub.models(catalog, settings.pipeshub_model_key)
        yield await pipeshub.user_lookup(server, auth)
