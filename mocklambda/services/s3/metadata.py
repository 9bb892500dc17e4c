"""How user metadata and tags given in headers are read, kept and given back."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from urllib.parse import unquote_plus

from mocklambda.services.s3.errors import invalid_argument

_WORD = re.compile(r"=\?UTF-8\?([BbQq])\?(.*?)\?=", re.IGNORECASE)
_PLAIN = re.compile(r"[\x20-\x7e]*")


def kept(metadata: Mapping[str, str]) -> dict[str, str]:
    """Return metadata as every read gives it back: names in lower case, odd values as RFC 2047 words."""
    return {name.lower(): _value(text) for name, text in metadata.items()}


def _value(text: str) -> str:
    text = text.strip(" \t")
    if "=?" not in text and _PLAIN.fullmatch(text):
        return text
    return encoded(_WORD.sub(_decoded, text))


def _decoded(match: re.Match[str]) -> str:
    kind, text = match[1].upper(), match[2]
    return (_from_base64(text) if kind == "B" else _from_quoted(text)).decode("utf-8", "replace")


def _from_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        # R: ``=GGG`` comes back as U+FFFD, ``a``, U+FFFD, which are the bytes of ``/GGG``.
        rest = re.sub(r"[^A-Za-z0-9+/]", "/", text)
        return base64.b64decode(rest + "/" * (-len(rest) % 4))


def _from_quoted(text: str) -> bytes:
    raw = text.replace("_", " ").encode()
    return re.sub(rb"=([0-9A-Fa-f]{2})", lambda match: bytes([int(match[1], 16)]), raw)


def encoded(text: str) -> str:
    """Return plain ASCII as it is, and anything else as one encoded word."""
    odd = sum(_is_odd(letter) for letter in text)
    if not odd:
        return text
    if odd < len(text) - odd:
        return f"=?UTF-8?Q?{''.join(map(_quoted, text))}?="
    return f"=?UTF-8?B?{base64.b64encode(text.encode()).decode()}?="


def _is_odd(letter: str) -> bool:
    return letter >= "\x7f" or (letter < " " and letter not in "\r\n\t")


def _quoted(letter: str) -> str:
    if letter == " ":
        return "_"
    if letter in "=_?" or _is_odd(letter):
        return "".join(f"={byte:02X}" for byte in letter.encode())
    return letter


def content_encoding(value: str | None) -> str | None:
    """Return the stored Content-Encoding: ``aws-chunked`` is of the transfer, not of the object."""
    if value is None or "aws-chunked" not in value:
        return value
    rest = [part.strip() for part in value.split(",") if part.strip() != "aws-chunked"]
    return ",".join(rest) or None


def tags_of_header(text: str) -> dict[str, str]:
    """Read an ``x-amz-tagging`` header."""
    tags: dict[str, str] = {}
    for piece in text.split("&"):
        if not piece:
            continue
        name, _, value = piece.partition("=")
        name = unquote_plus(name)
        if name in tags or "," in piece:
            raise invalid_argument(
                "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters "
                "without tag name duplicates.",
                "x-amz-tagging",
                text,
            )
        tags[name] = unquote_plus(value)
    return tags
