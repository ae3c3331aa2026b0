"""Read the reference tables, and list everything in them that does not fit together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from cqo_docs.base.errors import ContentError, CqoError, Problem, problem
from cqo_docs.base.yamlfile import read_yaml
from cqo_docs.facts.reference.tables import (
    BY_CONTROL,
    NO_NOTION,
    OUT_OF_SCOPE,
    TABLES,
    ClassRow,
    DivisionRow,
    FundItem,
    Industry,
    IndustryTable,
    Reference,
    SectionRow,
)


def read_reference(folder: Path) -> Reference:
    """The tables in `folder`. Raises ContentError that lists everything wrong at once."""
    tables: dict[str, Any] = {}
    found: list[Problem] = []
    for field, (name, shape) in TABLES.items():
        try:
            tables[field] = _read_table(folder / name, shape)
        except CqoError as error:
            found.extend(error.problems)
    if found:
        raise ContentError(found)
    industries = {industry.code: industry for industry in _industries(tables["industry_table"])}
    reference = Reference(industries=industries, **tables)
    found.extend(_inconsistencies(reference))
    if found:
        raise ContentError(found)
    return reference


def _read_table(path: Path, shape: type[Any]) -> Any:
    from pydantic import TypeAdapter, ValidationError

    file = read_yaml(path)
    try:
        return TypeAdapter(shape).validate_python(file.data)
    except ValidationError as error:
        raise ContentError(
            problem(
                "reference.field",
                str(path),
                line=file.line(fault["loc"]),
                field=".".join(str(part) for part in fault["loc"]),
                reason=fault["type"],
            )
            for fault in error.errors(include_url=False, include_input=False)
        ) from None


def _industries(table: IndustryTable) -> Iterator[Industry]:
    for section in table.sections:
        for division in section.divisions:
            classes = [_class_industry(section, division, row) for row in division.classes]
            yield _division_industry(section, division, classes)
            yield from classes


def _class_industry(section: SectionRow, division: DivisionRow, row: ClassRow) -> Industry:
    return Industry(
        code=row.code,
        name=row.name,
        section=section.code,
        section_name=section.name,
        division=division.code,
        division_name=division.name,
        words=section.words,
        size_groups=(row.size_group or division.size_group or section.size_group,),
        above_scales=(row.above_scale or division.above_scale or section.above_scale,),
    )


def _division_industry(
    section: SectionRow, division: DivisionRow, classes: list[Industry]
) -> Industry:
    """A division; where its classes are listed, with every link that one of them has."""
    whole = ClassRow(division.code, division.name)
    parts = classes or [_class_industry(section, division, whole)]
    return _class_industry(section, division, whole)._replace(
        size_groups=tuple(dict.fromkeys(part.size_groups[0] for part in parts)),
        above_scales=tuple(dict.fromkeys(part.above_scales[0] for part in parts)),
        classes=tuple(part.code for part in classes),
    )


def _inconsistencies(reference: Reference) -> Iterator[Problem]:
    yield from _repeated(reference)
    for file, wanted, known in _links(reference):
        for name in sorted(set(wanted) - set(known)):
            yield problem("reference.unknown", file, value=name)
    for rule in reference.above_scale.rules:
        if (rule.test == "revenue") != (rule.minimum is not None):
            yield problem("reference.minimum", TABLES["above_scale"][0], value=rule.id)
    total = sum((group.weight for group in reference.quality_cost.fund_groups), Decimal(0))
    if total != 100:
        yield problem("reference.weights", TABLES["quality_cost"][0], total=total)


def _repeated(reference: Reference) -> Iterator[Problem]:
    ownership, organs = reference.ownership, reference.organs
    sections = reference.industry_table.sections
    named: dict[str, list[str]] = {
        "size": [group.id for group in reference.size.groups],
        "above_scale": [rule.id for rule in reference.above_scale.rules],
        "industry_table": [row.code for section in sections for row in section.divisions],
        "regions": [region.code for region in reference.regions.regions],
        "ownership": [row.code for row in ownership.registrations],
        "organs": [
            *(organ.id for organ in organs.organs),
            *(act.id for act in organs.acts),
            *(rule.id for rule in organs.status_rules),
        ],
        "other_posts": [post.id for post in reference.other_posts.posts],
        "quality_cost": [item.id for item in _fund_items(reference)],
    }
    for field, names in named.items():
        for name, times in Counter(names).items():
            if times > 1:
                yield problem("reference.repeated", TABLES[field][0], value=name)


def _links(reference: Reference) -> Iterator[tuple[str, Iterable[str], Iterable[str]]]:
    """Per kind of link: the file, the ids it names, and the ids that exist."""
    industries = reference.industries.values()
    ownership, organs, costs = reference.ownership, reference.organs, reference.quality_cost
    rules, rows = organs.deciding, ownership.registrations
    codes = [row.code for row in rows]
    groups = [group.id for group in ownership.groups]
    categories = [category.id for category in costs.categories if category.budgetable]
    accounts = [
        account.code
        for category in costs.categories
        if category.budgetable
        for account in category.accounts
    ]
    yield (
        "industries.yaml",
        [group for industry in industries for group in industry.size_groups],
        [OUT_OF_SCOPE, *(group.id for group in reference.size.groups)],
    )
    yield (
        "industries.yaml",
        [rule for industry in industries for rule in industry.above_scales],
        [NO_NOTION, *(rule.id for rule in reference.above_scale.rules)],
    )
    yield "ownership.yaml", [row.group for row in rows if row.group], [BY_CONTROL, *groups]
    yield "ownership.yaml", [row.group for row in ownership.ownership_by_control], groups
    yield (
        "ownership.yaml",
        [row.control for row in ownership.ownership_by_control],
        [option.id for option in ownership.control_options],
    )
    yield (
        "ownership.yaml",
        [row.parent for row in rows if row.parent],
        [*codes, *(category.code for category in ownership.categories)],
    )
    yield "organs.yaml", [rule.organ for rule in rules], [organ.id for organ in organs.organs]
    yield "organs.yaml", [rule.act for rule in rules], [act.id for act in organs.acts]
    yield "organs.yaml", [code for rule in rules for code in rule.registrations], codes
    yield "organs.yaml", [code for row in organs.also for code in row.registrations], codes
    yield (
        "quality-cost.yaml",
        [item.account for item in _fund_items(reference) if item.account],
        accounts,
    )
    yield (
        "quality-cost.yaml",
        [group.cost_class for group in costs.fund_groups if group.cost_class],
        categories,
    )


def _fund_items(reference: Reference) -> Iterator[FundItem]:
    for group in reference.quality_cost.fund_groups:
        yield from group.items
