"""Service models, loaded once, with what botocore's copies lost put back. Data only; decides nothing."""

from __future__ import annotations

from functools import cache
from typing import Any

from botocore.loaders import Loader, create_loader
from botocore.model import ServiceModel

from mocklambda.wire import model_repairs


@cache
def _loader() -> Loader:
    return create_loader()


@cache
def service_model(name: str) -> ServiceModel:
    """Return the model of a service by botocore's name of it; raises botocore's UnknownServiceError."""
    return ServiceModel(_description(name), name)


@cache
def legacy_query_model(name: str) -> ServiceModel:
    """Return the model of a service as its old query protocol sees it (member names, flat lists)."""
    description = _description(name)
    return ServiceModel(model_repairs.as_query(name, description), name)


@cache
def _description(name: str) -> dict[str, Any]:
    description: dict[str, Any] = _loader().load_service_model(name, "service-2")
    return model_repairs.repaired(name, description)
