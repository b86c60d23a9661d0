"""The same model by LightGBM, exported to ONNX. Meets the command contract of docs/trainers.md.

    python -m venv .venv && .venv/bin/pip install -r requirements.txt

and in model.yaml: `command: [python/.venv/bin/python, python/train.py]`, `lockFiles: [models/flight-delay/python/requirements.txt]`.
"""

import json
import os
from pathlib import Path

import duckdb
import lightgbm
import numpy
import onnx
from onnx import TensorProto, helper
from onnxmltools import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType

INPUT, OUTPUT = "features", "score"


def main() -> None:
    features = read_json("SIGNALBOX_FEATURES")
    parameters = read_json("SIGNALBOX_PARAMETERS")
    output = Path(os.environ["SIGNALBOX_OUTPUT"])
    rows, labels = read_dataset(features)
    print(f"{len(labels)} rows, {len(features)} features")

    model = fit(rows, labels, parameters)
    onnx.save(to_onnx(model, len(features)), output / "model.onnx")
    loss = log_loss(labels, model.predict(rows))
    (output / "metrics.json").write_text(json.dumps({"trees": model.num_trees(), "training_log_loss": loss}))


def read_json(name: str):
    return json.loads(Path(os.environ[name]).read_text())


def read_dataset(features: list[str]) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Feature values as float32, as the model will get them when it serves; NULL becomes NaN."""
    columns = ", ".join(f'CAST("{name}" AS FLOAT)' for name in features)
    label = os.environ["SIGNALBOX_LABEL"]
    table = duckdb.execute(
        f'SELECT {columns}, CAST("{label}" AS FLOAT) FROM read_parquet(?)', [os.environ["SIGNALBOX_DATASET"]]
    ).fetchnumpy()
    arrays = [numpy.ma.filled(values.astype(numpy.float32), numpy.nan) for values in table.values()]
    return numpy.column_stack(arrays[:-1]), arrays[-1]


def fit(rows: numpy.ndarray, labels: numpy.ndarray, parameters: dict) -> lightgbm.Booster:
    settings = {
        "objective": "binary",
        "learning_rate": parameters.get("learningRate", 0.1),
        "max_depth": parameters.get("depth", 5),
        "num_leaves": 2 ** int(parameters.get("depth", 5)),
        "bagging_fraction": parameters.get("rowShare", 1.0),
        "bagging_freq": 1,
        "min_data_in_leaf": parameters.get("minLeafRows", 20),
        "seed": int(os.environ["SIGNALBOX_SEED"]),
        # One thread and row-wise histograms: sums in one order, so that the same inputs give the same bytes.
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }
    return lightgbm.train(settings, lightgbm.Dataset(rows, labels), num_boost_round=int(parameters.get("trees", 80)))


def to_onnx(model: lightgbm.Booster, width: int) -> onnx.ModelProto:
    """LightGBM's two columns (P(0), P(1)) become one named output, the probability of label 1."""
    converted = convert_lightgbm(
        model, initial_types=[(INPUT, FloatTensorType([None, width]))], zipmap=False, target_opset=15
    )
    graph = converted.graph
    probabilities = graph.output[1].name
    graph.initializer.append(helper.make_tensor("positive_column", TensorProto.INT64, [1], [1]))
    graph.node.append(helper.make_node("Gather", [probabilities, "positive_column"], [OUTPUT], axis=1))
    del graph.output[:]
    graph.output.append(helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, [None, 1]))
    # Names that the converter draws at random would give other bytes each time.
    graph.name = "lightgbm"
    onnx.checker.check_model(converted)
    return converted


def log_loss(labels: numpy.ndarray, probabilities: numpy.ndarray) -> float:
    return float(-numpy.mean(numpy.log(numpy.where(labels == 1, probabilities, 1 - probabilities))))


if __name__ == "__main__":
    main()
