"""Harming a SQLite file as a bad disk does: a page of one index is no page any more."""

import sqlite3
from contextlib import closing
from pathlib import Path


def damage_index(file: Path, table: str) -> None:
    """Overwrite the first page of an index of this table."""
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (size,) = database.execute("PRAGMA page_size").fetchone()
        asked = "SELECT rootpage FROM sqlite_master WHERE type = 'index' AND tbl_name = ? ORDER BY name"
        (page,) = database.execute(asked, (table,)).fetchone()
    with file.open("r+b") as opened:
        opened.seek((page - 1) * size)
        opened.write(b"\xff" * size)
