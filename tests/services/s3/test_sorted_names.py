"""Names stay sorted, whatever comes and goes."""

from __future__ import annotations

from hypothesis import given, settings, strategies as st

from mocklambda.services.s3.keys import SortedNames, after_all_with
from mocklambda.services.s3.listing import page

NAMES = st.text("ab/é\U0001d11e", max_size=6)


def names_of(texts):
    names = SortedNames()
    for text in texts:
        names.add(text)
    return names


@settings(derandomize=True, max_examples=60)
@given(st.lists(NAMES), st.lists(NAMES), NAMES)
def test_adding_and_removing_is_a_sorted_set(added, removed, start):
    names = names_of(added)
    for text in removed:
        names.remove(text)

    expected = sorted(set(added) - set(removed), key=str.encode)
    assert list(names) == expected
    assert list(names.starting_at(start)) == [name for name in expected if name >= start]


def test_many_names_are_kept_in_blocks():
    texts = [f"{number * 7919 % 10_007:05d}" for number in range(10_007)]

    names = names_of(texts)
    for text in texts[:9000]:
        names.remove(text)

    assert list(names) == sorted(texts[9000:])


def test_after_all_with_a_prefix_comes_the_next_text():
    assert after_all_with("a/") == "a0"
    assert after_all_with("a\U0010ffff") == "b"
    assert after_all_with("\U0010ffff") is None
    assert after_all_with("") is None


def brute_page(texts, prefix, delimiter, marker, limit):
    """What a page is, said slowly: group everything, drop what is not after the marker, cut."""

    def shown(name):
        if delimiter and (found := name.find(delimiter, len(prefix))) >= 0:
            return name[: found + len(delimiter)], True
        return name, False

    skipped = shown(marker) if marker.startswith(prefix) else (marker, False)
    items = sorted(
        {shown(name) for name in texts if name.startswith(prefix)}, key=lambda item: item[0].encode()
    )
    rest = [
        item
        for item in items
        if not marker
        or (item[0] > marker and item != skipped)
        or (item[1] and item != skipped and item[0] > marker)
    ]
    page = rest[:limit]
    return (
        [name for name, is_group in page if not is_group],
        [name for name, is_group in page if is_group],
        len(rest) > limit,
    )


@settings(derandomize=True, max_examples=200)
@given(st.sets(NAMES), st.text("ab/", max_size=2), st.sampled_from(["", "/", "b"]), NAMES, st.integers(1, 4))
def test_a_page_is_what_grouping_everything_gives(texts, prefix, delimiter, marker, limit):
    found = page(names_of(texts), prefix=prefix, delimiter=delimiter, marker=marker, limit=limit)

    assert (found.keys, found.groups, found.is_truncated) == brute_page(
        texts, prefix, delimiter, marker, limit
    )
