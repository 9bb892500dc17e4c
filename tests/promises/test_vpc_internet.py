"""``vpc_internet=False``: what a handler in a VPC without a way out reaches, and what it does not."""

from __future__ import annotations

import io
import json
import socket
import sys
import threading
import zipfile
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from lambda_support import ROLE, client

import mocklambda
from mocklambda.errors import UsageError
from mocklambda.sandbox.zygote import shared

OUTSIDE = {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
REACH = """
import os
import socket
import boto3

def handler(event, context):
    if event.get("crash"):
        os._exit(1)
    boto3.client("s3").put_object(Bucket="a-bucket", Key="k", Body=b"x")
    try:
        with socket.create_connection(("127.0.0.1", event["port"]), 5) as connection:
            return connection.recv(5).decode()
    except OSError as error:
        return type(error).__name__
"""
NAME = """
import socket

def handler(event, context):
    try:
        socket.create_connection(("192.0.2.1", 80), 5)
    except OSError as error:
        return error.strerror
"""
PROGRAM = '''
import subprocess, sys

CODE = """
import boto3
s3 = boto3.client("s3")
s3.put_object(Bucket="a-bucket", Key="big", Body=bytes(3_000_000))
print(len(s3.get_object(Bucket="a-bucket", Key="big")["Body"].read()))
"""

def handler(event, context):
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True)
    return done.stdout.strip() or done.stderr[-800:]
'''
BOOTSTRAP = f"""#!{sys.executable}
import http.client, os
line = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
while True:
    line.request("GET", "/2018-06-01/runtime/invocation/next")
    answer = line.getresponse()
    event = answer.read()
    name = answer.headers["Lambda-Runtime-Aws-Request-Id"]
    line.request("POST", f"/2018-06-01/runtime/invocation/{{name}}/response", event)
    line.getresponse().read()
"""


@pytest.fixture(autouse=True)
def _granted() -> None:
    if not shared().grants_namespaces():
        pytest.skip("this system refuses namespaces")


@pytest.fixture
def cloud() -> Iterator[Any]:
    with mocklambda.mock_lambda(vpc_internet=False) as cloud:
        boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="a-bucket")
        yield cloud


@pytest.fixture
def port() -> Iterator[int]:
    """A server in the world outside."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_serve, args=(server,), daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def _serve(server: socket.socket) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        with connection:
            connection.sendall(b"hello")


def test_a_handler_in_a_vpc_without_a_way_out_reaches_aws_only(cloud: Any, port: int) -> None:
    function = cloud.function("fn", source=REACH, VpcConfig=OUTSIDE)

    assert function.invoke({"port": port}).payload == "ConnectionRefusedError"
    assert cloud.bucket("a-bucket").keys() == ["k"]


def test_an_address_outside_is_unreachable(cloud: Any) -> None:
    function = cloud.function("fn", source=NAME, VpcConfig=OUTSIDE)

    assert function.invoke({}).payload == "Network is unreachable"


def test_a_handler_in_no_vpc_reaches_everything(cloud: Any, port: int) -> None:
    assert cloud.function("fn", source=REACH).invoke({"port": port}).payload == "hello"


def test_by_default_a_vpc_keeps_nothing_from_a_handler(port: int) -> None:
    with mocklambda.mock_lambda() as cloud:
        cloud.bucket("a-bucket")
        function = cloud.function("fn", source=REACH, VpcConfig=OUTSIDE)

        assert function.invoke({"port": port}).payload == "hello"


def test_an_environment_whose_process_was_replaced_stays_where_it_is(cloud: Any, port: int) -> None:
    function = cloud.function("fn", source=REACH, VpcConfig=OUTSIDE)
    assert function.invoke({"crash": True}).error is not None

    assert function.invoke({"port": port}).payload == "ConnectionRefusedError"


def test_programs_that_a_handler_starts_reach_aws_too(cloud: Any) -> None:
    function = cloud.function("fn", source=PROGRAM, timeout=60, memory=512, VpcConfig=OUTSIDE)

    assert function.invoke({}).payload == "3000000"


def test_a_runtime_of_ones_own_gets_its_invocations(cloud: Any) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        member = zipfile.ZipInfo("bootstrap")
        member.external_attr = 0o100755 << 16
        archive.writestr(member, BOOTSTRAP)
    lam = client()
    lam.create_function(
        FunctionName="fn",
        Runtime="provided.al2023",
        Role=ROLE,
        Handler="x",
        Code={"ZipFile": buffer.getvalue()},
        VpcConfig=OUTSIDE,
    )

    answers = [
        json.loads(lam.invoke(FunctionName="fn", Payload=text)["Payload"].read()) for text in ("1", "2")
    ]

    assert answers == [1, 2]


@pytest.mark.parametrize("is_by_nat", [True, False], ids=["NAT", "internet-gateway"])
def test_a_nat_is_a_way_out_and_an_internet_gateway_is_none(cloud: Any, port: int, is_by_nat: bool) -> None:
    pytest.importorskip("moto")
    ec2 = boto3.client("ec2", region_name="us-east-1")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="g", Description="d", VpcId=vpc)["GroupId"]
    function = cloud.function(
        "fn", source=REACH, VpcConfig={"SubnetIds": [subnet], "SecurityGroupIds": [group]}
    )
    assert function.invoke({"port": port}).payload == "ConnectionRefusedError"

    if is_by_nat:
        address = ec2.allocate_address(Domain="vpc")["AllocationId"]
        made = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]
        way = {"NatGatewayId": made["NatGatewayId"]}
    else:
        way = {"GatewayId": ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]}
        ec2.attach_internet_gateway(InternetGatewayId=way["GatewayId"], VpcId=vpc)
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", **way)
    cloud.advance(minutes=20)  # the environment goes, and a new one finds the route

    assert function.invoke({"port": port}).payload == ("hello" if is_by_nat else "ConnectionRefusedError")


def test_where_there_are_no_namespaces_it_is_refused_plainly() -> None:
    with mocklambda.mock_lambda(vpc_internet=False, isolation="directories") as cloud:
        error = cloud.function("fn", source=REACH, VpcConfig=OUTSIDE).invoke({}).error

    assert error["errorType"] == "Runtime.Unsupported"
    assert "vpc_internet=False needs unprivileged user namespaces" in error["errorMessage"]


def test_inline_handlers_are_refused_it() -> None:
    with pytest.raises(UsageError, match="vpc_internet=False does not reach inline handlers"):
        mocklambda.mock_lambda(vpc_internet=False, executor="inline").start()
