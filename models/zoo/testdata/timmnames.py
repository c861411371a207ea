"""Writes timm.txt: the names that timm gives the parameters of the zoo's architectures. Usage: python timmnames.py > timm.txt"""

import sys

import timm

NETWORKS = {
    "efficientnet_b0": "efficientnet_b0", "efficientnet_b3": "efficientnet_b3", "efficientnet_v2_s": "efficientnetv2_s",
    "mobilenet_v2": "mobilenetv2_100", "mobilenet_v3_small": "mobilenetv3_small_100", "mobilenet_v3_large": "mobilenetv3_large_100",
    "mnasnet1_0": "mnasnet_100", "regnet_x_1_6gf": "regnetx_016", "regnet_y_1_6gf": "regnety_016", "convnext_tiny": "convnext_tiny",
    "vgg16_bn": "vgg16_bn", "densenet121": "densenet121", "resnext50_32x4d": "resnext50_32x4d", "inception_v3": "inception_v3",
    "xception": "legacy_xception",
}

FNV = 0xCBF29CE484222325


def fnv(text):
    h = FNV
    for byte in text.encode():
        h = (h ^ byte) * 0x100000001B3 % 2**64
    return h


if __name__ == "__main__":
    print("# What timmnames.py prints of timm", timm.__version__ + ": the zoo's name of an architecture, timm's name, the number of its parameters, and")
    print("# FNV-1a 64 of their names, sorted, a line each. Auxiliary heads and num_batches_tracked are left out.")
    for ours, theirs in NETWORKS.items():
        names = timm.create_model(theirs, pretrained=False).state_dict()
        names = sorted(n for n in names if not n.endswith("num_batches_tracked") and not n.startswith("AuxLogits."))
        print(ours, theirs, len(names), f"{fnv(''.join(n + chr(10) for n in names)):016x}")
    sys.stdout.flush()
