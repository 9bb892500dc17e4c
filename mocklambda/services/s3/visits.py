"""Serves a bucket's website to whoever visits its website endpoint."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import quote

from mocklambda.services.s3.bodies import answer
from mocklambda.services.s3.bucket import Bucket
from mocklambda.services.s3.objects import StoredObject
from mocklambda.services.s3.operations.entry import Ctx
from mocklambda.services.s3.operations.members import quoted
from mocklambda.services.s3.public_access import may_anybody
from mocklambda.services.s3.website import RoutingRule, Website, error_page
from mocklambda.services.service import RawReply


def visit(ctx: Ctx, name: str, method: str, path: str) -> RawReply:
    """Answer a request for a decoded path, without its first slash."""
    bucket = ctx.state.buckets.get(name)
    if bucket is None:
        return _error(ctx, 404, "NoSuchBucket", "The specified bucket does not exist", BucketName=name)
    if method not in {"GET", "HEAD"}:
        text = "The specified method is not allowed against this resource."
        return _error(ctx, 405, "MethodNotAllowed", text, Method=method, ResourceType="OBJECT")
    if bucket.settings.website is None:
        text = "The specified bucket does not have a website configuration"
        return _error(ctx, 404, "NoSuchWebsiteConfiguration", text, BucketName=name)
    website = Website.parse(bucket.settings.website)
    rule = website.before(path)
    if rule is not None:
        return _redirect(ctx, rule, path)
    key = website.key_of(path)
    found = bucket.current_object(key)
    if found is not None:
        return _object(ctx, bucket, found, method)
    if not path.endswith("/") and bucket.current_object(f"{path}/{website.index_suffix}") is not None:
        return RawReply(status=302, headers={"Location": f"/{quote(path)}/"})
    rule = website.when_missing(path)
    return _redirect(ctx, rule, path) if rule is not None else _missing(ctx, bucket, website, key, method)


def _object(ctx: Ctx, bucket: Bucket, found: StoredObject, method: str, status: int = 200) -> RawReply:
    if not may_anybody(bucket, "GET", found.key):
        return _error(ctx, 403, "AccessDenied", "Access Denied")
    if found.description.website_redirect is not None:
        return RawReply(status=301, headers={"Location": found.description.website_redirect})
    if status == 200 and ctx.headers.get("if-none-match", "").strip('"') == found.etag:
        return RawReply(status=304, headers={"ETag": quoted(found.etag)})
    headers = {
        "Content-Type": found.description.content_type,
        "Content-Length": str(found.body.size),
        "ETag": quoted(found.etag),
    }
    body = b"" if method == "HEAD" else answer(found.body, 0, found.body.size)
    return RawReply(status=status, headers=headers, body=body)


def _missing(ctx: Ctx, bucket: Bucket, website: Website, key: str, method: str) -> RawReply:
    missing_document = None
    if website.error_key is not None:
        document = bucket.current_object(website.error_key)
        if document is not None:
            return _object(ctx, bucket, document, method, status=404)
        missing_document = website.error_key
    return _error(
        ctx, 404, "NoSuchKey", "The specified key does not exist.", missing_document=missing_document, Key=key
    )


def _redirect(ctx: Ctx, rule: RoutingRule, path: str) -> RawReply:
    location = rule.location(quote(path, safe="/~"), ctx.scheme, ctx.host)
    return RawReply(status=rule.status, headers={"Location": location, "Content-Length": "0"})


def _error(
    ctx: Ctx, status: int, code: str, message: str, missing_document: str | None = None, **members: str
) -> RawReply:
    title = f"{status} {HTTPStatus(status).phrase}"
    shown = {
        "Code": code,
        "Message": message,
        **members,
        "RequestId": ctx.request_id,
        "HostId": ctx.scope.ids.token(56),
    }
    return RawReply(
        status=status,
        headers={"Content-Type": "text/html; charset=utf-8", "x-amz-error-code": code},
        body=error_page(title, shown, missing_document),
    )
