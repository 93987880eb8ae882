"""The command line; each command loads what it needs when it runs, so help and a refused start are quick."""

import asyncio
import sys
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from cryptography.fernet import Fernet

from bot import log, manifest
from bot.demo.choices import Choices, Dialect
from bot.settings import TO_LISTEN, TO_SERVE, Delivery, Settings, SettingsError

cli = typer.Typer(
    help="Answers from PipesHub in Slack.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@cli.command()
def serve() -> None:
    """Serve Slack over HTTP: events, interactivity and commands on HOST:PORT."""
    settings = _load(TO_SERVE)
    from bot import app

    _run(app.serve(settings))


@cli.command()
def socket() -> None:
    """Receive everything from Slack over Socket Mode; no public address is needed."""
    settings = _load(TO_LISTEN)
    from bot import app

    _run(app.listen(settings))


@cli.command()
def migrate() -> None:
    """Bring the database to the newest revision."""
    settings = _load()
    from bot import app

    _run(app.migrate(settings))


@cli.command()
def check() -> None:
    """Look for what would keep the bot from working, and say how to mend it; nothing is changed."""
    log.configure("ERROR", "text")
    if not asyncio.run(_passes()):
        raise SystemExit(1)


@cli.command()
def key() -> None:
    """Print a new key for ENCRYPTION_KEY; anyone who has it can read the stored tokens."""
    typer.echo(Fernet.generate_key().decode())


@cli.command(name="manifest")
def print_manifest(
    url: Annotated[str, typer.Option(help="The bot's own public address, https://…")],
) -> None:
    """Print the Slack app manifest with the request URLs filled in."""
    if not url.startswith("https://"):
        _stop("--url: Slack delivers to https addresses only; give one that starts with https://")
    sys.stdout.write(manifest.text(url))


@cli.command()
def demo(
    docs: Annotated[
        Path | None,
        typer.Option(
            help="A folder of Markdown and text files to answer from.", exists=True, file_okay=False
        ),
    ] = None,
    port: Annotated[
        int, typer.Option(help="Where the page is; 0 lets the system choose.", min=0, max=65535)
    ] = 3100,
    browser: Annotated[  # noqa: FBT002 (a switch of the command line)
        bool, typer.Option(help="Open the page when everything is ready.")
    ] = True,
    data: Annotated[Path | None, typer.Option(help="Keep everything here, for the next time.")] = None,
    dialect: Annotated[
        Dialect, typer.Option(help="The generation of server to play; legacy is 0.3, agui 0.6.")
    ] = Dialect.AGUI,
    speed: Annotated[float, typer.Option(help="Words a second; 0 is as fast as possible.", min=0)] = 25,
    delivery: Annotated[Delivery, typer.Option(help="How answers grow.")] = Delivery.EDIT,
    accounts: Annotated[  # noqa: FBT002 (a switch of the command line)
        bool, typer.Option("--accounts", help="Everybody connects a PipesHub account of their own.")
    ] = False,
) -> None:
    """Try everything on this machine: a local Slack, a local PipesHub and the bot between them."""
    from bot.demo import run

    choices = Choices(
        docs=docs,
        port=port,
        browser=browser,
        data=data,
        dialect=dialect,
        speed=speed,
        delivery=delivery,
        accounts=accounts,
    )
    try:
        asyncio.run(run.demo(choices))
    except run.DemoError as error:
        _stop(str(error))


async def _passes() -> bool:
    """Print every finding as it comes, and return whether the bot would work."""
    from bot.checks.findings import Grade
    from bot.checks.run import run_checks

    passes = True
    async for finding in run_checks(*Settings.load_leniently()):
        typer.echo(str(finding))
        passes = passes and finding.grade is not Grade.FAIL
    return passes


def _load(needed: Sequence[str] = ()) -> Settings:
    """Return the settings, or stop with what is wrong or missing."""
    try:
        settings = Settings.load()
        settings.require(needed)
    except SettingsError as error:
        _stop(str(error))
    log.configure(settings.log_level, settings.log_format)
    return settings


def _run(command: Coroutine[Any, Any, None]) -> None:
    try:
        asyncio.run(command)
    except SettingsError as error:
        _stop(str(error))


def _stop(reason: str) -> NoReturn:
    typer.echo(reason, err=True)
    raise SystemExit(1)


def main() -> None:
    """Run the command line."""
    cli()


if __name__ == "__main__":
    main()
