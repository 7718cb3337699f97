"""Tests of a group share something costly; only in one process they do."""

import pytest


@pytest.mark.xdist_group("one process")
def test_a_group_runs_in_one_process(request: pytest.FixtureRequest) -> None:
    """pytest-xdist sends tests whose ids end alike to one process."""
    if not getattr(request.config.option, "loadgroup", False):
        pytest.skip("tests run in one process here, or are not grouped")
    assert request.node.nodeid.endswith("@one process")
