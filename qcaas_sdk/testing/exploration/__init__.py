"""Explore an asyncio program: run it under every schedule within bounds.

Nothing here knows the rest of this package: a scenario is any async function.
"""

from qcaas_sdk.testing.exploration.bounds import Bounds
from qcaas_sdk.testing.exploration.explore import Explore, Irreproducible, explore
from qcaas_sdk.testing.exploration.report import Exploration, ScheduleFailed
from qcaas_sdk.testing.exploration.run import World
from qcaas_sdk.testing.exploration.scenario_calls import cancellable, choose, crash_point, tell, touch, touching
from qcaas_sdk.testing.exploration.trail import NotDeterministic
from qcaas_sdk.testing.time import Deadlock, Livelock

__all__ = [
    "Bounds",
    "Deadlock",
    "Exploration",
    "Explore",
    "Irreproducible",
    "Livelock",
    "NotDeterministic",
    "ScheduleFailed",
    "World",
    "cancellable",
    "choose",
    "crash_point",
    "explore",
    "tell",
    "touch",
    "touching",
]
