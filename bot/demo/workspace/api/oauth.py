"""oauth.v2.access: tokens for the code of a consent, or for a refresh token."""

import base64
import secrets
from collections.abc import Mapping

from bot.demo.workspace.api.method import Asked, Method, Token
from bot.demo.workspace.model import Json
from bot.demo.workspace.refusals import Refusal
from bot.demo.workspace.tokens import Given
from bot.demo.workspace.workspace import Workspace


def access(asked: Asked) -> Json:
    """Exchange what the app holds for a bot token."""
    check_client(asked)
    grant = asked.arguments.text("grant_type", "authorization_code")
    if grant == "refresh_token":
        workspace, given = asked.slack.refresh(asked.arguments.text("refresh_token"))
        return _granted(workspace, given)
    if grant != "authorization_code":
        raise Refusal("invalid_grant_type")
    code, redirect = asked.arguments.text("code"), asked.arguments.text("redirect_uri")
    consent = asked.slack.consents.redeem(code, redirect)
    workspace, given = asked.slack.install(consent.place, consent.scopes)
    admin = next((each.id for each in workspace.state.users.values() if each.is_admin), "")
    return _granted(workspace, given) | {"authed_user": {"id": admin}}


def check_client(asked: Asked) -> None:
    """Raise Refusal unless the app's id and secret are given, by Basic auth or as arguments."""
    client_id, client_secret = asked.arguments.text("client_id"), asked.arguments.text("client_secret")
    if asked.authorization.startswith("Basic "):
        try:
            pair = base64.b64decode(asked.authorization.removeprefix("Basic ")).decode()
        except ValueError:
            raise Refusal("invalid_client_id") from None
        client_id, _, client_secret = pair.partition(":")
    app = asked.workspace.app
    if client_id != app.client_id:
        raise Refusal("invalid_client_id")
    if not secrets.compare_digest(client_secret.encode(), app.client_secret.encode()):
        raise Refusal("bad_client_secret")


def _granted(workspace: Workspace, given: Given) -> Json:
    app, team = workspace.app, workspace.state.team
    answer: Json = {
        "access_token": given.access,
        "token_type": "bot",
        "scope": ",".join(sorted(app.scopes)),
        "bot_user_id": app.bot_user,
        "app_id": app.id,
        "team": None if app.is_org_wide else {"id": team.id, "name": team.name},
        "enterprise": team.enterprise.as_json if team.enterprise else None,
        "is_enterprise_install": app.is_org_wide,
    }
    if given.refresh:
        answer |= {"refresh_token": given.refresh, "expires_in": given.expires_in}
    return answer


METHODS: Mapping[str, Method] = {"oauth.v2.access": Method(access, token=Token.NONE)}
