"""Migration 0003 turns round who names whom: a card that could not be shown names the one that tells of it."""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

from bot.store.engine import MIGRATIONS

POST = (
    "INSERT INTO posts (id, kind, account, channel, key, about_id, state, urgency, wanted, shown, ts, due_at,"
    " created_at, repeats, looks, refusals, repeated, plain, trouble)"
    " VALUES (:id, :kind, 'default', :channel, :id, :about, :state, 1, 1, 0, '', 0, 0, 0, 0, 0, 0, 0, :trouble)"
)
DEAD = {"id": 1, "kind": "alert", "channel": "C0A", "about": None, "state": "stuck", "trouble": "is_archived"}
WELL = {"id": 2, "kind": "alert", "channel": "C0B", "about": None, "state": "waiting", "trouble": ""}
NOTE = {"id": 3, "kind": "undelivered", "channel": "C0F", "about": 1, "state": "waiting", "trouble": ""}


def test_who_names_whom_is_turned_round(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'old.sqlite3'}")
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        for row in (DEAD, WELL, NOTE):
            connection.execute(text(POST), row)
        command.upgrade(config, "0003")
        asked = text("SELECT id, about_id, about_channel, about_code FROM posts ORDER BY id")
        rows: list[Any] = [tuple(row) for row in connection.execute(asked)]
    engine.dispose()
    assert rows == [(1, 3, "", ""), (2, None, "", ""), (3, None, "C0A", "is_archived")]
