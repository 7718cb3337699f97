"""What all tests share; coroutine tests are run by the plugin of the kit itself."""

import os

from hypothesis import settings

if "CI" not in os.environ:  # there Hypothesis brings a profile of its own
    settings.register_profile("shared machines", deadline=None)
    settings.load_profile("shared machines")
