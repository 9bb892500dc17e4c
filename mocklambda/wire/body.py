"""What a body format must offer for a protocol to be built on it: read, write, and show as the SDK would."""

from __future__ import annotations

from typing import Protocol

from botocore.model import Shape, StructureShape

from mocklambda.wire.scalars import Convert


class BodyFormat(Protocol):
    """A body format; ``JsonBody``, ``CborBody`` and ``XmlBody`` are the three. All methods compile."""

    def reader(self, shape: StructureShape, *, body_only: bool = False) -> Convert:
        """Return bytes → the members of ``shape``; ``body_only`` leaves out what travels elsewhere."""

    def writer(self, shape: StructureShape, *, without: tuple[str, ...] = ()) -> Convert:
        """Return the members of ``shape`` → bytes."""

    def view(self, shape: StructureShape, *, without: tuple[str, ...] = ()) -> Convert:
        """Return the members of ``shape`` → what the SDK's parser makes of their bytes."""

    def field(self, shape: Shape) -> Convert | None:
        """Return the encoder of one value inside an error, None where it is left as it is."""
