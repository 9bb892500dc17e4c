"""Topics, as recorded from AWS."""

import json

import pytest

from tests.services.bench import ACCOUNT, QUEUE

INVALID = "InvalidParameter"


def invalid(text):
    return INVALID, f"Invalid parameter: {text}"


def test_a_topic_has_its_arn(topic):
    assert topic == f"arn:aws:sns:us-east-1:{ACCOUNT}:t"


def test_a_new_topic_shows_its_defaults(sns, topic):
    assert sns.GetTopicAttributes(TopicArn=topic)["Attributes"] == {
        "TopicArn": topic,
        "Owner": ACCOUNT,
        "DisplayName": "",
        "Policy": '{"Version":"2008-10-17","Id":"__default_policy_ID","Statement":[{"Sid":"__default_statement_ID",'
        '"Effect":"Allow","Principal":{"AWS":"*"},"Action":["SNS:GetTopicAttributes","SNS:SetTopicAttributes",'
        '"SNS:AddPermission","SNS:RemovePermission","SNS:DeleteTopic","SNS:Subscribe",'
        '"SNS:ListSubscriptionsByTopic","SNS:Publish"],'
        f'"Resource":"{topic}","Condition":{{"StringEquals":{{"AWS:SourceOwner":"{ACCOUNT}"}}}}}}]}}',
        "EffectiveDeliveryPolicy": '{"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":20,"maxDelayTarget":20,'
        '"numRetries":3,"numMaxDelayRetries":0,"numNoDelayRetries":0,"numMinDelayRetries":0,'
        '"backoffFunction":"linear"},"disableSubscriptionOverrides":false,'
        '"defaultRequestPolicy":{"headerContentType":"text/plain; charset=UTF-8"}}}',
        "SubscriptionsConfirmed": "0",
        "SubscriptionsDeleted": "0",
        "SubscriptionsPending": "0",
    }


def test_a_fifo_topic_says_so(sns):
    arn = sns.CreateTopic(Name="t.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
    shown = sns.GetTopicAttributes(TopicArn=arn)["Attributes"]
    assert (shown["FifoTopic"], shown["ContentBasedDeduplication"]) == ("true", "false")


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"Attributes": {"FifoTopic": "false"}},
        {"Attributes": {"DisplayName": "d"}},
        {"Tags": [{"Key": "k", "Value": "v"}]},
    ],
)
def test_creating_the_same_topic_again_gives_its_arn(sns, request_):
    first = sns.CreateTopic(
        Name="t",
        Attributes={"DisplayName": "d"},
        Tags=[{"Key": "k", "Value": "v"}, {"Key": "l", "Value": "w"}],
    )
    assert sns.CreateTopic(Name="t", **request_) == first


@pytest.mark.parametrize("attributes", [{"DisplayName": "e"}, {"SignatureVersion": "2"}])
def test_other_attributes_conflict(sns, attributes):
    sns.CreateTopic(Name="t", Attributes={"DisplayName": "d"})
    assert sns.refusal("CreateTopic", Name="t", Attributes=attributes) == invalid(
        "Attributes Reason: Topic already exists with different attributes"
    )


def test_other_tags_conflict(sns, topic):
    assert sns.refusal("CreateTopic", Name="t", Tags=[{"Key": "k", "Value": "v"}]) == invalid(
        "Tags Reason: Topic already exists with different tags"
    )


@pytest.mark.parametrize(
    ("name", "attributes"),
    [
        ("", {}),
        ("a" * 257, {}),
        ("a:b", {}),
        ("a b", {}),
        ("x.fifo", {}),
        ("x.fifo", {"FifoTopic": "false"}),
        ("x", {"FifoTopic": "true"}),
    ],
)
def test_a_bad_name_is_refused(sns, name, attributes):
    assert sns.refusal("CreateTopic", Name=name, Attributes=attributes) == invalid("Topic Name")


def test_deleting_a_topic_twice_is_fine(sns, topic):
    sns.DeleteTopic(TopicArn=topic)
    assert sns.DeleteTopic(TopicArn=topic) == {}


@pytest.mark.parametrize(
    "operation", ["GetTopicAttributes", "Publish", "Subscribe", "ListSubscriptionsByTopic"]
)
def test_a_deleted_topic_does_not_exist(sns, topic, operation):
    sns.DeleteTopic(TopicArn=topic)
    assert sns.refusal(operation, TopicArn=topic) == ("NotFound", "Topic does not exist")


@pytest.mark.parametrize(
    ("text", "count"), [("", 1), ("randomstring", 1), ("arn:aws:sns:us-east-1:random", 5)]
)
def test_what_is_no_arn_is_counted(sns, text, count):
    assert sns.refusal("GetTopicAttributes", TopicArn=text) == invalid(
        f"TopicArn Reason: An ARN must have at least 6 elements, not {count}"
    )


def test_a_topic_of_another_region_is_refused(sns, topic):
    assert sns.refusal("GetTopicAttributes", TopicArn=topic.replace("us-east-1", "eu-west-1")) == invalid(
        "TopicArn"
    )


def test_another_account_needs_permission(sns, topic):
    code, _ = sns.refusal("Publish", TopicArn=topic, Message="m", account="222222222222")
    assert code == "AuthorizationError"


def test_a_permitted_account_publishes(sns, topic):
    sns.AddPermission(TopicArn=topic, Label="l", AWSAccountId=["222222222222"], ActionName=["Publish"])
    assert "MessageId" in sns.Publish(TopicArn=topic, Message="m", account="222222222222")


def test_a_permission_becomes_a_statement(sns, topic):
    sns.AddPermission(
        TopicArn=topic, Label="l", AWSAccountId=["222222222222"], ActionName=["Publish", "Subscribe"]
    )
    policy = json.loads(sns.GetTopicAttributes(TopicArn=topic)["Attributes"]["Policy"])
    assert policy["Statement"][1] == {
        "Sid": "l",
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::222222222222:root"},
        "Action": ["SNS:Publish", "SNS:Subscribe"],
        "Resource": topic,
    }


def test_a_permission_is_removed(sns, topic):
    before = sns.GetTopicAttributes(TopicArn=topic)
    sns.AddPermission(TopicArn=topic, Label="l", AWSAccountId=["222222222222"], ActionName=["Publish"])
    sns.RemovePermission(TopicArn=topic, Label="l")
    assert sns.GetTopicAttributes(TopicArn=topic) == before


@pytest.mark.parametrize(
    ("label", "action", "text"),
    [
        ("l", "Publish", "Statement already exists"),
        ("m", "Nonsense", "Policy statement action out of service scope!"),
    ],
)
def test_a_bad_permission_is_refused(sns, topic, label, action, text):
    sns.AddPermission(TopicArn=topic, Label="l", AWSAccountId=["222222222222"], ActionName=["Publish"])
    assert sns.refusal(
        "AddPermission", TopicArn=topic, Label=label, AWSAccountId=["222222222222"], ActionName=[action]
    ) == invalid(text)


def test_tags_come_and_go(sns, topic):
    sns.TagResource(ResourceArn=topic, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    sns.UntagResource(ResourceArn=topic, TagKeys=["a", "missing"])
    assert sns.ListTagsForResource(ResourceArn=topic) == {"Tags": [{"Key": "b", "Value": "2"}]}


def test_a_key_twice_is_refused(sns, topic):
    tags = [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]
    assert sns.refusal("TagResource", ResourceArn=topic, Tags=tags) == invalid(
        "Duplicated keys are not allowed."
    )


@pytest.mark.parametrize("name", ["FifoTopic", "Unknown"])
def test_an_unknown_attribute_is_refused(sns, topic, name):
    assert sns.refusal(
        "SetTopicAttributes", TopicArn=topic, AttributeName=name, AttributeValue="true"
    ) == invalid("AttributeName")


def test_what_would_not_act_is_refused(sns, topic):
    _, text = sns.refusal(
        "SetTopicAttributes",
        TopicArn=topic,
        AttributeName="LambdaSuccessFeedbackRoleArn",
        AttributeValue="arn",
    )
    assert "not implemented by mocklambda" in text


@pytest.mark.parametrize(
    ("policy", "shown"),
    [
        (
            '{"http":{"defaultRequestPolicy":{"headerContentType":"application/json"}}}',
            '{"http":{"disableSubscriptionOverrides":false,"defaultRequestPolicy":{"headerContentType":"application/json"}}}',
        ),
        (
            '{"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":5,"maxDelayTarget":6,"numRetries":1}}}',
            '{"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":5,"maxDelayTarget":6,"numRetries":1},"disableSubscriptionOverrides":false}}',
        ),
        ('{"http":{"defaultHealthyRetryPolicy":null}}', '{"http":{"disableSubscriptionOverrides":false}}'),
        ("", None),
    ],
)
def test_a_delivery_policy_is_shown_completed(sns, topic, policy, shown):
    sns.SetTopicAttributes(TopicArn=topic, AttributeName="DeliveryPolicy", AttributeValue=policy)
    assert sns.GetTopicAttributes(TopicArn=topic)["Attributes"].get("DeliveryPolicy") == shown


def test_lists_turn_pages_of_a_hundred(sns):
    for number in range(101):
        sns.CreateTopic(Name=f"t{number}")
    first = sns.ListTopics()
    second = sns.ListTopics(NextToken=first["NextToken"])
    assert (len(first["Topics"]), len(second["Topics"]), "NextToken" in second) == (100, 1, False)


def test_accounts_and_regions_are_apart(sns, topic):
    assert [sns.ListTopics(account="222222222222"), sns.ListTopics(region="eu-west-1")] == [
        {"Topics": []}
    ] * 2


def test_a_deleted_topic_takes_its_subscriptions_along(bench, sns, topic):
    sns.Subscribe(TopicArn=topic, Protocol="sqs", Endpoint=QUEUE)
    sns.DeleteTopic(TopicArn=topic)
    assert sns.ListSubscriptions() == {"Subscriptions": []}
