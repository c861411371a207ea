"""Write what PyTorch computes with the exported parameters, in float32.

    python reference.py .. ../testdata

samples.seen.png has the pixels that the network sees of the first ten sample
pictures, side by side and in few colours, so that nobody's JPEG decoder or
resizing matters; samples.reference.safetensors has the logits, [10, classes].
everyday.reference.safetensors has a random input, its logits, and the raw maps
of the largest one by Grad-CAM and HiResCAM at layer3 and layer4.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from safetensors.torch import load_file, save_file

from data import normalize, to_tensor
from network import INPUT, Everyday


def explained(net):
    """A random input with its logits and the maps of the largest."""
    torch.manual_seed(0)
    x = torch.rand(1, 3, INPUT, INPUT) * 4 - 2
    tensors, taps = {"input": x[0]}, {}
    for name in ("layer3", "layer4"):
        getattr(net, name).register_forward_hook(lambda module, given, out, name=name: taps.update({name: out}))
    logits = net(x)
    tensors["logits"] = logits[0].detach()
    for name, gradient in zip(taps, torch.autograd.grad(logits.max(), list(taps.values()))):
        activation = taps[name].detach()
        tensors[f"gradcam/{name}"] = (gradient.mean((2, 3), keepdim=True) * activation).sum(1)[0]
        tensors[f"hirescam/{name}"] = (gradient * activation).sum(1)[0]
    return {k: v.contiguous() for k, v in tensors.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="folder of everyday.safetensors and samples/pictures")
    parser.add_argument("out", type=Path, help="folder for the three files")
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
    save_file(explained(net), args.out / "everyday.reference.safetensors")


if __name__ == "__main__":
    main()
