"""The few pages that the bot shows in a browser."""

from base64 import b64encode
from hashlib import sha256

from aiohttp import web
from markupsafe import escape

STYLE = """
:root { color-scheme: light dark; --ink: #1d1c1d; --quiet: #616061; --page: #f6f6f6; --card: #fff;
  --line: #ddd; --good: #0f766e; --bad: #b42318; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e8e8; --quiet: #a5a5a8; --page: #141619;
  --card: #1f2328; --line: #3a3d42; --good: #2dd4bf; --bad: #f97066; } }
body { align-items: center; background: var(--page); color: var(--ink); display: flex;
  font: 1rem/1.5 system-ui, sans-serif; justify-content: center; margin: 0; min-height: 100vh; }
main { background: var(--card); border: 1px solid var(--line); border-radius: .75rem;
  border-top: 4px solid var(--bad); margin: 1rem; max-width: 28rem; padding: 1.75rem; }
main.good { border-top-color: var(--good); }
h1 { font-size: 1.35rem; line-height: 1.25; margin: 0 0 .75rem; }
p { margin: 0; overflow-wrap: anywhere; }
small { color: var(--quiet); display: block; margin-top: 1.25rem; }
"""

_HASH = b64encode(sha256(STYLE.encode()).digest()).decode()

HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
"""For every page and redirect of the bot's: nothing is loaded, framed, kept or told to the next site."""

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main class="{kind}">
<h1>{title}</h1>
<p>{sentence}</p>
<small>PipesHub in Slack</small>
</main>
</body>
</html>
"""


def page(title: str, sentence: str, status: int = 200) -> web.Response:
    """Return a page that says one thing, plain text both; a status of 400 and more marks a failure."""
    kind = "good" if status < web.HTTPBadRequest.status_code else "bad"
    text = _PAGE.format(title=escape(title), sentence=escape(sentence), style=STYLE, kind=kind)
    return web.Response(text=text, content_type="text/html", status=status, headers=HEADERS)


def redirect(address: str) -> web.Response:
    """Return what sends a browser elsewhere."""
    return web.Response(status=web.HTTPFound.status_code, headers=HEADERS | {"Location": address})
