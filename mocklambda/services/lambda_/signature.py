"""What a code signing configuration says to code: nothing here is ever signed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mocklambda.services.lambda_ import errors
from mocklambda.services.lambda_.function import Package
from mocklambda.services.service import AwsError

if TYPE_CHECKING:
    from mocklambda.services.lambda_.state import Lambda


def check_signature(state: Lambda, config_arn: str | None, package: Package) -> None:
    """Raise when the configuration is not there, or does not take unsigned code."""
    if not config_arn:
        return
    config = state.signing_configs.get(config_arn)
    if config is None:
        raise missing_config(config_arn)
    if config.policy == "Enforce" and package.upload is not None:
        raise AwsError(
            "CodeVerificationFailedException",
            "Lambda cannot deploy the function. The function or layer might be signed using a signature that "
            "the "
            "client is not configured to accept. Check the provided signature for unsigned.",
            400,
            fields=errors.USER,
        )


def missing_config(arn: str) -> AwsError:
    return AwsError(
        "CodeSigningConfigNotFoundException",
        "The code signing configuration cannot be found. "
        f"Check that the provided configuration is not deleted: {arn}.",
        404,
        fields=errors.USER,
    )
