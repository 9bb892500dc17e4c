"""Load balancers in front of functions: made through elbv2's API, which moto keeps, or by ``cloud.alb``."""

from __future__ import annotations

import http.client
import json
from typing import Any

import boto3
import pytest
import requests

from mocklambda.errors import UnmockedAWSCall

ECHO = (
    "import json\n\ndef handler(event, context):\n    return {'statusCode': 200, 'body': json.dumps(event)}\n"
)
ANSWER = "import json\n\ndef handler(event, context):\n    return json.loads(event['body'])\n"
PRINCIPAL = "elasticloadbalancing.amazonaws.com"


def page(title: str) -> str:
    return (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n"
        f"<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
    )


@pytest.fixture
def elb(mock_lambda: Any) -> Any:
    return boto3.client("elbv2", region_name="us-east-1")


@pytest.fixture
def echo(mock_lambda: Any) -> Any:
    return mock_lambda.function("fn", "index.handler", source=ECHO)


def target_group(elb: Any, fn: Any, *, permit: bool = True, register: bool = True) -> str:
    arn: str = elb.create_target_group(Name="tg", TargetType="lambda")["TargetGroups"][0]["TargetGroupArn"]
    if permit:
        boto3.client("lambda", region_name="us-east-1").add_permission(
            FunctionName=fn.name,
            StatementId="alb",
            Action="lambda:InvokeFunction",
            Principal=PRINCIPAL,
            SourceArn=arn,
        )
    if register:
        elb.register_targets(TargetGroupArn=arn, Targets=[{"Id": fn.arn}])
    return arn


def balancer(elb: Any, *default: dict[str, Any]) -> tuple[str, str]:
    """Make a balancer with a listener on port 80; return its DNS name and the listener's ARN."""
    ec2 = boto3.client("ec2", region_name="us-east-1")
    subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"][:2]]
    made = elb.create_load_balancer(Name="web", Subnets=subnets)["LoadBalancers"][0]
    listener = elb.create_listener(
        LoadBalancerArn=made["LoadBalancerArn"], Protocol="HTTP", Port=80, DefaultActions=list(default)
    )["Listeners"][0]["ListenerArn"]
    return made["DNSName"], listener


def forward(group: str) -> dict[str, Any]:
    return {"Type": "forward", "TargetGroupArn": group}


def test_a_balancer_made_through_the_api_runs_the_function(elb: Any, echo: Any) -> None:
    group = target_group(elb, echo)
    name, _ = balancer(elb, forward(group))
    answer = requests.get(f"http://{name}/a/b?x=1&x=%20", headers={"User-Agent": "t"}, timeout=5)
    event = answer.json()
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/octet-stream")
    trace = event["headers"].pop("x-amzn-trace-id")
    assert trace.startswith("Root=1-")
    assert event == {
        "requestContext": {"elb": {"targetGroupArn": group}},
        "httpMethod": "GET",
        "path": "/a/b",
        "queryStringParameters": {"x": "%20"},
        "headers": {
            "accept": "*/*",
            "accept-encoding": "gzip, deflate",
            "host": name,
            "user-agent": "t",
            "x-forwarded-for": "127.0.0.1",
            "x-forwarded-port": "80",
            "x-forwarded-proto": "http",
        },
        "body": "",
        "isBase64Encoded": False,
    }
    assert [invocation.trigger for invocation in echo.invocations] == ["alb:tg"]


def test_the_attribute_of_the_target_group_turns_values_into_lists(elb: Any, echo: Any) -> None:
    group = target_group(elb, echo)
    attribute = {"Key": "lambda.multi_value_headers.enabled", "Value": "true"}
    elb.modify_target_group_attributes(TargetGroupArn=group, Attributes=[attribute])
    name, _ = balancer(elb, forward(group))
    event = requests.get(f"http://{name}/?x=1&x=2", timeout=5).json()
    assert (event["multiValueQueryStringParameters"], event["multiValueHeaders"]["accept"]) == (
        {"x": ["1", "2"]},
        ["*/*"],
    )
    assert event.keys() & {"headers", "queryStringParameters"} == set()


def test_rules_decide_by_priority_before_the_default(elb: Any, echo: Any) -> None:
    group = target_group(elb, echo)
    fixed = {"StatusCode": "404", "MessageBody": "nothing here", "ContentType": "text/plain"}
    name, listener = balancer(elb, {"Type": "fixed-response", "FixedResponseConfig": fixed})
    paths = [{"Field": "path-pattern", "Values": ["/fn/*"]}]
    elb.create_rule(ListenerArn=listener, Priority=20, Conditions=paths, Actions=[forward(group)])
    query = [{"Field": "query-string", "QueryStringConfig": {"Values": [{"Key": "old", "Value": "1"}]}}]
    elsewhere = {"Protocol": "HTTPS", "Port": "443", "Path": "/new/#{path}", "StatusCode": "HTTP_301"}
    elb.create_rule(
        ListenerArn=listener,
        Priority=10,
        Conditions=query,
        Actions=[{"Type": "redirect", "RedirectConfig": elsewhere}],
    )
    found = [
        requests.get(f"http://{name}{path}", allow_redirects=False, timeout=5)
        for path in ("/x", "/fn/x", "/fn/x?old=1")
    ]
    assert [answer.status_code for answer in found] == [404, 200, 301]
    assert (found[0].text, found[0].headers["Content-Type"]) == ("nothing here", "text/plain")
    assert found[2].headers["Location"] == f"https://{name}:443/new/fn/x?old=1"


def test_a_group_without_a_function_is_unavailable(elb: Any, echo: Any) -> None:
    name, _ = balancer(elb, forward(target_group(elb, echo, register=False)))
    answer = requests.get(f"http://{name}/", timeout=5)
    assert (answer.status_code, answer.text) == (503, page("503 Service Temporarily Unavailable"))


def test_a_function_that_does_not_let_the_group_in_is_a_bad_gateway(elb: Any, echo: Any) -> None:
    name, _ = balancer(elb, forward(target_group(elb, echo, permit=False)))
    answer = requests.get(f"http://{name}/", timeout=5)
    assert (answer.status_code, answer.text, answer.headers["Server"], answer.headers["Content-Type"]) == (
        502,
        page("502 Bad Gateway"),
        "awselb/2.0",
        "text/html",
    )
    assert echo.invocations == []


def test_an_alias_as_target_runs_its_version(mock_lambda: Any) -> None:
    source = (
        "def handler(event, context):\n    return {'statusCode': 200, 'body': context.invoked_function_arn}\n"
    )
    fn = mock_lambda.function("fn", "index.handler", source=source)
    lam = boto3.client("lambda", region_name="us-east-1")
    lam.publish_version(FunctionName="fn")
    lam.create_alias(FunctionName="fn", Name="live", FunctionVersion="1")
    assert mock_lambda.alb(f"{fn.arn}:live").get().text == f"{fn.arn}:live"


@pytest.mark.parametrize(
    ("result", "status"),
    [({"statusCode": 200, "body": "ok"}, 200), ({"statusCode": 502, "body": "mine"}, 502), ("text", 502)],
)
def test_a_result_is_the_reply_or_a_bad_gateway(mock_lambda: Any, result: Any, status: int) -> None:
    alb = mock_lambda.alb(mock_lambda.function("fn", "index.handler", source=ANSWER))
    answer = alb.post(json=result)
    body = result["body"] if isinstance(result, dict) else page("502 Bad Gateway")
    assert (answer.status, answer.text) == (status, body)


@pytest.mark.parametrize("ending", ["raise ValueError", "import os; os._exit(1)"])
def test_a_failing_function_is_a_bad_gateway(mock_lambda: Any, ending: str) -> None:
    fn = mock_lambda.function("fn", "index.handler", source=f"def handler(event, context):\n    {ending}\n")
    assert mock_lambda.alb(fn).get().status == 502


def test_a_throttled_or_deleted_function_is_a_bad_gateway(mock_lambda: Any, echo: Any) -> None:
    alb = mock_lambda.alb(echo)
    lam = boto3.client("lambda", region_name="us-east-1")
    lam.put_function_concurrency(FunctionName="fn", ReservedConcurrentExecutions=0)
    throttled = alb.get().status
    lam.delete_function(FunctionName="fn")
    assert (throttled, alb.get().status) == (502, 502)


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"data": b"x" * ((1 << 20) + 1)}, 413),
        ({"headers": {"upgrade": "websocket", "connection": "upgrade"}}, 400),
        ({"data": b"\xff", "headers": {"content-type": "text/plain"}}, 400),
        ({"headers": {"x-forwarded-for": ", ".join(["10.0.0.1"] * 31)}}, 463),
    ],
)
def test_a_request_that_no_function_may_get_is_refused(
    mock_lambda: Any, echo: Any, asked: dict[str, Any], status: int
) -> None:
    assert (mock_lambda.alb(echo).request("POST", **asked).status, echo.invocations) == (status, [])


def test_repeated_headers_come_back_one_by_one(mock_lambda: Any) -> None:
    fn = mock_lambda.function("fn", "index.handler", source=ANSWER)
    alb = mock_lambda.alb(fn, multi_value_headers=True)
    result = {"statusCode": 200, "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"]}}
    assert alb.post(json=result).cookies == ["a=1", "b=2"]


def test_a_name_that_no_balancer_has_is_not_served(mock_lambda: Any) -> None:
    with pytest.raises(UnmockedAWSCall):
        requests.get("http://nobody-1.us-east-1.elb.amazonaws.com/", timeout=5)
    mock_lambda.gateway.violations.clear()


def test_other_programs_reach_a_balancer_over_loopback(mock_lambda: Any, echo: Any) -> None:
    alb = mock_lambda.alb(echo)
    host = alb.local_url.split("/")[2]
    connection = http.client.HTTPConnection("127.0.0.1", int(host.split(":")[1]), timeout=5)
    connection.request("GET", "/from/curl", headers={"Host": host})
    event = json.loads(connection.getresponse().read())
    connection.close()
    assert (event["path"], event["headers"]["host"], event["headers"]["x-forwarded-port"]) == (
        "/from/curl",
        alb.dns_name,
        "80",
    )


def test_health_checks_run_at_their_interval_and_tell_the_targets_state(mock_lambda: Any) -> None:
    answers = iter([200, 500, 500, 200, 200, 200, 200, 200])
    fn = mock_lambda.stub("fn", side_effect=lambda _: {"statusCode": next(answers)})
    alb = mock_lambda.alb(fn, health_check="/ping", interval=10)
    states = [alb.health]
    for _ in range(8):
        mock_lambda.advance(seconds=10)
        states.append(alb.health)
    assert states == ["initial", "healthy", "healthy", *["unhealthy"] * 5, "healthy"]
    assert fn.invocations[0].event == {
        "requestContext": {"elb": {"targetGroupArn": alb.target_group_arn}},
        "httpMethod": "GET",
        "path": "/ping",
        "queryStringParameters": {},
        "headers": {"user-agent": "ELB-HealthChecker/2.0"},
        "body": "",
        "isBase64Encoded": False,
    }


def test_health_checks_are_off_unless_asked_for(mock_lambda: Any, echo: Any) -> None:
    alb = mock_lambda.alb(echo)
    mock_lambda.advance(minutes=10)
    assert (alb.health, echo.invocations) == ("unavailable", [])


def test_health_checks_of_a_target_group_made_through_the_api_run_until_it_is_deleted(
    mock_lambda: Any, elb: Any
) -> None:
    fn = mock_lambda.stub("fn", returns={"statusCode": 200})
    group = elb.create_target_group(
        Name="tg",
        TargetType="lambda",
        HealthCheckEnabled=True,
        HealthCheckPath="/up",
        HealthCheckIntervalSeconds=60,
    )["TargetGroups"][0]["TargetGroupArn"]
    elb.register_targets(TargetGroupArn=group, Targets=[{"Id": fn.arn}])
    mock_lambda.advance(minutes=2)
    elb.delete_target_group(TargetGroupArn=group)
    mock_lambda.advance(minutes=10)
    assert [invocation.event["path"] for invocation in fn.invocations] == ["/up", "/up"]
