"""Which protocol the installed botocore's clients speak to a service."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botocore.model import ServiceModel


def own_protocol(model: ServiceModel) -> str:
    """Return the protocol that clients of a service speak; older versions of botocore know but one of each."""
    try:
        protocol: str = model.resolved_protocol
    except AttributeError:
        protocol = model.protocol
    return protocol
