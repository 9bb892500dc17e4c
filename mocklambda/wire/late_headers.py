"""The headers that a caller in this process gets: a dict that is filled when somebody looks.

To name the length of a body that nobody reads, it would have to be written: that would be half of what an answer
costs, for an entry that hardly anyone asks for.
"""

from __future__ import annotations

from typing import Any

from mocklambda.wire.message import LateResponse

_UNKNOWN = {"content-length": ""}
"""What is there before: json's encoder in C takes a dict without items for empty, and asks no further."""


class LateHeaders(dict[str, str]):
    """A dict like any other to whoever reads or changes it, copies, compares, prints or pickles it."""

    __slots__ = ("response",)
    response: LateResponse | None
    """What they are the headers of; None once they are here."""

    @classmethod
    def of(cls, response: LateResponse) -> LateHeaders:
        """Return the headers of ``response``, by their lower-case names."""
        headers = cls(_UNKNOWN)  # by dict's own constructor, in a third of the time of one in Python
        headers.response = response
        return headers

    def complete(self) -> None:
        """Put them in."""
        if self.response is not None:
            response, self.response = self.response, None
            super().clear()
            super().update({name.lower(): value for name, value in response.headers.items()})

    def __reduce_ex__(self, _protocol: Any) -> tuple[Any, ...]:
        return dict, (dict(self),)


def _completed_first(name: str) -> Any:
    method = getattr(dict, name)

    def call(self: LateHeaders, *args: Any, **kwargs: Any) -> Any:
        self.complete()
        return method(self, *args, **kwargs)

    call.__name__, call.__doc__ = name, method.__doc__
    return call


_LOOKING = (
    "__contains__", "__delitem__", "__eq__", "__getitem__", "__ior__", "__iter__", "__len__", "__ne__", "__or__",
    "__repr__", "__reversed__", "__ror__", "__setitem__", "clear", "copy", "get", "items", "keys", "pop", "popitem",
    "setdefault", "update", "values",
)  # fmt: skip
"""All that looks at a dict's items. That ``__iter__`` is among them keeps C code from looking past these, too."""

for _name in _LOOKING:
    setattr(LateHeaders, _name, _completed_first(_name))
