"""Blank papers in Excel: the cells of answers open and named, everything else locked."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from lxml import etree

from cqo_docs.forms.blank.slots import (
    FILLED,
    HEADS_PROPERTY,
    SIGNS,
    TEXTS_PROPERTY,
    Place,
    Slot,
    Slots,
    default_of,
    name_of_place,
)
from cqo_docs.forms.excel.file import area_of
from cqo_docs.forms.excel.looks import MAIN
from cqo_docs.forms.word.form import fingerprint
from cqo_docs.office.package import assemble, make_shell, read_package
from cqo_docs.office.properties import numbered, with_properties
from cqo_docs.office.xlsx_reading import column_number
from cqo_docs.questions.written import understood

STYLES, WORKBOOK = "xl/styles.xml", "xl/workbook.xml"
LINKS = "xl/_rels/workbook.xml.rels"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
# The ground of cells that people fill in.
OPEN = "FFFFFBE6"
FIRST_FORMAT = 164
CELL = re.compile(r"([A-Z]+)(\d+)")
HEAD_MARK = "|"

Element = etree._Element
Context = Mapping[str, Any]


def without_signs(data: Any, places: Mapping[str, Place], slots: Slots) -> Any:
    """What a workbook is filled with, each sign replaced by what its place shows."""
    if isinstance(data, Mapping):
        return {name: without_signs(value, places, slots) for name, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [without_signs(value, places, slots) for value in data]
    if not isinstance(data, str):
        return data
    if SIGNS.fullmatch(data):
        return _shown(places[data], slots)
    return SIGNS.sub(lambda m: str(_shown(places[m[0]], slots) or ""), data)


def _shown(place: Place, slots: Slots) -> Any:
    if place.value is not None:
        return place.value
    slot = slots.at(place.path, place.way)
    own = slot.field
    prompted = own is None or own.kind != "number" or place.way or own.path in slots.prompt_words
    return slots.prompt(slot) if prompted and not slot.in_list else None


def excel_blank(
    marked: bytes,
    clean: bytes,
    places: Mapping[str, Place],
    slots: Slots,
    properties: Mapping[str, str],
) -> bytes:
    """The blank paper made of one workbook rendered twice: with signs, and with what they show.

    Formulas keep the values that they have over what is shown.
    """
    members = read_package(clean)
    book = _Book(members, read_package(marked), places, slots)
    written = book.written()
    values = {
        **properties,
        HEADS_PROPERTY: HEAD_MARK.join(sorted(book.heads)),
        **dict(numbered(TEXTS_PROPERTY, book.fixed)),
    }
    return assemble(make_shell(with_properties({**members, **written}, values)), ())


class _Spot(NamedTuple):
    """A cell with places in it: its sheet, its address, the text with signs."""

    sheet: str
    ref: str
    text: str

    @property
    def formula(self) -> str:
        """How a formula refers to it."""
        match = CELL.fullmatch(self.ref)
        assert match is not None
        return f"'{self.sheet}'!${match[1]}${match[2]}"


@dataclass
class _Book:
    members: Mapping[str, bytes]
    marked: Mapping[str, bytes]
    places: Mapping[str, Place]
    slots: Slots
    heads: set[str] = field(default_factory=set)
    fixed: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.styles = _Styles(etree.fromstring(self.members[STYLES]))
        self.book = etree.fromstring(self.members[WORKBOOK])
        self.parts = dict(_sheet_parts(self.book, self.members[LINKS]))
        self.sheets = {name: etree.fromstring(self.members[part])
                       for name, part in self.parts.items()}  # fmt: skip
        self.spots = [spot for name, part in self.parts.items()
                      for spot in _spots(name, self.marked[part])]  # fmt: skip

    def written(self) -> dict[str, bytes]:
        """The parts that change."""
        first = self._first_spots()
        for spot in self.spots:
            if spot in first.values():
                self._open(spot)
            else:
                self._refer(spot, first)
        names = self._names(first)
        for sheet in self.sheets.values():
            _protect(sheet)
        _add_names(self.book, names)
        changed = {self.parts[name]: sheet for name, sheet in self.sheets.items()}
        changed |= {STYLES: self.styles.root, WORKBOOK: self.book}
        return {name: _printed(root) for name, root in changed.items()}

    def _slot(self, sign: str) -> Slot:
        place = self.places[sign]
        return self.slots.at(place.path, place.way)

    def _first_spots(self) -> dict[str, _Spot]:
        """Where each answer is filled in, by its tag: beside its label rather than in a title."""
        found: dict[str, tuple[bool, _Spot]] = {}
        for spot in self.spots:
            signs = SIGNS.findall(spot.text)
            if len(signs) != 1:
                continue
            head, tail = SIGNS.split(spot.text)
            slot = self._slot(signs[0])
            if slot.field is None or '"' in head + tail:
                continue
            in_title = bool(head or tail) and not head.endswith("：")
            known = found.get(slot.tag)
            if known is None or (known[0] and not in_title):
                found[slot.tag] = (in_title, spot)
        return {tag: spot for tag, (_, spot) in found.items()}

    def _open(self, spot: _Spot) -> None:
        """Unlock a cell, and leave in it the answer alone: its label goes into its format."""
        head, tail = SIGNS.split(spot.text)
        place = self.places[SIGNS.findall(spot.text)[0]]
        slot = self.slots.at(place.path, place.way)
        sheet, shown = self.sheets[spot.sheet], _shown(place, self.slots)
        if place.value is not None and slot.field is not None:
            given = understood(slot.field, str(place.value))
            self.fixed |= {fingerprint(*default_of(slot, given)), fingerprint(FILLED, slot.tag)}
        code = ""
        if head or tail:
            code = ";".join(f'"{head}"{form}"{tail}"' for form in
                            ("General", "-General", "General", "@")).replace('""', "")  # fmt: skip
            _put(_cell(sheet, spot.ref), shown)
        if head:
            self.heads.add(head)
        for ref in _merged(sheet, spot.ref):
            cell = _cell(sheet, ref)
            cell.set("s", str(self.styles.opened(int(cell.get("s", "0")), code)))
        own = slot.field
        if own is not None and own.choices and not slot.in_list:
            _offer(sheet, spot.ref, [choice.label for choice in own.choices])

    def _refer(self, spot: _Spot, first: Mapping[str, _Spot]) -> None:
        """A cell that repeats answers follows those who hold them; one that cannot is opened."""
        sheet = self.sheets[spot.sheet]
        targets = [first.get(self._slot(sign).tag) for sign in SIGNS.findall(spot.text)]
        cell = _cell(sheet, spot.ref)
        if any(target is None for target in targets):
            for ref in _merged(sheet, spot.ref):
                other = _cell(sheet, ref)
                other.set("s", str(self.styles.opened(int(other.get("s", "0")), "")))
            return
        shown = "".join(t.text or "" for t in cell.iter(f"{{{MAIN}}}t", f"{{{MAIN}}}v"))
        pieces = []
        for text, target in zip(SIGNS.split(spot.text), [*targets, None], strict=True):
            if text:
                pieces.append('"' + text.replace('"', '""') + '"')
            if target is not None:
                pieces.append(target.formula)
        formula = "&".join(pieces) if len(pieces) > 1 else f'{pieces[0]}&""'
        for child in list(cell):
            cell.remove(child)
        cell.set("t", "str")
        for tag, text in (("f", formula), ("v", shown)):
            child = etree.SubElement(cell, f"{{{MAIN}}}{tag}")
            child.text = text

    def _names(self, first: Mapping[str, _Spot]) -> Iterator[tuple[str, str]]:
        for number, (tag, spot) in enumerate(first.items(), 1):
            yield name_of_place(tag, number), spot.formula


class _Styles:
    """The styles of a workbook, to which open ones are added."""

    def __init__(self, root: Element) -> None:
        self.root = root
        self.kept: dict[tuple[int, str], int] = {}
        self.formats: dict[str, int] = {}

    def opened(self, number: int, code: str) -> int:
        """The number of a style like another, unlocked, in the colour of what is filled in."""
        if (number, code) not in self.kept:
            looks = self._list("cellXfs")
            look = copy.deepcopy(looks[number])
            for old in look.findall(f"{{{MAIN}}}protection"):
                look.remove(old)
            etree.SubElement(look, f"{{{MAIN}}}protection", locked="0")
            look.set("applyProtection", "1")
            look.set("fillId", str(self.fill))
            look.set("applyFill", "1")
            if code:
                look.set("numFmtId", str(self._format(code)))
                look.set("applyNumberFormat", "1")
            looks.append(look)
            looks.set("count", str(len(looks)))
            self.kept[number, code] = len(looks) - 1
        return self.kept[number, code]

    @property
    def fill(self) -> int:
        """The number of the fill of open cells."""
        fills = self._list("fills")
        for number, own in enumerate(fills):
            if any(color.get("rgb") == OPEN for color in own.iter(f"{{{MAIN}}}fgColor")):
                return number
        fill = etree.SubElement(fills, f"{{{MAIN}}}fill")
        pattern = etree.SubElement(fill, f"{{{MAIN}}}patternFill", patternType="solid")
        etree.SubElement(pattern, f"{{{MAIN}}}fgColor", rgb=OPEN)
        fills.set("count", str(len(fills)))
        return len(fills) - 1

    def _format(self, code: str) -> int:
        formats = self.root.find(f"{{{MAIN}}}numFmts")
        if formats is None:
            formats = etree.Element(f"{{{MAIN}}}numFmts")
            self.root.insert(0, formats)
        for own in formats:
            if own.get("formatCode") == code:
                return int(own.get("numFmtId", "0"))
        number = max([FIRST_FORMAT - 1, *(int(o.get("numFmtId", "0")) for o in formats)]) + 1
        etree.SubElement(formats, f"{{{MAIN}}}numFmt", numFmtId=str(number), formatCode=code)
        formats.set("count", str(len(formats)))
        return number

    def _list(self, name: str) -> Element:
        found = self.root.find(f"{{{MAIN}}}{name}")
        assert found is not None
        return found


# SpreadsheetML


def _sheet_parts(book: Element, links: bytes) -> Iterator[tuple[str, str]]:
    targets = {link.get("Id", ""): link.get("Target", "") for link in etree.fromstring(links)}
    for sheet in book.iter(f"{{{MAIN}}}sheet"):
        target = targets[sheet.get(RELATION, "")]
        yield sheet.get("name", ""), target[1:] if target.startswith("/") else f"xl/{target}"


def _spots(sheet: str, part: bytes) -> Iterator[_Spot]:
    for cell in etree.fromstring(part).iter(f"{{{MAIN}}}c"):
        if cell.find(f"{{{MAIN}}}f") is not None:
            continue
        text = "".join(t.text or "" for t in cell.iter(f"{{{MAIN}}}t"))
        if SIGNS.search(text):
            yield _Spot(sheet, cell.get("r", ""), text)


def _cell(sheet: Element, ref: str) -> Element:
    """A cell; made where its row does not have it."""
    number = re.sub(r"\D", "", ref)
    row = next(row for row in sheet.iter(f"{{{MAIN}}}row") if row.get("r") == number)
    column = column_number(re.sub(r"\d", "", ref))
    for cell in row:
        own = column_number(re.sub(r"\d", "", cell.get("r", "")))
        if own == column:
            return cell
        if own > column:
            made = etree.Element(f"{{{MAIN}}}c", r=ref)
            cell.addprevious(made)
            return made
    return etree.SubElement(row, f"{{{MAIN}}}c", r=ref)


def _put(cell: Element, value: Any) -> None:
    for child in list(cell):
        cell.remove(child)
    cell.attrib.pop("t", "")
    if value is None:
        return
    if isinstance(value, str):
        cell.set("t", "inlineStr")
        inner = etree.SubElement(cell, f"{{{MAIN}}}is")
        text = etree.SubElement(inner, f"{{{MAIN}}}t")
        text.text = value
    else:
        etree.SubElement(cell, f"{{{MAIN}}}v").text = str(value)


def _merged(sheet: Element, ref: str) -> list[str]:
    """The cells of the merged area that begins in a cell; itself where it is not merged."""
    for merge in sheet.iter(f"{{{MAIN}}}mergeCell"):
        if merge.get("ref", "").startswith(f"{ref}:"):
            area = area_of(merge.get("ref", ""))
            return [
                f"{letters_of(column)}{row}"
                for row in range(area.top, area.bottom + 1)
                for column in range(area.left, area.right + 1)
            ]
    return [ref]


def letters_of(column: int) -> str:
    """The letters of a column from 1."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _offer(sheet: Element, ref: str, labels: list[str]) -> None:
    """A drop-down for a cell that has none yet."""
    rules = sheet.find(f"{{{MAIN}}}dataValidations")
    if rules is None:
        rules = etree.Element(f"{{{MAIN}}}dataValidations")
        before = next((child for child in sheet if etree.QName(child).localname in AFTER_RULES),
                      None)  # fmt: skip
        if before is None:
            sheet.append(rules)
        else:
            before.addprevious(rules)
    rule = etree.SubElement(rules, f"{{{MAIN}}}dataValidation", type="list", allowBlank="1",
                            showErrorMessage="1", errorStyle="warning", sqref=ref)  # fmt: skip
    etree.SubElement(rule, f"{{{MAIN}}}formula1").text = f'"{",".join(labels)}"'
    rules.set("count", str(len(rules)))


# What stands behind the rules of a sheet.
AFTER_RULES = frozenset(
    {
        "hyperlinks", "printOptions", "pageMargins", "pageSetup", "headerFooter", "rowBreaks",
        "colBreaks", "customProperties", "cellWatches", "ignoredErrors", "smartTags", "drawing",
        "legacyDrawing", "legacyDrawingHF", "picture", "oleObjects", "controls",
        "webPublishItems", "tableParts", "extLst",
    }
)  # fmt: skip


def _protect(sheet: Element) -> None:
    """Lock a sheet, without a password."""
    for old in sheet.findall(f"{{{MAIN}}}sheetProtection"):
        sheet.remove(old)
    made = etree.Element(f"{{{MAIN}}}sheetProtection", sheet="1", objects="1", scenarios="1",
                         formatColumns="0", formatRows="0")  # fmt: skip
    place = sheet.find(f"{{{MAIN}}}sheetCalcPr")
    if place is None:
        place = sheet.find(f"{{{MAIN}}}sheetData")
    assert place is not None
    place.addnext(made)


def _add_names(book: Element, names: Iterator[tuple[str, str]]) -> None:
    own = book.find(f"{{{MAIN}}}definedNames")
    if own is None:
        own = etree.Element(f"{{{MAIN}}}definedNames")
        sheets = book.find(f"{{{MAIN}}}sheets")
        assert sheets is not None
        sheets.addnext(own)
    for name, target in names:
        etree.SubElement(own, f"{{{MAIN}}}definedName", name=name).text = target


def _printed(root: Element) -> bytes:
    text: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    return text


__all__ = ["HEAD_MARK", "excel_blank", "letters_of", "without_signs"]
