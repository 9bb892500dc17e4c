"""The life of event source mappings: which state a reply shows, and when a mapping's poller runs.

A reply shows the state in between; by the time it is read the mapping has arrived where the table says. Knows
nothing of the API's members and texts.
"""

from __future__ import annotations

from enum import Enum

from mocklambda.execution.poller import MappingSettings, Poller, PollerContext
from mocklambda.execution.queue_poller import QueuePoller
from mocklambda.execution.stream_poller import StreamPoller


class MappingState(Enum):
    """As the API says it."""

    CREATING = "Creating"
    ENABLING = "Enabling"
    ENABLED = "Enabled"
    DISABLING = "Disabling"
    DISABLED = "Disabled"
    UPDATING = "Updating"
    DELETING = "Deleting"


SHOWN: dict[tuple[bool | None, bool | None], MappingState] = {
    # (was it enabled, is it now): None before its creation, after its deletion (R)
    (None, True): MappingState.CREATING,
    (None, False): MappingState.DISABLED,
    (False, True): MappingState.ENABLING,
    (True, False): MappingState.DISABLING,
    (True, True): MappingState.UPDATING,
    (False, False): MappingState.UPDATING,
    (True, None): MappingState.DELETING,
    (False, None): MappingState.DELETING,
}


class UnknownSource(Exception):
    """Nothing that can be polled stands under the source's ARN."""


class _Mapping:
    __slots__ = ("is_enabled", "poller", "settings")

    def __init__(self, settings: MappingSettings, poller: Poller) -> None:
        self.settings = settings
        self.poller = poller
        self.is_enabled = False


class Mappings:
    """All event source mappings of a session, by UUID."""

    def __init__(self, context: PollerContext) -> None:
        self._context = context
        self._mappings: dict[str, _Mapping] = {}

    def create(self, settings: MappingSettings, *, is_enabled: bool) -> MappingState:
        """Make a mapping and return the state that the reply shows; raises UnknownSource."""
        mapping = _Mapping(settings, self._poller(settings))
        self._mappings[settings.mapping_id] = mapping
        self._switch(mapping, is_enabled=is_enabled)
        return SHOWN[None, is_enabled]

    def update(self, settings: MappingSettings, *, is_enabled: bool) -> MappingState:
        """Change a mapping and return the state that the reply shows."""
        mapping = self._mappings[settings.mapping_id]
        was_enabled = mapping.is_enabled
        if settings != mapping.settings:
            mapping.settings = settings
            mapping.poller.update(settings)
        self._switch(mapping, is_enabled=is_enabled)
        return SHOWN[was_enabled, is_enabled]

    def delete(self, mapping_id: str) -> MappingState:
        """Take a mapping away and return the state that the reply shows."""
        mapping = self._mappings.pop(mapping_id)
        was_enabled = mapping.is_enabled
        self._switch(mapping, is_enabled=False)
        return SHOWN[was_enabled, None]

    def wake(self) -> None:
        """Have all that poll look again: what their functions' roles may do has changed."""
        for mapping in self._mappings.values():
            if mapping.is_enabled:
                mapping.poller.wake()

    def state(self, mapping_id: str) -> MappingState:
        """Return ENABLED or DISABLED."""
        return MappingState.ENABLED if self._mappings[mapping_id].is_enabled else MappingState.DISABLED

    def last_result(self, mapping_id: str) -> str:
        """Return LastProcessingResult (streams only)."""
        return self._mappings[mapping_id].poller.last_result

    def poller(self, mapping_id: str) -> Poller:
        """Return a mapping's poller, to be asked how far it is."""
        return self._mappings[mapping_id].poller

    @staticmethod
    def _switch(mapping: _Mapping, *, is_enabled: bool) -> None:
        if is_enabled and not mapping.is_enabled:
            mapping.poller.start()
        elif mapping.is_enabled and not is_enabled:
            mapping.poller.stop()
        mapping.is_enabled = is_enabled

    def _poller(self, settings: MappingSettings) -> Poller:
        queue = self._context.links.queue_source(settings.source_arn)
        if queue is not None:
            return QueuePoller(settings, queue, self._context)
        stream = self._context.links.stream_source(settings.source_arn)
        if stream is not None:
            return StreamPoller(settings, stream, self._context)
        raise UnknownSource(settings.source_arn)
