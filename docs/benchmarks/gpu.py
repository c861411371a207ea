#!/usr/bin/env python3
"""Times Gaze on a GPU beside PyTorch and pytorch-grad-cam on the same GPU.

For each network and batch:

  gaze             gazectl bench --device cuda: Grad-CAM at the default layer of
                   new pictures, the maps included; float32, and TF32
  torch            PyTorch's forward pass alone, in inference mode, with and
                   without TF32; NCHW or channels_last, whichever is faster
  pytorch-grad-cam its GradCAM, as its documentation calls it, with a full way back

All compute the same network on the same pictures, already on the GPU for the
other programs and copied there in the time of Gaze: parameters are made by the
formula of Gaze's models/weights/formula.go. Before anything is timed the logits
are compared, and with --tests the project's own tests hold all reference
networks to PyTorch's values on this GPU.

    pip install torch torchvision grad-cam
    make cli && go test -c -o bin/compute.test ./compute    # with make's environment
    python3 docs/benchmarks/gpu.py --tests bin/compute.test
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
NETWORKS = ["resnet50", "vgg16", "mobilenet_v2", "squeezenet1_1"]


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("network", nargs="*", default=NETWORKS, help="networks by torchvision's names")
    p.add_argument("--batch", type=int, nargs="+", default=[1, 32], help="pictures at once (1 32)")
    p.add_argument("--runs", type=int, default=50, help="runs that are timed (50)")
    p.add_argument("--gazectl", default=str(ROOT / "bin" / "gazectl"))
    p.add_argument("--tests", metavar="FILE", help="the compiled tests of package compute, to be run first")
    p.add_argument("--json", metavar="FILE", help="write all medians into FILE")
    # To try the script where there is no GPU: PyTorch's device.
    p.add_argument("--torch-device", default="cuda", help=argparse.SUPPRESS)
    return p.parse_args()


ARGS = arguments()


def usable_gpu():
    """What gazectl says of the first GPU; ends the script where it cannot be used."""
    devices = json.loads(subprocess.run([ARGS.gazectl, "devices", "--json"], check=True, capture_output=True, text=True).stdout)
    for d in devices:
        if d["name"].startswith("cuda"):
            if not d["usable"]:
                sys.exit(f"{ARGS.gazectl} cannot use {d['description']}: {d['reason']}")
            return d["description"]
    sys.exit(f"{ARGS.gazectl} knows no GPU")


GPU = usable_gpu()

import torch  # noqa: E402
import torchvision  # noqa: E402
from networks import agree, formula, network, target_layer  # noqa: E402
from pytorch_grad_cam import GradCAM  # noqa: E402
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget  # noqa: E402


def synchronize():
    if ARGS.torch_device == "cuda":
        torch.cuda.synchronize()


def timed(run):
    """The median of the seconds that a run takes until the GPU is done."""
    seconds = []
    for i in range(ARGS.runs + 10):
        synchronize()
        begin = time.perf_counter()
        run()
        synchronize()
        if i >= 10:
            seconds.append(time.perf_counter() - begin)
    return statistics.median(seconds)


def tf32(on):
    torch.backends.cuda.matmul.allow_tf32 = on
    torch.backends.cudnn.allow_tf32 = on


def gaze(name, batch, precision):
    """Seconds that gazectl takes, and its layer and largest logit."""
    command = [ARGS.gazectl, "bench", "--device", "cuda", "--precision", precision, "--model", name]
    timing = subprocess.run([*command, "--batch", str(batch), "--runs", str(ARGS.runs), "--json"], check=True, capture_output=True, text=True)
    lap = subprocess.run([*command, "--interactive"], check=True, capture_output=True, text=True, input="\n")
    row = json.loads(timing.stdout)[0]
    if not row["device"].startswith("cuda"):
        sys.exit(f"{name}, batch {batch}: Gaze went to the {row['device']}: {timing.stderr.strip()}")
    return row, json.loads(lap.stdout.splitlines()[0])


def measure(name, batch):
    """Medians of all contenders, in seconds."""
    result = {}
    for precision in "fp32", "tf32":
        row, lap = gaze(name, batch, precision)
        result["gaze " + precision], result["gaze forward " + precision] = row["explain"]["median"], row["forward"]["median"]
        if precision == "fp32":
            first = lap
    tf32(False)
    model = network(name).to(ARGS.torch_device)
    picture = formula("input", (1, 3, 224, 224)).to(ARGS.torch_device)
    with torch.inference_mode():
        logits = model(picture)[0].cpu().numpy()
    agree(name, "PyTorch", logits, first)
    x = picture.repeat(batch, 1, 1, 1)
    for precision in "fp32", "tf32":
        tf32(precision == "tf32")
        times = []
        for memory in torch.contiguous_format, torch.channels_last:
            m, image = model.to(memory_format=memory), x.to(memory_format=memory)

            def forward():
                with torch.inference_mode():
                    m(image)

            times.append(timed(forward))
        result["torch " + precision] = min(times)
        model = model.to(memory_format=torch.contiguous_format)
        cam = GradCAM(model=model, target_layers=[target_layer(model, first["layer"])])
        targets = [ClassifierOutputTarget(first["class"])] * batch
        result["pytorch-grad-cam " + precision] = timed(lambda: cam(input_tensor=x, targets=targets))
        cam.activations_and_grads.release()
    return result


def main():
    if ARGS.tests:
        tests = pathlib.Path(ARGS.tests).resolve()
        if subprocess.run([tests, "-test.run", "PyTorch", "-test.v"], cwd=ROOT / "compute").returncode:
            sys.exit("the reference values are not reached")
    print(f"{GPU}; PyTorch {torch.__version__}, torchvision {torchvision.__version__}")
    results = {(name, batch): measure(name, batch) for batch in ARGS.batch for name in ARGS.network}
    for precision in "fp32", "tf32":
        print(f"\n{precision}: milliseconds, medians of {ARGS.runs}, and Gaze's explanation / the other:\n")
        print("| network | batch | Gaze explains | its forward pass | PyTorch forward | pytorch-grad-cam | / forward | / pytorch-grad-cam |")
        print("|---|--:|--:|--:|--:|--:|--:|--:|")
        for (name, batch), r in results.items():
            mine, torchs, cam = (r[k + " " + precision] for k in ("gaze", "torch", "pytorch-grad-cam"))
            print(f"| {name} | {batch} | {1e3 * mine:.2f} | {1e3 * r['gaze forward ' + precision]:.2f} | {1e3 * torchs:.2f} | {1e3 * cam:.2f} "
                  f"| {mine / torchs:.2f} | {mine / cam:.2f} |")
    if ARGS.json:
        pathlib.Path(ARGS.json).write_text(json.dumps({f"{n} {b}": r for (n, b), r in results.items()}, indent=1) + "\n")


if __name__ == "__main__":
    main()
