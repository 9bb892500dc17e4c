"""Whether the ``If-*`` headers of reads, copies, writes and deletes hold, in the order AWS looks at them."""

from __future__ import annotations

from dataclasses import dataclass

from mocklambda.clock.base import Millis
from mocklambda.services.s3.dates import http_date
from mocklambda.services.s3.errors import (
    conditional_conflict,
    no_such_key,
    not_implemented,
    not_modified,
    precondition_failed,
)
from mocklambda.services.s3.objects import StoredObject


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadConditions:
    """The four headers of a read, or of a copy's source."""

    match: str | None = None
    none_match: str | None = None
    modified_since: Millis | None = None
    unmodified_since: Millis | None = None


def check_read(found: StoredObject, wanted: ReadConditions, now: Millis) -> None:
    """Raise 412 or 304 by the first header that does not hold."""
    failed = _first_failed(found, wanted, now, excuses=True)
    if failed in {"If-Match", "If-Unmodified-Since"}:
        raise precondition_failed(failed)
    if failed is not None:
        raise not_modified(_validators(found))


def _validators(found: StoredObject) -> dict[str, str]:
    """Return what a cache goes on with when it learns that what it has is still good (RFC 9110, 15.4.5)."""
    description = found.description
    headers = {"ETag": f'"{found.etag}"', "Last-Modified": http_date(found.created_at)}
    if description.cache_control is not None:
        headers["Cache-Control"] = description.cache_control
    if description.expires is not None:
        headers["Expires"] = http_date(description.expires)
    return headers


def check_copy_source(found: StoredObject, wanted: ReadConditions, now: Millis) -> None:
    """Raise 412 by the first header of a copy's source that does not hold."""
    failed = _first_failed(found, wanted, now, excuses=False)
    if failed is not None:
        raise precondition_failed(f"x-amz-copy-source-{failed}")


def _first_failed(found: StoredObject, wanted: ReadConditions, now: Millis, *, excuses: bool) -> str | None:
    """Return the header that fails; ``excuses``: a passing If-None-Match makes If-Modified-Since moot."""
    changed_at = found.created_at // 1000 * 1000
    if wanted.match is not None:
        if not _has_etag(found, wanted.match):
            return "If-Match"
    elif wanted.unmodified_since is not None and changed_at > wanted.unmodified_since:
        return "If-Unmodified-Since"
    if wanted.none_match is not None:
        if _has_etag(found, wanted.none_match):
            return "If-None-Match"
        if excuses:
            return None
    since = wanted.modified_since
    if since is not None and changed_at <= since <= now:
        return "If-Modified-Since"
    return None


def _has_etag(found: StoredObject, wanted: str) -> bool:
    return any(one.strip().strip('"') in {found.etag, "*"} for one in wanted.split(","))


def check_write_form(if_match: str | None, if_none_match: str | None) -> None:
    """Refuse what a write can not be made conditional on."""
    if if_match is not None and if_none_match is not None:
        raise not_implemented(
            "If-Match,If-None-Match", "Multiple conditional request headers present in the request"
        )
    if if_none_match not in {None, "*"}:
        raise _not_accepted("If-None-Match")
    if if_match == "*":
        raise _not_accepted("If-Match")


def check_write(
    key: str, current: StoredObject | None, if_match: str | None, if_none_match: str | None
) -> None:
    """Raise by what is stored now whether the write may happen; the form has been checked."""
    if if_none_match is not None and current is not None:
        raise precondition_failed("If-None-Match")
    if if_match is not None:
        if current is None:
            raise no_such_key(key)
        if current.etag != if_match.strip('"'):
            raise precondition_failed("If-Match")


def check_completion(
    key: str,
    current: StoredObject | None,
    if_match: str | None,
    if_none_match: str | None,
    *,
    existed_at_start: bool,
    is_changed: bool,
) -> None:
    """Like a write, but what happened since the upload was created counts too."""
    if if_none_match is not None and current is None and existed_at_start and is_changed:
        raise conditional_conflict("If-None-Match", key)
    check_write(key, current, if_match, if_none_match)
    if if_match is not None and is_changed:
        raise conditional_conflict("If-Match", key)


def _not_accepted(header: str) -> Exception:
    return not_implemented(header, f"We don't accept the provided value of {header} header for this API")
