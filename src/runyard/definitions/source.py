"""The bytes of a Python file as text and back, exactly, by the rules of PEP 263."""

from __future__ import annotations

import hashlib
import io
import tokenize

from runyard.domain.errors import Invalid

MAX_BYTES = 1024 * 1024


def decode_source(data: bytes) -> str:
    """The text of a Python file, such that `encode_source` gives the same bytes back.

    Raises Invalid for what Python itself would not run (NUL, a wrong encoding) and for more than
    1 MiB. A byte order mark and the kind of line ends stay in the text.
    """
    if len(data) > MAX_BYTES:
        raise too_large()
    if b"\0" in data:
        line = data[: data.index(b"\0")].count(b"\n") + 1
        raise Invalid("the file contains a NUL byte, so Python can't run it", line=line)
    encoding = _encoding(data)
    try:
        text = data.decode(encoding)
        exact = text.encode(encoding) == data
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise Invalid(
            f"the file is not {encoding.upper()}: byte 0x{data[error.start]:02x}",
            hint="save it as UTF-8, or name its encoding in line 1, as in '# coding: latin-1'",
            line=line,
        ) from error
    except (UnicodeError, LookupError, ValueError) as error:
        raise Invalid(f"the file can't be read as {encoding}: {error}", line=1) from error
    if not exact:
        raise Invalid(f"the file can't be kept exactly in {encoding}; save it as UTF-8", line=1)
    return text


def encode_source(text: str) -> bytes:
    """The bytes to write for `text`; raises Invalid for what can't be a Python file."""
    if "\0" in text:
        raise Invalid("the text contains a NUL character, so Python can't run it")
    try:
        head = "".join(text.splitlines(keepends=True)[:2]).encode()
        data = text.encode(_encoding(head))
    except (UnicodeError, LookupError) as error:
        raise Invalid(f"the text can't be written in its encoding: {error}") from error
    if len(data) > MAX_BYTES:
        raise too_large()
    return data


def too_large() -> Invalid:
    return Invalid(
        f"the file is larger than {MAX_BYTES // 1024} KiB",
        hint="put data beside the task and read it from there",
    )


def content_hash(text: str) -> str:
    """SHA-256 of the text in UTF-8, in hex: the identity of a version's content and its ETag."""
    return hashlib.sha256(text.encode()).hexdigest()


def _encoding(data: bytes) -> str:
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    except SyntaxError as error:
        # Not UTF-8 and no cookie: UTF-8 it should be, and decoding says where it is not.
        if "unknown encoding" in str(error) or "encoding problem" in str(error):
            raise Invalid(
                f"the file names an encoding that is not known: {error}", line=1
            ) from error
        return "utf-8"
    # The mark stays in the text, so that the bytes come back.
    return "utf-8" if encoding == "utf-8-sig" else encoding
