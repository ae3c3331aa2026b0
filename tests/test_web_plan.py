"""The plan in the browser: what is shown, what is missing, what is confirmed with one click."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from urllib.parse import quote, unquote

import pytest
from web import Web

from cqo_docs.answers.file import planning_date
from cqo_docs.generation import make_plan, read_answers
from cqo_docs.json_shapes import plan_json
from cqo_docs.papers.composer import compose
from cqo_docs.web import planning

LARGE, BUILDER, MICRO = "guangdong-appliance-large", "chongqing-construction", "shanxi-food-micro"
DB50 = "db50-t-1696-2024"
HOSTILE = (
    "../../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%00", "<script>alert(1)</script>", "'\"><b>",
    "a" * 3000, "{{7*7}}", "\\..\\..", "企业\u202e", "0",
)  # fmt: skip


@pytest.fixture
def english(tmp_path: Path) -> Web:
    return Web(tmp_path, "en")


def plain(text: str) -> str:
    """The words of a page in one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def rows(text: str, part: str) -> list[str]:
    """The rows of the tables in one section of a page."""
    start = text.index(f'<section id="{part}"')
    section = text[start : text.index("</section>", start)]
    return [plain(row) for row in re.findall(r"<tr>(.*?)</tr>", section, re.DOTALL)]


def version_of(text: str) -> str:
    found = re.search(r'name="version" value="(\w+)"', text)
    assert found is not None
    return found[1]


def test_the_page_tells_all_that_the_command_tells(web: Web) -> None:
    for sample in (LARGE, BUILDER, MICRO):
        ident = web.put_sample(sample)
        ws = web.held.workspace
        file = read_answers(web.folder / f"{sample}.yaml", ws)
        text = plain(web.get(f"/companies/{ident}/plan").text)
        data = plan_json(make_plan(file, ws, planning_date(file, None, date.today())), ws)
        for finding in data["findings"]:
            assert finding["message"] in text
            assert finding["remedy"] in text
        for clause in data["clauses"]:
            assert clause["reason"] in text
        for role in data["standards"]:
            assert role["reason"] in text
        for assumption in data["assumptions"]:
            assert assumption["reason"] in text
        counts = data["counts"]
        assert f"条款{sum(counts.values())}条" in text


def test_a_failing_candidate_is_told_with_the_answer_that_cures_it(web: Web) -> None:
    ident = web.put_sample(BUILDER)
    text = web.get(f"/companies/{ident}/plan").text
    assert "不符合" in plain(text)
    assert f"/companies/{ident}/at/candidate.title_rank" in text
    assert web.get(f"/companies/{ident}/at/candidate.title_rank").status_code == 302


def test_links_lead_only_to_questions_that_are_asked(web: Web) -> None:
    for sample in (LARGE, BUILDER, MICRO):
        ident = web.put_sample(sample)
        text = web.get(f"/companies/{ident}/plan").text
        links = set(re.findall(rf"/companies/{ident}/at/([\w.\[\]]+)", text))
        assert links
        for path in links:
            there = web.get(f"/companies/{ident}/at/{path}")
            assert there.status_code == 302, path
            assert f'id="stop-{path}"' in web.get(there.location).text, path


def test_a_list_is_one_question_to_change(web: Web) -> None:
    text = web.get(f"/companies/{web.put_sample(MICRO)}/plan").text
    for line in re.findall(r"改答：.*?</p>", text, re.DOTALL):
        names = re.findall(r">([^<>]+)</a>", line)
        assert len(names) == len(set(names)), names


def test_conflicts_name_winner_and_losers(web: Web) -> None:
    text = web.get(f"/companies/{web.put_sample(BUILDER)}/plan").text
    row = next(row for row in rows(text, "conflicts") if "一票否决" in row)
    assert "限于内部质量考核" in row
    assert "质检办质〔2012〕749号 工作权责-4" in row
    assert "DB50/T 1696—2024 6 i) 企业内部质量安全事项" in row


def shown_clauses(text: str) -> Iterator[str]:
    start = text.index('<div id="clauses-list">')
    yield from re.findall(r"/plan/clause\?standard=([^\"]+)\"", text[start:])


def test_clauses_are_filtered_by_status_paper_standard_and_text(web: Web) -> None:
    ident = web.put_sample(BUILDER)
    address = f"/companies/{ident}/plan"
    everything = list(shown_clauses(web.get(address).text))
    assert len(everything) == 97
    not_met = list(shown_clauses(web.get(f"{address}?status=not_met").text))
    assert len(not_met) == 2
    own = list(shown_clauses(web.get(f"{address}?standard={DB50}").text))
    assert {name.partition("&")[0] for name in own} == {DB50}
    printed = list(shown_clauses(web.get(f"{address}?paper=eligibility").text))
    nowhere = list(shown_clauses(web.get(f"{address}?paper=none").text))
    assert 0 < len(printed) < len(everything)
    assert not set(printed) & set(nowhere)
    assert 0 < len(list(shown_clauses(web.get(f"{address}?text=职称").text))) < 10
    assert list(shown_clauses(web.get(f"{address}?text=没有这样的字").text)) == []
    assert "没有符合条件的条款" in web.get(f"{address}?text=没有这样的字").text


@pytest.mark.parametrize("way", ["standard", "paper", "status"])
def test_clauses_are_arranged_in_three_ways(web: Web, way: str) -> None:
    ident = web.put_sample(BUILDER)
    found = list(shown_clauses(web.get(f"/companies/{ident}/plan?by={way}").text))
    assert len(set(found)) == 97
    assert len(found) == 97 or way == "paper"


def test_a_clause_has_its_story(web: Web) -> None:
    ident = web.put_sample(BUILDER)
    text = web.get(f"/companies/{ident}/plan/clause?standard={DB50}&ref=5.1.2").text
    said = plain(text)
    assert "学历在大专及以上，专业技术职称在中级及以上" in said
    assert "未满足" in said
    assert "职称等级为初级，要求中级及以上" in said
    assert "写入文书2处" in said
    assert f"/companies/{ident}/papers/read/eligibility#" in text
    assert f"/companies/{ident}/at/candidate.title_rank" in text


def test_every_clause_of_every_standard_has_its_story(web: Web) -> None:
    ident = web.put_sample(BUILDER)
    for standard in web.held.workspace.library.standards:
        for clause in standard.clauses[::7]:
            address = f"standard={standard.id}&ref={quote(clause.ref)}"
            there = web.get(f"/companies/{ident}/plan/clause?{address}")
            assert there.status_code == 200, clause.key
            assert clause.summary in html.unescape(there.text)


def test_places_of_a_clause_lead_to_the_paragraph(web: Web) -> None:
    ident = web.put_sample(BUILDER)
    text = web.get(f"/companies/{ident}/plan/clause?standard={DB50}&ref=5.1.2").text
    links = re.findall(r'href="([^"]+/papers/read/[^"]+#[^"]+)"', text)
    assert links
    for link in links:
        page, _, anchor = html.unescape(link).partition("#")
        assert f'id="{html.escape(unquote(anchor))}"' in web.get(page).text


def test_an_assumption_is_confirmed_with_one_click(web: Web) -> None:
    ident = web.put_sample(MICRO)
    address = f"/companies/{ident}/plan"
    before = web.get(address).text
    assert "待确认22项" in before
    data = {"version": version_of(before), "field": "assessment.cycle"}
    there = web.post(f"{address}/confirm", data)
    assert there.status_code == 302
    after = web.get(address).text
    assert "待确认21项" in after
    assert "已写入问卷：考核·考核周期" in after
    company = web.held.store.find(ident)
    assert web.held.store.draft(company).answers["assessment.cycle"] == "annual"
    assert "考核周期: 年度" in company.path.read_text(encoding="utf-8")


@pytest.mark.parametrize("lang", ["zh-Hans", "en"])
@pytest.mark.parametrize("sample", [MICRO, BUILDER, LARGE])
def test_all_assumptions_are_confirmed_and_the_plan_stays(
    tmp_path: Path, lang: str, sample: str
) -> None:
    web = Web(tmp_path, lang)
    ident = web.put_sample(sample)
    ws = web.held.workspace
    day = date(2026, 11, 21)
    store = web.held.store

    def printed() -> list[str]:
        plan = make_plan(store.answers(store.find(ident)), ws, day)
        documents = compose(plan, ws.library, ws.wording)
        return [b.text for d in documents if d.id != "confirm" for b in d.blocks]

    before = printed()
    address = f"/companies/{ident}/plan"
    data = {"version": version_of(web.get(address).text), "field": "*"}
    web.post(f"{address}/confirm", data)
    # What was assumed is what was printed: as answers the same values print the same papers.
    assert printed() == before
    plan = make_plan(store.answers(store.find(ident)), ws, day)
    assert plan.assumptions == ()


def test_a_second_save_is_told_and_nothing_is_lost(web: Web) -> None:
    ident = web.put_sample(MICRO)
    address = f"/companies/{ident}/plan"
    old = version_of(web.get(address).text)
    web.post(f"{address}/confirm", {"version": old, "field": "assessment.cycle"})
    there = web.post(f"{address}/confirm", {"version": old, "field": "assessment.year"})
    assert there.status_code == 302
    text = web.get(address).text
    assert "别处已改动这份问卷" in text
    answers = web.held.store.draft(web.held.store.find(ident)).answers
    assert answers["assessment.cycle"] == "annual"
    assert "assessment.year" not in answers


def test_what_is_not_assumed_cannot_be_confirmed(web: Web) -> None:
    ident = web.put_sample(MICRO)
    address = f"/companies/{ident}/plan"
    version = version_of(web.get(address).text)
    before = (web.folder / f"{ident}.yaml").read_bytes()
    for field in ("company.name", "no.such", "", "../x", "assessment"):
        there = web.post(f"{address}/confirm", {"version": version, "field": field})
        assert there.status_code == 400, field
    assert (web.folder / f"{ident}.yaml").read_bytes() == before


def test_what_is_missing_is_told_beside_the_plan_so_far(web: Web) -> None:
    ident = web.put({"company.name": "晋城测试有限公司", "company.province": "山西省"})
    text = web.get(f"/companies/{ident}/plan").text
    assert "尚须回答" in text
    assert f"/companies/{ident}/at/company.industry_code" in text
    assert "在用标准" in text
    assert "编制文书</a>" not in text


def test_without_a_province_there_is_no_plan_but_a_list(web: Web) -> None:
    ident = web.put({"company.name": "测试有限公司"})
    text = web.get(f"/companies/{ident}/plan").text
    assert "先回答企业所在省份" in text
    assert '<section id="clauses"' not in text
    there = web.get(f"/companies/{ident}/plan/clause?standard={DB50}&ref=5.1.2")
    assert there.status_code == 302


def test_wrong_answers_are_told_with_their_place(web: Web) -> None:
    ident = web.put_sample(MICRO)
    path = web.folder / f"{ident}.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"省份: .*", "省份: 没有省", text), encoding="utf-8")
    page = web.get(f"/companies/{ident}/plan").text
    assert "没有省" in page
    assert f"/companies/{ident}/at/company.province" in page


def test_english_pages_speak_english(english: Web) -> None:
    ident = english.put_sample(BUILDER)
    text = english.get(f"/companies/{ident}/plan").text
    assert "Not qualified" in text
    assert "Candidate" in text
    # What remains in Chinese are names: of the enterprise, of persons, of standards and paths.
    story = english.get(f"/companies/{ident}/plan/clause?standard={DB50}&ref=5.1.2").text
    words = plain(story[story.index("<main") :])
    assert "intermediate" in words
    assert not re.search("[\u4e00-\u9fff]{12,}", words)


def test_the_page_is_made_once_for_a_version_of_the_answers(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    ident = web.put_sample(LARGE)
    calls = []
    make = planning.plan_page
    monkeypatch.setattr(planning, "plan_page", lambda *a: calls.append(1) or make(*a))
    first = web.get(f"/companies/{ident}/plan").text
    assert web.get(f"/companies/{ident}/plan").text.count("<tr>") == first.count("<tr>")
    assert len(calls) == 1
    data = {"version": version_of(first), "field": "plan.recommendations"}
    web.post(f"/companies/{ident}/plan/confirm", data)
    web.get(f"/companies/{ident}/plan")
    assert len(calls) == 2


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_parameters_are_refused_or_mean_nothing(web: Web, text: str) -> None:
    ident = web.put_sample(BUILDER)
    address = f"/companies/{ident}/plan"
    sent = quote(text)
    for name in ("standard", "paper", "status", "by", "text"):
        there = web.get(f"{address}?{name}={sent}")
        assert there.status_code == 200
        assert "<script>alert" not in there.text
        assert "<b>" not in there.text.partition("<tbody>")[0]
    for query in (f"standard={sent}&ref=5.1.2", f"standard={DB50}&ref={sent}"):
        assert web.get(f"{address}/clause?{query}").status_code == 404
    there = web.get(f"/companies/{quote(text, safe='')}/plan")
    assert there.status_code == 404


def test_a_script_in_the_name_of_a_company_stays_text(web: Web) -> None:
    ident = web.put_sample(BUILDER)
    path = web.folder / f"{ident}.yaml"
    text = path.read_text(encoding="utf-8")
    name = "<script>alert(1)</script>公司"
    path.write_text(re.sub(r"企业名称: .*", f"企业名称: '{name}'", text), encoding="utf-8")
    there = web.get(f"/companies/{ident}/plan").text
    assert "<script>alert" not in there
    assert html.escape(name) in there
