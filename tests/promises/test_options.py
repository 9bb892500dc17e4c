"""Each option and each word of the sugar acts; what can not act is refused, and a refusal has changed nothing."""

from __future__ import annotations

import boto3
import pytest
from botocore.exceptions import ClientError, ParamValidationError

import mocklambda
from mocklambda import UsageError
from mocklambda.packaging import zip_of

ANSWERS = "def handler(event, context):\n    return {!r}\n"
WHERE = "import os\n\ndef handler(event, context):\n    return os.getpid()\n"


@pytest.mark.parametrize("name", ["reuse", "strict_roles"])
def test_an_option_that_is_not_there_is_refused(name):
    with pytest.raises(UsageError, match=f"mock_lambda has no option '{name}'"):
        mocklambda.mock_lambda(**{name: True})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("executor", "inline"),
        ("enforce_memory", False),
        ("strict_packages", True),
        ("throughput_limits", False),
        ("sleep", "virtual"),
        ("start", "spawn"),
        ("journal_size", 1),
    ],
)
def test_an_inner_start_can_not_change_what_the_cloud_is_built_on(mock_lambda, name, value):
    with pytest.raises(UsageError) as refusal:
        mocklambda.mock_lambda(region="eu-west-1", **{name: value}).start()

    assert str(refusal.value) == (
        f"an inner mock_lambda shares the outer one's cloud and can not change {name}; give it to the outermost one"
    )


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"wire": "false"}, "wire='false': True or False is expected"),
        ({"seed": "x"}, "seed='x': a whole number is expected"),
        ({"seed": True}, "seed=True: a whole number is expected"),
        ({"clock": "2024-01-01"}, "clock='2024-01-01': a datetime with a time zone is expected"),
        ({"region": None}, "region=None: a text is expected"),
        ({"settle": "never"}, "settle='never': one of 'auto', 'manual' is expected"),
        ({"max_real_seconds": "1"}, "max_real_seconds='1': a number is expected"),
        ({"journal_size": 0}, "journal_size=0: one or more is expected"),
        ({"max_environments": 0}, "max_environments=0: one or more is expected"),
        (
            {"executor": "inline", "sleep": "virtual"},
            "sleep='virtual' does not reach inline handlers: they have the test's own time.sleep, imports and network",
        ),
    ],
)
def test_an_option_of_another_kind_is_refused(options, text):
    with pytest.raises(UsageError) as refusal:
        mocklambda.mock_lambda(**options)

    assert str(refusal.value) == text


@pytest.mark.mock_lambda(strict_packages=True)
def test_an_inline_function_is_refused_where_it_would_not_heed_an_option(mock_lambda):
    with pytest.raises(UsageError, match="strict_packages=True does not reach inline handlers"):
        mock_lambda.function("fn", source=lambda event, context: None, inline=True)


def test_a_name_that_is_taken_keeps_its_function(mock_lambda):
    mock_lambda.stub("taken", returns="first")

    with pytest.raises(ClientError, match="Function already exist: taken"):
        mock_lambda.function("taken", source=lambda event, context: "second", inline=True)

    assert boto3.client("lambda").invoke(FunctionName="taken")["Payload"].read() == b'"first"'


def test_a_name_that_could_not_be_used_is_free(mock_lambda):
    with pytest.raises(ClientError, match="validation error"):
        mock_lambda.function("later", source=lambda event, context: "inline", inline=True, Role="nobody")

    function = mock_lambda.function("later", source=ANSWERS.format("process"))

    assert function.invoke().payload == "process"


@pytest.mark.parametrize("source", [WHERE, zip_of({"index.py": WHERE})], ids=["text", "zip"])
def test_code_that_is_asked_to_run_inline_runs_in_this_process(mock_lambda, source):
    import os

    function = mock_lambda.function("where", "index.handler", source=source, inline=True)

    assert function.invoke().payload == os.getpid()


@pytest.mark.mock_lambda(executor="inline")
def test_one_function_of_an_inline_cloud_can_have_a_process(mock_lambda):
    import os

    function = mock_lambda.function("where", source=WHERE, inline=False)

    assert function.invoke().payload != os.getpid()


def test_uploaded_code_takes_the_place_of_an_inline_function(mock_lambda):
    function = mock_lambda.function("fn", source=lambda event, context: "given", inline=True)
    code = zip_of({"uploaded_code.py": "def handler(event, context):\n    return 'uploaded'\n"})
    aws = boto3.client("lambda")

    aws.update_function_code(FunctionName="fn", ZipFile=code)
    aws.update_function_configuration(FunctionName="fn", Handler="uploaded_code.handler")

    assert function.invoke().payload == "uploaded"


def test_a_stub_stands_in_whatever_is_uploaded(mock_lambda):
    function = mock_lambda.stub("fn", returns="stub")

    boto3.client("lambda").update_function_code(FunctionName="fn", ZipFile=zip_of({"index.py": "x = 1"}))

    assert function.invoke().payload == "stub"


def test_a_deleted_queue_can_not_be_peeked_into(mock_lambda):
    queue = mock_lambda.queue("gone")
    boto3.client("sqs").delete_queue(QueueUrl=queue.url)

    with pytest.raises(ClientError) as refusal:
        queue.messages  # noqa: B018

    assert refusal.value.response["Error"] == {
        "Code": "QueueDoesNotExist",
        "Message": "The specified queue does not exist.",
    }


def test_a_deleted_stream_can_not_be_peeked_into(mock_lambda):
    stream = mock_lambda.stream("gone")
    boto3.client("kinesis").delete_stream(StreamName="gone")
    mock_lambda.advance(minutes=1)

    with pytest.raises(ClientError) as refusal:
        stream.records  # noqa: B018

    assert refusal.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_a_setting_that_the_api_does_not_have_is_refused_by_name(mock_lambda):
    with pytest.raises(ParamValidationError, match='Unknown parameter in input: "Tgas"'):
        mock_lambda.function("fn", source=WHERE, Tgas={"team": "a"})


def test_a_journal_of_a_chosen_size_tells_of_the_newest():
    with mocklambda.mock_lambda(journal_size=2) as cloud:
        function = cloud.function("f", source="def handler(event, context):\n    return event\n")
        for number in range(3):
            function.invoke(number)
        assert [one.result for one in cloud.invocations()] == [1, 2]


def test_log_lines_are_kept_as_long_as_the_journals_entries_or_for_ever():
    source = "def handler(event, context):\n    print(f'line {event}')\n"
    with mocklambda.mock_lambda(journal_size=6) as cloud:
        function = cloud.function("f", source=source)
        for number in range(9):
            function.invoke(number)
        assert [line for line in function.logs.splitlines() if line.startswith("line")] == ["line 8"]
    with mocklambda.mock_lambda() as cloud:
        function = cloud.function("f", source=source)
        for number in range(9):
            function.invoke(number)
        assert len([line for line in function.logs.splitlines() if line.startswith("line")]) == 9
