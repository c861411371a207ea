"""torchvision's networks with the parameters that Gaze's models/weights/formula.go
makes, for the programs that are timed beside Gaze. Imported after the variables
that PyTorch reads when it is loaded have been set."""

import numpy as np
import torch
import torchvision


def formula(name, shape):
    """The tensor that Gaze's formula gives a parameter or the input."""
    h = 0xCBF29CE484222325
    for byte in name.encode():
        h = (h ^ byte) * 0x100000001B3 % 2**64
    z = np.uint64(h) + np.arange(np.prod(shape, dtype=np.int64), dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    k = ((z ^ (z >> np.uint64(31))) >> np.uint64(40)).astype(np.int64)
    a, b, signed = 0.0, 0.1, True
    if name == "input":
        b = 2.0
    elif name.endswith(".weight") and len(shape) > 1:
        b = np.sqrt(6 / np.prod(shape[1:]))
    elif name.endswith(".weight"):
        a, b = 1.0, 0.2
    elif name.endswith(".running_var"):
        a, b, signed = 1.0, 0.5, False
    t = (k - 2**23) / 2**23 if signed else k / 2**24
    values = np.float32(a) + np.float32(b) * t.astype(np.float32)
    return torch.from_numpy(values.reshape(shape))


def network(name):
    """torchvision's network with parameters by the formula."""
    options = {"init_weights": False} if name.startswith(("vgg", "googlenet", "inception")) else {}
    model = getattr(torchvision.models, name)(weights=None, **options).eval()
    with torch.no_grad():
        for key, value in model.state_dict().items():
            if not key.endswith("num_batches_tracked"):
                value.copy_(formula(key, tuple(value.shape)))
    return model


def target_layer(model, layer):
    """The module that Gaze's layer is the output of, or of an activation behind it that torchvision has no module for."""
    path = layer
    while path:
        try:
            return model.get_submodule(path)
        except AttributeError:
            path = path.rpartition(".")[0]
    raise SystemExit(f"torchvision has no layer {layer}")


def agree(name, who, logits, lap):
    """Ends the program where another one computes another network than Gaze."""
    want = float(np.max(logits))
    if int(np.argmax(logits)) != lap["class"] or abs(want - lap["logit"]) > 1e-3 * np.abs(logits).max():
        raise SystemExit(f"{name}: {who} finds class {int(np.argmax(logits))} with logit {want}, Gaze class {lap['class']} with {lap['logit']}")
