"""Invented companies for tests: flat answers in, answers file, plan and papers out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from cqo_docs import generation
from cqo_docs.answers.checks import COMPANY_FORMS
from cqo_docs.answers.file import AnswersFile
from cqo_docs.answers.raw import RawAnswers
from cqo_docs.answers.reading import answers_from
from cqo_docs.base.errors import AnswersError
from cqo_docs.library.records import Clause, Library
from cqo_docs.papers.composer import Document, compose
from cqo_docs.papers.tables import Source
from cqo_docs.papers.view import make_view
from cqo_docs.plan.answers_check import library_problems
from cqo_docs.plan.model import ClauseDecision, EligibilityVerdict, Finding, Plan
from cqo_docs.workspace import Workspace, open_workspace

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = sorted((ROOT / "questionnaires").glob("*.yaml"))
AS_OF = date(2026, 11, 21)
DB50, SHANXI, PILOT = "db50-t-1696-2024", "shanxi-2021-264", "aqsiq-2012-749"
TEXTBOOK, DRAFT = "gd-textbook-2015", "gd-norm-2024"
STANDARDS = (DB50, SHANXI, PILOT, TEXTBOOK, DRAFT)
REPORTS = frozenset({"confirm", "matrix"})

# The same examples every time: a run that fails can be repeated as it was.
settings.register_profile(
    "cases",
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("cases")

# A small private machine maker in 重庆 that leaves nothing open and fails nothing.
MACHINE_MAKER: Mapping[str, Any] = {
    "company.name": "渝州精工机械有限公司",
    "company.credit_code": "91000000MA00000157",
    "company.province": "重庆市",
    "company.city": "重庆市北碚区",
    "company.industry_code": "C34",
    "company.registration": "112",
    "company.governance": "board",
    "company.legal_representative": "周正平",
    "company.general_manager": "吴建国",
    "company.employees": 86,
    "company.revenue": 4200,
    "company.assets": 3800,
    "company.above_scale": True,
    "company.listed": False,
    "company.large_group": False,
    "company.benchmark": False,
    "company.exporter": False,
    "company.quality_award": "none",
    "company.premium_brand": False,
    "company.regulated_activities": [],
    "candidate.name": "陈思远",
    "candidate.current_post": "质量部部长",
    "candidate.degree": "bachelor",
    "candidate.title_rank": "intermediate",
    "candidate.title_name": "工程师",
    "candidate.quality_qualification": "none",
    "candidate.years_quality": 10,
    "candidate.years_quality_management": 8,
    "candidate.years_enterprise_quality_management": 6,
    "candidate.technical_backbone": False,
    "candidate.training": "attended",
    "candidate.continuing_education": True,
    "candidate.certificate": False,
    "candidate.bar_violation": False,
    "candidate.bar_benefit": False,
    "candidate.bar_disclosure": False,
    "appointment.level": "deputy",
    "appointment.full_time": True,
    "appointment.kind": "first",
    "appointment.appointer": "legal-representative",
    "appointment.reports_to": "general-manager",
    "appointment.decision_date": date(2026, 11, 9),
    "appointment.ceremony": False,
    "appointment.treatment": False,
    "appointment.notice_number": "渝精发〔2026〕18号",
    "appointment.letter_number": "渝精聘〔2026〕3号",
    "appointment.authorization_number": "渝精授〔2026〕3号",
    "appointment.meeting.name": "第二届董事会第六次会议",
    "appointment.meeting.number": "渝精董〔2026〕6号",
    "appointment.meeting.due": 5,
    "appointment.meeting.present": 5,
    "appointment.meeting.votes_for": 5,
    "appointment.meeting.votes_against": 0,
    "appointment.meeting.votes_abstained": 0,
    "fund.establish": True,
    "fund.total": 120000,
}
IN_SHANXI: Mapping[str, Any] = {"company.province": "山西省"}
IN_GUANGDONG: Mapping[str, Any] = {"company.province": "广东省"}
# A province that has no instrument of its own among the five.
IN_ZHEJIANG: Mapping[str, Any] = {"company.province": "浙江省"}
STATE_OWNED: Mapping[str, Any] = {
    "company.registration": "119",
    "company.control": "state",
    "company.governance": "board",
    "appointment.party.organ": "中共渝州精工机械有限公司委员会",
    "appointment.party.date": date(2026, 11, 6),
}
# Officer, legal representative and general manager in one person, as in most micro firms.
OWNER_IS_OFFICER: Mapping[str, Any] = {
    "company.governance": "single-director",
    "company.legal_representative": "陈思远",
    "company.general_manager": "陈思远",
    "candidate.current_post": None,
    "appointment.level": "chief",
    "appointment.full_time": False,
    "appointment.concurrent_posts": ["总经理"],
    "assessment.assessor": "shareholders",
}


@cache
def workspace() -> Workspace:
    """The program's own content, read once."""
    return open_workspace()


def adopting(*standards: str) -> dict[str, Any]:
    """The answer that the enterprise adopts these standards."""
    return {"plan.adopt": list(standards)}


def flat(*changes: Mapping[str, Any]) -> dict[str, Any]:
    """The machine maker's answers with changes laid over them; None takes an answer away."""
    merged: dict[str, Any] = dict(MACHINE_MAKER)
    for change in changes:
        merged |= change
    return {path: value for path, value in merged.items() if value is not None}


def nested(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Flat answers as a questionnaire, all scalars as text just as YAML files give them."""
    data: dict[str, Any] = {}
    for path, value in answers.items():
        *groups, name = path.split(".")
        place = data
        for group in groups:
            place = place.setdefault(group, {})
        place[name] = _as_read(value)
    return data


def _as_read(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _as_read(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_as_read(inner) for inner in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def file_of(data: Mapping[str, Any]) -> AnswersFile:
    """A questionnaire, checked as if it had been read from a file."""
    place = RawAnswers(Path("case.yaml"), dict(data))
    file = answers_from(place, workspace().wording.vocabulary())
    found = list(library_problems(file, workspace().library))
    if found:
        raise AnswersError(found)
    return file


def plan_of(file: AnswersFile, as_of: date = AS_OF, library: Library | None = None) -> Plan:
    """The plan of one questionnaire on a fixed day."""
    ws = workspace()
    used = Workspace(library or ws.library, ws.wording, ws.renderer)
    return generation.make_plan(file, used, as_of)


def make_plan(
    *changes: Mapping[str, Any], as_of: date = AS_OF, library: Library | None = None
) -> Plan:
    """The plan of the machine maker with changed answers."""
    return plan_of(file_of(nested(flat(*changes))), as_of, library)


def papers_of(plan: Plan, library: Library | None = None) -> dict[str, Document]:
    """The composed papers by id."""
    ws = workspace()
    return {d.id: d for d in compose(plan, library or ws.library, ws.wording)}


def make_papers(*changes: Mapping[str, Any], as_of: date = AS_OF) -> dict[str, Document]:
    """The papers of the machine maker with changed answers."""
    return papers_of(make_plan(*changes, as_of=as_of))


def source_of(plan: Plan) -> Source:
    """What rows are computed from, as the composer would hand it over."""
    ws = workspace()
    return Source(plan, ws.library, ws.wording, make_view(plan, ws.library, ws.wording), {})


def texts_in(value: Any) -> Iterator[str]:
    """Every text inside a context, keys left aside."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from texts_in(inner)
    elif isinstance(value, Sequence):
        for inner in value:
            yield from texts_in(inner)


def printed(document: Document) -> str:
    """All a paper prints, every file of it, one text a line."""
    return "\n".join(texts_in(document.contexts))


def block_texts(document: Document, part: str) -> list[str]:
    """The paragraphs that one part of a paper brought."""
    head = f"{document.id}/{part}"
    return [b.text for b in document.blocks if b.id == head or b.id.startswith(f"{head}/")]


def role_of(plan: Plan, standard: str) -> str:
    """What one standard is in a plan."""
    return next(r.role for r in plan.standards if r.standard.id == standard)


def verdict_of(plan: Plan, standard: str) -> EligibilityVerdict:
    """What one standard says of the candidate."""
    return next(v for v in plan.eligibility if v.standard.id == standard)


def decision_of(plan: Plan, standard: str, ref: str) -> ClauseDecision:
    """What was decided of one clause."""
    return next(d for d in plan.clauses if d.clause.key == f"{standard}#{ref}")


def status_of(plan: Plan, standard: str, ref: str) -> str:
    """The status of one clause."""
    return decision_of(plan, standard, ref).status


def codes(plan: Plan) -> list[str]:
    """The codes of the findings in their order."""
    return [f.code for f in plan.findings]


def finding_of(plan: Plan, code: str) -> Finding:
    """The first finding with a code."""
    return next(f for f in plan.findings if f.code == code)


def message_of(plan: Plan, finding: Finding) -> str:
    """Message and remedy of a finding in one text."""
    ws = workspace()
    names = {s.id: s.number or s.title for s in ws.library.standards}
    return " ".join(ws.wording.finding(finding, names))


def clauses_in_play(plan: Plan) -> list[Clause]:
    """Every clause of every standard that is more than background."""
    return [c for r in plan.standards if r.role != "background" for c in r.standard.clauses]


# Random companies: every combination that the questionnaire lets through.

PROVINCES = ("重庆市", "山西省", "广东省", "浙江省")
INDUSTRIES = ("C14", "C34", "E47", "I65", "A01", "F51", "L72")
REGISTRATIONS = (
    "111", "112", "119", "121", "129", "131", "132", "133", "134", "140", "150", "190",
    "210", "310", "400", "500", "900",
)  # fmt: skip
CONTROLS = ("state", "collective", "private", "hmt", "foreign", "other")
DEGREES = ("below", "junior-college", "bachelor", "master", "doctor")
TITLES = ("none", "junior", "intermediate", "associate-senior", "senior")
QUALIFICATIONS = ("none", "junior", "intermediate", "senior")
ASSESSORS = ("superior", "shareholders", "supervisor", "external", "nobody")
YES_NO = st.sampled_from([None, True, False])


def maybe(*values: Any) -> st.SearchStrategy[Any]:
    """One of the values, or no answer."""
    return st.sampled_from([None, *values])


@st.composite
def companies(draw: st.DrawFn) -> dict[str, Any]:
    """Flat answers of a random company that the questionnaire accepts."""
    registration = draw(st.sampled_from(REGISTRATIONS))
    a_company = registration in COMPANY_FORMS
    governance = ("board", "single-director")
    control = st.sampled_from(CONTROLS) if registration in {"119", "129"} else maybe(*CONTROLS)
    chief = draw(st.sampled_from(["周正平", "陈思远"]))
    establish = draw(st.booleans())
    answers = {
        "company.province": draw(st.sampled_from(PROVINCES)),
        "company.industry_code": draw(st.sampled_from(INDUSTRIES)),
        "company.registration": registration,
        "company.control": draw(control),
        "company.governance": draw(
            st.sampled_from(governance) if a_company else maybe(*governance, "none")
        ),
        "company.rural": draw(YES_NO),
        "company.sole_shareholder": draw(YES_NO),
        "company.legal_representative": chief,
        "company.general_manager": draw(maybe("吴建国", "陈思远", "周正平")),
        "company.employees": draw(maybe(5, 60, 500, 3000)),
        "company.revenue": draw(maybe(90, 1800, 9000, 90000)),
        "company.assets": draw(maybe(90, 1800, 9000, 90000)),
        "company.quality_award": draw(maybe("none", "holds", "nominated", "applies")),
        "company.regulated_activities": draw(
            maybe([], ["food"], ["food", "special-equipment-user"])
        ),
        "company.departments": draw(maybe(["质量部", "检验科"])),
        "candidate.current_post": draw(maybe("总工程师")),
        "candidate.quality_qualification": draw(maybe(*QUALIFICATIONS)),
        "candidate.relaxation_reason": draw(maybe("从事本行业二十年")),
        "appointment.reports_to": draw(
            maybe("general-manager", "legal-representative", "chairman", "board")
        ),
        "appointment.appointer": draw(
            maybe("legal-representative", "principal", "general-manager", "board")
        ),
        "appointment.concurrent_posts": draw(maybe(["副总经理"])),
        "appointment.meeting.due": None,
        "appointment.meeting.present": None,
        "appointment.meeting.votes_for": None,
        "appointment.meeting.votes_against": None,
        "appointment.meeting.votes_abstained": None,
        "appointment.party.organ": draw(maybe("党委")),
        "assessment.assessor": draw(maybe(*ASSESSORS)),
        "authority.spending_limit": draw(maybe(50000)),
        "fund.establish": establish,
        "fund.total": draw(maybe("120000.01")) if establish else None,
        "plan.adopt": draw(st.lists(st.sampled_from(STANDARDS), unique=True)),
        "plan.policy": draw(maybe("strictest", "ask")),
        "plan.recommendations": draw(maybe("keep", "own-rule")),
    }
    flags = ("above_scale", "construction_qualified", "large_group", "benchmark", "exporter",
             "premium_brand")  # fmt: skip
    answers |= {f"company.{name}": draw(YES_NO) for name in flags}
    if answers["company.governance"] == "single-director":
        # Without a board nobody reports to one, and none signs.
        if answers["appointment.reports_to"] in {"board", "chairman"}:
            answers["appointment.reports_to"] = None
        if answers["appointment.appointer"] == "board":
            answers["appointment.appointer"] = None
    answers |= draw(people())
    answers |= draw(dates())
    return answers


@st.composite
def people(draw: st.DrawFn) -> dict[str, Any]:
    """What decides a candidate's eligibility: every answer given or left open."""
    years = sorted(draw(st.lists(maybe(0, 2.9, 3, 4.9, 5, 12), min_size=3, max_size=3)), key=_low)
    flags = ("technical_backbone", "continuing_education", "certificate", "bar_violation",
             "bar_benefit", "bar_disclosure")  # fmt: skip
    return {
        "candidate.degree": draw(maybe(*DEGREES)),
        "candidate.title_rank": draw(maybe(*TITLES)),
        "candidate.training": draw(maybe("none", "attended", "passed")),
        "candidate.years_quality": years[2],
        "candidate.years_quality_management": years[1],
        "candidate.years_enterprise_quality_management": years[0],
        **{f"candidate.{name}": draw(YES_NO) for name in flags},
        "appointment.level": draw(maybe("department", "deputy", "chief")),
        "appointment.full_time": draw(YES_NO),
        "appointment.kind": draw(maybe("first", "renewal")),
        "appointment.ceremony": draw(YES_NO),
        "appointment.treatment": draw(YES_NO),
    }


def _low(years: float | None) -> float:
    return -1 if years is None else years


@st.composite
def dates(draw: st.DrawFn) -> dict[str, Any]:
    """The dates of an appointment, in order, each given or left open."""
    steps = draw(st.lists(st.integers(0, 40), min_size=5, max_size=5))
    names = ("party.date", "decision_date", "letter_date", "authorization_date", "start")
    day, found = date(2026, 9, 1), {}
    for name, step in zip(names, steps, strict=True):
        day += timedelta(days=step)
        found[f"appointment.{name}"] = draw(maybe(day))
    return found
