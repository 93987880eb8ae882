"""The command line."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

from bot import app, log
from bot.settings import Settings, SettingsError

cli = typer.Typer(
    help="Answers from PipesHub in Slack.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

MANIFEST = Path(__file__).parent.parent / "manifest.yml"
PLACE_OF_URL = "https://your-bot.example.com"


@cli.command()
def serve() -> None:
    """Serve Slack over HTTP: events, interactivity and commands on HOST:PORT."""
    _run(app.serve)


@cli.command()
def socket() -> None:
    """Receive everything from Slack over Socket Mode; no public address is needed."""
    _run(app.listen)


@cli.command()
def migrate() -> None:
    """Bring the database to the newest revision."""
    _run(app.migrate)


@cli.command()
def manifest(
    url: Annotated[str, typer.Option(help="The bot's own public address, https://…")],
) -> None:
    """Print the Slack app manifest with the request URLs filled in."""
    if not url.startswith("https://"):
        _stop("--url: Slack delivers to https addresses only; give one that starts with https://")
    sys.stdout.write(MANIFEST.read_text(encoding="utf-8").replace(PLACE_OF_URL, url.rstrip("/")))


def _run(command: Callable[[Settings], Coroutine[Any, Any, None]]) -> None:
    try:
        settings = Settings.load()
        log.configure(settings.log_level, settings.log_format)
        asyncio.run(command(settings))
    except SettingsError as error:
        _stop(str(error))


def _stop(reason: str) -> None:
    typer.echo(reason, err=True)
    raise SystemExit(1)


def main() -> None:
    """Run the command line."""
    cli()


if __name__ == "__main__":
    main()
