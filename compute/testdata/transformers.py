"""What PyTorch computes of transformers for the formula's picture: TestTransformers.

    python transformers.py [NETWORK@SIZE ...]

It needs torch, torchvision, timm, safetensors and grad-cam. Parameters and pictures
follow from the formula of models/weights/formula.go, so no weights are stored. A file
transformers/NETWORK@SIZE.safetensors has, as those in reference/, for the class with
the largest logit: logits, activation/LAYER, gradient/LAYER and the raw maps
METHOD/LAYER, computed in float64. Activations and gradients are samples: element 0, k,
2k, ... with k from stride/LAYER. Tokens are C x H x W, without those that have no place.
final4/gradcam/LAYER is every fourth row and column of what pytorch-grad-cam makes with
a reshape_transform. attention/LAYER is a sample of a layer's weights, heads x queries x
keys, with its stride.
"""

import os
import sys

import numpy as np
import timm
import torch
import torchvision
from pytorch_grad_cam import GradCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from safetensors.torch import save_file
from torchvision.models.vision_transformer import interpolate_embeddings

from heads import formula

SAMPLES = 1200

# The layers of each network, and how many of its tokens have no place.
NETWORKS = {
    "vit_b_32@224": ("torchvision", ["encoder.layers.encoder_layer_11.ln_1", "encoder.layers.encoder_layer_5"], 1),
    "vit_b_32@160": ("torchvision", ["encoder.layers.encoder_layer_11.ln_1", "encoder.layers.encoder_layer_5"], 1),
    "deit_tiny_patch16_224@224": ("timm", ["blocks.11.norm1", "blocks.5"], 1),
    "deit_tiny_distilled_patch16_224@224": ("timm", ["blocks.11.norm1", "blocks.5"], 2),
    "deit_tiny_distilled_patch16_224@176": ("timm", ["blocks.11.norm1", "blocks.5"], 2),
    "swin_t@224": ("torchvision", ["norm", "features.5"], 0),
    "swin_t@200": ("torchvision", ["norm", "features.5"], 0),
    "swin_v2_t@256": ("torchvision", ["norm", "features.5"], 0),
    "swin_v2_t@200": ("torchvision", ["norm", "features.5"], 0),
    "maxvit_t@224": ("torchvision", ["blocks.3", "blocks.2"], 0),
    "maxvit_t@448": ("torchvision", ["blocks.3", "blocks.2"], 0),
}


def filled(name, shape):
    values = torch.from_numpy(formula(name, shape).copy())
    return values


def network(name, size, source):
    """A network for pictures of that size; embeddings of positions are resampled as torchvision does."""
    own = 256 if "v2" in name else 224
    if source == "timm":
        model = timm.create_model(name, pretrained=False)
    else:
        model = getattr(torchvision.models, name)(weights=None)
    state = {}
    for key, value in model.state_dict().items():
        made = value.dtype.is_floating_point and not key.endswith("relative_coords_table")
        state[key] = filled(key, tuple(value.shape)) if made else value
    if size != own and source == "torchvision" and name.startswith("vit"):
        patch = model.patch_size
        model = getattr(torchvision.models, name)(weights=None, image_size=size)
        state = interpolate_embeddings(size, patch, state)
    elif size != own and name.startswith("maxvit"):
        model = getattr(torchvision.models, name)(weights=None, input_size=(size, size))
    elif size != own and source == "timm":
        model = timm.create_model(name, pretrained=False, img_size=size)
        before = 2 if "distilled" in name else 1
        pos, old, new = state["pos_embed"], own // 16, size // 16
        grid = pos[:, before:].transpose(1, 2).reshape(1, -1, old, old)
        grid = torch.nn.functional.interpolate(grid, size=new, mode="bicubic", align_corners=True)
        state["pos_embed"] = torch.cat([pos[:, :before], grid.flatten(2).transpose(1, 2)], dim=1)
    model.load_state_dict(state)
    return model.eval().double()


def planes(x, before):
    """Tokens as C x H x W, or an output with the channels last."""
    if x.dim() == 3:
        side = round((x.shape[1] - before) ** 0.5)
        return x[:, before:].reshape(x.shape[0], side, side, -1).permute(0, 3, 1, 2)
    return x


def put(out, meta, key, values, name):
    flat = values.flatten()
    k = max(1, -(-flat.numel() // SAMPLES))
    out[key], meta[name] = flat[::k].float().contiguous(), str(k)


def main():
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "transformers")
    os.makedirs(folder, exist_ok=True)
    for key in sys.argv[1:] or NETWORKS:
        name, size = key.split("@")
        source, layers, before = NETWORKS[key]
        size = int(size)
        model = network(name, size, source)
        # Swin has the channels last.
        last = name.startswith("swin")
        order = (lambda x: x.permute(0, 3, 1, 2)) if last else (lambda x: planes(x, before))
        picture = filled("input", (1, 3, size, size)).double().requires_grad_()
        kept = {}
        hooks = [model.get_submodule(l).register_forward_hook(lambda m, i, o, l=l: kept.__setitem__(l, o)) for l in layers]
        weights = {}
        hooks += attentions(model, name, weights)
        logits = model(picture)[0]
        best = int(logits.argmax())
        grads = torch.autograd.grad(logits[best], [kept[l] for l in layers])
        out, meta = {"logits": logits.detach().float()}, {"class": str(best)}
        for layer, grad in zip(layers, grads):
            a, g = order(kept[layer].detach())[0], order(grad)[0]
            put(out, meta, "activation/" + layer, a, "stride/" + layer)
            put(out, meta, "gradient/" + layer, g, "stride/" + layer)
            out["gradcam/" + layer] = (g.mean((1, 2), keepdim=True) * a).sum(0).float()
            out["hirescam/" + layer] = (g * a).sum(0).float()
            out["layercam/" + layer] = (g.relu() * a).sum(0).float()
        for layer, w in weights.items():
            put(out, meta, "attention/" + layer, w, "stride/attention/" + layer)
        for h in hooks:
            h.remove()
        if name.startswith("deit_"):
            for method, values in rollouts(model, picture.detach(), best, before).items():
                out[method] = values.float().contiguous()
        if size == 224 and before > 0 or name == "swin_t" and size == 224:
            cam = GradCAM(model=model, target_layers=[model.get_submodule(layers[0])], reshape_transform=order)
            final = cam(input_tensor=picture.detach(), targets=[ClassifierOutputTarget(best)])[0]
            out["final4/gradcam/" + layers[0]] = torch.from_numpy(np.ascontiguousarray(final[::4, ::4])).float()
        save_file(out, os.path.join(folder, key + ".safetensors"), metadata=meta)
        print(key, best, float(logits[best]), {l: tuple(order(kept[l]).shape) for l in layers}, list(weights))


def attentions(model, name, weights):
    """Hooks that keep the weights of one layer of attention."""
    hooks = []
    if name.startswith("vit_"):
        at = model.get_submodule("encoder.layers.encoder_layer_3.self_attention")

        def keep(module, args):
            weights["encoder.layers.encoder_layer_3.self_attention"] = module.forward(
                *args, need_weights=True, average_attn_weights=False)[1].detach()[0]

        hooks.append(at.register_forward_pre_hook(keep))
    if name.startswith("deit_"):
        at = model.get_submodule("blocks.3.attn")

        def keep(module, args):
            x = args[0]
            n, t, c = x.shape
            q, k, _ = module.qkv(x).reshape(n, t, 3, module.num_heads, c // module.num_heads).permute(2, 0, 3, 1, 4).unbind(0)
            weights["blocks.3.attn"] = (q * module.scale @ k.transpose(-2, -1)).softmax(-1).detach()[0]

        hooks.append(at.register_forward_pre_hook(keep))
    return hooks


def rollouts(model, picture, best, before):
    """Maps of the methods that look at attention, for a network that reads its first tokens."""
    kept, ends, hooks = [], [], []
    for block in model.blocks:
        block.attn.fused_attn = False
        hooks.append(block.attn.attn_drop.register_forward_hook(lambda m, i, o: kept.append(o)))
        hooks.append(block.register_forward_hook(lambda m, i, o: ends.append(o)))
    logits = model(picture)
    for h in hooks:
        h.remove()
    slopes = torch.autograd.grad(logits[0, best], kept, retain_graph=True)
    one = torch.eye(kept[0].shape[-1], dtype=kept[0].dtype)
    rolled, relevance, legrad = one, one.clone(), 0
    for attention, slope, end in zip(kept, slopes, ends):
        rolled = (attention[0].mean(0) + one) / 2 @ rolled
        relevance = relevance + (attention * slope)[0].clamp(min=0).mean(0) @ relevance
        own = model.forward_head(model.norm(end))[0, best]
        legrad = legrad + torch.autograd.grad(own, attention, retain_graph=True)[0][0].clamp(min=0).mean((0, 1))
    return {
        "rollout": rolled[:before].mean(0)[before:].detach(),
        "gradientrollout": relevance[:before].mean(0)[before:].detach(),
        "legrad": legrad[before:].detach(),
    }


if __name__ == "__main__":
    main()
