"""AWS's protocols from botocore's models: requests to dicts, dicts to responses. Knows no service."""
