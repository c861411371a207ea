"""Writes yolo.txt: what a classifier of YOLOv8 gives for parameters and a picture by Gaze's formula (models/weights/formula.go).

The networks are written here from the published configuration (yolov8-cls.yaml: Conv, C2f, Classify) in plain PyTorch.
Usage: python yolo.py > yolo.txt, with docs/benchmarks on PYTHONPATH for the formula.
"""

import torch
from torch import nn

from networks import formula


class Conv(nn.Module):
    """A convolution, a batch normalisation with epsilon 1e-3, SiLU."""

    def __init__(self, inputs, outputs, kernel=1, stride=1):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
        self.bn = nn.BatchNorm2d(outputs, eps=1e-3)
        self.act = nn.SiLU()

    def forward(self, x):
        return self.act(self.bn(self.conv(x)))


class Bottleneck(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.cv1 = Conv(channels, channels, 3)
        self.cv2 = Conv(channels, channels, 3)

    def forward(self, x):
        return x + self.cv2(self.cv1(x))


class C2f(nn.Module):
    def __init__(self, channels, blocks):
        super().__init__()
        self.cv1 = Conv(channels, channels)
        self.cv2 = Conv((2 + blocks) * channels // 2, channels)
        self.m = nn.ModuleList(Bottleneck(channels // 2) for _ in range(blocks))

    def forward(self, x):
        parts = list(self.cv1(x).chunk(2, 1))
        for block in self.m:
            parts.append(block(parts[-1]))
        return self.cv2(torch.cat(parts, 1))


class Classify(nn.Module):
    def __init__(self, inputs, classes):
        super().__init__()
        self.conv = Conv(inputs, 1280)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.drop = nn.Dropout(0.0)
        self.linear = nn.Linear(1280, classes)

    def forward(self, x):
        return self.linear(self.drop(self.pool(self.conv(x)).flatten(1)))


class ClassificationModel(nn.Module):
    def __init__(self, widths, blocks, classes):
        super().__init__()
        layers = [Conv(3, widths[0], 3, 2)]
        for i, n in enumerate(blocks):
            layers += [Conv(widths[i], widths[i + 1], 3, 2), C2f(widths[i + 1], n)]
        self.model = nn.Sequential(*layers, Classify(widths[-1], classes))

    def forward(self, x):
        return self.model(x)


NETWORKS = {
    "yolov8n-cls": ([16, 32, 64, 128, 256], [1, 2, 2, 1]),
    "yolov8m-cls": ([48, 96, 192, 384, 768], [2, 4, 4, 2]),
}

if __name__ == "__main__":
    print("# What yolo.py prints: a network, the numbers of its parameters, and the first logits of ten for a picture of 64x64 pixels,")
    print("# computed by PyTorch", torch.__version__.split("+")[0], "with parameters by the formula.")
    for name, (widths, blocks) in NETWORKS.items():
        model = ClassificationModel(widths, blocks, 10).eval()
        with torch.no_grad():
            for key, value in model.state_dict().items():
                if not key.endswith("num_batches_tracked"):
                    value.copy_(formula(key, tuple(value.shape)))
            logits = model(formula("input", (1, 3, 64, 64)))[0]
        count = sum(p.numel() for p in model.parameters())
        print(name, count, *(f"{v:.6f}" for v in logits[:5].tolist()))
