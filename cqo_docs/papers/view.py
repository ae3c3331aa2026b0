"""The named values that texts may print, each as final text; what is missing is a fill-in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from cqo_docs.facts.case import years_later
from cqo_docs.library.records import Library, Standard
from cqo_docs.plan.model import Plan
from cqo_docs.wording.sentences import Wording

# The answers that a house folder may add.
OWN = "output.extra"
# The organs that are the manager, whatever the company calls him.
MANAGERS = frozenset({"manager", "factory-director"})
# The way of writing an amount out in capitals.
CAPITALS = "capitals"


class View(Mapping[str, str]):
    """Values by name; reading a fill-in notes that its answer is wanted."""

    def __init__(
        self,
        texts: Mapping[str, str],
        blanks: Mapping[str, tuple[str, ...]],
        paths: Mapping[str, str],
    ) -> None:
        self.texts = texts
        self.blanks = blanks
        self.paths = paths
        """The answer behind each value that is one answer."""
        self.wanted: set[str] = set()

    def __getitem__(self, name: str) -> str:
        if name in self.blanks:
            self.wanted.update(self.blanks[name])
        return self.texts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.texts)

    def __len__(self) -> int:
        return len(self.texts)

    def __contains__(self, name: object) -> bool:
        return name in self.texts

    def fresh(self) -> View:
        """The same view with no fill-in noted yet."""
        return View(self.texts, self.blanks, self.paths)


class _Builder:
    """Collects values and notes which of them are fill-ins."""

    def __init__(self, wording: Wording) -> None:
        self.wording = wording
        self.values: dict[str, str] = {}
        self.blanks: dict[str, tuple[str, ...]] = {}
        self.paths: dict[str, str] = {}

    def put(self, name: str, path: str, value: Any, way: str = "") -> None:
        """One answer under a name; a missing one becomes a fill-in."""
        self.paths[name] = path
        if value is None or value == ():
            self.values[name] = self.wording.blank(path, way)
            self.blanks[name] = (path,)
        else:
            self.values[name] = self.wording.answered(path, self.wording.value(path, value), way)

    def text(self, name: str, value: str, *sources: str) -> None:
        """A value made of others; it is a fill-in where one of its sources is."""
        self.values[name] = value
        paths = tuple(path for source in sources for path in self.blanks.get(source, ()))
        if paths:
            self.blanks[name] = paths


def fund_total(plan: Plan) -> Decimal | None:
    """The total of the budget in yuan: the sum of its items, or the total that was given."""
    fund = plan.case.answers.fund
    if fund.items:
        return sum((item.amount for item in fund.items), Decimal(0))
    return fund.total


@lru_cache(maxsize=8)
def standard_names(library: Library, wording: Wording) -> Mapping[str, str]:
    """How each standard is called in tables and findings."""
    return {s.id: cite(s, wording, "standard-name") for s in library.standards}


def cite(standard: Standard, wording: Wording, form: str = "standard-cite") -> str:
    """One standard as a paper cites it: 《title》（number）."""
    forms = wording.formats[form]
    if standard.force in forms:
        text = forms[standard.force]
    else:
        text = forms["numbered" if standard.number else "plain"]
    return str(text).format(
        title=standard.title, number=standard.number, native=standard.native or standard.title
    )


def make_view(plan: Plan, library: Library, wording: Wording) -> View:
    """Every value a text may name, for one plan in one locale."""
    b = _Builder(wording)
    _company_values(b, plan, library)
    _appointment_values(b, plan)
    _meeting_values(b, plan)
    _standard_values(b, plan, library)
    _figure_values(b, plan)
    _own_values(b, plan, library)
    return View(b.values, b.blanks, b.paths)


def _company_values(b: _Builder, plan: Plan, library: Library) -> None:
    company, person = plan.case.answers.company, plan.case.answers.candidate
    for name in ("name", "short_name", "credit_code", "legal_representative", "general_manager"):
        b.put(f"company.{name}", f"company.{name}", getattr(company, name))
    industry = plan.case.profile.industry or "open"
    for name, word in b.wording.formats["industry"][industry].items():
        b.values[f"industry.{name}"] = word
    _register_values(b, plan)
    b.put("person", "candidate.name", person.name)
    b.put("person.current_post", "candidate.current_post", person.current_post)
    b.text("as_of", b.wording.date(plan.as_of))
    b.text("own", _by_registration(b, "own", company.registration))
    b.text("manager", _manager_title(b, plan))
    names = company.departments
    united = next((r for r in plan.reconciled if r.parameter.id == "departments"), None)
    path = "company.departments"
    if united and not names:
        text = b.wording.parameter_value("departments", united.value)
        b.text("departments", b.wording.answered(path, text))
    else:
        b.put("departments", path, names)
    posts = {p.id: p.posts for p in library.reference.other_posts.posts}
    wanted = [n for key in company.regulated_activities or () for n in posts.get(key, ())]
    b.text("other.posts", b.wording.join(list(dict.fromkeys(wanted))))


def _register_values(b: _Builder, plan: Plan) -> None:
    """What a register asks of the company and the officer; what was not asked is said so."""
    company, person, w = plan.case.answers.company, plan.case.answers.candidate, b.wording
    for name in ("province", "city", "registration", "above_scale", "listed"):
        b.put(f"company.{name}", f"company.{name}", getattr(company, name))
    for name in (
        "degree",
        "title_rank",
        "quality_qualification",
        "training",
        "continuing_education",
        "certificate",
    ):
        b.put(f"candidate.{name}", f"candidate.{name}", getattr(person, name))
    b.put("appointment.kind", "appointment.kind", plan.case.answers.appointment.kind)
    year, qualified = person.quality_qualification_year, person.quality_qualification
    for name, path, value, rank in (
        ("person.title", "title_name", person.title_name, person.title_rank),
        ("person.qualified-in", "quality_qualification_year", year, qualified),
    ):
        if rank == "none":
            b.text(name, str(w.formats["none"]))
        else:
            b.put(name, f"candidate.{path}", value)
    years, unit = person.years_quality, w.formats["units"]["candidate.years_quality"]
    worked = None if years is None else f"{w.number(years)}{unit}"
    b.put("candidate.years_quality", "candidate.years_quality", worked)
    b.put("candidate.relaxation_reason", "candidate.relaxation_reason", person.relaxation_reason)
    profile = plan.case.profile
    sector = b.values["industry.name"]
    trade = str(w.formats["trade"])
    name, code = profile.industry_name, company.industry_code
    name = w.convert(name) if w.convert and name else name
    b.text("company.trade", trade.format(name=name, code=code, sector=sector))
    if profile.ownership is None:
        b.put("company.ownership", "company.control", None)
    else:
        b.text("company.ownership", w.option("company.ownership_group", profile.ownership))
    if company.regulated_activities == ():
        b.text("company.activities", str(w.formats["none"]))
    else:
        b.put("company.activities", "company.regulated_activities", company.regulated_activities)
    sizes = w.questions["choices"]["company.size"]
    if profile.size == "out-of-scope":
        b.text("company.size-boxes", str(sizes[profile.size]))
    else:
        classes = {name: sizes[name] for name in ("large", "medium", "small", "micro")}
        b.text("company.size-boxes", w.boxes(classes, profile.size))
    kinds = w.formats["filing-kind"]
    b.text("filing.boxes", w.boxes(kinds, plan.case.answers.appointment.kind))


def _by_registration(b: _Builder, kind: str, registration: str | None) -> str:
    """The word that a form of enterprise has for something."""
    words = b.wording.formats[kind]
    return str(words.get(registration) or words["other"])


def _manager_title(b: _Builder, plan: Plan) -> str:
    """What the company calls its manager: as it does itself, or as is usual for its form."""
    words, answers = b.wording.formats["manager"], plan.case.answers
    company, a = answers.company, answers.appointment
    titles, deputies = words["titles"], words["deputy"]
    used = {f"{d}{title}": told for title, told in titles.items() for d in deputies}
    for post in (answers.candidate.current_post or "", *a.concurrent_posts):
        found = next((t for name, t in used.items() if post.startswith(name)), None)
        if found:
            return str(found)
    factory = words["factory"]
    if company.registration in factory["registrations"] and company.name.endswith(
        factory["ending"]
    ):
        return str(factory["title"])
    given = plan.case.given
    named = company.general_manager is not None or any(
        getattr(a, name) == "general-manager" and f"appointment.{name}" in given
        for name in ("reports_to", "appointer")
    )
    plain = company.registration in words["registrations"] or not named
    return str(words["plain" if plain else "usual"])


def _appointment_values(b: _Builder, plan: Plan) -> None:
    a, w = plan.case.answers.appointment, b.wording
    company = plan.case.answers.company
    b.put("post", "appointment.post_title", a.post_title)
    b.put("level", "appointment.level", a.level)
    if a.level is not None:
        level = str(w.formats["level"][a.level]).format(manager=b.values["manager"])
        b.text("level", w.answered("appointment.level", level))
    overseers = w.formats["overseer"]
    organ = plan.case.profile.organ
    b.text("overseer", overseers.get(organ.id if organ else "") or overseers["other"])
    # Nobody reports to himself: then it is whoever decided on the appointment.
    own_boss = {
        "general-manager": plan.case.profile.same_as_general_manager,
        "legal-representative": plan.case.profile.same_as_legal_representative,
    }
    if own_boss.get(a.reports_to):
        b.text("reports_to", b.values["overseer"])
    else:
        b.put("reports_to", "appointment.reports_to", a.reports_to)
        if a.reports_to == "general-manager":
            b.text("reports_to", w.answered("appointment.reports_to", b.values["manager"]))
    b.put("decision.date", "appointment.decision_date", a.decision_date)
    b.put("letter.date", "appointment.letter_date", a.letter_date)
    b.put("authorization.date", "appointment.authorization_date", a.authorization_date)
    b.put("notice.date", "appointment.letter_date", a.letter_date)
    b.put("term.start", "appointment.start", a.start)
    b.put("term.end", "appointment.end", a.end)
    b.put("term.years", "appointment.term_years", a.term_years)
    b.put("notice.number", "appointment.notice_number", a.notice_number)
    b.put("letter.number", "appointment.letter_number", a.letter_number)
    b.put("authorization.number", "appointment.authorization_number", a.authorization_number)
    numbers = [n for n in (a.letter_number, a.authorization_number) if n is not None]
    b.text("letter.numbers", w.join(list(dict.fromkeys(numbers))))
    b.put("concurrent", "appointment.concurrent_posts", a.concurrent_posts)
    b.put("addressees", "appointment.addressees", a.addressees)
    copies = w.join(a.copies_to)
    b.text("copies", str(w.formats["copies"]).format(items=copies) if copies else "")
    mode = w.formats["mode"]
    if a.full_time is None:
        b.put("mode", "appointment.full_time", None)
    elif a.full_time:
        b.text("mode", mode["full"])
    else:
        text = str(mode["concurrent"]).format(posts=b.values["concurrent"])
        b.text("mode", text, "concurrent")
    b.text("head", _by_registration(b, "head", company.registration))
    charter = _by_registration(b, "charter", company.registration)
    b.text("charter", charter.format(own=b.values["own"]))
    _signer_values(b, plan)
    _term_values(b, plan)
    b.put("party.organ", "appointment.party.organ", a.party.organ)
    b.put("party.date", "appointment.party.date", a.party.date)


def _signer_values(b: _Builder, plan: Plan) -> None:
    """Who signs the letter: the appointer, or another where that would be the officer himself."""
    profile, company = plan.case.profile, plan.case.answers.company
    appointer = plan.case.answers.appointment.appointer
    own = {
        "legal-representative": profile.same_as_legal_representative,
        "general-manager": profile.same_as_general_manager,
    }
    if own.get(appointer or ""):
        if profile.same_as_legal_representative:
            b.text("appointer", b.values["overseer"])
            b.text("appointer.name", str(b.wording.formats["sign-line"]))
            return
        appointer = "legal-representative"
    if appointer == "legal-representative":
        b.text("appointer", b.values["head"])
        b.put("appointer.name", "company.legal_representative", company.legal_representative)
        return
    b.put("appointer", "appointment.appointer", appointer)
    if appointer == "general-manager":
        b.text("appointer", b.wording.answered("appointment.appointer", b.values["manager"]))
        b.put("appointer.name", "company.general_manager", company.general_manager)
    else:
        b.text("appointer.name", str(b.wording.formats["sign-line"]))


def _term_values(b: _Builder, plan: Plan) -> None:
    """The term in words; its length is told only where the dates keep it."""
    a, forms = plan.case.answers.appointment, b.wording.formats["term"]
    values = {"start": b.values["term.start"], "end": b.values["term.end"]}
    whole = a.start is None or a.end is None or a.end == years_later(a.start, int(a.term_years))
    values["years"] = b.values["term.years"]
    b.text(
        "term", str(forms["years" if whole else "dates"]).format(**values), "term.start", "term.end"
    )
    b.text("tenure", str(forms["tenure" if whole else "tenure-open"]).format(**values))


def _meeting_values(b: _Builder, plan: Plan) -> None:
    m, w = plan.case.answers.appointment.meeting, b.wording
    organ = plan.case.profile.organ
    for name, path, value in (
        ("due", "due", m.due),
        ("present", "present", m.present),
        ("for", "votes_for", m.votes_for),
        ("against", "votes_against", m.votes_against),
        ("abstained", "votes_abstained", m.votes_abstained),
    ):
        b.put(f"meeting.{name}", f"appointment.meeting.{path}", value)
    called = w.formats["meeting-called"]
    text = str(called["named"]).format(name=m.name) if m.name else str(called["plain"])
    if m.place:
        text = str(w.formats["meeting-held-at"]).format(name=text, place=m.place)
    b.text("meeting.called", text)
    line = str(w.formats["number-line"]).format(number=m.number) if m.number else ""
    b.text("meeting.number-line", line)
    name = organ.name if organ else w.blank("appointment.organ")
    if organ and organ.id in MANAGERS:
        name = b.values["manager"]
    deed = organ.act.name.removeprefix(organ.name) if organ else str(w.formats["deed"])
    b.text("organ.name", name)
    b.text("organ.act", organ.act.name if organ else deed)
    b.text("organ.articles", w.join(organ.articles) if organ else "")
    rules = w.formats["adoption"]
    b.text("organ.adoption", rules.get(organ.act.adoption if organ else "") or rules["other"])
    forms = w.formats["decision-cite"]
    cited = str(forms["numbered" if m.number else "plain"]).format(
        own=b.values["own"], organ=name, date=b.values["decision.date"], deed=deed, number=m.number
    )
    b.text("decision.cite", cited, "decision.date")


def _standard_values(b: _Builder, plan: Plan, library: Library) -> None:
    names = {s.id: cite(s, b.wording) for s in library.standards}

    def cited(ids: Iterable[str]) -> str:
        text = b.wording.join([names[standard] for standard in dict.fromkeys(ids)])
        return b.wording.answered("plan.adopt", text) if text else ""

    for key, role in (("basis", "basis"), ("references", "reference")):
        b.text(key, cited(r.standard.id for r in plan.standards if r.role == role))
    funds = [d.clause.standard for d in plan.clauses if d.clause.topic == "fund.establish"]
    roles = {r.standard.id: r.role for r in plan.standards}
    # 依据 and 参照 are never mixed in one breath: where there is a basis, it alone is named.
    bases = [s for s in funds if roles[s] == "basis"]
    funds = bases or funds
    b.text("fund.standards", cited(funds))


def _figure_values(b: _Builder, plan: Plan) -> None:
    answers, w = plan.case.answers, b.wording
    b.put("cycle", "assessment.cycle", answers.assessment.cycle)
    b.put("assessment.year", "assessment.year", answers.assessment.year)
    b.put("assessor", "assessment.assessor", answers.assessment.assessor)
    scorers = answers.assessment.scorers
    b.put("weight.self", "assessment.scorers.self_score", scorers.self_score)
    b.put("weight.superior", "assessment.scorers.superior", scorers.superior)
    b.put("weight.board", "assessment.scorers.board", scorers.board)
    for grade in ("excellent", "good", "pass_mark"):
        b.put(f"grade.{grade}", f"assessment.{grade}", getattr(answers.assessment, grade))
    b.put("fund.year", "fund.year", answers.fund.year)
    total = fund_total(plan)
    capital = None if total is None else f"{w.formats['currency']}{w.capital(total)}"
    b.put("fund.capital", "fund.total", capital, CAPITALS)
    b.put("fund.total", "fund.total", None if total is None else w.money(total))
    limit = answers.authority.spending_limit
    b.put("limit", "authority.spending_limit", None if limit is None else w.money(limit))
    b.put(
        "limit.capital",
        "authority.spending_limit",
        None if limit is None else w.capital(limit),
        CAPITALS,
    )


def _own_values(b: _Builder, plan: Plan, library: Library) -> None:
    """What a house folder adds: the answer under its name, or the value for every company."""
    given = {item.name: item.value for item in plan.case.answers.output.extra}
    for name, value in library.own_fields.items():
        b.put(f"{OWN}.{name}", f"{OWN}.{name}", given.get(name) or value or None)
