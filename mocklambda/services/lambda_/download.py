"""Where a package can be got from: presigned URLs that answer a plain GET with the zip as uploaded."""

from __future__ import annotations

import base64
from datetime import datetime, timezone
from functools import lru_cache
from typing import TYPE_CHECKING

from mocklambda.services.lambda_.function import Package

if TYPE_CHECKING:
    from mocklambda.services.lambda_.state import Lambda

LIFE_S = 600  # D: ten minutes


def location(state: Lambda, kind: str, name: str, package: Package) -> str:
    """Return a fresh URL for a package; ``kind`` is ``tasks`` or ``layers``. Equal content is kept once."""
    scope = state.scope
    bucket = f"awslambda-{scope.region}-{kind}"
    digest = base64.b64decode(package.sha256).hex()
    key = f"snapshots/{scope.account}/{name}-{digest}"
    source = scope.links.object_source(f"arn:aws:s3:::{bucket}")
    if source is not None and package.upload is not None:
        source.offer(key, package.upload.content)
    day, time = _stamp(scope.clock.now() // 1000)
    credential = f"ASIA{scope.ids.letters(16)}%2F{day}%2F{scope.region}%2Fs3%2Faws4_request"
    query = (
        f"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date={time}&X-Amz-SignedHeaders=host&X-Amz-Expires={LIFE_S}"
        f"&X-Amz-Credential={credential}&X-Amz-Signature={scope.ids.hex(64)}"
    )
    return f"https://{bucket}.s3.{scope.region}.amazonaws.com/{key}?{query}"


@lru_cache(maxsize=64)
def _stamp(second: int) -> tuple[str, str]:
    moment = datetime.fromtimestamp(second, tz=timezone.utc)
    return f"{moment:%Y%m%d}", f"{moment:%Y%m%dT%H%M%SZ}"
