"""The old Query protocol, as SDKs before 2023 and hand-written clients speak it."""

import re
from urllib.parse import urlencode

import boto3
import pytest
from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session

HOST = "https://sqs.us-east-1.amazonaws.com"
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def call(*, path="/", method="POST", headers=None, **parameters):
    """Send a form; return status and body, ids made equal."""
    data = urlencode({"Version": "2012-11-05", **parameters})
    given = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
    request = AWSRequest(method=method, url=f"{HOST}{path}", data=data, headers=given)
    response = URLLib3Session().send(request.prepare())
    return response.status_code, UUID.sub("uuid", response.content.decode())


@pytest.fixture
def url(mock_lambda):
    return boto3.client("sqs").create_queue(QueueName="q")["QueueUrl"]


def path(url):
    return url.removeprefix(HOST)


def test_a_message_is_sent_and_received_as_forms_and_xml(url):
    sent = call(path=path(url), Action="SendMessage", MessageBody="foobar")
    got = call(path=path(url), Action="ReceiveMessage", **{"AttributeName.1": "ApproximateReceiveCount"})
    start = '<?xml version="1.0"?>'
    namespace = 'xmlns="http://queue.amazonaws.com/doc/2012-11-05/"'
    tail = "<ResponseMetadata><RequestId>uuid</RequestId></ResponseMetadata>"
    handle = re.search("<ReceiptHandle>(.*)</ReceiptHandle>", got[1])[1]
    assert sent == (
        200,
        (
            f"{start}<SendMessageResponse {namespace}><SendMessageResult>"
            "<MD5OfMessageBody>3858f62230ac3c915f300c664312c63f</MD5OfMessageBody><MessageId>uuid</MessageId>"
            f"</SendMessageResult>{tail}</SendMessageResponse>"
        ),
    )
    assert got == (
        200,
        (
            f"{start}<ReceiveMessageResponse {namespace}><ReceiveMessageResult><Message><MessageId>uuid</MessageId>"
            f"<ReceiptHandle>{handle}</ReceiptHandle><MD5OfBody>3858f62230ac3c915f300c664312c63f</MD5OfBody>"
            "<Body>foobar</Body><Attribute><Name>ApproximateReceiveCount</Name><Value>1</Value></Attribute>"
            f"</Message></ReceiveMessageResult>{tail}</ReceiveMessageResponse>"
        ),
    )


def test_a_missing_queue_has_the_query_protocol_s_own_words(mock_lambda):
    status, body = call(path="/123456789012/none", Action="SendMessage", MessageBody="m")
    assert (status, body) == (
        400,
        (
            '<?xml version="1.0"?><ErrorResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><Error>'
            "<Type>Sender</Type><Code>AWS.SimpleQueueService.NonExistentQueue</Code>"
            "<Message>The specified queue does not exist for this wsdl version.</Message><Detail/></Error>"
            "<RequestId>uuid</RequestId></ErrorResponse>"
        ),
    )


def test_the_queue_url_parameter_wins_over_the_path(url):
    boto3.client("sqs").create_queue(QueueName="other")
    call(path="/123456789012/other", Action="SendMessage", MessageBody="m", QueueUrl=url)
    assert [message["Body"] for message in boto3.client("sqs").receive_message(QueueUrl=url)["Messages"]] == [
        "m"
    ]


@pytest.mark.parametrize(
    ("parameters", "code", "message"),
    [
        (
            {"Action": "SendMessage"},
            "MissingParameter",
            "The request must contain the parameter MessageBody.",
        ),
        (
            {"Action": "GetQueueAttributes", "AttributeName.1": "Foobar"},
            "InvalidAttributeName",
            "Unknown Attribute Foobar.",
        ),
    ],
)
def test_a_form_is_refused_in_aws_words(url, parameters, code, message):
    status, body = call(path=path(url), **parameters)
    assert (status, f"<Code>{code}</Code><Message>{message}</Message>" in body) == (400, True)


def test_an_unknown_action_is_refused_in_aws_words(url):
    assert call(Action="FooBar") == (
        400,
        (
            '<?xml version="1.0"?><ErrorResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><Error>'
            "<Type>Sender</Type><Code>InvalidAction</Code>"
            "<Message>The action FooBar is not valid for this endpoint.</Message><Detail/></Error>"
            "<RequestId>uuid</RequestId></ErrorResponse>"
        ),
    )
    assert call(path=path(url), Action="Foo<Bar", headers={"Accept": "application/json"}) == (
        400,
        '{"Error":{"Code":"InvalidAction","Message":"The action Foo<Bar is not valid for this endpoint."}}',
    )


def test_a_form_is_not_answered_in_json(url):
    assert call(Action="ListQueues", headers={"Accept": "application/json"}) == (
        501,
        (
            '{"Error":{"Code":"NotImplemented",'
            '"Message":"mocklambda answers forms in XML; for JSON, ask in the JSON protocol."}}'
        ),
    )


def test_a_queue_url_is_no_page_to_look_at(url):
    status, body = call(path=path(url), method="GET")
    assert (status, body.strip()) == (404, "<UnknownOperationException/>")


def test_flat_lists_and_maps_are_read_by_their_numbers(url):
    answer = call(
        Action="CreateQueue",
        QueueName="made",
        **{
            "Attribute.1.Name": "DelaySeconds",
            "Attribute.1.Value": "7",
            "Tag.1.Key": "k",
            "Tag.1.Value": "v",
        },
    )
    sqs = boto3.client("sqs")
    made = sqs.get_queue_url(QueueName="made")["QueueUrl"]
    read = sqs.get_queue_attributes(QueueUrl=made, AttributeNames=["DelaySeconds"])["Attributes"]
    assert (answer[0], read, sqs.list_queue_tags(QueueUrl=made)["Tags"]) == (
        200,
        {"DelaySeconds": "7"},
        {"k": "v"},
    )


@pytest.mark.parametrize("name", ["Tags", "Tag"])
def test_tags_are_read_under_both_their_names(url, name):
    status, _ = call(Action="TagQueue", path=path(url), **{f"{name}.1.Key": "k", f"{name}.1.Value": "v"})
    assert (status, boto3.client("sqs").list_queue_tags(QueueUrl=url)["Tags"]) == (200, {"k": "v"})


def test_a_batch_and_its_failures_come_as_xml(url):
    status, body = call(
        path=path(url),
        Action="SendMessageBatch",
        **{
            "SendMessageBatchRequestEntry.1.Id": "a",
            "SendMessageBatchRequestEntry.1.MessageBody": "x",
            "SendMessageBatchRequestEntry.2.Id": "b",
            "SendMessageBatchRequestEntry.2.MessageBody": "y",
            "SendMessageBatchRequestEntry.2.DelaySeconds": "901",
        },
    )
    assert status == 200
    assert "<SendMessageBatchResultEntry><Id>a</Id>" in body
    assert (
        "<BatchResultErrorEntry><Id>b</Id><SenderFault>true</SenderFault><Code>InvalidParameterValue</Code>"
        "<Message>Value 901 for parameter DelaySeconds is invalid. "
        "Reason: DelaySeconds must be &gt;= 0 and &lt;= 900.</Message></BatchResultErrorEntry>"
    ) in body


@pytest.mark.parametrize("action", ["CreateQueue", "ListQueues"])
def test_what_is_not_about_a_queue_is_not_valid_at_a_queue_s_url(url, action):
    status, body = call(path=path(url), Action=action, QueueName="x")
    assert (status, f"<Message>The action {action} is not valid for this endpoint.</Message>" in body) == (
        400,
        True,
    )
