"""The core: how Lambda decides. Pure: no thread, socket, process, file, wall time or botocore."""
