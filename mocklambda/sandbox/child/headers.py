"""An answer's headers, as botocore's parsers and whoever hooks into them look at them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any


@cache
def headers_class() -> Any:
    """Return a HeadersDict that is botocore's in all but what it costs.

    botocore's makes an object for each header, and another each time that one is asked for: a tenth of a call.
    """
    from botocore.awsrequest import HeadersDict

    class Headers(HeadersDict):
        def __init__(self, sent: dict[str, str]) -> None:
            self._dict = sent
            self._names = {name.lower(): name for name in sent}

        def __contains__(self, name: Any) -> bool:
            return name.lower() in self._names

        def __getitem__(self, name: str) -> str:
            return self._dict[self._names[name.lower()]]

        def __setitem__(self, name: str, value: str) -> None:
            self._dict[self._names.setdefault(name.lower(), name)] = value

        def __delitem__(self, name: str) -> None:
            del self._dict[self._names.pop(name.lower())]

        def __iter__(self) -> Iterator[str]:
            return iter(self._dict)

    return Headers
