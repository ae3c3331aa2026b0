"""What the readers of all forms share: gathering answers and faults, refusing other versions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cases import workspace

from cqo_docs.base.errors import CqoError
from cqo_docs.forms.frame import (
    MOST_FAULTS,
    Gathered,
    check_version,
    own_marks,
    put_part,
    says_none,
    shortened,
)
from cqo_docs.office.word_reading import Odd
from cqo_docs.questions.fields import lay_out
from cqo_docs.questions.written import Fault

WHERE = Path("问卷.docx")


def gathered() -> Gathered:
    ws = workspace()
    return Gathered(WHERE, lay_out(ws.library, ws.wording))


def test_groups_that_must_be_answered_are_there_from_the_beginning() -> None:
    found = gathered()
    assert found.data["company"] == {}
    found.put("company.name", "甲厂")
    found.put("fund.items", [])
    raw = found.answers()
    assert raw.path == WHERE
    assert raw.data["company"] == {"name": "甲厂"}
    assert raw.data["fund"] == {"items": []}
    assert raw.line(("company", "name")) == 1


def test_a_fault_is_told_once_with_its_place_and_answer() -> None:
    found = gathered()
    for _ in range(2):
        found.say("form.twice", "第1栏", "company.name")
    found.say("form.twice", "第1栏")
    assert [fault.values for fault in found.answers().faults] == [
        {"place": "第1栏", "field": "company.name"},
        {"place": "第1栏"},
    ]


def test_there_is_an_end_to_the_faults_of_one_form() -> None:
    found = gathered()
    for number in range(MOST_FAULTS + 5):
        found.say("form.twice", f"第{number}栏")
    assert len(found.answers().faults) == MOST_FAULTS


def test_a_refused_answer_is_told_and_not_taken() -> None:
    found = gathered()
    assert found.sound("甲", "第1栏", "company.name") == "甲"
    assert found.sound(None, "第1栏", "company.name") is None
    assert found.faults == []
    refused = Fault("form.list-unclear", {"have": "甲、乙"})
    assert found.sound(refused, "第1栏", "company.name") is None
    (fault,) = found.faults
    assert (fault.code, fault.values["have"]) == ("form.list-unclear", "甲、乙")


def test_what_is_no_text_is_told_unless_it_does_no_harm() -> None:
    found = gathered()
    found.say_odd([Odd("picture"), Odd("box", "见附件")], "第1栏", passed=("picture",))
    assert [(f.code, f.values["have"]) for f in found.faults] == [("form.box", "见附件")]


@pytest.mark.parametrize(
    ("text", "shown"),
    [("企业名称 *", "企业名称"), ("甲\n 乙", "甲 乙"), ("长" * 50, "长" * 40), ("", "")],
)
def test_a_message_shows_the_beginning_of_a_text_in_one_line(text: str, shown: str) -> None:
    assert shortened(text) == shown


def test_places_one_after_the_other_are_shown_whole() -> None:
    found = gathered()
    others = "、".join(f"工作表!B{n}" for n in range(20))
    found.say("form.cells-differ", "工作表!A1", "company.name", others=others, have="长" * 50)
    assert found.faults[0].values["others"] == others
    assert found.faults[0].values["have"] == "长" * 40


@pytest.mark.parametrize(
    ("have", "code"),
    [
        ((2, "en"), "form.other-locale"),
        ((9, "en"), "form.other-locale"),
        ((9, "zh-Hans"), "form.newer"),
        ((1, "zh-hans"), "form.older"),
    ],
)
def test_a_form_of_another_version_or_locale_is_refused(have: tuple[int, str], code: str) -> None:
    with pytest.raises(CqoError) as caught:
        check_version(WHERE, "form", have, (2, "zh-Hans"))
    (fault,) = caught.value.problems
    assert (fault.code, fault.values["have"], fault.values["want"]) == (code, str(have[0]), "2")


def test_a_form_of_our_version_is_taken_however_its_locale_is_spelt() -> None:
    check_version(WHERE, "form", (2, "ZH-HANS"), (2, "zh-Hans"))


def test_the_marks_of_a_form_are_those_of_its_own_properties() -> None:
    properties = {"texts.1": "a b", "texts.2": "c", "other": "d"}
    assert own_marks(properties, "texts.") == {"a", "b", "c"}


def test_figures_of_a_fixed_number_stand_in_their_places() -> None:
    entry: dict[str, Any] = {}
    put_part(entry, "item", "检测", None)
    put_part(entry, "quarters[2]", "5", 4)
    put_part(entry, "quarters[0]", "3", 4)
    assert entry == {"item": "检测", "quarters": ["3", None, "5", None]}


@pytest.mark.parametrize(
    ("entries", "none"),
    [
        ([{"item": "无"}], True),
        ([{"item": " None "}], True),
        ([{"item": "无线"}], False),
        ([{"item": "无", "amount": "1"}], False),
        ([{"item": "无"}, {"item": "无"}], False),
        ([{"amount": "无"}], False),
        ([], False),
    ],
)
def test_one_word_in_its_first_column_says_that_a_list_is_empty(
    entries: list[dict[str, Any]], none: bool
) -> None:
    assert says_none(entries, "item") is none
