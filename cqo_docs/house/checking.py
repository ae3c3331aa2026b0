"""Every fault of a house folder at once: its templates, words and settings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import BadZipFile

from cqo_docs.base.errors import CqoError, Problem, problem
from cqo_docs.base.yamlfile import read_yaml
from cqo_docs.checks.content import content_problems
from cqo_docs.house import (
    SETTINGS,
    TEMPLATES,
    WORDS,
    checked_folder,
    known_names,
    open_house,
    read_settings,
    templates_of,
)
from cqo_docs.house.tags import Known, Scan, Text, scan
from cqo_docs.library.records import Library, Paper
from cqo_docs.office.package import read_package
from cqo_docs.render import template_files, template_folder
from cqo_docs.render.templates import compile_template
from cqo_docs.wording.sentences import Wording

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
VML = "{urn:schemas-microsoft-com:vml}"
SHAPES = "{http://schemas.microsoft.com/office/word/2010/wordprocessingShape}"
RELATIONS = "{http://schemas.openxmlformats.org/package/2006/relationships}"
BODY = "word/document.xml"
# The parts that hold paragraphs, with the name of each in a message.
PARTS = re.compile(r"word/(document|header|footer|footnotes|endnotes)\d*\.xml")
CHANGES = {f"{W}{name}" for name in (
    "ins", "del", "moveFrom", "moveTo", "rPrChange", "pPrChange", "tblPrChange", "trPrChange",
    "tcPrChange", "sectPrChange", "tblGridChange", "numberingChange",
)}  # fmt: skip
BOXES = {f"{W}txbxContent", f"{VML}textbox", f"{SHAPES}txbx"}
THEMES = ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme")
# Fields that say something else each time, or that fetch something.
MOVING = re.compile(
    r"\s*(MERGEFIELD|INCLUDETEXT|INCLUDEPICTURE|LINK|DDE|DDEAUTO|DATE|TIME|SAVEDATE|PRINTDATE|"
    r"AUTHOR|LASTSAVEDBY|FILENAME|USERNAME|DATABASE|ASK|FILLIN|MACROBUTTON)\b", re.IGNORECASE
)  # fmt: skip
HARMLESS = ("/hyperlink",)
A4, TOLERANCE = (11906, 16838), 120
NEAR = 0.6
NEAR_FILE = 0.7
MOST_SHOWN = 24


class Fault(NamedTuple):
    """One fault: its problem, and the paragraph it stands in, where it stands in one."""

    file: str
    problem: Problem
    near: str = ""
    part: str = BODY
    number: int = -1
    """The place of the paragraph among all of its part, counted from 0."""


class Report(NamedTuple):
    """All faults of a house folder."""

    folder: Path
    faults: tuple[Fault, ...]
    templates: int
    words: int


class _Expected(NamedTuple):
    """What the template of one paper may name, and what it has to print."""

    known: Known
    loops: Mapping[str, frozenset[str]]


def check_house(folder: Path, library: Library, wording: Wording) -> Report:
    """Every fault of a house folder. Raises CqoError where there is no such folder."""
    checked_folder(folder)
    found = list(_setting_faults(folder))
    words = sorted((folder / WORDS).rglob("*.yaml"))
    for path in words:
        found += _word_file_faults(path, folder, wording)
    files = template_files(folder / TEMPLATES)
    expected = _Expectations(folder, library, wording, own=not found)
    for name, path in files.items():
        found += _template_faults(name, path, expected, wording)
    if not found:
        found += _content_faults(folder, library, wording)
    return Report(folder, tuple(found), len(files), len(words))


# Settings and words


def _setting_faults(folder: Path) -> Iterator[Fault]:
    try:
        read_settings(folder)
    except CqoError as error:
        yield from (Fault(SETTINGS, one) for one in error.problems)


def _word_file_faults(path: Path, folder: Path, wording: Wording) -> Iterator[Fault]:
    name = path.relative_to(folder).as_posix()
    ours = wording.folder / path.relative_to(folder / WORDS)
    try:
        own = read_yaml(path).data
    except CqoError as error:
        yield from (Fault(name, one) for one in error.problems)
        return
    if not ours.exists():
        known = [p.relative_to(wording.folder).as_posix() for p in wording.folder.rglob("*.yaml")]
        near = get_close_matches(path.relative_to(folder / WORDS).as_posix(), known, 1, NEAR)
        code = "house.no-such-words-guess" if near else "house.no-such-words"
        yield Fault(name, problem(code, str(path), near="".join(near)))
        return
    yield from (Fault(name, one) for one in _key_problems(own, read_yaml(ours).data, str(path), ""))


def _key_problems(own: Any, ours: Any, where: str, above: str) -> Iterator[Problem]:
    """The keys of own words that ours do not have; a variant of a known key may be new."""
    if own is None:
        return
    if isinstance(ours, dict) is not isinstance(own, dict):
        yield problem("house.wrong-shape", where, key=above.rstrip("."))
        return
    for key, value in own.items() if isinstance(own, dict) else ():
        if key in ours:
            yield from _key_problems(value, ours[key], where, f"{above}{key}.")
        elif str(key).partition("@")[0] not in ours:
            near = get_close_matches(str(key), [str(k) for k in ours], 1, NEAR)
            code = "house.unknown-key-guess" if near else "house.unknown-key"
            yield problem(code, where, key=f"{above}{key}", near="".join(near))


def _content_faults(folder: Path, library: Library, wording: Wording) -> Iterator[Fault]:
    """What does not fit together once the house is laid over our content."""
    try:
        house = open_house(folder, library, wording)
    except CqoError as error:
        yield from (Fault("", one) for one in error.problems)
        return
    known = {repr(one) for one in content_problems(library, wording)}
    # What is said of own papers is said of their templates.
    changed = house.library
    for one in content_problems(changed, house.wording):
        if repr(one) not in known and not any(p.id in repr(one) for p in _added(changed, library)):
            yield Fault(f"{WORDS}/{one.where}", one)


def _added(changed: Library, library: Library) -> list[Paper]:
    ours = {paper.id for paper in library.papers}
    return [paper for paper in changed.papers if paper.id not in ours]


# Templates


class _Expectations:
    """What each template may name and has to print; our own templates are the measure."""

    def __init__(self, folder: Path, library: Library, wording: Wording, *, own: bool) -> None:
        self.papers = {Path(t).stem: p for p in library.papers for t in templates_of(p)}
        self.wording = wording
        self.fields: frozenset[str] = frozenset()
        if own:
            house = open_house_names(folder, library, wording)
            self.fields = frozenset(house)
        self.kept: dict[str, _Expected] = {}

    def of(self, name: str) -> _Expected | None:
        """What is expected of a template; None of one that is a house's own paper."""
        stem, _, kind = name.rpartition(".")
        if stem not in self.papers or kind not in self.papers[stem].formats:
            return None
        if name not in self.kept:
            self.kept[name] = self._made(self.papers[stem], name)
        return self.kept[name]

    def _made(self, paper: Paper, name: str) -> _Expected:
        data = (template_folder() / name).read_bytes()
        scans = [scan(texts) for texts in texts_of(name, data).values()]
        loops: dict[str, set[str]] = {}
        names: set[str] = {"as_of", "title", "company_name", "labels"}
        for one in scans:
            names |= one.names
            for source, keys in one.loops.items():
                loops.setdefault(source, set()).update(keys)
        names |= {*paper.fields, *paper.rows, *paper.flows}
        rows = {source: frozenset(keys) for source, keys in loops.items()}
        rows |= {n: frozenset(spec) for n, spec in paper.rows.items() if not isinstance(spec, str)}
        return _Expected(
            Known(frozenset(names) | self.fields, rows),
            {source: frozenset(keys) for source, keys in loops.items()},
        )

    def own(self) -> Known:
        """What the template of a house's own paper may name."""
        return Known(self.fields | {"as_of", "title", "company_name"}, {})


def open_house_names(folder: Path, library: Library, wording: Wording) -> frozenset[str]:
    """Every name that templates of a house may use besides the context of their paper."""
    house = open_house(folder, library, wording)
    names = known_names(house.library, house.wording)
    return frozenset(names.values) | frozenset(names.labels)


def _template_faults(
    name: str, path: Path, expected: _Expectations, wording: Wording
) -> Iterator[Fault]:
    file = f"{TEMPLATES}/{name}"
    data = path.read_bytes()
    try:
        members = read_package(data)
        texts = texts_of(name, data)
    except (BadZipFile, ValueError, KeyError, SyntaxError):
        yield Fault(file, problem("template.unreadable", str(path)))
        return
    wanted = expected.of(name)
    stem = path.stem
    if wanted is None and stem not in expected.papers:
        near = get_close_matches(stem, sorted(expected.papers), 1, NEAR_FILE)
        if near:
            yield Fault(
                file, problem("house.file-guess", str(path), near=f"{near[0]}{path.suffix}")
            )
    found: list[Fault] = []
    scans: dict[str, Scan] = {}
    known = wanted.known if wanted else expected.own()

    def placed(part: str, number: int, code: str, **values: object) -> Fault:
        near = texts[part][number].text.strip()[:MOST_SHOWN] if part in texts else ""
        place = _place(part, number, near, wording)
        return Fault(file, problem(code, file, place=place, **values), near, part, number)

    for part, own in texts.items():
        scans[part] = scan(own, known)
        for fault in scans[part].faults:
            found.append(placed(part, fault.place, fault.code, **fault.values))
    if wanted is not None:
        found += [Fault(file, one) for one in _left_out(wanted, scans.values(), file)]
    if path.suffix == ".docx":
        found += _word_faults(members, placed, file)
    elif any(member.startswith("xl/externalLinks/") for member in members):
        found.append(Fault(file, problem("house.outside", file)))
    if any(member.lower().endswith("vbaproject.bin") for member in members):
        found.append(Fault(file, problem("house.macro", file)))
    if not found:
        found += _compile_faults(name, data, file)
    yield from found


def _place(part: str, number: int, near: str, wording: Wording) -> str:
    """Where a fault is, in words: the part, the paragraph, its first words."""
    names = wording.messages
    kind = re.sub(r"\d*\.xml$", "", part.rpartition("/")[2])
    if part.startswith("cell "):
        return str(names["house.place-cell"]).format(cell=part.removeprefix("cell "), near=near)
    form = "house.place" if kind == "document" else f"house.place-{kind}"
    return str(names[form]).format(number=number + 1, near=near)


def _left_out(wanted: _Expected, scans: Any, file: str) -> Iterator[Problem]:
    """What our template of the paper prints and this one does not."""
    loops: dict[str, set[str]] = {}
    for one in scans:
        for source, keys in one.loops.items():
            loops.setdefault(source, set()).update(keys)
    for source, keys in wanted.loops.items():
        if source not in loops:
            yield problem("house.left-out", file, name=source)
        elif missing := sorted(keys - loops[source]):
            yield problem("house.left-out-keys", file, name=source, keys="、".join(missing))


def _compile_faults(name: str, data: bytes, file: str) -> Iterator[Fault]:
    """What only compiling shows."""
    try:
        compile_template(data, name.rpartition(".")[2], file)
    except CqoError as error:
        yield from (Fault(file, one) for one in error.problems)


# Texts


def texts_of(name: str, data: bytes) -> dict[str, list[Text]]:
    """The texts of a template by part: paragraphs of Word, cells of Excel.

    Raises BadZipFile, ValueError, KeyError or SyntaxError for what is neither.
    """
    return _word_texts(data) if name.endswith(".docx") else _excel_texts(data)


def _word_texts(data: bytes) -> dict[str, list[Text]]:
    from lxml import etree

    members = read_package(data)
    if BODY not in members:
        raise KeyError(BODY)
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    return {
        part: [_text_of(p) for p in etree.fromstring(members[part], parser).iter(f"{W}p")]
        for part in sorted(members, key=lambda part: (part != BODY, part))
        if PARTS.fullmatch(part)
    }


def _text_of(paragraph: Any) -> Text:
    """The text of a paragraph without that of paragraphs in it, as tags are read."""
    words = []
    for element in paragraph.iter(f"{W}t", f"{W}br", f"{W}tab"):
        if next(element.iterancestors(f"{W}p")) is paragraph:
            words.append(element.text or "" if element.tag == f"{W}t" else " ")
    in_row = next(paragraph.iterancestors(f"{W}tr"), None) is not None
    return Text("".join(words), in_row)


def _excel_texts(data: bytes) -> dict[str, list[Text]]:
    """The texts of each sheet; a row marker belongs to its row. Places are those of cells."""
    import io
    import warnings

    from openpyxl import load_workbook

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = load_workbook(io.BytesIO(data))
    return {
        f"cell {sheet.title}": [
            Text(str(cell.value), in_row=True)
            for row in sheet.iter_rows()
            for cell in row
            if isinstance(cell.value, str) and not cell.value.startswith("=")
        ]
        for sheet in book.worksheets
    }


# Looks of Word templates

Placed = Callable[..., Fault]


def _word_faults(members: Mapping[str, bytes], placed: Placed, file: str) -> Iterator[Fault]:
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    roots = {part: etree.fromstring(members[part], parser) for part in members
             if PARTS.fullmatch(part)}  # fmt: skip
    for part, root in roots.items():
        yield from _paragraph_faults(part, root, placed)
        yield from _table_faults(part, root, placed)
    yield from (Fault(file, one) for one in _package_problems(members, file))
    if "word/styles.xml" in members:
        styles = etree.fromstring(members["word/styles.xml"], parser)
        yield from (Fault(file, one) for one in _style_problems(styles, file))
    for size in roots[BODY].iter(f"{W}pgSz"):
        sides = sorted(int(size.get(f"{W}{side}") or 0) for side in ("w", "h"))
        if any(abs(have - want) > TOLERANCE for have, want in zip(sides, A4, strict=True)):
            yield Fault(file, problem("house.not-a4", file))


def _paragraph_faults(part: str, root: Any, placed: Placed) -> Iterator[Fault]:
    paragraphs = list(root.iter(f"{W}p"))
    numbers = {paragraph: n for n, paragraph in enumerate(paragraphs)}
    said: set[tuple[int, str]] = set()

    def told(element: Any, code: str, **values: object) -> Iterator[Fault]:
        own = element if element.tag == f"{W}p" else next(element.iterancestors(f"{W}p"), None)
        if own is None:
            own = next(element.iter(f"{W}p"), None)
        number = numbers.get(own, 0) if own is not None else 0
        if (number, code) not in said:
            said.add((number, code))
            yield placed(part, number, code, **values)

    for element in root.iter():
        tag = element.tag
        if tag in CHANGES:
            yield from told(element, "house.tracked")
        elif tag in BOXES:
            # What holds the box is the paragraph that one sees.
            around = list(element.iterancestors(f"{W}p"))
            yield from told(around[-1] if around else element, "house.text-box")
        elif tag == f"{W}altChunk":
            yield from told(element, "house.chunk")
        elif tag in {f"{W}object", f"{W}control"}:
            yield from told(element, "house.object")
        elif tag == f"{W}vanish" and element.get(f"{W}val") not in {"0", "false", "off"}:
            yield from told(element, "house.hidden")
        elif (tag == f"{W}instrText" and (moving := MOVING.match(element.text or ""))) or (
            tag == f"{W}fldSimple" and (moving := MOVING.match(element.get(f"{W}instr") or ""))
        ):
            yield from told(element, "house.field", have=moving[1].upper())
        elif tag == f"{W}rFonts":
            yield from _font_faults(element, told)
        elif tag == f"{W}sdt":
            yield from told(element, "house.control")
    for paragraph in paragraphs:
        yield from _split_tags(paragraph, told)


def _font_faults(element: Any, told: Callable[..., Iterator[Fault]]) -> Iterator[Fault]:
    if any(element.get(f"{W}{theme}") for theme in THEMES):
        yield from told(element, "house.theme-font")
    elif element.get(f"{W}ascii") and not element.get(f"{W}eastAsia"):
        yield from told(element, "house.east-asian", font=element.get(f"{W}ascii"))


def _split_tags(paragraph: Any, told: Callable[..., Iterator[Fault]]) -> Iterator[Fault]:
    """A tag whose pieces look different: only the look of the first one stays."""
    from lxml import etree

    text, looks = "", []
    for run in paragraph.iter(f"{W}r"):
        if next(run.iterancestors(f"{W}p")) is not paragraph:
            continue
        look = run.find(f"{W}rPr")
        own = etree.tostring(look, method="c14n") if look is not None else b""
        piece = "".join(t.text or "" for t in run.iter(f"{W}t"))
        text += piece
        looks += [own] * len(piece)
    for tag in re.finditer(r"\{\{.*?\}\}|\{%.*?%\}", text):
        if len(set(looks[tag.start() : tag.end()])) > 1:
            yield from told(paragraph, "house.tag-split", tag=tag[0])
            return


def _table_faults(part: str, root: Any, placed: Placed) -> Iterator[Fault]:
    numbers = {paragraph: n for n, paragraph in enumerate(root.iter(f"{W}p"))}

    def at(element: Any) -> int:
        return numbers[next(element.iter(f"{W}p"))]

    for table in root.iter(f"{W}tbl"):
        first = next(table.iter(f"{W}p"), None)
        if first is None:
            continue
        layout = table.find(f"{W}tblPr/{W}tblLayout")
        if layout is None or layout.get(f"{W}type") != "fixed":
            yield placed(part, at(table), "house.table-layout")
        if not [1 for column in table.iterfind(f"{W}tblGrid/{W}gridCol") if column.get(f"{W}w")]:
            yield placed(part, at(table), "house.table-grid")
        rows = [
            row for row in table.iterfind(f"{W}tr") if next(row.iter(f"{W}p"), None) is not None
        ]
        loops = [row for row in rows if re.search(r"\{%-?\s*tr\s", "".join(row.itertext()))]
        if not loops:
            continue
        for row in rows:
            if row not in loops and row.find(f"{W}trPr/{W}cantSplit") is None:
                yield placed(part, at(row), "house.row-splits")
                break


def _package_problems(members: Mapping[str, bytes], file: str) -> Iterator[Problem]:
    from lxml import etree

    for name, data in members.items():
        if name.endswith(".rels"):
            for link in etree.fromstring(data).iterfind(f"{RELATIONS}Relationship"):
                kind = link.get("Type", "")
                if link.get("TargetMode") == "External" and not kind.endswith(HARMLESS):
                    yield problem("house.outside", file)
        elif name.startswith("word/embeddings/"):
            yield problem("house.object-file", file)
        elif name == "word/comments.xml" and b"<w:comment " in data:
            yield problem("house.comments", file)
        elif name == "word/settings.xml" and b"<w:documentProtection" in data:
            yield problem("house.protected", file)


def _style_problems(styles: Any, file: str) -> Iterator[Problem]:
    """Styles without a font for Chinese, or with fonts of the theme."""
    plain = styles.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr/{W}rFonts")
    normal = [s.find(f"{W}rPr/{W}rFonts") for s in styles.iterfind(f"{W}style")
              if s.get(f"{W}default") and s.get(f"{W}type") == "paragraph"]  # fmt: skip
    bases = [fonts for fonts in (plain, *normal) if fonts is not None]
    if not any(fonts.get(f"{W}eastAsia") for fonts in bases):
        yield problem("house.no-east-asian", file)
    for style in styles.iterfind(f"{W}style"):
        for fonts in style.iter(f"{W}rFonts"):
            name = next((n.get(f"{W}val") for n in style.iterfind(f"{W}name")), "")
            if any(fonts.get(f"{W}{theme}") for theme in THEMES):
                yield problem("house.style-theme", file, style=name)
            elif fonts.get(f"{W}ascii") and not fonts.get(f"{W}eastAsia"):
                yield problem("house.style-font", file, style=name)


__all__ = ["Fault", "Report", "check_house", "texts_of"]
