"""What is uploaded is kept once, however many functions, versions and layers have it, and goes with the last."""

from __future__ import annotations

import gc
import random
import tracemalloc
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
import requests
from lambda_support import client, create, zipped

SIZE = 500_000
ASSET = random.Random(1).randbytes(SIZE // 2).hex()
LARGE = zipped(f"def handler(event, context):\n    return {ASSET!r}[:3]\n")


@pytest.fixture
def lam(mock_lambda: Any) -> Any:
    made = client()
    create(made, "warm")  # what the first function and the first layer bring is there
    made.publish_layer_version(LayerName="warm", Content={"ZipFile": zipped()})
    return made


@pytest.fixture
def kept() -> Iterator[Any]:
    """How many of the large zip's worth Python has allocated since then."""

    def count() -> int:
        gc.collect()
        return round((tracemalloc.get_traced_memory()[0] - before) / SIZE)

    tracemalloc.start()
    gc.collect()
    before = tracemalloc.get_traced_memory()[0]
    yield count
    tracemalloc.stop()


def test_functions_versions_and_layers_of_one_content_hold_it_once(lam: Any, kept: Any) -> None:
    for number in range(6):
        create(lam, f"fn-{number}", Code={"ZipFile": LARGE})
        lam.update_function_code(FunctionName=f"fn-{number}", ZipFile=LARGE, Publish=True)
        lam.publish_layer_version(LayerName=f"layer-{number}", Content={"ZipFile": LARGE})
    assert kept() == 1


def test_accounts_and_regions_share_it_too(lam: Any, kept: Any) -> None:
    for account in ("111111111111", "222222222222"):
        for region in ("us-east-1", "eu-west-1"):
            create(client(region, account), Code={"ZipFile": LARGE})
    assert kept() == 1


def test_the_last_that_has_it_takes_it_along(lam: Any, kept: Any) -> None:
    for name in ("one", "other", "third"):
        create(lam, name, Code={"ZipFile": LARGE}, Publish=True)
    lam.delete_function(FunctionName="one")
    lam.update_function_code(FunctionName="other", ZipFile=zipped())
    lam.delete_function(FunctionName="other", Qualifier="1")
    lam.update_function_code(FunctionName="third", ZipFile=zipped())
    assert kept() == 1
    lam.delete_function(FunctionName="third", Qualifier="1")
    assert kept() == 0


def test_what_comes_again_after_the_last_runs_and_is_downloaded_as_before(lam: Any) -> None:
    answers = []
    for _ in range(2):
        create(lam, Code={"ZipFile": LARGE})
        answers.append(lam.invoke(FunctionName="fn")["Payload"].read())
        url = lam.get_function(FunctionName="fn")["Code"]["Location"]
        assert requests.get(url, timeout=5).content == LARGE
        lam.delete_function(FunctionName="fn")
    assert answers == [b'"' + ASSET[:3].encode() + b'"'] * 2


def test_an_object_in_a_bucket_and_a_zip_in_the_call_are_one_content(lam: Any, kept: Any) -> None:
    s3 = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket="code")
    s3.put_object(Bucket="code", Key="fn.zip", Body=LARGE)
    before = kept()
    for number in range(6):
        create(lam, f"fn-{number}", Code={"S3Bucket": "code", "S3Key": "fn.zip"})
    create(lam, Code={"ZipFile": LARGE})
    assert kept() - before <= 1
