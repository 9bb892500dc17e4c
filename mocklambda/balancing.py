"""The sugar that puts a load balancer in front of a function; what the elbv2 API makes is moto's."""

from __future__ import annotations

from typing import Any

from mocklambda.handles import arn_of
from mocklambda.handles.front_end import LoadBalancer
from mocklambda.services.balancers import Balancer, Forward, HealthCheck, Listener, Rule, TargetGroup


class Balancing:
    """The part of `Cloud` that makes load balancers."""

    def alb(
        self: Any,
        function: Any,
        name: str = "alb",
        *,
        multi_value_headers: bool = False,
        health_check: str | None = None,
        interval: int = 35,
    ) -> LoadBalancer:
        """Put a load balancer in front of a function, listening on ports 80 and 443, and let it invoke that.

        It takes no elbv2 API, so no moto, no subnets; that API does not show it.

        Args:
            function: a handle, or the ARN of a function, version or alias.
            name: of the balancer and its target group.
            multi_value_headers: events and results have ``multiValueHeaders`` and so on.
            health_check: the path of health checks, which are off without one.
            interval: seconds from one health check to the next.

        Raises:
            ClientError: there is no such function.
        """
        region, account = self.config.region, self.config.account_id
        ids = self.registry.state("lambda", account, region)[1].ids
        start = f"arn:aws:elasticloadbalancing:{region}:{account}"
        target_arn = arn_of(function)
        check = None if health_check is None else HealthCheck(path=health_check, interval_ms=interval * 1000)
        group = TargetGroup(
            arn=f"{start}:targetgroup/{name}/{ids.hex(16)}",
            target_arn=target_arn,
            is_multi_value=multi_value_headers,
            health_check=check,
        )
        self.api(
            "lambda",
            "AddPermission",
            FunctionName=target_arn,
            StatementId=f"{name}-{ids.hex(8)}",
            Action="lambda:InvokeFunction",
            Principal="elasticloadbalancing.amazonaws.com",
            SourceArn=group.arn,
        )
        rules = [Rule(action=Forward(groups=[(group, 1)]))]
        balancer = Balancer(
            arn=f"{start}:loadbalancer/app/{name}/{ids.hex(16)}",
            dns_name=f"{name}-{int(ids.hex(8), 16)}.{region}.elb.amazonaws.com".lower(),
            listeners=[
                Listener(port=80, protocol="HTTP", rules=rules),
                Listener(port=443, protocol="HTTPS", rules=rules),
            ],
        )
        self.in_turn("lambda", lambda state, _: state.add_balancer(balancer, group))
        return LoadBalancer(self, balancer.dns_name, arn=balancer.arn, target_group_arn=group.arn)
