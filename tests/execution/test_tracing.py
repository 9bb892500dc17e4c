from __future__ import annotations

import pytest

from mocklambda.execution.tracing import RecursionStopped, Tracer, merge, read, read_lineage
from mocklambda.ids import Ids

from .world import START, arn_of

ROOT = "Root=1-3152b799-8954dae64eda91bc9a23a7e8"


def header(incoming: str | None, name: str = "fn", tracer: Tracer | None = None, **options: bool) -> str:
    values = {"is_traced": False, "may_loop": False, **options}
    return (tracer or Tracer(Ids(1))).header(incoming, arn_of(name), START, **values)


def test_a_root_that_was_sent_stays_and_the_parent_is_new() -> None:
    fields = read(header(f"{ROOT};Parent=7fa8c0f79203be72;Sampled=1"))
    assert (fields["Root"], fields["Sampled"]) == (ROOT[5:], "1")
    assert fields["Parent"] != "7fa8c0f79203be72"


def test_without_a_header_there_is_a_new_root_that_is_not_sampled() -> None:
    fields = read(header(None))
    assert fields["Root"].startswith("1-6553f100-")
    assert fields["Sampled"] == "0"


def test_an_active_function_samples_the_first_request_of_a_second() -> None:
    assert read(header(None, is_traced=True))["Sampled"] == "1"


def test_a_chain_of_one_function_ends_after_sixteen() -> None:
    tracer, current = Tracer(Ids(1)), None
    for _ in range(16):
        current = header(current, tracer=tracer)
    with pytest.raises(RecursionStopped):
        header(current, tracer=tracer)
    assert header(current, tracer=tracer, may_loop=True)


def test_each_function_of_a_chain_is_counted_for_itself() -> None:
    current = header(header(header(None, "a"), "b"), "a")
    assert sorted(read_lineage(read(current)["Lineage"]).values()) == [0, 1]


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("037bed70:0", {"037bed70": 0}),
        ("1:fe460cdd:0", {"fe460cdd": 0}),
        ("a87bd80c:1|68fd508a:5|c512fbe3:2", {"a87bd80c": 1, "68fd508a": 5, "c512fbe3": 2}),
        ("1:a87bd80c:1|68fd508a:5", {"a87bd80c": 1, "68fd508a": 5}),
        ("nonsense", {}),
        (None, {}),
    ],
)
def test_lineages_of_both_forms_are_read(text: str | None, counts: dict[str, int]) -> None:
    assert read_lineage(text) == counts


def test_merged_chains_keep_the_longest_count_of_each_function() -> None:
    merged = merge(["Lineage=a1:3|b2:0", None, "Root=1-2-3;Lineage=1:a1:1|b2:7"])
    assert read_lineage(read(merged)["Lineage"]) == {"a1": 3, "b2": 7}


def test_chains_without_a_lineage_merge_to_nothing() -> None:
    assert merge([None, ROOT]) is None
