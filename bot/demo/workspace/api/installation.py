"""api.test, auth.*, apps.*, team.* and files.*: the app's standing in the workspace."""

from collections.abc import Mapping

from bot.demo.workspace.api.method import Asked, Method, Token
from bot.demo.workspace.api.oauth import check_client
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
