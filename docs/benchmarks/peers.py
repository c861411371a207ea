#!/usr/bin/env python3
"""Times Gaze beside other programs on the same networks and threads.

Per network, in turn, round after round:

  gaze             gazectl bench: Grad-CAM at the default layer of a new picture
  torch            PyTorch's forward pass alone, in inference mode
  lean             Grad-CAM in PyTorch as lean as it can be written: no gradient
                   of parameters, and the gradient only back to the layer
  pytorch-grad-cam its GradCAM, as its documentation calls it
  onnxruntime      ONNX Runtime's forward pass alone

PyTorch's programs run with NCHW and with channels_last tensors, and the better
median counts. All compute the same network on the same picture: parameters
are made by the formula of Gaze's models/weights/formula.go, and the logits are
compared. In its turn each program runs without being timed for WARM_UP seconds,
at least once, so that none pays for the caches that the one before it has filled
or for threads that the kernel has put on one core, and then at once a last time
timed.

Nothing else may use the processor meanwhile: PyTorch's threads wait for each
other by spinning, and where one loses its core to a stranger they all wait, so
that times grow tenfold while those of Gaze hardly change. Taking turns does not
make up for that. Therefore a turn counts only if processes other than this one
and Gaze computed for at most --foreign of its time, by the kernel's account
(Linux, schedstat); otherwise it is repeated, by the same rule for all. How long
a program's own threads wait is no reason: that is part of its speed.

    pip install torch torchvision grad-cam onnxruntime onnx onnxscript
    make cli
    python3 docs/benchmarks/peers.py --threads 2
"""

import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

# Seconds for which a program runs before the run that is timed.
WARM_UP = 0.05
NETWORKS = ["vgg16", "resnet18", "resnet50", "squeezenet1_1", "densenet121", "mobilenet_v2"]


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("network", nargs="*", default=NETWORKS, help="networks by torchvision's names")
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--rounds", type=int, default=20)
    p.add_argument("--foreign", type=float, default=0.03, help="share of a turn for which other processes may compute (0.03)")
    p.add_argument("--patience", type=float, default=600, help="seconds to try for undisturbed turns of a network (600)")
    p.add_argument("--gazectl", default=str(pathlib.Path(__file__).parents[2] / "bin" / "gazectl"))
    p.add_argument("--json", metavar="FILE", help="write all measurements into FILE")
    return p.parse_args()


ARGS = arguments()
# The libraries read these when they are loaded.
os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(ARGS.threads)

import numpy as np  # noqa: E402
import torch  # noqa: E402
import torchvision  # noqa: E402
from networks import agree, formula, network, target_layer  # noqa: E402
from pytorch_grad_cam import GradCAM  # noqa: E402
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget  # noqa: E402

try:
    import onnxruntime
except ImportError:
    onnxruntime = None


class Gaze:
    """gazectl bench --interactive: one line in, one run, one line out."""

    def __init__(self, name):
        command = [ARGS.gazectl, "bench", "--interactive", "--device", "cpu", "--model", name, "--threads", str(ARGS.threads)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def lap(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{ARGS.gazectl} ended with status {self.process.wait()}")
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def foreign(own):
    """Nanoseconds that each thread of other processes has computed for."""
    threads = {}
    for process in os.listdir("/proc"):
        if not process.isdigit() or int(process) in own:
            continue
        try:
            for thread in os.listdir(f"/proc/{process}/task"):
                with open(f"/proc/{process}/task/{thread}/schedstat") as f:
                    threads[thread] = int(f.read().split()[0])
        except OSError:
            pass  # it has ended meanwhile
    return threads


def disturbance(before, after):
    """Seconds that others computed for between two calls of foreign; endless where one has ended, of which nothing is known."""
    if before.keys() - after.keys():
        return float("inf")
    return sum(t - before.get(thread, 0) for thread, t in after.items()) / 1e9


def timed(run):
    """A contender of which run is timed here."""

    def once():
        begin = time.perf_counter()
        run()
        return time.perf_counter() - begin

    return once


def forward(model, x):
    def run():
        with torch.inference_mode():
            return model(x)

    return run


def lean_gradcam(model, layer, x):
    """Grad-CAM whose backward graph begins at the layer."""
    for p in model.parameters():
        p.requires_grad_(False)
    kept = []

    def cut(module, inputs, output):
        kept[:] = [output.detach().requires_grad_()]
        # A later layer may work in place, which a leaf does not allow.
        return kept[0].clone()

    def run():
        handle = layer.register_forward_hook(cut)
        logits = model(x)
        handle.remove()
        (gradient,) = torch.autograd.grad(logits[0, logits[0].argmax()], kept[0])
        with torch.inference_mode():
            return (gradient.mean((2, 3), keepdim=True) * kept[0]).sum(1).relu()

    return run


def library_gradcam(model, layer, x, target):
    cam = GradCAM(model=model, target_layers=[layer])
    return lambda: cam(input_tensor=x, targets=[ClassifierOutputTarget(target)])


def onnx_session(model, x):
    """An ONNX Runtime session of the model, or None and the reason."""
    if onnxruntime is None:
        return None, "onnxruntime is not installed"
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = ARGS.threads
    options.inter_op_num_threads = 1
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "network.onnx")
        try:
            torch.onnx.export(model, (x,), path, dynamo=True, verbose=False)
            return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"]), ""
        except Exception as e:  # the exporter's errors have no common type
            return None, str(e).splitlines()[0]


def measure(name):
    """All seconds of each contender on one network."""
    gaze = Gaze(name)
    lap = gaze.lap()
    x = formula("input", (1, 3, 224, 224))
    contenders = {}
    for order, memory in ("nchw", torch.contiguous_format), ("nhwc", torch.channels_last):
        image = x.to(memory_format=memory)
        model = network(name).to(memory_format=memory)
        agree(name, "PyTorch", forward(model, image)().numpy(), lap)
        contenders["torch " + order] = timed(forward(model, image))
        contenders["lean " + order] = timed(lean_gradcam(model, target_layer(model, lap["layer"]), image))
        # The library wants parameters with gradients, and its hooks stay in the network: it gets its own.
        model = network(name).to(memory_format=memory)
        contenders["pytorch-grad-cam " + order] = timed(library_gradcam(model, target_layer(model, lap["layer"]), image, lap["class"]))
    session, reason = onnx_session(network(name), x)
    if session is None:
        print(f"{name}: no ONNX Runtime: {reason}", file=sys.stderr)
    else:
        feed = {session.get_inputs()[0].name: x.numpy()}
        agree(name, "ONNX Runtime", session.run(None, feed)[0], lap)
        contenders["onnxruntime"] = timed(lambda: session.run(None, feed))
    seconds = {key: [] for key in ("gaze", "gaze forward", "gaze class switch", *contenders)}
    turns = {"gaze": gaze.lap, **contenders}
    for turn in turns.values():
        turn()
    own = (os.getpid(), gaze.process.pid)
    dropped, until = dict.fromkeys(turns, 0), time.monotonic() + ARGS.patience
    while len(seconds["gaze"]) < ARGS.rounds and time.monotonic() < until:
        laps = {}
        for key, turn in turns.items():
            while time.monotonic() < until:
                # Threads of the program before may still be waiting for work.
                time.sleep(0.05)
                before, begin = foreign(own), time.perf_counter()
                while time.perf_counter() - begin < WARM_UP:
                    turn()
                lap = turn()
                wall = time.perf_counter() - begin
                if disturbance(before, foreign(own)) <= ARGS.foreign * wall:
                    laps[key] = lap
                    break
                dropped[key] += 1
        if len(laps) < len(turns):
            break
        lap = laps.pop("gaze")
        laps |= {"gaze": lap["explain"], "gaze forward": lap["forward"], "gaze class switch": lap["class_switch"]}
        for key, lap in laps.items():
            seconds[key].append(lap)
    print(f"{name}: {len(seconds['gaze'])} rounds, disturbed turns dropped: {dropped}", file=sys.stderr)
    gaze.close()
    return seconds


def better(seconds, program):
    """The program's measurements, with the better order of memory."""
    return min((v for k, v in seconds.items() if k in (program, program + " nchw", program + " nhwc")), key=statistics.median, default=None)


PEERS = ["torch", "lean", "pytorch-grad-cam", "onnxruntime"]


def cell(values):
    return "–" if values is None else f"{1000 * statistics.median(values):.1f} ({1000 * min(values):.1f})"


def report(results):
    print("\nMilliseconds, median (minimum):\n")
    print("| network | rounds | Gaze explains | its forward pass | its class switch | PyTorch forward | lean Grad-CAM in PyTorch | pytorch-grad-cam | ONNX Runtime forward |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|")
    for name, s in results.items():
        print("|", " | ".join([name, str(len(s["gaze"])), *(cell(better(s, k)) for k in ("gaze", "gaze forward", "gaze class switch", *PEERS))]), "|")
    print("\nGaze's explanation / the other, medians:\n")
    print("| network | PyTorch forward | lean Grad-CAM in PyTorch | pytorch-grad-cam | ONNX Runtime forward |")
    print("|---|--:|--:|--:|--:|")
    for name, s in results.items():
        mine = statistics.median(s["gaze"])
        theirs = [better(s, k) for k in PEERS]
        print("|", " | ".join([name, *("–" if t is None else f"{mine / statistics.median(t):.2f}" for t in theirs)]), "|")


def processor():
    try:
        for line in open("/proc/cpuinfo"):
            if line.startswith("model name"):
                return line.split(":")[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def version(package):
    return getattr(sys.modules.get(package), "__version__", "missing")


def main():
    torch.set_num_threads(ARGS.threads)
    from importlib import metadata

    print(f"{processor()}, {os.cpu_count()} cores, PyTorch's level {torch.backends.cpu.get_cpu_capability()}; {platform.system()}")
    print(f"PyTorch {torch.__version__}, torchvision {torchvision.__version__}, pytorch-grad-cam {metadata.version('grad-cam')}, "
          f"ONNX Runtime {version('onnxruntime')}")
    print(f"{ARGS.threads} threads, batch 1, 224x224, other processes computed for at most {ARGS.foreign:.0%} of a turn", flush=True)
    results = {}
    for name in ARGS.network:
        seconds = measure(name)
        if seconds["gaze"]:
            results[name] = seconds
    report(results)
    if ARGS.json:
        with open(ARGS.json, "w") as f:
            json.dump(results, f, indent=1)


if __name__ == "__main__":
    main()
