"""Bodies that are no streams end, too, for who reads them bit by bit with requests."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
import requests

LARGE = 3 << 20


@pytest.mark.parametrize("size", [0, 10, LARGE])
@pytest.mark.parametrize("piece", [1 << 16, None])
def test_an_object_is_read_bit_by_bit_to_its_end(mock_lambda: Any, size: int, piece: int | None) -> None:
    mock_lambda.bucket("box").put("key", b"x" * size)
    target = {"Bucket": "box", "Key": "key"}
    url = boto3.client("s3", region_name="us-east-1").generate_presigned_url("get_object", Params=target)
    answer = requests.get(url, stream=True, timeout=5)
    assert (sum(map(len, answer.iter_content(piece))), answer.headers["Content-Length"]) == (size, str(size))


@pytest.mark.parametrize("piece", [3, None])
def test_an_answer_of_a_function_url_is_read_bit_by_bit_to_its_end(
    mock_lambda: Any, piece: int | None
) -> None:
    function = mock_lambda.function("fn", source="def handler(event, context):\n    return 'x' * 10\n")
    answer = requests.get(function.url().url, stream=True, timeout=5)
    assert b"".join(answer.iter_content(piece)) == b"x" * 10
