"""What all tests share; coroutine tests are run by the plugin of the kit itself."""

import os

from hypothesis import settings

settings.register_profile("quick", deadline=None, max_examples=25)  # `make quick`; `make test` has four times as many

if "CI" not in os.environ:  # there Hypothesis brings a profile of its own
    settings.register_profile("shared machines", deadline=None)
    settings.load_profile("shared machines")
