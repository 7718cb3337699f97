"""HTTP client: authentication, retries, rate limits. The only package that knows httpx."""

from qcaas_sdk.transport.carriers import AsgiApp, in_process
from qcaas_sdk.transport.client import Transport
from qcaas_sdk.transport.credentials import Credential, PasswordCredential, TokenCredential, credential_from
from qcaas_sdk.transport.decoding import JsonValue, decoded
from qcaas_sdk.transport.retry import RetryPolicy
from qcaas_sdk.transport.size import LARGEST_BODY, LARGEST_REQUEST, encode

__all__ = [
    "LARGEST_BODY",
    "LARGEST_REQUEST",
    "AsgiApp",
    "Credential",
    "JsonValue",
    "PasswordCredential",
    "RetryPolicy",
    "TokenCredential",
    "Transport",
    "credential_from",
    "decoded",
    "encode",
    "in_process",
]
