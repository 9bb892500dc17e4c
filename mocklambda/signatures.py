"""Works out the signatures of presigned URLs and of requests to function URLs again, with botocore's own signers.

Only those whose secret the session knows: its own fake credentials, those of the handlers that run, and what
moto's IAM and STS gave. Others are taken for good.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, unquote_to_bytes, urlsplit

from mocklambda.services.signed import Forgery, SignedRequest
from mocklambda.wire.addresses import path_style
from mocklambda.wire.message import Request

if TYPE_CHECKING:
    from botocore.awsrequest import AWSRequest

UNRESERVED = "-_.~"
AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256\s+Credential=(?P<credential>[^,\s]+),\s*SignedHeaders=(?P<names>[^,\s]+),"
    r"\s*Signature=(?P<signature>\w+)\s*$"
)


class KnownSecrets:
    """Signatures by the secrets that are known: those told here, and those that ``look_up`` finds."""

    def __init__(self, look_up: Callable[[str], str | None]) -> None:
        self._look_up = look_up
        self._told: dict[str, str] = {}

    def tell(self, access_key: str, secret: str) -> None:
        """Take note of a pair that anybody in this session may sign with."""
        self._told[access_key] = secret

    def forgery(self, request: SignedRequest) -> Forgery | None:
        fields = dict(parse_qsl(request.query, keep_blank_values=True))
        if "X-Amz-Signature" in fields:
            date = fields.get("X-Amz-Date", "")
            names = fields.get("X-Amz-SignedHeaders", "")
            credential, signature = fields.get("X-Amz-Credential", ""), fields["X-Amz-Signature"]
            return self._version_4(request, credential, names, date, signature)
        if "Signature" in fields and "AWSAccessKeyId" in fields:
            return self._version_2(request, fields)
        found = AUTHORIZATION.match(request.headers.get("authorization", ""))
        if found is None or "x-amz-date" not in request.headers:
            return None
        date = request.headers["x-amz-date"]
        return self._version_4(request, found["credential"], found["names"], date, found["signature"])

    def form_forgery(self, fields: Mapping[str, str]) -> Forgery | None:
        policy = fields["policy"]
        is_version_4 = "x-amz-signature" in fields
        parts = fields["x-amz-credential"].split("/") if is_version_4 else [fields["awsaccesskeyid"]]
        secret = self._secret(parts[0]) if len(parts) == (5 if is_version_4 else 1) else None
        if secret is None:
            return None
        if is_version_4:
            signer = _signer_4(parts[0], secret, parts[3], parts[2], [])
            signed, provided = _at(fields["x-amz-date"]), fields["x-amz-signature"]
            is_right = signer.signature(policy, signed) == provided
        else:
            provided = fields["signature"]
            is_right = _signer_2(parts[0], secret, "").sign_string(policy) == provided
        if is_right:
            return None
        return Forgery(access_key=parts[0], provided=provided, string_to_sign=policy, canonical_request=None)

    def _secret(self, access_key: str) -> str | None:
        return self._told.get(access_key) or self._look_up(access_key)

    def _version_4(
        self, request: SignedRequest, credential: str, names: str, date: str, provided: str
    ) -> Forgery | None:
        parts = credential.split("/")
        secret = self._secret(parts[0]) if len(parts) == 5 else None
        if secret is None:
            return None
        access_key, _, region, service, _ = parts
        signer = _signer_4(access_key, secret, service, region, names.lower().split(";"))
        again = _aws_request(request, names.lower().split(";"), keeps_path=service != "s3")
        again.context["timestamp"] = date
        canonical = signer.canonical_request(again)
        text = signer.string_to_sign(again, canonical)
        if signer.signature(text, again) == provided:
            return None
        return Forgery(
            access_key=access_key, provided=provided, string_to_sign=text, canonical_request=canonical
        )

    def _version_2(self, request: SignedRequest, fields: Mapping[str, str]) -> Forgery | None:
        access_key, provided = fields["AWSAccessKeyId"], fields["Signature"]
        secret = self._secret(access_key)
        if secret is None:
            return None
        signer = _signer_2(access_key, secret, fields.get("Expires", ""))
        text = signer.canonical_string(
            request.method,
            urlsplit(f"https://{request.host}/?{request.query}"),
            _headers_2(request, fields),
            auth_path=_encoded(_path_style(request)),
        )
        if signer.sign_string(text) == provided:
            return None
        return Forgery(access_key=access_key, provided=provided, string_to_sign=text, canonical_request=None)


def _signer_4(access_key: str, secret: str, service: str, region: str, names: list[str]) -> Any:
    from botocore.auth import S3SigV4QueryAuth, SigV4Auth
    from botocore.awsrequest import HTTPHeaders
    from botocore.credentials import Credentials

    kind: Any = S3SigV4QueryAuth if service == "s3" else SigV4Auth

    class Signer(kind):  # type: ignore[misc]
        def headers_to_sign(self, request: AWSRequest) -> Any:
            """Take those that the signature says it is of."""
            headers = HTTPHeaders()
            for name in names:
                if name in request.headers:
                    headers[name] = request.headers[name]
            return headers

    return Signer(Credentials(access_key, secret), service, region)


def _signer_2(access_key: str, secret: str, expires: str) -> Any:
    from botocore.auth import HmacV1QueryAuth
    from botocore.credentials import Credentials

    class Signer(HmacV1QueryAuth):
        def _get_date(self) -> str:
            return expires

    return Signer(Credentials(access_key, secret))


def _at(date: str) -> AWSRequest:
    """Return a request of which a signer sees no more than when it was signed."""
    from botocore.awsrequest import AWSRequest

    request: AWSRequest = AWSRequest()
    request.context["timestamp"] = date
    return request


def _aws_request(request: SignedRequest, names: list[str], *, keeps_path: bool) -> AWSRequest:
    from botocore.awsrequest import AWSRequest

    pairs = parse_qsl(request.query, keep_blank_values=True)
    query = "&".join(
        f"{quote(name, safe=UNRESERVED)}={quote(value, safe=UNRESERVED)}"
        for name, value in pairs
        if name != "X-Amz-Signature"
    )
    path = request.path if keeps_path else _encoded(request.path)
    headers = {"host": request.host, **request.headers}
    wanted = {*names, "x-amz-content-sha256"} if keeps_path else set(names)
    made: AWSRequest = AWSRequest(
        method=request.method,
        url=f"{request.scheme}://{request.host}{path}?{query}",
        headers={name: text for name, text in headers.items() if name in wanted},
        data=request.body,
    )
    return made


def _headers_2(request: SignedRequest, fields: Mapping[str, str]) -> Any:
    from botocore.awsrequest import HTTPHeaders

    both = {**{name.lower(): text for name, text in fields.items()}, **request.headers}
    headers = HTTPHeaders()
    for name, text in both.items():
        if name.startswith("x-amz-") or name in {"content-type", "content-md5"}:
            headers[name] = text
    return headers


def _path_style(request: SignedRequest) -> str:
    return path_style(
        Request(
            method=request.method,
            scheme=request.scheme,
            host=request.host,
            path=request.path,
            query=request.query,
            headers=request.headers,
            body=b"",
        )
    )[0]


def _encoded(path: str) -> str:
    return quote(unquote_to_bytes(path), safe="/" + UNRESERVED)
