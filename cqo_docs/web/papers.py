"""The papers of one company: chosen, read with their reasons, written, checked and downloaded."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from cqo_docs.answers.file import AnswersFile, planning_date
from cqo_docs.answers.types import parse_date
from cqo_docs.base.errors import CqoError
from cqo_docs.generation import REVIEW, generate, make_plan, pack_files
from cqo_docs.json_shapes import verdict_lines
from cqo_docs.office.pdf import page_pictures, to_pdf
from cqo_docs.pack.locking import recover
from cqo_docs.pack.manifest import EDITED, Written
from cqo_docs.pack.names import safe_name
from cqo_docs.verify import verify_pack
from cqo_docs.verify.reporting import report_lines, report_rows
from cqo_docs.web.app import held, say, sentences, wording
from cqo_docs.web.making import DONE, FAILED, Maker, Task
from cqo_docs.web.opening import checked_in, printed_in
from cqo_docs.web.papers_page import (
    PICTURES,
    PRINTED,
    PackPage,
    archive,
    can_paint,
    can_print,
    file_at,
    pack_locale,
    pack_page,
    read_papers,
)
from cqo_docs.web.planning import reader_workspace, shown
from cqo_docs.web.sending import download
from cqo_docs.web.store import Company
from cqo_docs.wording.locales import OFFERED
from cqo_docs.workspace import Workspace

page = Blueprint("papers", __name__, url_prefix="/companies/<ident>/papers")

PACK, PAGES = "pack", "pages"
PROGRESS_SECONDS = 1
# So many papers are kept as pictures: those that one leafs through.
MOST_KEPT = 6


@dataclass(frozen=True)
class Wanted:
    """What is to be written, as the form has it."""

    papers: tuple[str, ...]
    locale: str
    copies: tuple[str, ...]
    day: str
    faults: tuple[str, ...] = ()


class Pictures:
    """The pages of the papers that were looked at last, as pictures."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.kept: OrderedDict[tuple[str, ...], tuple[bytes, ...]] = OrderedDict()

    def keep(self, key: tuple[str, ...], pictures: tuple[bytes, ...]) -> None:
        """Keep the pages of a paper."""
        with self.lock:
            self.kept[key] = pictures
            while len(self.kept) > MOST_KEPT:
                self.kept.popitem(last=False)

    def find(self, key: tuple[str, ...]) -> tuple[bytes, ...]:
        """The pages of a paper; empty where they are not kept."""
        with self.lock:
            return self.kept.get(key, ())


def maker() -> Maker:
    """The tasks of this application."""
    found: Maker = current_app.extensions.setdefault("cqo.maker", Maker())
    return found


def pictures() -> Pictures:
    """The pictures of this application."""
    found: Pictures = current_app.extensions.setdefault("cqo.pictures", Pictures())
    return found


@page.get("")
def show(ident: str) -> ResponseReturnValue:
    """What can be written, and the pack that there is."""
    company = held().store.find(ident)
    file = usable(company)
    pack = pack_of(company, file)
    return form_page(company, file, pack, wanted_first(company, file, pack))


def usable(company: Company) -> AnswersFile | None:
    """The answers of a company; None where some are wrong or missing."""
    try:
        return held().store.answers(company)
    except CqoError:
        return None


def pack_of(company: Company, file: AnswersFile | None) -> PackPage | None:
    """The pack of a company as it lies on the disk."""
    folder = held().store.pack(company)
    locale = pack_locale(folder, company.name)
    ws = printed_in(locale, held().workspace) if locale else None
    return pack_page(folder, company.name, file, ws)


def wanted_first(company: Company, file: AnswersFile | None, pack: PackPage | None) -> Wanted:
    """What the form offers: the papers of the plan, otherwise as the last time."""
    _, told = shown(company)
    papers = tuple(row.id for row in told.papers if row.planned) if told is not None else ()
    day = planning_date(file, None, held().today()) if file is not None else held().today()
    if pack is None or pack.locale not in OFFERED:
        return Wanted(papers, OFFERED[0], (), day.isoformat())
    kinds = tuple(kind for kind in (REVIEW, PRINTED, PICTURES) if kind in pack.kinds)
    return Wanted(papers, pack.locale, kinds, day.isoformat())


def form_page(
    company: Company,
    file: AnswersFile | None,
    pack: PackPage | None,
    wanted: Wanted,
    code: int = 200,
) -> ResponseReturnValue:
    """The page with the form and the pack."""
    found, told = shown(company)
    task = maker().find(company.ident)
    made = task if task is not None and task.over and request.args.get("made") else None
    if made is not None and made.kind != PACK:
        made = None
    lines = []
    if found.plan is not None and found.file is not None:
        lines = verdict_lines(found.plan, reader_workspace())
    html = render_template(
        "papers.html",
        company=company,
        usable=file is not None,
        found=found,
        plan=told,
        verdicts=lines,
        pack=pack,
        wanted=wanted,
        locales=OFFERED,
        can_print=can_print(),
        can_paint=can_paint(),
        edited_folder=EDITED,
        made=made,
        written=made.result if made is not None and made.state == DONE else None,
        faults=sentences(CqoError(made.faults)) if made is not None else (),
        busy=task is not None and not task.over,
    )
    return html, code


def wanted_in(known: Sequence[str]) -> Wanted:
    """What the form asks for. Aborts for what no form of ours sends."""
    papers = request.form.getlist("papers")
    copies = request.form.getlist("copies")
    locale, day = request.form.get("locale", ""), request.form.get("day", "").strip()
    if not set(papers) <= set(known) or not set(copies) <= {REVIEW, PRINTED, PICTURES}:
        abort(400)
    if locale not in OFFERED:
        abort(400)
    faults = [] if papers else [say("papers.fault.papers")]
    try:
        parse_date(day)
    except ValueError:
        faults.append(say("papers.fault.day"))
    chosen = tuple(paper for paper in known if paper in papers)
    return Wanted(chosen, locale, tuple(dict.fromkeys(copies)), day, tuple(faults))


@page.post("/generate")
def write(ident: str) -> ResponseReturnValue:
    """Begin to write the papers that were ticked."""
    company = held().store.find(ident)
    file = usable(company)
    if file is None:
        return redirect(url_for("planning.show", ident=ident, _anchor="missing"))
    ws = held().workspace
    wanted = wanted_in([paper.id for paper in ws.library.papers])
    if wanted.faults:
        return form_page(company, file, pack_of(company, file), wanted, 400)
    day = parse_date(wanted.day)
    planned = tuple(p.paper.id for p in make_plan(file, ws, day).papers)
    # Nothing named means the whole pack, and then what it no longer holds is cleared away.
    only = () if set(wanted.papers) == set(planned) else wanted.papers
    output = held().store.output_of(company)

    def work() -> Written:
        recover(output)
        opened = printed_in(wanted.locale, ws)
        _, written = generate(file, opened, output, day, only, False, wanted.copies)
        return written

    return begun(ident, maker().start(ident, PACK, len(wanted.papers), work, wanted), wanted)


def begun(ident: str, task: Task, about: object) -> ResponseReturnValue:
    """On to the progress of a task; a click on the same joins it, and whatever else has to wait."""
    if task.about == about:
        return redirect(url_for("papers.progress", ident=ident))
    flash(say("papers.not-begun"), "warn")
    return redirect(url_for("papers.show", ident=ident))


@page.get("/progress")
def progress(ident: str) -> ResponseReturnValue:
    """How far the last task is; the page asks again until it is over."""
    company = held().store.find(ident)
    task = maker().find(ident)
    if task is None:
        return redirect(url_for("papers.show", ident=ident))
    if task.over:
        return redirect(after(company, task))
    return render_template(
        "progress.html", company=company, task=task, said=said_of(task), again=PROGRESS_SECONDS
    )


@page.get("/progress.json")
def progress_data(ident: str) -> ResponseReturnValue:
    """What the progress page asks for."""
    company = held().store.find(ident)
    task = maker().find(ident)
    if task is None or task.over:
        there = after(company, task) if task else url_for("papers.show", ident=ident)
        return jsonify(over=True, there=there)
    return jsonify(over=False, said=said_of(task))


def said_of(task: Task) -> str:
    """How far a task is, in one sentence."""
    return say(f"papers.progress.{task.kind}.{task.state}", count=task.count, seconds=task.seconds)


def after(company: Company, task: Task) -> str:
    """Where one goes on when a task is over."""
    if task.kind == PAGES and task.state != FAILED:
        paper, locale = task.result
        return url_for("papers.pages", ident=company.ident, paper=paper, locale=locale)
    if task.kind == PAGES:
        for text in sentences(CqoError(task.faults)):
            flash(text, "bad")
        return url_for("papers.show", ident=company.ident)
    return url_for("papers.show", ident=company.ident, made=1, _anchor="pack")


# Files


@page.get("/file/<key>")
def file(ident: str, key: str) -> ResponseReturnValue:
    """One file of the pack."""
    company = held().store.find(ident)
    found = file_at(held().store.pack(company), company.name, key)
    if found is None:
        abort(404)
    path, data = found
    return download(data, path.rpartition("/")[2])


@page.get("/archive")
def bundle(ident: str) -> ResponseReturnValue:
    """The whole pack as a zip."""
    company = held().store.find(ident)
    data = archive(held().store.pack(company), company.name)
    if data is None:
        abort(404)
    return download(data, f"{safe_name(company.name)}.zip")


@page.get("/check")
def check(ident: str) -> ResponseReturnValue:
    """What in the pack does not agree, and what was changed in it."""
    company = held().store.find(ident)
    pack = pack_of(company, usable(company))
    if pack is None:
        return redirect(url_for("papers.show", ident=ident))
    opened = printed_in(pack.locale if pack.locale in OFFERED else OFFERED[0], held().workspace)
    ws = checked_in(opened, wording())
    report = verify_pack(pack.folder, ws)
    return render_template(
        "check.html",
        company=company,
        report=report,
        lines=list(report_lines(report, ws)),
        rows=report_rows(report, ws),
        looks={ws.wording.verify["severity"][n]: look for n, look in SEVERITY_LOOKS.items()},
    )


SEVERITY_LOOKS = {"fault": "bad", "change": "warn", "note": "info"}


# Reading


def locale_asked() -> str:
    """The locale in which a paper is to be read."""
    locale = request.args.get("locale", OFFERED[0])
    return locale if locale in OFFERED else abort(404)


@page.get("/read/<paper>")
def read(ident: str, paper: str) -> ResponseReturnValue:
    """A paper as a page to read: each paragraph tells its clauses and reasons."""
    company = held().store.find(ident)
    answers = usable(company)
    if answers is None:
        return redirect(url_for("planning.show", ident=ident, _anchor="missing"))
    ws = printed_in(locale_asked(), held().workspace)
    day = planning_date(answers, None, held().today())
    found = read_papers(answers, ws, reader_workspace(), day, paper)
    if found is None:
        abort(404)
    _, told = shown(company)
    links = {row.link[:2]: row.link for row in told.clauses} if told is not None else {}
    return render_template(
        "read.html",
        company=company,
        paper=paper,
        read=found,
        plan=told,
        links={
            block.id: [links[key] for c in block.clauses if (key := address_of(c)) in links]
            for document in found.documents
            for block in document.blocks
        },
        locale=locale_asked(),
        locales=OFFERED,
        tongue=spoken_tag(ws),
        can_paint=can_paint(),
    )


def address_of(key: str) -> tuple[str, str]:
    """Standard and place of a clause at STANDARD#REF."""
    standard, _, ref = key.partition("#")
    return standard, ref


def spoken_tag(ws: Workspace) -> str:
    """The language of papers as pages name it: the first, where there are two."""
    return ws.locale.partition(",")[0]


def pictures_key(company: Company, paper: str, locale: str, day: date) -> tuple[str, ...]:
    """What the pictures of a paper were made from."""
    return (company.ident, company.version, paper, locale, day.isoformat())


@page.post("/pages/<paper>")
def paint(ident: str, paper: str) -> ResponseReturnValue:
    """Begin to make pictures of the pages of a paper."""
    company = held().store.find(ident)
    answers = usable(company)
    locale = request.form.get("locale", "")
    known = {p.id for p in held().workspace.library.papers}
    if answers is None or locale not in OFFERED or paper not in known or not can_paint():
        abort(404)
    day = planning_date(answers, None, held().today())
    plain, kept = held().workspace, pictures()
    key = pictures_key(company, paper, locale, day)

    def work() -> tuple[str, str]:
        ws = printed_in(locale, plain)
        plan = make_plan(answers, ws, day, (paper,))
        files = [f for f in pack_files(plan, ws) if paper in f.documents]
        office = {f.path: f.data for f in files if f.path.endswith((".docx", ".xlsx"))}
        printed = to_pdf(office)
        kept.keep(key, tuple(p for path in office for p in page_pictures(printed[path])))
        return paper, locale

    about = (paper, locale)
    return begun(ident, maker().start(ident, PAGES, 1, work, about), about)


@page.get("/pages/<paper>")
def pages(ident: str, paper: str) -> ResponseReturnValue:
    """The pages of a paper as pictures."""
    company = held().store.find(ident)
    answers, locale = usable(company), locale_asked()
    _, told = shown(company)
    rows = [row for row in told.papers if row.id == paper] if told is not None else []
    if not rows:
        abort(404)
    day = planning_date(answers, None, held().today()) if answers is not None else held().today()
    count = len(pictures().find(pictures_key(company, paper, locale, day)))
    if not count:
        return redirect(url_for("papers.read", ident=ident, paper=paper, locale=locale))
    return render_template(
        "pages.html", company=company, paper=rows[0], locale=locale, count=count, day=day
    )


@page.get("/pages/<paper>/<int:number>.png")
def picture(ident: str, paper: str, number: int) -> ResponseReturnValue:
    """One page of a paper as a picture."""
    company = held().store.find(ident)
    day = request.args.get("day", "")
    key = (company.ident, company.version, paper, locale_asked(), day)
    found = pictures().find(key)
    if not 1 <= number <= len(found):
        abort(404)
    return Response(found[number - 1], mimetype="image/png")


@page.app_template_filter("size")
def size(number: int) -> str:
    """The size of a file as people read it."""
    if number < 1024:
        return f"{number} B"
    if number < 1024 * 1024:
        return f"{number / 1024:.0f} KB"
    return f"{number / 1024 / 1024:.1f} MB"
