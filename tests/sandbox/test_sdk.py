"""A handler's own calls: they reach the cloud's gateway, however made, and nothing else."""

from __future__ import annotations

import io
import json
import threading

import pytest

from mocklambda.execution.values import OutcomeKind
from mocklambda.wire.message import Response

JSON = {"x-amzn-RequestId": "id-1", "Content-Type": "application/x-amz-json-1.0"}


def answering(body, status=200, **headers):
    return lambda service, operation, request: Response(status=status, headers={**JSON, **headers}, body=body)


def test_a_client_call_arrives_unsigned_with_its_operation(lab):
    lab.answer = answering(b'{"MessageId": "m-1"}')
    source = """
        import boto3
        sqs = boto3.client("sqs")
        def handler(event, context):
            return sqs.send_message(QueueUrl="https://sqs.eu-west-1.amazonaws.com/1/q", MessageBody="é")
        """
    found = lab.function(source).result()
    assert (found["MessageId"], found["ResponseMetadata"]) == (
        "m-1",
        {
            "RequestId": "id-1",
            "HTTPStatusCode": 200,
            "HTTPHeaders": {"x-amzn-requestid": "id-1", "content-type": "application/x-amz-json-1.0"},
            "RetryAttempts": 0,
        },
    )
    ((service, operation, request, access_key, region),) = lab.requests
    assert (service, operation, access_key, region) == ("sqs", "SendMessage", "ASIAX", "eu-west-1")
    assert (request.method, request.scheme, request.host, request.path) == (
        "POST",
        "https",
        "sqs.eu-west-1.amazonaws.com",
        "/",
    )
    assert request.headers["x-amz-target"] == "AmazonSQS.SendMessage"
    assert "authorization" not in request.headers
    assert json.loads(request.body) == {
        "QueueUrl": "https://sqs.eu-west-1.amazonaws.com/1/q",
        "MessageBody": "é",
    }


def test_an_error_is_a_client_error_of_its_modeled_class(lab):
    lab.answer = answering(b'{"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "none"}', 400)
    source = """
        import boto3
        def handler(event, context):
            sqs = boto3.client("sqs")
            try:
                sqs.get_queue_url(QueueName="q")
            except sqs.exceptions.QueueDoesNotExist as error:
                return error.response["Error"]
        """
    assert lab.function(source).result() == {"Message": "none", "Code": "QueueDoesNotExist"}


@pytest.mark.parametrize("kind", ["bytes", "file", "pieces"])
def test_a_streaming_answer_is_read_as_the_handler_asks(lab, kind):
    content = bytes(range(256)) * 8192
    bodies = {
        "bytes": lambda: content,
        "file": lambda: io.BytesIO(content),
        "pieces": lambda: iter([content[:10], content[10:]]),
    }
    lab.answer = lambda *_: Response(
        status=200, headers={"Content-Length": str(len(content))}, body=bodies[kind]()
    )
    source = """
        import boto3, hashlib
        s3 = boto3.client("s3")
        def handler(event, context):
            first = s3.get_object(Bucket="b", Key="k")["Body"]
            head = first.read(3)
            second = s3.get_object(Bucket="b", Key="k")["Body"].read()
            rest = first.read()
            return list(head), hashlib.md5(second).hexdigest(), hashlib.md5(head + rest).hexdigest()
        """
    import hashlib

    digest = hashlib.md5(content).hexdigest()
    assert lab.function(source).result() == [[0, 1, 2], digest, digest]


def test_a_file_is_uploaded_whole(lab):
    received = []

    def answer(service, operation, request):
        body = request.body if isinstance(request.body, bytes) else request.body.read()
        if not isinstance(request.body, bytes):
            request.body.close()
        received.append((operation, len(body)))
        return Response(status=200, headers={"ETag": '"x"'}, body=b"")

    lab.answer = answer
    source = """
        import boto3, io
        s3 = boto3.client("s3", config=__import__("botocore.config").config.Config(request_checksum_calculation="when_required"))
        def handler(event, context):
            s3.put_object(Bucket="b", Key="k", Body=b"x" * 100)
            s3.put_object(Bucket="b", Key="k", Body=io.BytesIO(b"y" * 20_000_000))
        """
    lab.function(source, timeout_ms=20_000).result()
    assert received == [("PutObject", 100), ("PutObject", 20_000_000)]


def test_several_threads_call_at_once(lab):
    barrier = threading.Barrier(1)
    waiting = []

    def submit(environment_id, service, operation, request, access_key, region, reply, patience_ms=None):
        waiting.append((json.loads(request.body)["MessageBody"], reply))
        if len(waiting) == 8:  # nobody is answered before all have asked; then in reverse order
            barrier.wait()
            for body, answer in reversed(waiting):
                answer(Response(status=200, headers=JSON, body=json.dumps({"MessageId": body}).encode()))

    lab.submit = submit
    source = """
        import boto3
        from concurrent.futures import ThreadPoolExecutor
        sqs = boto3.client("sqs")
        def send(n):
            return sqs.send_message(QueueUrl="https://sqs.eu-west-1.amazonaws.com/1/q", MessageBody=str(n))["MessageId"]
        def handler(event, context):
            with ThreadPoolExecutor(8) as pool:
                return list(pool.map(send, range(8)))
        """
    lab.supervisor._calls = lab
    assert lab.function(source, timeout_ms=20_000).result() == [str(n) for n in range(8)]


def test_an_answer_may_come_later_from_another_thread(lab):
    threads = []

    def submit(environment_id, service, operation, request, access_key, region, reply, patience_ms=None):
        response = Response(status=200, headers=JSON, body=b'{"MessageId": "late"}')
        threads.append(threading.Thread(target=lambda: reply(response)))
        threads[-1].start()

    lab.submit = submit
    source = """
        import boto3
        sqs = boto3.client("sqs")
        def handler(event, context):
            return [sqs.send_message(QueueUrl="https://sqs.eu-west-1.amazonaws.com/1/q", MessageBody="b")["MessageId"] for _ in range(20)]
        """
    assert lab.function(source).result() == ["late"] * 20
    for thread in threads:
        thread.join()


def test_a_call_that_is_never_answered_ends_with_the_timeout(lab):
    lab.submit = lambda *_: None
    source = """
        import boto3
        def handler(event, context):
            boto3.client("sqs").list_queues()
        """
    assert lab.run(source, timeout_ms=500).kind is OutcomeKind.TIMED_OUT


def test_a_presigned_url_is_aws_own_and_other_programs_get_the_gateway(make_lab):
    lab = make_lab(endpoint_url="http://127.0.0.1:1234")
    lab.answer = answering(b'{"QueueUrls": []}')
    source = """
        import boto3, os
        def handler(event, context):
            url = boto3.client("s3").generate_presigned_url("get_object", Params={"Bucket": "bucket", "Key": "k"})
            explicit = boto3.client("sqs", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
            explicit.list_queues()
            return url.split("?")[0], os.environ["AWS_ENDPOINT_URL"]
        """
    assert lab.function(source).result() == ["https://bucket.s3.amazonaws.com/k", "http://127.0.0.1:1234"]
    assert [request[:2] for request in lab.requests] == [("sqs", "ListQueues")]


def test_a_request_below_the_client_is_caught_too(lab):
    lab.answer = answering(b"content")
    source = """
        from botocore.awsrequest import AWSRequest
        from botocore.httpsession import URLLib3Session
        def handler(event, context):
            request = AWSRequest(method="GET", url="https://b.s3.amazonaws.com/k?X=1").prepare()
            return URLLib3Session().send(request).content.decode()
        """
    assert lab.function(source).result() == "content"
    ((service, operation, request, access_key, region),) = lab.requests
    assert (service, operation, access_key, region) == ("", "", None, None)
    assert (request.host, request.path, request.query) == ("b.s3.amazonaws.com", "/k", "X=1")


def test_a_client_without_credentials_works(lab):
    lab.answer = answering(b'{"QueueUrls": []}')
    source = """
        import boto3, os
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            del os.environ[name]
        def handler(event, context):
            boto3.client("sqs").list_queues()
        """
    lab.function(source).result()
    assert lab.requests[0][3] is None


def test_a_fork_of_the_handlers_has_lines_of_its_own(lab):
    lab.answer = lambda service, operation, request: Response(
        status=200,
        headers=JSON,
        body=json.dumps({"MessageId": json.loads(request.body)["MessageBody"]}).encode(),
    )
    source = """
        import boto3, multiprocessing
        sqs = boto3.client("sqs")
        def send(n):
            return sqs.send_message(QueueUrl="https://sqs.eu-west-1.amazonaws.com/1/q", MessageBody=str(n))["MessageId"]
        def work(n, pipe):
            pipe.send([send(f"{n}-{i}") for i in range(20)])
        def handler(event, context):
            send("first")
            context_ = multiprocessing.get_context("fork")
            pairs = []
            for n in range(3):
                mine, theirs = context_.Pipe()
                process = context_.Process(target=work, args=(n, theirs))
                process.start()
                pairs.append((process, mine))
            found = [mine.recv() for _, mine in pairs]
            for process, _ in pairs:
                process.join()
            return found
        """
    found = lab.function(source, timeout_ms=20_000).result()
    assert found == [[f"{n}-{i}" for i in range(20)] for n in range(3)]


def test_using_the_sdk_counts_in_memory(lab):
    lab.answer = answering(b'{"QueueUrls": []}')
    plain = lab.run("def handler(event, context): pass\n")
    user = lab.run("import boto3\ndef handler(event, context):\n    boto3.client('sqs')\n")
    assert plain.max_memory_mb < 40 < user.max_memory_mb < 110
