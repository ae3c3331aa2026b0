"""Review copies: the same text, and beside each normative paragraph what it rests on and why."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cases import (
    AS_OF,
    DB50,
    PILOT,
    ROOT,
    SAMPLES,
    adopting,
    file_of,
    flat,
    make_papers,
    make_plan,
    nested,
    papers_of,
    workspace,
)
from lxml import etree
from office import resaved

from cqo_docs import generation
from cqo_docs.base.errors import ContentError
from cqo_docs.generation import inputs_key, pack_files, read_answers
from cqo_docs.pack.manifest import EDITED, PackFile, Written
from cqo_docs.pack.writing import write_pack
from cqo_docs.papers.block import Block
from cqo_docs.papers.composer import Document, source_text
from cqo_docs.papers.review import Line, is_normative, make_review
from cqo_docs.plan.model import Plan
from cqo_docs.render import open_renderer, template_folder
from cqo_docs.render.comments import review_copy
from cqo_docs.wording.placeholders import placeholders
from cqo_docs.workspace import Workspace

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
CHECKER = ROOT.parent / "shared" / "tools" / "ooxml_check.py"
WORDS = workspace().wording
LABELS = WORDS.review["labels"]
NAMES = tuple(path.stem for path in SAMPLES)
Call = Callable[..., Any]


def members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {name: package.read(name) for name in package.namelist()}


def text_of(element: Any) -> str:
    """The text of an element, its line breaks and tabs as a value has them."""
    signs = {f"{WORD}br": "\n", f"{WORD}tab": "\t"}
    return "".join(
        e.text or "" if e.tag == f"{WORD}t" else signs[e.tag]
        for e in element.iter(f"{WORD}t", *signs)
        if e.getparent().tag == f"{WORD}r"
    )


@dataclass(frozen=True)
class Comment:
    """One comment of a file with the paragraph that it stands at."""

    number: str
    author: str
    initials: str
    day: str
    paragraph: str
    lines: tuple[str, ...]

    def line(self, name: str) -> str:
        """What the comment says under a label, all lines of it."""
        label = LABELS[name]
        return "\n".join(t.removeprefix(label) for t in self.lines if t.startswith(label))


def comments_in(data: bytes) -> list[Comment]:
    """The comments of a Word file in the order of its paragraphs."""
    parts = members(data)
    body = etree.fromstring(parts["word/document.xml"])
    by_number = {c.get(f"{WORD}id"): c for c in etree.fromstring(parts["word/comments.xml"])}
    found = []
    for reference in body.iter(f"{WORD}commentReference"):
        number = reference.get(f"{WORD}id")
        comment = by_number.pop(number)
        paragraph = next(reference.iterancestors(f"{WORD}p"))
        ranges = [
            e.getparent()
            for name in ("commentRangeStart", "commentRangeEnd")
            for e in body.iter(f"{WORD}{name}")
            if e.get(f"{WORD}id") == number
        ]
        # What is said of the whole paper stands at its title, over nothing.
        assert ranges == ([paragraph, paragraph] if found else [])
        found.append(
            Comment(
                number,
                *(comment.get(f"{WORD}{name}") for name in ("author", "initials", "date")),
                text_of(paragraph),
                tuple(text_of(p) for p in comment.iter(f"{WORD}p")),
            )
        )
    assert not by_number
    return found


@dataclass(frozen=True)
class Copies:
    """One sample with its papers, their clean files and their review copies."""

    plan: Plan
    papers: Mapping[str, Document]
    clean: Mapping[str, PackFile]
    review: Mapping[str, PackFile]

    def comments(self, paper: str) -> list[Comment]:
        return comments_in(self.review[paper].data)


def copies_of(plan: Plan) -> Copies:
    files = pack_files(plan, workspace(), review=True)
    word = [f for f in files if f.path.endswith(".docx")]
    return Copies(
        plan,
        papers_of(plan),
        {f.documents[0]: f for f in word if not f.review},
        {f.documents[0]: f for f in word if f.review},
    )


@cache
def sample(name: str) -> Copies:
    file = read_answers(ROOT / "questionnaires" / f"{name}.yaml", workspace())
    return copies_of(generation.make_plan(file, workspace(), AS_OF))


def comment_on(copies: Copies, paper: str, part: str) -> Comment:
    """The comment on the paragraph of a part; the first where there are several."""
    head = f"{paper}/{part}"
    block = next(
        b for b in copies.papers[paper].blocks if b.id == head or b.id.startswith(f"{head}/")
    )
    return next(c for c in copies.comments(paper)[1:] if c.paragraph == block.text)


# ---------------------------------------------------------------- the text


@pytest.mark.parametrize("name", NAMES)
def test_every_word_paper_has_a_copy_whose_text_is_the_same(name: str) -> None:
    copies = sample(name)
    assert set(copies.review) == set(copies.clean) != set()
    for paper, copy in copies.review.items():
        clean, review = members(copies.clean[paper].data), members(copy.data)
        assert set(review) - set(clean) == {"word/comments.xml"}
        for part in clean:
            if re.fullmatch(r"word/(document|header\d*|footer\d*)\.xml", part):
                one, other = (etree.fromstring(p[part]) for p in (clean, review))
                assert [text_of(p) for p in one.iter(f"{WORD}p")] == [
                    text_of(p) for p in other.iter(f"{WORD}p")
                ]
        text = b"".join(v for k, v in review.items() if k != "word/comments.xml")
        assert "\ufdd0" not in text.decode("utf-8", "replace")


@pytest.mark.parametrize("name", NAMES)
def test_every_normative_paragraph_has_one_comment_and_it_stands_there(name: str) -> None:
    copies, normative = sample(name), 0
    for paper in copies.papers.keys() & copies.review.keys():
        whole, *others = copies.comments(paper)
        assert whole.line("whole")
        together = [copies.papers[name] for name in copies.review[paper].documents]
        review = make_review(together, copies.plan, workspace().library, WORDS)
        blocks = [b for one in together for b in one.blocks]
        told = [b for b in blocks if b.id in review.blocks]
        by_paragraph = sorted(b.text for b in told)
        assert sorted(c.paragraph for c in others) == by_paragraph
        # Within one flow the paragraphs stand in the order of the blocks.
        for flow in {(b.id.partition("/")[0], b.flow) for b in told}:
            texts = [b.text for b in told if (b.id.partition("/")[0], b.flow) == flow]
            assert [c.paragraph for c in others if c.paragraph in set(texts)] == texts or len(
                set(texts)
            ) != len(texts)
        own = [b for b in blocks if is_normative(b)]
        assert {b.id for b in own} <= set(review.blocks)
        normative += len(own)
    assert normative >= 40


@pytest.mark.parametrize("name", NAMES)
def test_a_comment_tells_clauses_modality_answers_and_why(name: str) -> None:
    copies, library = sample(name), workspace().library
    for paper, document in copies.papers.items():
        if paper not in copies.review:
            continue
        planned = {b.id: b for p in copies.plan.papers for b in p.blocks}
        by_text: dict[str, list[Comment]] = {}
        for comment in copies.comments(paper)[1:]:
            by_text.setdefault(comment.paragraph, []).append(comment)
        for block in filter(is_normative, document.blocks):
            comment = by_text[block.text].pop(0)
            clauses = comment.line("clauses").splitlines()
            assert len(clauses) == max(len(block.clauses), 1)
            for key, line in zip(block.clauses, clauses, strict=False):
                clause = library.clause(key)
                assert library.cited[key] in line
                assert f"（{WORDS.formats['modality'][clause.modality]}）" in line
                assert clause.summary in line
            if not block.clauses:
                assert clauses == [WORDS.review["no-clause"]]
            assert comment.line("modality")
            if block.modality:
                assert WORDS.formats["modality"][block.modality] in comment.line("modality")
            assert comment.line("why")
            origin = planned.get(block.id) or planned[block.id.rpartition("/")[0]]
            text = source_text(origin, copies.plan, library, WORDS)
            if set(placeholders(text)) - {"modal"}:
                assert comment.line("answers"), text


@pytest.mark.parametrize("name", NAMES)
def test_a_comment_holds_no_word_of_the_program(name: str) -> None:
    given = (ROOT / "questionnaires" / f"{name}.yaml").read_text(encoding="utf-8")
    known = re.compile(r"CQO|DB\d\d|GB|ISO|/T\b|QC|QFD|FMEA|SPC|PDCA|[A-Za-z]\)|[0-9A-Z]{18}")
    copies = sample(name)
    for paper in copies.review:
        for comment in copies.comments(paper):
            for line in comment.lines:
                assert not re.search(r"None|Decimal|\{|\}|\[|\]|True|False", line), line
                words = re.findall(r"[A-Za-z]{2,}", known.sub("", line))
                assert not [word for word in words if word not in given], line
                assert "。。" not in line
                assert "；。" not in line


def test_ids_are_unique_and_author_and_day_are_fixed() -> None:
    for paper in sample(NAMES[0]).review:
        comments = sample(NAMES[0]).comments(paper)
        assert len({c.number for c in comments}) == len(comments)
        signs = {(c.author, c.initials, c.day) for c in comments}
        own = (WORDS.review["author"], WORDS.review["initials"])
        assert signs == {(*own, f"{AS_OF.isoformat()}T00:00:00Z")}


def test_copies_are_the_same_every_time() -> None:
    plan = sample(NAMES[0]).plan
    again = {f.path: f.data for f in pack_files(plan, workspace(), review=True)}
    once = {f.path: f.data for f in sample(NAMES[0]).review.values()}
    assert {path: again[path] for path in once} == once


def test_copies_are_sound(tmp_path: Path) -> None:
    if not CHECKER.is_file():
        pytest.skip(f"no {CHECKER.parent.parent.name} folder beside the repository: not judged")
    count = 0
    for name in NAMES:
        for paper, copy in sample(name).review.items():
            (tmp_path / f"{name}-{paper}.docx").write_bytes(copy.data)
            count += 1
    done = subprocess.run(
        [sys.executable, CHECKER, "--json", tmp_path], capture_output=True, text=True, check=False
    )
    judged = json.loads(done.stdout)
    assert len(judged) == count >= 70
    assert [e for e in judged if any(f["level"] == "error" for f in e["findings"])] == []


# ---------------------------------------------------------------- what they say


def test_an_answer_stands_with_its_label_and_its_value() -> None:
    copies = sample("chongqing-machine-small")
    answers = comment_on(copies, "authorization", "limit").line("answers")
    assert f"{WORDS.label('authority.spending_limit')}：50000" in answers
    assert f"{WORDS.label('appointment.reports_to')}：总经理" in answers


def test_an_answer_nobody_chose_is_told_as_such() -> None:
    copies = sample("shandong-trading")
    answers = comment_on(copies, "decision", "term").line("answers")
    assert f"{WORDS.label('appointment.term_years')}：3（默认）" in answers


def test_a_condition_is_told_as_the_answer_was() -> None:
    why = comment_on(sample("chongqing-machine-small"), "decision", "mode-concurrent").line("why")
    assert "专职：否" in why


def test_a_settled_figure_names_winner_and_losers() -> None:
    comment = comment_on(copies_of(make_plan(adopting(DB50))), "authorization", "veto-items")
    told = comment.line("findings")
    assert "从严取“限于内部质量考核”" in told
    assert "未取的有" in told
    assert "6 i)：企业内部质量安全事项" in told


def test_an_own_rule_tells_what_the_clause_said() -> None:
    plan = make_plan(adopting(DB50), {"plan.recommendations": "own-rule"})
    comment = comment_on(copies_of(plan), "system", "fund-topics")
    assert comment.paragraph.endswith("本款为本企业规定。")
    assert comment.line("modality") == "应；条款原为“宜”，企业选定改作本企业规定"
    assert comment.line("origin") == "本企业规定"
    assert "作为本企业规定执行" in comment.line("answers")


def test_a_source_without_numbers_is_cited_without_one() -> None:
    copies = copies_of(make_plan())
    lines = [c for p in copies.review for c in copies.comments(p)[1:]]
    pilot = workspace().library.standard(PILOT)
    cited = [t for c in lines for t in c.line("clauses").splitlines() if pilot.number in t]
    assert cited
    assert all(re.match(rf"参照 {pilot.number}〔[^〕]+〕（", t) for t in cited)


@pytest.mark.parametrize(
    ("name", "told"),
    [("chongqing-parts-barred", "【不得聘任】"), ("chongqing-construction", "【待补正】")],
)
def test_a_candidate_who_does_not_fit_is_told_at_the_head_of_every_copy(
    name: str, told: str
) -> None:
    copies = sample(name)
    for paper in copies.review:
        assert told in copies.comments(paper)[0].line("verdict")


def test_a_candidate_who_fits_is_not_told_at_the_head() -> None:
    copies = sample("shanxi-food-micro")
    assert all(not copies.comments(p)[0].line("verdict") for p in copies.review)


HOSTILE = "甲<w:p/>&amp;{{ x }}{% y %}\"'=1+1]]>../乙"


def test_hostile_answers_stand_in_comments_as_they_are() -> None:
    plan = make_plan({"company.general_manager": HOSTILE, "appointment.concurrent_posts": [HOSTILE],
                      "appointment.full_time": False})  # fmt: skip
    copies = copies_of(plan)
    answers = comment_on(copies, "decision", "mode-concurrent").line("answers")
    assert f"{WORDS.label('appointment.concurrent_posts')}：{HOSTILE}" in answers
    assert HOSTILE in comment_on(copies, "decision", "report").line("answers")


# ---------------------------------------------------------------- templates


def letter() -> tuple[Document, Any]:
    plan = make_plan()
    document = papers_of(plan)["appointment"]
    return document, make_review([document], plan, workspace().library, WORDS)


def with_template(folder: Path, change: Callable[[dict[str, bytes]], None]) -> Workspace:
    """The workspace with one changed template of the letter."""
    shutil.copytree(template_folder(), folder)
    parts = members((folder / "appointment.docx").read_bytes())
    change(parts)
    with zipfile.ZipFile(folder / "appointment.docx", "w") as package:
        for name, data in parts.items():
            package.writestr(name, data)
    ws = workspace()
    return Workspace(ws.library, ws.wording, open_renderer(folder))


def replaced(parts: dict[str, bytes], old: str, new: str) -> None:
    text = parts["word/document.xml"].decode()
    assert old in text
    parts["word/document.xml"] = text.replace(old, new).encode()


@pytest.mark.parametrize(("times", "told"), [(0, "写出0次"), (2, "写出2次")])
def test_a_template_that_does_not_print_a_paragraph_once_is_named(
    tmp_path: Path, times: int, told: str
) -> None:
    tag = "{{ b.body }}"
    ws = with_template(tmp_path / "t", lambda parts: replaced(parts, tag, tag * times or "x"))
    document, review = letter()
    with pytest.raises(ContentError) as error:
        review_copy([document], review, ws.renderer)
    sentences = [WORDS.problem(p) for p in error.value.problems]
    assert all(told in s and "appointment.docx" in s for s in sentences)
    assert len(sentences) == sum(b.style == "body" for b in document.blocks)


def test_a_template_that_weighs_a_text_is_refused(tmp_path: Path) -> None:
    weighing = "{{ b.body[:30] }}{{ b.body[30:] and 1 }}"
    ws = with_template(tmp_path / "t", lambda parts: replaced(parts, "{{ b.body }}", weighing))
    document, review = letter()
    with pytest.raises(ContentError) as error:
        review_copy([document], review, ws.renderer)
    assert [p.code for p in error.value.problems] == ["template.weighs-blocks"]


def test_comments_of_a_template_stay_beside_ours(tmp_path: Path) -> None:
    document, review = letter()
    first = members(review_copy([document], review, workspace().renderer))

    def commented(parts: dict[str, bytes]) -> None:
        for name in ("[Content_Types].xml", "word/_rels/document.xml.rels", "word/styles.xml"):
            parts[name] = first[name]
        comments = etree.fromstring(first["word/comments.xml"])
        for comment in comments[1:]:
            comments.remove(comment)
        parts["word/comments.xml"] = etree.tostring(comments)
        replaced(
            parts, "{{ title }}",
            '{{ title }}</w:t></w:r><w:r><w:commentReference w:id="0"/></w:r><w:r><w:t>',
        )  # fmt: skip

    ws = with_template(tmp_path / "t", commented)
    again = members(review_copy([document], review, ws.renderer))
    ids = [c.get(f"{WORD}id") for c in etree.fromstring(again["word/comments.xml"])]
    assert len(ids) == len(set(ids)) == len(review.blocks) + 2
    assert again["word/styles.xml"].count(b'"annotation text"') == 1
    assert again["[Content_Types].xml"].count(b"comments+xml") == 1


# ---------------------------------------------------------------- the pack


def written(output: Path, review: bool) -> Written:
    file = file_of(nested(flat()))
    return generation.generate(file, workspace(), output, AS_OF, copies=("review",) * review)[1]


def test_copies_lie_in_a_folder_of_their_own_and_the_manifest_tells_them(tmp_path: Path) -> None:
    pack = written(tmp_path, review=True)
    copies = [entry for entry in pack.files if entry.get("review")]
    assert len(copies) == sum(e["path"].endswith(".docx") for e in pack.files) / 2
    for entry in copies:
        folder, _, name = entry["path"].rpartition("/")
        assert (folder, name[-10:]) == ("审阅稿", "（审阅稿）.docx")
        assert (pack.folder / entry["path"]).is_file()


def test_without_the_option_copies_are_removed_with_their_folder(tmp_path: Path) -> None:
    first = written(tmp_path, review=True)
    again = written(tmp_path, review=False)
    assert set(again.removed) == {e["path"] for e in first.files if e.get("review")}
    assert not (again.folder / "审阅稿").exists()
    assert again.manifest["inputs"] != first.manifest["inputs"]


def test_an_edited_copy_is_kept_and_so_is_a_strangers_file(tmp_path: Path) -> None:
    pack = written(tmp_path, review=True)
    copy = next(e["path"] for e in pack.files if e.get("review"))
    (pack.folder / copy).write_bytes(b"edited")
    (pack.folder / "审阅稿" / "意见.txt").write_text("有意见", encoding="utf-8")
    again = written(tmp_path, review=False)
    assert (again.folder / EDITED / copy).read_bytes() == b"edited"
    assert (again.folder / "审阅稿" / "意见.txt").read_text(encoding="utf-8") == "有意见"
    assert sorted(p.name for p in (again.folder / "审阅稿").iterdir()) == ["意见.txt"]


def test_the_option_is_one_of_the_inputs() -> None:
    keys = {inputs_key("a", workspace(), AS_OF, review) for review in (False, True)}
    assert len(keys) == 2


def test_the_command_writes_them(cli_invoke: Call, questionnaire: Call) -> None:
    Path("问卷.json").write_text(questionnaire(), encoding="utf-8")
    called = cli_invoke("generate", "问卷.json", "-o", "out", "--review")
    assert called.code == 0
    assert "审阅稿/" in called.out
    assert list(Path("out").rglob("审阅稿/01-聘任决定与任职通知（审阅稿）.docx"))


def test_a_folder_of_the_same_name_does_not_stop_a_pack(tmp_path: Path) -> None:
    plain = [PackFile("01.docx", b"one", ("a",), ())]
    write_pack(tmp_path, "甲", {}, plain, "a: b\n")
    (tmp_path / "甲" / "审阅稿").mkdir()
    copy = PackFile("审阅稿/01.docx", b"two", ("a",), (), review=True)
    pack = write_pack(tmp_path, "甲", {}, [*plain, copy], "a: b\n")
    assert (pack.folder / "审阅稿" / "01.docx").read_bytes() == b"two"


# ---------------------------------------------------------------- LibreOffice

OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}annotation"
TEXT_P = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"


def shown(element: Any) -> str:
    """The text of an OpenDocument paragraph without what its annotations say, blanks left out."""
    said = "".join(element.itertext())
    for note in element.iter(OFFICE):
        said = said.replace("".join(note.itertext()), "", 1)
    return re.sub(r"\s", "", said)


@pytest.mark.slow
def test_libreoffice_shows_each_comment_at_its_paragraph() -> None:
    copies: dict[str, bytes] = {}
    wanted: dict[str, list[str]] = {}
    for name in NAMES:
        for paper, copy in sample(name).review.items():
            copies[f"{name}--{paper}.docx"] = copy.data
            found = comments_in(copy.data)
            wanted[f"{name}--{paper}.docx"] = [re.sub(r"\s", "", c.paragraph) for c in found]
    saved = resaved(copies, "fodt")
    for key, paragraphs in wanted.items():
        root = etree.fromstring(saved[key], etree.XMLParser(huge_tree=True))
        have = []
        for note in root.iter(OFFICE):
            place = next(note.iterancestors(f"{TEXT_P}p", f"{TEXT_P}h"))
            have.append(shown(place))
        assert sorted(have) == sorted(paragraphs), key


def test_lines_have_labels_and_texts() -> None:
    document = make_papers()["duties"]
    review = make_review([document], make_plan(), workspace().library, WORDS)
    lines: list[Line] = [line for block in review.blocks.values() for line in block]
    assert {line.label for line in lines} <= set(LABELS.values())
    assert all(line.text for line in lines)


def test_headings_tell_only_what_put_them_there() -> None:
    copies = sample("chongqing-machine-small")
    comment = comment_on(copies, "authorization", "powers")
    assert not comment.line("clauses")
    assert comment.line("why") == "列入条件：微型企业：否。"
    blocks: list[Block] = list(copies.papers["authorization"].blocks)
    plain = next(b.text for b in blocks if b.id == "authorization/decide")
    assert plain not in {c.paragraph for c in copies.comments("authorization")}
