"""Plain functions that compute the rows, lines, cells and sheets of papers; papers name them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cqo_docs.papers.tables.assessment import (
    assessment_chart,
    assessment_grades,
    assessment_indicators,
    assessment_sheet,
    assessment_totals,
    veto_items,
)
from cqo_docs.papers.tables.budget import (
    budget_chart,
    budget_execution,
    budget_items,
    budget_sheet,
    budget_totals,
)
from cqo_docs.papers.tables.confirm import (
    confirm_assumptions,
    confirm_blanks,
    confirm_conflicts,
    confirm_findings,
    confirm_sources,
    other_post_lines,
    verdict_lines,
    verdict_sentences,
)
from cqo_docs.papers.tables.decision import act_signers, reserved_matters
from cqo_docs.papers.tables.matrix import matrix_sheet, paragraph_rows
from cqo_docs.papers.tables.people import (
    bar_cells,
    condition_cells,
    exit_signers,
    filing_ground,
    filing_papers,
    relaxation_lines,
    review_lines,
)
from cqo_docs.papers.tables.planning import (
    planning_factors,
    planning_group,
    planning_stages,
    planning_standards,
)
from cqo_docs.papers.tables.review import review_goals, review_opportunities, review_running
from cqo_docs.papers.tables.source import Row, Source
from cqo_docs.papers.tables.system import org_chart, org_units, related_papers
from cqo_docs.papers.tables.training import (
    training_courses,
    training_funds,
    training_offers,
    training_records,
    training_total,
)
from cqo_docs.papers.tables.year import (
    year_calendar,
    year_checks,
    year_file,
    year_notes,
    year_objectives,
    year_resource_totals,
    year_resources,
    year_tasks,
)
from cqo_docs.plan.model import PlannedBlock

ROWS: Mapping[str, Callable[[Source], list[Row]]] = {
    "act_signers": act_signers,
    "assessment_indicators": assessment_indicators,
    "assessment_totals": assessment_totals,
    "assessment_grades": assessment_grades,
    "assessment_chart": assessment_chart,
    "budget_items": budget_items,
    "budget_totals": budget_totals,
    "budget_chart": budget_chart,
    "budget_execution": budget_execution,
    "org_chart": org_chart,
    "org_units": org_units,
    "confirm_findings": confirm_findings,
    "confirm_conflicts": confirm_conflicts,
    "confirm_assumptions": confirm_assumptions,
    "confirm_blanks": confirm_blanks,
    "confirm_sources": confirm_sources,
    "filing_papers": filing_papers,
    "exit_signers": exit_signers,
    "year_objectives": year_objectives,
    "year_tasks": year_tasks,
    "year_resources": year_resources,
    "year_resource_totals": year_resource_totals,
    "year_checks": year_checks,
    "year_calendar": year_calendar,
    "training_courses": training_courses,
    "training_funds": training_funds,
    "training_total": training_total,
    "training_records": training_records,
    "review_goals": review_goals,
    "review_running": review_running,
    "review_opportunities": review_opportunities,
    "planning_factors": planning_factors,
    "planning_standards": planning_standards,
    "planning_group": planning_group,
    "planning_stages": planning_stages,
}
LINES: Mapping[str, Callable[[Source], list[str]]] = {
    "reserved_matters": reserved_matters,
    "veto_items": veto_items,
    "related_papers": related_papers,
    "verdict_lines": verdict_lines,
    "other_post_lines": other_post_lines,
    "review_lines": review_lines,
    "relaxation_lines": relaxation_lines,
    "filing_ground": filing_ground,
    "training_offers": training_offers,
    "year_notes": year_notes,
}
CELLS: Mapping[str, Callable[[Source, PlannedBlock], Mapping[str, str]]] = {
    "condition_cells": condition_cells,
    "bar_cells": bar_cells,
}
SHEETS: Mapping[str, Callable[[Source], dict[str, Any]]] = {
    "assessment": assessment_sheet,
    "budget": budget_sheet,
    "matrix": matrix_sheet,
}
CALENDARS: Mapping[str, Callable[[Source], dict[str, Any]]] = {"year-plan": year_file}
# What the files hold that are not made of the paper's own paragraphs, by format.
DATA: Mapping[str, Mapping[str, Callable[[Source], dict[str, Any]]]] = {
    "xlsx": SHEETS,
    "ics": CALENDARS,
}

__all__ = [
    "CALENDARS",
    "CELLS",
    "DATA",
    "LINES",
    "ROWS",
    "SHEETS",
    "Row",
    "Source",
    "paragraph_rows",
    "verdict_sentences",
]
