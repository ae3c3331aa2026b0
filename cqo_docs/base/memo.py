"""Results that come again, kept behind one typed door that a test can shut.

What is kept belongs to an owner, a library or the words of a locale, and goes when its owner goes.
Every result is what it would be if nothing were kept: companies that are alike share the work.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Hashable, Iterator
from typing import Any, Generic, Protocol, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
# What one owner keeps: for each memo its values by key.
Memos = dict[Any, dict[Any, Any]]

_shut = False


class Owner(Protocol):
    """What results are kept with."""

    @property
    def memos(self) -> Memos:
        """A dict of its own, empty at first."""


class Memo(Generic[K, V]):
    """The results of one computation by their keys, at most `most`; one more, and it begins anew.

    No result is None.
    """

    def __init__(self, most: int) -> None:
        self.most = most

    def of(self, owner: Owner) -> dict[K, V]:
        """The values kept for an owner; an empty dict that nobody keeps where memos are off."""
        if _shut:
            return {}
        values = owner.memos.get(self)
        if values is None:
            owner.memos[self] = values = {}
        return values

    def put(self, values: dict[K, V], key: K, value: V) -> None:
        """Keep one more value among those that `of` gave."""
        if len(values) >= self.most:
            values.clear()
        values[key] = value

    def get(self, owner: Owner, key: K, make: Callable[[], V]) -> V:
        """The value under a key, made when it is first wanted."""
        values = self.of(owner)
        found = values.get(key)
        if found is None:
            found = make()
            self.put(values, key, found)
        return found


class SameMemo(Generic[V]):
    """The results of one computation over objects that are the very same, not only equal."""

    def __init__(self, most: int) -> None:
        self._memo: Memo[Hashable, tuple[tuple[object, ...], V]] = Memo(most)

    def get(
        self, owner: Owner, same: tuple[object, ...], make: Callable[[], V], also: Hashable = None
    ) -> V:
        """The value for these objects and an equal `also`, made when it is first wanted."""
        # The objects are kept with the value, so that no other can have their ids meanwhile.
        key = (tuple(map(id, same)), also)
        return self._memo.get(owner, key, lambda: (same, make()))[1]


@contextlib.contextmanager
def memos_off() -> Iterator[None]:
    """Within it nothing is kept and nothing that was kept is used."""
    global _shut  # noqa: PLW0603 - a switch for tests, of the whole program
    before, _shut = _shut, True
    try:
        yield
    finally:
        _shut = before
