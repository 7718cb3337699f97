"""HTTP client: authentication, retries, rate limits. The only package that knows httpx."""

from qcaas_sdk._http.client import Transport
from qcaas_sdk._http.credentials import Credential, PasswordCredential, TokenCredential, credential_from
from qcaas_sdk._http.json_decoding import JsonValue, decoded
from qcaas_sdk._http.request_size import LARGEST_BODY, LARGEST_REQUEST, encode
from qcaas_sdk._http.retry import RetryPolicy
from qcaas_sdk._http.transports import HttpTransport

__all__ = [
    "LARGEST_BODY",
    "LARGEST_REQUEST",
    "Credential",
    "HttpTransport",
    "JsonValue",
    "PasswordCredential",
    "RetryPolicy",
    "TokenCredential",
    "Transport",
    "credential_from",
    "decoded",
    "encode",
]
