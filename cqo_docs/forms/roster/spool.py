"""Keep clients and the entries of their lists in a file without a name, and join the two."""

from __future__ import annotations

import marshal
import sqlite3
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from cqo_docs.answers import credit_code
from cqo_docs.pack.names import safe_name
from cqo_docs.questions.columns import compared

BEGIN = (
    "PRAGMA journal_mode=OFF",
    "PRAGMA synchronous=OFF",
    "BEGIN",
    "CREATE TABLE client (number INTEGER PRIMARY KEY, name TEXT, code TEXT, folder TEXT,"
    " book INTEGER, data BLOB)",
    "CREATE TABLE entry (client INTEGER, sheet INTEGER, row INTEGER, data BLOB)",
)
LOOK_UP = (
    "CREATE INDEX IF NOT EXISTS by_name ON client (book, name)",
    "CREATE INDEX IF NOT EXISTS by_code ON client (book, code)",
)
JOIN = (
    "CREATE INDEX by_client ON entry (client, sheet, row)",
    "CREATE INDEX by_folder ON client (folder)",
)


class Kept(NamedTuple):
    """One client as it was kept, with the entries of its lists as (sheet, row, data)."""

    number: int
    book: int
    data: Any
    entries: Sequence[tuple[int, int, Any]]


@dataclass(frozen=True, slots=True)
class Found:
    """The client that an entry belongs to; or none, as `no-such`, `twice` or `differs`."""

    number: int | None
    fault: str = ""


class Spool:
    """Clients in their order, the entries of their lists, who shares a folder with whom.

    SQLite's unnamed database is a temporary file that the system forgets when the program ends,
    however it ends; only its small page cache is held in memory.
    """

    def __init__(self) -> None:
        self.base = sqlite3.connect("", check_same_thread=False, isolation_level=None)
        for command in BEGIN:
            self.base.execute(command)
        self.count = 0

    def close(self) -> None:
        """Give the file back."""
        self.base.close()

    def add(self, name: str | None, code: str | None, book: int, data: Any) -> int:
        """Keep one more client; its number, from 1."""
        self.count += 1
        row = (
            self.count,
            _key(compared(name)) if name else None,
            _key(credit_code.normalized(code)) if code else None,
            folder_key(name) if name else None,
            book,
            marshal.dumps(data),
        )
        self.base.execute("INSERT INTO client VALUES (?, ?, ?, ?, ?, ?)", row)
        return self.count

    def forget_after(self, count: int) -> None:
        """Drop the clients beyond the first so many, with their entries."""
        self.base.execute("DELETE FROM entry WHERE client > ?", (count,))
        self.base.execute("DELETE FROM client WHERE number > ?", (count,))
        self.count = count

    def index_clients(self) -> None:
        """Make clients quick to find; called before the first look-up."""
        for command in LOOK_UP:
            self.base.execute(command)

    def find(self, book: int, name: str | None, code: str | None) -> Found:
        """The client of a workbook that a name, a code or both stand for."""
        wanted, own_name = _key(credit_code.normalized(code or "")), _key(compared(name or ""))
        if wanted:
            with_code = self._clients(book, "code", wanted)
            fitting = [c for c in with_code if c[1] in {None, own_name}] if own_name else with_code
            if len(fitting) == 1:
                return Found(fitting[0][0])
            if with_code:
                return Found(None, "twice" if len(fitting) > 1 or not own_name else "differs")
        if not own_name:
            return Found(None, "no-such")
        named = self._clients(book, "name", own_name)
        if wanted and named:
            # The code that the entry gives is that of no client: only one without a code fits.
            named = [c for c in named if c[2] is None]
            if not named:
                return Found(None, "differs")
        if len(named) > 1 and len({c[3] for c in named}) > 1:
            return Found(None, "twice")
        # Several of one name are refused for that; the entries stay with the first of them.
        return Found(named[0][0]) if named else Found(None, "no-such")

    def _clients(self, book: int, column: str, value: str) -> list[tuple[Any, ...]]:
        query = "SELECT number, name, code, folder FROM client"
        query += f" WHERE book = ? AND {column} = ? ORDER BY number LIMIT 50"
        return self.base.execute(query, (book, value)).fetchall()

    def names(self, book: int) -> Iterator[tuple[int, str]]:
        """The clients of a workbook with their names as they are compared."""
        query = "SELECT number, name FROM client WHERE book = ? AND name IS NOT NULL"
        yield from self.base.execute(query, (book,))

    def add_entry(self, client: int, sheet: int, row: int, data: Any) -> None:
        """Keep one more entry of a client."""
        self.base.execute(
            "INSERT INTO entry VALUES (?, ?, ?, ?)", (client, sheet, row, marshal.dumps(data))
        )

    def finish(self) -> None:
        """End the writing; from now on it is read."""
        for command in (*JOIN, "COMMIT"):
            self.base.execute(command)

    def clients(self) -> Iterator[Kept]:
        """Every client in its order, with its entries."""
        entries = self.base.execute(
            "SELECT client, sheet, row, data FROM entry ORDER BY client, sheet, row"
        )
        ahead = entries.fetchone()
        query = "SELECT number, book, data FROM client ORDER BY number"
        for number, book, data in self.base.execute(query):
            own = []
            while ahead is not None and ahead[0] == number:
                own.append((ahead[1], ahead[2], marshal.loads(ahead[3])))
                ahead = entries.fetchone()
            yield Kept(number, book, marshal.loads(data), own)

    def data_of(self, number: int) -> tuple[int, Any]:
        """The workbook and the data of one client."""
        query = "SELECT book, data FROM client WHERE number = ?"
        book, data = self.base.execute(query, (number,)).fetchone()
        return book, marshal.loads(data)

    def clashes(self) -> Iterator[tuple[int, list[int]]]:
        """Every client whose pack would go into the folder of others, with those others."""
        twice = "SELECT folder FROM client WHERE folder IS NOT NULL GROUP BY folder"
        query = f"SELECT folder, number FROM client WHERE folder IN ({twice} HAVING count(*) > 1)"
        groups: dict[str, list[int]] = {}
        for folder, number in self.base.execute(f"{query} ORDER BY number"):
            groups.setdefault(folder, []).append(number)
        for numbers in groups.values():
            for number in numbers:
                yield number, [other for other in numbers if other != number][:3]


def folder_key(name: str) -> str:
    """The folder of a client's pack as systems that ignore case and form compare it."""
    return _key(unicodedata.normalize("NFC", safe_name(name.strip()).casefold()))


def _key(text: str) -> str:
    """The text as the database can hold it."""
    return text.encode("utf-8", "replace").decode()
