"""Deliveries that are handled once, however often and to whichever process Slack sends them."""

from http import HTTPStatus
from typing import Any

from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.slack.inbound import envelopes
from bot.slack.inbound.views import submitted
from bot.slack.render.modals.frame import saying
from bot.slack.traced import TracedApp
from bot.store.claims import Begun, Claims

TWICE = "This form arrived here twice. It is carried out once; you can close this window."


class OnceApp(TracedApp):
    """An app that claims each delivery before it handles it, and keeps the claim once that is done.

    One that fails is given back, one whose process dies lapses: Slack's next attempt is handled then.
    Questions need no claim, since each is recorded once, before it is acknowledged.
    """

    def __init__(self, claims: Claims, **options: Any) -> None:  # noqa: ANN401 (Bolt's own)
        super().__init__(**options)
        self._claims = claims

    async def async_dispatch(self, req: AsyncBoltRequest) -> BoltResponse:
        """Dispatch a delivery; both HTTP and Socket Mode come this way."""
        key = envelopes.name(req.body)
        if key is None:
            return await super().async_dispatch(req)
        begun = await self._claims.begin(key)
        if begun is not Begun.FIRST:
            return _again(begun, req)
        try:
            response = await super().async_dispatch(req)
        except BaseException:
            await self._claims.release(key)
            raise
        if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            await self._claims.release(key)
        else:
            await self._claims.done(key)
        return response


def _again(begun: Begun, req: AsyncBoltRequest) -> BoltResponse:
    """Return what answers a delivery that came before."""
    title = submitted(req.body)
    if title is not None:
        view = saying(title, TWICE)  # without an answer Slack would close the form over its outcome
        return BoltResponse(status=200, body={"response_action": "update", "view": view})
    if begun is Begun.UNDER_WAY and "event" in req.body:
        # Acknowledged now, it would be lost if whoever is at it dies: Slack sends it once more.
        return BoltResponse(status=HTTPStatus.SERVICE_UNAVAILABLE, body="")
    return BoltResponse(status=200, body="")
