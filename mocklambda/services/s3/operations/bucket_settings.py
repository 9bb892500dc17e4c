"""Small settings of a bucket: versioning, tags, encryption, public access, ownership, payer."""

from __future__ import annotations

from mocklambda.services.s3.bucket import Bucket, PublicAccessBlock
from mocklambda.services.s3.encryption import DEFAULT_RULE, KMS_ALGORITHMS, BucketRule
from mocklambda.services.s3.errors import (
    invalid_argument,
    invalid_bucket_state,
    malformed_xml,
    not_configured,
    refuse_header,
)
from mocklambda.services.s3.operations.entry import Ctx, Request, Result, on_bucket
from mocklambda.services.s3.tagging import bucket_tags
from mocklambda.services.service import AwsError


@on_bucket("GetBucketVersioning")
def get_bucket_versioning(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    status = bucket.settings.versioning
    return {} if status is None else {"Status": status}


@on_bucket("PutBucketVersioning")
def put_bucket_versioning(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    refuse_header(request, "MFA", "x-amz-mfa")
    document = request.get("VersioningConfiguration") or {}
    status = document.get("Status")
    if document.get("MFADelete") == "Enabled":
        raise AwsError("NotImplemented", "mocklambda has no MFA devices: MFA delete can not be enabled", 501)
    if status is None:
        raise AwsError("IllegalVersioningConfigurationException", "The Versioning element must be specified")
    if status not in {"Enabled", "Suspended"}:
        raise malformed_xml()
    if status == "Suspended" and bucket.settings.has_object_lock:
        raise invalid_bucket_state(
            "An Object Lock configuration is present on this bucket, so the versioning state cannot be "
            "changed."
        )
    bucket.settings.versioning = status
    return {}


@on_bucket("GetBucketTagging")
def get_bucket_tagging(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    tags = bucket.settings.tags
    if not tags:
        raise not_configured("NoSuchTagSet", bucket.name)
    return {"TagSet": [{"Key": key, "Value": value} for key, value in tags.items()]}


@on_bucket("PutBucketTagging")
def put_bucket_tagging(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    bucket.settings.tags = bucket_tags((request.get("Tagging") or {}).get("TagSet") or ())
    ctx.reply.status = 204
    return {}


@on_bucket("DeleteBucketTagging")
def delete_bucket_tagging(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    bucket.settings.tags = None
    return {}


@on_bucket("GetBucketEncryption")
def get_bucket_encryption(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    rule = bucket.settings.encryption
    default = {"SSEAlgorithm": rule.algorithm}
    if rule.key_id is not None:
        default["KMSMasterKeyID"] = rule.key_id
    shown = {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": rule.is_bucket_key}
    return {"ServerSideEncryptionConfiguration": {"Rules": [shown]}}


@on_bucket("PutBucketEncryption")
def put_bucket_encryption(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    rules = (request.get("ServerSideEncryptionConfiguration") or {}).get("Rules") or []
    if len(rules) != 1:
        raise malformed_xml()
    default = rules[0].get("ApplyServerSideEncryptionByDefault") or {}
    algorithm, key_id = default.get("SSEAlgorithm"), default.get("KMSMasterKeyID")
    if algorithm not in {"AES256", *KMS_ALGORITHMS}:
        raise malformed_xml()
    if rules[0].get("BlockedEncryptionTypes"):
        raise AwsError("NotImplemented", "mocklambda does not block encryption types", 501)
    if algorithm == "AES256" and key_id is not None:
        raise invalid_argument(
            "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse",
            "ApplyServerSideEncryptionByDefault",
        )
    is_bucket_key = bool(rules[0].get("BucketKeyEnabled", False))
    bucket.settings.encryption = BucketRule(algorithm=algorithm, key_id=key_id, is_bucket_key=is_bucket_key)
    bucket.settings.was_encryption_put = True
    return {}


@on_bucket("DeleteBucketEncryption")
def delete_bucket_encryption(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    bucket.settings.encryption = DEFAULT_RULE
    return {}


@on_bucket("GetPublicAccessBlock")
def get_public_access_block(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    block = bucket.settings.public_access_block
    if block is None:
        raise not_configured("NoSuchPublicAccessBlockConfiguration", bucket.name)
    return {
        "PublicAccessBlockConfiguration": {
            "BlockPublicAcls": block.blocks_acls,
            "IgnorePublicAcls": block.ignores_acls,
            "BlockPublicPolicy": block.blocks_policy,
            "RestrictPublicBuckets": block.restricts,
        }
    }


@on_bucket("PutPublicAccessBlock")
def put_public_access_block(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    document = request.get("PublicAccessBlockConfiguration") or {}
    bucket.settings.public_access_block = PublicAccessBlock(
        blocks_acls=bool(document.get("BlockPublicAcls")),
        ignores_acls=bool(document.get("IgnorePublicAcls")),
        blocks_policy=bool(document.get("BlockPublicPolicy")),
        restricts=bool(document.get("RestrictPublicBuckets")),
    )
    return {}


@on_bucket("DeletePublicAccessBlock")
def delete_public_access_block(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    bucket.settings.public_access_block = None
    return {}


@on_bucket("GetBucketOwnershipControls")
def get_bucket_ownership_controls(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    ownership = bucket.settings.ownership
    if ownership is None:
        raise not_configured("OwnershipControlsNotFoundError", bucket.name)
    return {"OwnershipControls": {"Rules": [{"ObjectOwnership": ownership}]}}


@on_bucket("PutBucketOwnershipControls")
def put_bucket_ownership_controls(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    rules = (request.get("OwnershipControls") or {}).get("Rules") or ()
    names = [rule.get("ObjectOwnership") for rule in rules]
    if len(names) != 1 or names[0] not in {"BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"}:
        raise malformed_xml()
    bucket.settings.ownership = names[0]
    return {}


@on_bucket("DeleteBucketOwnershipControls")
def delete_bucket_ownership_controls(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    bucket.settings.ownership = None
    return {}


@on_bucket("GetBucketRequestPayment")
def get_bucket_request_payment(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    return {"Payer": bucket.settings.payer}


@on_bucket("PutBucketRequestPayment")
def put_bucket_request_payment(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    payer = (request.get("RequestPaymentConfiguration") or {}).get("Payer")
    if payer not in {"BucketOwner", "Requester"}:
        raise malformed_xml()
    bucket.settings.payer = payer
    return {}
