"""The page answers nobody but the browser that was let in."""

from __future__ import annotations

from web import TOKEN, Web


def test_the_address_works_once_and_is_gone_from_the_address_bar(web: Web) -> None:
    assert web.get("/").status_code == 200
    stranger = web.app.test_client()
    response = stranger.get(f"/?token={TOKEN}", base_url="http://127.0.0.1")
    assert response.status_code == 403
