"""Asks an SDK, OQC's published one or this one, for the arrays of arrays.json; prints what it saw as JSON."""

import importlib
import json
import sys
import warnings
from pathlib import Path
from typing import Any


def described(array: Any) -> Any:
    if not hasattr(array, "coords"):
        return [str(array.dtype), str(array.unit), int(array.value)]
    labels = {
        name: [list(label.dims), str(label.dtype), str(label.unit), [_plain(value) for value in label.values]]
        for name, label in sorted(array.coords.items())
    }
    return [list(array.dims), str(array.dtype), str(array.unit), array.values.tolist(), labels]


def _plain(value: Any) -> Any:
    return value if isinstance(value, str) else int(value)


def asked(sdk: Any, outputs: Any, case: dict[str, Any]) -> Any:
    order = sdk.Endianness(case.get("endianness", "big"))
    if "bits" in case:
        return sdk.bits(case["bits"], order)
    arguments = (case.get("creg", "c"), order, case.get("mismatch", "raise"))
    if "pattern" in case:
        return outputs.like(case["pattern"], *arguments)
    return outputs.to_counts_dataarray(*arguments)


def seen(sdk: Any, make_outputs: Any) -> list[Any]:
    answers = []
    for case in json.loads((Path(__file__).parent / "arrays.json").read_text(encoding="utf-8")):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                answer = described(asked(sdk, make_outputs(case.get("data", [])), case))
            except (ValueError, KeyError) as error:
                answer = {"raises": [kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "builtins"]}
        answers.append([answer, [kind.__name__ for kind in dict.fromkeys(w.category for w in caught)]])
    return answers


def published() -> None:
    sdk = importlib.import_module("oqc_qcaas_sdk")
    outputs = importlib.import_module("oqc_qcaas_sdk.job_output")
    proxies = importlib.import_module("oqc_qcaas_sdk.job_output_proxy")

    def make(data: list[Any]) -> Any:
        return proxies.JobOutputProxy(
            [
                outputs.JobResult(data=one) if one is not None else outputs.JobError(error_code=1, error_message="no")
                for one in data
            ]
        )

    config = sdk.ExperimentalConfig.create_from_json(sys.argv[2]) if len(sys.argv) > 2 else None
    told = config and [config.noise, config.bond_dimension, config.repeats, config.external_config, config.to_json()]
    print(json.dumps({"arrays": seen(sdk, make), "config": told}))


if __name__ == "__main__":
    published()
