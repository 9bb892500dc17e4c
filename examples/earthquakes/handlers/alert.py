"""Tells people about an earthquake; has no idea what to say about one without a magnitude."""


def handler(event, context):
    if event["magnitude"] is None:
        raise ValueError(f"earthquake {event['id']} has no magnitude")
    return f"magnitude {event['magnitude']:.1f} earthquake: {event['id']}"
