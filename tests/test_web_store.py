"""The workspace folder: what stands in it, what becomes of it, and that nothing is lost."""

from __future__ import annotations

import contextlib
import os
import threading
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from conftest import SMALLEST
from web import SAMPLES, Web

from cqo_docs.base.errors import CqoError, PackError
from cqo_docs.generation import generate
from cqo_docs.questions.draft import Draft, draft_text
from cqo_docs.web.renewal import renewed
from cqo_docs.web.store import ConflictError, NotFoundError, Store, open_store

DAY = date(2026, 11, 21)


@pytest.fixture
def store(web: Web) -> Store:
    return web.held.store


def made(store: Store, ident: str, **more: Any) -> Path:
    """The folder of the pack of a company, written now."""
    company = store.find(ident)
    file = store.answers(company)
    generate(file, store.workspace, store.output_of(company), DAY, **more)
    return store.pack(company)


def test_a_folder_that_is_not_there_is_made(web: Web, tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    assert open_store(folder, web.held.workspace).companies() == ()
    assert folder.is_dir()


def test_a_file_is_no_folder(web: Web, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("")
    with pytest.raises(PackError) as caught:
        open_store(tmp_path / "x", web.held.workspace)
    assert caught.value.problems[0].code == "pack.no-output"


def test_every_answers_file_is_a_company_and_nothing_else_is(web: Web, store: Store) -> None:
    web.put(dict(SMALLEST), "甲")
    (web.folder / "b.txt").write_text("")
    (web.folder / ".hidden.yaml").write_text("企业: {企业名称: 隐}")
    (web.folder / "folder.yaml").mkdir()
    assert [(c.ident, c.name) for c in store.companies()] == [("甲", SMALLEST["company.name"])]


@pytest.mark.skipif(os.name == "nt", reason="names and kinds of files that only Unix has")
def test_what_is_no_plain_file_of_a_readable_name_is_left_alone(web: Web, store: Store) -> None:
    web.put(dict(SMALLEST), "甲")
    outside = web.folder.parent / "elsewhere.yaml"
    outside.write_text("企业: {企业名称: 别处}", encoding="utf-8")
    (web.folder / "link.yaml").symlink_to(outside)
    (web.folder / "endless.yaml").symlink_to("/dev/zero")
    os.mkfifo(web.folder / "pipe.yaml")
    # A name in another encoding, as old archives leave them.
    (web.folder / os.fsdecode(b"\xbc\xd7.yaml")).write_bytes(outside.read_bytes())
    assert [company.ident for company in store.companies()] == ["甲"]
    assert web.get("/").status_code == 200
    assert web.get("/companies/link/questions").status_code == 404


def test_a_file_that_is_no_questionnaire_is_listed_with_what_is_wrong(
    web: Web, store: Store
) -> None:
    (web.folder / "坏.yaml").write_text("企业: [")
    company = store.find("坏")
    standing = store.standing(company)
    assert (company.name, standing.state) == ("坏", "incomplete")
    assert [p.code for p in standing.faults] == ["yaml.syntax"]
    with pytest.raises(CqoError):
        store.draft(company)


def test_a_file_in_another_encoding_brings_nothing_down(web: Web, store: Store) -> None:
    (web.folder / "甲.yaml").write_bytes("企业: {企业名称: 山西}".encode("gb18030"))
    assert [p.code for p in store.standing(store.find("甲")).faults] == ["file.not-utf8"]


# States


def test_the_states_of_a_company(web: Web, store: Store) -> None:
    ident = web.put({"company.name": "山西云陉"}, "甲")
    assert store.state(store.find(ident)) == "incomplete"
    ident = web.put_sample("chongqing-parts-barred")
    assert store.state(store.find(ident)) == "findings"
    assert store.standing(store.find(ident)).barred
    ident = web.put_sample("shanxi-food-micro")
    assert store.state(store.find(ident)) == "ready"
    pack = made(store, ident)
    assert store.state(store.find(ident)) == "current"
    company = store.find(ident)
    draft = store.draft(company).with_answer("company.city", "大同市")
    store.save(company, draft, company.version)
    assert store.state(store.find(ident)) == "stale"
    made(store, ident)
    file = next(pack.glob("*.docx"))
    file.write_bytes(file.read_bytes() + b" ")
    assert store.state(store.find(ident)) == "edited"


def test_a_file_that_was_taken_out_of_a_pack_is_an_edit(web: Web, store: Store) -> None:
    ident = web.put_sample("shanxi-food-micro")
    next(made(store, ident).glob("*.docx")).unlink()
    assert store.state(store.find(ident)) == "edited"


def test_a_pack_of_some_papers_is_not_current(web: Web, store: Store) -> None:
    ident = web.put_sample("shanxi-food-micro")
    made(store, ident, only=["budget"])
    assert store.state(store.find(ident)) == "stale"


def test_a_pack_in_another_language_or_of_another_day_is_current(web: Web, store: Store) -> None:
    ident = web.put_sample("shanxi-food-micro")
    company = store.find(ident)
    file = store.answers(company)
    generate(file, store.workspace, store.output_of(company), date(2026, 1, 5), copies=["review"])
    assert store.state(company) == "current"


# Two files of one company


def test_two_files_of_one_company_have_packs_of_their_own(web: Web, store: Store) -> None:
    name = SMALLEST["company.name"]
    one, other = web.put(dict(SMALLEST), name), web.put(dict(SMALLEST), f"{name}-2027")
    assert store.pack(store.find(one)) == store.output / name
    assert store.pack(store.find(other)) == store.output / f"{name}-2027.yaml" / name


# Versions


def test_the_second_of_two_savers_is_told(web: Web, store: Store) -> None:
    ident = web.put(dict(SMALLEST))
    company = store.find(ident)
    draft = store.draft(company)
    saved = store.save(company, draft.with_answer("company.city", "晋中市"), company.version)
    with pytest.raises(ConflictError) as caught:
        store.save(company, draft.with_answer("company.city", "大同市"), company.version)
    assert caught.value.company == saved
    assert store.draft(store.find(ident)).answers["company.city"] == "晋中市"
    assert store.earlier(company.version) == draft


def test_a_change_by_another_program_is_seen(web: Web, store: Store) -> None:
    ident = web.put(dict(SMALLEST))
    company = store.find(ident)
    web.put({**SMALLEST, "company.name": "山西新名有限公司"})
    with pytest.raises(ConflictError):
        store.save(company, Draft(), company.version)
    assert store.find(ident).name == "山西新名有限公司"


def test_of_many_that_save_at_once_one_wins_each_time(web: Web, store: Store) -> None:
    ident = web.put(dict(SMALLEST))
    won: list[str] = []

    def save(number: int) -> None:
        company = store.find(ident)
        draft = store.draft(company).with_answer("company.employees", str(number))
        with contextlib.suppress(ConflictError):
            won.append(store.save(company, draft, company.version).version)

    threads = [threading.Thread(target=save, args=[n]) for n in range(1, 17)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert won
    assert len(set(won)) == len(won)
    assert store.find(ident).version in won
    assert [p.name for p in web.folder.iterdir()] == [f"{ident}.yaml"]


def test_saving_keeps_the_comments_of_a_file(web: Web, store: Store) -> None:
    ident = web.put_sample("guangdong-appliance-large")
    company = store.find(ident)
    head = (SAMPLES / f"{ident}.yaml").read_text().splitlines()[0]
    store.save(company, store.draft(company).with_answer("company.city", "广州市"), company.version)
    text = company.path.read_text()
    assert text.splitlines()[0] == head
    assert "城市: 广州市" in text


def test_answers_that_were_all_taken_out_can_be_given_again(web: Web, store: Store) -> None:
    company = store.add("山西云陉", Draft().with_answer("company.name", "山西云陉"))
    company = store.save(company, Draft(), company.version)
    assert store.draft(company) == Draft()
    assert store.state(company) == "incomplete"


# New ones and deleted ones


@pytest.mark.parametrize(
    "name", ["../x", "a/b", "CON", "  ", "<b>", ".hidden", "企" * 300, "x\0y", "-rf", "a.yaml"]
)
def test_a_file_name_is_always_safe(web: Web, store: Store, name: str) -> None:
    company = store.add(name, Draft().with_answer("company.name", "山西云陉"))
    assert company.path.parent == web.folder
    assert not company.path.name.startswith(".")
    assert store.find(company.ident) == company


def test_names_that_are_taken_get_a_number(store: Store) -> None:
    draft = Draft().with_answer("company.name", "山西云陉")
    assert [store.add("Jia", draft).ident, store.add("jia", draft).ident] == ["Jia", "jia-2"]


def test_a_folder_that_is_gone_is_told(web: Web) -> None:
    web.folder.rmdir()
    assert web.get("/").status_code == 200
    answer = web.post("/companies", {"name": "甲"})
    assert answer.status_code == 400
    assert "不能写入" in answer.text


def test_what_was_deleted_comes_back_as_it_was(web: Web, store: Store) -> None:
    ident = web.put_sample("shanxi-food-micro")
    company = store.find(ident)
    before = company.path.read_bytes()
    deleted = store.delete(company)
    with pytest.raises(NotFoundError):
        store.find(ident)
    assert [one.name for one in store.deleted()] == [company.name]
    web.put(dict(SMALLEST), ident)
    back = store.restore(deleted.ident)
    assert (back.ident, back.name) == (f"{ident}-2", company.name)
    assert back.path.read_bytes() == before
    assert store.deleted() == ()


def test_what_is_deleted_twice_in_a_second_is_kept_twice(web: Web, store: Store) -> None:
    for _ in range(3):
        store.delete(store.find(web.put(dict(SMALLEST))))
    assert len(store.deleted()) == 3


def test_strange_files_in_the_trash_do_no_harm(web: Web, store: Store) -> None:
    store.delete(store.find(web.put(dict(SMALLEST))))
    for name in ("x.yaml", "20260101-99-1-x.yaml", "a-b-c-d.yaml"):
        (store.trash / name).write_text("企业: [")
    assert len(store.deleted()) == 1


# Next year


def test_a_copy_for_next_year_moves_years_and_takes_out_what_is_decided_anew(
    web: Web, store: Store
) -> None:
    draft = store.draft(store.find(web.put_sample("guangdong-appliance-large")))
    copy = renewed(draft, DAY)
    assert copy.year == 2027
    assert copy.moved == ("assessment.year", "fund.year")
    assert [copy.draft.answers[path] for path in copy.moved] == ["2027", "2027"]
    assert "appointment.decision_date" in copy.cleared
    assert "appointment.meeting.members" in copy.cleared
    assert not any(copy.draft.given(path) for path in copy.cleared)
    assert copy.draft.answers["company.name"] == draft.answers["company.name"]
    assert "company.employees" in copy.to_check
    assert "会议名称" not in draft_text(copy.draft, store.workspace.wording)


def test_a_copy_of_answers_without_years_is_for_the_year_to_come(store: Store) -> None:
    copy = renewed(Draft().with_answer("assessment.year", "去年"), DAY)
    assert (copy.year, copy.draft.answers["assessment.year"]) == (2027, "2027")
    assert renewed(Draft(), DAY).year == 2027
