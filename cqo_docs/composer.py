"""Plan, answers and wording in, documents with final text out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from cqo_docs.conditions import holds
from cqo_docs.library import Library, Paper
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
NO_STYLE = dict.fromkeys(STYLES, "")
# The counters that start again below each of these.
RESETS = {
    "heading1": ("heading2", "item"),
    "heading2": ("item",),
    "caption": ("item",),
    "body": ("item",),
    "article": ("clause-item",),
    "chapter": ("clause-item",),
}
ITEMS = ("item", "clause-item")
CLOSING_MARKS = ("。", "！", "？", "：", "；", ".", "!", "?", ":", ";")
# The announcing notice is a paper of its own behind the deciding act.
ALONE = frozenset({"notice"})
# A sheet of these is composed last: it tells of the other papers.
REPORTS = ("confirm", "matrix")


class Block(NamedTuple):
    """One paragraph with its final text, its topic and the clauses it rests on."""

    id: str
    flow: str
    style: str
    text: str
    topic: str = ""
    clauses: tuple[str, ...] = ()
    modality: str = ""
    origin: str = "paper"


class Document(NamedTuple):
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
    paragraphs: list[Paragraph] = []
    blanks: dict[str, list[str]] = {}
    papers = sorted(plan.papers, key=lambda p: p.paper.id in REPORTS)
    for planned in papers:
        own = view.fresh()
        source = Source(
            plan,
            library,
            wording,
            own,
            {path: tuple(titles) for path, titles in sorted(blanks.items())},
            tuple(paragraphs),
            {d.id: d.title for d in documents},
        )
        document = _document(planned, source, plan)
        documents.append(document)
        paragraphs += _paragraphs(document, wording)
        if planned.paper.id not in REPORTS:
            for path in own.wanted:
                blanks.setdefault(path, []).append(document.title)
    return tuple(sorted(documents, key=lambda d: d.number))


def _paragraphs(document: Document, wording: Wording) -> Iterator[Paragraph]:
    form, origins = str(wording.formats["place"]), wording.formats["paragraph-origin"]
    # So many characters of a paragraph help to find it in the file.
    words = int(wording.formats["place-words"])
    for n, block in enumerate(document.blocks, 1):
        place = form.format(n=n, head=block.text[:words])
        yield Paragraph(
            document.title,
            block.id,
            place,
            block.text,
            block.topic,
            block.clauses,
            str(origins[block.origin]),
        )


def _document(planned: PlannedPaper, source: Source, plan: Plan) -> Document:
    paper, wording = planned.paper, source.wording
    words = wording.papers[paper.id]
    variants = [n for n, when in paper.variants.items() if holds(when, plan.case.facts)]
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
    flows: dict[str, list[dict[str, str]]] = {flow: [] for flow in paper.flows}
    for block in blocks:
        filled = {TEMPLATE_STYLES.get(block.style, block.style): block.text}
        flows[block.flow].append(NO_STYLE | filled)
    return flows


def _blocks(
    planned: PlannedPaper, source: Source, texts: Mapping[str, str], variants: Sequence[str]
) -> Iterator[Block]:
    parts = planned.paper.parts
    bodies: list[tuple[PlannedBlock, str, str]] = []
    for block in planned.blocks:
        lines = parts[block.part].lines
        if lines:
            bodies += [(block, f"{block.id}/{n}", t) for n, t in enumerate(LINES[lines](source), 1)]
        else:
            bodies.append((block, block.id, _text(block, source, texts, variants)))
    numbers = _numbers([block for block, _, _ in bodies], source.wording)
    for (block, name, body), number in zip(bodies, numbers, strict=True):
        hardened = _hardened(block, source.wording)
        yield Block(
            name,
            block.flow,
            block.style,
            f"{number}{body}",
            block.topic,
            tuple([c.key for c in block.clauses]),
            block.modality if hardened or not block.lead else block.lead.modality,
            "enterprise" if hardened else block.origin,
        )


def _numbers(blocks: Sequence[PlannedBlock], wording: Wording) -> list[str]:
    """The number before each paragraph; an item that stands alone has none."""
    counters: dict[str, int] = {}
    runs: dict[str, list[str]] = {}
    places: list[tuple[str, int, list[str]]] = []
    flow = ""
    for block in blocks:
        style = block.style
        if block.flow != flow:
            flow = block.flow
            # Headings count on through a paper; a flow that stands alone begins anew.
            counters = {} if flow in ALONE else {"heading1": counters.get("heading1", 0)}
            runs = {}
        for below in RESETS.get(style, ()):
            counters[below] = 0
            runs[below] = []
        counters[style] = count = counters.get(style, 0) + 1
        run = runs.setdefault(style, [])
        run.append(style)
        places.append((style, count, run))
    return [
        wording.numbering(style, count) if style not in ITEMS or len(run) > 1 else ""
        for style, count, run in places
    ]


def _text(
    block: PlannedBlock, source: Source, texts: Mapping[str, str], variants: Sequence[str]
) -> str:
    if not block.topic:
        return fill(_variant(texts, block.part, variants), source.view)
    unsettled = _left_open(block, source)
    if unsettled:
        return unsettled
    wording = source.wording
    text = wording.clause_text(block.topic, block.lead)
    filled = _tidy(fill(text, source.view, modal=wording.modal(block.modality)), wording)
    if source.library.topics[block.topic].each_standard and block.lead:
        filled = _attributed(filled, block.lead.standard, source)
    return filled + str(wording.formats["own-rule"]) if _hardened(block, wording) else filled


def _attributed(text: str, standard_id: str, source: Source) -> str:
    """The text with its standard named before the closing mark: each speaks for itself."""
    standard = source.library.standard(standard_id)
    role = next(r.role for r in source.plan.standards if r.standard is standard)
    words = source.wording.formats
    name = standard.number or cite(standard, source.wording, "standard-name")
    note = str(words["attributed"]).format(role=words["role"][role], name=name)
    return f"{text[:-1]}{note}{text[-1]}"


def _left_open(block: PlannedBlock, source: Source) -> str:
    """The choice to be made where the enterprise wants to settle a difference itself."""
    parameter = source.library.topics[block.topic].parameter
    if not parameter:
        return ""
    for settled in source.plan.reconciled:
        ordered = settled.parameter.rule in {"highest", "lowest", "narrowest"}
        if settled.parameter.id == parameter and ordered and settled.winner is None:
            words = source.wording.settled(settled, source.names)
            return str(source.wording.formats["open-choice"]).format(**words)
    return ""


def _hardened(block: PlannedBlock, wording: Wording) -> bool:
    """Whether a recommendation stands as the enterprise's own rule: its modal word was changed."""
    if block.lead is None or block.modality == block.lead.modality:
        return False
    return "modal" in placeholders(wording.clause_text(block.topic, block.lead))


def _tidy(text: str, wording: Wording) -> str:
    """The text with its closing mark; a sentence never lacks one."""
    closed = text.removesuffix("\n").endswith(CLOSING_MARKS)
    return text if closed else text + str(wording.formats["sentence-mark"])


__all__ = ["Block", "Document", "compose"]
