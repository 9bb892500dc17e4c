"""Forms, preflights, websites and unsigned requests are answered without an operation."""

from __future__ import annotations

import base64
import json
import re
from datetime import datetime, timezone
from typing import ClassVar

import pytest

from mocklambda.clock.virtual import VirtualClock
from mocklambda.config import Config
from mocklambda.engine import Engine
from mocklambda.ids import Ids
from mocklambda.services.links import Links
from mocklambda.services.s3 import SERVICE
from mocklambda.services.s3.wire import front, lifted
from mocklambda.services.service import AwsError, Context, Reply, Scope

ACCOUNT = "123456789012"
START = int(datetime(2024, 1, 15, tzinfo=timezone.utc).timestamp() * 1000)
BOUNDARY = "b0undary"


class World:
    """S3 alone, called by its operations and by its front."""

    def __init__(self):
        self.clock = VirtualClock(lambda: START)
        engine = Engine(self.clock, lambda effect: effect())
        self.scope = Scope(
            account=ACCOUNT,
            region="us-east-1",
            clock=self.clock,
            outbox=engine,
            ids=Ids(1),
            links=Links(lambda _: None),
            config=Config(),
            execution=None,
            peer=lambda *_: None,
        )
        self.state = SERVICE.state(self.scope)

    def context(self, **request):
        return Context(
            state=self.state,
            scope=self.scope,
            account=ACCOUNT,
            region="us-east-1",
            now=self.clock.now(),
            request_id="request-id",
            reply=Reply(),
            causes=frozenset(),
            **request,
        )

    def call(self, operation, **request):
        return SERVICE.operations[operation](self.context(), {"Bucket": "bbb", **request})

    def front(self, method, path, body=b"", **request):
        return front(self.context(**request), method, path, body)

    def visit(self, method, path, host="bbb.s3-website-us-east-1.amazonaws.com", **headers):
        ctx = self.context(host=host, path=path, scheme="http", headers=headers)
        return front(ctx, method, f"/bbb{path}", b"")

    def refusal(self, *args, **kwargs):
        with pytest.raises(AwsError) as caught:
            self.front(*args, **kwargs)
        return caught.value.status, caught.value.code, caught.value.message, caught.value.fields


@pytest.fixture
def world():
    world = World()
    world.call("CreateBucket")
    return world


def open_to_all(world):
    world.call("DeletePublicAccessBlock")
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::bbb/*",
    }
    world.call("PutBucketPolicy", Policy=json.dumps({"Statement": [statement]}))


class TestUnsigned:
    """Unsigned requests need public access."""

    def test_a_private_object_is_denied(self, world):
        world.call("PutObject", Key="k")

        assert world.refusal("GET", "/bbb/k") == (403, "AccessDenied", "Access Denied", {})

    def test_a_public_policy_lets_through(self, world):
        open_to_all(world)
        world.call("PutObject", Key="k")

        assert world.front("GET", "/bbb/k") is None
        assert world.refusal("PUT", "/bbb/k")[0] == 403

    def test_a_public_acl_lets_through(self, world):
        world.call("DeletePublicAccessBlock")
        world.call(
            "PutBucketOwnershipControls", OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
        )
        world.call("PutObject", Key="open", ACL="public-read")
        world.call("PutObject", Key="shut")

        assert world.front("GET", "/bbb/open") is None
        assert world.refusal("GET", "/bbb/shut")[0] == 403

    @pytest.mark.parametrize(
        "request_",
        [
            {"headers": {"authorization": "AWS4-HMAC-SHA256 x"}},
            {"query": "X-Amz-Signature=x"},
            {"query": "Signature=x"},
        ],
    )
    def test_a_signed_request_goes_on(self, world, request_):
        assert world.front("GET", "/bbb/k", **request_) is None


class TestPreflights:
    """OPTIONS requests are answered by the bucket's CORS rules."""

    RULE: ClassVar = {
        "AllowedMethods": ["GET", "PUT"],
        "AllowedOrigins": ["http://*.origin.com"],
        "AllowedHeaders": ["x-amz-*"],
        "ExposeHeaders": ["ETag", "X"],
        "MaxAgeSeconds": 30,
    }

    def test_a_match_says_what_is_allowed(self, world):
        world.call("PutBucketCors", CORSConfiguration={"CORSRules": [self.RULE]})
        headers = {
            "origin": "http://test.origin.com",
            "access-control-request-method": "PUT",
            "access-control-request-headers": "X-Amz-Date, x-amz-acl",
        }

        reply = world.front("OPTIONS", "/bbb/k", headers=headers)

        assert (reply.status, reply.headers) == (
            200,
            {
                "Access-Control-Allow-Origin": "http://test.origin.com",
                "Access-Control-Allow-Credentials": "true",
                "Access-Control-Allow-Methods": "GET, PUT",
                "Access-Control-Allow-Headers": "x-amz-date, x-amz-acl",
                "Access-Control-Expose-Headers": "ETag, X",
                "Access-Control-Max-Age": "30",
                "Vary": "Origin, Access-Control-Request-Headers, Access-Control-Request-Method",
                "Content-Length": "0",
            },
        )

    def test_no_origin_is_a_bad_request(self, world):
        expected = (400, "BadRequest", "Insufficient information. Origin request header needed.", {})

        assert world.refusal("OPTIONS", "/nowhere/k") == expected

    def test_a_missing_bucket_is_forbidden(self, world):
        assert world.refusal("OPTIONS", "/nowhere/k", headers={"origin": "http://x"}) == (
            403,
            "AccessForbidden",
            "CORSResponse: Bucket not found",
            {"Method": "OPTIONS", "ResourceType": "BUCKET"},
        )

    def test_a_bucket_without_rules_is_forbidden(self, world):
        found = world.refusal("OPTIONS", "/bbb/k", headers={"origin": "http://x"})

        assert found[2] == "CORSResponse: CORS is not enabled for this bucket."

    @pytest.mark.parametrize(("path", "resource"), [("/bbb/k", "OBJECT"), ("/bbb", "BUCKET")])
    def test_no_match_is_forbidden(self, world, path, resource):
        world.call("PutBucketCors", CORSConfiguration={"CORSRules": [self.RULE]})

        found = world.refusal(
            "OPTIONS", path, headers={"origin": "http://origin.com", "access-control-request-method": "GET"}
        )

        assert (found[1], found[3]) == ("AccessForbidden", {"Method": "GET", "ResourceType": resource})

    def test_an_ordinary_answer_gets_the_headers_too(self, world):
        world.call("PutBucketCors", CORSConfiguration={"CORSRules": [{**self.RULE, "AllowedOrigins": ["*"]}]})
        ctx = world.context(headers={"origin": "http://x"})

        SERVICE.operations["PutObject"](ctx, {"Bucket": "bbb", "Key": "k"})

        assert ctx.reply.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in ctx.reply.headers


def form(*fields, file=b"contents", file_name="name.txt"):
    """Return body and headers of a form upload."""
    lines = []
    for name, value in fields:
        lines += [f"--{BOUNDARY}", f'Content-Disposition: form-data; name="{name}"', "", value]
    suffix = "" if file_name is None else f'; filename="{file_name}"'
    lines += [f"--{BOUNDARY}", f'Content-Disposition: form-data; name="file"{suffix}', "", ""]
    body = "\r\n".join(lines).encode() + file + f"\r\n--{BOUNDARY}--\r\n".encode()
    return {"body": body, "headers": {"content-type": f"multipart/form-data; boundary={BOUNDARY}"}}


def signed(*conditions, expiration="2024-01-16T00:00:00Z"):
    """Return the fields of a policy with these conditions beside those for its own fields."""
    own = [["starts-with", "$x-amz-algorithm", ""], ["starts-with", "$x-amz-credential", ""]]
    own.append(["starts-with", "$x-amz-date", ""])
    document = json.dumps({"expiration": expiration, "conditions": [*own, *conditions]}).encode()
    return (
        ("policy", base64.b64encode(document).decode()),
        ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
        ("X-Amz-Credential", "key/20240115/us-east-1/s3/aws4_request"),
        ("X-Amz-Date", "20240115T000000Z"),
        ("X-Amz-Signature", "sig"),
    )


class TestForms:
    """A browser's form puts an object, as far as its policy lets it."""

    KEY = ("key", "up/${filename}")
    ANY_KEY: ClassVar = ["starts-with", "$key", "up/"]

    def test_a_form_puts_its_file(self, world):
        fields = [
            self.KEY,
            ("Content-Type", "text/plain"),
            ("x-amz-meta-Name", "é"),
            *signed(
                self.ANY_KEY,
                {"bucket": "bbb"},
                {"Content-Type": "text/plain"},
                ["starts-with", "$x-amz-meta-name", ""],
            ),
        ]

        reply = world.front("POST", "/bbb", **form(*fields))

        assert (reply.status, reply.body) == (204, b"")
        assert reply.headers["Location"] == "https://bbb.s3.amazonaws.com/up/name.txt"
        found = world.call("GetObject", Key="up/name.txt")
        assert (found["Body"], found["ContentType"]) == (b"contents", "text/plain")
        assert found["Metadata"] == {"name": "=?UTF-8?B?w6k=?="}

    def test_a_file_without_a_name_leaves_the_variable(self, world):
        world.front("POST", "/bbb", **form(self.KEY, *signed(self.ANY_KEY), file_name=None))

        assert world.call("GetObject", Key="up/${filename}")["Body"] == b"contents"

    def test_201_answers_a_document(self, world):
        status = ("success_action_status", "201")
        reply = world.front(
            "POST", "/bbb", **form(self.KEY, status, *signed(self.ANY_KEY, {"success_action_status": "201"}))
        )

        assert reply.status == 201
        assert re.search(rb"<Key>up/name.txt</Key><ETag>\"[0-9a-f]{32}\"</ETag></PostResponse>$", reply.body)

    def test_a_redirect_goes_where_the_form_says(self, world):
        target = ("success_action_redirect", "http://example.com/done")
        condition = {"success_action_redirect": "http://example.com/done"}

        reply = world.front("POST", "/bbb", **form(("key", "k"), target, *signed({"key": "k"}, condition)))

        assert reply.status == 303
        assert reply.headers["Location"].startswith("http://example.com/done?bucket=bbb&key=k&etag=%22")

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            (
                signed(ANY_KEY, expiration="2024-01-14T00:00:00Z"),
                "Invalid according to Policy: Policy expired.",
            ),
            (
                signed({"key": "other"}),
                'Invalid according to Policy: Policy Condition failed: ["eq", "$key", "other"]',
            ),
            (
                signed(ANY_KEY, ["eq", "key", "up/name.txt"]),
                'Invalid according to Policy: Policy Condition failed: ["eq", "key", "up/name.txt"]',
            ),
            (
                signed(ANY_KEY, ["content-length-range", "test", "10"]),
                'Invalid according to Policy: Policy Condition failed: ["content-length-range", "test", "10"]',
            ),
            (
                (*signed(ANY_KEY), ("x-amz-meta-a", "b")),
                "Invalid according to Policy: Extra input fields: x-amz-meta-a",
            ),
            (
                signed(ANY_KEY, {"a": "b", "c": "d"}),
                "Invalid Policy: Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.",
            ),
            (
                signed(ANY_KEY)[:-1],
                (
                    "Bucket POST must contain a field named 'X-Amz-Signature'.  If it is specified, please check the "
                    "order of the fields."
                ),
            ),
            (signed(ANY_KEY)[:1], "Access Denied"),
            ((), "Access Denied"),
        ],
    )
    def test_what_the_policy_does_not_allow_is_refused(self, world, fields, expected):
        assert world.refusal("POST", "/bbb", **form(self.KEY, *fields))[2] == expected
        assert world.state.buckets["bbb"].is_empty

    @pytest.mark.parametrize(("bounds", "code"), [([9, 20], "EntityTooSmall"), ([0, 7], "EntityTooLarge")])
    def test_the_file_must_be_within_its_bounds(self, world, bounds, code):
        fields = signed(self.ANY_KEY, ["content-length-range", *bounds])

        assert world.refusal("POST", "/bbb", **form(self.KEY, *fields))[1] == code

    def test_another_content_type_is_refused(self, world):
        found = world.refusal(
            "POST", "/bbb", b"a=b", headers={"content-type": "application/x-www-form-urlencoded"}
        )

        assert found[3] == {"Condition": "Bucket POST must be of the enclosure-type multipart/form-data"}

    def test_tags_are_a_document(self, world):
        tagging = "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>"
        fields = signed(self.ANY_KEY, ["starts-with", "$tagging", ""])

        world.front("POST", "/bbb", **form(self.KEY, ("tagging", tagging), *fields))

        assert world.call("GetObjectTagging", Key="up/name.txt")["TagSet"] == [{"Key": "a", "Value": "b"}]


class TestWebsites:
    """A bucket's website shows public objects to anybody."""

    @pytest.fixture
    def site(self, world):
        open_to_all(world)

        def site(**configuration):
            configuration = {"IndexDocument": {"Suffix": "index.html"}, **configuration}
            world.call("PutBucketWebsite", WebsiteConfiguration=configuration)
            world.call("PutObject", Key="index.html", Body=b"home", ContentType="text/html")
            world.call("PutObject", Key="docs/index.html", Body=b"docs")
            return world

        return site

    def test_the_index_stands_for_a_directory(self, site):
        world = site()

        home, docs = world.visit("GET", "/"), world.visit("GET", "/docs/")

        assert (home.status, home.body, home.headers["Content-Type"]) == (200, b"home", "text/html")
        assert (docs.status, docs.body) == (200, b"docs")

    def test_a_directory_without_its_slash_is_sent_to_it(self, site):
        reply = site().visit("GET", "/docs")

        assert (reply.status, reply.headers) == (302, {"Location": "/docs/"})

    def test_what_is_missing_has_a_page(self, site):
        reply = site().visit("GET", "/nothing")

        assert reply.status == 404
        assert b"<title>404 Not Found</title>" in reply.body
        assert (
            b"<li>Code: NoSuchKey</li>\n<li>Message: The specified key does not exist.</li>\n<li>Key: nothing</li>"
            in reply.body
        )

    def test_an_error_document_is_shown_instead(self, site):
        world = site(ErrorDocument={"Key": "error.html"})
        without = world.visit("GET", "/nothing")
        world.call("PutObject", Key="error.html", Body=b"oops")

        reply = world.visit("GET", "/nothing")

        assert b"An Error Occurred While Attempting to Retrieve a Custom Error Document" in without.body
        assert (reply.status, reply.body) == (404, b"oops")

    def test_rules_redirect_by_prefix_and_by_error(self, site):
        world = site(
            RoutingRules=[
                {"Condition": {"KeyPrefixEquals": "old/"}, "Redirect": {"ReplaceKeyPrefixWith": "new/"}},
                {
                    "Condition": {"HttpErrorCodeReturnedEquals": "404"},
                    "Redirect": {
                        "HostName": "example.com",
                        "ReplaceKeyWith": "gone",
                        "HttpRedirectCode": "302",
                    },
                },
            ]
        )

        moved, gone = world.visit("GET", "/old/page"), world.visit("GET", "/nothing")

        assert (moved.status, moved.headers["Location"]) == (
            301,
            "http://bbb.s3-website-us-east-1.amazonaws.com/new/page",
        )
        assert (gone.status, gone.headers["Location"]) == (302, "http://example.com/gone")

    def test_other_methods_are_not_allowed(self, site):
        reply = site().visit("POST", "/")

        assert reply.status == 405
        assert b"<li>Code: MethodNotAllowed</li>" in reply.body

    def test_a_private_bucket_shows_nothing(self, site):
        world = site()
        world.call("DeleteBucketPolicy")

        assert world.visit("GET", "/").status == 403

    def test_a_bucket_without_a_website_says_so(self, world):
        assert b"<li>Code: NoSuchWebsiteConfiguration</li>" in world.visit("GET", "/").body


def test_a_signed_query_carries_headers():
    query = "x-amz-meta-foo=bar&If-None-Match=*&x-amz-checksum-crc32=AA%3D%3D&AWSAccessKeyId=k&Signature=s&Expires=1"

    assert lifted(query, {"host": "h"}) == {"x-amz-meta-foo": "bar", "if-none-match": "*", "host": "h"}
    assert lifted("x-amz-meta-foo=bar", {"host": "h"}) == {"host": "h"}
