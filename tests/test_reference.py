"""The reference tables hold the official figures, and verdicts follow from them exactly."""

from __future__ import annotations

import pickle
import shutil
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import pytest

import cqo_docs
from cqo_docs.base.errors import ContentError
from cqo_docs.base.yamlfile import read_yaml
from cqo_docs.facts.reference import (
    Industry,
    PostSituation,
    Reference,
    above_scale,
    category_of,
    deciding_organ,
    education_cap,
    find_industry,
    find_registration,
    ownership_group,
    read_reference,
    size_class,
    size_indicators,
    state_owned,
)

FOLDER = Path(cqo_docs.__file__).parent / "content/reference"
DATA = Path(__file__).parent / "data"
SIZES: dict[str, Any] = read_yaml(DATA / "enterprise_size.yaml").data
INDUSTRIES: dict[str, Any] = read_yaml(DATA / "industries.yaml").data
OWNERSHIP: dict[str, Any] = read_yaml(DATA / "ownership.yaml").data
BANDS = ("large", "medium", "small", "micro")
VALUES: dict[str, Any] = {"-": None, "true": True, "false": False}


@pytest.fixture(scope="module")
def reference() -> Reference:
    return read_reference(FOLDER)


def industry_of(reference: Reference, code: str) -> Industry:
    found = find_industry(reference, code)
    assert found is not None, code
    return found


def number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def size_of(reference: Reference, code: str, figures: dict[str, Decimal]) -> str | None:
    people = figures.get("employees")
    return size_class(
        reference,
        industry_of(reference, code),
        None if people is None else int(people),
        figures.get("revenue"),
        figures.get("assets"),
    )


def figures_of(case: dict[str, str]) -> dict[str, Decimal]:
    return {key: Decimal(case[key]) for key in ("employees", "revenue", "assets") if key in case}


def test_the_tables_are_complete(reference: Reference) -> None:
    sections = reference.industry_table.sections
    assert [section.code for section in sections] == list("ABCDEFGHIJKLMNOPQRST")
    divisions = [row.code for section in sections for row in section.divisions]
    assert divisions == [f"{code:02d}" for code in range(1, 98)]
    assert len(reference.size.groups) == 16
    assert len(reference.regions.regions) == 31
    assert len(reference.ownership.registrations) == 26
    assert len(reference.ownership.groups) == 15
    assert tuple(band.id for band in reference.size.bands) == BANDS


def test_every_figure_has_a_source(reference: Reference) -> None:
    tables = (reference.size, reference.above_scale, reference.industry_table, reference.regions)
    sources = [table.source for table in (*tables, reference.ownership, reference.quality_cost)]
    assert all(source.title and source.certainty for source in sources)
    assert (reference.size.source.number, reference.size.source.issued) == (
        "国统字〔2017〕213号",
        "2017-12-28",
    )


# Industries


def division_codes(first: str, last: str) -> list[str]:
    return [f"{code:02d}" for code in range(int(first), int(last) + 1)]


@pytest.mark.parametrize("row", INDUSTRIES["divisions"], ids=lambda row: f"{row[0]}-{row[1]}")
def test_divisions_lead_to_their_rules(reference: Reference, row: list[str]) -> None:
    first, last, section, words, size_group, scale = row
    for code in division_codes(first, last):
        industry = industry_of(reference, code)
        assert (industry.code, industry.section, industry.words) == (code, section, words)
        if size_group == "by-class":
            assert len(industry.size_groups) > 1
            assert industry.needs_class
        else:
            assert industry.size_groups == (size_group,)
        if scale == "by-class":
            assert len(industry.above_scales) > 1
        else:
            assert industry.above_scales == (scale,)
        assert industry_of(reference, section + code) == industry


@pytest.mark.parametrize("row", INDUSTRIES["classes"], ids=lambda row: row[0])
def test_classes_lead_to_their_rules(reference: Reference, row: list[str]) -> None:
    code, name, size_group, scale = row
    industry = industry_of(reference, code)
    assert (industry.name, industry.division) == (name, code[:2])
    assert (industry.size_groups, industry.above_scales) == ((size_group,), (scale,))
    assert not industry.needs_class


def test_no_class_is_left_out(reference: Reference) -> None:
    classes = [code for code in reference.industries if len(code) == 3]
    assert classes == [row[0] for row in INDUSTRIES["classes"]]


@pytest.mark.parametrize("row", INDUSTRIES["written"], ids=lambda row: row[0] or "empty")
def test_a_code_may_be_written_in_several_ways(reference: Reference, row: list[str]) -> None:
    written, code = row
    found = find_industry(reference, written)
    assert (found.code if found else "-") == code


# Size


def lower(indicator: str, bound: Decimal) -> Decimal:
    return bound - (1 if indicator == "employees" else Decimal("0.01"))


@pytest.mark.parametrize("group", SIZES["bounds"])
def test_bounds_are_inclusive_and_the_lowest_figure_decides(
    reference: Reference, group: str
) -> None:
    row = {key: value for key, value in SIZES["bounds"][group].items() if key != "code"}
    code = SIZES["bounds"][group]["code"]
    assert industry_of(reference, code).size_groups == (group,)
    assert size_indicators(reference, industry_of(reference, code)) == tuple(row)
    bounds = {key: [Decimal(value) for value in values] for key, values in row.items()}
    for place, band in enumerate(BANDS[:3]):
        at_bound = {key: values[place] for key, values in bounds.items()}
        assert size_of(reference, code, at_bound) == band
        for key in bounds:
            one_below = {**at_bound, key: lower(key, at_bound[key])}
            assert size_of(reference, code, one_below) == BANDS[place + 1]
            others_large = {other: values[0] for other, values in bounds.items()}
            assert size_of(reference, code, {**others_large, key: at_bound[key]}) == band


def test_the_groups_are_the_known_ones(reference: Reference) -> None:
    assert [group.id for group in reference.size.groups] == list(SIZES["bounds"])


@pytest.mark.parametrize("case", SIZES["examples"], ids=str)
def test_size_examples(reference: Reference, case: dict[str, str]) -> None:
    code = SIZES["bounds"][case["group"]]["code"]
    assert size_of(reference, code, figures_of(case)) == case["size"]


@pytest.mark.parametrize("case", SIZES["partial"], ids=str)
def test_size_with_figures_missing(reference: Reference, case: dict[str, str]) -> None:
    found = size_of(reference, case["code"], figures_of(case))
    assert (found or "unknown") == case["size"]


def test_a_partial_verdict_never_contradicts_the_full_one(reference: Reference) -> None:
    steps = [Decimal(value) for value in (0, 19, 100, 300, 2000, 40000, 200000)]
    for code, people, money, assets in product(("14", "47", "59", "70"), steps, steps, steps):
        figures = {"employees": people, "revenue": money, "assets": assets}
        full = {
            size_of(reference, part, figures)
            for part in industry_of(reference, code).classes or (code,)
        }
        for left_out in ("", "employees", "revenue", "assets"):
            known = {key: value for key, value in figures.items() if key != left_out}
            partial = size_of(reference, code, known)
            assert partial is None or full == {partial}


# Above scale


@pytest.mark.parametrize("case", INDUSTRIES["above_scale"], ids=str)
def test_above_scale(reference: Reference, case: dict[str, str]) -> None:
    qualified = VALUES[case.get("qualified", "-")]
    industry = industry_of(reference, case["code"])
    verdict = above_scale(reference, industry, number(case.get("revenue")), qualified)
    assert verdict == case["verdict"]


def test_above_scale_is_never_read_off_the_size(reference: Reference) -> None:
    small_but_above = {"employees": Decimal(15), "revenue": Decimal(2500)}
    assert size_of(reference, "14", small_but_above) == "micro"
    assert above_scale(reference, industry_of(reference, "14"), Decimal(2500), None) == "yes"


# Ownership and deciding organs


@pytest.mark.parametrize("row", OWNERSHIP["groups"], ids=str)
def test_ownership(reference: Reference, row: list[str]) -> None:
    code, name, control, group, state = (VALUES.get(value, value) for value in row)
    found = find_registration(reference, code)
    assert (found.name if found else None) == name
    assert ownership_group(reference, code, control) == group
    assert state_owned(reference, code, control) is state
    if name:
        assert ownership_group(reference, name, control) == group


def test_every_registration_type_is_tried(reference: Reference) -> None:
    codes = {row.code for row in reference.ownership.registrations}
    assert codes <= {row[0] for row in OWNERSHIP["groups"]}
    assert codes <= {row[0] for row in OWNERSHIP["organs"]}


def situation(answers: dict[str, str]) -> PostSituation:
    return PostSituation(**{key: VALUES.get(value, value) for key, value in answers.items()})


@pytest.mark.parametrize("row", OWNERSHIP["organs"], ids=str)
def test_deciding_organ(reference: Reference, row: list[Any]) -> None:
    code, governance, answers, *wanted = row
    organ_id, act, article = (VALUES.get(value, value) for value in wanted)
    governance = VALUES.get(governance, governance)
    organ = deciding_organ(reference, code, governance, situation(answers))
    if organ is None:
        assert organ_id is None
        return
    assert (organ.id, organ.act.name) == (organ_id, act)
    assert article is None or article in organ.articles
    assert organ.articles or organ.by_charter or organ.id == "proprietor"


def test_every_rule_about_organs_can_be_reached(reference: Reference) -> None:
    reached = {
        (organ.id, organ.articles, organ.nomination)
        for code, governance, level, himself, alone, rural in product(
            [row.code for row in reference.ownership.registrations],
            ("board", "single-director", "none"),
            ("department", "deputy", "chief"),
            (True, False),
            (True, False),
            (True, False),
        )
        if (
            organ := deciding_organ(
                reference,
                code,
                governance,
                PostSituation(level, False, himself, alone, rural),
            )
        )
    }
    for rule in reference.organs.deciding:
        assert any(
            organ == rule.organ
            and articles[: len(rule.articles)] == rule.articles
            and nomination == rule.nomination
            for organ, articles, nomination in reached
        )


def test_a_deputy_is_nominated_by_the_manager_and_a_chief_is_not(reference: Reference) -> None:
    for code, governance in product(("111", "112", "121"), ("board", "single-director")):
        deputy = deciding_organ(reference, code, governance, PostSituation(level="deputy"))
        chief = deciding_organ(reference, code, governance, PostSituation(level="chief"))
        assert deputy is not None and deputy.nomination
        assert chief is not None and not chief.nomination


def test_boards_know_how_they_vote(reference: Reference) -> None:
    limited = deciding_organ(reference, "112", "board")
    joint_stock = deciding_organ(reference, "121", "board")
    assert limited is not None and limited.voting_articles == ("《公司法》第七十三条",)
    assert joint_stock is not None and joint_stock.voting_articles == ("《公司法》第一百二十四条",)
    assert (limited.act.quorum, limited.act.adoption) == ("more-than-half", "more-than-half-of-all")


def test_cited_laws_are_listed(reference: Reference) -> None:
    table = reference.organs
    cited = [article for rule in table.deciding for article in rule.articles]
    cited += [article for rule in table.deciding for article in rule.voting_articles]
    cited += [article for row in table.also for article in row.articles]
    cited += [article for rule in table.status_rules for article in rule.articles]
    cited += table.party.articles
    known = {f"《{law.short}》" for law in table.laws}
    assert {article[: article.index("》") + 1] for article in cited} <= known


# Other posts, quality cost


def test_other_posts_never_are_ours(reference: Reference) -> None:
    posts = {post.id: post for post in reference.other_posts.posts}
    assert set(posts) == {
        "industrial-goods-maker",
        "industrial-goods-seller",
        "special-equipment-maker",
        "special-equipment-user",
        "food",
        "drug",
        "device",
        "cosmetics",
    }
    assert posts["industrial-goods-maker"].effective == "2023-05-05"
    assert posts["food"].certainty == "memory"
    assert not any("首席质量官" in name for post in posts.values() for name in post.posts)


def test_fund_lines_are_prevention_appraisal_or_assurance(reference: Reference) -> None:
    groups = reference.quality_cost.fund_groups
    assert [group.id for group in groups] == [
        "talent",
        "improvement",
        "metrology",
        "standards",
        "system",
        "brand",
        "tools",
        "reserve",
    ]
    assert sum(group.weight for group in groups) == 100
    for item in (item for group in groups for item in group.items):
        category = category_of(reference, item.account)
        if item.id == "contingency":
            assert category is None and item.cost_class == ""
        else:
            assert category is not None and category.budgetable
            assert item.cost_class == category.id
    assert [item.education for item in groups[0].items] == [True, True, True]


def test_losses_are_not_fund_items(reference: Reference) -> None:
    categories = {category.id: category for category in reference.quality_cost.categories}
    assert "".join(categories) == "PAIEX"
    assert [len(category.accounts) for category in categories.values()] == [6, 4, 5, 6, 3]
    assert not categories["I"].budgetable and not categories["E"].budgetable


@pytest.mark.parametrize(("payroll", "cap"), [("2000", "160"), ("356.5", "28.52")])
def test_education_cap(reference: Reference, payroll: str, cap: str) -> None:
    assert education_cap(reference, Decimal(payroll)) == Decimal(cap)


# Reading


def test_the_tables_travel_between_processes(reference: Reference) -> None:
    assert pickle.loads(pickle.dumps(reference)) == reference


@pytest.mark.parametrize(
    ("name", "old", "new", "code"),
    [
        ("enterprise-size.yaml", "large: 20000,", "large: many,", "reference.field"),
        ("enterprise-size.yaml", "  unit: 人\n", "  units: 人\n", "reference.field"),
        ("industries.yaml", "size_group: agriculture", "size_group: farming", "reference.unknown"),
        ("above-scale.yaml", "minimum: 500, since", "since", "reference.minimum"),
        ("ownership.yaml", "group: collective,", "group: colective,", "reference.unknown"),
        ("ownership.yaml", 'code: "112"', 'code: "111"', "reference.repeated"),
        ("organs.yaml", "  organ: investor\n", "  organ: inventor\n", "reference.unknown"),
        (
            "quality-cost.yaml",
            "account: P03, weight: 10",
            "account: I01, weight: 10",
            "reference.unknown",
        ),
        (
            "quality-cost.yaml",
            "account: P03, weight: 10",
            "account: P03, weight: 9",
            "reference.weights",
        ),
    ],
)
def test_it_refuses_tables_that_do_not_fit(
    tmp_path: Path, name: str, old: str, new: str, code: str
) -> None:
    folder = shutil.copytree(FOLDER, tmp_path / "reference")
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ContentError) as refused:
        read_reference(folder)
    assert code in [found.code for found in refused.value.problems]
    assert all(name in found.where for found in refused.value.problems if found.code == code)


def test_it_reports_all_bad_files_at_once(tmp_path: Path) -> None:
    folder = shutil.copytree(FOLDER, tmp_path / "reference")
    (folder / "regions.yaml").unlink()
    (folder / "organs.yaml").write_text("laws: []\n", encoding="utf-8")
    with pytest.raises(ContentError) as refused:
        read_reference(folder)
    codes = {found.code for found in refused.value.problems}
    assert codes == {"file.missing", "reference.field"}
