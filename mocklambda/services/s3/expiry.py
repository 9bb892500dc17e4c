"""Lifecycle on the clock: one timer per bucket, for the first midnight at which a rule has work to do."""

from __future__ import annotations

from mocklambda.clock.base import Clock, Millis, Timer
from mocklambda.services.s3.bucket import Bucket
from mocklambda.services.s3.lifecycle import Deed, Step, abortion_of, midnight_after, plan
from mocklambda.services.s3.notifications import Event, Notifier, Origin
from mocklambda.services.s3.objects import DeleteMarker, StoredObject


class Expiry:
    """Performs what rules say when it falls due."""

    def __init__(self, clock: Clock, notifier: Notifier) -> None:
        self._clock = clock
        self._notifier = notifier
        self._timers: dict[str, Timer] = {}

    def watch(self, bucket: Bucket, key: str) -> None:
        """See to it that what was just put or deleted under ``key`` is looked at in time."""
        if bucket.settings.lifecycle:
            self._set(bucket, self._first_due(self._plan(bucket, key)))

    def watch_upload(self, bucket: Bucket, key: str, started_at: Millis) -> None:
        """Likewise for an upload that may have to be aborted."""
        if bucket.settings.lifecycle:
            found = abortion_of(bucket.settings.lifecycle, key, started_at)
            self._set(bucket, found[0] if found else None)

    def rules_changed(self, bucket: Bucket) -> None:
        """Plan the whole bucket anew."""
        self.forget(bucket)
        if bucket.settings.lifecycle:
            self._set(bucket, self._next(bucket))

    def forget(self, bucket: Bucket) -> None:
        timer = self._timers.pop(bucket.name, None)
        if timer is not None:
            timer.cancel()

    def _set(self, bucket: Bucket, due: Millis | None) -> None:
        if due is None:
            return
        now = self._clock.now()
        when = due if due > now else midnight_after(now + 1, 0)
        timer = self._timers.get(bucket.name)
        if timer is not None:
            if timer.when <= when:
                return
            timer.cancel()
        self._timers[bucket.name] = self._clock.call_at(
            when, lambda: self._sweep(bucket), label=f"S3 lifecycle of {bucket.name}", recurring=True
        )

    def _next(self, bucket: Bucket) -> Millis | None:
        dues = [self._first_due(self._plan(bucket, history[-1].key)) for history in bucket.histories()]
        for upload in bucket.uploads.all():
            found = abortion_of(bucket.settings.lifecycle, upload.key, upload.started_at)
            dues.append(found[0] if found else None)
        return min((due for due in dues if due is not None), default=None)

    def _plan(self, bucket: Bucket, key: str) -> list[Step]:
        settings = bucket.settings
        moves_small = settings.transition_minimum == "varies_by_storage_class"
        return plan(settings.lifecycle, bucket.history(key), moves_small=moves_small)

    def _first_due(self, steps: list[Step]) -> Millis | None:
        return steps[0].due if steps else None

    def _sweep(self, bucket: Bucket) -> None:
        del self._timers[bucket.name]
        now = self._clock.now()
        for history in bucket.histories():
            self._sweep_key(bucket, history[-1].key, now)
        for upload in bucket.uploads.all():
            found = abortion_of(bucket.settings.lifecycle, upload.key, upload.started_at)
            if found is not None and found[0] <= now:
                bucket.uploads.remove(upload)
        self._set(bucket, self._next(bucket))

    def _sweep_key(self, bucket: Bucket, key: str, now: Millis) -> None:
        for step in self._plan(bucket, key):
            if step.due > now:
                return
            if bucket.find(key, step.version.version_id) is step.version:
                self._perform(bucket, step, now)

    def _perform(self, bucket: Bucket, step: Step, now: Millis) -> None:
        version = step.version
        if step.deed is Deed.MOVE:
            self._move(bucket, version, step.storage_class, now)
        elif step.deed is Deed.EXPIRE and bucket.is_versioned:
            if bucket.current(version.key) is version:
                marker_id = bucket.delete(version.key, now).version_id
                self._tell(bucket, "LifecycleExpiration:DeleteMarkerCreated", version.key, marker_id, now)
        elif isinstance(version, DeleteMarker) or not version.is_locked(now):
            bucket.delete_version(version.key, version.version_id)
            self._tell(bucket, "LifecycleExpiration:Delete", version.key, version.version_id, now)

    def _move(self, bucket: Bucket, version: StoredObject | DeleteMarker, to: str, now: Millis) -> None:
        assert isinstance(version, StoredObject)
        if version.storage_class != to:
            version.storage_class = to
            event = Event.of(version, "LifecycleTransition", at=now, origin=Origin.service())
            self._notifier.tell(bucket, event)

    def _tell(self, bucket: Bucket, name: str, key: str, version_id: str | None, now: Millis) -> None:
        event = Event(
            name=name,
            key=key,
            version_id=version_id,
            at=now,
            origin=Origin.service(),
            reason="Lifecycle Expiration",
        )
        self._notifier.tell(bucket, event)
