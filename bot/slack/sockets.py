"""Socket Mode, of which a workspace is told by each delivery, and not by the connection."""

import logging

from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.slack.server import Dispatch


class SocketApp(AsyncApp):
    """What Bolt's handler of a socket takes for an app, and hands every delivery to."""

    def __init__(self, dispatch: Dispatch) -> None:
        """Pass deliveries on to `dispatch`."""
        super().__init__(
            token="-",  # noqa: S106 (none: whoever a delivery is handed to signs in)
            request_verification_enabled=False,
            logger=logging.getLogger("slack_bolt"),
        )
        self._dispatch = dispatch

    async def async_dispatch(self, req: AsyncBoltRequest) -> BoltResponse:
        """Pass a delivery on."""
        return await self._dispatch(req)
