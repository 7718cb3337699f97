"""The versions of the service's API, as users name them."""

from typing import Literal, TypeAlias

Api: TypeAlias = Literal["v3", "v4", "auto"]
