"""All of Lambda in one account and region: functions by name, and what runs under an ARN."""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import replace
from typing import Any

from mocklambda.clock.base import Millis
from mocklambda.execution.directory import EventPolicy, Target
from mocklambda.execution.refusals import Unstartable
from mocklambda.execution.values import Executor, FunctionSpec, Outcome
from mocklambda.services.balancers import Balancer, TargetGroup
from mocklambda.services.lambda_.capacity import CapacityProvider
from mocklambda.services.lambda_.durable.executions import DurableExecutions
from mocklambda.services.lambda_.front_ends.health_checks import HealthChecks
from mocklambda.services.lambda_.function import Function, Package, Provision, UrlConfig, Version
from mocklambda.services.lambda_.interfaces import Interfaces, places_of
from mocklambda.services.lambda_.key_use import check_start, retire_grants
from mocklambda.services.lambda_.layer import Layer
from mocklambda.services.lambda_.names import LATEST, LATEST_PUBLISHED, function_arn
from mocklambda.services.lambda_.policy import Caller
from mocklambda.services.lambda_.settings import Settings
from mocklambda.services.lambda_.signing import SigningConfig
from mocklambda.services.lambda_.snap_start import failure_of, has_snapshot
from mocklambda.services.lambda_.source_mapping import SourceMapping
from mocklambda.services.lambda_.specs import build_spec
from mocklambda.services.service import Scope


class Lambda:
    """The functions, layers and mappings of one account and region."""

    def __init__(self, scope: Scope[Lambda]) -> None:
        self.scope = scope
        self.functions: dict[str, Function] = {}
        self.names: list[str] = []
        self.layers: dict[str, Layer] = {}
        self.layer_names: list[str] = []
        self.signing_configs: dict[str, SigningConfig] = {}
        self.capacity_providers: dict[str, CapacityProvider] = {}
        """By name."""
        self.mappings: dict[str, SourceMapping] = {}
        self.urls: dict[str, tuple[Function, str]] = {}
        """By URL id: the function and the alias, the empty string for none."""
        self.balancers: dict[str, Balancer] = {}
        """Load balancers that a test gave to the session itself, by DNS name."""
        self.health_checks = HealthChecks(scope)
        self.networks = scope.links.networks(scope.account, scope.region)
        self._interfaces = Interfaces(self.networks, scope.clock, scope.ids, scope.account)
        self.durable = DurableExecutions(scope)
        self._mapping_keys: dict[tuple[str, str], SourceMapping] = {}
        self._mapping_count = 0
        self.images: dict[str, tuple[str, Any]] = {}
        """By URI: digest in hexadecimal, and what the sandbox knows the image by."""
        self.code_used = 0
        """Bytes of all zips of versions and layer versions, as account settings count them."""
        self._provisions: dict[str, Provision] = {}
        self._default_executor = Executor(scope.config.executor)
        scope.execution.add_directory(scope.account, scope.region, self)

    # -- functions ---------------------------------------------------------------------------------------

    def arn(self, name: str, qualifier: str | None = None) -> str:
        """Return a function's ARN, whether it is there or not."""
        return function_arn(self.scope.region, self.scope.account, name, qualifier)

    def create(self, name: str, settings: Settings, package: Package, now: Millis) -> Function:
        """Add a function, Pending until the end of the turn."""
        latest = Version(
            number=LATEST,
            settings=settings,
            package=package,
            revision_id=self.scope.ids.uuid(),
            modified_at=now,
            spec=self._spec(settings, package, name, LATEST),
            is_pending=True,
        )
        function = Function(
            name=name,
            arn=self.arn(name),
            latest=latest,
            created_at=now,
            provision=self._provisions.get(name),
        )
        self.functions[name] = function
        insort(self.names, name)
        self.code_used += package.size
        self._finish_soon(function, latest)
        self.wake_mappings(name)
        return function

    def deploy(self, function: Function, settings: Settings, package: Package, now: Millis) -> None:
        """Change ``$LATEST``: replies tell at once, what runs follows at the end of the turn."""
        latest = function.latest
        if package is not latest.package:
            self._run_uploaded(function)
        self.code_used += package.size - latest.package.size
        latest.settings = settings
        latest.package = package
        latest.revision_id = self.scope.ids.uuid()
        latest.modified_at = now
        latest.is_updating = True
        self._finish_soon(function, latest)

    def publish(self, function: Function, description: str | None, *, is_pending: bool = False) -> Version:
        """Publish ``$LATEST``, or return the version that it already is."""
        latest = function.latest
        content = (latest.settings, latest.package.sha256)
        current = function.versions.get(str(function.published))
        if current is not None and function.published_from == content:
            return current
        settings = (
            latest.settings if description is None else latest.settings.changed({"Description": description})
        )
        number = str(function.published + 1)
        version = Version(
            number=number,
            settings=settings,
            package=latest.package,
            revision_id=self.scope.ids.uuid(),
            modified_at=latest.modified_at,
            spec=self._spec(settings, latest.package, function.name, number),
            is_pending=is_pending,
        )
        function.add_version(version)
        function.published_from = content
        self.code_used += version.package.size
        if has_snapshot(version.spec):
            self._take_snapshot(function, version)
        elif is_pending:
            self._finish_soon(function, version)
        self.wake_mappings(function.name)
        return version

    def publish_latest(self, function: Function, now: Millis) -> Version:
        """Publish ``$LATEST`` as ``$LATEST.PUBLISHED``, made now or changed in its place."""
        latest, known = function.latest, function.versions.get(LATEST_PUBLISHED)
        version = known or replace(latest, number=LATEST_PUBLISHED, is_pending=False, hosting=None)
        self.code_used += latest.package.size - (known.package.size if known is not None else 0)
        version.settings, version.package = latest.settings, latest.package
        version.revision_id, version.modified_at = self.scope.ids.uuid(), now
        version.is_updating = False
        function.versions[LATEST_PUBLISHED] = version
        self._respecify_version(function, version)
        self.scope.execution.fleet.retire_version(function.arn, LATEST_PUBLISHED)
        return version

    def _take_snapshot(self, function: Function, version: Version) -> None:
        """Run a version's init for all its environments; the version is Pending until that is done."""
        version.is_pending = True

        def taken(failed: Outcome | None) -> None:
            if failed is not None:
                version.failure = failure_of(failed)
            self.finish(function, version)

        self.scope.execution.snapshots.take(version.spec, taken)

    def delete(self, function: Function) -> None:
        """Forget a function, its versions and all that hangs on its name; mappings stay (R)."""
        del self.functions[function.name]
        del self.names[bisect_left(self.names, function.name)]
        self.code_used -= function.code_size
        self._provisions.pop(function.name, None)
        for url in function.urls.values():
            self.urls.pop(url.url_id, None)
        retire_grants(self, function)
        self._keep_interfaces()
        self.scope.execution.forget_function(function.arn)

    def delete_version(self, function: Function, number: str) -> None:
        """Forget one published version."""
        self.code_used -= function.versions[number].package.size
        self.scope.execution.provisioned.delete(function.arn, number)
        self.scope.execution.managed.forget(function.arn, number)
        self.scope.execution.snapshots.drop(function.arn, number)
        function.remove_version(number)
        self.scope.execution.fleet.retire_version(function.arn, number)
        self._keep_interfaces()

    def add_url(self, function: Function, key: str, url: UrlConfig) -> None:
        """Keep a function's or alias's URL."""
        function.urls[key] = url
        self.urls[url.url_id] = (function, key)

    def forget_url(self, function: Function, key: str) -> None:
        """Forget a function's or alias's URL, if it has one."""
        url = function.urls.pop(key, None)
        if url is not None:
            del self.urls[url.url_id]

    def close_url(self, function: Function, key: str) -> None:
        """Take the URL from an alias that is deleted: its id is known still, and refused (R)."""
        function.urls.pop(key, None)

    def add_balancer(self, balancer: Balancer, group: TargetGroup) -> None:
        """Keep a load balancer with one target group."""
        self.balancers[balancer.dns_name] = balancer
        self.health_checks.watch(group)

    def provide(self, name: str, *, target: Any = None, executor: Executor) -> None:
        """Say how a function, there already or made later, runs; ``target`` in place of uploaded code."""
        provision = self._provisions[name] = Provision(executor=executor, target=target)
        function = self.functions.get(name)
        if function is not None:
            function.provision = provision
            self._respecify(function)

    def provision(self, name: str) -> Provision | None:
        """Return what was provided for a function's name."""
        return self._provisions.get(name)

    def withdraw(self, name: str) -> None:
        """Have a function run its own code again."""
        self._provisions.pop(name, None)
        function = self.functions.get(name)
        if function is not None:
            function.provision = None
            self._respecify(function)

    def register_image(self, uri: str, digest: str, image: Any) -> None:
        """Let functions be made of an image; ``digest`` is hexadecimal, ``image`` the sandbox's business."""
        self.images[uri] = (digest, image)

    # -- event source mappings ---------------------------------------------------------------------------

    def mapping_of(self, source_arn: str, function_name: str) -> SourceMapping | None:
        """Return the mapping of a source to a function, whatever its qualifier."""
        return self._mapping_keys.get((source_arn, function_name))

    def add_mapping(
        self,
        *,
        kind: str,
        source_arn: str,
        function_arn: str,
        function_name: str,
        members: dict[str, Any],
        is_enabled: bool,
        tags: dict[str, str],
        now: Millis,
    ) -> SourceMapping:
        """Keep a new mapping."""
        scope, uuid = self.scope, self.scope.ids.uuid()
        self._mapping_count += 1
        mapping = SourceMapping(
            mapping_id=uuid,
            serial=self._mapping_count,
            arn=f"arn:aws:lambda:{scope.region}:{scope.account}:event-source-mapping:{uuid}",
            kind=kind,
            source_arn=source_arn,
            function_arn=function_arn,
            function_name=function_name,
            members=members,
            is_enabled=is_enabled,
            modified_at=now,
            tags=tags,
        )
        self.mappings[uuid] = self._mapping_keys[mapping.key] = mapping
        return mapping

    def move_mapping(self, mapping: SourceMapping, function_name: str) -> None:
        """Give a mapping to another function."""
        del self._mapping_keys[mapping.key]
        mapping.function_name = function_name
        self._mapping_keys[mapping.key] = mapping

    def remove_mapping(self, mapping: SourceMapping) -> None:
        """Forget a mapping."""
        del self.mappings[mapping.mapping_id]
        del self._mapping_keys[mapping.key]

    def wake_mappings(self, function_name: str) -> None:
        """Have a function's mappings look again: one may have outlived what it names, which is back now."""
        for mapping in self.mappings.values():
            if mapping.function_name == function_name and mapping.is_enabled:
                self.scope.execution.mappings.poller(mapping.mapping_id).wake()

    # -- what runs ---------------------------------------------------------------------------------------

    def resolve(self, arn: str) -> Target | None:
        """Answer the core: what runs under this ARN now, on what terms."""
        _, _, _, _, _, _, name, *rest = arn.split(":")
        function = self.functions.get(name)
        if function is None:
            return None
        qualifier = rest[0] if rest else None
        version = function.pick(qualifier, self.scope.ids.choose)
        if version is None:
            return None
        config = function.event_configs.get(qualifier or LATEST)
        policy = (
            EventPolicy()
            if config is None
            else EventPolicy(
                max_retries=2 if config.max_retries is None else config.max_retries,
                max_age_ms=21_600_000 if config.max_age_s is None else config.max_age_s * 1000,
                on_success=config.on_success,
                on_failure=config.on_failure,
            )
        )
        return Target(
            spec=version.spec,
            policy=policy,
            dead_letter_arn=version.settings.dead_letter_arn or None,
            is_recursion_allowed=function.recursive_loop == "Allow",
        )

    def check_start(self, spec: FunctionSpec) -> None:
        """Answer the core: raise Unstartable where no environment can be started for this function now."""
        if spec.awaits_network:
            raise Unstartable(
                "ResourceNotReadyException",
                "The function is inactive and its VPC connection is no longer available. Wait for the VPC connection "
                "to reestablish and try again.",
            )
        check_start(self, spec)

    def has_internet(self, spec: FunctionSpec) -> bool:
        """Answer the core: whether the routes of a function's subnets let it reach more than AWS."""
        return self.networks.has_internet(spec.subnet_ids)

    def permits(self, name: str, qualifier: str | None, action: str, caller: Caller) -> bool:
        """Tell whether a function's resource policy lets somebody do something."""
        function = self.functions.get(name)
        policy = None if function is None else function.policies.get(qualifier or "")
        return policy is not None and policy.allows(action, caller)

    # -- inside ------------------------------------------------------------------------------------------

    def _run_uploaded(self, function: Function) -> None:
        """Let code that is uploaded take the place of what a test gave; a stub stays where it stands."""
        provision = self._provisions.get(function.name)
        if provision is not None and provision.executor is not Executor.STUB:
            self._provisions[function.name] = function.provision = replace(provision, target=None)

    def _finish_soon(self, function: Function, version: Version) -> None:
        finish = _Finish(self, function, version)
        network = version.settings.network
        if network is None:
            self.scope.outbox.soon(finish)
            return
        ready_at = self._interfaces.prepare(network, function.name)
        if ready_at > self.scope.clock.now():
            if version.is_pending:
                version.spec = replace(version.spec, awaits_network=True)
            self.scope.clock.call_at(ready_at, finish, label=f"{function.name} waits for its network")
        else:
            self.scope.outbox.soon(finish)

    def finish(self, function: Function, version: Version) -> None:
        """End a deployment: what was sent is what runs now."""
        if version.number == LATEST and (version.is_pending or version.is_updating):
            version.revision_id = self.scope.ids.uuid()
        is_changed = version.is_updating or version.spec.awaits_network
        version.is_pending = version.is_updating = False
        if is_changed:
            self._respecify_version(function, version)
        if self.functions.get(function.name) is function:
            self.scope.execution.fleet.retire_version(function.arn, version.number)
        self._keep_interfaces()

    def _keep_interfaces(self) -> None:
        """Have the network interfaces of what is there stay, others go."""
        if self._interfaces.is_empty:
            return
        versions = (
            version
            for function in self.functions.values()
            for version in (function.latest, *function.versions.values())
        )
        self._interfaces.keep({place for one in versions for place in places_of(one.settings.network)})

    def _respecify(self, function: Function) -> None:
        for version in (function.latest, *function.versions.values()):
            self._respecify_version(function, version)
            self.scope.execution.fleet.retire_version(function.arn, version.number)

    def _respecify_version(self, function: Function, version: Version) -> None:
        is_waiting = version.is_pending and version.spec.awaits_network
        spec = self._spec(version.settings, version.package, function.name, version.number)
        version.spec = replace(spec, awaits_network=True) if is_waiting else spec

    def _spec(self, settings: Settings, package: Package, name: str, number: str) -> FunctionSpec:
        return build_spec(
            settings,
            package,
            account=self.scope.account,
            region=self.scope.region,
            name=name,
            number=number,
            revision=self.scope.ids.hex(16),
            provision=self._provisions.get(name),
            default_executor=self._default_executor,
            is_routed=not self.scope.config.vpc_internet,
        )


class _Finish:
    """The end of one version's deployment; equal to others of the same version, so that it happens once."""

    __slots__ = ("_function", "_state", "_version")

    def __init__(self, state: Lambda, function: Function, version: Version) -> None:
        self._state = state
        self._function = function
        self._version = version

    def __call__(self) -> None:
        self._state.finish(self._function, self._version)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Finish) and other._version is self._version

    def __hash__(self) -> int:
        return id(self._version)
