"""AWS Lambda's control plane and its door for invocations; running functions is ``execution/``'s."""

from __future__ import annotations

from mocklambda.services.lambda_.constraints import CONSTRAINTS
from mocklambda.services.lambda_.front_ends import function_urls, load_balancers
from mocklambda.services.lambda_.links import destination, resource, resource_policy
from mocklambda.services.lambda_.operations import OPERATIONS
from mocklambda.services.lambda_.scalable import scalable
from mocklambda.services.lambda_.state import Lambda
from mocklambda.services.service import Service

SERVICE = Service(
    name="lambda",
    operations=OPERATIONS,
    state=Lambda,
    validates=True,
    validation_overrides=CONSTRAINTS,
    destination=destination,
    resource_policy=resource_policy,
    resource=resource,
    scalable=scalable,
    doors={"lambda-url": function_urls.answer, "load-balancer": load_balancers.answer},
)
