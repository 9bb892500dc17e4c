"""A bucket as a test holds it: filled, read, listed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from mocklambda.handles.handle import Handle, as_bytes


class Bucket(Handle):
    """A bucket."""

    @property
    def arn(self) -> str:
        return f"arn:aws:s3:::{self.name}"

    def put(self, key: str, body: Any = b"", **settings: Any) -> None:
        """Put an object.

        Args:
            key: its name.
            body: bytes as they are, text in UTF-8, anything else as JSON.
            settings: further members of PutObject, such as ``ContentType="text/csv"``.
        """
        self._cloud.api("s3", "PutObject", Bucket=self.name, Key=key, Body=as_bytes(body), **settings)

    def get(self, key: str) -> bytes:
        """Return an object's bytes.

        Raises:
            ClientError: there is none (``NoSuchKey``).
        """
        body = self._cloud.api("s3", "GetObject", Bucket=self.name, Key=key)["Body"]
        return bytes(body if isinstance(body, (bytes, bytearray)) else body.read())

    def json(self, key: str) -> Any:
        """Return an object's bytes parsed."""
        return json.loads(self.get(key))

    def delete(self, key: str) -> None:
        """Delete an object; one that is not there is no error, as on AWS."""
        self._cloud.api("s3", "DeleteObject", Bucket=self.name, Key=key)

    def keys(self, prefix: str = "") -> list[str]:
        """List the keys that begin with ``prefix``, in S3's order."""
        return list(self._keys(prefix))

    def _keys(self, prefix: str) -> Iterator[str]:
        token: str | None = None
        while True:
            page = self._cloud.api(
                "s3", "ListObjectsV2", Bucket=self.name, Prefix=prefix, ContinuationToken=token
            )
            yield from (found["Key"] for found in page.get("Contents", ()))
            token = page.get("NextContinuationToken")
            if token is None:
                return

    def __len__(self) -> int:
        return len(self.keys())

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and key in self.keys(key)
