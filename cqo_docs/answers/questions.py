"""Every question of the questionnaire, read off the models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin

from pydantic import BaseModel, BeforeValidator

from cqo_docs.answers.model import Answers
from cqo_docs.answers.types import LIMITS, Limits


@dataclass(frozen=True, slots=True)
class Question:
    """One answer that can be given: `path` is dotted, `[]` stands for the entries of a list."""

    path: str
    kind: str
    required: bool
    options: tuple[str, ...] = ()
    many: bool = False
    default: Any = None
    always: bool = False
    """Whether every questionnaire needs it: `required`, and no group above may be left out."""
    limits: Limits | None = None
    entries: int | None = None
    """How many entries a list must have, where that is fixed."""


KINDS: Mapping[Any, str] = {
    Decimal: "number",
    date: "date",
    bool: "yes-no",
    str: "text",
}


@cache
def questions() -> tuple[Question, ...]:
    """Every question of the questionnaire, in order; the models are the only list of them."""
    return tuple(_questions(Answers))


def _questions(model: type[BaseModel], prefix: str = "", always: bool = True) -> Iterator[Question]:
    for name, info in model.model_fields.items():
        path = f"{prefix}{name}"
        kind, many = _unwrapped(info.annotation)
        required = info.is_required()
        default = None if required else info.get_default()
        needed = always and required
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            if many:
                yield Question(path, "list", required, (), many, default, needed)
            yield from _questions(kind, f"{path}[]." if many else f"{path}.", needed and not many)
        else:
            options = get_args(kind) if get_origin(kind) is Literal else ()
            yield Question(
                path, "choice" if options else KINDS[kind], required, options, many, default,
                needed, _limits(Annotated[info.annotation, *info.metadata, None]),
                _entries(info.annotation),
            )  # fmt: skip


def _limits(annotation: Any) -> Limits | None:
    """What the validators inside Optional, Annotated and tuple allow."""
    for part in get_args(annotation):
        validator = part.func if isinstance(part, BeforeValidator) else None
        limits = LIMITS.get(cast(Any, validator)) or _limits(part)
        if limits is not None:
            return limits
    return None


def _entries(annotation: Any) -> int | None:
    """The number of entries of a tuple of fixed length inside Optional and Annotated."""
    if get_origin(annotation) is tuple:
        args = get_args(annotation)
        return None if Ellipsis in args else len(args)
    return next((n for part in get_args(annotation) if (n := _entries(part)) is not None), None)


def _unwrapped(annotation: Any) -> tuple[Any, bool]:
    """The plain type inside Optional, Annotated and tuple, and whether it is a list."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _unwrapped(get_args(annotation)[0])
    if origin in {Union, UnionType}:
        inner = next(arg for arg in get_args(annotation) if arg is not NoneType)
        return _unwrapped(inner)
    if origin is tuple:
        return _unwrapped(get_args(annotation)[0])[0], True
    return annotation, False
