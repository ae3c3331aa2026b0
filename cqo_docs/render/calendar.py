"""Events in, the bytes of an iCalendar file out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any

PRODUCT = "-//cqo-docs//cqo-docs//ZH"
NAME, DESCRIPTION = "X-WR-CALNAME", "X-WR-CALDESC"


def calendar_file(context: Mapping[str, Any]) -> bytes:
    """The calendar of a context: all-day events, stamped with the day of planning.

    Equal contexts give equal bytes.
    """
    from icalendar import Calendar, Event, vText

    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    # Without a type of their own these would be written with bare commas.
    calendar.add(NAME, vText(context["name"]))
    calendar.add(DESCRIPTION, vText(context["company_name"]))
    stamp = datetime.combine(context["as_of"], time(), UTC)
    for one in context["events"]:
        event = Event()
        event.add("uid", str(one["uid"]))
        event.add("dtstamp", stamp)
        event.add("dtstart", one["day"])
        event.add("dtend", one["day"] + timedelta(days=1))
        event.add("summary", one["summary"])
        event.add("description", one["description"])
        # It takes no time of the day: nobody is busy for it.
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    return bytes(calendar.to_ical())
