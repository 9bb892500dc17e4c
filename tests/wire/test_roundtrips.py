"""botocore is the judge of every shape of these services: what it sends we read, what we send it reads."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.model import OperationModel
from hypothesis import HealthCheck, Phase, given, settings, strategies as st

from mocklambda.wire.models import legacy_query_model, service_model
from mocklambda.wire.protocols import codec_for
from tests.wire.oracle import comparable, read, sent
from tests.wire.shapes import Shapes, as_user_gives

SERVICES = (
    "lambda",
    "sqs",
    "s3",
    "kinesis",
    "sns",
    "events",
    "scheduler",
    "logs",
    "cloudwatch",
    "xray",
    "elbv2",
    "sts",
    "application-autoscaling",
)
FEW = settings(
    max_examples=4,
    derandomize=True,
    deadline=None,
    database=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)


AMBIGUOUS = {
    ("s3", "PutBucketNotification"),  # deprecated: two of its members are one XML element
    ("s3", "GetBucketNotification"),
}


def operations(*services: str) -> list[tuple[str, str]]:
    return [
        (service, name)
        for service in services
        for name in service_model(service).operation_names
        if (service, name) not in AMBIGUOUS
    ]


def model_of(service: str, name: str, protocol: str | None) -> tuple[OperationModel, str]:
    model = service_model(service)
    if protocol == "query" and model.resolved_protocol != "query":
        model = legacy_query_model(service)
    return model.operation_model(name), protocol or model.resolved_protocol


def request_shapes(protocol: str) -> Shapes:
    """What can be said in a protocol; botocore sends a carriage return bare in XML, which then is a line feed."""
    return Shapes(has_empty=protocol != "query", has_carriage_return=protocol != "rest-xml")


def cases() -> list[Any]:
    plain = [
        pytest.param(service, name, None, id=f"{service}-{name}") for service, name in operations(*SERVICES)
    ]
    other = [
        pytest.param(service, name, protocol, id=f"{protocol}-{service}-{name}")
        for protocol in ("query", "json")
        for service, name in operations("sqs", "cloudwatch")
        if (service, protocol) != ("sqs", "json")
    ]
    return plain + other


def expected_input(operation: OperationModel, params: dict[str, Any], *, is_json: bool) -> dict[str, Any]:
    """What a service should see: what is not on the wire at all is absent."""
    shape = operation.input_shape
    result = {}
    for name, value in params.items():
        member = shape.members[name]
        location = member.serialization.get("location")
        is_payload = shape.serialization.get("payload") == name
        if is_payload and value in (b"", ""):
            continue
        if location in ("querystring", "headers", "header") and value in ({}, []):
            continue
        result[name] = value
    payload = shape.serialization.get("payload")
    if payload is not None and shape.members[payload].type_name == "structure" and is_json:
        result.setdefault(payload, {})  # botocore sends {} for a payload that is absent
    return result


@pytest.mark.parametrize(("service", "name", "protocol"), cases())
@FEW
@given(data=st.data())
def test_decode_gives_back_what_botocore_serialized(service, name, protocol, data):
    operation, spoken = model_of(service, name, protocol)
    shape = operation.input_shape
    params = {} if shape is None else data.draw(request_shapes(spoken).structure(shape))
    given_params = {} if shape is None else as_user_gives(shape, params)

    request = sent(operation, given_params, spoken)

    if (spoken, name) == ("query", "ReceiveMessage"):  # both lists are AttributeName.N there
        params = {key: value for key, value in params.items() if key != "MessageSystemAttributeNames"}
        request = sent(operation, {key: given_params[key] for key in params}, spoken)
        expected_more = (
            {"MessageSystemAttributeNames": params["AttributeNames"]} if "AttributeNames" in params else {}
        )
        params = {**params, **expected_more}
    expected = {} if shape is None else expected_input(operation, params, is_json="json" in spoken)
    assert codec_for(operation.service_model, spoken).decode(operation, request) == expected


@pytest.mark.parametrize(("service", "name", "protocol"), cases())
@FEW
@given(data=st.data())
def test_parsed_is_what_botocore_reads_from_the_encoded_bytes(service, name, protocol, data):
    operation, spoken = model_of(service, name, protocol)
    codec = codec_for(operation.service_model, spoken)
    shape = operation.output_shape
    result = {} if shape is None else data.draw(Shapes(has_empty=True).structure(shape))

    if operation.has_streaming_output:
        result.pop("ContentLength", None)  # an untrue one ends the reading, as it should

    response = codec.encode(operation, result, request_id="a-request")

    shown = comparable(codec.answer(operation, result, request_id="a-request")[1])
    shown.pop("ExpiresString", None)
    assert shown == comparable(read(operation, response, spoken))
