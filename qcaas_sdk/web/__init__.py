"""The live page: a campaign in a browser, served on this machine. Needs the extra `web`.

A `Source` says which records have changed. The `Board` makes rows and figures of them. The server sends each browser
what has changed since the version that it has; to begin with, everything.
"""

from qcaas_sdk.web.dashboard import Dashboard

__all__ = ["Dashboard"]
