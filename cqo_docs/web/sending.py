"""Bytes as a download under a name."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath
from urllib.parse import quote

from flask import Response

OFFICE = "application/vnd.openxmlformats-officedocument"
MEDIA = {
    ".docx": f"{OFFICE}.wordprocessingml.document",
    ".xlsx": f"{OFFICE}.spreadsheetml.sheet",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".ics": "text/calendar",
    ".yaml": "application/yaml",
    ".zip": "application/zip",
}


def download(data: bytes | Iterable[bytes], name: str) -> Response:
    """A download; its name in full as RFC 5987 has it, and plainly for who reads no other."""
    suffix = PurePosixPath(name).suffix
    response = Response(data, mimetype=MEDIA.get(suffix, "application/octet-stream"))
    full = quote(name, safe="")
    response.headers["Content-Disposition"] = (
        f"attachment; filename=\"cqo-docs{suffix}\"; filename*=UTF-8''{full}"
    )
    return response
