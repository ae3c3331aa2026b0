"""Plan, answers and wording in, documents with final text out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cqo_docs.conditions import evaluate
from cqo_docs.library import Library, Paper, all_parts
from cqo_docs.planner import Plan, PlannedBlock, PlannedPaper
from cqo_docs.tables import LINES, ROWS, SHEETS, Paragraph, Source
from cqo_docs.view import View, cite, make_view
from cqo_docs.wording import Wording, fill, placeholders

# Styles that papers name, and the style of the template that shows them.
TEMPLATE_STYLES = {
    "chapter": "center",
    "article": "body",
    "clause-item": "item",
    "caption": "heading1",
}
STYLES = ("heading1", "heading2", "body", "item", "plain", "note", "center")
# A counter starts again below each of these.
RESET_BY = {
    "heading2": ("heading1",),
    "item": ("heading1", "heading2", "caption", "body"),
    "clause-item": ("article", "chapter"),
}
# How many characters of a paragraph help to find it in the file.
PLACE_WORDS = 10
ITEMS = ("item", "clause-item")
# The announcing notice is a paper of its own behind the deciding act.
ALONE = frozenset({"notice"})
# A sheet of these is composed last: it tells of the other papers.
REPORTS = ("confirm", "matrix")


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph with its final text, its topic and the clauses it rests on."""

    id: str
    flow: str
    style: str
    text: str
    topic: str = ""
    clauses: tuple[str, ...] = ()
    modality: str = ""
    origin: str = "paper"


@dataclass(frozen=True, slots=True)
class Document:
    """One paper with everything its files need; `contexts` has one entry a file format."""

    id: str
    number: int
    title: str
    file: str
    template: str
    blocks: tuple[Block, ...]
    contexts: Mapping[str, Mapping[str, Any]]


def compose(plan: Plan, library: Library, wording: Wording) -> tuple[Document, ...]:
    """The documents of a pack in the order of their numbers."""
    view = make_view(plan, library, wording)
    documents: list[Document] = []
    blanks: dict[str, list[str]] = {}
    papers = sorted(plan.papers, key=lambda p: p.paper.id in REPORTS)
    for planned in papers:
        own = view.fresh()
        source = Source(
            plan,
            library,
            wording,
            own,
            {path: tuple(names) for path, names in sorted(blanks.items())},
            tuple(_paragraphs(documents, wording)),
            {d.id: d.title for d in documents},
        )
        documents.append(_document(planned, source, plan))
        if planned.paper.id not in REPORTS:
            for path in own.wanted:
                blanks.setdefault(path, []).append(documents[-1].title)
    return tuple(sorted(documents, key=lambda d: d.number))


def _paragraphs(documents: Sequence[Document], wording: Wording) -> Iterator[Paragraph]:
    form = str(wording.formats["place"])
    for document in documents:
        for n, block in enumerate(document.blocks, 1):
            place = form.format(n=n, head=block.text[:PLACE_WORDS])
            origin = str(wording.formats["paragraph-origin"][block.origin])
            yield Paragraph(
                document.title, block.id, place, block.text, block.topic, block.clauses, origin
            )


def _document(planned: PlannedPaper, source: Source, plan: Plan) -> Document:
    paper, wording = planned.paper, source.wording
    words = wording.papers[paper.id]
    variants = [n for n, when in paper.variants.items() if evaluate(when, plan.case.facts).verdict]
    title = fill(_variant(words, "title", variants), source.view)
    blocks = tuple(_blocks(planned, source, words["parts"], variants))
    contexts: dict[str, Mapping[str, Any]] = {}
    if "docx" in paper.formats:
        contexts["docx"] = {
            "as_of": plan.as_of,
            "title": title,
            "company_name": source.view["company.name"],
            "labels": words.get("labels") or {},
            **_fields(paper, words, variants, source.view),
            **_rows(paper, words, variants, source),
            **_flows(paper, blocks),
        }
    if "xlsx" in paper.formats:
        contexts["xlsx"] = {"as_of": plan.as_of, **SHEETS[paper.id](source)}
    return Document(
        id=paper.id,
        number=paper.number,
        title=title,
        file=_variant(words, "file", variants),
        template=paper.template,
        blocks=blocks,
        contexts=contexts,
    )


def _variant(words: Mapping[str, Any], name: str, variants: Sequence[str]) -> Any:
    """The words under a name: those of the first variant that has them, else the plain ones."""
    for variant in variants:
        if f"{name}@{variant}" in words:
            return words[f"{name}@{variant}"]
    return words[name]


def _fields(
    paper: Paper, words: Mapping[str, Any], variants: Sequence[str], view: View
) -> dict[str, str]:
    return {name: fill(_variant(words["fields"], name, variants), view) for name in paper.fields}


def _rows(
    paper: Paper, words: Mapping[str, Any], variants: Sequence[str], source: Source
) -> dict[str, list[dict[str, Any]]]:
    """Every table of a paper: computed by a named function, or written out in the wording."""
    result = {}
    for name, spec in paper.rows.items():
        if isinstance(spec, str):
            result[name] = [dict(row) for row in ROWS[spec](source)]
        else:
            texts = _variant(words["rows"], name, variants)
            result[name] = [
                {key: fill(text, source.view) for key, text in zip(spec, row, strict=True)}
                for row in texts
            ]
    return result


def _flows(paper: Paper, blocks: Sequence[Block]) -> dict[str, list[dict[str, str]]]:
    """The paragraphs of each flow as the template wants them: one key a style, one filled."""
    empty = dict.fromkeys(STYLES, "")
    return {
        flow: [
            {**empty, TEMPLATE_STYLES.get(b.style, b.style): b.text}
            for b in blocks
            if b.flow == flow
        ]
        for flow in paper.flows
    }


def _blocks(
    planned: PlannedPaper, source: Source, texts: Mapping[str, str], variants: Sequence[str]
) -> Iterator[Block]:
    parts = {part.id: part for part in all_parts(planned.paper)}
    bodies: list[tuple[PlannedBlock, str, str]] = []
    for block in planned.blocks:
        lines = parts[block.part].lines
        if lines:
            bodies += [(block, f"{block.id}/{n}", t) for n, t in enumerate(LINES[lines](source), 1)]
        else:
            bodies.append((block, block.id, _text(block, source, texts, variants)))
    numbers = _numbers([block for block, _, _ in bodies], source.wording)
    for (block, name, body), number in zip(bodies, numbers, strict=True):
        hardened = block.lead is not None and _hardened(
            block, source.wording.clause_text(block.topic, block.lead)
        )
        yield Block(
            id=name,
            flow=block.flow,
            style=block.style,
            text=f"{number}{body}",
            topic=block.topic,
            clauses=tuple(c.key for c in block.clauses),
            modality=block.modality if hardened or not block.lead else block.lead.modality,
            origin="enterprise" if hardened else block.origin,
        )


def _numbers(blocks: Sequence[PlannedBlock], wording: Wording) -> list[str]:
    """The number before each paragraph; an item that stands alone has none."""
    counters: dict[str, int] = {}
    runs: dict[str, list[int]] = {style: [] for style in RESET_BY}
    places: list[tuple[str, int, list[int]]] = []
    flow = ""
    for i, block in enumerate(blocks):
        if block.flow != flow:
            flow = block.flow
            # Headings count on through a paper; a flow that stands alone begins anew.
            counters = {} if flow in ALONE else {"heading1": counters.get("heading1", 0)}
            runs = {style: [] for style in RESET_BY}
        for style, above in RESET_BY.items():
            if block.style in above:
                counters[style] = 0
                runs[style] = []
        counters[block.style] = counters.get(block.style, 0) + 1
        run = runs.get(block.style, [])
        run.append(i)
        places.append((block.style, counters[block.style], run))
    return [
        "" if style in ITEMS and len(run) == 1 else _number(style, count, wording)
        for style, count, run in places
    ]


def _number(style: str, count: int, wording: Wording) -> str:
    form = str(wording.formats["numbers"].get(style) or "")
    if not form:
        return ""
    return form.format(n=count, zh=wording.numeral(count) if "{zh}" in form else "")


def _text(
    block: PlannedBlock, source: Source, texts: Mapping[str, str], variants: Sequence[str]
) -> str:
    if not block.topic:
        return fill(_variant(texts, block.part, variants), source.view)
    unsettled = _left_open(block, source)
    if unsettled:
        return unsettled
    modal = source.wording.modal(block.modality)
    text = source.wording.clause_text(block.topic, block.lead)
    filled = _tidy(fill(text, source.view.with_values(modal=modal)), source.wording)
    if source.library.topics[block.topic].each_standard and block.lead:
        filled = _attributed(filled, block.lead.standard, source)
    return filled + str(source.wording.formats["own-rule"]) if _hardened(block, text) else filled


def _attributed(text: str, standard_id: str, source: Source) -> str:
    """The text with its standard named before the closing mark: each speaks for itself."""
    standard = source.library.standard(standard_id)
    role = next(r.role for r in source.plan.standards if r.standard is standard)
    words = source.wording.formats
    name = standard.number or cite(standard, source.wording)
    note = str(words["attributed"]).format(role=words["role"][role], name=name)
    return f"{text[:-1]}{note}{text[-1]}"


def _left_open(block: PlannedBlock, source: Source) -> str:
    """The choice to be made where the enterprise wants to settle a difference itself."""
    parameter = source.library.topics[block.topic].parameter
    for settled in source.plan.reconciled:
        ordered = settled.parameter.rule in {"highest", "lowest", "narrowest"}
        if settled.parameter.id == parameter and ordered and settled.winner is None:
            words = source.wording.settled(settled, source.names)
            return str(source.wording.formats["open-choice"]).format(**words)
    return ""


def _hardened(block: PlannedBlock, text: str) -> bool:
    """Whether a recommendation stands as the enterprise's own rule: its modal word was changed."""
    changed = block.lead is not None and block.modality != block.lead.modality
    return changed and "modal" in placeholders(text)


def _tidy(text: str, wording: Wording) -> str:
    """The text with its closing mark; a sentence never lacks one."""
    mark = str(wording.formats["sentence-mark"])
    return text if re.search(r"[。！？：；]$", text) else text + mark


__all__ = ["Block", "Document", "compose"]
