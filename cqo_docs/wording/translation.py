"""The library in the words of a locale: what standards and reference tables say in papers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from cqo_docs.facts.reference import FundGroup, Reference
from cqo_docs.library.records import Clause, Library, Standard
from cqo_docs.wording.locales import SOURCE
from cqo_docs.wording.sentences import Wording
from cqo_docs.wording.traditional import converted

# What names a law, a standard or an official number stays as it is in traditional characters.
QUOTED = ("number", "title", "law")
LETTERS = re.compile("[\u4e00-\u9fff]")


def content_texts(library: Library) -> dict[str, Any]:
    """Every text of the content that a paper may print, by the ids of what says it."""
    reference = library.reference
    organs = reference.organs
    articles = [a for rule in organs.deciding for a in rule.articles]
    articles += [a for row in organs.also for a in row.articles]
    return {
        "standards": {
            s.id: {
                "number": s.number,
                "title": s.title,
                "interpretations": list(s.interpretations),
                "clauses": {c.ref: c.summary for c in s.clauses},
            }
            for s in library.standards
        },
        "organs": {organ.id: organ.name for organ in organs.organs},
        "acts": {act.id: act.name for act in organs.acts},
        "articles": {text: text for text in sorted(set(articles))},
        "posts": {
            post.id: {"posts": list(post.posts), "law": post.basis}
            for post in reference.other_posts.posts
        },
        "fund": {
            group.id: {
                "name": group.name,
                "items": {i.id: {"name": i.name, "basis": i.basis} for i in group.items},
            }
            for group in reference.quality_cost.fund_groups
        },
    }


def localized(library: Library, wording: Wording) -> Library:
    """The library with its texts in the locale of the wording; ids and conditions are the same."""
    if wording.locale == SOURCE:
        return library
    convert = wording.convert
    if convert is None:
        texts, place = wording.content, _places(wording.content["refs"])
        cited = str(texts["place"])
    else:
        texts, place, cited = _traditional(content_texts(library), convert), convert, "{place}"
    return replace(
        library,
        standards=tuple(
            _standard(s, texts["standards"][s.id], place, cited) for s in library.standards
        ),
        reference=_reference(library.reference, texts),
    )


def _traditional(data: Any, convert: Callable[[str], str], key: str = "") -> Any:
    """The texts in traditional characters, all but those that quote."""
    if isinstance(data, dict):
        return {name: _traditional(value, convert, name) for name, value in data.items()}
    return data if key in QUOTED else converted(data, convert)


def _places(pieces: Mapping[str, str]) -> Callable[[str], str]:
    """How the places in a standard are written: its own headings and numerals, piece by piece."""
    known = re.compile("|".join(map(re.escape, sorted(pieces, key=len, reverse=True))))
    return lambda ref: known.sub(lambda match: pieces[match[0]], ref)


def unknown_places(library: Library, pieces: Mapping[str, str]) -> list[str]:
    """The places of clauses that the pieces do not tell in full."""
    place = _places(pieces)
    return [c.key for s in library.standards for c in s.clauses if LETTERS.search(place(c.ref))]


def _standard(
    standard: Standard, texts: Mapping[str, Any], place: Callable[[str], str], cited: str
) -> Standard:
    def clause(one: Clause) -> Clause:
        summary = texts["clauses"][one.ref]
        number = cited.format(place=place(one.cited)) if one.cited else ""
        return replace(one, summary=summary, cited=number, shown=place(one.ref))

    return replace(
        standard,
        number=texts["number"],
        title=texts["title"],
        interpretations=tuple(texts["interpretations"]),
        clauses=tuple(clause(c) for c in standard.clauses),
        native=standard.title,
        aliases=(standard.number, standard.title),
    )


def _reference(reference: Reference, texts: Mapping[str, Any]) -> Reference:
    table, posts, cost = reference.organs, reference.other_posts, reference.quality_cost
    articles = texts["articles"]

    def quoted(row: Any) -> Any:
        return row._replace(articles=tuple(articles[a] for a in row.articles))

    def group(one: FundGroup) -> FundGroup:
        own = texts["fund"][one.id]
        items = tuple(item._replace(**own["items"][item.id]) for item in one.items)
        return one._replace(name=own["name"], items=items)

    organs = table._replace(
        organs=tuple(o._replace(name=texts["organs"][o.id]) for o in table.organs),
        acts=tuple(a._replace(name=texts["acts"][a.id]) for a in table.acts),
        deciding=tuple(quoted(rule) for rule in table.deciding),
        also=tuple(quoted(row) for row in table.also),
    )
    named = tuple(
        p._replace(posts=tuple(texts["posts"][p.id]["posts"]), basis=texts["posts"][p.id]["law"])
        for p in posts.posts
    )
    return reference._replace(
        organs=organs,
        other_posts=posts._replace(posts=named),
        quality_cost=cost._replace(fund_groups=tuple(group(g) for g in cost.fund_groups)),
    )
