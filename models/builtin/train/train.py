"""Train the built-in network from random initial values.

    python train.py data/train.zip data/val.zip everyday.pt

About 80 minutes on two cores, minutes on a GPU. Classes are drawn in proportion
to the square root of their size, so that the rare ones are not forgotten.
"""

import argparse
import time

import numpy as np
import torch
import torch.nn.functional as F

from data import augment, cut_mix, load, normalize, to_tensor
from network import INPUT, Everyday


def evaluate(net, images, classes, sources, size, device):
    """Top-1 and top-5 of whole pictures resized to size, and top-1 per source."""
    net.eval()
    top = []
    with torch.no_grad():
        for i in range(0, len(images), 100):
            x = to_tensor(images[i : i + 100], device)
            x = F.interpolate(x, size=(size, size), mode="bilinear", align_corners=False, antialias=True)
            top.append(net(normalize(x)).topk(5, 1).indices.cpu().numpy())
    net.train()
    hits = np.concatenate(top) == classes[:, None]
    figures = {"top-1": hits[:, 0].mean(), "top-5": hits.any(1).mean()}
    return figures | {s: hits[sources == s, 0].mean() for s in np.unique(sources)}


def optimizer(net):
    """SGD with Nesterov momentum; biases and normalisation are not decayed."""
    decayed = [p for p in net.parameters() if p.ndim > 1]
    free = [p for p in net.parameters() if p.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": 5e-4}, {"params": free, "weight_decay": 0}]
    return torch.optim.SGD(groups, lr=0.1, momentum=0.9, nesterov=True)


def sizes(text):
    """96:13,128:7 means 13 epochs of 96x96 pictures, then 7 of 128x128."""
    return [int(size) for size, n in (part.split(":") for part in text.split(",")) for _ in range(int(n))]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("train")
    parser.add_argument("val")
    parser.add_argument("out")
    parser.add_argument("--sizes", type=sizes, default="96:13,128:7", help="the pictures' size in each epoch (96:13,128:7)")
    parser.add_argument("--rate", type=float, default=0.12, help="highest learning rate (0.12)")
    parser.add_argument("--cut-mix", type=float, default=0, help="share of the batches with CutMix (0)")
    parser.add_argument("--blocks", default="2,2,3,2", help="blocks in each stage (2,2,3,2)")
    parser.add_argument("--begin", help="parameters to begin with: what this program wrote, perhaps with fewer blocks")
    parser.add_argument("--per-epoch", type=int, default=16000, help="pictures drawn for an epoch (16000)")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--limit", type=int, help="use only about that many pictures of each zip, to try the script")
    args = parser.parse_args()

    torch.manual_seed(0)
    np.random.seed(0)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    images, classes, _, labels = load(args.train, limit=args.limit)
    held_out = load(args.val, labels, args.limit)[:3]
    weights = 1 / np.sqrt(np.bincount(classes, minlength=len(labels))[classes])
    weights /= weights.sum()

    net = Everyday(len(labels), blocks=[int(n) for n in args.blocks.split(",")])
    if args.begin:
        net.grow(torch.load(args.begin, map_location="cpu", weights_only=True)["state"])
    net = net.to(device, memory_format=torch.channels_last).train()
    steps, opt = args.per_epoch // args.batch, optimizer(net)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        opt, args.rate, total_steps=len(args.sizes) * steps + 1, pct_start=0.15, anneal_strategy="cos"
    )
    begin = time.time()
    for epoch, size in enumerate(args.sizes):
        total = 0.0
        drawn = np.random.choice(len(images), args.per_epoch, p=weights)
        for step in range(steps):
            batch = drawn[step * args.batch : (step + 1) * args.batch]
            x, own = cut_mix(augment(to_tensor(images[batch], device), size), args.cut_mix)
            y = torch.from_numpy(classes[batch]).to(device)
            logits = net(normalize(x).contiguous(memory_format=torch.channels_last))
            loss = own * F.cross_entropy(logits, y, label_smoothing=0.1)
            if own < 1:
                loss = loss + (1 - own) * F.cross_entropy(logits, y.roll(1), label_smoothing=0.1)
            opt.zero_grad()
            loss.backward()
            opt.step()
            schedule.step()
            total += loss.item()
        print(f"epoch {epoch + 1} at {size}: loss {total / steps:.3f}, {time.time() - begin:.0f} s", flush=True)
        torch.save({"state": net.state_dict(), "labels": labels}, args.out)

    for name, value in evaluate(net, *held_out, INPUT, device).items():
        print(f"{name}: {100 * value:.1f} %")


if __name__ == "__main__":
    main()
