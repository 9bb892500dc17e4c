"""S3's operations, by what they are about; joined here into one table."""

from __future__ import annotations

from mocklambda.services.s3.operations import (
    acls,
    bucket_policies,
    bucket_settings,
    buckets,
    completion,
    copies,
    deletes,
    lifecycles,
    listings,
    locks,
    notification_settings,
    object_tagging,
    puts,
    reads,
    restores,
    upload_listings,
    uploads,
    websites,
)
from mocklambda.services.service import operation_table

OPERATIONS = {
    name: function
    for module in (
        acls,
        bucket_policies,
        bucket_settings,
        buckets,
        completion,
        copies,
        deletes,
        lifecycles,
        listings,
        locks,
        notification_settings,
        object_tagging,
        puts,
        reads,
        restores,
        upload_listings,
        uploads,
        websites,
    )
    for name, function in operation_table(vars(module)).items()
}
