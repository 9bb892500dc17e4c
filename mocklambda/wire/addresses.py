"""A request's host, credentials and headers → which service, which region, whose key. Knows no operation."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl

from mocklambda.wire.lookalikes import BY_SIGNING_NAME, service_of
from mocklambda.wire.message import Request

_AWS_DOMAINS = (
    "amazonaws.com",
    "amazonaws.com.cn",
    "amazonaws.eu",
    "api.aws",
    "api.amazonwebservices.com.cn",
    "on.aws",
    "c2s.ic.gov",
    "sc2s.sgov.gov",
    "cloud.adc-e.uk",
    "csp.hci.ic.gov",
)
_REGION = re.compile(r"[a-z]{2,4}(?:-[a-z]+)+-\d")
_S3_ENDPOINT = re.compile(
    r"(?:(?P<bucket>.+?)\.)?"
    r"(?:s3|s3-fips|s3express-[a-z0-9-]+|s3-accelerate|s3-object-lambda)"
    r"(?:[.-](?P<more>(?:dualstack|fips|website|external-1|accesspoint|[a-z]{2,4}(?:-[a-z]+)+-\d)"
    r"(?:[.-](?:dualstack|fips|[a-z]{2,4}(?:-[a-z]+)+-\d))*))?"
)
_CREDENTIAL = re.compile(r"Credential=([^,\s]+)")
_BY_TARGET = {
    "AmazonSQS": "sqs",
    "AmazonSSM": "ssm",
    "AnyScaleFrontendService": "application-autoscaling",
    "AWSEvents": "events",
    "AWSStepFunctions": "stepfunctions",
    "DynamoDB_20120810": "dynamodb",
    "DynamoDBStreams_20120810": "dynamodbstreams",
    "GraniteServiceVersion20100801": "cloudwatch",
    "Kinesis_20131202": "kinesis",
    "Logs_20140328": "logs",
    "secretsmanager": "secretsmanager",
    "TrentService": "kms",
}
_BY_VERSION = {
    "2012-11-05": "sqs",
    "2010-03-31": "sns",
    "2010-05-08": "iam",
    "2011-06-15": "sts",
    "2016-11-15": "ec2",
    "2010-08-01": "cloudwatch",
}
"""Services whose API is forms, by the version that each form states."""
_LOCAL_HOST = re.compile(r"[^.]*|[\d.]+|\[.*\]|.*\.(?:localhost|local|internal)")
_VERSION = re.compile(r"(?:^|&)Version=(\d{4}-\d\d-\d\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Whom a request is for. ``service`` is botocore's name, empty where nothing tells; else None."""

    service: str
    region: str | None
    access_key: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """What a host name says."""

    service: str | None = None
    region: str | None = None
    bucket: str | None = None


def bare_host(host: str) -> str:
    """Return a host name without its port, in lower case."""
    return host.rpartition(":")[0].lower() if re.search(r":\d+$", host) else host.lower()


def is_aws_host(host: str) -> bool:
    """Whether a host is one that AWS's APIs answer at (its console and its documentation are none)."""
    name = bare_host(host).rstrip(".")
    return any(name == domain or name.endswith("." + domain) for domain in _AWS_DOMAINS)


@lru_cache(maxsize=1024)
def read_host(host: str) -> Host:
    """Return service, region and virtual-hosted bucket of a host name, each None where it does not tell."""
    name = bare_host(host).rstrip(".")
    domain = next((domain for domain in _AWS_DOMAINS if name.endswith("." + domain)), None)
    if domain is None:
        bucket = _local_bucket(name)
        return Host() if bucket is None else Host(service="s3", bucket=bucket)
    rest = name[: -len(domain) - 1]
    found = _s3_host(rest)
    return found if found is not None else _service_host(rest, domain)


def _local_bucket(name: str) -> str | None:
    """Local servers take ``bucket.s3.localhost`` and the like."""
    found = re.fullmatch(r"(.+)\.s3\.(?:[a-z0-9-]+\.)?localhost(?:\..+)?", name)
    return None if found is None else found[1]


def _s3_host(rest: str) -> Host | None:
    found = _S3_ENDPOINT.fullmatch(rest)
    if found is None:
        return None
    region = re.search(r"[a-z]{2,4}(?:-[a-z]+)+-\d", found["more"] or "")
    return Host(service="s3", region=None if region is None else region[0], bucket=found["bucket"])


def _service_host(rest: str, domain: str) -> Host:
    labels = [label for label in rest.split(".") if label not in ("dualstack", "fips", "vpce")]
    region = next((label for label in reversed(labels) if _REGION.fullmatch(label)), None)
    names = [label for label in labels if label != region]
    if domain == "on.aws":
        return Host(service="lambda-url" if "lambda-url" in names else None, region=region)
    if not names:
        return Host(region=region)
    if names[:2] == ["streams", "dynamodb"]:
        return Host(service="dynamodbstreams", region=region)
    name = names[-1].removesuffix("-fips")
    if name == "elb":
        return Host(service="load-balancer", region=region)
    if "control-kinesis" in names or "data-kinesis" in names:
        name = "kinesis"
    return Host(service=BY_SIGNING_NAME.get(name, name), region=region)


def identify(request: Request) -> Target:
    """Return whom a request is for.

    The signature's scope is believed first, then ``X-Amz-Target``, then the host name.
    """
    host = read_host(request.host)
    key, region, signed = _signature(request)
    named = service_of(signed, request) if signed else _by_target(request) or host.service
    service = named or _unsigned_s3(request, key)
    if not service and key is None and _LOCAL_HOST.fullmatch(bare_host(request.host)):
        service = _at_local_host(request)
    return Target(service=service or "", region=region or host.region, access_key=key)


def _signature(request: Request) -> tuple[str | None, str | None, str | None]:
    """Return access key, region and signing name of a request's signature."""
    authorization = request.headers.get("authorization", "")
    found = _CREDENTIAL.search(authorization)
    if found is not None:
        return _scope(found[1])
    if authorization.startswith("AWS "):
        return authorization[4:].partition(":")[0], None, "s3"
    if "X-Amz-Credential=" in request.query:
        return _scope(dict(parse_qsl(request.query)).get("X-Amz-Credential", ""))
    if "AWSAccessKeyId=" in request.query:
        return dict(parse_qsl(request.query)).get("AWSAccessKeyId"), None, None
    return None, None, None


def _scope(credential: str) -> tuple[str | None, str | None, str | None]:
    parts = credential.split("/")
    if len(parts) < 5:
        return parts[0] or None, None, None
    region = parts[-3]
    return "/".join(parts[:-4]), None if region in ("", "*") else region, parts[-2]


def _by_target(request: Request) -> str | None:
    target = request.headers.get("x-amz-target")
    return None if target is None else _BY_TARGET.get(target.rpartition(".")[0])


def _unsigned_s3(request: Request, key: str | None) -> str | None:
    """Return S3 for a presigned URL of the first kind: it names no service, and only S3 ever took it."""
    is_legacy = "AWSAccessKeyId=" in request.query and "Signature=" in request.query
    return "s3" if is_legacy and key is not None else None


def _at_local_host(request: Request) -> str:
    """Return whom an unsigned request to a local server is for: S3, unless it looks otherwise."""
    form = request.query
    if isinstance(request.body, bytes) and "x-www-form-urlencoded" in request.headers.get("content-type", ""):
        form += "&" + request.body.decode("latin-1")
    version = _VERSION.search(form)
    if version is not None:
        return _BY_VERSION.get(version[1], "")
    if request.path.startswith("/queue/") or re.match(r"/\d{12}/[^/]+$", request.path):
        return "sqs"
    if re.match(r"/20\d\d-\d\d-\d\d/", request.path):
        return "lambda"
    return "s3"


def path_style(request: Request) -> tuple[str, str]:
    """Return an S3 request's path in path style, and the bucket's name if the host has it."""
    bucket = read_host(request.host).bucket
    if bucket is None:
        return request.path, ""
    return f"/{bucket}{request.path if request.path.startswith('/') else '/' + request.path}", bucket
