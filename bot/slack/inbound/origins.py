"""Where a delivery comes from."""

from dataclasses import dataclass

from slack_bolt.request.async_request import AsyncBoltRequest

from bot.slack.inbound.fields import id_or_none


@dataclass(frozen=True, slots=True)
class Origin:
    """A workspace, and the organization by whose installation the bot hears of it, where it does."""

    workspace: str
    enterprise: str | None = None


def origin(delivery: AsyncBoltRequest) -> Origin:
    """Return where a delivery comes from.

    Where the app is a whole organization's, presses and submissions name no team, and what Bolt finds may
    be the organization: the person, or the view, tells the workspace then.
    """
    context, body = delivery.context, delivery.body
    enterprise = id_or_none(context, "enterprise_id") if context.is_enterprise_install else None
    workspace = id_or_none(context, "team_id")
    if enterprise is not None and workspace in (None, enterprise):
        workspace = id_or_none(body, "view", "team_id") or id_or_none(body, "user", "team_id")
    return Origin(workspace or "", enterprise)
