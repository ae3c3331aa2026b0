"""What is kept and comes again: the same value, so many, gone with its owner, none when shut."""

from __future__ import annotations

from cqo_docs.base.memo import Memo, Memos, SameMemo, memos_off


class Owner:
    """Somebody to keep results with."""

    def __init__(self) -> None:
        self.memos: Memos = {}


class Made:
    """A computation that counts how often it is done."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> int:
        self.times += 1
        return self.times


def test_a_value_is_made_once_for_each_key_and_owner() -> None:
    memo: Memo[str, int] = Memo(8)
    one, other, made = Owner(), Owner(), Made()
    assert [memo.get(one, "a", made), memo.get(one, "a", made)] == [1, 1]
    assert [memo.get(one, "b", made), memo.get(other, "a", made)] == [2, 3]


def test_two_memos_of_one_owner_do_not_meet() -> None:
    owner, made = Owner(), Made()
    assert [Memo[str, int](8).get(owner, "a", made) for _ in range(2)] == [1, 2]


def test_a_full_memo_begins_anew() -> None:
    memo: Memo[int, int] = Memo(2)
    owner, made = Owner(), Made()
    for key in (1, 2, 3, 3):
        memo.get(owner, key, made)
    assert memo.of(owner) == {3: 3}


def test_nothing_is_kept_or_used_while_memos_are_off() -> None:
    memo: Memo[str, int] = Memo(8)
    owner, made = Owner(), Made()
    memo.get(owner, "a", made)
    with memos_off():
        assert [memo.get(owner, "a", made) for _ in range(2)] == [2, 3]
        assert memo.of(owner) == {}
    assert memo.get(owner, "a", made) == 1


def test_only_the_very_same_objects_share_a_value() -> None:
    memo: SameMemo[int] = SameMemo(8)
    owner, made = Owner(), Made()
    one, equal = [1], [1]
    assert [memo.get(owner, (one,), made), memo.get(owner, (one,), made)] == [1, 1]
    assert memo.get(owner, (equal,), made) == 2
    assert memo.get(owner, (one,), made, also="x") == 3


def test_an_object_that_is_gone_is_not_taken_for_another_with_its_id() -> None:
    memo: SameMemo[int] = SameMemo(1000)
    owner, made = Owner(), Made()
    values = [memo.get(owner, ([n],), made) for n in range(100)]
    assert values == list(range(1, 101))
