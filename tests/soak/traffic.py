"""Random traffic: functions that call, send to and fail one another, from several threads, in rounds of their own.

``python tests/soak/traffic.py MINUTES [SEED]`` goes on for that long, one seed after the other, and names the seed of
a round that breaks a promise: nothing is lost, nothing is left in flight, nobody waits for ever.
"""

from __future__ import annotations

import random
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from mocklambda import mock_lambda
from mocklambda.cloud import Cloud

ECHO = "def handler(event, context):\n    return event\n"
MOODY = """
import os, random
import boto3

client = boto3.client("lambda")

def handler(event, context):
    mood = random.random()
    if mood < 0.2:
        client.invoke(FunctionName="echo-0", Payload=b"1")
    elif mood < 0.4:
        client.invoke(FunctionName="echo-1", InvocationType="Event", Payload=b"1")
    elif mood < 0.6:
        raise ValueError(mood)
    elif mood < 0.65:
        os._exit(3)
    return mood
"""
EATER = """
import random

def handler(event, context):
    if random.random() < 0.3:
        raise ValueError("not now")
    return [record["body"] for record in event["Records"]]
"""


class Round:
    """One cloud and what is done to it; the same for the same seed, but for the order of its threads."""

    def __init__(self, cloud: Cloud, chance: random.Random) -> None:
        self._cloud = cloud
        self._chance = chance
        self._lock = threading.Lock()
        self._sent: set[str] = set()
        self._bodies: set[str] = set()
        self._dead = cloud.queue("dead")
        self._queue = cloud.queue("work", dead_letter=self._dead, max_receive_count=3, visibility_timeout=30)
        echoes = [cloud.function(f"echo-{number}", source=ECHO) for number in range(3)]
        moody = [
            cloud.function(
                f"moody-{number}", source=MOODY, on_success=chance.choice(echoes), retries=chance.randrange(3)
            )
            for number in range(2)
        ]
        self._eater = cloud.function("eater", source=EATER)
        self._eater.on_queue(self._queue, batch_size=chance.choice([1, 3, 10]))
        self._functions = [*echoes, *moody]

    def work(self, seed: int) -> None:
        """Do some of everything, as one thread of a test would."""
        chance = random.Random(seed)
        for number in range(25):
            what = chance.random()
            if what < 0.3:
                chance.choice(self._functions).invoke(number)
            elif what < 0.6:
                request_id = chance.choice(self._functions).send(number)
                with self._lock:
                    self._sent.add(request_id)
            elif what < 0.8:
                body = f"{seed}-{number}"
                self._queue.send(body)
                with self._lock:
                    self._bodies.add(body)
            elif what < 0.9:
                self._cloud.settle()
            else:
                self._cloud.advance(seconds=chance.choice([1, 31, 130]))

    def check(self) -> None:
        """Raise AssertionError unless all that was sent has come to an end."""
        self._cloud.run_until_idle()
        attempted = {one.request_id for one in self._cloud.invocations()}
        assert self._sent <= attempted, f"events never tried: {self._sent - attempted}"
        eaten = {body for one in self._eater.invocations for body in one.result or []}
        buried = {message.body for message in self._dead.messages}
        # at least once: another thread may move time while a batch is being worked on
        assert eaten | buried == self._bodies, f"messages lost: {self._bodies - eaten - buried}"
        assert not self._queue.messages, "messages left behind"


def run(seed: int) -> None:
    """Have one round."""
    chance = random.Random(seed)
    with mock_lambda(seed=seed, max_real_seconds=20, max_environments=chance.choice([2, 4, 64])) as cloud:
        one = Round(cloud, chance)
        threads = chance.choice([1, 1, 3])
        seeds = [chance.randrange(1 << 30) for _ in range(threads)]
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(one.work, seeds))
        one.check()


def main(minutes: float, seed: int) -> None:
    until = time.monotonic() + 60 * minutes
    while time.monotonic() < until:
        try:
            run(seed)
        except BaseException:
            print(f"broken by seed {seed}")
            raise
        seed += 1
        print(f"{seed} rounds", end="\r", flush=True)
    print()


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
