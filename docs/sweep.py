#!/usr/bin/env python3
"""Exports networks of timm's and torchvision's families to ONNX with random parameters,
and compares what gazectl computes with onnxruntime.

    pip install torch torchvision timm onnx onnxscript onnxruntime
    go build -o /tmp/gazectl ./cmd/gazectl
    OMP_NUM_THREADS=2 python3 docs/sweep.py --gazectl /tmp/gazectl --keep /tmp/sweep

A network is right if the logits of its five most probable classes are within a
thousandth of onnxruntime's, of the largest logit. --keep keeps the exported files, so
that another run does not export them again. --dynamo uses PyTorch's newer exporter.
"""
import argparse
import contextlib
import io
import json
import os
import struct
import subprocess
import sys
import time

NETWORKS = """
resnet18 resnet26t ecaresnet26t legacy_seresnet18 resnetv2_50 resnest14d res2net50_14w_8s skresnet18
seresnext26t_32x4d gcresnext26ts botnet26t_256 eca_botnext26ts_256 lambda_resnet26t bat_resnext26ts
densenet121 dla34 dpn48b vgg11_bn inception_v3 xception41 nf_regnet_b0 regnetx_002 regnety_002 rexnet_100
efficientnet_b0 tf_efficientnetv2_b0 mobilenetv2_100 mobilenetv3_small_100 mobilenetv4_conv_small mixnet_s ghostnetv2_100
hardcorenas_a lcnet_050 tinynet_e fbnetv3_b mnasnet_small hrnet_w18_small selecsls42 ese_vovnet19b_dw cspresnet50
repvgg_a0 mobileone_s0 repvit_m0_9 fastvit_t8 hgnetv2_b0 starnet_s1 fasternet_t0
convnext_atto convnextv2_atto inception_next_atto mambaout_femto convmixer_768_32 poolformer_s12 caformer_s18
mobilevit_xxs mobilevitv2_050 edgenext_xx_small efficientformer_l1 efficientvit_b0 efficientvit_m0 levit_128s
vit_tiny_patch16_224 deit_tiny_distilled_patch16_224 beit_base_patch16_224 eva02_tiny_patch14_224 vit_relpos_small_patch16_224
swin_tiny_patch4_window7_224 swinv2_tiny_window8_256 maxvit_tiny_tf_224 coatnet_nano_rw_224 mvitv2_tiny pvt_v2_b0
""".split()
MORE = "torchvision:vit_b_16 torchvision:swin_t vit_tiny_patch16_224 deit_tiny_patch16_224".split()


def randomise(model, torch):
    """Draws what initialisations leave at 0 or 1, so that every layer counts."""
    torch.manual_seed(0)
    for name, p in list(model.named_parameters()) + list(model.named_buffers()):
        if not torch.is_floating_point(p) or p.dim() > 1:
            continue
        with torch.no_grad():
            if name.endswith("running_var"):
                p.uniform_(0.5, 1.5)
            elif name.endswith("running_mean") or name.endswith("bias"):
                p.uniform_(-0.1, 0.1)
            elif name.endswith("weight") or "gamma" in name or name.endswith("ls1") or name.endswith("ls2"):
                p.uniform_(0.5, 1.0)


def build(name):
    import torch

    if name.startswith("torchvision:"):
        import torchvision

        model, size = getattr(torchvision.models, name.split(":")[1])(num_classes=10), (3, 224, 224)
    else:
        import timm

        model = timm.create_model(name, num_classes=10, exportable=True, scriptable=True)
        size = model.pretrained_cfg["input_size"]
    randomise(model, torch)
    return model.eval(), size


def export(name, path, dynamo, opset):
    import torch

    model, size = build(name)
    x = torch.randn(1, *size, generator=torch.Generator().manual_seed(1))
    more = {} if opset is None else {"opset_version": opset}
    torch.onnx.export(model, (x,), path, dynamo=dynamo, external_data=False, **more) if dynamo else torch.onnx.export(model, x, path, dynamo=False, **more)
    return x.numpy()


def save(path, x):
    header = json.dumps({"x": {"dtype": "F32", "shape": list(x.shape), "data_offsets": [0, x.nbytes]}}).encode()
    header += b" " * (-len(header) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(header)) + header + x.tobytes())


def expected(path, x):
    import onnxruntime

    onnxruntime.set_default_logger_severity(4)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: x})[0].ravel().astype(float).tolist()


def one(name, args):
    import numpy as np

    base = os.path.join(args.keep, name.replace(":", "_") + (".dynamo" if args.dynamo else ""))
    path, numbers, answer = base + ".onnx", base + ".safetensors", base + ".answer"
    if not os.path.exists(answer):
        with contextlib.redirect_stdout(io.StringIO()):
            x = np.ascontiguousarray(export(name, path, args.dynamo, args.opset), dtype=np.float32)
        save(numbers, x)
        with open(answer, "w") as f:
            json.dump(expected(path, x), f)
    if not args.gazectl:
        return "exported", ""
    want = json.load(open(answer))
    begin = time.time()
    run = subprocess.run([args.gazectl, "explain", "--model", path, "--input-tensor", numbers, "--json"], capture_output=True, text=True)
    if run.returncode:
        return "refused", (run.stderr.strip().splitlines() or [""])[-1].replace(args.keep, "")
    got = json.loads(run.stdout)[0]
    largest = max(abs(v) for v in want)
    off = max(abs(t["logit"] - want[t["index"]]) for t in got["top"]) / max(largest, 1e-6)
    return ("right" if off < 1e-3 else "wrong"), f"off by {off:.1e} of {largest:.2g}, {got.get('layer', '')}, {time.time() - begin:.1f} s"


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--gazectl", default="", help="the program; without it, networks are only exported")
    p.add_argument("--keep", required=True, help="folder for the exported files")
    p.add_argument("--dynamo", action="store_true")
    p.add_argument("--opset", type=int, help="the exporter's own if it is left out")
    p.add_argument("names", nargs="*", help="networks; all if none is named")
    args = p.parse_args()
    os.makedirs(args.keep, exist_ok=True)
    if args.names or args.dynamo:
        names = args.names or MORE
    else:
        names = NETWORKS
    count = {}
    for name in names:
        try:
            what, says = one(name, args)
        except Exception as e:  # an exporter's failure is no fault of a reader's
            what, says = "not exported", f"{type(e).__name__}: {str(e).splitlines()[0] if str(e) else ''}"[:160]
        count[what] = count.get(what, 0) + 1
        print(f"{what:12} {name:36} {says}", flush=True)
    print(count)
    return 1 if count.get("wrong") or count.get("refused") else 0


if __name__ == "__main__":
    sys.exit(main())
