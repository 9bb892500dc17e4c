"""Whether a payload is JSON, and how AWS's parser says that it is not. Knows bytes only."""

from __future__ import annotations

import json
from typing import NoReturn

from mocklambda.services.lambda_ import errors
from mocklambda.services.service import AwsError

_WANTED = "JSON String, Number, Array, Object or token 'null', 'true' or 'false'"
_LITERALS = ("null", "true", "false", "NaN")


def check_json(payload: bytes) -> None:
    """Raise InvalidRequestContentException in Jackson's words; no payload at all is fine."""
    if not payload:
        return
    try:
        text = payload.decode()
        if not _is_plain(text):
            _DECODER.decode(text)
    except UnicodeDecodeError as error:
        raise _refusal(*_undecodable(payload, error)) from None
    except json.JSONDecodeError as error:
        raise _refusal(*_unexpected(error.doc, min(error.pos, len(error.doc)))) from None
    except ValueError as error:
        raise _refusal(f"Unrecognized token '{error}': was expecting ({_WANTED})", 1, 1) from None


def _is_plain(text: str) -> bool:
    """Tell of JSON that it is such, where it is written without blanks around it."""
    try:
        return bool(_scan(text, 0)[1] == len(text))
    except StopIteration:
        return False


def _refuse(token: str) -> NoReturn:
    raise ValueError(token)


_DECODER = json.JSONDecoder(parse_constant=_refuse)
_scan = _DECODER.scan_once  # type: ignore[attr-defined]


def _refusal(reason: str, line: int, column: int) -> AwsError:
    where = "[Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled)"
    return errors.invalid_request_content(
        f"Could not parse request body into json: Could not parse payload into json: {reason}\n"
        f" at {where}; line: {line}, column: {column}]"
    )


def _undecodable(payload: bytes, error: UnicodeDecodeError) -> tuple[str, int, int]:
    bad = payload[error.start]
    before = payload[: error.start].decode()
    line, column = _place(before, len(before))
    if not before.strip() or before.strip()[-1] in "[{,:":
        return f"Unexpected character ({_shown(bad)}): expected a valid value ({_WANTED})", line, column
    return f"Invalid UTF-8 start byte 0x{bad:02x}", line, column + 1


def _unexpected(text: str, position: int) -> tuple[str, int, int]:
    line, column = _place(text, position)
    if position >= len(text):
        return "Unexpected end-of-input", line, column
    first = text[position]
    if first.isalnum() or first in "_$":
        token = ""
        for letter in text[position:]:
            if not (letter.isalnum() or letter in "_$"):
                break
            token += letter
        return f"Unrecognized token '{token}': was expecting ({_WANTED})", line, column + len(token)
    return f"Unexpected character ({_shown(ord(first))}): expected a valid value ({_WANTED})", line, column


def _place(text: str, position: int) -> tuple[int, int]:
    before = text[:position]
    return before.count("\n") + 1, position - before.rfind("\n")


def _shown(code: int) -> str:
    if code < 32 or 127 <= code <= 159 or code > 255:
        return f"(CTRL-CHAR, code {code})"
    if code > 159:
        return f"(CTRL-CHAR, code {code})"
    return f"'{chr(code)}' (code {code})"
