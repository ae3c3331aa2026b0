"""The custom properties of an Office file: what tells a program which form it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from xml.sax.saxutils import escape

from cqo_docs.office.package import CONTENT_TYPES

PART, RELATIONS = "docProps/custom.xml", "_rels/.rels"
KIND = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
FORMAT_ID = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
# Office keeps no more than 255 characters of such a property: so many fingerprints.
PER_PROPERTY = 36


def numbered(name: str, marks: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Fingerprints as so many properties as they need."""
    ordered = sorted(marks)
    for number, start in enumerate(range(0, len(ordered), PER_PROPERTY), 1):
        yield f"{name}-{number}", " ".join(ordered[start : start + PER_PROPERTY])


def custom_part(values: Mapping[str, str]) -> str:
    """The part of the custom properties."""
    inner = "".join(
        f'<property fmtid="{FORMAT_ID}" pid="{pid}" name="{name}">'
        f"<vt:lpwstr>{escape(value)}</vt:lpwstr></property>"
        for pid, (name, value) in enumerate(values.items(), 2)
    )
    return (
        f'{HEAD}<Properties xmlns="{OFFICE}/custom-properties" xmlns:vt="{OFFICE}/docPropsVTypes">'
        f"{inner}</Properties>"
    )


def with_properties(members: Mapping[str, bytes], values: Mapping[str, str]) -> dict[str, bytes]:
    """A package with custom properties of its own."""
    kinds, links = members[CONTENT_TYPES].decode(), members[RELATIONS].decode()
    if PART not in members:
        own = f'<Override PartName="/{PART}" ContentType="{KIND}"/>'
        kinds = _into(kinds, own, "Types")
        link = f'<Relationship Id="custom" Type="{OFFICE}/relationships/custom-properties"'
        links = _into(links, f'{link} Target="{PART}"/>', "Relationships")
    changed = {CONTENT_TYPES: kinds, RELATIONS: links, PART: custom_part(values)}
    return {**members, **{name: text.encode() for name, text in changed.items()}}


def _into(text: str, element: str, root: str) -> str:
    head, mark, tail = text.rpartition(f"</{root}>")
    return f"{head}{element}{mark}{tail}"


__all__ = ["PER_PROPERTY", "custom_part", "numbered", "with_properties"]
