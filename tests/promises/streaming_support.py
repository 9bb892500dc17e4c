"""A runtime that streams: a program in Python that speaks the Runtime API in chunks, as its event tells it."""

from __future__ import annotations

import io
import sys
import zipfile
from typing import Any

PROGRAM = """#!{}
import base64, http.client, json, os, time

line = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
ERROR = {{"errorMessage": "in the middle", "errorType": "Odd", "stackTrace": []}}


def send(data):
    line.send(b"%x\\r\\n%b\\r\\n" % (len(data), data))


def boto3_client(service):
    import boto3

    return boto3.client(service)


def next_message(queue):
    sqs = boto3_client("sqs")
    for message in sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=20).get("Messages", ()):
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return message["Body"]


def first_key(bucket):
    while not (found := boto3_client("s3").list_objects_v2(Bucket=bucket).get("Contents")):
        time.sleep(0.01)
    return found[0]["Key"]


while True:
    line.request("GET", "/2018-06-01/runtime/invocation/next")
    answer = line.getresponse()
    event = json.loads(answer.read())
    if "body" in event:
        event = json.loads(event["body"])
    line.putrequest(
        "POST", "/2018-06-01/runtime/invocation/%s/response" % answer.headers["Lambda-Runtime-Aws-Request-Id"]
    )
    if event.get("mode", "streaming"):
        line.putheader("Lambda-Runtime-Function-Response-Mode", "streaming")
    if "type" in event:
        line.putheader("Content-Type", event["type"])
    line.putheader("Transfer-Encoding", "chunked")
    line.endheaders()
    for chunk in event["chunks"]:
        send(chunk.encode())
    for _ in range(event.get("megabytes", 0)):
        send(bytes(1 << 20))
    if "queue" in event:
        while (told := next_message(event["queue"])) not in (None, "end"):
            send(told.encode())
    if "bucket" in event:
        send(first_key(event["bucket"]).encode())
    if "tell" in event:
        boto3_client("sqs").send_message(QueueUrl=event["tell"], MessageBody="told")
    time.sleep(event.get("seconds", 0))
    end = event.get("end")
    if end == "error":
        body = base64.b64encode(json.dumps(ERROR).encode()).decode()
        trailers = "Lambda-Runtime-Function-Error-Type: Odd\\r\\nLambda-Runtime-Function-Error-Body: " + body
        line.send(b"0\\r\\n" + trailers.encode() + b"\\r\\n\\r\\n")
    elif end == "exit":
        os._exit(3)
    elif end == "hang":
        time.sleep(60)
    elif end == "cut":
        line.close()
        continue
    else:
        line.send(b"0\\r\\n\\r\\n")
    line.getresponse().read()
"""


def bootstrap() -> bytes:
    """Return the zip with the program."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        member = zipfile.ZipInfo("bootstrap")
        member.external_attr = 0o100755 << 16
        archive.writestr(member, PROGRAM.format(sys.executable))
    return buffer.getvalue()


def streaming_function(lam: Any, **members: Any) -> None:
    """Make the function ``fn`` of a runtime that streams."""
    from lambda_support import create

    create(lam, Runtime="provided.al2023", Code={"ZipFile": bootstrap()}, **members)
