"""What a function prints and logs, as events of its log stream."""

from __future__ import annotations

import base64
import json

import pytest

REQUEST_ID = "6f1f0f5e-0000-4000-8000-000000000001"


def events_of(lab, body, **options):
    """The function's own events: those between START and END."""
    source = "import os, sys, logging, json, subprocess\ndef handler(event, context):\n"
    lab.run(source + "".join(f"    {line}\n" for line in body.split("\n")), **options)
    own = [event for event in lab.events if not event.startswith(("INIT_START", "START ", "END ", "REPORT "))]
    return [event for event in own if '"type":"platform.' not in event]


@pytest.mark.parametrize(
    ("body", "events"),
    [
        ("print('x')", ["x\n"]),
        (r"print('\nmulti\nline\nanother\rline\n')", ["multi\n", "line\n", "another\rline\n"]),
        ("print('no end', end='')", ["no end"]),
        ("print('é', '\U0001f600')", ["é \U0001f600\n"]),
        ("os.write(1, b'raw\\n'); os.write(2, b'err\\n')", ["raw\n", "err\n"]),
        ("os.write(1, b'\\xff\\n')", ["\ufffd\n"]),
        ("print('err', file=sys.stderr); print('out')", ["err\n", "out\n"]),
        ("subprocess.run(['echo', 'from a child'])", ["from a child\n"]),
        ("print('a'); sys.stdout.flush(); subprocess.run(['echo', 'b']); print('c')", ["a\n", "b\n", "c\n"]),
        ("print(json.dumps({'errorType': 'forged'}))", ['{"errorType": "forged"}\n']),
        ("context.log('one event\\nof two lines')", ["one event\nof two lines"]),
        ("logging.warning('careful'); logging.info('not shown')", [f"[WARNING]\t1\t{REQUEST_ID}\tcareful\n"]),
        ("print('first'); logging.error('two\\nlines'); print('last')", ["first\n", f"[ERROR]\t1\t{REQUEST_ID}\ttwo\nlines\n", "last\n"]),
        ("logging.basicConfig(format='%(message)s'); logging.error('as before')", [f"[ERROR]\t1\t{REQUEST_ID}\tas before\n"]),
        ("log = logging.getLogger('mine'); log.setLevel('INFO'); log.info('passes')", [f"[INFO]\t1\t{REQUEST_ID}\tpasses\n"]),
    ],
)  # fmt: skip
def test_output_becomes_events(lab, body, events):
    found = events_of(lab, body)
    assert [hide_time(event) for event in found] == events


def hide_time(event):
    if event.startswith("[") and event.count("\t") == 3:
        level, stamp, rest = event.split("\t", 2)
        assert stamp[4] == "-"
        assert stamp[-5] == "."
        assert stamp.endswith("Z")
        return f"{level}\t1\t{rest}"
    return event


def test_a_megabyte_of_output_neither_blocks_nor_is_lost(lab):
    assert len(events_of(lab, "for i in range(20000): print(i, 'x' * 50)")) == 20000


def test_a_line_of_five_megabytes_is_cut(lab):
    assert [len(event) for event in events_of(lab, "print('x' * 5_000_000)")] == [1048576] * 4 + [805697]


def test_output_without_end_is_dropped_beyond_a_limit_and_said_so(lab):
    events = events_of(lab, "for i in range(20): print('x' * 1_000_000)")
    assert len(events) == 17
    assert events[-1] == "LOGS\tName: dropped\tDroppedRecords: 4\tDroppedBytes: 4000004\n"


def test_a_frame_that_a_handler_forges_changes_nothing_but_its_log(lab):
    body = (
        "import struct; os.write(1, struct.pack('<5scI', b'\\x00\\xa5\\x5a\\x00\\x03', b'b', 0) + b'on\\n')"
    )
    assert events_of(lab, body) == ["on\n"]


def test_a_closed_stdout_does_no_harm(lab):
    outcome = lab.run(
        "import sys, os\ndef handler(event, context):\n    sys.stdout.close(); os.close(1); return 'fine'\n"
    )
    assert outcome.payload == b'"fine"'


def test_the_log_of_two_invocations_has_one_init(lab):
    function = lab.function("print('init')\ndef handler(event, context):\n    print('run')\n")
    first, second = function.invoke(), function.invoke()
    assert [event.split(" ")[0].strip() for event in lab.events] == [
        *["INIT_START", "init", "START", "run", "END", "REPORT"],
        *["START", "run", "END", "REPORT"],
    ]
    assert lab.events[0].startswith(
        "INIT_START Runtime Version: python:3.13.v64\tRuntime Version ARN: arn:aws:lambda:eu-west-1::runtime:"
    )
    assert first.logs == "".join(lab.events[:6])
    assert first.log_tail.decode() == "".join(lab.events[2:6])
    assert second.logs == "".join(lab.events[6:])
    report = lab.events[5]
    assert report == (
        f"REPORT RequestId: {REQUEST_ID}\tDuration: {first.duration_ms:.2f} ms\tBilled Duration: {first.billed_ms} ms\t"
        f"Memory Size: 512 MB\tMax Memory Used: {first.max_memory_mb} MB\tInit Duration: {first.init_ms:.2f} ms\t\n"
    )
    assert first.billed_ms == -int(-(first.duration_ms + first.init_ms) // 1)
    assert (second.init_ms, "Init Duration" in second.logs) == (None, False)


def test_the_tail_is_the_last_four_kilobytes(lab):
    outcome = lab.run("def handler(event, context):\n    for i in range(1000): print('line', i)\n")
    assert len(outcome.log_tail) == 4096
    assert outcome.logs.encode().endswith(outcome.log_tail)


def test_an_event_without_an_end_is_followed_by_one_in_the_tail(lab):
    outcome = lab.run("def handler(event, context):\n    raise Exception('boom')\n")
    tail = outcome.log_tail.decode()
    assert "raise Exception('boom')\nEND RequestId" in tail
    assert base64.b64encode(outcome.log_tail)


def test_json_logs_say_the_same_in_json(lab):
    events = events_of(
        lab,
        "log = logging.getLogger('mine')\n"
        "log.debug('hidden')\n"
        "log.info('shown', extra={'order': 7})\n"
        "print('plain')\n"
        "try: 1 / 0\n"
        "except Exception: log.exception('failed')",
        log_format="JSON",
        application_log_level="INFO",
    )
    shown, plain, failed = events
    assert plain == "plain\n"
    first = json.loads(shown)
    assert list(first) == ["timestamp", "level", "message", "logger", "requestId", "order"]
    del first["timestamp"]
    assert first == {
        "level": "INFO",
        "message": "shown",
        "logger": "mine",
        "requestId": REQUEST_ID,
        "order": 7,
    }
    second = json.loads(failed)
    assert list(second) == [
        "timestamp",
        "level",
        "message",
        "logger",
        "stackTrace",
        "errorType",
        "errorMessage",
        "requestId",
        "location",
    ]
    assert (second["errorType"], second["errorMessage"]) == ("ZeroDivisionError", "division by zero")


def test_a_json_error_says_log_level(lab):
    (event,) = events_of(lab, "raise Exception('boom')", log_format="JSON")
    document = json.loads(event)
    assert list(document) == [
        "timestamp",
        "log_level",
        "errorMessage",
        "errorType",
        "requestId",
        "stackTrace",
    ]


LEVELS = """
log = logging.getLogger('mine')
log.setLevel('DEBUG')
log.debug('debug')
log.error('error')
print('plain')
print('{"level": "debug", "message": "own debug"}')
print('{"level": "WARN", "message": "own warning"}')
print('{"message": "says none"}')
print('{no json')
print('{"level": 5}')
raise Exception('boom')
""".strip()


@pytest.mark.parametrize(
    ("level", "kept"),
    [
        ("TRACE", "debug error plain own-debug own-warning says-none {no-json 5 boom"),
        ("DEBUG", "debug error plain own-debug own-warning says-none {no-json 5 boom"),
        (None, "error plain own-warning says-none {no-json 5 boom"),
        ("INFO", "error plain own-warning says-none {no-json 5 boom"),
        ("WARN", "error own-warning boom"),
        ("ERROR", "error boom"),
        ("FATAL", "boom"),
    ],
)
def test_json_logs_hold_what_is_of_the_application_level_a_line_without_one_is_info(lab, level, kept):
    events = events_of(lab, LEVELS, log_format="JSON", application_log_level=level)
    assert " ".join(map(said, events)) == kept


def test_text_logs_hold_all(lab):
    assert len(events_of(lab, LEVELS)) == 9


def said(event):
    try:
        record = json.loads(event)
    except ValueError:
        record = {"message": event.strip()}
    told = record.get("message", record.get("errorMessage", record.get("level")))
    return str(told).replace(" ", "-")


@pytest.mark.parametrize(
    ("level", "body", "types"),
    [
        ("DEBUG", "pass", ["initStart", "initRuntimeDone", "initReport", "start", "runtimeDone", "report"]),
        ("INFO", "pass", ["initStart", "start", "report"]),
        ("WARN", "pass", []),
        ("WARN", "raise Exception", ["runtimeDone", "report"]),
        ("WARN", "sys.exit(1)", ["runtimeDone", "report"]),
    ],
)
def test_platform_events_follow_the_system_level(lab, level, body, types):
    events_of(lab, body, log_format="JSON", system_log_level=level)
    platform = [json.loads(event) for event in lab.events if '"type":"platform.' in event]
    assert [event["type"] for event in platform] == [f"platform.{name}" for name in types]


def test_a_json_report_has_all_metrics(lab):
    outcome = lab.run("def handler(event, context):\n    return 1\n", log_format="JSON")
    report = json.loads(lab.events[-1])
    assert report["record"] == {
        "requestId": REQUEST_ID,
        "status": "success",
        "metrics": {
            "durationMs": round(outcome.duration_ms, 3),
            "billedDurationMs": outcome.billed_ms,
            "memorySizeMB": 512,
            "maxMemoryUsedMB": outcome.max_memory_mb,
            "initDurationMs": round(outcome.init_ms, 3),
        },
    }


def test_a_traced_report_has_a_second_line(lab):
    function = lab.function("def handler(event, context):\n    return 1\n", is_traced=True)
    outcome = function.invoke(trace_header="Root=1-6ac7d554-62c6;Parent=854892f93105b5ae;Sampled=1")
    assert outcome.logs.endswith(
        "\t\nXRAY TraceId: 1-6ac7d554-62c6\tSegmentId: 854892f93105b5ae\tSampled: true\t\n"
    )
