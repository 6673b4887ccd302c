"""Which names a task may have: a task id is the stem of a file name and a segment of a URL."""

from __future__ import annotations

import re
import unicodedata

from runyard.domain.errors import Invalid

MAX_BYTES = 200
RESERVED = frozenset({"runs", "db", "new"})  # segments of the API's and the page's own addresses
_ALLOWED_SIGNS = frozenset("_-.")
_SIMPLE = re.compile(r"[A-Za-z0-9_.-]+")  # nearly all of them


def check_task_id(text: str) -> str:
    """Answer `text` in Unicode's NFC form if it can be a task id, else raise Invalid.

    Letters and digits of any script, `_`, `-`, and `.` inside; at most 200 bytes of UTF-8. Such an
    id never leaves its folder, whatever file system holds it.
    """
    problem = name_problem(text, max_bytes=MAX_BYTES)
    if problem is None and text.lower() in RESERVED:
        problem = "the name is reserved"
    if problem is not None:
        raise Invalid(
            f"{text[:80]!r} can't be a task id: {problem}",
            hint="use letters, digits, '_', '-' and '.', for instance 'nightly_report'",
        )
    return unicodedata.normalize("NFC", text)


def name_problem(text: str, *, max_bytes: int) -> str | None:
    """Why a text can't be a name in ids: letters and digits of any script, `_`, `-`, inner `.`."""
    if not text:
        return "it is empty"
    if text.startswith(".") or text.endswith("."):
        return "it starts or ends with a dot"
    if not _SIMPLE.fullmatch(text):
        wrong = next((sign for sign in text if not _is_allowed(sign)), None)
        if wrong is not None:
            return f"it contains {wrong!r}"
    if len(unicodedata.normalize("NFC", text).encode()) > max_bytes:
        return f"it is longer than {max_bytes} bytes"
    return None


def _is_allowed(sign: str) -> bool:
    # Marks (M*) belong to letters of many scripts; surrogates and control signs are category C*.
    return sign in _ALLOWED_SIGNS or unicodedata.category(sign)[0] in "LM" or sign.isdigit()
