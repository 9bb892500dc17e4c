"""What an SDK's parser makes of single values, beside botocore's own way to them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime

import pytest
from botocore.utils import get_tzinfo_options

from mocklambda.wire.views import epoch_view

BERLIN_GOES_BACK = 1_698_541_200_000
ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Europe/Moscow",
    "Pacific/Apia",
)
"""The last three had other rules once, of which botocore's zone does not know."""


@pytest.fixture(params=ZONES)
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Have this process be in a zone."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    "instant",
    [
        0,
        1_345_678_901_234,
        BERLIN_GOES_BACK - 1_800_000,
        BERLIN_GOES_BACK + 1_800_000,
        1_720_000_000_001,
        4_102_444_800_000,
    ],
)
@pytest.mark.usefixtures("zone")
def test_instants_that_travel_as_numbers_are_shown_in_the_zone_of_the_machine_as_botocore_shows_them(
    instant: int,
) -> None:
    botocores = datetime.fromtimestamp(instant / 1000, get_tzinfo_options()[0]())
    shown = epoch_view()(instant)
    assert (shown.isoformat(), shown.fold, repr(shown.tzinfo)) == (
        botocores.isoformat(),
        botocores.fold,
        repr(botocores.tzinfo),
    )
