"""The web application: every address and what answers there."""

from collections import deque

from aiohttp import web

from bot.demo.knowledge.web import (
    chat,
    conversations,
    feedback,
    lists,
    oauth,
    records,
    surroundings,
    switches,
)
from bot.demo.knowledge.web.context import CONTEXT, Context, guarded, json_response
from bot.demo.knowledge.web.middleware import REQUESTS, Requests, faulty, identified, noted, told_errors

LARGEST_BODY = 10 * 1024 * 1024
"""Bytes; PipesHub's own limit for JSON."""
REMEMBERED_REQUESTS = 10_000
READ, WRITE, CHAT = "conversation:read", "conversation:write", "conversation:chat"


def application(context: Context) -> tuple[web.Application, Requests]:
    """Return the application and the log of what it answered."""
    app = web.Application(middlewares=[identified, told_errors, faulty], client_max_size=LARGEST_BODY)
    requests: Requests = deque(maxlen=REMEMBERED_REQUESTS)
    app[CONTEXT] = context
    app[REQUESTS] = requests
    app.on_response_prepare.append(noted)
    _add_conversations(app.router)
    _add_surroundings(app.router, context)
    oauth.add_routes(app.router)
    return app, requests


def _add_conversations(router: web.UrlDispatcher) -> None:
    root = "/api/v1/conversations"
    one, message = f"{root}/{{id}}", f"{root}/{{id}}/message/{{message}}"
    router.add_post(f"{root}/create", guarded(chat.create, WRITE))
    router.add_post(f"{root}/stream", guarded(chat.create_stream, CHAT))
    router.add_get(root, guarded(lists.active, READ))
    router.add_get(f"{root}/", guarded(lists.active, READ))
    router.add_get(f"{root}/show/archives", guarded(lists.archived, READ))
    router.add_get(one, guarded(conversations.fetch, READ))
    router.add_delete(one, guarded(conversations.delete, WRITE))
    router.add_post(f"{one}/messages", guarded(chat.add, CHAT))
    router.add_post(f"{one}/messages/stream", guarded(chat.add_stream, CHAT))
    router.add_post(f"{one}/share", guarded(conversations.share, WRITE))
    router.add_post(f"{one}/unshare", guarded(conversations.unshare, WRITE))
    router.add_patch(f"{one}/title", guarded(conversations.rename, WRITE))
    router.add_patch(f"{one}/archive", guarded(conversations.archive, WRITE))
    router.add_patch(f"{one}/unarchive", guarded(conversations.unarchive, WRITE))
    router.add_post(f"{message}/regenerate", guarded(chat.regenerate, CHAT))
    router.add_post(f"{message}/feedback", guarded(feedback.submit, WRITE))


def _add_surroundings(router: web.UrlDispatcher, context: Context) -> None:
    async def docs(_: web.Request) -> web.StreamResponse:
        return json_response(surroundings.description(context.dialect))

    api = "/api/v1"
    router.add_get(f"{api}/health", surroundings.health)
    router.add_get(f"{api}/docs/json", docs)
    router.add_get(
        f"{api}/configurationManager/ai-models/available/llm", guarded(surroundings.models, "config:read")
    )
    router.add_get(f"{api}/users", guarded(surroundings.users, "user:read"))
    router.add_get(f"{api}/users/{{id}}", guarded(surroundings.user, "user:read"))
    router.add_get(f"{api}/knowledgeBase/knowledge-hub/nodes", guarded(surroundings.nodes, "kb:read"))
    router.add_get(f"{api}/knowledgeBase", guarded(surroundings.knowledge_bases, "kb:read"))
    router.add_get(f"{api}/connectors", guarded(surroundings.connectors, "connector:read"))
    router.add_get(f"{api}/connectors/active", guarded(surroundings.connectors, "connector:read"))
    router.add_get("/record/{id}", records.record)
    router.add_get("/_demo/faults", switches.show)
    router.add_post("/_demo/faults", switches.switch)
