"""Uploaded documents: bounded, kept under random names, and read as text where that is possible."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from python_multipart.exceptions import FormParserError
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.types import Message, Receive

from runyard.dialects.bodies import check_text
from runyard.domain.errors import Invalid, TooLarge

MAX_BYTES = 50 * 1024 * 1024
_MAX_FILES = 100
_MAX_FIELD_BYTES = 1024 * 1024
_ROOM = 1024 * 1024  # for fields and separators
_TEXTS = frozenset({".md", ".markdown", ".txt"})
_KNOWN = _TEXTS | {".pdf"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    filename: str
    suffix: str
    content: bytes

    @property
    def size(self) -> int:
        return len(self.content)

    def text(self) -> str | None:
        """None: it can't be read here (a PDF needs a program of its own)."""
        if self.suffix not in _TEXTS:
            return None
        return self.content.decode("utf-8", "replace").replace("\0", "").strip() or None


@dataclass(frozen=True, slots=True)
class Form:
    fields: dict[str, str]
    documents: list[Document]


async def read_form(request: Request) -> Form:
    """Raises `TooLarge` over 50 MB and `Invalid` for what is no multipart form."""
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > MAX_BYTES + _ROOM:
        raise _too_large()
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "multipart/form-data":
        raise Invalid("the body must be multipart/form-data")
    bounded = Request(request.scope, _bounded(request))
    try:
        async with bounded.form(
            max_files=_MAX_FILES, max_fields=_MAX_FILES, max_part_size=_MAX_FIELD_BYTES
        ) as form:
            return await _read(form)
    except (HTTPException, MultiPartException, FormParserError) as error:
        said = error.detail if isinstance(error, HTTPException) else str(error)
        raise Invalid(f"the form can't be read: {said}") from None


def _bounded(request: Request) -> Receive:
    """`receive` of the request, which refuses to give more than the limit."""
    size = 0

    async def receive() -> Message:
        nonlocal size
        message = await request.receive()
        size += len(message.get("body", b""))
        if size > MAX_BYTES + _ROOM:
            raise _too_large()
        return message

    return receive


async def _read(form: FormData) -> Form:
    fields: dict[str, str] = {}
    documents: list[Document] = []
    for name, value in form.multi_items():
        check_text(name)
        if not isinstance(value, UploadFile):
            check_text(value)
            fields[name] = value
        elif name == "files" and value.filename:
            filename = Path(value.filename.replace("\\", "/").replace("\0", "")).name[:255]
            suffix = Path(filename).suffix.lower()
            if suffix in _KNOWN:
                content = await value.read()
                documents.append(Document(filename=filename, suffix=suffix, content=content))
    return Form(fields, documents)


def keep(documents: list[Document], folder: Path) -> None:
    """Write them under random names; their own names are only recorded."""
    folder.mkdir(parents=True, exist_ok=True)
    for document in documents:
        (folder / f"{secrets.token_hex(8)}{document.suffix}").write_bytes(document.content)


def _too_large() -> TooLarge:
    return TooLarge(f"the files are over {MAX_BYTES // 1024 // 1024} MB in total")
