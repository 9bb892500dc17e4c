"""What a handler returns or raises, as the caller gets it."""

from __future__ import annotations

import json
import sys

import pytest

from mocklambda.execution.values import OutcomeKind
from tests.sandbox.lab import document, lines

REQUEST_ID = "6f1f0f5e-0000-4000-8000-000000000001"


@pytest.mark.parametrize(
    ("expression", "payload"),
    [
        ("event", b'{"a": [1, "\xc3\xa9\\"", null, true]}'),
        ("None", b"null"),
        ("True", b"true"),
        ("[1, 2.5]", b"[1, 2.5]"),
        ("(1, 2)", b"[1, 2]"),
        ("b'\\x00raw'", b"\x00raw"),
        ("float('nan')", b"NaN"),
        ("{'n': decimal.Decimal('1.10'), 'x': [decimal.Decimal('NaN')]}", b'{"n": 1.10, "x": [NaN]}'),
    ],
)
def test_a_result_is_serialised_as_the_runtime_does(lab, expression, payload):
    source = f"import decimal\ndef handler(event, context):\n    return {expression}\n"
    outcome = lab.run(source, {"a": [1, 'é"', None, True]})
    assert (outcome.kind, outcome.payload) == (OutcomeKind.SUCCEEDED, payload)


def test_text_is_escaped_up_to_python3_11(lab):
    source = "def handler(event, context):\n    return 'é'\n"
    assert lab.run(source, runtime="python3.11").payload == b'"\\u00e9"'


def test_an_exception_becomes_the_recorded_document(lab):
    source = """
        def helper():
            raise ValueError("boom")

        def handler(event, context):
            helper()
        """
    outcome = lab.run(source)
    assert outcome.payload.decode() == json.dumps(
        {
            "errorMessage": "boom",
            "errorType": "ValueError",
            "requestId": REQUEST_ID,
            "stackTrace": [
                '  File "/var/task/app.py", line 6, in handler\n    helper()\n',
                '  File "/var/task/app.py", line 3, in helper\n    raise ValueError("boom")\n',
            ],
        }
    )
    assert (outcome.kind, outcome.error_type, outcome.error_message) == (
        OutcomeKind.FAILED,
        "ValueError",
        "boom",
    )


def test_python3_8_has_no_request_id(lab):
    outcome = lab.run("def handler(event, context):\n    raise Exception('x')\n", runtime="python3.8")
    assert list(document(outcome)) == ["errorMessage", "errorType", "stackTrace"]


def test_a_raising_handler_logs_its_error_as_one_event(lab):
    lab.run("def handler(event, context):\n    print('before')\n    raise Exception('boom')\n")
    assert lab.events[2:-2] == [
        "before\n",
        "[ERROR] Exception: boom\nTraceback (most recent call last):\n"
        '\u00a0\u00a0File "/var/task/app.py", line 3, in handler\n'
        "\u00a0\u00a0\u00a0\u00a0raise Exception('boom')",
    ]


def test_a_raising_handler_keeps_its_environment(lab):
    function = lab.function(
        "count = 0\ndef handler(event, context):\n    global count\n    count += 1\n    raise Exception(count)\n"
    )
    assert [document(function.invoke())["errorMessage"] for _ in range(3)] == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("object()", "Object of type object is not JSON serializable"),
        ("{1, 2}", "Object of type set is not JSON serializable"),
        (
            "{'d': __import__('decimal').Decimal(1), 'o': object()}",
            "Object of type object is not JSON serializable",
        ),
    ],
)
def test_an_unserialisable_result_is_a_marshal_error(lab, value, reason):
    outcome = lab.run(f"def handler(event, context):\n    return {value}\n")
    assert document(outcome) == {
        "errorMessage": f"Unable to marshal response: {reason}",
        "errorType": "Runtime.MarshalError",
        "requestId": REQUEST_ID,
        "stackTrace": [],
    }


@pytest.mark.parametrize(
    ("files", "handler", "error_type", "message", "trace"),
    [
        ({"app.py": "import nothing_like_it"}, "app.handler", "Runtime.ImportModuleError", "Unable to import module 'app': No module named 'nothing_like_it'", []),
        ({"app.py": ""}, "missing.handler", "Runtime.ImportModuleError", "Unable to import module 'missing': No module named 'missing'", []),
        ({"app.py": "x = 1\n"}, "app.handler", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'app'", []),
        ({"app.py": ""}, "app", "Runtime.MalformedHandlerName", "Bad handler 'app': not enough values to unpack (expected 2, got 1)", []),
        ({"app.py": ""}, "sys.exit", "Runtime.BuiltInModuleConflict", "Cannot use built-in module sys as a handler module", []),
        ({"app.py": "x = = 1\n"}, "app.handler", "Runtime.UserCodeSyntaxError", "Syntax error in module 'app': invalid syntax (app.py, line 1)", ['  File "/var/task/app.py" Line 1\n    x = = 1\n']),
    ],
)  # fmt: skip
def test_a_function_that_can_not_be_loaded_says_why(lab, files, handler, error_type, message, trace):
    outcome = lab.run(files, handler=handler)
    assert document(outcome) == {
        "errorMessage": message,
        "errorType": error_type,
        "requestId": "",
        "stackTrace": trace,
    }


def test_an_exception_at_import_shows_importlibs_frames_below_var_lang(lab):
    outcome = lab.run('raise Exception("Runtime startup fails")\n')
    found = document(outcome)
    minor = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    assert (found["errorMessage"], found["errorType"], found["requestId"]) == (
        "Runtime startup fails",
        "Exception",
        "",
    )
    assert found["stackTrace"][0].startswith(f'  File "/var/lang/lib/{minor}/importlib/__init__.py", line ')
    assert found["stackTrace"][1].startswith('  File "<frozen importlib._bootstrap>", line ')
    assert found["stackTrace"][-1] == (
        '  File "/var/task/app.py", line 1, in <module>\n    raise Exception("Runtime startup fails")\n'
    )


def test_init_that_fails_is_tried_again_inside_each_invocation(lab):
    function = lab.function("print('loading')\nraise Exception('no')\n")
    first, second = function.invoke(), function.invoke()
    assert [
        event.split("\n")[0].split("Duration")[0] for event in lab.events if "LAMBDA_WARNING" not in event
    ] == [
        lab.events[0].strip(),
        "loading",
        "[ERROR] Exception: no",
        "INIT_REPORT Init ",
        "loading",
        "[ERROR] Exception: no",
        "INIT_REPORT Init ",
        f"START RequestId: {REQUEST_ID} Version: $LATEST",
        f"END RequestId: {REQUEST_ID}",
        f"REPORT RequestId: {REQUEST_ID}\t",
        "loading",
        "[ERROR] Exception: no",
        "INIT_REPORT Init ",
        f"START RequestId: {REQUEST_ID} Version: $LATEST",
        f"END RequestId: {REQUEST_ID}",
        f"REPORT RequestId: {REQUEST_ID}\t",
    ]
    assert first.payload == second.payload
    assert [event.split("ms\t")[1] for event in lab.events if event.startswith("INIT_REPORT")] == [
        "Phase: init\tStatus: error\tError Type: Runtime.Unknown\n",
        "Phase: invoke\tStatus: error\tError Type: Runtime.Unknown\n",
        "Phase: invoke\tStatus: error\tError Type: Runtime.Unknown\n",
    ]


def test_a_result_of_6_mib_and_100_bytes_passes(lab):
    outcome = lab.run("def handler(event, context):\n    return 'x' * (6291556 - 2)\n")
    assert (outcome.kind, len(outcome.payload)) == (OutcomeKind.SUCCEEDED, 6291556)


def test_a_bigger_result_is_an_error_and_the_environment_lives_on(lab):
    source = "n = 0\ndef handler(event, context):\n    global n\n    n += 1\n    print('kept')\n    return 'x' * (6291556 - 1) if event else n\n"
    function = lab.function(source)
    outcome = function.invoke({"big": 1})
    assert outcome.payload == (
        b'{"errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes).",'
        b'"errorType":"Function.ResponseSizeTooLarge"}'
    )
    assert "kept" in lines(outcome)
    assert function.result() == 2


@pytest.mark.parametrize("size", [1, 100_000, 1_000_000, 5_000_000])
def test_an_event_of_any_size_arrives_whole(lab, size):
    function = lab.function("def handler(event, context):\n    return len(event['text'])\n")
    assert function.result({"text": "x" * size}) == size


@pytest.mark.parametrize("handler", ["pkg.def.main.go", "pkg/def/main.go"])
def test_a_handler_string_may_name_folders(lab, handler):
    function = lab.function(
        {"pkg/def/main.py": "def go(event, context):\n    return __name__\n"}, handler=handler
    )
    assert function.result() == "pkg.def.main"


@pytest.mark.parametrize("deed", ["pass", "raise ValueError('in the child')", "os._exit(0)", "sys.exit(0)"])
def test_a_fork_that_the_handler_lets_return_answers_nobody(lab, deed):
    source = f"""
        import os, sys
        def handler(event, context):
            pid = os.fork()
            if pid == 0:
                {deed}
            else:
                os.waitpid(pid, 0)
            return [os.getpid(), event]
        """
    function = lab.function(source)
    (first, _), (second, event) = function.result({"n": 1}), function.result({"n": 2})
    assert (first, event) == (second, {"n": 2})


def test_what_is_no_exception_is_told_without_the_frames_of_the_runtime(lab):
    source = "def handler(event, context):\n    raise KeyboardInterrupt('mine')\n"
    outcome = lab.run(source)
    assert outcome.error_type == "Runtime.ExitError"
    assert lines(outcome)[1:5] == [
        "Traceback (most recent call last):",
        '  File "/var/task/app.py", line 2, in handler',
        "    raise KeyboardInterrupt('mine')",
        "KeyboardInterrupt: mine",
    ]
