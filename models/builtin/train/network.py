"""The built-in network: a small ResNet whose parameters are named as torchvision's."""

import torch.nn as nn
import torch.nn.functional as F

INPUT = 168
MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)


class Block(nn.Module):
    """Two 3x3 convolutions and a shortcut: the basic block of He et al. 2016."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if inputs != outputs or stride != 1:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x):
        shortcut = x if self.downsample is None else self.downsample(x)
        x = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(x)) + shortcut)


class Everyday(nn.Module):
    """A 5x5 convolution of stride 2, max pooling 3x3 of stride 2, four stages of
    blocks with strides 1, 2, 2, 1, global average pooling, one linear layer.
    The last stage's map is a sixteenth of the input."""

    def __init__(self, classes, widths=(32, 64, 128, 192), blocks=(2, 2, 3, 2)):
        super().__init__()
        self.conv1 = nn.Conv2d(3, widths[0], 5, 2, 2, bias=False)
        self.bn1 = nn.BatchNorm2d(widths[0])
        inputs = widths[0]
        for i, (outputs, stride, n) in enumerate(zip(widths, (1, 2, 2, 1), blocks), 1):
            more = [Block(outputs, outputs, 1) for _ in range(n - 1)]
            setattr(self, f"layer{i}", nn.Sequential(Block(inputs, outputs, stride), *more))
            inputs = outputs
        self.fc = nn.Linear(inputs, classes)

    def grow(self, state):
        """Take the parameters of a network with fewer blocks. The blocks it does not
        have begin as nothing: the normalisation before their sum is zero."""
        for k in self.load_state_dict(state, strict=False).missing_keys:
            if k.endswith("bn2.weight"):
                nn.init.zeros_(self.get_parameter(k))

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(x.mean((2, 3)))
