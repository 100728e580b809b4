"""Provider fault × surface × streaming × what the deployment does about it: for each cell exactly what the caller sees
and exactly what is recorded. The tables are in `faults/`: surfaces in `documents`, `streams` and `anthropic`, faults
with their rules, and what differs by surface with its reasons, in `table`.
"""

import collections

import pytest

pytest.register_assert_rewrite("faults.expected")

from faults.cells import CELLS, SURFACES
from faults.expected import check_outcome, check_seen
from faults.provider import Provider
from faults.running import Matrix
from faults.table import DEVIATIONS, FAULTS
from processes import Signalbox

# The process's deadlines, which hold where a deployment has none of its own. Generous for the sound answers beside.
FIRST_BYTE_MS = IDLE_GAP_MS = "3000"


@pytest.fixture(scope="module")
def matrix(tmp_path_factory):
    box = Signalbox(tmp_path_factory.mktemp("matrix"), {
        "SIGNALBOX_GATEWAY_FIRST_BYTE_TIMEOUT_MS": FIRST_BYTE_MS,
        "SIGNALBOX_GATEWAY_IDLE_GAP_TIMEOUT_MS": IDLE_GAP_MS,
        # However busy the machine is, nobody is turned away.
        "SIGNALBOX_SERVER_SHED_TARGET_MS": "0",
        # All cells fail by the same providers: no breaker may open by itself, and no retry be withheld.
        "SIGNALBOX_GATEWAY_BREAKER_CONSECUTIVE_FAILURES": "0",
        "SIGNALBOX_GATEWAY_BREAKER_REQUESTS_MIN": "1000000",
        "SIGNALBOX_GATEWAY_RETRY_BUDGET_PER_SECOND": "100000"})
    provider = Provider()
    run = None
    try:
        run = Matrix(box.ready(), provider, CELLS)
        yield run.run()
    finally:
        if run is not None:
            run.close()
        provider.close()
        box.kill()


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.id)
def test_cell(matrix, cell):
    run = matrix.runs[cell.number]
    if run.trouble is not None:
        raise run.trouble
    try:
        check_seen(cell, run.seen)
        check_outcome(cell, run.outcome, run)
        if cell.fault.place == "scripted":
            assert len(run.bodies) == cell.tries, "what was tried is not what is recorded"
    except AssertionError as error:
        error.add_note(f"seen: {run.seen}\nrecorded: {run.outcome}")
        raise


def test_every_request_has_exactly_one_outcome(matrix):
    found = collections.Counter(item["request_id"] for item in matrix.api.items("/api/v1/outcomes"))
    assert found == {run.user: 1 for run in matrix.runs.values()}
    # What was never recorded cannot be read; what was dropped is counted.
    assert matrix.api.metric("signalbox_outcomes_dropped") == 0


def test_every_deviation_is_one():
    """Of a fault and of surfaces that there are, and different from the rule."""
    for deviation in DEVIATIONS:
        fault, = [fault for fault in FAULTS if fault.name == deviation.fault]
        for name in deviation.surfaces:
            surface, = [surface for surface in SURFACES if surface.name == name]
            rule = fault.rules[surface.shape]
            assert any(getattr(rule, member) != value for member, value in deviation.changes.items()), deviation
        assert deviation.reason
    assert len({cell.id for cell in CELLS}) == len(CELLS)
