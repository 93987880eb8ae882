"""api.test, auth.*, apps.*, oauth.*, team.* and files.*: the app's standing in the workspace."""

import base64
import secrets
from collections.abc import Mapping

from bot.demo.workspace.api.method import Asked, Method, Token
from bot.demo.workspace.model import Json
from bot.demo.workspace.payloads import file_json
from bot.demo.workspace.refusals import Refusal


def api_test(asked: Asked) -> Json:
    """Return what was sent, or the error that was asked for."""
    arguments = {name: value for name, value in asked.arguments.values.items() if name != "token"}
    if error := asked.arguments.text("error"):
        raise Refusal(error, args=arguments)
    return {"args": arguments}


def auth_test(asked: Asked) -> Json:
    """Return whose token it is."""
    workspace = asked.workspace
    return {
        "url": f"{workspace.state.base_url}/",
        "team": workspace.state.team.name,
        "user": workspace.bot.name,
        "team_id": workspace.state.team.id,
        "user_id": workspace.bot.id,
        "bot_id": workspace.app.bot_id,
        "is_enterprise_install": False,
    }


def auth_revoke(asked: Asked) -> Json:
    """End the token that is used."""
    if asked.arguments.flag("test"):
        return {"revoked": False}
    asked.workspace.app.bot_tokens.discard(asked.token)
    asked.workspace.app.revoked.add(asked.token)
    asked.workspace.agent.tokens_revoked()
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
    _check_client(asked, asked.arguments.text("client_id"), asked.arguments.text("client_secret"))
    asked.workspace.agent.uninstall()
    return {}


def oauth_access(asked: Asked) -> Json:
    """Exchange a code for a bot token."""
    workspace, app = asked.workspace, asked.workspace.app
    client_id, client_secret = asked.arguments.text("client_id"), asked.arguments.text("client_secret")
    if asked.authorization.startswith("Basic "):
        pair = base64.b64decode(asked.authorization.removeprefix("Basic ")).decode()
        client_id, _, client_secret = pair.partition(":")
    _check_client(asked, client_id, client_secret)
    redirect = app.codes.pop(asked.arguments.text("code"), None)
    if redirect is None:
        raise Refusal("invalid_code")
    if asked.arguments.text("redirect_uri", redirect) != redirect:
        raise Refusal("bad_redirect_uri")
    token = f"xoxb-{secrets.token_hex(16)}"
    app.bot_tokens.add(token)
    workspace.bot.deleted = False
    admin = next((u.id for u in workspace.state.users.values() if u.is_admin), "")
    return {
        "access_token": token,
        "token_type": "bot",
        "scope": ",".join(sorted(app.scopes)),
        "bot_user_id": app.bot_user,
        "app_id": app.id,
        "team": {"id": workspace.state.team.id, "name": workspace.state.team.name},
        "enterprise": None,
        "is_enterprise_install": False,
        "authed_user": {"id": admin},
    }


def _check_client(asked: Asked, client_id: str, client_secret: str) -> None:
    if client_id != asked.workspace.app.client_id:
        raise Refusal("invalid_client_id")
    if not secrets.compare_digest(client_secret, asked.workspace.app.client_secret):
        raise Refusal("bad_client_secret")


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
    "oauth.v2.access": Method(oauth_access, token=Token.NONE),
    "team.info": Method(team_info, ("team:read",)),
    "files.info": Method(file_info, ("files:read",)),
}
