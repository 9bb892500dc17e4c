"""What a test holds of what it made: sugar, each method one or two ordinary API calls."""

from __future__ import annotations

from mocklambda.handles.bucket import Bucket
from mocklambda.handles.execution import Execution
from mocklambda.handles.front_end import FunctionUrl, HttpReply, LoadBalancer
from mocklambda.handles.function import Function, Result
from mocklambda.handles.handle import Handle, arn_of
from mocklambda.handles.layer import Layer
from mocklambda.handles.queue import Message, Queue
from mocklambda.handles.role import Role
from mocklambda.handles.stream import Record, Stream
from mocklambda.handles.topic import Topic

__all__ = [
    "Bucket",
    "Execution",
    "Function",
    "FunctionUrl",
    "Handle",
    "HttpReply",
    "Layer",
    "LoadBalancer",
    "Message",
    "Queue",
    "Record",
    "Result",
    "Role",
    "Stream",
    "Topic",
    "arn_of",
]
