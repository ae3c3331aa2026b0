"""The questionnaire: only what applies, saved as one goes, nothing lost, two windows told apart."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
from conftest import SMALLEST
from test_web_companies import told
from web import Web
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from cqo_docs.questions.asking import applies
from cqo_docs.questions.draft import Draft
from cqo_docs.questions.steps import known_in, stop_of
from cqo_docs.web.filling import NONE_OF_THEM, read_form, settled, state_of, stops_in
from cqo_docs.web.store import open_store

Answers = Mapping[str, Any]
TAGS = r"<input[^>]*>|<textarea.*?</textarea>|<select.*?</select>"
FETCH = {"X-Requested-With": "fetch"}


class Step:
    """One section in one window: the form as it was opened, and what is filled in."""

    def __init__(self, web: Web, ident: str, section: str, more: str = "") -> None:
        self.web, self.address = web, f"/companies/{ident}/questions/{section}"
        self.page = web.get(self.address + (f"?more={more}" if more else "")).text
        self.fields = fields_in(self.page)

    def fill(self, answers: Answers = {}) -> Step:  # noqa: B006 - never changed
        for name, value in answers.items():
            self.fields.setlist(name, list(value) if isinstance(value, list) else [value])
        return self

    def send(self, **more: Any) -> TestResponse:
        headers = more.pop("headers", {})
        data = {**self.fields.to_dict(flat=False), **{k: [v] for k, v in more.items()}}
        return self.web.post(self.address, data, headers=headers)

    def save(self, **more: Any) -> Any:
        """What a script is told after it saved."""
        response = self.send(**more, headers=FETCH)
        if response.is_json and "version" in response.json:
            self.fields["version"] = response.json["version"]
        return response.json


def fields_in(page: str) -> MultiDict[str, str]:
    """What a browser would send of the form of a section as it stands."""
    form = re.search(r'<form id="answers".*?</form>', page, re.S)
    assert form is not None
    text = re.sub(r"<template.*?</template>", "", form[0], flags=re.S)
    found: MultiDict[str, str] = MultiDict()
    for tag in re.finditer(r"<input[^>]*>|<textarea.*?</textarea>|<select.*?</select>", text, re.S):
        name = re.search(r'name="([^"]*)"', tag[0])
        if name is None or (
            re.search(r'type="(radio|checkbox)"', tag[0]) and " checked" not in tag[0]
        ):
            continue
        value = re.search(r'value="([^"]*)"', tag[0])
        text = value[1] if value else ""
        if tag[0].startswith("<textarea"):
            inner = re.search(r">\n?(.*)</textarea>", tag[0], re.S)
            text = inner[1] if inner else ""
        elif tag[0].startswith("<select"):
            chosen = re.search(r'<option value="([^"]*)" selected', tag[0])
            text = chosen[1] if chosen else ""
        found.add(html.unescape(name[1]), html.unescape(text))
    del found["csrf_token"]  # whoever sends the form puts in that of his own session
    return found


@pytest.fixture
def ident(web: Web) -> str:
    return web.put(dict(SMALLEST))


def answers(web: Web, ident: str) -> Answers:
    return web.held.store.draft(web.held.store.find(ident)).answers


# Showing


@pytest.mark.parametrize("section", ["identity", "plan", "company", "candidate", "appointment",
                                     "authority", "assessment", "fund", "output"])  # fmt: skip
@pytest.mark.parametrize("sample", ["guangdong-appliance-large", "shanxi-farm-cooperative"])
def test_a_form_sent_as_it_was_opened_changes_nothing(web: Web, section: str, sample: str) -> None:
    ident = web.put_sample(sample)
    path = web.held.store.find(ident).path
    before = path.read_bytes()
    news = Step(web, ident, section).save()
    assert path.read_bytes() == before
    assert all(not texts for texts in news["faults"].values())


def test_only_what_applies_is_shown(web: Web, ident: str) -> None:
    page = Step(web, ident, "appointment").page
    assert re.search(r'id="stop-appointment.meeting.name" [^>]*>', page)
    assert "hidden" not in re.findall(r'<div[^>]*id="stop-appointment.meeting.name"[^>]*>', page)[0]
    assert "hidden" in re.findall(r'<div[^>]*id="stop-appointment.party.organ"[^>]*>', page)[0]


def test_each_question_says_why_it_is_asked_with_its_clauses(web: Web, ident: str) -> None:
    page = told(web.get(f"/companies/{ident}/questions/candidate"))
    assert "晋市监发〔2021〕264号 四（四）" in page
    assert "依据（" in page


def test_the_provinces_and_the_divisions_of_industry_can_be_searched(web: Web, ident: str) -> None:
    assert '<option value="内蒙古自治区">' in Step(web, ident, "identity").page
    assert '<option value="C34 通用设备制造业">' in Step(web, ident, "company").page


def test_the_first_open_section_comes_first(web: Web, ident: str) -> None:
    assert web.get(f"/companies/{ident}/questions").location.endswith("/questions/plan")
    web.put({**SMALLEST, "company.employees": "很多"})
    assert web.get(f"/companies/{ident}/questions").location.endswith("/questions/company")


def test_a_question_has_an_address(web: Web, ident: str) -> None:
    location = web.get(f"/companies/{ident}/at/candidate.degree").location
    assert location.endswith("/questions/candidate#stop-candidate.degree")
    assert (
        web.get(f"/companies/{ident}/at/fund.items[0].amount")
        .location.split("/")[-1]
        .startswith("fund")
    )
    assert web.get(f"/companies/{ident}/at/nothing").status_code == 404


# Saving


def test_answers_are_saved_and_shown_again(web: Web, ident: str) -> None:
    step = Step(web, ident, "company")
    news = step.fill(
        {
            "company.employees": " １２６ ",
            "company.industry_code": "C34 通用设备制造业",
            "company.regulated_activities": ["food", "drug"],
            "company.departments": "质量部、检测中心",
            "company.exporter": "true",
        }
    ).save()
    assert news["said"] == "已保存"
    found = answers(web, ident)
    assert found["company.employees"] == "126"
    assert found["company.industry_code"] == "C34"
    assert found["company.regulated_activities"] == ("food", "drug")
    assert found["company.departments"] == ("质量部", "检测中心")
    again = Step(web, ident, "company").fields
    assert again["company.employees"] == "126"
    assert again.getlist("company.regulated_activities") == ["food", "drug"]
    assert again["company.departments"] == "质量部\n检测中心"
    assert "employees: 126" in web.held.store.find(ident).path.read_text()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("质量部、检测中心", ("质量部", "检测中心")),
        ("质量部\r\n检测中心\r\n", ("质量部", "检测中心")),
        ("采购、仓储部\n", ("采购、仓储部",)),
        ("无", ()),
        ("None", ()),
        (" \n ", None),
    ],
)
def test_a_list_of_names_is_read_as_people_write_it(
    web: Web, ident: str, typed: str, kept: object
) -> None:
    Step(web, ident, "company").fill({"company.departments": typed}).save()
    assert answers(web, ident).get("company.departments") == kept
    Step(web, ident, "company").save()
    assert answers(web, ident).get("company.departments") == kept


def test_none_of_the_choices_is_an_answer(web: Web, ident: str) -> None:
    step = Step(web, ident, "company")
    step.fill({"company.regulated_activities": ["food", NONE_OF_THEM]}).save()
    assert answers(web, ident)["company.regulated_activities"] == ()
    step.fill({"company.regulated_activities": []}).save()
    assert "company.regulated_activities" not in answers(web, ident)


@pytest.mark.parametrize(
    ("section", "path", "typed", "sentence"),
    [
        ("company", "company.employees", "很多", "填了“很多”，请填数字"),
        ("company", "company.employees", "-3", "不能小于0"),
        ("company", "company.industry_code", "机械", "请按 GB/T 4754—2017"),
        ("company", "company.industry_code", "C99", "没有这个代码"),
        ("identity", "company.province", "火星", "请填省级行政区全称"),
        ("identity", "company.credit_code", "123", "应为18位"),
        ("identity", "company.city", "晋" * 101, "最多100个字"),
        ("identity", "company.city", "a\u202eb", "不能打印的字符"),
        ("appointment", "appointment.start", "明年春天", "请按“2026-11-08”"),
        ("appointment", "appointment.start", "2026-02-30", "没有这一天"),
        ("candidate", "candidate.degree", "hacker", "可填："),
    ],
)
def test_what_is_wrong_is_kept_and_told_beside_the_field(
    web: Web, ident: str, section: str, path: str, typed: str, sentence: str
) -> None:
    news = Step(web, ident, section).fill({path: typed}).save()
    assert sentence in " ".join(news["faults"][path])
    again = Step(web, ident, section)
    assert typed.rstrip() in again.fields.getlist(path)
    assert sentence in told(web.get(again.address))
    assert web.held.store.state(web.held.store.find(ident)) == "incomplete"


TYPED = (
    "\0", "\x07a", "\x85", "\u2028", "\ufeff甲", "\ufffe", "\u200b", "null", "~", "- a", "# c",
    "a: b", "{a}", "*x", "!!python/object:os.system", "%x", "'\"\\", "|", "=1+1", "{{7*7}}", "<b>",
    "😀" * 300,
)  # fmt: skip


@pytest.mark.parametrize("typed", TYPED)
def test_whatever_is_typed_is_kept_in_the_file(web: Web, typed: str) -> None:
    ident = web.put({**SMALLEST, "candidate.technical_backbone": True})
    for section, path in (
        ("identity", "company.city"),
        ("company", "company.employees"),
        ("candidate", "candidate.relaxation_reason"),
        ("output", "output.extra[0].value"),
    ):
        Step(web, ident, section).fill({path: typed}).save()
        store = web.held.store
        read_again = open_store(web.folder, store.workspace)
        found = read_again.draft(read_again.find(ident)).answers.get(path)
        assert found == store.draft(store.find(ident)).answers.get(path) == (typed.strip() or None)
        assert web.get(f"/companies/{ident}/questions/{section}").status_code == 200


def test_answers_that_contradict_each_other_are_told_where_they_are(web: Web, ident: str) -> None:
    news = (
        Step(web, ident, "appointment")
        .fill({"appointment.start": "2026-12-01", "appointment.end": "2026-01-01"})
        .save()
    )
    assert news["faults"]["appointment.end"]


def test_a_part_of_the_name_of_a_province_is_enough(web: Web, ident: str) -> None:
    Step(web, ident, "identity").fill({"company.province": "内蒙古"}).save()
    assert answers(web, ident)["company.province"] == "内蒙古自治区"


def test_required_answers_can_be_taken_out_and_are_then_wanting(web: Web, ident: str) -> None:
    news = Step(web, ident, "candidate").fill({"candidate.name": ""}).save()
    assert "必填未填1" in news["progress"]
    assert "candidate.name" not in answers(web, ident)


def test_a_company_can_lose_its_name_and_find_it_again(web: Web, ident: str) -> None:
    step = Step(web, ident, "identity")
    for name in ("", "山西新名有限公司"):
        step.fill({"company.name": name}).save()
    assert web.held.store.find(ident).name == "山西新名有限公司"


def test_without_a_script_one_goes_on_and_back(web: Web, ident: str) -> None:
    step = Step(web, ident, "candidate").fill({"candidate.degree": "bachelor"})
    assert step.send(go="next").location.endswith("/questions/appointment")
    assert answers(web, ident)["candidate.degree"] == "bachelor"
    assert Step(web, ident, "candidate").send(go="back").location.endswith("/questions/company")
    assert Step(web, ident, "candidate").send(go="here").location.endswith("/questions/candidate")
    assert Step(web, ident, "identity").send(go="back").location.endswith("/questions/identity")
    assert "/done" in Step(web, ident, "output").send(go="next").location


def test_without_a_script_one_stays_where_something_is_wrong(web: Web, ident: str) -> None:
    step = Step(web, ident, "company").fill({"company.employees": "很多"})
    assert step.send(go="next").location.endswith("/at/company.employees")
    assert "本节有须改正的内容" in told(web.get(step.address))
    assert answers(web, ident)["company.employees"] == "很多"


def test_the_end_says_what_is_still_wanting(web: Web) -> None:
    ident = web.put({"company.name": "山西云陉"})
    response = web.get(f"/companies/{ident}/done")
    assert response.location.endswith("/questions")
    assert "还有必填或者须改正的内容" in told(web.get(web.get(response.location).location))
    ident = web.put_sample("shanxi-food-micro")
    assert "/questions" not in web.get(f"/companies/{ident}/done").location


# What applies no longer


def test_what_applies_no_longer_is_taken_out_told_and_comes_back(web: Web, ident: str) -> None:
    Step(web, ident, "appointment").fill({"appointment.meeting.name": "第一次会议"}).save()
    step = Step(web, ident, "company")
    news = step.fill({"company.governance": "single-director"}).save()
    assert "下列回答不再适用" in news["said"]
    assert "会议名称" in news["said"]
    assert "appointment.meeting.name" not in answers(web, ident)
    step.fill({"company.governance": "board"}).save()
    assert answers(web, ident)["appointment.meeting.name"] == "第一次会议"


def test_a_question_that_begins_to_apply_is_shown_with_what_stands_in_it(
    web: Web, ident: str
) -> None:
    step = Step(web, ident, "appointment").fill({"appointment.full_time": "true"})
    assert not step.save()["applies"]["appointment.concurrent_posts"]
    step.fill({"appointment.concurrent_posts": "副总经理"}).save()
    assert "appointment.concurrent_posts" not in answers(web, ident)
    news = step.fill({"appointment.full_time": "false"}).save()
    assert news["applies"]["appointment.concurrent_posts"]
    assert answers(web, ident)["appointment.concurrent_posts"] == ("副总经理",)


def test_what_never_applied_is_left_as_it_is(web: Web) -> None:
    ident = web.put({**SMALLEST, "appointment.full_time": "true",
                     "appointment.concurrent_posts": ["副总经理"]})  # fmt: skip
    Step(web, ident, "appointment").fill({"appointment.post_title": "首席质量官"}).save()
    assert answers(web, ident)["appointment.concurrent_posts"] == ("副总经理",)


# Lists


def row(list_path: str, number: int, **values: str) -> dict[str, str]:
    return {f"{list_path}[{number}].{name}": value for name, value in values.items()}


def test_rows_of_a_list_are_added_without_a_script(web: Web, ident: str) -> None:
    location = Step(web, ident, "fund").send(add="fund.items").location
    assert "more=fund.items" in location
    step = Step(web, ident, "fund", more="fund.items")
    step.fill(row("fund.items", 0, name="培训", group="talent", amount="36000"))
    step.fill({f"fund.items[0].quarters[{n}]": "9000" for n in range(4)}).send(go="here")
    found = answers(web, ident)
    assert found["fund.items[0].amount"] == "36000"
    assert found["fund.items[0].quarters"] == ("9000",) * 4
    assert Step(web, ident, "fund").fields["fund.items[0].quarters[3]"] == "9000"


def test_an_empty_row_is_no_entry(web: Web, ident: str) -> None:
    before = web.held.store.find(ident)
    Step(web, ident, "fund", more="fund.items").save()
    assert web.held.store.find(ident) == before


def test_a_row_is_removed_and_the_later_ones_move_up(web: Web) -> None:
    ident = web.put_sample("guangdong-appliance-large")
    names = [
        v for p, v in answers(web, ident).items() if re.fullmatch(r".*indicators\[\d\]\.name", p)
    ]
    Step(web, ident, "assessment").send(remove="assessment.indicators[1]")
    left = [
        v for p, v in answers(web, ident).items() if re.fullmatch(r".*indicators\[\d\]\.name", p)
    ]
    assert left == [names[0], *names[2:]]


def test_a_script_sends_the_rows_that_are_left(web: Web) -> None:
    ident = web.put_sample("guangdong-appliance-large")
    step = Step(web, ident, "assessment")
    for name in [n for n in step.fields if n.startswith("assessment.indicators[6]")]:
        step.fields.poplist(name)
    news = step.save()
    assert news["rows"]["assessment.indicators"] == 6
    assert "权重合计为95" in "".join(news["faults"]["assessment.indicators"])


@pytest.mark.parametrize(
    "entry", ["fund.items[x]", "fund.items[]", "company.name[0]", "assessment.indicators[0]", "["]
)
def test_a_row_that_is_none_cannot_be_removed(web: Web, ident: str, entry: str) -> None:
    assert Step(web, ident, "fund").send(remove=entry).status_code == 400


def test_rows_beyond_all_measure_are_left_out(web: Web, ident: str) -> None:
    step = Step(web, ident, "fund").fill(row("fund.items", 9999, name="x"))
    step.fill(row("fund.items", 99999999, name="x")).save()
    assert not any(path.startswith("fund.items") for path in answers(web, ident))


# Eligibility


def test_the_verdict_on_the_candidate_follows_the_answers(web: Web, ident: str) -> None:
    news = Step(web, ident, "candidate").save()
    assert "待确认" in news["aside"]
    assert "待填写：" in news["aside"]
    filled = {
        "candidate.degree": "bachelor", "candidate.title_rank": "intermediate",
        "candidate.quality_qualification": "intermediate", "candidate.years_quality": "12",
        "candidate.years_quality_management": "10", "candidate.training": "passed",
        "candidate.years_enterprise_quality_management": "10", "candidate.certificate": "true",
        "candidate.continuing_education": "true", "candidate.bar_violation": "false",
        "candidate.bar_benefit": "false", "candidate.bar_disclosure": "false",
    }  # fmt: skip
    step = Step(web, ident, "candidate").fill(filled)
    assert "不符合" not in step.save()["aside"]
    assert "不符合" in step.fill({"candidate.degree": "below", "candidate.title_rank": "none",
                               "candidate.years_quality": "1"}).save()["aside"]  # fmt: skip
    ident = web.put_sample("chongqing-parts-barred")
    assert "不得聘任" in Step(web, ident, "candidate").save()["aside"]


def test_before_the_place_is_known_there_is_no_verdict(web: Web) -> None:
    ident = web.put({"company.name": "山西云陉"})
    assert "填写省份后显示" in told(web.get(f"/companies/{ident}/questions/candidate"))
    Step(web, ident, "identity").fill({"company.province": "山西省"}).save()
    assert "填写候选人姓名后显示" in told(web.get(f"/companies/{ident}/questions/candidate"))


# Two windows


def test_the_second_window_is_told_and_decides(web: Web, ident: str) -> None:
    one, other = Step(web, ident, "company"), Step(web, ident, "company")
    one.fill({"company.employees": "100", "company.revenue": "5"}).send(go="here")
    told_apart = other.fill({"company.employees": "200"}).send(go="next")
    assert told_apart.status_code == 409
    page = told(told_apart)
    for text in ("两处改动", "从业人数", "100", "200"):
        assert text in page
    # What this window never touched is no matter of choice.
    assert "营业收入" not in page
    assert answers(web, ident)["company.employees"] == "100"
    given = settle(web, ident, told_apart, {"take:company.employees": "mine"})
    assert given.status_code == 302
    found = answers(web, ident)
    assert (found["company.employees"], found["company.revenue"]) == ("200", "5")


def settle(web: Web, ident: str, page: TestResponse, taken: Answers) -> TestResponse:
    hidden = {
        name: html.unescape(re.search(rf'name="{name}" value="([^"]*)"', page.text)[1])  # type: ignore[index]
        for name in ("version", "given")
    }
    return web.post(f"/companies/{ident}/questions/company/settle", {**hidden, **taken})


def test_what_was_saved_elsewhere_can_be_kept(web: Web, ident: str) -> None:
    one, other = Step(web, ident, "company"), Step(web, ident, "company")
    one.fill({"company.employees": "100"}).send(go="here")
    page = other.fill({"company.employees": "200"}).send(go="here")
    settle(web, ident, page, {"take:company.employees": "saved"})
    assert answers(web, ident)["company.employees"] == "100"


def test_what_only_this_window_changed_is_chosen_beforehand(web: Web, ident: str) -> None:
    one, other = Step(web, ident, "company"), Step(web, ident, "company")
    one.fill({"company.revenue": "5"}).send(go="here")
    page = other.fill({"company.employees": "200"}).send(go="here").text
    assert re.search(r'name="take:company.employees" value="mine" checked', page)


def test_another_change_while_one_decides_is_told_again(web: Web, ident: str) -> None:
    one, other = Step(web, ident, "company"), Step(web, ident, "company")
    one.fill({"company.employees": "100"}).save()
    page = other.fill({"company.employees": "200"}).send(go="here")
    one.fill({"company.employees": "150"}).save()
    settle(web, ident, page, {"take:company.employees": "mine"})
    assert answers(web, ident)["company.employees"] == "150"
    assert "又有改动" in told(web.get(f"/companies/{ident}/questions/company"))


def test_a_script_is_told_of_another_window(web: Web, ident: str) -> None:
    one, other = Step(web, ident, "company"), Step(web, ident, "company")
    one.fill({"company.employees": "100"}).save()
    assert other.fill({"company.employees": "200"}).save() == {"conflict": True, "reload": False}
    assert Step(web, ident, "company").fields["company.employees"] == "100"


def test_a_window_with_nothing_of_its_own_is_brought_up_to_date(web: Web, ident: str) -> None:
    one, other = Step(web, ident, "company"), Step(web, ident, "company")
    one.fill({"company.employees": "100"}).save()
    assert other.save() == {"conflict": False, "reload": True}
    assert other.send(go="next").location.endswith("/questions/company")


def test_a_window_from_before_a_restart_loses_nothing(web: Web, ident: str) -> None:
    old = Step(web, ident, "company").fill({"company.employees": "200"})
    Step(web, ident, "company").fill({"company.employees": "100"}).save()
    again = Web(web.folder)
    old.web = again
    page = old.send(go="here")
    assert page.status_code == 409
    assert "从业人数" in told(page)


@pytest.mark.parametrize(
    "given",
    ["", "[]", "{}x", '{"nothing": {}}', '{"company.city": {"company.city": "x"}}',
     '{"company.employees": {"../x": "1"}}', '{"company.employees": 1}', "[" * 5000],
)  # fmt: skip
def test_what_a_page_carries_along_is_checked(web: Web, ident: str, given: str) -> None:
    version = web.held.store.find(ident).version
    data = {"version": version, "given": given, "take:company.employees": "mine"}
    response = web.post(f"/companies/{ident}/questions/company/settle", data)
    assert response.status_code == 400
    assert web.held.store.find(ident).version == version


# The functions behind it


def test_settling_puts_aside_and_puts_back(web: Web) -> None:
    kit = web.held.kit_in("zh-Hans")
    before = Draft()
    for path, value in {**SMALLEST, "appointment.meeting.name": "会议"}.items():
        before = before.with_answer(path, value)
    after = before.with_answer("company.governance", "single-director")
    out = settled(kit, before, after, {})
    assert out.dropped == ("appointment.meeting.name",)
    back = settled(kit, out.draft, out.draft.with_answer("company.governance", "board"), out.aside)
    assert back.draft.answers["appointment.meeting.name"] == "会议"
    assert not back.aside


def test_every_question_stands_in_one_section_once(web: Web) -> None:
    kit = web.held.kit_in("zh-Hans")
    state = state_of(kit, Draft())
    shown = [stop.path for section in kit.asking.sections for stop in stops_in(state, section)]
    assert sorted(shown) == sorted(stop_of(one) for one in kit.stops)
    facts = known_in(kit, Draft()).facts
    by_path = {s.path: s for name in kit.asking.sections for s in stops_in(state, name)}
    for one in kit.stops:
        assert by_path[stop_of(one)].applies == (applies(one, facts) is not False)


def test_a_form_of_another_section_is_not_read(web: Web) -> None:
    kit = web.held.kit_in("zh-Hans")
    form = MultiDict([("asked", "candidate.name"), ("candidate.name", "李衡")])
    assert read_form(kit, Draft(), "company", form) == Draft()
    assert read_form(kit, Draft(), "candidate", form).answers == {"candidate.name": "李衡"}


def test_answers_for_a_script_are_plain_data(web: Web, ident: str) -> None:
    news = Step(web, ident, "company").save()
    assert json.dumps(news)
    assert set(news) == {
        "version", "applies", "needed", "faults", "said", "aside", "progress", "rows",
    }  # fmt: skip
