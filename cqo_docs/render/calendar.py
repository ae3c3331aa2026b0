"""Events in, the bytes of an iCalendar file (RFC 5545) out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

HEAD = (
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//cqo-docs//cqo-docs//ZH",
    "CALSCALE:GREGORIAN",
    "METHOD:PUBLISH",
)
OCTETS = 75  # of a line; longer ones go on behind a blank
BREAKS = ("\r\n", "\r", "\n")


def calendar_file(context: Mapping[str, Any]) -> bytes:
    """The calendar of a context: all-day events, stamped with the day of planning.

    Equal contexts give equal bytes.
    """
    lines = [
        *HEAD,
        f"X-WR-CALNAME:{_escaped(context['name'])}",
        f"X-WR-CALDESC:{_escaped(context['company_name'])}",
    ]
    stamp = f"DTSTAMP:{context['as_of']:%Y%m%d}T000000Z"
    for one in context["events"]:
        day = one["day"]
        lines += (
            "BEGIN:VEVENT",
            f"SUMMARY:{_escaped(one['summary'])}",
            f"DTSTART;VALUE=DATE:{day:%Y%m%d}",
            f"DTEND;VALUE=DATE:{day + timedelta(days=1):%Y%m%d}",
            stamp,
            f"UID:{_escaped(str(one['uid']))}",
            f"DESCRIPTION:{_escaped(one['description'])}",
            # It takes no time of the day: nobody is busy for it.
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        )
    lines.append("END:VCALENDAR")
    return b"".join(map(_folded, lines))


def _escaped(text: str) -> str:
    text = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    for mark in BREAKS:
        text = text.replace(mark, "\\n")
    return text


def _folded(line: str) -> bytes:
    """A line in pieces of so many octets at most, none of which breaks a sign."""
    data = line.encode()
    if len(data) <= OCTETS:
        return data + b"\r\n"
    pieces, start, room = [], 0, OCTETS
    while len(data) - start > room:
        end = start + room
        while data[end] & 0xC0 == 0x80:  # within a sign
            end -= 1
        pieces.append(data[start:end])
        start, room = end, OCTETS - 1  # the blank counts
    return b"\r\n ".join([*pieces, data[start:]]) + b"\r\n"
