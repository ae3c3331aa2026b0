"""Build the Word templates from the layout that stands at the top of this file.

    python tools/build_word_templates.py [--check]

Looks follow GB/T 9704—2012 where a paper is running text. `--check` writes nothing and names every
part of a committed template that differs from its source. Whoever changes a look changes it here;
a consultant who restyles a copy in Word needs nothing from this file.
"""

from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import word_people
import word_year
from word_charts import Chart, chart_part, chart_place
from word_parts import (
    BOX_WIDTH,
    CEREMONY,
    CHART_RELATION,
    CONFIRM_TABLES,
    EXECUTION,
    FORM,
    GRADES,
    INDICATORS,
    ITEMS,
    LETTER,
    LETTER_FRAME,
    LETTER_INNER_FRAME,
    LETTER_MARGINS,
    LETTER_PANELS,
    MARK_CHARACTERS,
    MONEY,
    NARROW_CHARACTERS,
    OFFICIAL,
    RED_HEAD,
    RUNNING_TEXT,
    SCORES,
    SIDES,
    THIN,
    WIDE,
    Cell,
    Element,
    blocks,
    caption,
    cell_margins,
    cell_style,
    each,
    form_head,
    form_text,
    kept_blocks,
    label,
    label_table,
    list_table,
    longer,
    numbered_title,
    of,
    p,
    package,
    pairs_table,
    panel,
    row,
    row_tag,
    section,
    shares,
    signatures,
    signed,
    signed_name,
    space,
    table,
    tag,
    w,
    when,
)

# The fills of the series, told apart in grey too.
BLUES = ("2F5D8A", "8FB3D9", "C98A2B", "D9D9D9")

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"


def decision() -> bytes:
    """The act that decides, then the notice under red head that announces it."""
    width = OFFICIAL.text_width
    signer = p("Signer", f"{of('r.label')}\t{of('r.line')}", keep=True)
    signers = [tag("for r in act_signers"), signer, tag("endfor")]
    act = [
        *numbered_title("act_title", "act_number"),
        *kept_blocks("act"),
        *when("act_signers", *space(), *signers),
        *when("act_organ", *space()),
        tag("if notice"),
        *signed("act_organ", "act_date", section=section(OFFICIAL, kind="nextPage")),
        tag("else"),
        *when("act_organ", *signed_name("act_organ")),
        p("Sign", of("act_date")),
        tag("endif"),
    ]
    sizes = ("MarkLongest", "MarkLong", "Mark")
    longest, long, short = (p(style, of("issuer_mark")) for style in sizes)
    narrow = f"elif issuer_mark[{MARK_CHARACTERS}:]"
    mark = longer("issuer_mark", NARROW_CHARACTERS, longest, short)
    mark[2:2] = [tag(narrow), long]
    notice = [
        tag("if notice"),
        *mark,
        p("RedNumber", of("notice_number")),
        p("RedTitle", of("notice_title")),
        p("Plain", of("addressee")),
        *kept_blocks("notice"),
        *space(2),  # the seal presses on name and date and begins a line below the text
        *signed("company_name", "date", keep=True),
        *space(),
        colophon_table(width),
        p("Gap"),
        tag("endif"),
        section(OFFICIAL, kind="nextPage", first_number=1),
    ]
    return package([*act, *notice], (*RUNNING_TEXT, *RED_HEAD))


def colophon_table(width: int) -> Element:
    """Copies and printing, at the foot of the last page."""
    # Measured from the edge of the page: LibreOffice leaves a table as wide as the text where it
    # is written, unless its place is told so.
    foot = w(
        "tblpPr", leftFromText=0, rightFromText=0, vertAnchor="margin", horzAnchor="page",
        tblpX=OFFICIAL.left, tblpYSpec="bottom",
    )  # fmt: skip
    thick, middle = THIN | {"sz": 8}, THIN | {"sz": 6}
    lines = w("tblBorders", w("top", **thick), w("bottom", **thick), w("insideH", **middle))
    rows = [
        row_tag("if copies_to"),
        row(Cell(of("copies_to"), "Copies", span=2), keep=True),
        row_tag("endif"),
        row(Cell(of("printed_by"), "Printer"), Cell(of("printed_date"), "PrintDate"), keep=True),
    ]
    return table(shares(width, 3, 2), rows, "Open", place=foot, borders=lines)


def appointment() -> bytes:
    """The letter: one page without number, framed in red and gold."""
    head = [*when("number", p("Number", of("number"))), p("Title", of("title"))]
    text = [p("Plain", of("addressee")), *blocks("letter")]
    signer = p("Sign", of("signer_label") + of("signer"))
    foot = [signer, *signed("company_name", "date")]
    frame = table(
        [CEREMONY.text_width],
        [panel(*pair) for pair in zip(LETTER_PANELS, (head, text, foot), strict=True)],
        "Open",
        borders=w("tblBorders", *[w(side, **LETTER_INNER_FRAME) for side in SIDES]),
        margins=cell_margins(LETTER_MARGINS),
    )
    edge = w("pgBorders", *[w(side, **LETTER_FRAME) for side in SIDES], offsetFrom="page")
    body = [frame, p("Gap"), section(CEREMONY, numbered=False, frame=edge)]
    return package(body, LETTER, numbered=False)


def authorization() -> bytes:
    """The letter of authority."""
    body = [
        *numbered_title("title", "number"),
        *when("parties", label_table("parties", OFFICIAL, 480, 3, keep=False), p("Plain")),
        *kept_blocks("blocks"),
        *signatures(OFFICIAL, 640),
        p("Gap"),
        section(OFFICIAL),
    ]
    return package(body, RUNNING_TEXT)


def appointment_authorization() -> bytes:
    """The letter and the authority in one, for a firm too small for two papers."""
    body = [
        *numbered_title("title", "appointment.number"),
        *when("appointment.addressee", p("Plain", of("appointment.addressee"))),
        *blocks("appointment.letter"),
        *kept_blocks("authorization.blocks"),
        *signatures(OFFICIAL, 560, "authorization.signatures"),
        p("Gap"),
        section(OFFICIAL),
    ]
    return package(body, RUNNING_TEXT)


def duties() -> bytes:
    """The description of the post."""
    body = [
        p("Title", of("title")),
        *pairs_table("post_info", OFFICIAL, 480),
        p("Plain"),
        *kept_blocks("blocks"),
        *space(),
        *pairs_table("approvals", OFFICIAL, 640),
        p("Gap"),
        section(OFFICIAL),
    ]
    return package(body, RUNNING_TEXT)


def charted(row: int, key: str) -> str:
    """The tag of a name or figure of a chart; it prints nothing where the chart is left out."""
    return f"{{% for r in chart[{row}:{row + 1}] %}}{of(f'r.{key}')}{{% endfor %}}"


def drawing(width: int, height: int) -> list[Element]:
    """The chart of a form under its caption."""
    place = chart_place(CHART_RELATION, width, height, "labels.chart.caption")
    return when("chart", caption("chart"), place, p("Gap"))


def assessment() -> bytes:
    """The assessment form."""
    cells = [Cell(of(f"r.{key}"), cell_style(key)) for key in SCORES]
    total = row(label("r.label", len(INDICATORS) - len(SCORES)), *cells, height=400, keep=True)
    talk = label_table("talk", FORM, 900, 2, keep=True)
    body = [
        *form_head(),
        *pairs_table("info", FORM, 440),
        p("Gap"),
        *blocks("intro"),
        *list_table("indicators", INDICATORS, each("totals", total), merged="group", kept=True),
        *drawing(FORM.text_width, 2000),
        *blocks("veto"),
        *list_table("grades", GRADES),
        *blocks("use"),
        *when("talk", caption("talk"), talk),
        *signatures(FORM, 560),
        p("Gap"),
        section(FORM),
    ]
    weights = [charted(n, "weight") for n in range(4)]
    groups = Chart(
        [charted(n, "name") for n in range(4)],
        [(of("labels.chart.caption"), weights, BLUES[0])],
        upright=False,
        form="0.##",
    )
    return package(body, form_text(FORM), chart=chart_part(groups))


def budget() -> bytes:
    """The budget, on landscape pages throughout: a turn in between leaves half pages empty."""
    before = list(ITEMS).index(MONEY[0])
    sums = [Cell(of(f"r.{key}"), "CellRight") for key in MONEY]
    total = row(label("r.label", before), *sums, Cell(""), height=400, keep=True)
    words = row(
        label("labels['items'].capital", 3), Cell(of("capital"), span=len(ITEMS) - 3), height=440
    )
    totals = [*each("totals", total), words]
    body = [
        *form_head(),
        *pairs_table("info", WIDE, 440),
        p("Gap"),
        *blocks("intro"),
        *list_table("items", ITEMS, totals, merged="group", kept=True),
        *drawing(WIDE.text_width, 3000),
        *list_table("execution", EXECUTION),
        # Not every program keeps a table with what follows; the rules stay with the signatures.
        *kept_blocks("rules"),
        *signatures(WIDE, 500),
        p("Gap"),
        section(WIDE),
    ]
    quarters = [f"q{n}" for n in range(1, 5)]
    classes = Chart(
        [of(f"labels['items'].{quarter}") for quarter in quarters],
        [
            (charted(n, "name"), [charted(n, quarter) for quarter in quarters], colour)
            for n, colour in enumerate(BLUES)
        ],
        stacked=True,
    )
    return package(body, form_text(WIDE), chart=chart_part(classes))


def chart() -> list[Element]:
    """The organization chart: boxes joined by a line, then the units side by side."""
    width = OFFICIAL.text_width
    side, half = (width - BOX_WIDTH) // 2, BOX_WIDTH // 2
    grid = (side, half, half, width - side - BOX_WIDTH)
    box = row(Cell(""), Cell(of("r.text"), "Box", 2, lines=SIDES), Cell(""), keep=True)
    joint = row(Cell("", "Gap", 2, lines=("right",)), Cell("", "Gap", 2), height=340, keep=True)
    boxes = table(grid, each("chart", box, joint), "Open")
    units = row(
        Cell("{%tc for u in units %}"), Cell(of("u.text"), "CellCenter"), Cell("{%tc endfor %}"),
        height=600, keep=True,
    )  # fmt: skip
    return [
        *when("chart", *space(), caption("chart"), boxes, p("Gap", keep=True)),
        *when("units", table(shares(width, 1, 1, 1), [units]), p("Plain")),
    ]


def system() -> bytes:
    """The company's rules on the institution."""
    body = [
        p("Title", of("title")),
        *blocks("blocks"),
        *chart(),
        *blocks("papers"),
        *blocks("annex", keep=True),
        section(OFFICIAL),
    ]
    return package(body, RUNNING_TEXT)


def confirm() -> bytes:
    """What a person still has to confirm, in tables that appear when they hold something."""
    tables = [list_table(rows, grid) for rows, grid in CONFIRM_TABLES.items()]
    body = [
        *form_head(),
        *blocks("verdict"),
        *[element for content in tables for element in content],
        *blocks("closing"),
        section(FORM),
    ]
    return package(body, form_text(FORM))


PAPERS: dict[str, Callable[[], bytes]] = {
    "decision": decision,
    "appointment": appointment,
    "authorization": authorization,
    "appointment-authorization": appointment_authorization,
    "duties": duties,
    "assessment": assessment,
    "budget": budget,
    "system": system,
    "confirm": confirm,
    **word_people.PAPERS,
    **word_year.PAPERS,
}


def members(docx: bytes) -> dict[str, bytes]:
    """The parts of a docx by name."""
    with zipfile.ZipFile(io.BytesIO(docx)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def differences(folder: Path) -> list[str]:
    """Every part of a template in the folder that is not what its source says."""
    found = [
        f"{path.name}: no source builds it"
        for path in sorted(folder.glob("*.docx"))
        if path.stem not in PAPERS
    ]
    for name, build in PAPERS.items():
        path = folder / f"{name}.docx"
        wanted = members(build())
        have = members(path.read_bytes()) if path.exists() else {}
        found += [
            f"{path.name}: {part} differs"
            for part in sorted(wanted.keys() | have.keys())
            if wanted.get(part) != have.get(part)
        ]
    return found


def main() -> int:
    """Write the templates, or compare them; 1 if they differ."""
    if "--check" in sys.argv[1:]:
        found = differences(TEMPLATES)
        print("\n".join(found), end="\n" if found else "")
        return 1 if found else 0
    TEMPLATES.mkdir(exist_ok=True)
    for name, build in PAPERS.items():
        (TEMPLATES / f"{name}.docx").write_bytes(build())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
