"""The command line: `python -m bot run | serve | check | migrate | …`; `python -m bot --help` names them all.

Exit codes (design §7): 0 stopped cleanly, 2 configuration or database wrong, 3 refused at start by Slack or Acronis, 1
else.
"""

import argparse
import asyncio
import gc
import os
import ssl
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING

from bot import memory
from bot.errors import AcronisRefused, NightshiftError, SettingsError, SlackRefused, StoreUnavailable, UsageError

if TYPE_CHECKING:
    from bot.model import Verb

OF_TOOLS = ("click", "rich")
"""What development tools bring. structlog and httpx import it where it is there: 50 ms and 5 MiB that nobody needs."""
WITHOUT_SETTINGS = ("demo", "manifest", "sandbox")
"""The commands that read no variable; all others take `--env-file`."""
CLEAN, FAILED, MISCONFIGURED, REFUSED = 0, 1, 2, 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    _open_closed()
    _replace_unwritable()
    options = _parser().parse_args(arguments)
    try:
        if options.env_file is not None:
            _read_env_file(options.env_file)
        _have_home()
        _look_at_environment()
        return int(options.run(options) or CLEAN)
    except (SettingsError, UsageError, StoreUnavailable) as error:
        print(error.told, file=sys.stderr)
        return MISCONFIGURED
    except (SlackRefused, AcronisRefused) as error:
        print(error.told, file=sys.stderr)
        return REFUSED
    except NightshiftError as error:
        print(error.told, file=sys.stderr)
        return FAILED
    except OSError as error:
        print(f"{error.strerror or error}: {error.filename or 'the port or the disk'}", file=sys.stderr)
        return FAILED


def _open_closed() -> None:
    """Python has no object for an output that was closed before the start: what is written there goes nowhere."""
    sys.stdout, sys.stderr = (stream or open(os.devnull, "w") for stream in (sys.stdout, sys.stderr))  # noqa: SIM115, PTH123


def _replace_unwritable() -> None:
    """A sign that a terminal's encoding has not is written as a question mark, and read as a replacement sign."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def _read_env_file(name: str) -> None:
    """What the environment says itself goes first; a variable that is blank there says nothing."""
    from bot.settings.env_file import read_env_file  # noqa: PLC0415  most start without

    for variable, value in read_env_file(Path(name)).items():
        if not os.environ.get(variable, "").strip():
            os.environ[variable] = value


def _have_home() -> None:
    """A container's user may have neither a name nor a home. Slack's library asks for one when it is imported."""
    try:
        Path.home()
    except RuntimeError:
        os.environ["HOME"] = "/"


def _look_at_environment() -> None:
    """Raises SettingsError where libraries could not even be loaded."""
    if os.environ.get("SSLKEYLOGFILE"):
        from bot.settings.network import key_log_faults  # noqa: PLC0415

        if faults := list(key_log_faults(os.environ)):
            raise SettingsError(faults)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bot", description="Nightshift, the Slack bot for backups on call.")
    parser.set_defaults(env_file=None)
    commands = parser.add_subparsers(title="commands", required=True, metavar="command")
    for name, meaning in (
        ("run", "the whole bot, over Socket Mode"),
        ("serve", "the whole bot, over signed HTTP"),
    ):
        command = commands.add_parser(name, help=meaning)
        command.set_defaults(run=_bot, mode=name)
    demo = commands.add_parser("demo", help="the bot at work against a pretend Slack and a pretend Acronis")
    demo.add_argument("--once", action="store_true", help="play a fixed script in the terminal and end")
    demo.add_argument("--terminal", action="store_true", help="speak in the terminal, not in a page of the browser")
    demo.set_defaults(run=_demo)
    check = commands.add_parser(
        "check", help="try the settings, Slack's tokens and the Acronis client, print the routes, end"
    )
    check.add_argument("--mode", choices=("run", "serve"), help="where both are set up; else the one that is")
    check.add_argument("--say", action="store_true", help="post one line to each channel, and take it back")
    check.set_defaults(run=_check)
    migrate = commands.add_parser("migrate", help="bring the database up to date, then end")
    migrate.set_defaults(run=_migrate)
    backup = commands.add_parser("backup", help="copy the bot's database to a file, while it runs too")
    backup.add_argument("file", metavar="FILE", help="an older back-up there is replaced")
    backup.set_defaults(run=_backup)
    restore = commands.add_parser("restore", help="put a back-up in the database's place, while no bot runs on it")
    restore.add_argument("file", metavar="FILE", help="what `backup` made")
    restore.set_defaults(run=_restore)
    copy = commands.add_parser("copy-database", help="move a bot from its SQLite file to PostgreSQL, while none runs")
    copy.add_argument("source", metavar="FROM", help="the SQLite file, or its URL")
    copy.add_argument("target", metavar="TO", nargs="?", help="the URL of an empty database; DATABASE_URL's otherwise")
    copy.set_defaults(run=_copy_database)
    replay = commands.add_parser("replay", help="play the bot's own copy through the rules again, and post nothing")
    replay.add_argument("--since", default="7d", metavar="TIME", help="from when on: 7d, 24h, monday, 2022-06-01")
    replay.add_argument("--config", metavar="FILE", help="play by another nightshift.toml, and tell the difference")
    replay.set_defaults(run=_replay)
    audit = commands.add_parser("audit", help="print who acted on alerts, from the bot's own database")
    audit.add_argument("--csv", action="store_true", required=True, help="as CSV, the newest first")
    audit.add_argument("--since", metavar="TIME", help="from when on: 7d, 24h, monday, 2022-06-01")
    audit.add_argument(
        "filters", nargs="*", help="as after /tasks audit: refused, resolve, by U0123456789, tenant Acme"
    )
    audit.set_defaults(run=_audit)
    manifest = commands.add_parser("manifest", help="print the manifest of the Slack app")
    manifest.add_argument("--url", metavar="https://…", help="for serve: the address that Slack reaches the bot by")
    manifest.set_defaults(run=_manifest)
    sandbox = commands.add_parser("sandbox", help="one pretend server, alone, on loopback")
    sandbox.add_argument("which", choices=("acronis", "slack"))
    sandbox.add_argument("--port", type=int, required=True)
    sandbox.set_defaults(run=_sandbox)
    for name in commands.choices.keys() - set(WITHOUT_SETTINGS):
        commands.choices[name].add_argument(
            "--env-file", metavar="FILE", help="variables, where the environment has none"
        )
    return parser


def load_quickly() -> None:
    """What is imported from here on is loaded in two thirds of the time, for a start of the bot."""
    gc.disable()  # loading makes many objects and little garbage; the bot's start turns it on again
    for name in OF_TOOLS:  # so that importing it fails
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # it would look for them in every installed package
    # aiohttp reads all certificates twice when it is imported, in 50 ms. `sign_in.open_session` brings its own.
    ssl.SSLContext.set_default_verify_paths = lambda _: None  # type: ignore[assignment, method-assign]
    import aiohttp  # noqa: F401, PLC0415

    del ssl.SSLContext.set_default_verify_paths  # what it inherits is there again


def _bot(options: argparse.Namespace) -> None:
    memory.keep_small()
    load_quickly()
    from bot.settings import Mode, load  # noqa: PLC0415  a pretend server needs none of this
    from bot.telemetry import configure_logging  # noqa: PLC0415

    settings = load(os.environ, Mode(options.mode))
    configure_logging(settings.secrets, level=settings.log_level)

    from bot.app import run  # noqa: PLC0415  a wrong setting is told before the rest is loaded

    asyncio.run(run(settings))


def _check(options: argparse.Namespace) -> None:
    from bot.checks import check, name_warnings  # noqa: PLC0415
    from bot.settings import Mode, canary_lines, climb_lines, digest_lines, load, role_lines, route_lines, set_up_mode  # noqa: PLC0415
    from bot.telemetry import configure_logging  # noqa: PLC0415

    settings = load(os.environ, Mode(options.mode) if options.mode else set_up_mode(os.environ))
    configure_logging(settings.secrets, level="WARNING")
    print("Settings: as understood.", *route_lines(settings.routing, settings.zone), sep="\n")
    print(*climb_lines(settings.routing.climb, settings.zone), *role_lines(settings.grants, settings.zone), sep="\n")
    for line in (*digest_lines(settings.digests), *canary_lines(settings.canary)):
        print(line)
    for line in asyncio.run(name_warnings(settings)):
        print(line)
    asyncio.run(check(settings, print, say=options.say))


def _migrate(_: argparse.Namespace) -> None:
    from bot.settings import database  # noqa: PLC0415
    from bot.store.engine import migrate_locked  # noqa: PLC0415
    from bot.telemetry import configure_logging  # noqa: PLC0415

    address = database(os.environ)
    configure_logging()
    asyncio.run(migrate_locked(address))
    print(f"{address.name} is up to date.")


def _backup(options: argparse.Namespace) -> None:
    from bot.settings import database  # noqa: PLC0415
    from bot.store.backups import backup  # noqa: PLC0415

    address = database(os.environ)
    size = asyncio.run(backup(address, Path(options.file)))
    print(f"{address.name} is backed up to {options.file}, {size / 2**20:.1f} MiB.")


def _restore(options: argparse.Namespace) -> None:
    from bot.settings import database  # noqa: PLC0415
    from bot.store.backups import BEFORE, restore  # noqa: PLC0415

    address = database(os.environ)
    had = isinstance(address, Path) and address.exists()
    asyncio.run(restore(address, Path(options.file)))
    print(
        f"{address.name} is what {options.file} holds. The bot marks as possibly repeated what it may have told since."
    )
    if had:
        print(f"What was there before lies beside it as {address.name}{BEFORE}.")


def _copy_database(options: argparse.Namespace) -> None:
    from bot.settings import move_order  # noqa: PLC0415
    from bot.store.backups import move  # noqa: PLC0415

    path, server = move_order(os.environ, options.source, options.target)
    rows = asyncio.run(move(path, server))
    print(f"{server.name} has all {rows:,} rows of {path.name}. Name it in DATABASE_URL, and start the bot.")


def _replay(options: argparse.Namespace) -> None:
    from bot.replay import replay  # noqa: PLC0415
    from bot.settings.replay import replay_order  # noqa: PLC0415
    from bot.telemetry import configure_logging  # noqa: PLC0415
    from bot.wiring import VIEWS  # noqa: PLC0415
    from bot.wiring.drawings import DRAWINGS  # noqa: PLC0415

    order = replay_order(os.environ, options.since, options.config, VIEWS, DRAWINGS)
    configure_logging(level="WARNING")
    print(*asyncio.run(replay(order)), sep="\n")


def _audit(options: argparse.Namespace) -> None:
    from bot.checks import print_audit  # noqa: PLC0415
    from bot.settings import audit_order  # noqa: PLC0415
    from bot.telemetry import configure_logging  # noqa: PLC0415

    address, query = audit_order(os.environ, " ".join(options.filters), options.since)
    configure_logging(level="WARNING")
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", newline="")
    try:
        asyncio.run(print_audit(address, query, sys.stdout.write))
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads it has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _manifest(options: argparse.Namespace) -> None:
    from bot.manifest import manifest  # noqa: PLC0415

    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
    print(manifest(options.url), end="")


def _demo(options: argparse.Namespace) -> int:
    from bot.sandbox.demo.start import demo  # noqa: PLC0415

    return demo(_verbs, once=options.once, terminal=options.terminal)


def _verbs() -> "Sequence[Verb]":
    from bot.wiring.answers import known_verbs  # noqa: PLC0415

    return known_verbs()


def _sandbox(options: argparse.Namespace) -> None:
    from bot.sandbox import alone  # noqa: PLC0415

    asyncio.run(alone.serve(options.which, options.port))


if __name__ == "__main__":
    sys.exit(main())
