"""The versions of the tables, and words for a database of another one. Knows no database."""

from pathlib import Path

from bot.errors import StoreError

MIGRATIONS = Path(__file__).parent / "migrations"


def newest_version() -> str:
    return max(versions())


def versions() -> list[str]:
    """The versions' files begin with their numbers."""
    return [file.name.partition("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*_*.py")]


def refuse_other_versions(found: str, name: str) -> None:
    """Raises StoreError where what was `found` in the database is not the newest version; "" is none."""
    newest = newest_version()
    if not found:
        raise StoreError(f"{name} is no database of Nightshift.")
    if found < newest:
        raise StoreError(
            f"{name} is of an older version. Start the bot of this version on it, or run `migrate`, first."
        )
    if found > newest:
        raise StoreError(f"{name} is of a newer version than this Nightshift. Replay it with that one.")
