"""Decides who may run: account limit, reserved and provisioned shares, burst rule. Knows no environment.

Theory. An account's concurrency in a region is one number. A function with a reservation owns that share and
can use no more; all others share what is left over. Provisioned environments are taken out of their
function's share for as long as they are allocated, used or not; what runs on them needs no admission.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from mocklambda.clock.base import Millis
from mocklambda.execution.refusals import NotNow

ACCOUNT_LIMIT = 1000
UNRESERVED_MINIMUM = 100
BURST = 1000
"""A function may grow by so many concurrent executions ..."""
BURST_PERIOD_MS = 10_000
"""... in this time."""


class ThrottleReason(Enum):
    """The ``Reason`` of TooManyRequestsException."""

    ACCOUNT = "ConcurrentInvocationLimitExceeded"
    RESERVED = "ReservedFunctionConcurrentInvocationLimitExceeded"


class Throttled(NotNow):
    """An invocation was not admitted."""

    def __init__(self, reason: ThrottleReason) -> None:
        self.reason = reason
        super().__init__(429, "Rate Exceeded.")


class BelowUnreservedMinimum(Exception):
    """A share would leave others less than the account's unreserved minimum."""


class BelowProvisioned(Exception):
    """A reservation would be smaller than what the function holds provisioned."""

    def __init__(self, provisioned: int) -> None:
        self.provisioned = provisioned
        super().__init__(str(provisioned))


class AboveReserved(Exception):
    """A function asks for more provisioned than its reservation leaves."""


@dataclass(slots=True)
class _Account:
    limit: int
    reserved: int = 0
    provisioned: int = 0
    """Of functions without a reservation."""
    running: int = 0
    """On demand, of functions without a reservation."""

    @property
    def unreserved(self) -> int:
        return self.limit - self.reserved - self.provisioned


@dataclass(slots=True)
class _Share:
    """One function's part."""

    account: _Account
    reserved: int | None = None
    provisioned: dict[str, int] = field(default_factory=dict)
    """Per qualifier: what is asked for, allocated yet or not."""
    running: int = 0
    peak: int = 0
    growth: float = BURST
    """How much it may still grow beyond its peak, as of ``growth_at``."""
    growth_at: Millis = 0

    @property
    def provisioned_total(self) -> int:
        return sum(self.provisioned.values())


class Slot:
    """An admission, to be given back."""

    __slots__ = ("share",)

    def __init__(self, share: _Share) -> None:
        self.share = share


class Concurrency:
    """All accounts and regions of a session."""

    def __init__(self, limit: int = ACCOUNT_LIMIT) -> None:
        self._limit = limit
        self._accounts: dict[tuple[str, str], _Account] = {}
        self._shares: dict[str, _Share] = {}

    def admit(self, arn: str, now: Millis) -> Slot:
        """Let one on-demand execution of this function (unqualified ARN) begin; raises Throttled."""
        share = self._share(arn)
        if share.reserved is not None:
            if share.running >= share.reserved - share.provisioned_total:
                raise Throttled(ThrottleReason.RESERVED)
        elif share.account.running >= share.account.unreserved:
            raise Throttled(ThrottleReason.ACCOUNT)
        if share.running == share.peak:
            _grow(share, now)
        share.running += 1
        if share.reserved is None:
            share.account.running += 1
        return Slot(share)

    def refuse(self, arn: str) -> Throttled:
        """Make the refusal that this function would meet at its limit."""
        return Throttled(ThrottleReason.ACCOUNT if self.reserved(arn) is None else ThrottleReason.RESERVED)

    def release(self, slot: Slot) -> None:
        """Let the execution end."""
        share = slot.share
        share.running -= 1
        if share.reserved is None:
            share.account.running -= 1

    # -- shares ------------------------------------------------------------------------------------------

    def reserved(self, arn: str) -> int | None:
        """Return the function's reserved concurrency, None without one."""
        share = self._shares.get(arn)
        return None if share is None else share.reserved

    def reserve(self, arn: str, limit: int | None) -> None:
        """Reserve so many executions for the function; 0 stops it, None takes the reservation off.

        Counts from the next invocation on. Raises BelowUnreservedMinimum or BelowProvisioned.
        """
        share = self._share(arn)
        if limit is not None:
            if limit < share.provisioned_total:
                raise BelowProvisioned(share.provisioned_total)
            account = share.account
            others = account.reserved - (share.reserved or 0)
            if limit and account.limit - others - limit < UNRESERVED_MINIMUM:
                raise BelowUnreservedMinimum
        self._detach(share)
        share.reserved = limit
        self._attach(share)

    def provision(self, arn: str, qualifier: str, wanted: int) -> None:
        """Set aside so many executions for one qualifier of the function; 0 gives them back.

        Raises AboveReserved or BelowUnreservedMinimum.
        """
        share = self._share(arn)
        others = share.provisioned_total - share.provisioned.get(qualifier, 0)
        if share.reserved is not None:
            if wanted > share.reserved - others:
                raise AboveReserved
        elif wanted and self.unreserved_left(arn, qualifier) - wanted < UNRESERVED_MINIMUM:
            raise BelowUnreservedMinimum
        self._detach(share)
        share.provisioned.pop(qualifier, None)
        if wanted:
            share.provisioned[qualifier] = wanted
        self._attach(share)

    def set_apart(self, key: str, limit: int) -> None:
        """Give ``key``, which begins like an ARN, a limit of its own, out of no account's concurrency."""
        share = self._shares.get(key)
        if share is None:
            share = self._shares[key] = _Share(_Account(limit))
        share.reserved = limit

    def unreserved_left(self, arn: str, qualifier: str) -> int:
        """Return what the account's unreserved pool could give to this qualifier at most."""
        share = self._share(arn)
        return share.account.unreserved + (
            share.provisioned.get(qualifier, 0) if share.reserved is None else 0
        )

    def forget(self, arn: str) -> None:
        """Give the share of a deleted function back; what still runs of it ends as usual."""
        share = self._shares.pop(arn, None)
        if share is not None:
            running = share.running
            self._detach(share)
            share.reserved = None
            share.provisioned = {}
            share.account.running += running

    def limit(self) -> int:
        """Return the account limit."""
        return self._limit

    def unreserved(self, account: str, region: str) -> int:
        """Return UnreservedConcurrentExecutions: the limit minus all that is reserved."""
        found = self._account(account, region)
        return found.limit - found.reserved

    # -- inside ------------------------------------------------------------------------------------------

    def _share(self, arn: str) -> _Share:
        share = self._shares.get(arn)
        if share is None:
            _, _, _, region, account, _ = arn.split(":", 5)
            share = self._shares[arn] = _Share(self._account(account, region))
        return share

    def _account(self, account: str, region: str) -> _Account:
        return self._accounts.setdefault((account, region), _Account(self._limit))

    @staticmethod
    def _detach(share: _Share) -> None:
        if share.reserved is None:
            share.account.running -= share.running
            share.account.provisioned -= share.provisioned_total
        else:
            share.account.reserved -= share.reserved

    @staticmethod
    def _attach(share: _Share) -> None:
        if share.reserved is None:
            share.account.running += share.running
            share.account.provisioned += share.provisioned_total
        else:
            share.account.reserved += share.reserved


def _grow(share: _Share, now: Millis) -> None:
    """Raise the function's peak by one, or refuse: 1,000 in 10 s (D)."""
    passed = max(0, now - share.growth_at) if share.growth_at else BURST_PERIOD_MS
    share.growth = min(BURST, share.growth + passed * BURST / BURST_PERIOD_MS)
    share.growth_at = now
    if share.growth < 1:
        raise Throttled(ThrottleReason.ACCOUNT)
    share.growth -= 1
    share.peak += 1
