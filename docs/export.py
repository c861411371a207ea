#!/usr/bin/env python3
"""Runs the recipes of docs/export.md and opens what they make with Gaze.

Each recipe is run as it stands in the page, in a folder of its own, after a few lines that make what
the reader already has: a model, a learner, a checkpoint. What it writes is then explained by gazectl,
and the logits are compared with those of ONNX Runtime, or of the model where the recipe saves weights.

    pip install torch torchvision timm fastai lightning ultralytics keras onnx onnxruntime onnxscript safetensors
    make cli
    python3 docs/export.py --gazectl bin/gazectl

Recipes whose packages are not installed are named and left out. The exit status is 1 where a recipe fails.
"""

import argparse
import contextlib
import importlib.util
import io
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

# Keras runs on PyTorch here, so that TensorFlow is not needed.
os.environ.setdefault("KERAS_BACKEND", "torch")

TOLERANCE = 1e-3

# What the reader has before a recipe begins, and the packages that it takes.
SMALL = """
import torch
from torch import nn
torch.manual_seed(1)
model = nn.Sequential(
    nn.Conv2d(3, 8, 3, stride=4, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 12, 3, stride=2), nn.ReLU(),
    nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2), nn.Linear(12, 3)).eval()
"""
KERAS = """
import keras
keras.utils.set_random_seed(1)
model = keras.Sequential([
    keras.Input((64, 64, 3)), keras.layers.Rescaling(1 / 255), keras.layers.Conv2D(8, 3, strides=2, activation="relu"),
    keras.layers.Conv2D(12, 3, padding="same", activation="relu"), keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(3)])
"""
GIVEN = {
    "pytorch-weights": (["torch", "torchvision"], """
import torch, torchvision
torch.manual_seed(1)
model = torchvision.models.resnet18(num_classes=3).eval()
"""),
    "pytorch-onnx": (["torch", "onnxscript"], SMALL),
    "sidecar": (["torch", "onnxscript"], SMALL + """
torch.onnx.export(model, (torch.zeros(1, 3, 224, 224),), "model.onnx", dynamo=True, external_data=False)
"""),
    "timm": (["timm", "onnxscript"], "import torch\ntorch.manual_seed(1)\n"),
    "fastai": (["fastai", "onnxscript"], """
import types, torch, torchvision
from fastai.vision.learner import create_vision_model
torch.manual_seed(1)
learn = types.SimpleNamespace(
    model=create_vision_model(torchvision.models.resnet18, 3, pretrained=False),
    dls=types.SimpleNamespace(vocab=["cat", "dog", "horse"]))
"""),
    "lightning": (["lightning", "onnxscript"], SMALL + """
import lightning
class Module(lightning.LightningModule):
    def __init__(self, net):
        super().__init__()
        self.net = net
    def forward(self, x):
        return self.net(x)
module = Module(model)
"""),
    "ultralytics": (["ultralytics", "onnx"], """
import torch
from ultralytics import YOLO
torch.manual_seed(1)
YOLO("yolov8n-cls.yaml").save("best.pt")
"""),
    "keras-save": (["keras", "torch"], KERAS),
    "keras": (["keras", "torch", "onnxscript"], KERAS + """
model(keras.ops.zeros((1, 64, 64, 3)))
"""),
}


def recipes(page):
    """Returns the code of each recipe of the page by its name."""
    return dict(re.findall(r"<!-- recipe: (\S+) -->\n```python\n(.*?)```", page, re.S))


def expected(folder, model, rng):
    """Returns an input of the network that a recipe has written, what is right for it, and the file."""
    import numpy as np
    onnx_files = sorted(folder.glob("*.onnx"))
    if (folder / "model.keras").exists():
        # Gaze takes the Rescaling for its own, so that the picture of the network behind it is given.
        x = rng.random((1, 3, 64, 64), dtype="float32")
        return x, model.predict(255 * x.transpose(0, 2, 3, 1), verbose=0).ravel(), folder / "model.keras"
    if not onnx_files:
        import torch
        x = rng.standard_normal((1, 3, 224, 224)).astype("float32")
        with torch.no_grad():
            return x, model(torch.from_numpy(x)).numpy().ravel(), folder / "model.pth"
    import onnxruntime
    session = onnxruntime.InferenceSession(str(onnx_files[0]), providers=["CPUExecutionProvider"])
    shape = [1 if not isinstance(side, int) else side for side in session.get_inputs()[0].shape]
    x = rng.standard_normal(shape).astype("float32")
    y = session.run(None, {session.get_inputs()[0].name: x})[0].ravel()
    if shape[1] != 3:  # channels last
        x = x.transpose(0, 3, 1, 2)
    return np.ascontiguousarray(x), y, onnx_files[0]


def check(name, code, given, gazectl):
    """Runs one recipe and returns what is wrong with what it makes, or None."""
    import numpy as np
    from safetensors.numpy import save_file
    scope = {"__name__": "recipe"}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(given, scope)
        exec(code, scope)
    folder = pathlib.Path.cwd()
    x, y, path = expected(folder, scope.get("model"), np.random.default_rng(1))
    save_file({"input": x}, str(folder / "input.safetensors"))
    run = subprocess.run([gazectl, "explain", "--model", str(path), "--input-tensor", str(folder / "input.safetensors"), "--json"],
                         capture_output=True, text=True)
    if run.returncode:
        return run.stderr.strip()
    answer = json.loads(run.stdout)[0]
    if abs(y.sum() - 1) < 1e-5 and (y >= 0).all():  # the file ends in a softmax, which Gaze takes off
        key, right = "probability", y
    else:
        key, right = "logit", y
    for score in answer["top"]:
        if abs(score[key] - right[score["index"]]) > TOLERANCE:
            return f"class {score['index']} has {key} {score[key]}, and {right[score['index']]:.5f} is right"
    return None


def main():
    here = pathlib.Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gazectl", default=here.parent / "bin" / "gazectl", type=pathlib.Path)
    parser.add_argument("names", nargs="*", help="recipes to run; all unless given")
    args = parser.parse_args()
    gazectl = str(args.gazectl.resolve())
    found = recipes((here / "export.md").read_text())
    if found.keys() != GIVEN.keys():
        sys.exit(f"the page has the recipes {sorted(found)}, this program {sorted(GIVEN)}")
    failed = 0
    for name in args.names or found:
        needs, given = GIVEN[name]
        missing = [m for m in needs if importlib.util.find_spec(m) is None]
        if missing:
            print(f"{name}: left out, because {', '.join(missing)} is not installed")
            continue
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            try:
                wrong = check(name, found[name], given, gazectl)
            except Exception as err:  # a recipe that does not run is what this program is to find
                wrong = f"{type(err).__name__}: {err}"
            os.chdir(here)
        print(f"{name}: {wrong or 'right'}", flush=True)
        failed += wrong is not None
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
