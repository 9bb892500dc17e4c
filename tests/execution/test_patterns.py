"""The pattern language, as recorded from AWS."""

from __future__ import annotations

import json

import pytest

from mocklambda.execution.patterns import Dialect, Fields, InvalidPattern, compile_pattern


def leaf(entries):
    return {"f": entries if isinstance(entries, list) else [entries]}


RESULTS = [
    (["arn:a", "arn:b"], ["arn:x", "arn:b"], True),
    (["arn:a", "arn:b"], ["arn:x"], False),
    ([None], None, True),
    ([None], "null", False),
    ([None], [], False),
    ([""], "", True),
    ([False], False, True),
    ([False], True, False),
    ([False], 0, False),
    ([0], False, False),
    ([300], 300.0, True),
    ([300], "300", False),
    (["*"], "*", True),
    (["*"], "x", False),
    (["10.0.0.1"], "10.0.0.1", True),
    (["2001:db8::1"], "2001:0db8:0:0:0:0:0:1", True),
    ({"exactly": "a"}, "a", True),
    ({"exactly": "a"}, "ab", False),
    ({"prefix": "2022-07-13"}, "2022-07-13T13:48:01Z", True),
    ({"prefix": "2022-07-13"}, "2022-07-14T13:48:01Z", False),
    ({"prefix": ""}, "any", True),
    ({"suffix": ""}, "any", True),
    ({"prefix": {"equals-ignore-case": "EventB"}}, "EvEnTb", True),
    ({"suffix": ".png"}, "image.png", True),
    ({"suffix": ".PNG"}, "image.png", False),
    ({"suffix": {"equals-ignore-case": ".png"}}, "image.PNG", True),
    ({"suffix": {"equals-ignore-case": ".png"}}, "image.jpg", False),
    ({"equals-ignore-case": "ec2 instance"}, ["EC2 Instance"], True),
    ({"equals-ignore-case": ""}, "", True),
    ({"equals-ignore-case": ""}, "test-value", False),
    ({"wildcard": "/Users/*/doc.txt"}, "/Users/u/dir/dir/doc.txt", True),
    ({"wildcard": "/Users/*/doc.txt"}, "/Users/u/dir/notmatchingdoc.txt", False),
    (
        {"wildcard": "/Users/*/dir/dir/dir/dir/dir/doc.txt"},
        "/Users/u/dir/dir/dir/dir/dir/doc.txt",
        True,
    ),
    (
        {"wildcard": "/Users/*/dir/dir/dir/dir/dir/doc.txt"},
        "/Users/u/dir/dir/dir/dir/otherdir/doc.txt",
        False,
    ),
    (
        {"wildcard": "arn:aws:events:us-east-1:*:event-bus/*"},
        "arn:aws:events:us-east-1:123456789012:event-bus/b",
        True,
    ),
    ({"wildcard": ""}, "x", False),
    ({"wildcard": ""}, "", True),
    ({"wildcard": "a\\*b"}, "a*b", True),
    ({"wildcard": "a\\*b"}, "axb", False),
    ({"wildcard": "a\\\\*"}, "a\\b", True),
    ({"wildcard": "ab*ba"}, "aba", False),
    ({"wildcard": "*a*b*"}, "xaxbx", True),
    ({"wildcard": "*a*b*"}, "xbxax", False),
    ({"numeric": [">", 100]}, 101.0, True),
    ({"numeric": [">", 100]}, "300", False),
    ({"numeric": [">", 100]}, None, False),
    ({"numeric": [">", 0, "<=", 5]}, 3, True),
    ({"numeric": [">", 0, "<=", 5]}, 42, False),
    ({"numeric": [">", 0, "<=", 5]}, 0, False),
    ({"numeric": ["=", 3.018e2]}, 301.8, True),
    ({"numeric": ["=", 3.018e2]}, 901.8, False),
    ({"numeric": [">=", 200, "<=", 500]}, 500, True),
    ({"numeric": ["=", 1]}, True, False),
    ({"exists": True}, "x", True),
    ({"exists": True}, None, True),
    ({"exists": True}, {"g": 1}, False),
    ({"exists": True}, [], False),
    ({"exists": False}, "x", False),
    ({"exists": False}, {"g": 1}, True),
    ({"anything-but": "initializing"}, "pending", True),
    ({"anything-but": "initializing"}, None, True),
    ({"anything-but": "initializing"}, "initializing", False),
    ({"anything-but": ["stopped", "overloaded"]}, None, True),
    ({"anything-but": ["stopped", "overloaded"]}, "stopped", False),
    ({"anything-but": 123}, 789, True),
    ({"anything-but": 123}, 123, False),
    ({"anything-but": 0}, False, True),
    ({"anything-but": [100, 200, 300]}, 999, True),
    ({"anything-but": [100, 200, 300]}, 300, False),
    ({"anything-but": {"prefix": "init"}}, "post-init", True),
    ({"anything-but": {"prefix": "init"}}, 12, True),
    ({"anything-but": {"prefix": "init"}}, "init-prefix", False),
    ({"anything-but": {"prefix": ["init", "test"]}}, "post-init", True),
    ({"anything-but": {"prefix": ["init", "post"]}}, "post-init", False),
    ({"anything-but": {"suffix": ".txt"}}, "file.txt.bak", True),
    ({"anything-but": {"suffix": [".txt", ".jpg"]}}, "file.jpg", False),
    ({"anything-but": {"equals-ignore-case": "initializing"}}, "INITIALIZING", False),
    ({"anything-but": {"equals-ignore-case": ["initializing", "stopped"]}}, "Stopped", False),
    ({"anything-but": {"wildcard": "*/init/*"}}, "dir/init/file", False),
    ({"anything-but": {"wildcard": ["*/init/*", "*/dir/*"]}}, "dir/post/dir", True),
    ({"anything-but": {"wildcard": ["*/init/*", "*/dir/*"]}}, "dir/init/dir", False),
    ({"anything-but": {"wildcard": ""}}, "x", True),
    ({"cidr": "10.0.0.0/24"}, "10.0.0.255", True),
    ({"cidr": "10.0.0.0/24"}, "10.0.0.256", False),
    ({"cidr": "10.0.0.0/24"}, 123, False),
    ({"cidr": "2001:db8:1234:1a00::/64"}, "2001:0db8:1234:1a00:0000:0000:0000:0000", True),
    ({"cidr": "2001:db8:1234:1a00::/64"}, "2001:0db8:123f:1a01:0000:0000:0000:0000", False),
    ([{"exists": True}, {"prefix": "X"}, {"suffix": "X"}], "my-value", True),
    ([{"numeric": [">", 100]}, {"anything-but": "101"}], "42", True),
    ([{"numeric": [">", 100]}, {"anything-but": "101"}], "101", False),
]


@pytest.mark.parametrize(("entries", "value", "expected"), RESULTS)
def test_a_value_matches_as_recorded(entries, value, expected):
    assert compile_pattern(leaf(entries)).matches({"f": value}) is expected


@pytest.mark.parametrize(
    ("pattern", "document", "expected"),
    [
        ({"N": ["1234"]}, {"S": "ABCD", "N": "1234"}, True),
        ({"MY_KEY": ["v"]}, {"my_key": "v"}, False),
        ({"state": {"status": ["running"]}}, {"state.status": "running"}, True),
        ({"state": {"status": ["running"]}}, {"state.status": {"status": "running"}}, False),
        ({"state.status": ["running"]}, {"state": {"status": "running"}}, True),
        ({"state.status": {"status": ["running"]}}, {"state": {"status": "running"}}, False),
        ({"automations": {"id": [{"exists": True}]}}, {"automations": [{"x": 1}, {"id": "2"}]}, True),
        ({"detail": {"my-key": ["my-value"]}}, {"detail": '{"my-key": "my-value"}'}, False),
        ({"f": [{"anything-but": ["roses"]}, {"exists": False}]}, {"g": 1}, True),
        ({"p": {"f": [{"anything-but": ["roses"]}, {"exists": False}]}}, {"g": 1}, True),
        ({"f": [{"anything-but": "x"}]}, {"g": 1}, False),
        ({"f": [None, {"anything-but": "x"}]}, {"g": 1}, False),
        (
            {"Records": {"s3": {"object": {"key": ["k"]}}}},
            {"Records": [[{"s3": {"object": {"key": "k"}}}]]},
            True,
        ),
        ({"a": {"x": [1], "y": [2]}}, {"a": [{"x": 1, "y": 2}]}, True),
        ({"a": {"x": [1], "y": [2]}}, {"a": [{"x": 1, "y": 3}, {"x": 3, "y": 2}]}, False),
        ({"a": {"x": [1]}, "b": {"x": [2]}}, {"a": [{"x": 0}, {"x": 1}], "b": [{"x": 2}]}, True),
    ],
)
def test_names_find_their_values(pattern, document, expected):
    assert compile_pattern(pattern).matches(document) is expected


@pytest.mark.parametrize(
    ("c", "d", "x", "expected"), [(0, 0, 901.8, True), (0, 10, 901.8, False), (3, 10, 0, True)]
)
def test_one_alternative_is_enough(c, d, x, expected):
    pattern = {
        "$or": [
            {"c": [{"numeric": [">", 0, "<=", 5]}]},
            {"d": [{"numeric": ["<", 10]}]},
            {"x": [{"numeric": ["=", 3.018e2]}]},
        ]
    }
    assert compile_pattern(pattern).matches({"c": c, "d": d, "x": x}) is expected


@pytest.mark.parametrize(("source", "expected"), [("a", True), ("b", False)])
def test_alternatives_hold_together_with_their_siblings(source, expected):
    pattern = compile_pattern({"source": ["a"], "$or": [{"x": [1]}, {"y": [2]}]})
    assert pattern.matches({"source": source, "y": 2}) is expected


def test_the_last_of_two_equal_keys_counts():
    text = '{"location": [{"prefix": "us-"}], "location": [{"anything-but": "us-east"}]}'
    assert compile_pattern(text).matches({"location": "eu-central-1"})


@pytest.mark.parametrize("document", ["text", ["f"], None, 1])
def test_what_is_no_object_never_matches(document):
    assert not compile_pattern({"f": [{"exists": False}]}).matches(document)


def test_a_flattened_document_serves_many_patterns():
    fields = Fields({"a": {"b": 1}})
    assert [compile_pattern(p).matches_fields(fields) for p in ({"a": {"b": [1]}}, {"a.b": [2]})] == [
        True,
        False,
    ]


LOCATED = [
    ('{"int": 42}', '"int" must be an object or an array', 11),
    ('{"string": "my-value"}', '"string" must be an object or an array', 13),
    ('{"key_a":"value_one"}', '"key_a" must be an object or an array', 11),
    ('{"key":{"suffix":"value"}}', '"suffix" must be an object or an array', 19),
    ('{"resources": []}', "Empty arrays are not allowed", 17),
    ('{"key":[]}', "Empty arrays are not allowed", 10),
    ('["not", "a"]', "Filter is not an object", 2),
    ("{}", "Empty objects are not allowed", 3),
    ('{"detail": {}}', "Empty objects are not allowed", 14),
    ('{"key":[["value"]]}', "Match value must be String, number, true, false, or null", 10),
    ('{"a": [{}]}', "Match expression name not found", 10),
    ('{"my_key": [{"EXISTS": true}]}', "Unrecognized match type EXISTS", 28),
    ('{"key":[{"wrong-operator":true}]}', "Unrecognized match type wrong-operator", 31),
    ('{"detail": {"equal": [{"NUMERIC": ["=", 5]}]}}', "Unrecognized match type NUMERIC", 36),
    ('{"key":[{"suffix":"value","prefix":"value2"}]}', "Only one key allowed in match expression", 37),
    ('{"time": [{"prefix": 123}]}', "prefix match pattern must be a string", 25),
    ('{"time": [{"prefix": ["2022-07-13"]}]}', "prefix match pattern must be a string", 23),
    ('{"FileName": [{"suffix": 123}]}', "suffix match pattern must be a string", 29),
    ('{"FileName": [{"suffix": [".png"]}]}', "suffix match pattern must be a string", 27),
    (
        '{"detail-type": [{"equals-ignore-case": ["x"]}]}',
        "equals-ignore-case match pattern must be a string",
        42,
    ),
    ('{"EventBusArn": [{"wildcard": 123}]}', "wildcard match pattern must be a string", 34),
    ('{"EventBusArn": [{"wildcard": ["x"]}]}', "wildcard match pattern must be a string", 32),
    (
        '{"EventBusArn": [{"wildcard": "arn:aws:events:us-east-1:**:event-bus/*"}]}',
        "Consecutive wildcard characters at pos 26",
        72,
    ),
    ('{"f":[{"wildcard":"a\\\\b"}]}', "Invalid escape character at pos 2", 25),
    ('{"f":[{"exactly":1}]}', "exact match pattern must be a string", 19),
    ('{"f":[{"prefix":{"foo":"x"}}]}', "Unsupported prefix pattern: foo", 25),
    ('{"f":[{"suffix":{}}]}', "Suffix expression name not found", 19),
    ('{"detail": {"c-count": [{"numeric": 10}]}}', "Value of numeric must be an array.", 39),
    ('{"detail": {"c-count": [{"numeric": [">", 0, ">", 0]}]}}', "Bad numeric range operator: >", 49),
    ('{"detail": {"c-count": [{"numeric": [">", 0, "<"]}]}}', "Value of < must be numeric", 50),
    (
        '{"detail": {"state": [{"anything-but": null}]}}',
        "Value of anything-but must be an array or single string/number value.",
        44,
    ),
    (
        '{"detail": {"FileName": [{"anything-but": {"prefix": {"equals-ignore-case": "file"}}}]}}',
        "Value of anything-but must be an array or single string/number value.",
        55,
    ),
    (
        '{"detail": {"state": [{"anything-but": {"equals-ignore-case": 123}}]}}',
        "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.",
        66,
    ),
    (
        '{"detail": {"state": [{"anything-but": {"prefix": 123}}]}}',
        "prefix/suffix match pattern must be a string",
        54,
    ),
    (
        '{"detail": {"FileName": [{"anything-but": {"suffix": 123}}]}}',
        "prefix/suffix match pattern must be a string",
        57,
    ),
    (
        '{"detail": {"FilePath": [{"anything-but": {"wildcard": 123}}]}}',
        "wildcard match pattern must be a string",
        59,
    ),
    ('{"detail": {"FileName": [{"anything-but": {"prefix": ""}}]}}', "Null prefix/suffix not allowed", 56),
    (
        '{"detail": {"sourceIPAddress": [{"cidr": ["bad-type"]}]}}',
        "prefix match pattern must be a string",
        43,
    ),
    ('{"key":[{"exists":null}]}', "exists match pattern must be either true or false.", 23),
    ('{"key":[{"exists":"no"}]}', "exists match pattern must be either true or false.", 20),
    (
        '{"key":[{"anything-but":{"wrong-operator":null}}]}',
        "Unsupported anything-but pattern: wrong-operator",
        47,
    ),
    (
        '{"key":[{"anything-but":["a",1]}]}',
        "Inside anything but list, either all values are number or string, mixed type is not supported",
        32,
    ),
    (
        '{"key":[{"numeric":["=",0.12345678901234567890]}]}',
        "Cannot compare number : 0.12345678901234567890",
        47,
    ),
    ('{"$or":{"a":[1]}}', "It must be an Array followed with $or.", 9),
    ('{"$or":[1]}', "Only JSON object is allowed in array of $or relationship.", 10),
    ('{"$or":[{"a":[1]}]}', "There must have at least 2 Objects in $or relationship.", 19),
    (
        '{"$or":[{"prefix":[1]},{"a":[1]}]}',
        "prefix is Ruler reserved fieldName which cannot be used inside $or.",
        20,
    ),
    (
        "this is valid json but not a dict",
        "Unrecognized token 'this': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
        5,
    ),
    (
        "{'bad': 'quotation'}",
        "Unexpected character (''' (code 39)): was expecting double-quote to start field name",
        2,
    ),
    (
        '{"not": closed mark"',
        "Unrecognized token 'closed': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
        15,
    ),
]

NUMERIC = [
    ("[]", "Invalid member in numeric match: ]", 22),
    ('[1,"<="]', "Invalid member in numeric match: 1", 22),
    ('["operator"]', "Unrecognized numeric range operator: operator", 32),
    ('["=","000"]', "Value of equals must be numeric", 26),
    ('[">="]', "Value of >= must be numeric", 26),
    ('[">","20","<","30"]', "Value of > must be numeric", 26),
    ('["<",100,">",10]', "Too many elements in numeric expression", 30),
    ('[">",20,30]', "Bad value in numeric range: 30", 30),
    ('[">=",1,">",2]', "Bad numeric range operator: >", 31),
    ('[">",20,"test"]', "Bad numeric range operator: test", 34),
    ('[">",20,"<="]', "Value of <= must be numeric", 33),
    ('[">",20,"<","30"]', "Value of < must be numeric", 33),
    ('[">",3,"<",1]', "Bottom must be less than top", 33),
    ('[">",20,"<",30,"<",50]', "Too many terms in numeric range expression", 36),
]

TWICE = [
    (
        '{"anything-but": ["stopped", null]}',
        "Inside anything but list, start|null|boolean is not supported.",
        56,
    ),
    (
        '{"anything-but": {"equals-ignore-case": [123, 456]}}',
        "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.",
        67,
    ),
    ('{"anything-but": {"prefix": [123, "test"]}}', "prefix/suffix match pattern must be a string", 55),
    ('{"anything-but": {"wildcard": [123, "*/dir/*"]}}', "wildcard match pattern must be a string", 57),
]

PLACELESS = [
    ("bad-filter", "Malformed CIDR, one '/' required"),
    ("bad-/64filter", "Malformed CIDR, mask bits must be an integer"),
    ("bad-filter/64", "Nonstandard IP address: bad-filter"),
    ("xx.11.xx/8", "Nonstandard IP address: xx.11.xx"),
    ("xxxx:db8:1234:1a00::/64", "Nonstandard IP address: xxxx:db8:1234:1a00::"),
    ("10.0.0.0/-1", "Malformed CIDR, mask bits must not be negative"),
    ("10.0.0.0/32", "IPv4 mask bits must be < 32"),
    ("::/128", "IPv6 mask bits must be < 128"),
    ("999.1.1.1/8", "Invalid IP address: 999.1.1.1"),
]


def refusal(text, dialect=Dialect.RULE):
    with pytest.raises(InvalidPattern) as caught:
        compile_pattern(text, dialect=dialect)
    return caught.value


def summary(error):
    return error.reason, error.column, error.locations


@pytest.mark.parametrize(("text", "reason", "column"), LOCATED)
def test_a_refusal_names_the_place_the_reader_had_reached(text, reason, column):
    assert summary(refusal(text)) == (reason, column, 1)


@pytest.mark.parametrize(("arguments", "reason", "column"), NUMERIC)
def test_a_bad_number_range_is_refused(arguments, reason, column):
    assert summary(refusal('{"key":[{"numeric":' + arguments + "}]}")) == (reason, column, 1)


@pytest.mark.parametrize(("entry", "reason", "column"), TWICE)
def test_a_fault_in_a_list_of_exclusions_names_its_place_twice(entry, reason, column):
    assert summary(refusal('{"detail": {"state": [' + entry + "]}}")) == (reason, column, 2)


@pytest.mark.parametrize(("block", "reason"), PLACELESS)
def test_a_bad_address_block_names_no_place(block, reason):
    error = refusal({"f": [{"cidr": block}]})
    assert (error.reason, error.text("x")) == (reason, reason)


def test_too_many_wildcards_are_refused():
    assert refusal({"f": [{"wildcard": "*:*:*:*:*:event-bus/*"}]}).text("x") == (
        "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences"
        " after a wildcard character"
    )


def test_a_refusal_reads_as_the_front_door_shows_it():
    error = refusal('{"int": 42}')
    assert error.text('(String)"{"int": 42}"') == (
        '"int" must be an object or an array\n at [Source: (String)"{"int": 42}"; line: 1, column: 11]'
    )


@pytest.mark.parametrize(
    ("text", "reason", "column"),
    [
        ('{"key":[{"anything-but":{"prefix":false}}]}', "prefix match pattern must be a string", 40),
        ('{"key":[{"anything-but":{"suffix":"x"}}]}', "Unsupported anything-but pattern: suffix", 36),
    ],
)
def test_a_subscription_knows_less_exclusions(text, reason, column):
    assert summary(refusal(text, Dialect.SUBSCRIPTION)) == (reason, column, 1)


def test_alternatives_are_limited():
    nested = {f"k{n}": {"$or": [{"a": [1]}, {"b": [2]}]} for n in range(12)}
    assert refusal(json.dumps(nested)).locations == 0


def test_a_deeply_nested_document_is_no_trouble():
    document: dict = {"end": 1}
    for _ in range(5_000):
        document = {"a": document}
    assert not compile_pattern({"a": ["x"]}).matches(document)


def test_a_pattern_is_not_nested_without_end():
    error = refusal('{"a":' * 300 + "[1]" + "}" * 300)
    assert error.reason == "Document nesting depth (251) exceeds the maximum allowed (250)"
