"""Entity tags: a content hash as ETag; what `If-Match` and `If-None-Match` say (RFC 9110)."""

from __future__ import annotations

import re

from runyard.api.problems import BadRequest
from runyard.domain.errors import StaleEdit

_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_LIST = re.compile(rf"\s*{_TAG.pattern}(\s*,\s*{_TAG.pattern})*\s*")


def etag(content_hash: str) -> str:
    return f'"{content_hash}"'


def expected_hash(if_match: str | None, *, current: str) -> str | None:
    """The content hash an edit is based on; None: any will do.

    Raises `StaleEdit` when the header names other contents only; a weak tag never matches.
    """
    if if_match is None or if_match.strip() == "*":
        return None
    strong = [tag for weak, tag in _parse(if_match, header="If-Match") if not weak]
    if current in strong:
        return current
    raise StaleEdit("the content was changed meanwhile", hint="read it again", content_hash=current)


def expected_version(if_match: str | None, *, current: int) -> int | None:
    """The same for a schedule, whose tag is the number of its version; `StaleEdit` names it."""
    try:
        known = expected_hash(if_match, current=str(current))
    except StaleEdit as error:
        message = "the schedule was changed meanwhile"
        raise StaleEdit(message, hint=error.hint, version=current) from None
    return None if known is None else current


def is_known(if_none_match: str | None, *, current: str) -> bool:
    """Whether the caller has this content already (304)."""
    if if_none_match is None:
        return False
    if if_none_match.strip() == "*":
        return True
    return any(tag == current for _, tag in _parse(if_none_match, header="If-None-Match"))


def _parse(text: str, *, header: str) -> list[tuple[bool, str]]:
    if not _LIST.fullmatch(text):
        raise BadRequest(
            400,
            "bad_header",
            f'{header} must be * or a list of quoted tags such as "abc"',
            header=header,
        )
    return [(bool(weak), tag) for weak, tag in _TAG.findall(text)]
