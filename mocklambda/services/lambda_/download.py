"""Where a package can be got from: presigned URLs that answer a plain GET with the zip as uploaded."""

from __future__ import annotations

import base64
from datetime import datetime, timezone
from typing import TYPE_CHECKING
from urllib.parse import quote

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
    if source is not None and package.content is not None:
        source.offer(key, package.content)
    moment = datetime.fromtimestamp(scope.clock.now() // 1000, tz=timezone.utc)
    credential = f"ASIA{scope.ids.letters(16)}/{moment:%Y%m%d}/{scope.region}/s3/aws4_request"
    query = (
        ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
        ("X-Amz-Date", f"{moment:%Y%m%dT%H%M%SZ}"),
        ("X-Amz-SignedHeaders", "host"),
        ("X-Amz-Expires", str(LIFE_S)),
        ("X-Amz-Credential", credential),
        ("X-Amz-Signature", scope.ids.hex(64)),
    )
    text = "&".join(f"{field}={quote(value, safe='')}" for field, value in query)
    return f"https://{bucket}.s3.{scope.region}.amazonaws.com/{key}?{text}"
