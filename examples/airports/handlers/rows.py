"""What a row of the file says."""

import csv

COLUMNS = 7


def state_of(line):
    """Return the state of an airport's row, or raise ValueError for a row that is none."""
    (row,) = csv.reader([line])
    if len(row) != COLUMNS:
        raise ValueError(f"{len(row)} columns in {line!r}")
    iata, _name, _city, state, _country, latitude, longitude = row
    if not iata:
        raise ValueError(f"no code in {line!r}")
    float(latitude), float(longitude)
    return state
