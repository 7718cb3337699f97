"""A session with the published oqc-qcaas-client; prints what it saw as JSON. Run by its own environment."""

import json
import sys
from typing import Any

from compiler_config.config import CompilerConfig, QuantumResultsFormat
from programs import BAD, BELL, SLOW
from qcaas_client.client import OQCClient, QPUTask


def main(url: str) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    client = OQCClient(url=url, authentication_token="any")
    (qpu,) = client.get_qpus()
    qpu_id = qpu["id"]
    seen["qpu"] = qpu_id
    seen["features"] = json.loads(client.get_features(qpu_id))
    seen["status"] = client.get_system_status(qpu_id)
    seen["calibration"] = client.get_calibration(qpu_id)
    seen["next window"] = client.get_next_window(qpu_id)

    config = CompilerConfig(repeats=200, results_format=QuantumResultsFormat().binary_count())
    (bell,) = client.execute_tasks(QPUTask(BELL, config), qpu_id, include_metrics=True)
    seen["bell"] = bell.result
    seen["metrics"] = bell.metrics
    seen["timings"] = client.get_task_timings(bell.id, qpu_id)
    seen["metadata"] = client.get_task_metadata(bell.id, qpu_id)

    (bad,) = client.execute_tasks(QPUTask(BAD), qpu_id)
    seen["bad"] = [bad.error_details.error_code, bad.error_details.error_message]

    many = client.execute_tasks([QPUTask(BELL), QPUTask(BAD), QPUTask(BELL)], qpu_id)
    seen["many"] = [result.has_errored() for result in many]

    slow, waiting = client.schedule_tasks([QPUTask(SLOW), QPUTask(BELL)], qpu_id)
    seen["task estimates"] = client.get_task_execution_estimates([slow.task_id, waiting.task_id], qpu_id)
    seen["qpu estimates"] = client.get_qpu_execution_estimates([qpu_id])
    client.cancel_task([slow.task_id, waiting.task_id], qpu_id)
    seen["cancelled"] = [client.get_task_status(task.task_id, qpu_id) for task in (slow, waiting)]
    seen["listed"] = len(client.get_tasks_summary(qpu_id=qpu_id))

    seen["qpus after a login"] = len(OQCClient(url=url, email="a@b.example", password="any").get_qpus())
    return seen


print(json.dumps(main(sys.argv[1])))
