"""What answers HTTP, as a test holds it: a function's URL, a load balancer. Asked without any HTTP client."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from mocklambda.wire.message import Request, Response

SIGNED_BY_NOBODY = "0" * 64


@dataclass(frozen=True, kw_only=True)
class HttpReply:
    """What came back.

    Attributes:
        status: HTTP's.
        headers: by their names in small letters; repeated ones joined by commas.
        body: bytes; ``text`` and ``json()`` read it.
        cookies: the values of ``Set-Cookie``, one each.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    cookies: Sequence[str]

    @property
    def text(self) -> str:
        """The body in UTF-8."""
        return self.body.decode()

    def json(self) -> Any:
        """Parse the body."""
        return json.loads(self.body)


class FrontEnd:
    """Something with an address that functions answer at."""

    def __init__(self, cloud: Any, url: str) -> None:
        self._cloud = cloud
        self.url = url
        """As on AWS: ``requests``, ``urllib3`` and ``httpx`` in this process reach it."""

    @property
    def local_url(self) -> str:
        """Its address for browsers, curl and other programs, on loopback: they take ``*.localhost`` for it."""
        host = urlsplit(self.url).netloc.removesuffix(".on.aws").removesuffix(".amazonaws.com")
        _, _, port = self._cloud.endpoint_url.rpartition(":")
        return f"http://{host}.localhost:{port}/"

    def request(
        self,
        method: str,
        path: str = "/",
        *,
        params: Any = None,
        headers: Mapping[str, str] | None = None,
        data: bytes | str | None = None,
        json: Any = None,
    ) -> HttpReply:
        """Send a request, and return when it and what it caused is done.

        Raises ConnectionError where a response that the function streamed was cut off.

        Args:
            method: ``GET`` ...
            path: from the root, with or without a query of its own.
            params: of the query: a mapping, or pairs, where a name comes more than once.
            headers: the client's; ``user-agent`` and ``accept`` are there unless given.
            data: the body.
            json: the body, as JSON; sets the content type too.
        """
        path, _, query = path.partition("?")
        more = "" if not params else urlencode(params, doseq=True, quote_via=quote)
        body, sent = _content(data, json)
        address = urlsplit(self.url)
        response = self._cloud.wire(
            Request(
                method=method.upper(),
                scheme=address.scheme,
                host=address.netloc,
                path=path if path.startswith("/") else f"/{path}",
                query="&".join(part for part in (query, more) if part),
                headers={
                    **sent,
                    **self._added(),
                    **{name.lower(): text for name, text in (headers or {}).items()},
                },
                body=body,
            )
        )
        return _reply(response)

    def get(self, path: str = "/", **more: Any) -> HttpReply:
        """Send a GET; arguments as `request`'s."""
        return self.request("GET", path, **more)

    def post(self, path: str = "/", **more: Any) -> HttpReply:
        """Send a POST; arguments as `request`'s."""
        return self.request("POST", path, **more)

    def put(self, path: str = "/", **more: Any) -> HttpReply:
        """Send a PUT; arguments as `request`'s."""
        return self.request("PUT", path, **more)

    def delete(self, path: str = "/", **more: Any) -> HttpReply:
        """Send a DELETE; arguments as `request`'s."""
        return self.request("DELETE", path, **more)

    def _added(self) -> dict[str, str]:
        return {}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.url}>"


class FunctionUrl(FrontEnd):
    """The URL of a function or an alias."""

    def __init__(self, cloud: Any, url: str, *, is_signed: bool) -> None:
        super().__init__(cloud, url)
        self._is_signed = is_signed

    def _added(self) -> dict[str, str]:
        """Sign for a URL that asks who calls: in form, as nobody checks more."""
        if not self._is_signed:
            return {}
        config = self._cloud.config
        scope = f"{config.account_id}/{self._cloud.now:%Y%m%d}/{config.region}/lambda/aws4_request"
        form = f"Credential={scope}, SignedHeaders=host, Signature={SIGNED_BY_NOBODY}"
        return {"authorization": f"AWS4-HMAC-SHA256 {form}"}


class LoadBalancer(FrontEnd):
    """An application load balancer in front of one function."""

    def __init__(self, cloud: Any, dns_name: str, *, arn: str, target_group_arn: str) -> None:
        super().__init__(cloud, f"http://{dns_name}/")
        self.dns_name = dns_name
        self.arn = arn
        self.target_group_arn = target_group_arn

    @property
    def health(self) -> str:
        """What health checks say: ``initial``, ``healthy`` or ``unhealthy``; ``unavailable`` without any."""
        arn = self.target_group_arn
        found: str = self._cloud.in_turn("lambda", lambda state, _: state.health_checks.state_of(arn))
        return found


def _content(data: bytes | str | None, document: Any) -> tuple[bytes, dict[str, str]]:
    headers = {"accept": "*/*", "user-agent": "mocklambda"}
    if document is not None:
        body = json.dumps(document).encode()
        headers["content-type"] = "application/json"
    else:
        body = data.encode() if isinstance(data, str) else data or b""
    return body, {**headers, **({"content-length": str(len(body))} if body else {})}


def _reply(response: Response) -> HttpReply:
    headers: dict[str, str] = {}
    pairs = (*response.headers.items(), *response.repeated)
    for name, value in pairs:
        key = name.lower()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    body: Any = response.body
    if not isinstance(body, bytes):  # a function that streams: read to its end
        body = b"".join(body)
    cookies = [value for name, value in pairs if name.lower() == "set-cookie"]
    return HttpReply(status=response.status, headers=headers, body=body, cookies=cookies)
