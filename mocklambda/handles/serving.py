"""What a function answers at: its URL. Each method is a few ordinary API calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mocklambda.handles.front_end import FunctionUrl
from mocklambda.handles.handle import Handle


class Serving(Handle):
    """The part of a function that has to do with HTTP."""

    def url(
        self,
        *,
        alias: str | None = None,
        auth: str | None = None,
        cors: Mapping[str, Any] | None = None,
        stream: bool | None = None,
    ) -> FunctionUrl:
        """Return its URL, made and opened to the public at the first call; later calls change what they name.

        Args:
            alias: for this alias instead of ``$LATEST``.
            auth: ``NONE`` (of a new one) or ``AWS_IAM``.
            cors: as CreateFunctionUrlConfig takes it: ``{"AllowOrigins": ["*"]}``.
            stream: invoke mode ``RESPONSE_STREAM``.

        Raises:
            ClientError: as the API does.
        """
        from botocore.exceptions import ClientError

        place = {"FunctionName": self.name, "Qualifier": alias}
        wish = {
            "AuthType": auth,
            "Cors": dict(cors) if cors is not None else None,
            "InvokeMode": None if stream is None else "RESPONSE_STREAM" if stream else "BUFFERED",
        }
        api = self._cloud.api
        try:
            config = api("lambda", "GetFunctionUrlConfig", **place)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            config = api("lambda", "CreateFunctionUrlConfig", **place, **{**wish, "AuthType": auth or "NONE"})
        else:
            if any(value is not None for value in wish.values()):
                config = api("lambda", "UpdateFunctionUrlConfig", **place, **wish)
        if config["AuthType"] == "NONE":
            self._open(place)
        return FunctionUrl(self._cloud, config["FunctionUrl"], is_signed=config["AuthType"] == "AWS_IAM")

    def _open(self, place: Mapping[str, Any]) -> None:
        """Let everyone in, with the two statements that the console adds."""
        self._permit(
            **place,
            StatementId="FunctionURLAllowPublicAccess",
            Action="lambda:InvokeFunctionUrl",
            Principal="*",
            FunctionUrlAuthType="NONE",
        )
        if _knows_invocation_by_url():
            self._permit(
                **place,
                StatementId="FunctionURLInvokeAllowPublicAccess",
                Action="lambda:InvokeFunction",
                Principal="*",
                InvokedViaFunctionUrl=True,
            )

    def _permit(self, **statement: Any) -> None:
        from botocore.exceptions import ClientError

        try:
            self._cloud.api("lambda", "AddPermission", **statement)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceConflictException":  # it is there already
                raise


def _knows_invocation_by_url() -> bool:
    """Tell whether the installed botocore can say the second statement: those from before October 2025 can not."""
    from mocklambda.calls import target_of

    shape = target_of("lambda", "AddPermission")[0].input_shape
    return shape is not None and "InvokedViaFunctionUrl" in shape.members
