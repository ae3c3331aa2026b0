"""The templates of the papers about the officer: review, pledge, filing, leaving the post."""

from __future__ import annotations

from collections.abc import Callable

from word_parts import (
    BARS,
    CONDITIONS,
    FILED,
    FORM,
    HANDOVER,
    OFFICIAL,
    RUNNING_TEXT,
    Element,
    blocks,
    caption,
    form_head,
    form_text,
    kept_blocks,
    label_table,
    list_table,
    of,
    p,
    package,
    pairs_table,
    section,
    signatures,
    signed,
    space,
    tag,
    when,
)


def eligibility() -> bytes:
    """The review of the candidate: conditions and bars row by row, then the opinions."""
    body = [
        *form_head(),
        *pairs_table("info", FORM, 440),
        p("Gap"),
        *blocks("intro"),
        *list_table("conditions", CONDITIONS),
        *blocks("review"),
        *list_table("bars", BARS),
        *when("declared", caption("declared")),
        *blocks("declaration", keep=True),
        *when("declared", label_table("declared", FORM, 600, 2, keep=False), p("Gap")),
        *when("opinions", caption("opinions"), label_table("opinions", FORM, 900, 2, keep=False)),
        p("Gap"),
        *blocks("closing"),
        section(FORM),
    ]
    return package(body, form_text(FORM))


def pledge() -> bytes:
    """What the officer promises, in running text."""
    body = [
        p("Title", of("title")),
        *kept_blocks("blocks"),
        *signatures(OFFICIAL, 640),
        p("Gap"),
        section(OFFICIAL),
    ]
    return package(body, RUNNING_TEXT)


def filing() -> bytes:
    """The table for the register: company, officer, appointment, change, papers handed in."""

    def part(name: str) -> list[Element]:
        return [*when(name, caption(name)), *pairs_table(name, FORM, 440), p("Gap")]

    body = [
        *form_head(),
        *pairs_table("kind", FORM, 440),
        p("Gap"),
        *blocks("ground"),
        *[element for name in ("company", "officer", "appointment") for element in part(name)],
        *part("change"),
        *list_table("papers", FILED, kept=True),
        *blocks("closing", keep=True),
        *when("signatures", label_table("signatures", FORM, 900, 2, keep=True)),
        p("Gap"),
        section(FORM),
    ]
    return package(body, form_text(FORM))


def exit_() -> bytes:
    """What a departure wants: each paper of its own begins on a new page."""

    def receipt(rows: str) -> list[Element]:
        return [*space(), *when(rows, label_table(rows, OFFICIAL, 640, 3, keep=True))]

    signer = p("Signer", f"{of('r.label')}\t{of('r.line')}", keep=True)
    signers = [tag("for r in signers"), signer, tag("endfor")]
    body = [
        p("Title", of("title")),
        *blocks("guide"),
        p("Gap", section=section(OFFICIAL)),
        p("Title", of("warning_title")),
        p("Plain", of("addressee")),
        *kept_blocks("warning"),
        *space(2),
        *signed("company_name", "warning_day", keep=True),
        *receipt("warning_receipt"),
        p("Gap", section=section(OFFICIAL, kind="nextPage")),
        p("Title", of("dismissal_title")),
        *kept_blocks("dismissal"),
        *when("signers", *space(), *signers),
        *space(),
        *signed("dismissal_organ", "dismissal_day", section=section(OFFICIAL, kind="nextPage")),
        p("Title", of("handover_title")),
        *pairs_table("handover_info", OFFICIAL, 480),
        p("Gap"),
        *list_table("handover", HANDOVER, kept=True, captioned=False),
        *blocks("handed", keep=True),
        *signatures(OFFICIAL, 560, "handover_signs"),
        p("Gap", section=section(OFFICIAL, kind="nextPage")),
        p("Title", of("revoke_title")),
        p("Plain", of("addressee")),
        *kept_blocks("revoke"),
        *space(2),
        *signed("company_name", "revoke_day", keep=True),
        *receipt("revoke_receipt"),
        p("Gap"),
        section(OFFICIAL, kind="nextPage"),
    ]
    return package(body, RUNNING_TEXT)


PAPERS: dict[str, Callable[[], bytes]] = {
    "eligibility": eligibility,
    "pledge": pledge,
    "filing": filing,
    "exit": exit_,
}
