"""Hypothesis strategies over botocore's shapes: parameters as a user gives them, results as an operation does."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from botocore.model import Shape
from hypothesis import strategies as st

TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co"))
    | st.sampled_from("\t\n\r&<>\"'"),
    max_size=6,
)
LABEL = st.text(st.sampled_from("abcXYZ019-_.~ %é☃+&"), min_size=1, max_size=6)
HEADER = st.text(st.sampled_from("abcXYZ019-_.~;:"), min_size=1, max_size=6)
HEADER_NAME = st.text(st.sampled_from("abcxyz019-_"), min_size=1, max_size=6)
MILLIS = st.integers(0, 4_000_000_000_000)
BLOB = st.binary(max_size=8)
DEPTH = 3


class Shapes:
    """Values of shapes. ``has_empty`` is False where a protocol has no way to send an empty container."""

    def __init__(self, *, has_empty: bool, has_carriage_return: bool = True) -> None:
        self._text = TEXT if has_carriage_return else TEXT.map(lambda text: text.replace("\r", ""))
        self._least = 0 if has_empty else 1

    def value(self, shape: Shape, depth: int, location: str | None = None) -> st.SearchStrategy[Any]:
        match shape.type_name:
            case "structure":
                if shape.serialization.get("eventstream"):
                    return self._events(shape, depth)
                if shape.is_document_type:
                    return st.dictionaries(TEXT, st.integers() | TEXT, max_size=2)
                return self.structure(shape, depth)
            case "list":
                is_flat = location == "header" or shape.serialization.get("flattened")
                least = 1 if is_flat else self._least
                most = max(least, 2 if depth > 0 else 0)
                return st.lists(self.value(shape.member, depth - 1, location), min_size=least, max_size=most)
            case "map":
                return self._map(shape, depth, location)
            case "timestamp":
                is_whole = location == "header" or shape.serialization.get("timestampFormat") == "rfc822"
                return MILLIS.map(lambda ms: ms // 1000 * 1000) if is_whole else MILLIS
            case _:
                return self._scalar(shape, location)

    def _can_be_sent(self, shape: Shape) -> bool:
        return not self._least or shape.type_name != "structure" or bool(shape.members)

    def _events(self, shape: Shape, depth: int) -> st.SearchStrategy[Any]:
        events = {name: event for name, event in shape.members.items() if not event.metadata.get("exception")}
        one = st.one_of(
            [self.structure(event, depth).map(lambda v, n=name: {n: v}) for name, event in events.items()]
        )
        return st.lists(one, max_size=2)

    def _scalar(self, shape: Shape, location: str | None) -> st.SearchStrategy[Any]:
        match shape.type_name:
            case "blob":
                return BLOB
            case "integer" | "long":
                if location == "statusCode":
                    return st.integers(200, 203)
                return st.integers(-(2**31), 2**31 - 1)
            case "float" | "double":
                return st.floats(-1e6, 1e6, width=32) | st.integers(-5, 5).map(float)
            case "boolean":
                return st.booleans()
        if shape.serialization.get("hostLabel"):
            return st.just("a-label")
        return {"uri": LABEL, "header": HEADER, "headers": HEADER}.get(location, self._text)

    def _map(self, shape: Shape, depth: int, location: str | None) -> st.SearchStrategy[Any]:
        least = 1 if shape.serialization.get("flattened") else self._least
        if location == "headers":
            return st.dictionaries(HEADER_NAME, HEADER, max_size=2)
        keys = LABEL if location else self._text
        most = max(least, 2 if depth > 0 else 0)
        return st.dictionaries(keys, self.value(shape.value, depth - 1), min_size=least, max_size=most)

    def structure(self, shape: Shape, depth: int = DEPTH) -> st.SearchStrategy[dict[str, Any]]:
        """Structures of a shape: required members, and some of the others."""
        members = dict(shape.members)
        places = {name: member.serialization.get("location") for name, member in members.items()}
        if shape.is_tagged_union:
            one = st.sampled_from(sorted(name for name in members if self._can_be_sent(members[name])))
            return one.flatmap(
                lambda name: self.value(members[name], depth - 1).map(lambda value: {name: value})
            )
        needed = {name for name in shape.required_members if name in members}
        needed |= {name for name, place in places.items() if place == "uri"}
        if members and not needed and self._least:
            needed = {min(members, key=lambda name: members[name].type_name in ("structure", "list", "map"))}
        optional = members.keys() - needed
        if depth <= 0:
            optional = {
                name for name in optional if members[name].type_name not in ("structure", "list", "map")
            }
        made = {name: self.value(members[name], depth - 1, places[name]) for name in needed | optional}
        return st.fixed_dictionaries(
            {name: made[name] for name in sorted(needed)},
            optional={name: made[name] for name in sorted(optional)},
        )


def as_user_gives(shape: Shape, value: Any) -> Any:
    """A value with its instants as aware datetimes, for botocore's serializer."""
    match shape.type_name:
        case "structure" if not shape.is_document_type:
            return {name: as_user_gives(shape.members[name], item) for name, item in value.items()}
        case "list":
            return [as_user_gives(shape.member, item) for item in value]
        case "map":
            return {key: as_user_gives(shape.value, item) for key, item in value.items()}
        case "timestamp":
            return datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(milliseconds=value)
    return value
