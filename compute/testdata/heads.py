"""Writes heads.safetensors: what PyTorch computes of small networks with other heads
than a softmax of many classes. Needs torch, numpy and safetensors:

    python heads.py

Parameters and pictures follow from the formula of models/weights/formula.go, by the
names of the modules, so no weights are stored. The maps are raw, at the layer's size:

    NETWORK/logits                      the network's outputs
    NETWORK/METHOD/LAYER/CLASS/TARGET   the map of a class

Of a single output, class 0 is what a high one means, with the logit y, and class 1 what
a low one means, with the logit -y.
"""

import os

import numpy as np
import torch
from safetensors.numpy import save_file
from torch import nn
from torch.nn import functional as F

MASK = (1 << 64) - 1


def formula(name, shape):
    h = 0xCBF29CE484222325
    for byte in name.encode():
        h = ((h ^ byte) * 0x100000001B3) & MASK
    n = int(np.prod(shape))
    with np.errstate(over="ignore"):
        z = np.uint64(h) + np.arange(n, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    k = (z >> np.uint64(40)).astype(np.int64)
    u = (k / 2**24).astype(np.float32)
    s = ((k - 2**23) / 2**23).astype(np.float32)
    if name == "input":
        a, b, t = 0, 2, s
    elif name.endswith(".weight") and len(shape) > 1:
        a, b, t = 0, np.sqrt(6 / np.prod(shape[1:])), s
    elif name.endswith(".weight"):
        a, b, t = 1, 0.2, s
    elif name.endswith(".running_var"):
        a, b, t = 1, 0.5, u
    else:
        a, b, t = 0, 0.1, s
    return (np.float32(a) + np.float32(b) * t).reshape(shape)


class Network(nn.Module):
    """Two convolutions, of which the second halves the picture, and a head."""

    def __init__(self, channels, head):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, 4, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(4)
        self.conv2 = nn.Conv2d(4, 6, 3, stride=2, padding=1)
        self.head = head

    def forward(self, x):
        self.kept = {}
        x = self.kept["relu1"] = F.relu(self.bn1(self.conv1(x)))
        x = self.kept["relu2"] = F.relu(self.conv2(x))
        return self.after("relu2", x)

    def after(self, layer, x):
        """What the network makes of a layer's output."""
        if layer == "relu1":
            x = F.relu(self.conv2(x))
        return self.head(torch.flatten(x, 1))


NUMBERS = 6 * 6 * 6
GRAY = Network(1, nn.Sequential(nn.Linear(NUMBERS, 3)))
BINARY = Network(3, nn.Sequential(nn.Linear(NUMBERS, 1)))
DEEP = Network(
    3,
    nn.Sequential(
        nn.Linear(NUMBERS, 8),
        nn.BatchNorm1d(8),
        nn.ReLU(),
        nn.Dropout(),
        nn.Linear(8, 5),
        nn.BatchNorm1d(5),
        nn.Linear(5, 3),
    ),
)


def log_probability(logits, of, kind):
    return F.log_softmax(logits, 0)[of] if kind == "softmax" else F.logsigmoid(logits[of])


def target(logits, of, name, kind):
    log_p = log_probability(logits, of, kind)
    return {"logit": logits[of], "probability": log_p.exp(), "rest": logits[of] + log_p}[name]


def finer(logits, of, kind):
    """Finer-CAM's target, as in pytorch-grad-cam, but for a sigmoid with its probabilities."""
    others = [d for d in torch.argsort((logits - logits[of]).abs()).tolist() if d != of][:3]
    p = torch.stack([log_probability(logits, d, kind).exp() for d in others])
    return (p * (logits[of] - logits[others])).sum() / (p.sum() + 1e-9)


def classes(outputs):
    """The logits of the classes: a single output has two, y and -y."""
    return torch.cat([outputs, -outputs]) if len(outputs) == 1 else outputs


def ablation(net, layer, a, of):
    """Ablation-CAM's weights, with channels set to 0 and the sign of a target kept."""
    y = classes(net.after(layer, a)[0])[of]
    weights = []
    for c in range(a.shape[1]):
        without = a.detach().clone()
        without[:, c] = 0
        weights.append((y - classes(net.after(layer, without)[0])[of]) / y.abs())
    return torch.stack(weights).reshape(1, -1, 1, 1)


def maps(net, kind, x, out, name):
    outputs = net(x)[0]
    out[name + "/logits"] = outputs.detach().numpy()
    logits = classes(outputs)
    for layer, a in net.kept.items():

        def store(method, gradient, of, what):
            weight = gradient.detach().mean((2, 3), keepdim=True)
            out[f"{name}/{method}/{layer}/{of}/{what}"] = (weight * a).sum(1)[0].detach().numpy()

        for of in range(len(logits)):
            for what in ["logit", "probability", "rest"]:
                (g,) = torch.autograd.grad(target(logits, of, what, kind), a, retain_graph=True, create_graph=True)
                store("gradcam", g, of, what)
            (ha,) = torch.autograd.grad((g * a.detach()).sum(), a, retain_graph=True)
            store("shapleycam", g - ha / 2, of, "rest")
            (g,) = torch.autograd.grad(finer(logits, of, kind), a, retain_graph=True)
            store("finercam", g, of, "logit")
            store("ablationcam", ablation(net, layer, a, of), of, "logit")


def main():
    torch.set_num_threads(1)
    out = {}
    for name, net, kind in [("gray", GRAY, "softmax"), ("binary", BINARY, "sigmoid"), ("deep", DEEP, "sigmoid")]:
        net.eval()
        with torch.no_grad():
            for parameter, value in net.state_dict().items():
                if not parameter.endswith("num_batches_tracked"):
                    value.copy_(torch.from_numpy(formula(parameter, tuple(value.shape))))
        x = torch.from_numpy(formula("input", (1, net.conv1.in_channels, 12, 12)))
        maps(net.double(), kind, x.double(), out, name)
    out = {key: value.astype(np.float32) for key, value in out.items()}
    save_file(out, os.path.join(os.path.dirname(__file__), "heads.safetensors"))
    for key, value in out.items():
        if key.endswith("/logits"):
            print(key, value)


if __name__ == "__main__":
    main()
