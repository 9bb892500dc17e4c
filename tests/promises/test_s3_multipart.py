"""Multipart uploads put an object together from parts, and refuse parts that do not fit."""

from __future__ import annotations

import base64
import hashlib
import zlib
from io import BytesIO

import pytest
from s3_support import BUCKET, client_with_bucket, plain, refusal

MEBI = 1 << 20
BIG = b"b" * (5 * MEBI)


@pytest.fixture
def s3(mock_lambda):
    return client_with_bucket()


class Uploading:
    """One upload under way."""

    def __init__(self, s3, key="k", **options):
        self.s3 = s3
        self.made = plain(s3.create_multipart_upload(Bucket=BUCKET, Key=key, **options))
        self.which = {"Bucket": BUCKET, "Key": key, "UploadId": self.made["UploadId"]}
        self.listed = []

    def send(self, number, body, *checksums, **options):
        answer = plain(self.s3.upload_part(**self.which, PartNumber=number, Body=body, **options))
        self.listed.append(
            {"PartNumber": number, "ETag": answer["ETag"], **{name: answer[name] for name in checksums}}
        )
        return answer

    def request(self, **options):
        return {**self.which, "MultipartUpload": {"Parts": self.listed}, **options}

    def complete(self, **options):
        return plain(self.s3.complete_multipart_upload(**self.request(**options)))


def test_a_default_upload_gets_crc64nvme_at_its_end(s3):
    upload = Uploading(s3)
    part = upload.send(1, b"abcd")

    done = upload.complete()

    assert upload.made == {**upload.which, "ServerSideEncryption": "AES256"}
    assert part == {
        "ETag": '"e2fc714c4727ee9395f324cd2e7f331f"',
        "ChecksumCRC32": "7YLNEQ==",
        "ServerSideEncryption": "AES256",
    }
    assert done == {
        "Bucket": BUCKET,
        "Key": "k",
        "Location": f"https://{BUCKET}.s3.amazonaws.com/k",
        "ETag": f'"{hashlib.md5(hashlib.md5(b"abcd").digest()).hexdigest()}-1"',
        "ChecksumCRC64NVME": "oX4+O1iTXBY=",
        "ChecksumType": "FULL_OBJECT",
        "ServerSideEncryption": "AES256",
    }


def test_parts_are_joined_in_order(s3):
    upload = Uploading(s3, Metadata={"a": "b"}, ContentType="text/plain")
    upload.send(3, BIG)
    upload.send(7, b"end")

    upload.complete()

    answer = s3.get_object(Bucket=BUCKET, Key="k")
    assert answer["Body"].read() == BIG + b"end"
    assert (answer["ContentType"], answer["Metadata"]) == ("text/plain", {"a": "b"})


def test_a_part_is_read_by_its_place(s3):
    upload = Uploading(s3)
    upload.send(3, BIG)
    upload.send(7, b"end")
    upload.complete()

    answer = s3.get_object(Bucket=BUCKET, Key="k", PartNumber=2)

    shown = (answer["ContentRange"], answer["ContentLength"], answer["PartsCount"], answer["Body"].read())
    assert shown == (f"bytes {5 * MEBI}-{5 * MEBI + 2}/{5 * MEBI + 3}", 3, 2, b"end")
    assert refusal(s3.get_object, Bucket=BUCKET, Key="k", PartNumber=3) == {
        "Status": 416,
        "Code": "InvalidPartNumber",
        "Message": "The requested partnumber is not satisfiable",
        "PartNumberRequested": "3",
        "ActualPartCount": "2",
    }


def test_a_range_may_span_parts(s3):
    upload = Uploading(s3)
    upload.send(1, BIG)
    upload.send(2, b"end")
    upload.complete()

    assert (
        s3.get_object(Bucket=BUCKET, Key="k", Range=f"bytes={5 * MEBI - 2}-{5 * MEBI}")["Body"].read()
        == b"bbe"
    )


def test_a_composite_checksum_is_of_the_parts_checksums(s3):
    upload = Uploading(s3, ChecksumAlgorithm="CRC32")
    upload.send(1, BIG, "ChecksumCRC32")
    upload.send(2, b"end", "ChecksumCRC32")

    done = upload.complete()

    raw = b"".join(zlib.crc32(part).to_bytes(4, "big") for part in (BIG, b"end"))
    expected = base64.b64encode(zlib.crc32(raw).to_bytes(4, "big")).decode() + "-2"
    assert (upload.made["ChecksumAlgorithm"], upload.made["ChecksumType"]) == ("CRC32", "COMPOSITE")
    assert (done["ChecksumCRC32"], done["ChecksumType"]) == (expected, "COMPOSITE")


def test_a_full_object_checksum_is_of_the_whole(s3):
    upload = Uploading(s3, ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")
    upload.send(1, BIG)
    upload.send(2, b"end")
    whole = base64.b64encode(zlib.crc32(BIG + b"end").to_bytes(4, "big")).decode()

    error = refusal(
        s3.complete_multipart_upload, **upload.request(ChecksumType="FULL_OBJECT", ChecksumCRC32="AAAAAA==")
    )
    done = upload.complete(ChecksumType="FULL_OBJECT", ChecksumCRC32=whole)

    assert error["Message"] == "The crc32 you specified did not match the calculated checksum."
    assert (done["ChecksumCRC32"], done["ChecksumType"]) == (whole, "FULL_OBJECT")


def test_a_composite_upload_needs_its_parts_checksums(s3):
    upload = Uploading(s3, ChecksumAlgorithm="SHA256")
    upload.send(1, b"x", ChecksumAlgorithm="SHA256")

    assert refusal(s3.complete_multipart_upload, **upload.request()) == {
        "Status": 400,
        "Code": "InvalidRequest",
        "Message": "The upload was created using a sha256 checksum. The complete request must include the checksum "
        "for each part. It was missing for part 1 in the request.",
    }


def test_a_part_of_another_algorithm_is_refused(s3):
    upload = Uploading(s3, ChecksumAlgorithm="SHA256")

    assert refusal(s3.upload_part, **upload.which, PartNumber=1, Body=b"x", ChecksumAlgorithm="CRC32") == {
        "Status": 400,
        "Code": "InvalidRequest",
        "Message": "Checksum Type mismatch occurred, expected checksum Type: sha256, actual checksum Type: crc32",
    }


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"ChecksumType": "COMPOSITE"},
            "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.",
        ),
        (
            {"ChecksumAlgorithm": "SHA256", "ChecksumType": "FULL_OBJECT"},
            "The FULL_OBJECT checksum type cannot be used with the sha256 checksum algorithm.",
        ),
        (
            {"ChecksumAlgorithm": "CRC64NVME", "ChecksumType": "COMPOSITE"},
            "The COMPOSITE checksum type cannot be used with the crc64nvme checksum algorithm.",
        ),
        (
            {"ChecksumAlgorithm": "TEST"},
            (
                "Checksum algorithm provided is unsupported. Please try again with any of the valid types: "
                "[CRC32, CRC32C, CRC64NVME, SHA1, SHA256]"
            ),
        ),
    ],
)
def test_a_checksum_that_no_upload_can_have_is_refused(s3, options, message):
    error = refusal(s3.create_multipart_upload, Bucket=BUCKET, Key="k", **options)

    assert error == {"Status": 400, "Code": "InvalidRequest", "Message": message}


def test_a_short_part_before_the_last_is_refused(s3):
    upload = Uploading(s3)
    first = upload.send(1, b"short")
    upload.send(2, b"end")

    assert refusal(s3.complete_multipart_upload, **upload.request()) == {
        "Status": 400,
        "Code": "EntityTooSmall",
        "Message": "Your proposed upload is smaller than the minimum allowed size",
        "ProposedSize": "5",
        "MinSizeAllowed": "5242880",
        "PartNumber": "1",
        "ETag": first["ETag"].strip('"'),
    }


def test_parts_out_of_order_are_refused(s3):
    upload = Uploading(s3)
    upload.send(2, b"x")
    upload.send(1, b"x")

    assert refusal(s3.complete_multipart_upload, **upload.request())["Code"] == "InvalidPartOrder"


def test_an_unknown_part_is_refused_and_the_upload_stays_usable(s3):
    upload = Uploading(s3)
    upload.send(1, b"x")
    good = list(upload.listed)
    upload.listed.append({"PartNumber": 2, "ETag": '"abc"'})

    error = refusal(s3.complete_multipart_upload, **upload.request())
    upload.listed = good

    assert error == {
        "Status": 400,
        "Code": "InvalidPart",
        "Message": "One or more of the specified parts could not be found.  The part may not have been uploaded, or "
        "the specified entity tag may not match the part's entity tag.",
        "UploadId": upload.which["UploadId"],
        "PartNumber": "2",
        "ETag": "abc",
    }
    assert upload.complete()["ETag"].endswith('-1"')


@pytest.mark.parametrize("number", [0, 10_001])
def test_part_numbers_have_a_range(s3, number):
    upload = Uploading(s3)

    error = refusal(s3.upload_part, **upload.which, PartNumber=number, Body=b"x")

    assert error["Message"] == "Part number must be an integer between 1 and 10000, inclusive"


def test_an_upload_without_parts_is_refused(s3):
    upload = Uploading(s3)

    error = refusal(s3.complete_multipart_upload, **upload.which)

    assert error == {"Status": 400, "Code": "InvalidRequest", "Message": "You must specify at least one part"}


def test_the_announced_size_must_fit(s3):
    upload = Uploading(s3)
    upload.send(1, b"abcd")

    error = refusal(s3.complete_multipart_upload, **upload.request(MpuObjectSize=5))

    expected = "The provided 'x-amz-mp-object-size' header value 5 does not match what was computed: 4"
    assert error["Message"] == expected


def test_after_abort_there_is_no_upload(s3):
    upload = Uploading(s3)
    s3.abort_multipart_upload(**upload.which)

    assert refusal(s3.upload_part, **upload.which, PartNumber=1) == {
        "Status": 404,
        "Code": "NoSuchUpload",
        "Message": "The specified upload does not exist. The upload ID may be invalid, or the upload may have been "
        "aborted or completed.",
        "UploadId": upload.which["UploadId"],
    }


def test_parts_are_listed_by_number(s3):
    upload = Uploading(s3)
    for number in (2, 1, 4):
        upload.send(number, b"abcd")

    answer = s3.list_parts(**upload.which, MaxParts=2)

    assert [part["PartNumber"] for part in answer["Parts"]] == [1, 2]
    assert (answer["NextPartNumberMarker"], answer["IsTruncated"], answer["Parts"][0]["Size"]) == (2, True, 4)
    assert "ChecksumCRC32" not in answer["Parts"][0]


def test_parts_are_copied_by_range(s3):
    s3.put_object(Bucket=BUCKET, Key="from", Body=b"0123456789")
    upload = Uploading(s3)
    source = {"CopySource": f"{BUCKET}/from", "PartNumber": 1}

    answer = s3.upload_part_copy(**upload.which, **source, CopySourceRange="bytes=2-5")
    upload.listed.append({"PartNumber": 1, "ETag": answer["CopyPartResult"]["ETag"]})
    upload.complete()

    assert s3.get_object(Bucket=BUCKET, Key="k")["Body"].read() == b"2345"


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (
            "bytes=1-",
            (
                "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are "
                "the zero-based offsets of the first and last bytes to copy"
            ),
        ),
        ("bytes=0-10", "Range specified is not valid for source object of size: 10"),
        ("bytes=10-12", "The specified copy range is invalid for the source object size"),
    ],
)
def test_a_copied_range_must_lie_in_the_source(s3, asked, message):
    s3.put_object(Bucket=BUCKET, Key="from", Body=b"0123456789")
    upload = Uploading(s3)

    error = refusal(
        s3.upload_part_copy, **upload.which, CopySource=f"{BUCKET}/from", PartNumber=1, CopySourceRange=asked
    )

    assert error["Message"] == message


def test_the_sdks_managed_upload_makes_a_composite_object(s3):
    body = BIG * 4

    s3.upload_fileobj(BytesIO(body), BUCKET, "k")

    head = s3.head_object(Bucket=BUCKET, Key="k", ChecksumMode="ENABLED")
    assert (head["ContentLength"], head["ChecksumType"], head["ETag"][-3:]) == (len(body), "COMPOSITE", '-3"')


def test_attributes_show_the_parts_of_a_composite_object(s3):
    upload = Uploading(s3, ChecksumAlgorithm="CRC32")
    upload.send(1, BIG, "ChecksumCRC32")
    upload.send(2, b"end", "ChecksumCRC32")
    upload.complete()

    parts = s3.get_object_attributes(Bucket=BUCKET, Key="k", ObjectAttributes=["ObjectParts"], MaxParts=1)[
        "ObjectParts"
    ]

    assert parts == {
        "TotalPartsCount": 2,
        "IsTruncated": True,
        "MaxParts": 1,
        "PartNumberMarker": 0,
        "NextPartNumberMarker": 1,
        "Parts": [{"PartNumber": 1, "Size": 5 * MEBI, "ChecksumCRC32": upload.listed[0]["ChecksumCRC32"]}],
    }
