"""Service models, parsed once in the zygote and shared by all that it forks."""

from __future__ import annotations

from typing import Any

from . import sessions

NAMES = ("s3", "sqs", "sns", "dynamodb", "lambda", "kinesis", "events", "secretsmanager", "ssm", "sts")
"""What handlers use most."""


def warm() -> None:
    """Load boto3, its models and what making a client loads on top."""
    import boto3
    import botocore.hooks

    sessions.share(botocore.hooks)
    loader = share()
    for name in NAMES:
        strip(loader.load_service_model(name, "service-2"))
        loader.load_service_model(name, "endpoint-rule-set-1")
    session = boto3.session.Session(aws_access_key_id="-", aws_secret_access_key="-", region_name="us-east-1")  # noqa: S106 - none
    session.client("sqs")
    session.client("s3")


def strip(model: Any) -> None:
    """Take the documentation out of a loaded model: most of its size, which every fork would pay for."""
    if isinstance(model, dict):
        if isinstance(model.get("documentation"), str):
            model["documentation"] = ""
        for value in model.values():
            strip(value)
    elif isinstance(model, list):
        for value in model:
            strip(value)


def share() -> Any:
    """Make one loader serve all sessions of this process and its forks."""
    import botocore.loaders
    import botocore.session

    create = botocore.loaders.create_loader
    loader = create()

    def create_loader(search_path_string: str | None = None) -> Any:
        return create(search_path_string) if search_path_string else loader

    botocore.loaders.create_loader = create_loader
    if hasattr(botocore.session, "create_loader"):
        botocore.session.create_loader = create_loader
    return loader
