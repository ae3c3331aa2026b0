"""Blank papers in Word: a rendered paper whose signs become content controls, protected."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape

from lxml import etree

from cqo_docs.forms.blank.slots import (
    FILLED,
    SIGNS,
    TEXTS_PROPERTY,
    Place,
    Slot,
    Slots,
    default_of,
    name_of_place,
)
from cqo_docs.forms.word.form import CHECK_FONT, CHECKED, LONGEST_NAME, fingerprint
from cqo_docs.forms.word.looks import MC, PALE, PROMPT, W14, W
from cqo_docs.office.package import assemble, make_shell, read_package
from cqo_docs.office.properties import numbered, with_properties
from cqo_docs.questions.fields import Field
from cqo_docs.questions.written import understood

XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
SETTINGS, STYLES = "word/settings.xml", "word/styles.xml"
# The tables that are ruled to be written into; others only place things.
RULED = "Grid"
# A paragraph without any of these is a heading or a signature.
SENTENCE = re.compile("[。，；：]")
# What stands before the protection in the settings.
BEFORE_PROTECTION = frozenset(
    {
        "writeProtection", "view", "zoom", "removePersonalInformation", "removeDateAndTime",
        "doNotDisplayPageBoundaries", "displayBackgroundShape", "printPostScriptOverText",
        "printFractionalCharacterWidth", "printFormsData", "embedTrueTypeFonts",
        "embedSystemFonts", "saveSubsetFonts", "saveFormsData", "mirrorMargins",
        "alignBordersAndEdges", "bordersDoNotSurroundHeader", "bordersDoNotSurroundFooter",
        "gutterAtTop", "hideSpellingErrors", "hideGrammaticalErrors", "activeWritingStyle",
        "proofState", "formsDesign", "attachedTemplate", "linkStyles", "stylePaneFormatFilter",
        "stylePaneSortMethod", "documentType", "mailMerge", "revisionView", "trackRevisions",
        "doNotTrackMoves", "doNotTrackFormatting",
    }
)  # fmt: skip

# What stands for a place while a paper is rendered, and what a paper leaves open to be written:
# boxes to tick, lines, days.
PLACES = re.compile(
    f"{SIGNS.pattern}|(?P<box>[□☐])|＿{{4,}}|(?P<day>[\u3000 ]{{2,}}年[\u3000 ]+月[\u3000 ]+日)"
)
BOX = f"{{{W14}}}checkbox"
NO_ANSWER = Slot("", "", None, "")
# Older programs skip what they do not know.
IGNORABLE = f'xmlns:w14="{W14}" xmlns:mc="{MC}" mc:Ignorable="w14"'

Element = etree._Element


def word_blank(
    data: bytes, places: Mapping[str, Place], slots: Slots, properties: Mapping[str, str]
) -> bytes:
    """The blank paper made of a rendered one, with properties that say which it is."""
    members = read_package(data)
    writer = _Writer(places, slots)
    written: dict[str, bytes] = {}
    # The body first: its places are numbered in their order.
    for name in sorted(members, key=lambda name: (name != "word/document.xml", name)):
        part = members[name]
        if not name.endswith(".xml"):
            continue
        text = part.decode()
        if name.startswith("word/") and "<w:p" in text:
            written[name] = _with_boxes(_printed(writer.part(etree.fromstring(part))))
        elif SIGNS.search(text):
            written[name] = SIGNS.sub(lambda m: escape(writer.plain(m[0])), text).encode()
    written[SETTINGS] = _protected(written.get(SETTINGS, members[SETTINGS]))
    written[STYLES] = _with_prompts(written.get(STYLES, members[STYLES]))
    values = {**properties, **dict(numbered(TEXTS_PROPERTY, writer.fixed))}
    return assemble(make_shell(with_properties({**members, **written}, values)), ())


@dataclass
class _Writer:
    """Turns signs into controls; keeps fingerprints of what the paper says itself."""

    places: Mapping[str, Place]
    slots: Slots
    fixed: set[str] = field(default_factory=set)
    count: int = 0

    def plain(self, sign: str) -> str:
        """What a place shows where no control can be."""
        place = self.places[sign]
        slot = self.slots.at(place.path, place.way)
        return self.slots.prompt(slot, look="line") if place.value is None else str(place.value)

    def part(self, root: Element) -> Element:
        """A part with its signs replaced and its empty cells opened."""
        self.count = max([self.count, *_ids(root)])
        for paragraph in list(root.iter(_w("p"))):
            text = "".join(t.text or "" for t in paragraph.iter(_w("t")))
            if not text.strip():
                if _is_open(paragraph):
                    self._open(paragraph)
                continue
            for run in list(paragraph.iter(_w("r"))):
                self._run(run, SIGNS.sub("", text), _look_of(paragraph, text))
            for line in _text_outside(paragraph).split("\n"):
                self.fixed.add(fingerprint("text", line))
        return root

    def _run(self, run: Element, around: str, look: str) -> None:
        """Split a run at its signs, and at what is left open for writing."""
        looks = run.find(_w("rPr"))
        pieces: list[Element] = []
        for child in run:
            if child.tag != _w("t"):
                if child is not looks:
                    pieces.append(_new_run(looks, child))
                continue
            before = 0
            text = child.text or ""
            for match in PLACES.finditer(text):
                if text[before : match.start()]:
                    pieces.append(_text_run(looks, text[before : match.start()]))
                place = self.places.get(match[0])
                if place is None:
                    pieces += self._free(match, looks)
                else:
                    slot = self.slots.at(place.path, place.way)
                    prompt = self.slots.prompt(slot, around, look)
                    pieces += self._control(slot, place.value, prompt, looks)
                before = match.end()
            if text[before:]:
                pieces.append(_text_run(looks, text[before:]))
        if any(piece.tag != _w("r") for piece in pieces):
            for piece in pieces:
                run.addprevious(piece)
            parent = run.getparent()
            assert parent is not None
            parent.remove(run)

    def _control(self, slot: Slot, value: Any, prompt: str, looks: Element | None) -> list[Element]:
        text = None if value is None else str(value)
        if text is not None and slot.field is not None:
            given = understood(slot.field, text)
            self.fixed |= {fingerprint(*default_of(slot, given)), fingerprint(FILLED, slot.tag)}
        return self.control(slot, text, prompt, looks)

    def _free(self, match: re.Match[str], looks: Element | None) -> list[Element]:
        """A control for a box, a line or a day that is no answer; it looks as on the paper."""
        if match["box"]:
            return self.control(NO_ANSWER, match[0], "", looks, [_box(match[0])])
        return self.control(NO_ANSWER, None, match[0], looks, [_day()] if match["day"] else [])

    def _open(self, paragraph: Element) -> None:
        """A control in an empty cell, for what people write there that is no answer."""
        looks = next(paragraph.iter(_w("rPr")), None)
        kept = [child for child in paragraph if child.tag == _w("pPr")]
        for child in list(paragraph):
            if child not in kept:
                paragraph.remove(child)
        prompt = self.slots.prompt(NO_ANSWER)
        paragraph.extend(self.control(NO_ANSWER, None, prompt, looks))

    def control(
        self,
        slot: Slot,
        text: str | None,
        prompt: str,
        looks: Element | None,
        kind: Sequence[Element] = (),
    ) -> list[Element]:
        """A content control inside a paragraph, and the bookmark around it.

        Rich text: LibreOffice 7.4 repeats the text of plain ones. It drops tags too, but keeps
        bookmarks.
        """
        self.count += 1
        number = str(self.count)
        properties = _new("sdtPr")
        label = slot.label or str(self.slots.words["free"])
        is_box = any(own.tag == BOX for own in kind)
        if not is_box:
            # On a box LibreOffice 7.4 would put a name where the standard has none.
            properties.append(_new("alias", val=label[:LONGEST_NAME]))
        properties.append(_new("tag", val=slot.tag))
        properties.append(_new("id", val=number))
        properties.append(_new("lock", val="sdtLocked"))
        if text is None:
            properties.append(_new("showingPlcHdr"))
        properties.extend(kind or _kind(slot.field))
        content = _new("sdtContent")
        content.append(_text_run(looks, prompt, PROMPT) if text is None else _text_run(looks, text))
        control = _new("sdt")
        control.extend((properties, content))
        name = name_of_place(slot.tag, self.count)
        return [
            _new("bookmarkStart", id=number, name=name), control, _new("bookmarkEnd", id=number),
        ]  # fmt: skip


def _kind(own: Field | None) -> Iterator[Element]:
    """What makes a control more than a text."""
    if own is not None and own.choices and own.kind != "ticks":
        choices = _new("dropDownList")
        choices.extend(_new("listItem", displayText=c.label, value=c.id) for c in own.choices)
        yield choices
    elif own is not None and own.choices:
        # Several may be named: one chooses, or writes.
        choices = _new("comboBox")
        choices.extend(_new("listItem", displayText=c.label, value=c.label) for c in own.choices)
        yield choices
    elif own is not None and own.kind == "date":
        yield _day()


def _day() -> Element:
    day = _new("date")
    day.append(_new("dateFormat", val="yyyy年M月d日"))
    day.append(_new("lid", val="zh-CN"))
    day.append(_new("storeMappedDataAs", val="dateTime"))
    day.append(_new("calendar", val="gregorian"))
    return day


def _box(sign: str) -> Element:
    box = etree.Element(BOX, nsmap={"w14": W14})
    for tag, state in (
        ("checked", None),
        ("checkedState", CHECKED),
        ("uncheckedState", f"{ord(sign):04X}"),
    ):
        mark = etree.SubElement(box, f"{{{W14}}}{tag}")
        mark.set(f"{{{W14}}}val", "0" if state is None else state)
        if state is not None:
            mark.set(f"{{{W14}}}font", CHECK_FONT)
    return box


# Parts that every blank shares


def _protected(part: bytes) -> bytes:
    """The settings, protected so that only controls can be filled in; without a password."""
    root = etree.fromstring(part)
    for old in root.findall(_w("documentProtection")):
        root.remove(old)
    place = 0
    for number, child in enumerate(root, 1):
        if etree.QName(child).localname in BEFORE_PROTECTION:
            place = number
    root.insert(place, _new("documentProtection", edit="forms", enforcement="1"))
    return _printed(root)


def _with_prompts(part: bytes) -> bytes:
    """The styles with one for prompts."""
    root = etree.fromstring(part)
    if not any(style.get(_w("styleId")) == PROMPT for style in root.iter(_w("style"))):
        style = _new("style", type="character", styleId=PROMPT)
        style.append(_new("name", val="Placeholder Text"))
        looks = _new("rPr")
        looks.append(_new("color", val=PALE))
        style.append(looks)
        root.append(style)
    return _printed(root)


# WordprocessingML


def _w(tag: str) -> str:
    return f"{{{W}}}{tag}"


def _new(tag: str, **attributes: str) -> Element:
    element = etree.Element(_w(tag), nsmap={"w": W})
    for name, value in attributes.items():
        element.set(_w(name), value)
    return element


def _new_run(looks: Element | None, *children: Element) -> Element:
    run = _new("r")
    if looks is not None:
        run.append(copy.deepcopy(looks))
    run.extend(copy.deepcopy(child) for child in children)
    return run


def _text_run(looks: Element | None, text: str, style: str = "") -> Element:
    run = _new_run(looks)
    if style:
        own = run.find(_w("rPr"))
        if own is None:
            own = _new("rPr")
            run.append(own)
        own.insert(0, _new("rStyle", val=style))
    words = _new("t")
    words.text = text
    words.set(XML_SPACE, "preserve")
    run.append(words)
    return run


def _text_outside(paragraph: Element) -> str:
    """The text of a paragraph outside its controls, as its reader sees it."""
    inside = {e for control in paragraph.iter(_w("sdt")) for e in control.iter()}
    found = []
    for element in paragraph.iter():
        if element in inside:
            continue
        if element.tag == _w("t"):
            found.append(element.text or "")
        elif element.tag in {_w("br"), _w("cr")}:
            found.append("\n")
    return "".join(found)


def _look_of(paragraph: Element, text: str) -> str:
    """How much room the places in a paragraph have, see Slots.prompt."""
    cell = paragraph.getparent()
    if cell is not None and cell.tag == _w("tc") and _is_ruled(cell):
        return "cell" if SIGNS.fullmatch(text) else ""
    return "" if SENTENCE.search(text) else "line"


def _is_ruled(cell: Element) -> bool:
    table = next(cell.iterancestors(_w("tbl")))
    style = table.find(f"{_w('tblPr')}/{_w('tblStyle')}")
    return style is not None and style.get(_w("val")) == RULED


def _is_open(paragraph: Element) -> bool:
    """Whether it is the only paragraph of an empty cell in a ruled table."""
    cell = paragraph.getparent()
    if cell is None or cell.tag != _w("tc") or len(cell.findall(_w("p"))) != 1:
        return False
    merge = cell.find(f"{_w('tcPr')}/{_w('vMerge')}")
    if merge is not None and merge.get(_w("val")) != "restart":
        return False
    return _is_ruled(cell)


def _ids(root: Element) -> Iterator[int]:
    """The numbers that controls and bookmarks of a part have already."""
    for tag in ("id", "bookmarkStart"):
        for element in root.iter(_w(tag)):
            value = element.get(_w("id" if tag == "bookmarkStart" else "val"), "")
            if re.fullmatch(r"\d{1,9}", value):
                yield int(value)


def _with_boxes(part: bytes) -> bytes:
    """A part whose head says that boxes to tick may be skipped."""
    head = part.index(b"<w:")
    end = part.index(b">", head)
    if b"w14:checkbox" not in part or b"Ignorable" in part[head:end]:
        return part
    return part[:end] + f" {IGNORABLE}".encode() + part[end:]


def _printed(root: Element) -> bytes:
    text: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    return text


__all__ = ["word_blank"]
