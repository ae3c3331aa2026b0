"""What the review copy of a paper says beside each paragraph: clauses, modality, answers, why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import reduce
from typing import Any, NamedTuple

from pydantic import BaseModel

from cqo_docs.answers.questions import questions
from cqo_docs.facts.case import FACT_TYPES
from cqo_docs.facts.conditions import ALWAYS, Condition, Outcome, evaluate
from cqo_docs.library.records import Clause, Library, Part
from cqo_docs.papers.composer import HEADINGS, Block, Document, source_text, used_variants
from cqo_docs.papers.tables import verdict_sentences
from cqo_docs.papers.view import make_view, standard_names
from cqo_docs.plan.model import Plan, PlannedBlock, Reconciled
from cqo_docs.questions.asking import read_sheet
from cqo_docs.wording.placeholders import fill, placeholders
from cqo_docs.wording.sentences import Wording

PENDING = frozenset({"fail", "unknown"})
PACK = "pack."


class Line(NamedTuple):
    """One line of a remark: what it is about, and what it says."""

    label: str
    text: str


class Review(NamedTuple):
    """The remarks on one paper: on the whole, and on each paragraph that has a reason to tell."""

    path: str
    author: str
    initials: str
    day: date
    whole: tuple[Line, ...]
    blocks: Mapping[str, tuple[Line, ...]]


def make_review(
    papers: Sequence[Document], plan: Plan, library: Library, wording: Wording
) -> Review:
    """The remarks of the review copy of a file, which may hold several papers.

    `path` is where it belongs in a pack, without its suffix.
    """
    words, first = wording.review, papers[0]
    return Review(
        path=str(words["path"]).format(name=f"{first.number:02d}-{first.file}"),
        author=str(words["author"]),
        initials=str(words["initials"]),
        day=plan.as_of,
        whole=tuple(_on_the_whole(first, plan, library, wording)),
        blocks={
            block: lines
            for paper in papers
            for block, lines in _Reviewer(paper, plan, library, wording).remarks().items()
        },
    )


def _on_the_whole(
    document: Document, plan: Plan, library: Library, wording: Wording
) -> Iterator[Line]:
    words, names = wording.review, standard_names(library, wording)
    labels = words["labels"]
    reason = next(p.reason for p in plan.papers if p.paper.id == document.id)
    day = wording.date(plan.as_of)
    yield Line(labels["whole"], words["whole"].format(day=day, reason=wording.reason(reason)))
    roles = [
        form.format(names=wording.join(have))
        for role, form in words["roles"].items()
        if (have := [names[r.standard.id] for r in plan.standards if r.role == role])
    ]
    if roles:
        yield Line(labels["clauses"], wording.formats["clause-mark"].join(roles))
    if plan.barred or plan.verdict in PENDING:
        for sentence in verdict_sentences(plan, library, wording):
            yield Line(labels["verdict"], sentence)


class _Reviewer:
    """Tells of one paper's paragraphs what the plan knows of them."""

    def __init__(self, document: Document, plan: Plan, library: Library, wording: Wording) -> None:
        self.document, self.paper = document, library.paper(document.id)
        self.plan, self.library, self.wording = plan, library, wording
        self.words = wording.review
        self.names = standard_names(library, wording)
        self.view = make_view(plan, library, wording)
        self.firm = self.view["own"]
        self.roles = {r.standard.id: r.role for r in plan.standards}
        self.decisions = {d.clause.key: d for d in plan.clauses}
        self.assumed = {a.field: a for a in plan.assumptions}
        self.follows = read_sheet().follows
        self.questions = {q.path: q for q in questions()}
        self.planned = {b.id: b for p in plan.papers if p.paper.id == document.id for b in p.blocks}
        self.conditions = dict(self._all_conditions())

    def _all_conditions(self) -> Iterator[tuple[str, tuple[Condition, ...]]]:
        """The conditions on each part; those of a section are told at its heading, if printed."""
        printed = {b.part for b in self.planned.values()}

        def walk(
            parts: Sequence[Part], above: tuple[Condition, ...]
        ) -> Iterator[tuple[str, tuple[Condition, ...]]]:
            for part in parts:
                own = above if part.when is ALWAYS else (*above, part.when)
                yield part.id, own
                yield from walk(part.parts, () if part.id in printed else own)

        for parts in self.paper.flows.values():
            yield from walk(parts, ())

    def remarks(self) -> dict[str, tuple[Line, ...]]:
        """The lines on each paragraph that has any."""
        found = {}
        for block in self.document.blocks:
            # The lines of one function are numbered behind the id of their part.
            origin = self.planned.get(block.id) or self.planned[block.id.rpartition("/")[0]]
            lines = [self._line(name, text) for name, text in self._lines(block, origin)]
            if lines:
                found[block.id] = tuple(lines)
        return found

    def _line(self, name: str, text: str) -> Line:
        return Line(self.words["labels"][name], text)

    def _lines(self, block: Block, planned: PlannedBlock) -> Iterator[tuple[str, str]]:
        conditions = self._conditions(planned)
        answers = list(self._answers(block, planned, conditions))
        why = list(self._why(block, planned, conditions))
        if is_normative(block):
            for clause in planned.clauses:
                yield "clauses", self._clause(clause)
            if not planned.clauses:
                yield "clauses", self.words["no-clause"]
            yield "modality", self._modality(block, planned)
        elif not (answers or why):
            return
        if block.style not in HEADINGS:
            yield "origin", self._origin(block, planned)
        if answers:
            yield "answers", self._joined(answers)
        if why:
            yield "why", self._joined(why)
        for message in self._findings(planned):
            yield "findings", message

    def _joined(self, texts: Sequence[str]) -> str:
        mark = str(self.wording.formats["clause-mark"])
        closed = [t.rstrip(self.wording.formats["sentence-mark"]) for t in dict.fromkeys(texts)]
        return f"{mark.join(closed)}{self.wording.formats['sentence-mark']}"

    # Clauses and modality

    def _cited(self, clause: Clause) -> str:
        """The clause as it may be cited; where it has no number, its place in brackets."""
        cited = self.library.cited[clause.key]
        return cited if clause.cited else cited + self.words["locator"].format(ref=clause.ref)

    def _clause(self, clause: Clause) -> str:
        return str(self.words["clause"]).format(
            role=self.wording.formats["role"][self.roles[clause.standard]],
            cited=self._cited(clause),
            modality=self.wording.formats["modality"][clause.modality],
            summary=clause.summary,
        )

    def _modality(self, block: Block, planned: PlannedBlock) -> str:
        forms, names = self.words["modality"], self.wording.formats["modality"]
        if planned.lead is None:
            used = dict.fromkeys(names[c.modality] for c in planned.clauses)
            form = forms["fixed" if used else "law" if block.origin == "law" else "none"]
            return str(form).format(modalities=self.wording.join(list(used)), firm=self.firm)
        if _hardened(block, planned):
            own = names[planned.lead.modality]
            return str(forms["hardened"]).format(
                modality=names[block.modality], own=own, firm=self.firm
            )
        form = forms["statement" if block.modality == "statement" else "kept"]
        return str(form).format(modality=names[block.modality])

    def _origin(self, block: Block, planned: PlannedBlock) -> str:
        if planned.clauses and block.origin == "paper":
            roles = {self.roles[c.standard] for c in planned.clauses}
            return self.wording.join([n for r, n in self.wording.formats["role"].items()
                                      if r in roles])  # fmt: skip
        return fill(str(self.wording.formats["paragraph-origin"][block.origin]), self.view)

    # Answers

    def _conditions(self, planned: PlannedBlock) -> dict[str, tuple[Outcome, ...]]:
        """The tests that put a paragraph in the paper, and those that chose its words."""
        facts = self.plan.facts
        chosen = used_variants(planned, self.plan, self.library, self.wording)
        found = {
            "part": self.conditions[planned.part],
            "variant": [self.paper.variants[name] for name in chosen],
        }
        return {
            manner: tuple(t for c in conditions for t in _deciding(c, facts))
            for manner, conditions in found.items()
        }

    def _applies(self, clause: Clause) -> tuple[Outcome, ...]:
        return _deciding(clause.applies, self.plan.facts)

    def _answers(
        self, block: Block, planned: PlannedBlock, conditions: Mapping[str, tuple[Outcome, ...]]
    ) -> list[str]:
        """Each answer that a paragraph prints or rests on, with its name."""
        text = source_text(planned, self.plan, self.library, self.wording)
        printed = [*placeholders(text), *filter(None, [self.paper.parts[planned.part].lines])]
        tests = [t for tests in conditions.values() for t in tests]
        tests += [t for clause in planned.clauses for t in self._applies(clause)]
        names = [str(getattr(test.condition, "fact", "")) for test in tests]
        names += [r.parameter.answer for r in self._settled(planned)]
        if _hardened_by(planned):
            names.append("plan.recommendations")
        found = [source for name in printed for source in self._behind(name, block.text)]
        return [self._answer(name) for name in dict.fromkeys([*found, *self._basics(names)])]

    def _behind(self, name: str, text: str) -> list[str]:
        """The answers behind a printed value: those that are seen in it, or else all."""
        sources = self._basics([name])
        if len(sources) == 1:
            return sources
        seen = [s for s in sources if s in self.questions and self._seen(s, text)]
        return seen or [s for s in sources if self._known(s) is not None] or sources

    def _seen(self, path: str, text: str) -> bool:
        known = self._known(path)
        if known is None:
            return self.wording.blank(path) in text
        return isinstance(known, bool) or self._value(path) in text

    def _basics(self, names: Iterable[str]) -> list[str]:
        """The questions and facts behind names of any kind, each once."""
        found: dict[str, None] = {}
        waiting, seen = list(reversed(list(names))), set[str]()
        while waiting:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            if name in self.questions or name in FACT_TYPES or name.startswith(PACK):
                found[name] = None
            else:
                waiting += reversed(self.follows.get(name, ()))
        return list(found)

    def _answer(self, name: str) -> str:
        """One answer with its name; what follows from others names them."""
        forms, w = self.words["answers"], self.wording
        text = self._value(name)
        if name in self.assumed:
            text += forms["assumed"]
        sources = [s for s in self.follows.get(name, ()) if self._known(s) not in (None, ())]
        if sources and name not in self.questions:
            behind = [f"{w.label(s)}“{self._value(s)}”" for s in sources]
            text += forms["follows"].format(names=w.join(behind))
        return str(forms["item"]).format(label=w.label(name), value=text)

    def _known(self, name: str) -> Any:
        if name in self.questions:
            return reduce(_member, name.split("."), self.plan.case.answers)
        return self.plan.facts.get(name)

    def _value(self, name: str) -> str:
        if name in self.assumed:
            return self.wording.assumed_value(self.assumed[name])
        value = self._known(name)
        if value == () and name not in self.plan.case.given:
            value = None
        if isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
            return str(self.words["answers"]["count"]).format(count=len(value))
        return self.wording.value(name, value)

    # Reasons

    def _settled(self, planned: PlannedBlock) -> list[Reconciled]:
        wanted = {self.library.topics[c.topic].parameter for c in planned.clauses}
        return [r for r in self.plan.reconciled if r.parameter.id in wanted]

    def _why(
        self, block: Block, planned: PlannedBlock, conditions: Mapping[str, tuple[Outcome, ...]]
    ) -> Iterator[str]:
        forms, w = self.words["why"], self.wording
        if code := self._ground(block, planned):
            yield str(forms[code]).format(
                topic=w.topics[planned.topic]["name"] if planned.topic else "",
                count=len(planned.clauses),
                lead=self._cited(planned.lead) if planned.lead else "",
                firm=self.firm,
            )
        for manner, outcomes in conditions.items():
            if tests := w.outcomes(outcomes):
                yield str(forms[manner]).format(tests=tests)
        for clause in planned.clauses:
            cited, decision = self._cited(clause), self.decisions[clause.key]
            if tests := w.outcomes(self._applies(clause)):
                yield str(forms["applies"]).format(cited=cited, tests=tests)
            if decision.status != "covered":
                status, reason = w.formats["status"][decision.status], w.reason(decision.reason)
                yield str(forms["status"]).format(cited=cited, status=status, reason=reason)
        for settled in self._settled(planned):
            if settled.winner is not None and not settled.conflict:
                yield self._settlement(settled)

    def _settlement(self, settled: Reconciled) -> str:
        """How a figure on which the standards agree, or whose values are united, came about."""
        parts = [c.clause for c in (settled.winner, *settled.losers) if c is not None]
        return str(self.words["why"]["settled"]).format(
            name=self.wording.formats["parameter"][settled.parameter.id]["name"],
            value=self.wording.parameter_value(settled.parameter.id, settled.value),
            clauses=self.wording.join(list(dict.fromkeys(map(self._cited, parts)))),
        )

    def _ground(self, block: Block, planned: PlannedBlock) -> str:
        """Why a paragraph stands at all; empty for mere layout."""
        if block.origin == "law":
            return "law"
        if planned.topic:
            if self.library.topics[planned.topic].each_standard:
                return "each"
            return "one" if len(planned.clauses) == 1 else "several"
        if block.origin == "enterprise":
            return "enterprise-beside" if planned.clauses else "enterprise"
        if planned.clauses:
            return "fixed"
        return "uncovered" if self.paper.parts[planned.part].covers else ""

    def _findings(self, planned: PlannedBlock) -> Iterator[str]:
        """What the plan found about the clauses of a paragraph: conflicts, departures, gaps."""
        own = {c.key for c in planned.clauses}
        for finding in self.plan.findings:
            if finding.code == "conflict.modality" and finding.values["topic"] != planned.topic:
                continue
            if own.intersection(c.key for c in finding.clauses):
                message, remedy = self.wording.finding(finding, self.names)
                yield f"{message}{remedy}"


def is_normative(block: Block) -> bool:
    """Whether a paragraph rests on clauses, on law, or on a rule of the enterprise's own."""
    return bool(block.clauses) or (block.origin != "paper" and block.style not in HEADINGS)


def _deciding(condition: Condition, facts: Mapping[str, Any]) -> tuple[Outcome, ...]:
    """The answers that made a condition hold, each as it is: what was refused tells nothing."""
    found = evaluate(condition, facts).deciding() if condition is not ALWAYS else ()
    return tuple(leaf._replace(verdict=None if leaf.have is None else True) for leaf in found)


def _member(group: Any, name: str) -> Any:
    return getattr(group, name) if group is not None else None


def _hardened_by(planned: PlannedBlock) -> bool:
    return planned.lead is not None and planned.modality != planned.lead.modality


def _hardened(block: Block, planned: PlannedBlock) -> bool:
    """Whether a recommendation was made the enterprise's own rule, and its words say so."""
    return _hardened_by(planned) and block.origin != planned.origin
