"""The course of an interview: pages shown, replies read, answers kept as they are given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Protocol

from cqo_docs.base.errors import Problem
from cqo_docs.interview import pages
from cqo_docs.interview.pages import Line
from cqo_docs.questions.draft import Draft, Value
from cqo_docs.questions.explaining import MORE_THAN_ANY, grounds, name_at, names_of, texts
from cqo_docs.questions.replies import INDUSTRY, compared, meant, options, read_reply
from cqo_docs.questions.replies import Option as Choice
from cqo_docs.questions.steps import (
    Ask,
    Entries,
    Kit,
    Offer,
    Outcome,
    Progress,
    Review,
    Step,
    add_entry,
    back,
    change,
    change_entry,
    give,
    known_in,
    last_check,
    list_done,
    listed,
    next_step,
    offer_answered,
    remove_entry,
    review,
    stop_of,
)


class StoppedError(Exception):
    """The person stopped; all answers so far are kept."""


class Screen(Protocol):
    """What shows lines and reads one; a terminal, or a list of replies in tests."""

    @property
    def columns(self) -> int:
        """How many columns wide it is."""

    def show(self, lines: Iterable[Line]) -> None:
        """Show lines one below the other."""

    def read(self, prompt: str, words: Sequence[str]) -> str:
        """What is typed; `words` can be completed. Raises StoppedError."""


@dataclass
class Interview:
    """One interview on a screen; `keep` writes a draft down after every change."""

    kit: Kit
    progress: Progress
    screen: Screen
    keep: Callable[[Draft], None]
    today: date
    section: str = ""
    """The section whose heading was shown last."""
    outlook: list[Line] = field(default_factory=list)

    @property
    def words(self) -> Mapping[str, Any]:
        """What the interview says."""
        return texts(self.kit)

    def run(self) -> None:
        """Ask until all is answered and reviewed. Raises StoppedError."""
        while True:
            step = next_step(self.kit, self.progress)
            self._show_section(step)
            if isinstance(step, Ask):
                self._ask(step)
            elif isinstance(step, Offer):
                self._offer(step)
            elif isinstance(step, Entries):
                self._entries(step)
            elif self._review(step):
                return

    def _show_section(self, step: Step) -> None:
        """The plan so far where a section ends, and the heading of the next."""
        section = step.one.section if isinstance(step, Ask | Entries) else ""
        section = step.section if isinstance(step, Offer) else section
        if section == self.section:
            return
        order = self.kit.asking.sections
        onward = not section or order.index(section) > order.index(self.section or order[0])
        if self.section and onward and not self.progress.reviewing:
            self._show_outlook()
        self.section = section
        if section:
            self.screen.show([Line(""), pages.section_line(self.kit, section)])

    def _show_outlook(self) -> None:
        """The plan so far, where it is not as it was shown last."""
        lines = list(pages.outlook_page(self.kit, self.progress.draft, self.today))
        if lines != self.outlook:
            self.screen.show(lines)
        self.outlook = lines

    # Reading

    def _read(self, words: Sequence[str] = ()) -> tuple[str, str]:
        """A command and what was typed; the command is empty for an answer."""
        text = self.screen.read(self.words["prompt"], words).strip()
        plain = compared(text)
        for command, ways in self.words["commands"].items():
            if plain and plain in {compared(way) for way in ways}:
                if command == "stop":
                    raise StoppedError
                return command, text
        return "", text

    def _common(self, command: str) -> bool:
        """Whether a command was one that is possible everywhere, and was obeyed."""
        if command == "back":
            before = back(self.kit, self.progress)
            if before is None:
                self._say(self.words["passed-back"])
            else:
                self._take(before)
            return before is not None
        if command == "review":
            self.progress = review(self.progress)
            return True
        return False

    def _say(self, text: str, style: str = "soft") -> None:
        self.screen.show([Line(text, style)])

    def _complain(self, faults: Iterable[Problem]) -> None:
        self.screen.show([pages.sentence(self.kit, fault) for fault in faults])

    def _take(self, progress: Progress) -> None:
        """Go on from here; what changed in the answers is written down."""
        changed = progress.draft is not self.progress.draft
        self.progress = progress
        if changed:
            self.keep(progress.draft)

    def _took(self, outcome: Outcome) -> bool:
        """Whether an answer was taken; says what it set off, or why it was not."""
        if outcome.complaints:
            self._complain(outcome.complaints)
            return False
        self._take(outcome.progress)
        self._complain(outcome.reasons)
        for text, stops in (("dropped", outcome.dropped), ("again", outcome.again)):
            if stops:
                self._say(self.words[text].format(names=names_of(self.kit, stops)))
        return True

    # Questions

    def _ask(self, step: Ask) -> None:
        kit, screen = self.kit, self.screen
        screen.show(pages.question_page(kit, self.progress, step, screen.columns))
        words = self._completions(step)
        while True:
            command, text = self._read(words)
            if command == "why":
                known = known_in(kit, self.progress.draft)
                told = grounds(kit, step.one, known, MORE_THAN_ANY)
                screen.show(Line(f"  {line}") for ground in told for line in ground.split("；"))
            elif command == "clear":
                if self._took(give(kit, self.progress, step, dict.fromkeys(self._paths(step)))):
                    return
            elif command:
                if self._common(command):
                    return
            elif not text:
                if self._took(give(kit, self.progress, step, self._current(step))):
                    return
            elif self._answer(step, text):
                return

    def _paths(self, step: Ask) -> list[str]:
        return [one.path for one in self.kit.members(step.path)] or [step.path]

    def _current(self, step: Ask) -> dict[str, Value]:
        return {path: self.progress.draft.answers.get(path) for path in self._paths(step)}

    def _completions(self, step: Ask) -> list[str]:
        if step.one.path == INDUSTRY:
            table = self.kit.library.reference.industries
            return [f"{row.section}{row.code} {row.name}" for row in table.values()]
        return [choice.label for choice in options(self.kit, step.one)]

    def _answer(self, step: Ask, text: str) -> bool:
        """Whether what was typed was taken for an answer."""
        if step.one.path == INDUSTRY:
            # A code that was completed brings its name along.
            text = text.partition(" ")[0] if text[:1].isascii() else text
        reply = read_reply(self.kit, step, text)
        if reply.code:
            values = {"field": step.path, "have": reply.have, "most": str(reply.most)}
            self._complain([Problem(reply.code, "", values)])
            return False
        if reply.several:
            found = reply.several
            have = reply.have or text
            self.screen.show(pages.several_lines(self.kit, have, found, self.screen.columns))
            return False
        return self._took(give(self.kit, self.progress, step, dict(reply.values)))

    def _yes(self, text: str, otherwise: bool) -> bool | None:
        """Yes or no; the given one for an empty reply, None for what is neither."""
        wording = self.kit.wording
        if not text:
            return otherwise
        ways = (
            Choice("true", str(wording.formats["yes"]), ("y", "yes")),
            Choice("false", str(wording.formats["no"]), ("n", "no")),
        )
        found = meant(text, ways)
        return found[0].id == "true" if len(found) == 1 else None

    def _offer(self, step: Offer) -> None:
        self.screen.show(pages.offer_page(self.kit, step))
        while True:
            command, text = self._read()
            if command and self._common(command):
                return
            wanted = None if command else self._yes(text, otherwise=False)
            if wanted is not None:
                self.progress = offer_answered(self.progress, step.section, wanted)
                return
            self._say(self.words["offer-ask"])

    def _entries(self, step: Entries) -> None:
        self.screen.show(pages.entries_page(self.kit, self.progress, step))
        count = self.progress.draft.count(step.path)
        while True:
            command, text = self._read()
            number = int(text.lstrip("-+")) if text.lstrip("-+").isdecimal() else 0
            if command == "add":
                self.progress = add_entry(self.progress, step.path)
                return
            if command:
                if self._common(command):
                    return
                self._say(self.words["entries-ask"])
            elif not text:
                if self._took(list_done(self.kit, self.progress, step.path)):
                    return
            elif not 1 <= number <= count:
                self._say(self.words["entries-none"], "fault")
            elif text.startswith("-"):
                self._take(remove_entry(self.progress, step.path, number - 1))
                self._say(self.words["entry-removed"].format(number=number))
                return
            else:
                self.progress = change_entry(self.progress, step.path, number - 1)
                return

    # The review

    def _review(self, step: Review) -> bool:
        """Whether the person is done."""
        draft = self.progress.draft
        lines, stops = pages.review_page(self.kit, self.progress)
        done = self.words["review-done" if step.final else "review-on"]
        ask = Line(f"  {self.words['review-ask'].format(done=done)}", "soft")
        self.screen.show([*lines, ask])
        rest = [stop for stop in map(stop_of, listed(self.kit, draft)) if stop not in stops]
        choices = [Choice(stop, name_at(self.kit, stop)) for stop in (*stops, *rest)]
        while True:
            command, text = self._read([choice.label for choice in choices])
            if command:
                if self._common(command):
                    return False
                self._say(ask.text)
                continue
            if not text:
                return self._done(step)
            found = meant(text, choices)
            if len(found) == 1:
                self.progress = change(self.progress, found[0].id)
                return False
            if found:
                self.screen.show(pages.several_lines(self.kit, text, found, self.screen.columns))
            else:
                self._say(self.words["review-none"], "fault")

    def _done(self, step: Review) -> bool:
        """Whether nothing is wrong or lacking at the end; else it is asked now."""
        if not step.final:
            self.progress = replace(self.progress, reviewing=False)
            return False
        outcome = last_check(self.kit, self.progress)
        if not outcome.again:
            return True
        names = names_of(self.kit, outcome.again)
        self._complain(outcome.reasons)
        self._say(self.words["wanting"].format(count=len(outcome.again), names=names), "fault")
        self.progress = outcome.progress
        return False
