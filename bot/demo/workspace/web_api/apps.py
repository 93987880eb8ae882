"""api.test, auth.*, apps.*, oauth.v2.access, team.* and files.*: the app's installation and its tokens."""

import base64
import secrets
from collections.abc import Mapping

from bot.demo.workspace.app import Given
from bot.demo.workspace.model import Json, Refusal
from bot.demo.workspace.payloads import file_json
from bot.demo.workspace.web_api.method import Asked, Method, Token
from bot.demo.workspace.workspace import Workspace


def oauth_access(asked: Asked) -> Json:
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


OAUTH: Mapping[str, Method] = {"oauth.v2.access": Method(oauth_access, token=Token.NONE)}


def api_test(asked: Asked) -> Json:
    """Return what was sent, or the error that was asked for."""
    arguments = {name: value for name, value in asked.arguments.values.items() if name != "token"}
    if error := asked.arguments.text("error"):
        raise Refusal(error, args=arguments)
    return {"args": arguments}


def auth_test(asked: Asked) -> Json:
    """Return whose token it is."""
    workspace, team = asked.workspace, asked.workspace.state.team
    whole = team.enterprise if workspace.app.is_org_wide and team.enterprise else team
    answer: Json = {
        "url": f"{workspace.state.base_url}/",
        "team": whole.name,
        "user": workspace.bot.name,
        "team_id": whole.id,
        "user_id": workspace.bot.id,
        "bot_id": workspace.app.bot_id,
        "is_enterprise_install": workspace.app.is_org_wide,
    }
    return answer | ({"enterprise_id": team.enterprise.id} if team.enterprise else {})


def auth_revoke(asked: Asked) -> Json:
    """End the token that is used; with the last of them the app is uninstalled."""
    if asked.arguments.flag("test"):
        return {"revoked": False}
    tokens = asked.workspace.app.tokens
    tokens.revoke(asked.token)
    if tokens.live:
        asked.workspace.agent.tokens_revoked()
    else:
        asked.slack.uninstall(asked.workspace)
    return {"revoked": True}


def open_connection(asked: Asked) -> Json:
    """Return an address that opens one Socket Mode connection."""
    ticket = asked.workspace.sockets.ticket()
    address = asked.workspace.state.base_url.replace("http", "ws", 1)
    return {"url": f"{address}/socket-mode?ticket={ticket}&app_id={asked.workspace.app.id}"}


def export_manifest(asked: Asked) -> Json:
    """Return the manifest of the app as it is."""
    app = asked.workspace.app
    if asked.arguments.required("app_id", "invalid_arguments") != app.id:
        raise Refusal("invalid_app_id")
    return {"manifest": app.manifest}


def uninstall(asked: Asked) -> Json:
    """Remove the app; its own client id and secret must be given."""
    check_client(asked)
    asked.slack.uninstall(asked.workspace)
    return {}


def team_info(asked: Asked) -> Json:
    """Return the workspace."""
    team = asked.workspace.state.team
    if asked.arguments.text("team", team.id) != team.id:
        raise Refusal("team_not_found")
    return {
        "team": {
            "id": team.id,
            "name": team.name,
            "domain": team.domain,
            "url": f"{asked.workspace.state.base_url}/",
            "email_domain": f"{team.domain}.example",
        }
    }


def file_info(asked: Asked) -> Json:
    """Return a shared file."""
    file = asked.workspace.state.files.get(asked.arguments.required("file", "file_not_found"))
    if file is None:
        raise Refusal("file_not_found")
    return {"file": file_json(file, asked.workspace.state)}


METHODS: Mapping[str, Method] = {
    "api.test": Method(api_test, token=Token.NONE),
    "auth.test": Method(auth_test),
    "auth.revoke": Method(auth_revoke),
    "apps.connections.open": Method(open_connection, token=Token.APP),
    "apps.manifest.export": Method(export_manifest, token=Token.CONFIGURATION),
    "apps.uninstall": Method(uninstall),
    "team.info": Method(team_info, ("team:read",)),
    "files.info": Method(file_info, ("files:read",)),
}
