"""The trained linear classifier: integer weights from a file, read and used without any numeric library."""

import json
import zlib
from array import array
from dataclasses import dataclass
from itertools import repeat
from math import exp
from operator import add, mul
from pathlib import Path

WEIGHTS = Path(__file__).with_name("weights.bin")


@dataclass(frozen=True)
class Layer:
    """Logistic outputs over hashed features: row by feature, column by output, in units of `scale`."""

    outputs: tuple[str, ...]
    bias: tuple[float, ...]
    scale: float
    buckets: int
    rows: array  # type: ignore[type-arg]

    def scores(self, vector: dict[int, float], first: int = 0, last: int | None = None) -> list[float]:
        """Log odds of the outputs from `first` up to `last`."""
        width, rows, mask = len(self.outputs), self.rows, self.buckets - 1
        last = width if last is None else last
        totals = [0.0] * (last - first)
        for at, value in vector.items():
            start = (at & mask) * width
            totals = list(map(add, totals, map(mul, rows[start + first : start + last], repeat(value))))
        return [total * self.scale + bias for total, bias in zip(totals, self.bias[first:last], strict=True)]


@dataclass(frozen=True)
class Classifier:
    """Layers by name, the numbers of the calibration, and the fingerprint of the data they were trained on."""

    layers: dict[str, Layer]
    calibration: dict[str, list[float]]
    fingerprint: str


def sigmoid(score: float) -> float:
    return 1.0 / (1.0 + exp(-max(-30.0, min(30.0, score))))


def load(path: Path = WEIGHTS) -> Classifier:
    data = path.read_bytes()
    length = int.from_bytes(data[:4], "little")
    header = json.loads(data[4 : 4 + length])
    payload = zlib.decompress(data[4 + length :])
    layers, at = {}, 0
    for name, about in header["layers"].items():
        rows = array(about["type"])
        size = about["buckets"] * len(about["outputs"]) * rows.itemsize
        rows.frombytes(payload[at : at + size])
        at += size
        layers[name] = Layer(tuple(about["outputs"]), tuple(about["bias"]), about["scale"], about["buckets"], rows)
    return Classifier(layers, header["calibration"], header["fingerprint"])


def save(classifier: Classifier, path: Path = WEIGHTS) -> None:
    header = {
        "fingerprint": classifier.fingerprint,
        "calibration": classifier.calibration,
        "layers": {
            name: {
                "outputs": layer.outputs,
                "bias": layer.bias,
                "scale": layer.scale,
                "buckets": layer.buckets,
                "type": layer.rows.typecode,
            }
            for name, layer in classifier.layers.items()
        },
    }
    head = json.dumps(header, sort_keys=True).encode()
    payload = zlib.compress(b"".join(layer.rows.tobytes() for layer in classifier.layers.values()), 9)
    path.write_bytes(len(head).to_bytes(4, "little") + head + payload)
