"""Write the logits that PyTorch computes for the first ten sample pictures.

    python reference.py .. ../testdata

samples.seen.png has the 176x176 pixels that the network sees of each picture,
side by side and in few colours, so that nobody's JPEG decoder or resizing
matters; samples.reference.safetensors has the logits, [10, classes]. The
parameters are those of the exported file, in float32.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from safetensors.torch import load_file, save_file

from data import normalize, to_tensor
from network import INPUT, Everyday


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="folder of everyday.safetensors and samples/pictures")
    parser.add_argument("out", type=Path, help="folder for the two files")
    args = parser.parse_args()

    parameters = {k: v.float() for k, v in load_file(args.folder / "everyday.safetensors").items()}
    net = Everyday(len(parameters["fc.bias"]))
    missing, unexpected = net.load_state_dict(parameters, strict=False)
    missing = [k for k in missing if not k.endswith("num_batches_tracked")]
    if missing or unexpected:
        raise SystemExit(f"missing {missing}, unexpected {unexpected}")
    net.eval()
    paths = sorted((args.folder / "samples" / "pictures").glob("*.jpg"))[:10]
    strip = Image.new("RGB", (len(paths) * INPUT, INPUT))
    for i, path in enumerate(paths):
        with Image.open(path) as image:
            strip.paste(ImageOps.fit(image.convert("RGB"), (INPUT, INPUT), Image.Resampling.BILINEAR), (i * INPUT, 0))
    strip = strip.quantize(256, dither=Image.Dither.NONE)
    strip.save(args.out / "samples.seen.png", optimize=True)
    seen = np.stack(np.split(np.asarray(strip.convert("RGB")), len(paths), axis=1))
    with torch.no_grad():
        logits = net(normalize(to_tensor(seen, "cpu")))
    save_file({"logits": logits}, args.out / "samples.reference.safetensors")


if __name__ == "__main__":
    main()
