"""Switching faults on and off while the server runs, for demonstrations."""

from aiohttp import web

from bot.demo.knowledge.errors import Invalid
from bot.demo.knowledge.faults import Fault
from bot.demo.knowledge.web.context import CONTEXT, body_of, json_response


async def show(request: web.Request) -> web.StreamResponse:
    """List the faults that are on."""
    return json_response({"faults": [fault.described() for fault in request.app[CONTEXT].faults.active]})


async def switch(request: web.Request) -> web.StreamResponse:
    """Switch on the fault the body describes; `{"clear": true}` switches all off first."""
    faults = request.app[CONTEXT].faults
    body = await body_of(request)
    if body.pop("clear", False):
        faults.clear()
    if body:
        try:
            faults.add(Fault.read(body))
        except ValueError as error:
            raise Invalid(str(error)) from error
    return await show(request)
