"""The platform's own log events, in both formats: INIT_START, START, END, REPORT and what goes wrong."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from mocklambda.clock.base import Millis
from mocklambda.execution.values import FunctionSpec, Invocation
from mocklambda.sandbox.runtimes import version_arn, version_label

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
SYSTEM_LEVELS = {"DEBUG": 0, "INFO": 1, "WARN": 2}


@dataclass(slots=True, kw_only=True)
class Report:
    """What a REPORT says."""

    duration_ms: float
    billed_ms: int
    max_memory_mb: int
    init_ms: float | None = None
    """Of an init that came before the invocation, in the first one only."""
    restore_ms: float | None = None
    """Likewise, of the restoration of a snapshot."""
    status: str = "success"
    """``success``, ``error``, ``failure`` or ``timeout``."""
    error_type: str | None = None
    produced_bytes: int = 0


def billed(duration_ms: float, init_ms: float | None) -> int:
    """Return the milliseconds billed: init is, in all configurations (D, since August 2025)."""
    return math.ceil(round(duration_ms + (init_ms or 0.0), 6))


def stamp(now: Millis) -> str:
    """Return an instant as the platform prints it."""
    at = EPOCH + timedelta(milliseconds=now)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now % 1000:03d}Z"


class Lines:
    """Says one function's platform events, each as one text; an empty text is no event."""

    def __init__(self, spec: FunctionSpec) -> None:
        self._spec = spec
        self._is_json = spec.log_format == "JSON"
        self._level = SYSTEM_LEVELS.get(spec.system_log_level or "INFO", 1)

    def init_start(self, now: Millis) -> str:
        if not self._is_json and not self._spec.runtime:
            return "INIT_START\n"
        phase = {"initializationType": self._spec.initialization_type, "phase": "init"}
        return self._started(now, "INIT_START", "platform.initStart", phase)

    def restore_start(self, now: Millis) -> str:
        return self._started(now, "RESTORE_START", "platform.restoreStart", {})

    def _started(self, now: Millis, text: str, kind: str, phase: dict[str, Any]) -> str:
        spec = self._spec
        label = version_label(spec.runtime)
        arn = version_arn(spec.region, spec.runtime, spec.architecture)
        if not self._is_json:
            return f"{text} Runtime Version: {label}\tRuntime Version ARN: {arn}\n"
        record = phase | {
            "runtimeVersion": label,
            "runtimeVersionArn": arn,
            "functionName": spec.name,
            "functionVersion": spec.version,
        }
        return self._event(now, kind, record, "INFO")

    def restored(self, now: Millis, restore_ms: float, status: str, error_type: str | None) -> list[str]:
        """Say how the restoration of a snapshot went."""
        is_good = status == "success"
        if not self._is_json:
            kind = f"\tError Type: {error_type}" if error_type else ""
            how = "" if is_good else f"\tStatus: {status}{kind}"
            return [f"RESTORE_REPORT Restore Duration: {restore_ms:.2f} ms{how}\n"]
        record: dict[str, Any] = {"status": status}
        if error_type:
            record["errorType"] = error_type
        report = record | {"metrics": {"durationMs": round(restore_ms, 3)}}
        return [
            self._event(now, "platform.restoreRuntimeDone", record, "DEBUG" if is_good else "WARN"),
            self._event(now, "platform.restoreReport", report, "INFO" if is_good else "WARN"),
        ]

    def init_done(self, now: Millis, init_ms: float) -> list[str]:
        """Say that init went well: in JSON only, and only to those who asked for DEBUG."""
        if not self._is_json:
            return []
        base = {"initializationType": self._spec.initialization_type, "phase": "init", "status": "success"}
        level = "DEBUG" if self._spec.initialization_type == "on-demand" else "INFO"
        done = self._event(now, "platform.initRuntimeDone", base, "DEBUG")
        report = base | {"metrics": {"durationMs": round(init_ms, 3)}}
        return [done, self._event(now, "platform.initReport", report, level)]

    def init_failed(
        self, now: Millis, init_ms: float, phase: str, status: str, error_type: str | None
    ) -> list[str]:
        if not self._is_json:
            kind = f"\tError Type: {error_type}" if error_type else ""
            return [f"INIT_REPORT Init Duration: {init_ms:.2f} ms\tPhase: {phase}\tStatus: {status}{kind}\n"]
        record: dict[str, Any] = {
            "initializationType": self._spec.initialization_type,
            "phase": phase,
            "status": status,
        }
        if error_type:
            record["errorType"] = error_type
        done = self._event(now, "platform.initRuntimeDone", record, "WARN")
        report = record | {"metrics": {"durationMs": round(init_ms, 3)}}
        return [done, self._event(now, "platform.initReport", report, "WARN")]

    def start(self, now: Millis, invocation: Invocation) -> str:
        if not self._is_json:
            return f"START RequestId: {invocation.request_id} Version: {self._spec.version}\n"
        record: dict[str, Any] = {"requestId": invocation.request_id, "version": self._spec.version}
        record |= _tenant(invocation) | self._tracing(invocation)
        return self._event(now, "platform.start", record, "INFO")

    def timed_out(self, now: Millis, invocation: Invocation) -> str:
        if self._is_json:
            return ""
        seconds = self._spec.timeout_ms / 1000
        return f"{stamp(now)} {invocation.request_id} Task timed out after {seconds:.2f} seconds\n\n"

    def ended_early(self, invocation: Invocation, message: str, error_type: str) -> str:
        """Say that the runtime's process ended."""
        return "" if self._is_json else f"RequestId: {invocation.request_id} Error: {message}\n{error_type}\n"

    def dropped(self, now: Millis, records: int, size: int) -> str:
        """Say that output beyond the limit was not kept."""
        if not self._is_json:
            return f"LOGS\tName: dropped\tDroppedRecords: {records}\tDroppedBytes: {size}\n"
        record = {
            "reason": "Output of one invocation exceeded the limit",
            "droppedRecords": records,
            "droppedBytes": size,
        }
        return self._event(now, "platform.logsDropped", record, "WARN")

    def report(self, now: Millis, invocation: Invocation, report: Report) -> list[str]:
        """Say END and REPORT."""
        if self._is_json:
            return [text for text in self._json_report(now, invocation, report) if text]
        init = f"Init Duration: {report.init_ms:.2f} ms\t" if report.init_ms is not None else ""
        if report.restore_ms is not None:
            init = (
                f"Restore Duration: {report.restore_ms:.2f} ms\t"
                f"Billed Restore Duration: {billed(report.restore_ms, None)} ms\t"
            )
        status = ""
        if report.status in {"error", "timeout"}:
            status = f"Status: {report.status}\t"
            status += (
                f"Error Type: {report.error_type}\t" if report.status == "error" and report.error_type else ""
            )
        text = (
            f"REPORT RequestId: {invocation.request_id}\tDuration: {report.duration_ms:.2f} ms\t"
            f"Billed Duration: {report.billed_ms} ms\tMemory Size: {self._spec.memory_mb} MB\t"
            f"Max Memory Used: {report.max_memory_mb} MB\t{init}"
        )
        # a status is the last of it, with no tab behind (O); else there is one (R)
        text = (text + status)[:-1] + "\n" if status else text + "\n"
        return [f"END RequestId: {invocation.request_id}\n", text + self._xray(invocation)]

    def _xray(self, invocation: Invocation) -> str:
        if not self._spec.is_traced:
            return ""
        trace = dict(part.split("=", 1) for part in invocation.trace_header.split(";") if "=" in part)
        if trace.get("Sampled") != "1":
            return ""
        return (
            f"XRAY TraceId: {trace.get('Root', '')}\tSegmentId: {trace.get('Parent', '')}\tSampled: true\t\n"
        )

    def _json_report(self, now: Millis, invocation: Invocation, report: Report) -> list[str]:
        is_good = report.status == "success"
        ident: dict[str, Any] = {"requestId": invocation.request_id, "status": report.status}
        if report.error_type and report.status == "error":
            ident["errorType"] = report.error_type
        duration = round(report.duration_ms, 3)
        done = ident | {"metrics": {"durationMs": duration, "producedBytes": report.produced_bytes}}
        metrics: dict[str, Any] = {
            "durationMs": duration,
            "billedDurationMs": report.billed_ms,
            "memorySizeMB": self._spec.memory_mb,
            "maxMemoryUsedMB": report.max_memory_mb,
        }
        if report.init_ms is not None:
            metrics["initDurationMs"] = round(report.init_ms, 3)
        if report.restore_ms is not None:
            metrics["restoreDurationMs"] = round(report.restore_ms, 3)
        tracing = _tenant(invocation) | self._tracing(invocation)
        return [
            self._event(now, "platform.runtimeDone", done | tracing, "DEBUG" if is_good else "WARN"),
            self._event(
                now, "platform.report", ident | {"metrics": metrics} | tracing, "INFO" if is_good else "WARN"
            ),
        ]

    def _tracing(self, invocation: Invocation) -> dict[str, Any]:
        if not self._spec.is_traced:
            return {}
        trace = dict(part.split("=", 1) for part in invocation.trace_header.split(";") if "=" in part)
        value = invocation.trace_header
        return {"tracing": {"spanId": trace.get("Parent", ""), "type": "X-Amzn-Trace-Id", "value": value}}

    def _event(self, now: Millis, kind: str, record: dict[str, Any], level: str) -> str:
        if SYSTEM_LEVELS[level] < self._level:
            return ""
        return json.dumps({"time": stamp(now), "type": kind, "record": record}, separators=(",", ":")) + "\n"


def _tenant(invocation: Invocation) -> dict[str, str]:
    return (
        {} if invocation.tenant_id is None else {"tenantId": invocation.tenant_id}
    )  # I: which events tell it
