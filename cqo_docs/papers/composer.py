"""Plan, answers and wording in, documents with final text out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import count, groupby
from typing import Any, NamedTuple

from cqo_docs.base.memo import Memo, SameMemo
from cqo_docs.library.records import Library, Paper
from cqo_docs.papers.block import NO_CELLS, NO_STYLE, STYLES, TEMPLATE_STYLES, Block
from cqo_docs.papers.tables import CELLS, DATA, LINES, ROWS, Row, Source, paragraph_rows
from cqo_docs.papers.view import View, cite, make_view
from cqo_docs.plan.model import Plan, PlannedBlock, PlannedPaper, Shared
from cqo_docs.wording.placeholders import fill, placeholders
from cqo_docs.wording.sentences import COMPOSED, Wording

# The counters that start again below each of these.
RESETS = {
    "heading1": ("heading2", "item"),
    "heading2": ("item",),
    "caption": ("item",),
    "body": ("item",),
    "article": ("clause-item",),
    "chapter": ("clause-item",),
}
# How often more characters are tried where a few do not tell it from others.
PLACE_STEPS = 12
# Values that many companies share: words for the form of enterprise, posts, organs, industries.
COMMON = frozenset({
    "own", "post", "reports_to", "head", "manager", "charter", "level", "cycle", "appointer",
    "overseer", "basis", "references", "fund.standards", "other.posts", "organ.name", "organ.act",
    "organ.articles", "organ.adoption", "industry.name", "industry.product", "industry.process",
    "industry.stages",
})  # fmt: skip
KEYS = count()
# What has numbers below it, and which of these begin anew with it.
ABOVE = {
    "caption": ("heading1", "heading2", "chapter", "article"),
    "chapter": ("caption", "heading1", "heading2", "article"),
    "heading1": ("caption", "chapter", "heading2", "article"),
    "heading2": (),
    "article": (),
}
ALL_ABOVE = tuple(ABOVE)
# Whose numbers lead to a paragraph; to any other all do. Articles count through a whole paper.
OVER = {
    "caption": (),
    "chapter": (),
    "article": (),
    "heading1": (),
    "heading2": ("heading1", "caption"),
    "clause-item": ("article",),
}
ITEMS = ("item", "clause-item")
HEADINGS = frozenset({"heading1", "heading2", "chapter", "caption", "center"})
CLOSING_MARKS = ("。", "！", "？", "：", "；", ".", "!", "?", ":", ";")
# The announcing notice is a paper of its own behind the deciding act.
ALONE = frozenset({"notice"})


class Document(NamedTuple):
    """One paper with everything its files need; `contexts` has one entry a file format."""

    id: str
    number: int
    title: str
    file: str
    template: str
    blocks: tuple[Block, ...]
    contexts: Mapping[str, Mapping[str, Any]]
    report: bool = False


def compose(plan: Plan, library: Library, wording: Wording) -> tuple[Document, ...]:
    """The documents of a pack in the order of their numbers.

    Papers that share a file have the same title, file, template and context.
    """
    view = make_view(plan, library, wording)
    documents: list[Document] = []
    paragraphs: dict[str, Row] = {}
    blanks: dict[str, list[str]] = {}
    titled = {p.paper.id: _title(_held(p, plan)[-1], wording, view) for p in plan.papers}
    # A report is composed last: it tells of the other papers.
    papers = sorted(plan.papers, key=lambda p: p.paper.report)
    for planned in papers:
        own = view.fresh()
        source = Source(
            plan,
            library,
            wording,
            own,
            {path: tuple(titles) for path, titles in sorted(blanks.items())},
            paragraphs,
            titled,
        )
        document = _document(planned, source, plan)
        together = planned.shared.papers if planned.shared else ()
        earlier = [d for d in documents if d.id in together]
        blocks, where = document.blocks, _places_in(document, wording, earlier)
        paragraphs |= paragraph_rows(document.title, blocks, where, source)
        documents.append(document)
        if not planned.paper.report:
            for path in own.wanted:
                titles = blanks.setdefault(path, [])
                if document.title not in titles:
                    titles.append(document.title)
    shared = {p.shared for p in plan.papers if p.shared}
    return tuple(sorted(_sharing(documents, shared), key=lambda d: d.number))


def _sharing(documents: Sequence[Document], shared: Collection[Shared]) -> Iterator[Document]:
    """The documents; those of one file with the context of all, each under its own name."""
    for document in documents:
        held = next((s.papers for s in shared if document.id in s.papers), ())
        if not held:
            yield document
            continue
        own = {d.id: d.contexts["docx"] for d in documents if d.id in held}
        # Texts that both have are the same in both; what one alone has stands under its name too.
        common = {k: v for k, v in own[held[-1]].items() if k == "as_of" or isinstance(v, str)}
        yield document._replace(contexts={"docx": {**common, **own}})


def _places_in(document: Document, wording: Wording, earlier: Sequence[Document]) -> list[str]:
    """Where its paragraphs are found; `earlier` papers stand in the same file."""
    own = {block.flow for block in document.blocks}
    context = document.contexts.get("docx", {})
    others = texts_in([value for name, value in context.items() if name not in own])
    others += [line for text in others if "\n" in text for line in text.split("\n")[1:]]
    others += [block.text for one in earlier for block in one.blocks]
    return places(document.blocks, wording, others)


def places(blocks: Sequence[Block], wording: Wording, others: Sequence[str] = ()) -> list[str]:
    """Where a reader finds each paragraph of a paper: by the printed numbers, and its first words.

    No two paragraphs have the same place, nor does one begin as one of the other texts does.
    """
    numbers: list[str] = []

    def told(wanted: Iterable[int], length: int) -> list[str]:
        if not numbers:
            marks = [(b.flow, b.style, b.number, b.text) for b in blocks]
            numbers.extend(_printed_numbers(marks, wording))
        texts = [blocks[n].text.removeprefix(blocks[n].number) for n in wanted]
        return [
            _place(numbers[n], text, length, wording) for n, text in zip(wanted, texts, strict=True)
        ]

    # So many characters of a paragraph help to find it in the file.
    step = length = int(wording.formats["place"]["words"])
    found = [block.place for block in blocks]
    if "" in found:
        found = told(range(len(blocks)), length)
    plain = {n: _line(block.text) for n, block in enumerate(blocks) if not block.number}
    # Papers have hundreds of other texts: only those that begin alike are looked at.
    alike: dict[str, list[str]] = {text[:2]: [] for text in plain.values()}
    for other in others if alike else ():
        if other[:2] in alike:
            alike[other[:2]].append(other)

    def begins_another(head: str) -> bool:
        near = alike[head[:2]] if len(head) > 1 else others
        return any(other.startswith(head) for other in near)

    def unclear(length: int, asked: Iterable[int]) -> set[int]:
        vague = {n for n in asked if n in plain and begins_another(plain[n][:length])}
        if len(set(found)) < len(found):
            times = Counter(found)
            vague.update([n for n, place in enumerate(found) if times[place] > 1])
        return vague

    vague = set(range(len(blocks)))
    # More characters never make a paragraph begin as another text does.
    while (vague := unclear(length, vague)) and length < step * PLACE_STEPS:
        length += step
        for n, place in zip(vague, told(vague, length), strict=True):
            found[n] = place
    if len(set(found)) < len(found):
        seen = Counter[str]()
        again = str(wording.formats["place"]["again"])
        for n, place in enumerate(found):
            seen[place] += 1
            if seen[place] > 1:
                found[n] = again.format(place=place, n=seen[place])
    return found


def _line(text: str) -> str:
    """The first line of a text."""
    return text.partition("\n")[0] if "\n" in text else text


def _place(at: str, text: str, length: int, wording: Wording) -> str:
    """The printed numbers that lead to a paragraph, and so many of its first words."""
    form, line = wording.formats["place"], _line(text)
    return str(form["cut" if len(line) > length else "whole"]).format(at=at, head=line[:length])


def texts_in(value: Any) -> list[str]:
    """Every text in a context, or in other nested data."""
    found: list[str] = []
    _gather((value,), found)
    return found


def _gather(values: Iterable[Any], found: list[str]) -> None:
    for value in values:
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, (list, tuple)):
            _gather(value, found)
        elif value.__class__ is dict or isinstance(value, Mapping):
            _gather(value.values(), found)


def _printed_numbers(
    marks: Iterable[tuple[str, str, str, str | None]], wording: Wording
) -> Iterator[str]:
    """The numbers over and before each paragraph, as they are printed: 二、（一）3.

    Of each it takes the flow, the style, the number and the text, which may be None where the
    number tells all.
    """
    above: dict[str, str] = {}
    flow, whole = "", str(wording.formats["place"]["whole"])
    for own, style, printed, text in marks:
        if own != flow:
            flow, above = own, {}
        number = printed.strip()
        over = OVER.get(style, ALL_ABOVE) if above else ()
        yield "".join([above[style] for style in over if style in above]) + number
        if style in ABOVE:
            for below in ABOVE[style]:
                above.pop(below, None)
            above[style] = number or whole.format(at="", head=text)


def _document(planned: PlannedPaper, source: Source, plan: Plan) -> Document:
    paper, wording, variants = planned.paper, source.wording, planned.variants
    words = wording.papers[paper.id]
    held = _held(planned, plan)
    first, last = held[0].paper, held[-1]
    naming, title = wording.papers[last.paper.id], _title(last, wording, source.view)
    blocks = tuple(_blocks(planned, source, words["parts"], variants))
    contexts: dict[str, Mapping[str, Any]] = {}
    if "docx" in paper.formats:
        contexts["docx"] = {
            **_own_names(paper, source.view),
            "as_of": plan.as_of,
            "title": title,
            "company_name": source.view["company.name"],
            "labels": words.get("labels") or {},
            **_fields(paper, words, variants, source.view),
            **_rows(paper, words, variants, source),
            **_flows(paper, blocks),
        }
    for kind in paper.formats:
        if kind in DATA:
            # An own paper of a house folder has nothing but the names that it uses.
            made = DATA[kind].get(paper.id, _no_data)(source)
            contexts[kind] = {**_own_names(paper, source.view), "as_of": plan.as_of, **made}
    return Document(
        id=paper.id,
        number=first.number,
        title=title,
        file=_variant(naming, "file", last.variants),
        template=planned.template,
        blocks=blocks,
        contexts=contexts,
        report=paper.report,
    )


def _held(planned: PlannedPaper, plan: Plan) -> list[PlannedPaper]:
    """The papers of one file: the first numbers it, the last, which joins it, names it."""
    if not planned.shared:
        return [planned]
    return [other for other in plan.papers if other.shared == planned.shared]


def _title(last: PlannedPaper, wording: Wording, view: View) -> str:
    """What a file of this company is called, by the last paper in it."""
    return fill(_variant(wording.papers[last.paper.id], "title", last.variants), view)


def _variants(paper: Paper, plan: Plan) -> tuple[str, ...]:
    return next(p.variants for p in plan.papers if p.paper.id == paper.id)


def _variant(words: Mapping[str, Any], name: str, variants: Sequence[str]) -> Any:
    """The words under a name: those of the first variant that has them, else the plain ones."""
    for variant in variants:
        if f"{name}@{variant}" in words:
            return words[f"{name}@{variant}"]
    return words[name]


def _no_data(_: Source) -> dict[str, Any]:
    return {}


def _own_names(paper: Paper, view: View) -> dict[str, str]:
    """What a template of a house folder names besides."""
    return {name: view[value] for name, value in paper.names.items()}


def _fields(
    paper: Paper, words: Mapping[str, Any], variants: Sequence[str], view: View
) -> dict[str, str]:
    return {name: fill(_variant(words["fields"], name, variants), view) for name in paper.fields}


def _rows(
    paper: Paper, words: Mapping[str, Any], variants: tuple[str, ...], source: Source
) -> dict[str, list[dict[str, Any]]]:
    """Every table of a paper: computed by a named function, or written out in the wording."""
    result: dict[str, list[dict[str, Any]]] = {}
    kept = ROW_TEXTS.of(source.wording)
    for name, spec in paper.rows.items():
        if isinstance(spec, str):
            result[name] = ROWS[spec](source)
            continue
        key = (paper.id, name, spec, variants)
        if key not in kept:
            texts = _variant(words["rows"], name, variants)
            rows = [dict(zip(spec, row, strict=True)) for row in texts]
            named = [
                (row, [(column, text) for column, text in row.items() if placeholders(text)])
                for row in rows
            ]
            ROW_TEXTS.put(kept, key, named)
        result[name] = [
            {**row, **{column: fill(text, source.view) for column, text in naming}}
            if naming
            else row
            for row, naming in kept[key]
        ]
    return result


def _flows(paper: Paper, blocks: Sequence[Block]) -> dict[str, list[Mapping[str, str]]]:
    """The paragraphs of each flow as the template wants them."""
    flows: dict[str, list[Mapping[str, str]]] = {flow: [] for flow in paper.flows}
    for block in blocks:
        row, flow = block.row, flows[block.flow]
        flow.append({**row, "no": str(len(flow) + 1), **block.cells} if block.cells else row)
    return flows


def _blocks(
    planned: PlannedPaper, source: Source, texts: Mapping[str, str], variants: Sequence[str]
) -> Iterator[Block]:
    parts, view = planned.paper.parts, source.view
    lined = planned.paper.lined
    wanted = [lined[b.part] for b in planned.blocks if b.part in lined] if lined else []
    lines = [LINES[name](source) for name in wanted]
    outline = _kept_outline(planned, source, tuple(map(len, lines)))
    line = iter([text for found in lines for text in found])
    kept = PARAGRAPHS.of(source.wording)
    for draft in outline.drafts:
        key = None
        if draft.key is not None:
            # Reading the values also notes those that are still to be filled in.
            key = (draft.key, *map(view.__getitem__, draft.names))
            found = kept.get(key)
            if found is not None:
                yield found
                continue
        block = draft.planned
        part = parts[block.part]
        if part.lines:
            body = next(line)
        elif block.topic:
            body = _clause_text(block, source, draft.hardened)
        else:
            own = {"own.articles": outline.own_articles}
            body = fill(_variant(texts, block.part, variants), view, **own)
        cells = CELLS[part.cells](source, block) if part.cells else NO_CELLS
        made = _made_block(draft, body, cells, source.wording)
        if key is not None:
            PARAGRAPHS.put(kept, key, made)
        yield made


class _Draft(NamedTuple):
    """A paragraph before it has its text."""

    key: int | None
    """The same for drafts that the same values make the same paragraph of; None for all others."""
    planned: PlannedBlock
    id: str
    number: str
    hardened: bool
    at: str | None
    """The printed numbers that lead to it; None where the words of a company are among them."""
    names: tuple[str, ...]
    """The values in the text of one that has a key."""


class _Outline(NamedTuple):
    """What the paragraphs of a paper are before they have the words of a company."""

    drafts: tuple[_Draft, ...]
    own_articles: str


# Paragraphs that name nothing but what is said in few ways, and what they are made of.
PARAGRAPHS: Memo[tuple[Any, ...], Block] = Memo(4096)
PARAGRAPH_KEYS: Memo[tuple[Any, ...], int] = Memo(4096)
# What a paper is before it has the words of a company.
OUTLINES: SameMemo[_Outline] = SameMemo(1024)
# The rows that a wording writes out, each with its columns that hold values.
ROW_TEXTS: Memo[tuple[Any, ...], list[tuple[dict[str, Any], list[tuple[str, str]]]]] = Memo(1024)


def _kept_outline(planned: PlannedPaper, source: Source, counts: tuple[int, ...]) -> _Outline:
    """The outline of a paper, worked out once for the companies that share its paragraphs."""
    return OUTLINES.get(
        source.wording,
        (planned.blocks,),
        lambda: _outline(planned, source, iter(counts)),
        (planned.variants, counts),
    )


def _outline(planned: PlannedPaper, source: Source, counts: Iterator[int]) -> _Outline:
    """`counts` are the numbers of lines that functions write, in their order."""
    parts, wording = planned.paper.parts, source.wording
    named: list[tuple[PlannedBlock, str]] = []
    for block in planned.blocks:
        if parts[block.part].lines:
            named += [(block, f"{block.id}/{n}") for n in range(1, next(counts) + 1)]
        else:
            named.append((block, block.id))
    blocks = [block for block, _ in named]
    own, numbers = own_articles(blocks, wording), _numbers(blocks, wording)
    texts = [_common_text(block, planned, source) for block in blocks]
    marks = [
        (block.flow, block.style, number, text if text and not placeholders(text) else None)
        for block, number, text in zip(blocks, numbers, texts, strict=True)
    ]
    ways: Iterable[str | None] = [None] * len(marks)
    if all(number or text for _, style, number, text in marks if style in ABOVE):
        ways = _printed_numbers(marks, wording)
    drafts = []
    for (block, name), number, text, at in zip(named, numbers, texts, ways, strict=True):
        hardened = _hardened(block, wording)
        key: int | None = None
        names: tuple[str, ...] = ()
        if text is not None:
            wanted = set(placeholders(text))
            names = tuple(wanted - COMPOSED)
            # All that a paragraph is made of: those of other outlines may be made of the same.
            made_of = (
                *(name, block.flow, block.style, text, number, at, hardened, block.origin),
                *(block.topic, block.modality, block.lead and block.lead.modality),
                tuple([c.key for c in block.clauses]),
                own if "own.articles" in wanted else "",
            )
            key = _key_of(made_of, wording)
        drafts.append(_Draft(key, block, name, number, hardened, at, names))
    return _Outline(tuple(drafts), own)


def _key_of(made_of: tuple[Any, ...], wording: Wording) -> int:
    # A number never comes again, whatever is let go.
    return PARAGRAPH_KEYS.get(wording, made_of, KEYS.__next__)


def _common_text(block: PlannedBlock, planned: PlannedPaper, source: Source) -> str | None:
    """The text of a paragraph that names no more than many companies share; None for others."""
    wording, part = source.wording, planned.paper.parts[block.part]
    if part.lines or part.cells:
        return None
    if block.topic:
        topic = source.library.topics[block.topic]
        # Which standard leads, and how it settles a figure, is another matter in each plan.
        if topic.parameter or topic.each_standard:
            return None
        text = wording.clause_text(block.topic, block.lead)
        if _hardened(block, wording):
            text += str(wording.formats["own-rule"])
    else:
        texts = wording.papers[planned.paper.id]["parts"]
        text = str(_variant(texts, block.part, planned.variants))
    return text if COMMON.issuperset(set(placeholders(text)) - COMPOSED) else None


def _made_block(draft: _Draft, body: str, cells: Mapping[str, str], wording: Wording) -> Block:
    block, hardened = draft.planned, draft.hardened
    words, text = int(wording.formats["place"]["words"]), f"{draft.number}{body}"
    return Block(
        draft.id,
        block.flow,
        block.style,
        text,
        block.topic,
        tuple([c.key for c in block.clauses]),
        block.modality if hardened or not block.lead else block.lead.modality,
        "enterprise" if hardened else block.origin,
        draft.number,
        cells,
        "" if draft.at is None else _place(draft.at, body, words, wording),
        {**NO_STYLE, TEMPLATE_STYLES.get(block.style, block.style): text},
    )


def own_articles(blocks: Sequence[PlannedBlock], wording: Wording) -> str:
    """Which articles no source gives: by their numbers, several in a row as one run."""
    articles = [block for block in blocks if block.style == "article"]
    own = [n for n, block in enumerate(articles, 1) if block.origin == "enterprise"]
    forms, runs = wording.formats["own-articles"], []
    for _, group in groupby(enumerate(own), lambda pair: pair[1] - pair[0]):
        run = [n for _, n in group]
        # Two in a row are named one by one.
        pieces = [run] if len(run) > 2 else [[n] for n in run]
        runs += [
            str(forms["run" if len(piece) > 1 else "one"]).format(
                zh=wording.numeral(piece[0]), last=wording.numeral(piece[-1])
            )
            for piece in pieces
        ]
    return wording.join(runs)


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


def _clause_text(block: PlannedBlock, source: Source, hardened: bool) -> str:
    unsettled = _left_open(block, source)
    if unsettled:
        return unsettled
    wording = source.wording
    text = wording.clause_text(block.topic, block.lead)
    filled = _tidy(fill(text, source.view, modal=wording.modal(block.modality)), wording)
    if source.library.topics[block.topic].each_standard and block.lead:
        # Beside a clause in a row of its own stands its standard.
        in_row = source.library.paper(block.paper).parts[block.part].each == "clause"
        if not in_row:
            filled = _attributed(filled, block.lead.standard, source)
    if not hardened:
        return filled
    return filled + fill(str(wording.formats["own-rule"]), source.view)


def _attributed(text: str, standard_id: str, source: Source) -> str:
    """The text with its standard named before the closing mark: each speaks for itself."""
    standard = source.library.standard(standard_id)
    role = next(r.role for r in source.plan.standards if r.standard is standard)
    words = source.wording.formats
    name = standard.number or cite(standard, source.wording, "standard-name")
    note = str(words["attributed"]).format(role=words["role"][role], name=name)
    return f"{text[:-1]}{note}{text[-1]}"


def source_text(block: PlannedBlock, plan: Plan, library: Library, wording: Wording) -> str:
    """The words of a paragraph as its author wrote them: placeholders are not filled in.

    Empty for lines that a function makes.
    """
    paper = library.paper(block.paper)
    if paper.parts[block.part].lines:
        return ""
    if block.topic:
        return wording.clause_text(block.topic, block.lead)
    return str(_variant(wording.papers[paper.id]["parts"], block.part, _variants(paper, plan)))


def used_variants(block: PlannedBlock, plan: Plan, library: Library, wording: Wording) -> list[str]:
    """The variant of a paper whose words a paragraph takes, alone in a list; else nothing."""
    paper, texts = library.paper(block.paper), wording.papers[block.paper]["parts"]
    own = [v for v in _variants(paper, plan) if f"{block.part}@{v}" in texts]
    return [] if block.topic or paper.parts[block.part].lines else own[:1]


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


__all__ = [
    "STYLES",
    "Block",
    "Document",
    "compose",
    "own_articles",
    "source_text",
    "texts_in",
    "used_variants",
]
