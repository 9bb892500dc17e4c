"""Function URLs, asked as any client asks them: through ``requests``, ``urllib3``, loopback, and the handle."""

from __future__ import annotations

import http.client
import json
from typing import Any

import pytest
import requests
import urllib3
from lambda_support import client

FORBIDDEN = (
    '{"Message":"Forbidden. For troubleshooting Function URL authorization issues, see: '
    'https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"}'
)
ECHO = "def handler(event, context):\n    return event\n"
ANSWER = "import json\n\ndef handler(event, context):\n    return json.loads(event['body'])\n"
CORS = {"AllowOrigins": ["https://a.example.com"], "AllowMethods": ["PUT"], "MaxAge": 60}


@pytest.fixture
def lam(mock_lambda: Any) -> Any:
    return client()


@pytest.fixture
def echo(mock_lambda: Any) -> Any:
    return mock_lambda.function("fn", "index.handler", source=ECHO)


def public(lam: Any, **named: Any) -> Any:
    return lam.add_permission(
        FunctionName="fn",
        StatementId="public",
        Action="lambda:InvokeFunctionUrl",
        Principal="*",
        FunctionUrlAuthType="NONE",
        **named,
    )


def signed(
    service: str = "lambda", region: str = "us-east-1", account: str = "123456789012"
) -> dict[str, str]:
    scope = f"{account}/20240101/{region}/{service}/aws4_request"
    return {
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature=0",
        "X-Amz-Date": "20240101T000000Z",
    }


def test_a_url_that_a_policy_opens_runs_the_function(lam: Any, echo: Any) -> None:
    url = lam.create_function_url_config(FunctionName="fn", AuthType="NONE")["FunctionUrl"]
    public(lam)
    answer = requests.post(f"{url}my/path?p=1&p=2", json={"a": 1}, cookies={"c": "d"}, timeout=5)
    event = answer.json()
    host = url.split("/")[2]
    assert answer.status_code == 200
    assert event["requestContext"].pop("requestId") == answer.headers["x-amzn-RequestId"]
    assert (event["rawPath"], event["rawQueryString"], event["cookies"], event["body"]) == (
        "/my/path",
        "p=1&p=2",
        ["c=d"],
        '{"a": 1}',
    )
    assert sorted(event["headers"]) == [
        "accept",
        "accept-encoding",
        "content-length",
        "content-type",
        "cookie",
        "host",
        "user-agent",
        "x-amzn-tls-cipher-suite",
        "x-amzn-tls-version",
        "x-amzn-trace-id",
        "x-forwarded-for",
        "x-forwarded-port",
        "x-forwarded-proto",
    ]
    assert (event["headers"]["host"], event["requestContext"]["domainName"]) == (host, host)


def test_the_invocation_has_the_request_id_of_the_reply(mock_lambda: Any, echo: Any) -> None:
    answer = echo.url().get()
    (invocation,) = echo.invocations
    assert (invocation.request_id, invocation.trigger) == (answer.headers["x-amzn-requestid"], "url")


def test_the_reply_carries_the_services_own_headers(mock_lambda: Any, echo: Any) -> None:
    answer = requests.get(echo.url().url, timeout=5)
    assert list(answer.headers) == [
        "Date",
        "Content-Length",
        "Connection",
        "Content-Type",
        "x-amzn-RequestId",
        "X-Amzn-Trace-Id",
    ]
    assert (answer.reason, answer.headers["Content-Type"], answer.headers["Connection"]) == (
        "OK",
        "application/json",
        "keep-alive",
    )


@pytest.mark.parametrize(
    ("result", "status", "length", "body"),
    [
        ({"hello": "world"}, 200, 17, b'{"hello":"world"}'),
        ("hello", 200, 5, b"hello"),
        (["hello", 3, True], 200, 16, b'["hello",3,true]'),
        (3, 200, 1, b"3"),
        (3.1, 200, 3, b"3.1"),
        (True, 200, 4, b"true"),
        ({"statusCode": 200, "body": "body123"}, 200, 7, b"body123"),
        ({"statusCode": 200, "body": '{"hello": "world"}'}, 200, 18, b'{"hello": "world"}'),
        ({"statusCode": "418", "body": "i'm a teapot", "isBase64Encoded": False}, 418, 12, b"i'm a teapot"),
        ({"statusCode": "x"}, 502, 21, b"Internal Server Error"),
    ],
)
def test_a_result_becomes_the_reply(
    mock_lambda: Any, result: Any, status: int, length: int, body: bytes
) -> None:
    url = mock_lambda.function("fn", "index.handler", source=ANSWER).url().url
    answer = requests.post(url, json=result, timeout=5)
    assert (answer.status_code, answer.headers["Content-Length"], answer.content) == (
        status,
        str(length),
        body,
    )


def test_each_cookie_is_a_header_of_its_own(mock_lambda: Any) -> None:
    url = mock_lambda.function("fn", "index.handler", source=ANSWER).url().url
    result = {"statusCode": 200, "cookies": ["a=1; Path=/", "b=2"]}
    answer = requests.post(url, json=result, timeout=5)
    assert answer.cookies.get_dict() == {"a": "1", "b": "2"}
    assert answer.raw.headers.getlist("set-cookie") == ["a=1; Path=/", "b=2"]


def test_a_session_of_requests_sends_back_the_cookies_it_got(mock_lambda: Any) -> None:
    source = "def handler(event, context):\n    return {'statusCode': 200, 'cookies': ['a=1'], 'body': event.get('cookies')}\n"
    url = mock_lambda.function("fn", "index.handler", source=source).url().url
    with requests.Session() as session:
        assert [session.get(url, timeout=5).text for _ in range(2)] == ["", '["a=1"]']


@pytest.mark.parametrize("ending", ["raise ValueError('secret')", "import os; os._exit(1)", "return {1, 2}"])
def test_a_failing_function_is_an_internal_server_error_that_tells_nothing(
    mock_lambda: Any, ending: str
) -> None:
    fn = mock_lambda.function("fn", "index.handler", source=f"def handler(event, context):\n    {ending}\n")
    answer = fn.url().get()
    assert (answer.status, answer.body) == (502, b"Internal Server Error")


def test_a_head_request_gets_the_headers_and_no_body(mock_lambda: Any, echo: Any) -> None:
    answer = requests.head(echo.url().url, timeout=5)
    assert (answer.status_code, answer.content, int(answer.headers["Content-Length"]) > 100) == (
        200,
        b"",
        True,
    )


def test_what_urllib3_adds_by_itself_is_in_the_event(mock_lambda: Any, echo: Any) -> None:
    with urllib3.PoolManager() as pool:
        event = json.loads(pool.request("PUT", echo.url().url, body=b"abc").data)
    sent = {name: event["headers"][name] for name in ("accept-encoding", "content-length", "user-agent")}
    assert sent == {
        "accept-encoding": "identity",
        "content-length": "3",
        "user-agent": f"python-urllib3/{urllib3.__version__}",
    }
    assert (event["body"], event["isBase64Encoded"]) == ("YWJj", True)


# -- who may ---------------------------------------------------------------------------------------------


def test_a_url_id_that_nobody_has_is_refused_without_a_reason(mock_lambda: Any) -> None:
    answer = requests.get("https://abcdefghijklmnopqrstuvwxyz012345.lambda-url.us-east-1.on.aws/", timeout=5)
    assert (
        answer.status_code,
        answer.text,
        answer.headers["x-amzn-ErrorType"],
        answer.headers["Content-Type"],
    ) == (
        403,
        '{"Message":null}',
        "AccessDeniedException",
        "application/json",
    )


def test_a_public_url_without_a_policy_is_forbidden(lam: Any, echo: Any) -> None:
    url = lam.create_function_url_config(FunctionName="fn", AuthType="NONE")["FunctionUrl"]
    answer = requests.get(url, timeout=5)
    assert (answer.status_code, answer.text, answer.headers["x-amzn-ErrorType"], echo.invocations) == (
        403,
        FORBIDDEN,
        "AccessDeniedException",
        [],
    )


def test_a_statement_for_the_other_auth_type_opens_nothing(lam: Any, echo: Any) -> None:
    url = lam.create_function_url_config(FunctionName="fn", AuthType="NONE")["FunctionUrl"]
    lam.add_permission(
        FunctionName="fn",
        StatementId="s",
        Action="lambda:InvokeFunctionUrl",
        Principal="*",
        FunctionUrlAuthType="AWS_IAM",
    )
    assert requests.get(url, timeout=5).text == FORBIDDEN


def test_an_unsigned_request_to_a_url_with_iam_is_forbidden(mock_lambda: Any, echo: Any) -> None:
    answer = requests.get(echo.url(auth="AWS_IAM").url, timeout=5)
    assert (answer.status_code, answer.text) == (403, FORBIDDEN)


def test_a_signed_request_of_the_own_account_is_let_in(mock_lambda: Any, echo: Any) -> None:
    event = requests.get(echo.url(auth="AWS_IAM").url, headers=signed(), timeout=5).json()
    account = "123456789012"
    assert event["requestContext"]["accountId"] == account
    assert event["requestContext"]["authorizer"]["iam"] == {
        "accessKey": account,
        "accountId": account,
        "callerId": account,
        "cognitoIdentity": None,
        "principalOrgId": None,
        "userArn": f"arn:aws:iam::{account}:root",
        "userId": account,
    }
    assert ("authorization" in event["headers"], event["headers"]["x-amz-date"]) == (
        False,
        "20240101T000000Z",
    )


def test_another_account_needs_the_resource_policy(lam: Any, echo: Any) -> None:
    url = echo.url(auth="AWS_IAM").url
    other = signed(account="111122223333")
    before = requests.get(url, headers=other, timeout=5).status_code
    lam.add_permission(
        FunctionName="fn",
        StatementId="s",
        Action="lambda:InvokeFunctionUrl",
        Principal="111122223333",
        FunctionUrlAuthType="AWS_IAM",
    )
    after = requests.get(url, headers=other, timeout=5)
    assert (before, after.status_code, after.json()["requestContext"]["accountId"]) == (
        403,
        200,
        "111122223333",
    )


@pytest.mark.parametrize("wrong", [{"service": "execute-api"}, {"region": "eu-west-1"}])
def test_a_signature_for_something_else_is_refused(
    mock_lambda: Any, echo: Any, wrong: dict[str, str]
) -> None:
    answer = requests.get(echo.url(auth="AWS_IAM").url, headers=signed(**wrong), timeout=5)
    assert (answer.status_code, answer.headers["x-amzn-ErrorType"]) == (403, "InvalidSignatureException")


# -- aliases ---------------------------------------------------------------------------------------------


def test_the_url_of_an_alias_runs_the_aliass_version_under_its_own_policy(lam: Any, mock_lambda: Any) -> None:
    source = (
        "def handler(event, context):\n    return [context.function_version, context.invoked_function_arn]\n"
    )
    fn = mock_lambda.function("fn", "index.handler", source=source)
    lam.publish_version(FunctionName="fn")
    lam.create_alias(FunctionName="fn", Name="live", FunctionVersion="1")
    url = lam.create_function_url_config(FunctionName="fn", AuthType="NONE", Qualifier="live")["FunctionUrl"]
    public(lam)
    of_function_only = requests.get(url, timeout=5).status_code
    public(lam, Qualifier="live")
    assert (of_function_only, requests.get(url, timeout=5).json()) == (403, ["1", f"{fn.arn}:live"])


def test_the_url_of_a_deleted_alias_is_forbidden(lam: Any, echo: Any) -> None:
    lam.publish_version(FunctionName="fn")
    lam.create_alias(FunctionName="fn", Name="live", FunctionVersion="1")
    url = echo.url(alias="live").url
    lam.delete_alias(FunctionName="fn", Name="live")
    answer = requests.get(url, timeout=5)
    assert (answer.status_code, answer.text) == (403, FORBIDDEN)


def test_the_url_of_a_deleted_function_is_unknown(lam: Any, echo: Any) -> None:
    url = echo.url().url
    lam.delete_function(FunctionName="fn")
    assert requests.get(url, timeout=5).text == '{"Message":null}'


# -- limits ----------------------------------------------------------------------------------------------


def test_a_function_that_may_not_run_is_throttled(lam: Any, echo: Any) -> None:
    url = echo.url().url
    lam.put_function_concurrency(FunctionName="fn", ReservedConcurrentExecutions=0)
    answer = requests.get(url, timeout=5)
    assert (answer.status_code, answer.json(), answer.headers["x-amzn-ErrorType"]) == (
        429,
        {
            "Reason": "ReservedFunctionConcurrentInvocationLimitExceeded",
            "Type": "User",
            "message": "Rate Exceeded.",
        },
        "TooManyRequestsException",
    )


def test_a_request_over_six_megabytes_is_too_large(mock_lambda: Any, echo: Any) -> None:
    answer = echo.url().post(data="x" * 6_291_456, headers={"content-type": "text/plain"})
    assert (answer.status, answer.json()) == (
        413,
        {"Message": "Request must be smaller than 6291456 bytes for the InvokeFunction operation"},
    )


# -- CORS and streams ------------------------------------------------------------------------------------


def test_a_preflight_is_answered_without_the_function_or_a_permission(lam: Any, echo: Any) -> None:
    url = lam.create_function_url_config(FunctionName="fn", AuthType="AWS_IAM", Cors=CORS)["FunctionUrl"]
    headers = {"Origin": "https://a.example.com", "Access-Control-Request-Method": "PUT"}
    answer = requests.options(url, headers=headers, timeout=5)
    allowed = {name: value for name, value in answer.headers.items() if name.startswith(("Access", "Vary"))}
    assert (answer.status_code, answer.content, echo.invocations) == (200, b"", [])
    assert allowed == {
        "Access-Control-Allow-Origin": "https://a.example.com",
        "Vary": "Origin",
        "Access-Control-Allow-Methods": "PUT",
        "Access-Control-Max-Age": "60",
    }


def test_without_cors_settings_the_function_answers_options(mock_lambda: Any, echo: Any) -> None:
    headers = {"Origin": "https://a.example.com", "Access-Control-Request-Method": "PUT"}
    answer = requests.options(echo.url().url, headers=headers, timeout=5)
    assert (answer.json()["requestContext"]["http"]["method"], len(echo.invocations)) == ("OPTIONS", 1)


def test_cors_headers_of_function_and_service_come_both(mock_lambda: Any) -> None:
    fn = mock_lambda.function("fn", "index.handler", source=ANSWER)
    result = {"statusCode": 200, "headers": {"access-control-allow-origin": "*"}}
    url = fn.url(cors=CORS).url
    answer = requests.post(url, json=result, headers={"Origin": "https://a.example.com"}, timeout=5)
    assert answer.raw.headers.getlist("access-control-allow-origin") == ["https://a.example.com", "*"]


def test_a_result_that_is_not_streamed_is_sent_raw_where_streams_are(mock_lambda: Any) -> None:
    source = "def handler(event, context):\n    return {'statusCode': 404, 'body': 'x'}\n"
    url = mock_lambda.function("fn", "index.handler", source=source).url(stream=True).url
    answer = requests.get(url, timeout=5)
    assert (answer.status_code, answer.json(), answer.headers["Content-Type"]) == (
        200,
        {"statusCode": 404, "body": "x"},
        "application/octet-stream",
    )
    assert (answer.headers.get("Transfer-Encoding"), answer.headers.get("Content-Length")) == (
        "chunked",
        None,
    )


# -- ways in ---------------------------------------------------------------------------------------------


def test_the_call_returns_when_what_the_function_caused_is_done(mock_lambda: Any) -> None:
    queue = mock_lambda.queue("q")
    source = (
        "import boto3\n\n"
        "def handler(event, context):\n"
        f"    boto3.client('sqs').send_message(QueueUrl={queue.url!r}, MessageBody=event['rawPath'])\n"
    )
    consumer = mock_lambda.function("consumer", "index.handler", source=ECHO)
    consumer.on_queue(queue)
    requests.get(mock_lambda.function("fn", "index.handler", source=source).url().url + "job", timeout=5)
    (invocation,) = consumer.invocations
    assert [record["body"] for record in invocation.event["Records"]] == ["/job"]


def test_other_programs_reach_a_url_over_loopback(mock_lambda: Any, echo: Any) -> None:
    local = echo.url().local_url
    host = local.split("/")[2]
    connection = http.client.HTTPConnection("127.0.0.1", int(host.split(":")[1]), timeout=5)
    connection.request("GET", "/from/curl?a=b", headers={"Host": host})
    event = json.loads(connection.getresponse().read())
    connection.close()
    assert (event["rawPath"], event["requestContext"]["domainName"]) == (
        "/from/curl",
        echo.url().url.split("/")[2],
    )


def test_the_handle_changes_what_it_is_told_and_keeps_the_url(lam: Any, echo: Any) -> None:
    first = echo.url().url
    second = echo.url(auth="AWS_IAM", cors=CORS).url
    config = lam.get_function_url_config(FunctionName="fn")
    assert (first, config["FunctionUrl"], config["AuthType"], config["Cors"]) == (
        second,
        first,
        "AWS_IAM",
        CORS,
    )


def test_a_url_lives_in_its_region(mock_lambda: Any) -> None:
    client("eu-west-1").create_function(
        FunctionName="fn",
        Runtime="python3.12",
        Role="arn:aws:iam::123456789012:role/r",
        Handler="index.handler",
        Code={"ZipFile": _zip()},
    )
    lam = client("eu-west-1")
    url = lam.create_function_url_config(FunctionName="fn", AuthType="NONE")["FunctionUrl"]
    public(lam)
    elsewhere = url.replace("eu-west-1", "us-east-1")
    assert (requests.get(url, timeout=5).status_code, requests.get(elsewhere, timeout=5).status_code) == (
        200,
        403,
    )


def _zip() -> bytes:
    from lambda_support import ZIP

    return ZIP


def test_a_handler_asks_another_functions_url_with_its_own_client(mock_lambda: Any) -> None:
    inner = "def handler(event, context):\n    return {'statusCode': 201, 'cookies': ['a=1', 'b=2'], 'body': event['rawPath']}\n"
    url = mock_lambda.function("inner", "index.handler", source=inner).url().url
    outer = (
        "import urllib3\n\n"
        "def handler(event, context):\n"
        f"    answer = urllib3.PoolManager().request('GET', {url!r} + 'x')\n"
        "    return [answer.status, answer.data.decode(), answer.headers.getlist('set-cookie')]\n"
    )
    result = mock_lambda.function("outer", "index.handler", source=outer).invoke()
    assert result.payload == [201, "/x", ["a=1", "b=2"]]


def test_a_handler_that_asks_its_own_url_is_stopped_or_throttled_not_deadlocked(
    mock_lambda: Any, lam: Any
) -> None:
    source = (
        "import os, urllib3\n\n"
        "def handler(event, context):\n"
        "    return urllib3.PoolManager().request('GET', os.environ['URL']).status\n"
    )
    fn = mock_lambda.function("fn", "index.handler", source=source)
    lam.update_function_configuration(FunctionName="fn", Environment={"Variables": {"URL": fn.url().url}})
    lam.put_function_concurrency(FunctionName="fn", ReservedConcurrentExecutions=1)
    assert fn.invoke().payload == 429


def test_a_handler_signs_as_its_roles_session(mock_lambda: Any, lam: Any) -> None:
    url = mock_lambda.function("inner", "index.handler", source=ECHO).url(auth="AWS_IAM").url
    outer = (
        "import json, urllib3, boto3\n"
        "from botocore.auth import SigV4Auth\n"
        "from botocore.awsrequest import AWSRequest\n\n"
        "def handler(event, context):\n"
        f"    request = AWSRequest('GET', {url!r})\n"
        "    SigV4Auth(boto3.Session().get_credentials(), 'lambda', 'us-east-1').add_auth(request)\n"
        "    return json.loads(urllib3.request('GET', request.url, headers=dict(request.headers)).data)\n"
    )
    event = mock_lambda.function("outer", "index.handler", source=outer).invoke().payload
    caller = event["requestContext"]["authorizer"]["iam"]
    assert caller["userArn"] == "arn:aws:sts::123456789012:assumed-role/outer-role/outer"
    assert (caller["userId"], caller["callerId"][:4], caller["callerId"][21:]) == (
        caller["callerId"],
        "AROA",
        ":outer",
    )


@pytest.mark.parametrize(("failures", "status"), [(2, 200), (9, 503)])
def test_a_clients_own_retries_are_tried(mock_lambda: Any, failures: int, status: int) -> None:
    answers = iter([503] * failures + [200])
    fn = mock_lambda.stub("fn", side_effect=lambda _: {"statusCode": next(answers)})
    retries = urllib3.Retry(3, status_forcelist=[503], raise_on_status=False)
    with urllib3.PoolManager(retries=retries) as pool:
        answer = pool.request("GET", fn.url().url)
    assert (answer.status, len(fn.invocations)) == (status, min(failures, 3) + 1)
