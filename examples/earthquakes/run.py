"""Earthquakes through a queue, two functions and two dead-letter queues: everything real but AWS.

Usage: python run.py FEED.geojson

Each feature of the feed is sent to a queue. `classify` consumes it in batches and passes the strong ones and
those without a magnitude on, asynchronously, to `alert`, which fails for the latter: they are retried after one
and after two more minutes and end in a dead-letter queue. A few records are damaged on purpose. Some lose their
magnitude; some are cut short: `classify` reports those, they come back after the visibility timeout, and end in
the queue's own dead-letter queue.
"""

import json
import sys
import time
from collections import Counter
from pathlib import Path

import boto3

from mocklambda import mock_lambda

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "handlers"))

CUT_EVERY = 400
NAMELESS_EVERY = 300
MAX_RECEIVES = 3


def load(path):
    """Return the features as message bodies, a few of them damaged; says what is wrong with a file that is no feed."""
    try:
        feed = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        sys.exit(f"{path} can not be read as GeoJSON: {error}")
    features = feed.get("features") if isinstance(feed, dict) else None
    if not isinstance(features, list):
        sys.exit(f"{path} is no GeoJSON feed: it has no list of features")
    for feature in features[5::NAMELESS_EVERY]:
        if isinstance(feature, dict) and isinstance(feature.get("properties"), dict):
            feature["properties"]["mag"] = None
    bodies = [json.dumps(feature) for feature in features]
    bodies[2::CUT_EVERY] = [body[: len(body) // 2] for body in bodies[2::CUT_EVERY]]
    return bodies


def expected(bodies):
    """Work out in plain Python what has to come out."""
    from classify import UNREADABLE, read

    counts, damaged = Counter(), 0
    for body in bodies:
        try:
            counts[read(body)[2]] += 1
        except UNREADABLE:
            damaged += 1
    return dict(counts), damaged


def deploy(cloud):
    """Make the queues and functions; returns their handles."""
    unread = cloud.queue("unread")
    quakes = cloud.queue("earthquakes", dead_letter=unread, max_receive_count=MAX_RECEIVES)
    given_up = cloud.queue("given-up")
    alert = cloud.function("alert", "alert.handler", source=HERE / "handlers", dead_letter=given_up)
    classify = cloud.function(
        "classify",
        "classify.handler",
        source=HERE / "handlers",
        env={"ALERT_FUNCTION": alert.name},
        timeout=10,
    )
    classify.on_queue(quakes, batch_size=10, partial=True)
    return quakes, unread, given_up, classify, alert


def send(queue, bodies):
    """Send everything with boto3, in batches of ten."""
    sqs = boto3.client("sqs", region_name="us-east-1")
    for start in range(0, len(bodies), 10):
        entries = [{"Id": str(n), "MessageBody": body} for n, body in enumerate(bodies[start : start + 10])]
        sqs.send_message_batch(QueueUrl=queue.url, Entries=entries)


def classified(classify):
    """Add up what the invocations of `classify` counted."""
    counts = Counter()
    for invocation in classify.invocations:
        counts.update((invocation.result or {}).get("counts", {}))
    return dict(counts)


def check(what, found, wanted):
    """Print a line of comparison; returns whether both agree."""
    print(
        f"  {'ok ' if found == wanted else 'NO '} {what}: {found}"
        + ("" if found == wanted else f", not {wanted}")
    )
    return found == wanted


def main(path):
    bodies = load(path)
    began = time.perf_counter()
    with mock_lambda() as cloud:
        quakes, unread, given_up, classify, alert = deploy(cloud)
        began_at = cloud.now
        send(quakes, bodies)
        cloud.run_until_idle()
        took, passed = time.perf_counter() - began, cloud.now - began_at

        counts, damaged = expected(bodies)
        unknown, strong = counts.get("unknown", 0), counts.get("strong", 0)
        ran = cloud.invocations()
        print(f"{len(bodies)} earthquakes from {path}")
        for name, number in sorted(classified(classify).items()):
            print(f"  {name:10} {number}")
        cold = sum(one.cold for one in ran)
        print(f"invocations: {len(ran)}, {cold} cold, {len(ran) - cold} warm")
        print(f"retries of alert: {sum(one.attempt > 1 for one in alert.invocations)}")
        print(f"dead letters: {len(given_up)} given up by alert, {len(unread)} that classify could not read")
        for message in given_up.messages[:1]:
            print(
                f"  for example: {message.attributes['ErrorMessage']} (request {message.attributes['RequestID']})"
            )
        print(f"virtual time: {passed}, real time: {took:.2f} s")
        print("against plain Python over the same file:")
        return all(
            [
                check("classes", classified(classify), counts),
                check("alerts", sum(one.ok for one in alert.invocations), strong),
                check(
                    "attempts at what alert can not handle",
                    sum(not one.ok for one in alert.invocations),
                    3 * unknown,
                ),
                check("given up by alert", len(given_up), unknown),
                check("unread", len(unread), damaged),
                check("left in the queue", len(quakes), 0),
            ]
        )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(0 if main(sys.argv[1]) else 1)
