#!/usr/bin/env python3
"""Times Score-CAM of SqueezeNet 1.1 at its last layer, Gaze against pytorch-grad-cam.

    pip install torch torchvision grad-cam
    make cli
    docs/benchmarks/scorecam.py bin/gazectl WEIGHTS.safetensors PICTURE [--rounds 3] [--threads 2]

The two take turns. Weights do not matter for the time, so PyTorch's are not trained. Gaze leaves out channels
that are zero everywhere, which change nothing; pytorch-grad-cam runs them too.
"""

import argparse
import json
import os
import statistics
import subprocess
import time

parser = argparse.ArgumentParser()
parser.add_argument("gazectl")
parser.add_argument("weights")
parser.add_argument("picture")
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--threads", type=int, default=2)
args = parser.parse_args()
os.environ["OMP_NUM_THREADS"] = str(args.threads)

import torch  # noqa: E402  after the number of threads
import torchvision  # noqa: E402
from pytorch_grad_cam import ScoreCAM  # noqa: E402

torch.set_num_threads(args.threads)
model = torchvision.models.squeezenet1_1(weights=None).eval()
cam = ScoreCAM(model=model, target_layers=[model.features[12]])
x = torch.randn(1, 3, 224, 224)


def theirs():
    begin = time.perf_counter()
    with torch.no_grad():
        cam(input_tensor=x, targets=None)
    return time.perf_counter() - begin


def ours():
    out = subprocess.run(
        [args.gazectl, "explain", "--model", "squeezenet1_1", "--weights", args.weights, "--method", "scorecam",
         "--threads", str(args.threads), "--json", args.picture],
        check=True, capture_output=True, text=True)
    seconds = json.loads(out.stdout)[0]["seconds"]
    return seconds["total"] - seconds["decode"]


gaze, grad_cam = [], []
for _ in range(args.rounds):
    gaze.append(ours())
    grad_cam.append(theirs())
g, p = statistics.median(gaze), statistics.median(grad_cam)
print(f"Gaze {g:.2f} s, pytorch-grad-cam {p:.2f} s: {g / p:.2f} of its time (medians of {args.rounds})")
