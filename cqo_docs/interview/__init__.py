"""The interview in the terminal: asks what matters, says why, and can be left and resumed."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from cqo_docs.base.errors import CqoError, PackError, problem
from cqo_docs.forms.drafts import SUFFIXES, open_draft
from cqo_docs.interview.course import Interview, Screen, StoppedError
from cqo_docs.interview.pages import Line
from cqo_docs.questions.draft import Draft, save_draft
from cqo_docs.questions.explaining import names_of
from cqo_docs.questions.steps import Kit, needed_now, open_kit, problems_in, start
from cqo_docs.workspace import Workspace


@dataclass
class Keeper:
    """Writes a draft to its file after every change, as long as nobody else writes there."""

    path: Path
    workspace: Workspace
    written: bytes | None
    """What the file holds as far as we know; None where there is none yet."""
    kept: Draft | None = None
    """The draft that was written last."""

    def keep(self, draft: Draft) -> None:
        """Write the draft. Raises CqoError where that cannot be, or the file was changed."""
        if self._now() != self.written:
            other = _free_name(self.path)
            save_draft(other, draft, self.workspace.wording)
            raise CqoError([problem("new.changed", str(self.path), other=other)])
        self.written = save_draft(self.path, draft, self.workspace.wording).encode()
        self.kept = draft

    def _now(self) -> bytes | None:
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return None


def _free_name(path: Path) -> Path:
    """A name beside the file that is not taken."""
    number = 2
    while (other := path.with_name(f"{path.stem}-{number}{path.suffix}")).exists():
        number += 1
    return other


def as_text(path: Path) -> Path:
    """Where a questionnaire goes on being written: a text in its place, beside a form."""
    return path if path.suffix.lower() in SUFFIXES else path.with_suffix(".yaml")


def check_target(path: Path) -> None:
    """Nothing where a questionnaire can be written to a path. Raises CqoError."""
    if path.suffix.lower() not in SUFFIXES:
        raise CqoError([problem("new.suffix", str(path))])
    if path.is_dir():
        raise CqoError([problem("file.is-folder", str(path))])
    folder = path.resolve().parent
    if not folder.is_dir():
        raise PackError([problem("pack.cannot-write", str(path), reason="ENOENT")])
    if not os.access(folder, os.W_OK):
        raise PackError([problem("pack.cannot-write", str(path), reason="EACCES")])


def hold_interview(
    path: Path, source: Path | None, workspace: Workspace, screen: Screen, today: date
) -> bool:
    """Whether the questionnaire at `path` is complete at the end, whether stopped or not.

    `source` is the draft to go on with. Raises CqoError where files cannot be read or written.
    """
    words = workspace.wording.interview
    kit = open_kit(workspace.library, workspace.wording)
    draft = Draft(head=tuple(words["file-head"]))
    if source is not None:
        draft = open_draft(source, workspace.library, workspace.wording)
        draft = replace(draft, head=draft.head or tuple(words["file-head"]))
    there = path.read_bytes() if path.exists() else None
    # What came from another file is still to be written to this one.
    keeper = Keeper(path, workspace, there, draft if there is not None or source is None else None)
    lines = [Line(words["title"], "head")]
    lines += [Line(text.format(path=path)) for text in words["welcome"]]
    if source is not None:
        count = sum(value is not None for value in draft.answers.values())
        lines.append(Line(words["resumed"].format(path=source, count=count)))
    screen.show(lines)
    interview = Interview(kit, start(kit, draft), screen, keeper.keep, today)
    try:
        interview.run()
    except StoppedError:
        draft = interview.progress.draft
        # What came from another file is written even where nothing was added.
        if draft is not keeper.kept:
            keeper.keep(draft)
        return _left(kit, keeper, draft, screen)
    if keeper.written is None:
        keeper.keep(interview.progress.draft)
    screen.show([Line(""), Line(words["finished"].format(path=path), "head"), Line(words["next"])])
    screen.show(Line(f"  {text.format(path=quoted(path))}") for text in words["commands-next"])
    return True


def _left(kit: Kit, keeper: Keeper, draft: Draft, screen: Screen) -> bool:
    """Whether the questionnaire that is left is complete; says how to go on and what is lacking."""
    words, path = kit.wording.interview, keeper.path
    wanting = needed_now(kit, draft)
    if keeper.written is not None:
        screen.show([Line(""), Line(words["saved"].format(path=path))])
        screen.show([Line(words["resume-next"].format(path=quoted(path)))])
    if wanting:
        names = names_of(kit, wanting)
        screen.show([Line(words["wanting"].format(count=len(wanting), names=names), "fault")])
    return not wanting and not problems_in(kit, draft)


def quoted(path: Path) -> str:
    """A path as it can be typed in a command."""
    text = str(path)
    return f'"{text}"' if any(char.isspace() for char in text) else text
