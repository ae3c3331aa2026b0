"""The page in a real browser: it asks nobody but this machine, and can be used by everybody."""

from __future__ import annotations

from typing import Any

import pytest
from web import Live, axe_faults, browsing

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_first_page_is_accessible(chromium: Any, live: Live, scheme: str) -> None:
    with browsing(chromium, live, color_scheme=scheme, bypass_csp=True) as opened:
        assert axe_faults(opened.page) == []
        assert opened.messages == []
        assert "token" not in opened.page.url
