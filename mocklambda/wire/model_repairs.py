"""What botocore's models do not say and the wire shows: XML root names, error namespaces, old query names.

Tables of names, laid over a copy of the model. Nothing here acts.
"""

from __future__ import annotations

from typing import Any

_XML_ROOTS: dict[str, dict[str, str]] = {
    "s3": {
        "CompleteMultipartUploadOutput": "CompleteMultipartUploadResult",
        "CreateMultipartUploadOutput": "InitiateMultipartUploadResult",
        "CreateSessionOutput": "CreateSessionResult",
        "DeleteObjectsOutput": "DeleteResult",
        "GetBucketAccelerateConfigurationOutput": "AccelerateConfiguration",
        "GetBucketAclOutput": "AccessControlPolicy",
        "GetBucketCorsOutput": "CORSConfiguration",
        "GetBucketLifecycleConfigurationOutput": "LifecycleConfiguration",
        "GetBucketLifecycleOutput": "LifecycleConfiguration",
        "GetBucketLocationOutput": "LocationConstraint",
        "GetBucketLoggingOutput": "BucketLoggingStatus",
        "GetBucketRequestPaymentOutput": "RequestPaymentConfiguration",
        "GetBucketTaggingOutput": "Tagging",
        "GetBucketVersioningOutput": "VersioningConfiguration",
        "GetBucketWebsiteOutput": "WebsiteConfiguration",
        "GetObjectAclOutput": "AccessControlPolicy",
        "GetObjectAttributesOutput": "GetObjectAttributesResponse",
        "GetObjectTaggingOutput": "Tagging",
        "ListBucketAnalyticsConfigurationsOutput": "ListBucketAnalyticsConfigurationResult",
        "ListBucketInventoryConfigurationsOutput": "ListInventoryConfigurationsResult",
        "ListBucketMetricsConfigurationsOutput": "ListMetricsConfigurationsResult",
        "ListBucketsOutput": "ListAllMyBucketsResult",
        "ListDirectoryBucketsOutput": "ListAllMyDirectoryBucketsResult",
        "ListMultipartUploadsOutput": "ListMultipartUploadsResult",
        "ListObjectVersionsOutput": "ListVersionsResult",
        "ListObjectsOutput": "ListBucketResult",
        "ListObjectsV2Output": "ListBucketResult",
        "ListPartsOutput": "ListPartsResult",
    }
}
_RESULT_NAMESPACES = {"s3": "http://s3.amazonaws.com/doc/2006-03-01/"}
_UNWRAPPED_OUTPUTS = {"s3": ("GetBucketLocationOutput",)}
_ERROR_NAMESPACES = {
    "sqs": "com.amazonaws.sqs",
    "cloudwatch": "com.amazonaws.cloudwatch.v2010_08_01",
    "dynamodb": "com.amazonaws.dynamodb.v20120810",
    "dynamodbstreams": "com.amazonaws.dynamodb.v20120810",
}

_QUERY_NAMESPACES = {"sqs": "http://queue.amazonaws.com/doc/2012-11-05/"}
_QUERY_ERROR_DETAILS = ("sqs",)  # R: an empty <Detail/> after the message
_QUERY_LIST_ELEMENTS = {
    "sqs": {
        "AWSAccountIdList": "AWSAccountId",
        "ActionNameList": "ActionName",
        "AttributeNameList": "AttributeName",
        "BatchResultErrorEntryList": "BatchResultErrorEntry",
        "BinaryList": "BinaryListValue",
        "ChangeMessageVisibilityBatchRequestEntryList": "ChangeMessageVisibilityBatchRequestEntry",
        "ChangeMessageVisibilityBatchResultEntryList": "ChangeMessageVisibilityBatchResultEntry",
        "DeleteMessageBatchRequestEntryList": "DeleteMessageBatchRequestEntry",
        "DeleteMessageBatchResultEntryList": "DeleteMessageBatchResultEntry",
        "ListMessageMoveTasksResultEntryList": "ListMessageMoveTasksResultEntry",
        "MessageAttributeNameList": "MessageAttributeName",
        "MessageList": "Message",
        "MessageSystemAttributeList": "AttributeName",
        "QueueUrlList": "QueueUrl",
        "SendMessageBatchRequestEntryList": "SendMessageBatchRequestEntry",
        "SendMessageBatchResultEntryList": "SendMessageBatchResultEntry",
        "StringList": "StringListValue",
        "TagKeyList": "TagKey",
    }
}
_QUERY_MAP_PAIRS = {
    "sqs": {
        "MessageBodyAttributeMap": ("Name", "Value"),
        "MessageBodySystemAttributeMap": ("Name", "Value"),
        "MessageSystemAttributeMap": ("Name", "Value"),
        "QueueAttributeMap": ("Name", "Value"),
        "TagMap": ("Key", "Value"),
    }
}
_QUERY_MEMBERS = {
    "sqs": {
        "MessageAttributes": "MessageAttribute",
        "MessageSystemAttributes": "MessageSystemAttribute",
        "Attributes": "Attribute",
        "tags": "Tag",
        "Tags": "Tag",
    }
}
_QUERY_MEMBER_EXCEPTIONS = {"sqs": {("TagQueueRequest", "Tags"): "Tags"}}
QUERY_ALIASES = {("TagQueueRequest", "Tags"): ("Tag",)}
"""Shape and member → what clients of the query protocol may call the member as well."""


def repaired(service: str, description: dict[str, Any]) -> dict[str, Any]:
    """Return the model with root names, error namespace and unwrapped outputs put back."""
    if service not in _XML_ROOTS and service not in _ERROR_NAMESPACES:
        return description
    shapes = dict(description["shapes"])
    for name, root in _XML_ROOTS.get(service, {}).items():
        shapes[name] = {**shapes[name], "locationName": root}
    metadata = dict(description["metadata"])
    metadata["errorNamespace"] = _ERROR_NAMESPACES.get(service)
    metadata["resultNamespace"] = _RESULT_NAMESPACES.get(service)
    metadata["unwrappedOutputs"] = _UNWRAPPED_OUTPUTS.get(service, ())
    return {**description, "shapes": shapes, "metadata": metadata}


def as_query(service: str, description: dict[str, Any]) -> dict[str, Any]:
    """Return the model with the names and the flat lists of the service's old query protocol."""
    metadata = {**description["metadata"], "protocol": "query", "protocols": ["query"]}
    if service in _QUERY_NAMESPACES:
        metadata["xmlNamespace"] = _QUERY_NAMESPACES[service]
    metadata["hasErrorDetail"] = service in _QUERY_ERROR_DETAILS
    operations = {name: _with_wrapper(name, spec) for name, spec in description["operations"].items()}
    shapes = {name: _query_shape(service, name, shape) for name, shape in description["shapes"].items()}
    return {**description, "metadata": metadata, "operations": operations, "shapes": shapes}


def _with_wrapper(name: str, spec: dict[str, Any]) -> dict[str, Any]:
    if "output" not in spec:
        return spec
    return {**spec, "output": {"resultWrapper": f"{name}Result", **spec["output"]}}


def _query_shape(service: str, name: str, shape: dict[str, Any]) -> dict[str, Any]:
    element = _QUERY_LIST_ELEMENTS.get(service, {}).get(name)
    if element is not None:
        return {**shape, "flattened": True, "member": {**shape["member"], "locationName": element}}
    pair = _QUERY_MAP_PAIRS.get(service, {}).get(name)
    if pair is not None:
        key, value = ({**shape[part], "locationName": pair[i]} for i, part in enumerate(("key", "value")))
        return {**shape, "flattened": True, "key": key, "value": value}
    members = shape.get("members")
    names = _QUERY_MEMBERS.get(service)
    if not members or names is None:
        return shape
    exceptions = _QUERY_MEMBER_EXCEPTIONS[service]
    renamed = {
        member: {**ref, "locationName": exceptions.get((name, member), names[member])}
        if member in names
        else ref
        for member, ref in members.items()
    }
    return {**shape, "members": renamed}
