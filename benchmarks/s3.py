"""Buckets: small objects, long listings, one big object."""

from __future__ import annotations

from typing import Any

from measure import Measure
from measuring import Scale, has_memory_figures, micros, resident_bytes
from stages import MINISTACK, MOTO, OURS, Stage

HOLDS = (OURS, MOTO, MINISTACK)
BODY = b"x" * 1024
MEGABYTE = 1 << 20
PART_MB = 8


def _bucket(stage: Stage) -> Any:
    client = stage.client("s3")
    client.create_bucket(Bucket="bucket")
    return client


def put(stage: Stage, scale: Scale) -> float:
    client = _bucket(stage)
    return micros(lambda: client.put_object(Bucket="bucket", Key="k", Body=BODY), scale)


def get(stage: Stage, scale: Scale) -> float:
    client = _bucket(stage)
    client.put_object(Bucket="bucket", Key="k", Body=BODY)

    def read() -> None:
        assert client.get_object(Bucket="bucket", Key="k")["Body"].read() == BODY

    return micros(read, scale)


def list_page(stage: Stage, scale: Scale) -> float:
    client = _bucket(stage)
    number = scale.stored if stage.is_ours else scale.stored_by_peers
    for each in range(number):
        client.put_object(Bucket="bucket", Key=f"some/prefix/{each:08}", Body=b"")
    middle = f"some/prefix/{number // 2:08}"
    return micros(
        lambda: client.list_objects_v2(Bucket="bucket", StartAfter=middle, MaxKeys=100),
        scale,
        calls=max(5, scale.calls // 10),
    )


def list_big_page(stage: Stage, scale: Scale) -> float:
    client = _bucket(stage)
    for each in range(scale.stored_by_peers):
        client.put_object(Bucket="bucket", Key=f"some/prefix/{each:08}", Body=b"")
    return micros(lambda: client.list_objects_v2(Bucket="bucket"), scale, calls=5)


def multipart_memory(stage: Stage, scale: Scale) -> float | None:
    if not has_memory_figures() or not scale.big_mb:
        return None
    client = _bucket(stage)
    part = bytes(PART_MB * MEGABYTE)
    before = resident_bytes()
    upload = client.create_multipart_upload(Bucket="bucket", Key="big")["UploadId"]
    highest = before
    parts = []
    for number in range(1, scale.big_mb // PART_MB + 1):
        made = client.upload_part(Bucket="bucket", Key="big", UploadId=upload, PartNumber=number, Body=part)
        parts.append({"PartNumber": number, "ETag": made["ETag"]})
        highest = max(highest, resident_bytes()) if number % 16 == 0 else highest
    client.complete_multipart_upload(
        Bucket="bucket", Key="big", UploadId=upload, MultipartUpload={"Parts": parts}
    )
    return (max(highest, resident_bytes()) - before) / (scale.big_mb * MEGABYTE)


MEASURES = (
    Measure(name="S3 put 1 KB", unit="us", run=put),
    Measure(name="S3 get 1 KB", unit="us", run=get),
    Measure(name="S3 list 100 of many keys", unit="us", run=list_page, stages=HOLDS),
    Measure(name="S3 list a whole page", unit="us", run=list_big_page, stages=HOLDS),
    Measure(name="S3 memory of a big multipart object", unit="x size", run=multipart_memory, stages=(OURS,)),
)
