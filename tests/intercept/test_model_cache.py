"""botocore's models are read once for all clouds, and its own way is put back."""

from __future__ import annotations

from collections import Counter

import boto3
import botocore.session
import pytest
from botocore.loaders import JSONFileLoader, create_loader

from mocklambda import mock_lambda


def test_clients_of_a_later_cloud_read_no_model_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with mock_lambda():
        boto3.client("sqs", region_name="us-east-1")
    read: Counter[str] = Counter()
    original = JSONFileLoader.load_file

    def load_file(loader: JSONFileLoader, path: str) -> object:
        found = original(loader, path)
        if found is not None:
            read[path] += 1
        return found

    monkeypatch.setattr(JSONFileLoader, "load_file", load_file)
    with mock_lambda():
        boto3.client("sqs", region_name="us-east-1")
    assert read == {}


def test_sessions_made_after_the_stop_have_a_loader_of_their_own() -> None:
    with mock_lambda():
        pass
    assert botocore.session.create_loader is create_loader
