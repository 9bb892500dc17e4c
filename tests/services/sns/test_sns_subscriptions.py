"""Subscriptions and their filter policies, as recorded from AWS."""

import json

import pytest

from tests.services.bench import ACCOUNT, DEAD_LETTERS, FIFO_QUEUE, FUNCTION, QUEUE

REDACTED = (
    " at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: "
)


def invalid(text):
    return "InvalidParameter", f"Invalid parameter: {text}"


@pytest.fixture
def subscription(sns, topic):
    return sns.Subscribe(TopicArn=topic, Protocol="sqs", Endpoint=QUEUE)["SubscriptionArn"]


@pytest.fixture
def set_(sns, subscription):
    def set_(name, value):
        request = {"SubscriptionArn": subscription, "AttributeName": name, "AttributeValue": value}
        return sns.SetSubscriptionAttributes(**request)

    return set_


@pytest.fixture
def refusal(sns, subscription):
    def refusal(name, value):
        return sns.refusal(
            "SetSubscriptionAttributes",
            SubscriptionArn=subscription,
            AttributeName=name,
            AttributeValue=value,
        )

    return refusal


@pytest.fixture
def shown(sns, subscription):
    return lambda: sns.GetSubscriptionAttributes(SubscriptionArn=subscription)["Attributes"]


def test_a_subscription_shows_its_attributes(topic, subscription, shown):
    assert shown() == {
        "ConfirmationWasAuthenticated": "true",
        "Endpoint": QUEUE,
        "Owner": ACCOUNT,
        "PendingConfirmation": "false",
        "Protocol": "sqs",
        "RawMessageDelivery": "false",
        "SubscriptionArn": subscription,
        "SubscriptionPrincipal": f"arn:aws:iam::{ACCOUNT}:user/test",
        "TopicArn": topic,
    }


@pytest.mark.parametrize("attributes", [None, {}, {"FilterPolicyScope": "MessageAttributes"}])
def test_subscribing_again_gives_the_same_arn(sns, topic, subscription, attributes):
    again = sns.Subscribe(TopicArn=topic, Protocol="sqs", Endpoint=QUEUE, Attributes=attributes)
    assert again == {"SubscriptionArn": subscription}


def test_subscribing_again_with_other_values_conflicts(sns, topic, subscription):
    attributes = {"RawMessageDelivery": "true"}
    assert sns.refusal(
        "Subscribe", TopicArn=topic, Protocol="sqs", Endpoint=QUEUE, Attributes=attributes
    ) == invalid("Attributes Reason: Subscription already exists with different attributes")


@pytest.mark.parametrize(
    ("protocol", "endpoint", "text"),
    [
        ("test-protocol", "x", "Amazon SNS does not support this protocol string: test-protocol"),
        ("sqs", "https://queue", "SQS endpoint ARN"),
        (
            "sqs",
            FIFO_QUEUE,
            "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics",
        ),
        (
            "https",
            "https://x",
            "Protocol Reason: mocklambda delivers to sqs and lambda only, so https was not subscribed",
        ),
    ],
)
def test_a_bad_endpoint_is_refused(sns, topic, protocol, endpoint, text):
    assert sns.refusal("Subscribe", TopicArn=topic, Protocol=protocol, Endpoint=endpoint) == invalid(text)


@pytest.mark.parametrize("value", ["", "maybe"])
def test_raw_delivery_is_true_or_false(refusal, value):
    assert refusal("RawMessageDelivery", value) == invalid(
        f"RawMessageDelivery: Invalid value [{value}]. Must be true or false."
    )


def test_raw_delivery_is_stored_in_lower_case(set_, shown):
    set_("RawMessageDelivery", "TRUE")
    assert shown()["RawMessageDelivery"] == "true"


def test_a_scope_shows_with_its_policy_only(set_, shown):
    set_("FilterPolicyScope", "MessageBody")
    before = "FilterPolicyScope" in shown()
    set_("FilterPolicy", '{"a":["b"]}')
    assert (before, shown()["FilterPolicyScope"]) == (False, "MessageBody")


def test_an_empty_policy_takes_policy_and_scope_away(set_, shown):
    set_("FilterPolicy", '{"a":["b"]}')
    set_("FilterPolicy", "")
    assert not {"FilterPolicy", "FilterPolicyScope"} & shown().keys()


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("Unknown", "x", "AttributeName"),
        (
            "FilterPolicyScope",
            "X",
            "FilterPolicyScope: Invalid value [X]. Please use either MessageBody or MessageAttributes",
        ),
        ("RedrivePolicy", '{"a": "b"}', "RedrivePolicy: deadLetterTargetArn is an invalid arn"),
        (
            "RedrivePolicy",
            "{invalidjson}",
            (
                "RedrivePolicy: failed to parse JSON. Unexpected character ('i' (code 105)): was expecting double-quote"
                f" to start field name\n{REDACTED}2]"
            ),
        ),
        (
            "FilterPolicy",
            "{invalidjson}",
            (
                "FilterPolicy: failed to parse JSON. Unexpected character ('i' (code 105)): was expecting double-quote"
                f" to start field name\n{REDACTED}2]"
            ),
        ),
        (
            "FilterPolicy",
            '{"a":{"b":["c"]}}',
            "Filter policy scope MessageAttributes does not support nested filter policy",
        ),
        ("FilterPolicy", '{"key":[]}', f"FilterPolicy: Empty arrays are not allowed\n{REDACTED}10]"),
        ("FilterPolicy", '{"k":[{"cidr":"bad-filter"}]}', "FilterPolicy: Malformed CIDR, one '/' required"),
        (
            "FilterPolicy",
            json.dumps({f"k{n}": ["v"] for n in range(6)}),
            "FilterPolicy: Filter policy can not have more than 5 keys",
        ),
        (
            "FilterPolicy",
            json.dumps({"k": [f"{n}" for n in range(151)]}),
            "FilterPolicy: Filter policy is too complex",
        ),
    ],
)
def test_a_bad_attribute_is_refused(refusal, name, value, text):
    assert refusal(name, value) == invalid(text)


def test_subscribe_words_refusals_in_its_own_way(sns, topic):
    attributes = {"FilterPolicy": "invalid-json"}
    assert sns.refusal(
        "Subscribe", TopicArn=topic, Protocol="sqs", Endpoint=QUEUE, Attributes=attributes
    ) == invalid(
        "Attributes Reason: FilterPolicy: failed to parse JSON. Unrecognized token 'invalid': was expecting"
        f" (JSON String, Number, Array, Object or token 'null', 'true' or 'false')\n{REDACTED}8]"
    )


def values(count):
    return [f"{n}" for n in range(count)]


def branches(metric_name, metric_type, metric_id, space_id, source):
    return {
        "source": values(source),
        "$or": [
            {"metricName": values(metric_name)},
            {
                "metricType": values(metric_type),
                "$or": [{"metricId": values(metric_id)}, {"spaceId": values(space_id)}],
            },
        ],
    }


@pytest.mark.parametrize(
    ("policy", "is_accepted"),
    [
        ({"a": values(100), "b": values(51)}, False),
        ({"a": {"b": {"c": values(4)}}, "d": {"e": values(3)}, "f": values(3)}, False),
        (branches(6, 4, 4, 4, source=4), False),
        (branches(6, 4, 4, 7, source=3), True),
        (
            {
                "$or": [{"metricName": values(3)}, {"namespace": values(2)}],
                "detail": {"scope": values(2), "$or": [{"source": values(1)}, {"type": values(3)}]},
            },
            False,
        ),
    ],
)
def test_the_complexity_of_a_policy_is_limited(sns, topic, policy, is_accepted):
    request = {"TopicArn": topic, "Protocol": "sqs", "Endpoint": QUEUE}
    request["Attributes"] = {"FilterPolicyScope": "MessageBody", "FilterPolicy": json.dumps(policy)}
    if is_accepted:
        assert "SubscriptionArn" in sns.Subscribe(**request)
    else:
        assert sns.refusal("Subscribe", **request) == invalid(
            "Attributes Reason: FilterPolicy: Filter policy is too complex"
        )


def test_an_ordered_subscription_needs_an_ordered_dead_letter_queue(sns):
    arn = sns.CreateTopic(Name="t.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
    subscription = sns.Subscribe(TopicArn=arn, Protocol="sqs", Endpoint=FIFO_QUEUE)["SubscriptionArn"]
    assert sns.refusal(
        "SetSubscriptionAttributes",
        SubscriptionArn=subscription,
        AttributeName="RedrivePolicy",
        AttributeValue=json.dumps({"deadLetterTargetArn": DEAD_LETTERS}),
    ) == invalid("RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic.")


def test_unsubscribing_twice_is_fine(sns, subscription):
    sns.Unsubscribe(SubscriptionArn=subscription)
    assert sns.Unsubscribe(SubscriptionArn=subscription) == {}


@pytest.mark.parametrize(
    ("arn", "text"),
    [
        ("randomstring", "SubscriptionArn Reason: An ARN must have at least 6 elements, not 1"),
        (
            "arn:aws:sns:us-east-1:random",
            "SubscriptionArn Reason: An ARN must have at least 6 elements, not 5",
        ),
        ("arn:aws:sns:us-east-1:111111111111:random", "SubscriptionId"),
        (None, "SubscriptionArn Reason: no value for required parameter"),
    ],
)
def test_what_is_no_subscription_is_refused(sns, arn, text):
    assert sns.refusal("Unsubscribe", SubscriptionArn=arn) == invalid(text)


def test_an_unknown_subscription_does_not_exist(sns, subscription):
    sns.Unsubscribe(SubscriptionArn=subscription)
    assert sns.refusal("GetSubscriptionAttributes", SubscriptionArn=subscription) == (
        "NotFound",
        "Subscription does not exist",
    )


def test_a_topic_lists_its_subscriptions(sns, topic, subscription):
    assert sns.ListSubscriptionsByTopic(TopicArn=topic) == {
        "Subscriptions": [
            {
                "SubscriptionArn": subscription,
                "Owner": ACCOUNT,
                "Protocol": "sqs",
                "Endpoint": QUEUE,
                "TopicArn": topic,
            }
        ]
    }


def test_a_function_is_subscribed_at_once(sns, topic):
    arn = sns.Subscribe(TopicArn=topic, Protocol="lambda", Endpoint=FUNCTION)["SubscriptionArn"]
    assert arn.startswith(f"{topic}:")
