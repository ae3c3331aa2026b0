"""Note that translations say what the Chinese says now: all that changed, or those under a path.

    python tools/translated.py            all texts of all locales
    python tools/translated.py PATH ...   those whose path begins so, documents/duties say

`standards check` names every text whose Chinese was changed since its translation was noted.
"""

from __future__ import annotations

import sys

from cqo_docs.checks.locales import source_marks, translated_from, written_locales
from cqo_docs.library.reading import read_library
from cqo_docs.library.version import CONTENT
from cqo_docs.wording.files import read_wording
from cqo_docs.wording.locales import SOURCE


def main() -> None:
    """Write the marks of every locale, those under the given paths renewed."""
    library, source = read_library(), read_wording(SOURCE)
    paths = tuple(sys.argv[1:]) or ("",)
    for locale in written_locales():
        known = translated_from(locale)
        now = source_marks(library, source, read_wording(locale))
        marks = {p: m if p.startswith(paths) else known.get(p, "") for p, m in now.items()}
        changed = sum(1 for path, mark in marks.items() if known.get(path) != mark)
        lines = "".join(f"{path} {mark}\n" for path, mark in sorted(marks.items()) if mark)
        target = CONTENT / "translated" / f"{locale}.txt"
        target.parent.mkdir(exist_ok=True)
        target.write_text(lines, encoding="utf-8")
        print(f"{locale}: {len(marks)} texts, {changed} noted anew")


if __name__ == "__main__":
    main()
