"""HTTP client: authentication, retries, rate limits. The only subpackage that uses httpx for the service."""

from qcaas_sdk._http.client import HttpClient
from qcaas_sdk._http.credentials import (
    BearerCredential,
    Credential,
    PasswordCredential,
    Post,
    TokenCredential,
    credential_from,
    for_gateway,
)
from qcaas_sdk._http.json_decoding import JsonValue, decoded
from qcaas_sdk._http.request_size import MAX_BODY, MAX_REQUEST, encode
from qcaas_sdk._http.retry import RetryPolicy
from qcaas_sdk._http.silence import Silence
from qcaas_sdk._http.transports import HttpTransport

__all__ = [
    "MAX_BODY",
    "MAX_REQUEST",
    "BearerCredential",
    "Credential",
    "HttpClient",
    "HttpTransport",
    "JsonValue",
    "PasswordCredential",
    "Post",
    "RetryPolicy",
    "Silence",
    "TokenCredential",
    "credential_from",
    "decoded",
    "encode",
    "for_gateway",
]
