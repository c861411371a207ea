"""Export a trained network: NAME.safetensors in float16, NAME.labels.txt, NAME.json.

    python export.py everyday.pt ..
"""

import argparse
import json
from pathlib import Path

import torch
from safetensors.torch import save_file

from network import INPUT, MEAN, STD

NAME = "everyday"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("network", help="what train.py wrote")
    parser.add_argument("out", type=Path, help="folder for the files")
    args = parser.parse_args()

    saved = torch.load(args.network, map_location="cpu", weights_only=True)
    tensors = {
        # The number of batches seen is of no use any more.
        k: v.half().contiguous() for k, v in saved["state"].items() if not k.endswith("num_batches_tracked")
    }
    if not all(v.isfinite().all() for v in tensors.values()):
        raise SystemExit("a parameter does not fit into float16")
    save_file(tensors, args.out / f"{NAME}.safetensors")
    (args.out / f"{NAME}.labels.txt").write_text("\n".join(saved["labels"]) + "\n")
    sidecar = {
        "name": NAME,
        "input": {"size": INPUT, "resize": INPUT, "crop": "center", "channels": "RGB", "scale": 1 / 255,
                  "mean": MEAN, "std": STD},
        "labels": f"{NAME}.labels.txt",
    }
    (args.out / f"{NAME}.json").write_text(json.dumps(sidecar, indent=1) + "\n")


if __name__ == "__main__":
    main()
