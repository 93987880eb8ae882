"""Deliveries that leave their ids on every line that is logged for them."""

from http import HTTPStatus

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.slack.inbound import envelopes
from bot.slack.inbound.fields import Malformed

log = structlog.get_logger(__name__)


class TracedApp(AsyncApp):
    """An app whose log lines, also of work that goes on later, name workspace, channel and thread."""

    async def async_dispatch(self, req: AsyncBoltRequest) -> BoltResponse:
        """Dispatch a delivery; both HTTP and Socket Mode come this way.

        What nobody could read is refused before Bolt looks for a listener, who would trip over it.
        """
        with structlog.contextvars.bound_contextvars(**envelopes.ids(req.body)):
            try:
                envelopes.check(req.body, req.context.team_id)
            except Malformed as error:
                log.warning("a delivery is malformed", key=str(error))
                return BoltResponse(status=HTTPStatus.BAD_REQUEST, body="", headers={envelopes.NO_RETRY: "1"})
            return await super().async_dispatch(req)
