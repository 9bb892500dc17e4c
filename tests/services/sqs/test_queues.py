"""Queues: names, attributes, idempotence, lists, tags, permissions, addresses."""

import json

import pytest

from mocklambda.services.sqs.addresses import Address, parse, url

BAD_NAME = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
BAD_TAG_KEY = "Tag keys must be between 1 and 128 characters in length."
BAD_FIFO_NAME = (
    "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, "
    "must end with .fifo suffix and be 1 to 80 in length."
)


def attributes(sqs, url, *names):
    return sqs("GetQueueAttributes", QueueUrl=url, AttributeNames=list(names)).get("Attributes")


def test_a_fresh_standard_queue_shows_twelve_attributes(sqs):
    assert attributes(sqs, sqs.queue(), "All") == {
        "ApproximateNumberOfMessages": "0",
        "ApproximateNumberOfMessagesDelayed": "0",
        "ApproximateNumberOfMessagesNotVisible": "0",
        "CreatedTimestamp": "1700000000",
        "DelaySeconds": "0",
        "LastModifiedTimestamp": "1700000000",
        "MaximumMessageSize": "1048576",
        "MessageRetentionPeriod": "345600",
        "QueueArn": "arn:aws:sqs:us-east-1:111111111111:q",
        "ReceiveMessageWaitTimeSeconds": "0",
        "SqsManagedSseEnabled": "true",
        "VisibilityTimeout": "30",
    }


def test_a_fresh_fifo_queue_shows_four_more(sqs):
    url = sqs.queue("q.fifo", FifoQueue="True")
    shown = attributes(sqs, url, "All")
    names = ("FifoQueue", "ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit")
    assert (len(shown), [shown[name] for name in names]) == (16, ["true", "false", "queue", "perQueue"])


@pytest.mark.parametrize("names", [[], ["Policy"], ["FifoQueue"]])
def test_nothing_to_show_has_no_attributes_member(sqs, names):
    assert sqs("GetQueueAttributes", QueueUrl=sqs.queue(), AttributeNames=names) == {}


@pytest.mark.parametrize(
    ("name", "given", "code", "message"),
    [
        ("", {}, "InvalidParameterValue", BAD_NAME),
        ("a" * 81, {}, "InvalidParameterValue", BAD_NAME),
        ("a/b", {}, "InvalidParameterValue", BAD_NAME),
        ("a.fifo", {}, "InvalidParameterValue", BAD_NAME),
        ("a", {"FifoQueue": "true"}, "InvalidParameterValue", BAD_FIFO_NAME),
        ("a" * 76 + ".fifo", {"FifoQueue": "true"}, "InvalidParameterValue", BAD_FIFO_NAME),
        ("a", {"FifoQueue": "false"}, "InvalidAttributeName", "Unknown Attribute FifoQueue."),
        (
            "a",
            {"ContentBasedDeduplication": "false"},
            "InvalidAttributeName",
            "Unknown Attribute ContentBasedDeduplication.",
        ),
        (
            "a",
            {"DeduplicationScope": "queue"},
            "InvalidAttributeName",
            "You can specify the DeduplicationScope only when FifoQueue is set to true.",
        ),
        (
            "a",
            {"FifoThroughputLimit": "x"},
            "InvalidAttributeName",
            "You can specify the FifoThroughputLimit only when FifoQueue is set to true.",
        ),
        ("a", {"Foobar": "1"}, "InvalidAttributeName", "Unknown Attribute Foobar."),
        ("a", {"": "1"}, "InvalidAttributeName", "Unknown Attribute ."),
        (
            "a",
            {"VisibilityTimeout": "43201"},
            "InvalidAttributeValue",
            "Invalid value for the parameter VisibilityTimeout.",
        ),
        (
            "a",
            {"MaximumMessageSize": "1023"},
            "InvalidAttributeValue",
            "Invalid value for the parameter MaximumMessageSize.",
        ),
        (
            "a",
            {"VisibilityTimeout": "\u0663\u0660"},
            "InvalidAttributeValue",
            "Invalid value for the parameter VisibilityTimeout.",
        ),
        ("a", {"Policy": "{"}, "InvalidAttributeValue", "Invalid value for the parameter Policy."),
        (
            "a",
            {"KmsMasterKeyId": "k", "SqsManagedSseEnabled": "true"},
            "InvalidAttributeName",
            (
                "You can use one type of server-side encryption (SSE) at one time. "
                "You can either enable KMS SSE or SQS SSE."
            ),
        ),
        (
            "a.fifo",
            {"FifoQueue": "true", "FifoThroughputLimit": "perMessageGroupId"},
            "InvalidAttributeValue",
            "Invalid value for the parameter FifoThroughputLimit.",
        ),
    ],
)
def test_a_queue_is_refused_in_aws_words(sqs, name, given, code, message):
    assert sqs.error("CreateQueue", QueueName=name, Attributes=given) == (code, message)


def test_creating_a_queue_again_compares_the_attributes_given(sqs):
    url = sqs.queue(DelaySeconds=5)
    sqs("SetQueueAttributes", QueueUrl=url, Attributes={"VisibilityTimeout": "7"})
    assert [sqs.queue(), sqs.queue(DelaySeconds=5), sqs.queue(VisibilityTimeout=7)] == [url] * 3
    given = {"VisibilityTimeout": "7", "DelaySeconds": "6", "MaximumMessageSize": "1024"}
    assert sqs.error("CreateQueue", QueueName="q", Attributes=given) == (
        "QueueAlreadyExists",
        "A queue already exists with the same name and a different value for attribute DelaySeconds",
    )


def test_a_name_is_free_sixty_seconds_after_the_delete(sqs):
    url = sqs.queue()
    sqs("DeleteQueue", QueueUrl=url)
    sqs.advance(59.999)
    early = sqs.error("CreateQueue", QueueName="q")
    sqs.advance(0.001)
    assert (early, sqs.queue()) == (
        (
            "AWS.SimpleQueueService.QueueDeletedRecently",
            "You must wait 60 seconds after deleting a queue before you can create another with the same name.",
        ),
        url,
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("true", None),
        (
            "false",
            "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.",
        ),
    ],
)
def test_the_type_of_a_queue_stays(sqs, value, expected):
    request = {"QueueUrl": sqs.fifo(), "Attributes": {"FifoQueue": value}}
    if expected is None:
        assert sqs("SetQueueAttributes", **request) == {}
    else:
        assert sqs.error("SetQueueAttributes", **request) == ("InvalidAttributeValue", expected)


def test_a_standard_queue_knows_no_fifo_attribute(sqs):
    request = {"QueueUrl": sqs.queue(), "Attributes": {"FifoQueue": "true"}}
    assert sqs.error("SetQueueAttributes", **request) == (
        "InvalidAttributeName",
        "Unknown Attribute FifoQueue.",
    )


def test_encryption_by_key_and_by_sqs_exclude_each_other(sqs):
    url = sqs.queue()
    names = ("KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds", "SqsManagedSseEnabled")
    sqs("SetQueueAttributes", QueueUrl=url, Attributes={"KmsMasterKeyId": "alias/k"})
    with_key = attributes(sqs, url, *names)
    removal = {"KmsMasterKeyId": "", "KmsDataKeyReusePeriodSeconds": "300"}
    sqs("SetQueueAttributes", QueueUrl=url, Attributes=removal)
    assert (with_key, attributes(sqs, url, *names)) == (
        {"KmsMasterKeyId": "alias/k", "KmsDataKeyReusePeriodSeconds": "300", "SqsManagedSseEnabled": "false"},
        {"SqsManagedSseEnabled": "false"},
    )


def test_a_change_sets_the_time_of_modification(sqs):
    url = sqs.queue()
    sqs.advance(10)
    sqs("SetQueueAttributes", QueueUrl=url, Attributes={"DelaySeconds": "1"})
    assert attributes(sqs, url, "CreatedTimestamp", "LastModifiedTimestamp") == {
        "CreatedTimestamp": "1700000000",
        "LastModifiedTimestamp": "1700000010",
    }


# -- lists and tags --------------------------------------------------------------------------------------


def test_queues_are_listed_by_name_page_by_page(sqs):
    urls = [sqs.queue(f"q{number}") for number in range(10)]
    sqs.queue("other")
    first = sqs("ListQueues", QueueNamePrefix="q", MaxResults=2)
    rest = sqs("ListQueues", QueueNamePrefix="q", MaxResults=10, NextToken=first["NextToken"])
    assert (first["QueueUrls"], rest) == (urls[:2], {"QueueUrls": urls[2:]})
    assert len(sqs("ListQueues")["QueueUrls"]) == 11


def test_no_queue_of_a_prefix_has_no_member(sqs):
    sqs.queue()
    assert sqs("ListQueues", QueueNamePrefix="x") == {}


def test_tags_are_kept_by_key(sqs):
    url = sqs.queue(tags={"a": "1", "b": ""})
    sqs("TagQueue", QueueUrl=url, Tags={"a": "2", "A": "3"})
    sqs("UntagQueue", QueueUrl=url, TagKeys=["b", "unknown"])
    assert sqs("ListQueueTags", QueueUrl=url) == {"Tags": {"a": "2", "A": "3"}}
    sqs("UntagQueue", QueueUrl=url, TagKeys=["a", "A"])
    assert sqs("ListQueueTags", QueueUrl=url) == {}


@pytest.mark.parametrize(
    ("operation", "request_", "code", "message"),
    [
        ("TagQueue", {"Tags": {}}, "MissingParameter", "The request must contain the parameter Tags."),
        (
            "TagQueue",
            {"Tags": {str(number): "" for number in range(51)}},
            "InvalidParameterValue",
            "Too many tags added for queue q.",
        ),
        ("TagQueue", {"Tags": {"k" * 129: ""}}, "InvalidParameterValue", BAD_TAG_KEY),
        ("TagQueue", {"Tags": {"": "v"}}, "InvalidParameterValue", BAD_TAG_KEY),
        ("UntagQueue", {"TagKeys": [""]}, "InvalidParameterValue", BAD_TAG_KEY),
        (
            "TagQueue",
            {"Tags": {"k": "v" * 257}},
            "InvalidParameterValue",
            "Tag values must be between 0 and 256 characters in length.",
        ),
        ("UntagQueue", {"TagKeys": []}, "InvalidParameterValue", BAD_TAG_KEY),
    ],
)
def test_tagging_is_refused_in_aws_words(sqs, operation, request_, code, message):
    assert sqs.error(operation, QueueUrl=sqs.queue(), **request_) == (code, message)


# -- permissions -----------------------------------------------------------------------------------------


def add(sqs, url, label, *actions, accounts=("668614515564",)):
    request = {"QueueUrl": url, "Label": label, "AWSAccountIds": list(accounts), "Actions": list(actions)}
    return sqs("AddPermission", **request)


def test_permissions_are_statements_of_the_policy(sqs):
    url = sqs.queue()
    arn = sqs.arn(url)
    add(sqs, url, "one", "ReceiveMessage", accounts=("668614515564", "111111111111"))
    add(sqs, url, "two", "SendMessage", "DeleteMessage")
    assert attributes(sqs, url, "Policy")["Policy"] == json.dumps(
        {
            "Version": "2008-10-17",
            "Id": f"{arn}/SQSDefaultPolicy",
            "Statement": [
                {
                    "Sid": "one",
                    "Effect": "Allow",
                    "Principal": {
                        "AWS": ["arn:aws:iam::668614515564:root", "arn:aws:iam::111111111111:root"]
                    },
                    "Action": "SQS:ReceiveMessage",
                    "Resource": arn,
                },
                {
                    "Sid": "two",
                    "Effect": "Allow",
                    "Principal": {"AWS": "arn:aws:iam::668614515564:root"},
                    "Action": ["SQS:SendMessage", "SQS:DeleteMessage"],
                    "Resource": arn,
                },
            ],
        },
        separators=(",", ":"),
    )


def test_the_policy_goes_with_its_last_statement(sqs):
    url = sqs.queue()
    add(sqs, url, "one", "ReceiveMessage")
    sqs("RemovePermission", QueueUrl=url, Label="one")
    assert attributes(sqs, url, "Policy") is None
    assert sqs.error("RemovePermission", QueueUrl=url, Label="one") == (
        "InvalidParameterValue",
        "Value one for parameter Label is invalid. Reason: can't find label.",
    )


@pytest.mark.parametrize(
    ("actions", "accounts", "code", "message"),
    [
        (
            ["SendMessageBatch"],
            ["668614515564"],
            "InvalidParameterValue",
            (
                "Value SQS:SendMessageBatch for parameter ActionName is invalid. "
                "Reason: Please refer to the appropriate WSDL for a list of valid actions."
            ),
        ),
        (
            ["RemovePermission"],
            ["668614515564"],
            "InvalidParameterValue",
            (
                "Value SQS:RemovePermission for parameter ActionName is invalid. "
                "Reason: Only the queue owner is allowed to invoke this action."
            ),
        ),
        (
            ["SendMessage"],
            ["x"],
            "InvalidParameterValue",
            "Value [x] for parameter PrincipalId is invalid. Reason: Unable to verify.",
        ),
        (["SendMessage"] * 8, ["668614515564"], "OverLimit", "8 Actions were found, maximum allowed is 7."),
        ([], ["668614515564"], "MissingParameter", "The request must contain the parameter Actions."),
    ],
)
def test_a_permission_is_refused_in_aws_words(sqs, actions, accounts, code, message):
    request = {"QueueUrl": sqs.queue(), "Label": "l", "Actions": actions, "AWSAccountIds": accounts}
    assert sqs.error("AddPermission", **request) == (code, message)


def test_a_label_is_taken_once(sqs):
    url = sqs.queue()
    add(sqs, url, "l", "SendMessage")
    request = {"QueueUrl": url, "Label": "l", "Actions": ["SendMessage"], "AWSAccountIds": ["222222222222"]}
    assert sqs.error("AddPermission", **request) == (
        "InvalidParameterValue",
        "Value l for parameter Label is invalid. Reason: Already exists.",
    )


def test_another_account_may_do_what_the_policy_lets_it(sqs):
    url = sqs.queue()
    arn = sqs.arn(url)
    add(sqs, url, "l", "SendMessage")
    sqs("SendMessage", QueueUrl=url, MessageBody="theirs", account="668614515564")
    denied = sqs.error("ReceiveMessage", QueueUrl=url, account="668614515564")
    assert (sqs.bodies(url), denied) == (
        ["theirs"],
        (
            "AccessDenied",
            (
                f"User: arn:aws:iam::668614515564:root is not authorized to perform: sqs:receivemessage on resource: {arn} "
                "because no resource-based policy allows the sqs:receivemessage action"
            ),
        ),
    )


def test_owners_only_operations_stay_with_the_owner_whatever_the_policy_says(sqs):
    everyone = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*"}]}
    url = sqs.queue(Policy=json.dumps(everyone))
    assert sqs.error("DeleteQueue", QueueUrl=url, account="668614515564")[0] == "AccessDenied"


def test_an_explicit_deny_meets_the_owner_too(sqs):
    deny = {"Statement": {"Effect": "Deny", "Principal": "*", "Action": "sqs:Send*", "Resource": "*"}}
    url = sqs.queue(Policy=json.dumps(deny))
    assert sqs.error("SendMessage", QueueUrl=url, MessageBody="m") == (
        "AccessDenied",
        (
            "User: arn:aws:iam::111111111111:root is not authorized to perform: sqs:sendmessage on resource: "
            "arn:aws:sqs:us-east-1:111111111111:q with an explicit deny in a resource-based policy"
        ),
    )


# -- addresses -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://sqs.eu-west-1.amazonaws.com/111111111111/q", Address("111111111111", "eu-west-1", "q")),
        ("https://sqs.eu-west-1.api.aws/111111111111/q", Address("111111111111", "eu-west-1", "q")),
        (
            "https://sqs-fips.us-gov-west-1.amazonaws.com/111111111111/q",
            Address("111111111111", "us-gov-west-1", "q"),
        ),
        ("https://queue.amazonaws.com/111111111111/q", Address("111111111111", "us-east-1", "q")),
        (
            "https://eu-central-1.queue.amazonaws.com/111111111111/q",
            Address("111111111111", "eu-central-1", "q"),
        ),
        ("http://localhost:4566/111111111111/q", Address("111111111111", None, "q")),
        ("http://localhost:4566/queue/eu-west-1/111111111111/q", Address("111111111111", "eu-west-1", "q")),
        ("/111111111111/q.fifo", Address("111111111111", None, "q.fifo")),
        ("q", Address(None, None, "q")),
        ("http://whatever", None),
        ("http://whatever/a/b", None),
    ],
)
def test_a_queue_url_is_read_in_all_its_forms(text, address):
    assert parse(text) == address


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("", "https://sqs.eu-west-1.amazonaws.com/111111111111/q"),
        ("sqs.eu-west-1.amazonaws.com", "https://sqs.eu-west-1.amazonaws.com/111111111111/q"),
        ("eu-west-1.queue.amazonaws.com", "https://eu-west-1.queue.amazonaws.com/111111111111/q"),
        ("127.0.0.1:5000", "http://127.0.0.1:5000/queue/eu-west-1/111111111111/q"),
    ],
)
def test_a_queue_url_is_written_for_the_host_that_was_called(host, expected):
    assert url("http", host, Address("111111111111", "eu-west-1", "q")) == expected


def test_a_name_alone_is_the_queue_of_the_calling_account_and_region(sqs):
    url = sqs.queue()
    sqs.send("q")
    assert sqs.bodies(url) == ["m"]


def test_each_region_knows_only_its_own_queues(sqs):
    here, there = sqs.queue(), sqs.queue(region="eu-west-1")
    assert (here, there) == (
        "https://sqs.us-east-1.amazonaws.com/111111111111/q",
        "https://sqs.eu-west-1.amazonaws.com/111111111111/q",
    )
    answer = sqs.error("SendMessage", QueueUrl=there, MessageBody="m")
    assert answer == ("AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.")


def test_the_url_of_another_account_s_queue_needs_its_owner_s_id(sqs):
    url = sqs.queue(account="222222222222")
    assert sqs("GetQueueUrl", QueueName="q", QueueOwnerAWSAccountId="222222222222") == {"QueueUrl": url}
    assert sqs.error("GetQueueUrl", QueueName="q")[0] == "AWS.SimpleQueueService.NonExistentQueue"
