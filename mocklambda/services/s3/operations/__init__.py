"""S3's operations, by what they are about; joined here into one table."""

from __future__ import annotations

from mocklambda.services.s3.operations import (
    acls,
    buckets,
    completion,
    copies,
    deletes,
    listings,
    puts,
    reads,
    upload_listings,
    uploads,
)
from mocklambda.services.service import operation_table

OPERATIONS = {
    name: function
    for module in (
        acls,
        buckets,
        completion,
        copies,
        deletes,
        listings,
        puts,
        reads,
        upload_listings,
        uploads,
    )
    for name, function in operation_table(vars(module)).items()
}
