"""Read the thumbnails that prepare.py made, and vary them for training."""

import io
import zipfile

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from network import MEAN, STD


def load(path, labels=None, limit=None):
    """All pictures of a zip: uint8 [N, H, W, 3], class indices, sources, class names.

    The classes are in alphabetical order whatever their capitals; limit takes
    that many pictures, spread evenly."""
    with zipfile.ZipFile(path) as archive:
        names = sorted(n for n in archive.namelist() if n.endswith(".jpg"))
        labels = labels or sorted({n.split("/")[0] for n in names}, key=str.lower)
        if limit:
            names = names[:: max(1, len(names) // limit)]
        images = np.stack([np.asarray(Image.open(io.BytesIO(archive.read(n))).convert("RGB")) for n in names])
    index = {label: i for i, label in enumerate(labels)}
    classes = np.array([index[n.split("/")[0]] for n in names])
    sources = np.array([n.split("/")[1].rsplit("-", 1)[0] for n in names])
    return images, classes, sources, labels


def to_tensor(images, device):
    """uint8 [N, H, W, 3] to float [N, 3, H, W] in 0 ... 1."""
    return torch.from_numpy(images).to(device).permute(0, 3, 1, 2).float() / 255


def normalize(x):
    """Subtract the channels' mean and divide by their deviation."""
    mean = torch.tensor(MEAN, device=x.device).view(1, 3, 1, 1)
    std = torch.tensor(STD, device=x.device).view(1, 3, 1, 1)
    return (x - mean) / std


def augment(x, size):
    """Crop, mirror and turn at random, vary light and colour, hide a square.

    x is in 0 ... 1; the result is size x size."""
    n, device = len(x), x.device

    def uniform(low, high):
        return torch.empty(n, device=device).uniform_(low, high)

    # A crop of 30 to 100 per cent of the area, its sides in proportions up to
    # e^0.5, turned by up to 0.12 radians.
    side, ratio = uniform(0.3, 1).sqrt(), uniform(-0.25, 0.25).exp()
    mirror = (uniform(0, 1) < 0.5).float() * 2 - 1
    wide, high, turn = (side * ratio).clamp(max=1), (side / ratio).clamp(max=1), uniform(-0.12, 0.12)
    theta = torch.zeros(n, 2, 3, device=device)
    theta[:, 0, 0] = wide * mirror * turn.cos()
    theta[:, 0, 1] = -high * turn.sin()
    theta[:, 0, 2] = (1 - wide) * uniform(-1, 1)
    theta[:, 1, 0] = wide * turn.sin() * mirror
    theta[:, 1, 1] = high * turn.cos()
    theta[:, 1, 2] = (1 - high) * uniform(-1, 1)
    grid = F.affine_grid(theta, (n, 3, size, size), align_corners=False)
    x = F.grid_sample(x, grid, align_corners=False, padding_mode="reflection")

    def factor(low, high):
        return uniform(low, high).view(n, 1, 1, 1)

    x = x * factor(0.7, 1.3)  # brightness
    mean = x.mean((1, 2, 3), keepdim=True)
    x = (x - mean) * factor(0.7, 1.3) + mean  # contrast
    grey = x.mean(1, keepdim=True)
    x = ((x - grey) * factor(0.6, 1.4) + grey).clamp(0, 1)  # saturation

    hidden = size // 4
    for i in range(n):
        if np.random.rand() < 0.25:
            top, left = np.random.randint(0, size - hidden, 2)
            x[i, :, top : top + hidden, left : left + hidden] = torch.rand(3, 1, 1, device=device)
    return x


def cut_mix(x, share):
    """In that share of the batches put a rectangle of each picture's neighbour
    into it (Yun et al. 2019, CutMix). Returns the pictures and the share of each
    that is still its own."""
    if np.random.rand() >= share:
        return x, 1.0
    size, cut = x.shape[-1], np.sqrt(1 - np.random.rand())
    top, left = np.random.rand(2)
    rows = slice(*(int(size * np.clip(top + d * cut / 2, 0, 1)) for d in (-1, 1)))
    columns = slice(*(int(size * np.clip(left + d * cut / 2, 0, 1)) for d in (-1, 1)))
    mixed = x.clone()
    mixed[:, :, rows, columns] = x.roll(1, 0)[:, :, rows, columns]
    return mixed, 1 - (rows.stop - rows.start) * (columns.stop - columns.start) / size**2
