"""What a code signing configuration says to code: nothing here is ever signed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mocklambda.services.lambda_ import errors
from mocklambda.services.lambda_.function import Package

if TYPE_CHECKING:
    from mocklambda.services.lambda_.state import Lambda


def check_signature(state: Lambda, config_arn: str | None, package: Package) -> None:
    """Raise when the configuration is not there, or does not take unsigned code."""
    if not config_arn:
        return
    config = state.signing_configs.get(config_arn)
    if config is None:
        raise errors.AwsError(
            "CodeSigningConfigNotFoundException",
            "The code signing configuration cannot be found. "
            f"Check that the provided configuration is not deleted: {config_arn}.",
            404,
            fields=errors.USER,
        )
    if config.policy == "Enforce" and package.content is not None:
        raise errors.AwsError(
            "CodeVerificationFailedException",
            "Lambda cannot deploy the function. The function or layer might be signed using a signature that the "
            "client is not configured to accept. Check the provided signature for unsigned.",
            400,
            fields=errors.USER,
        )
