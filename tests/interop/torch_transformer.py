"""PyTorch's own nn.Transformer beside heed's, as torch_model.py has it of recurrent nets: PyTorch trains, its weights become a model file,
and heed gives the same log probabilities of targets, the same texts by greedy search and in a beam of 5.

    python3 torch_transformer.py [--heads 4] [--layers 2] [--activation relu] [--post] PAIRS.tsv
"""
import math
import warnings

import torch
from torch import nn

import torch_model
from torch_model import BOS


warnings.filterwarnings("ignore", message="enable_nested_tensor")


def gelu(x):
    return nn.functional.gelu(x, approximate="tanh")


class Model(nn.Module):
    def __init__(self, a, n_src, n_tgt):
        super().__init__()
        d = self.width = a.hidden
        self.src, self.tgt = nn.Embedding(n_src, d), nn.Embedding(n_tgt, d)
        for table in self.src, self.tgt:
            nn.init.normal_(table.weight, std=d**-0.5)
        self.both = nn.Transformer(d, a.heads, a.layers, a.layers, 4 * d, 0.0, gelu if a.activation == "gelu" else a.activation,
                                   batch_first=True, norm_first=not a.post)
        if a.post:
            self.both.encoder.norm = self.both.decoder.norm = None
        self.out = nn.Linear(d, n_tgt)

    def embed(self, table, ids):
        position = torch.arange(ids.shape[1], dtype=torch.double)[:, None]
        angle = position / 10000 ** (torch.arange(0, self.width, 2, dtype=torch.double) / self.width)
        where = torch.stack((angle.sin(), angle.cos()), 2).flatten(1).float()
        return table(ids) * math.sqrt(self.width) + where

    def encode(self, src, length):
        valid = torch.arange(src.shape[1])[None] < length[:, None]
        memory = self.both.encoder(self.embed(self.src, src), src_key_padding_mask=~valid)
        return memory, valid, torch.zeros(0, len(src), dtype=torch.long)

    def forced(self, ids, memory, valid):
        causal = nn.Transformer.generate_square_subsequent_mask(ids.shape[1])
        x = self.both.decoder(self.embed(self.tgt, ids), memory, tgt_mask=causal, memory_key_padding_mask=~valid, tgt_is_causal=True)
        return torch.log_softmax(self.out(x), 2)

    def step(self, ids, memory, valid, state):
        """The state is what was said so far: [t, n]."""
        state = torch.cat((state, ids[None]))
        return self.forced(state.T, memory, valid)[:, -1], state

    def log_probs(self, src, src_len, tgt, tgt_len):
        memory, valid, _ = self.encode(src, src_len)
        said = torch.cat((torch.full_like(tgt[:, :1], BOS), tgt[:, :-1]), 1)
        each = self.forced(said, memory, valid).gather(2, tgt[:, :, None])[:, :, 0]
        return torch.where(torch.arange(tgt.shape[1])[None] < tgt_len[:, None], each, 0.0).sum(1)


def linear(w, theirs, ours):
    return {f"{ours}.weight": w[f"{theirs}.weight"].T, f"{ours}.bias": w[f"{theirs}.bias"]}


def norm(w, theirs, ours):
    return {f"{ours}.gain": w[f"{theirs}.weight"], f"{ours}.bias": w[f"{theirs}.bias"]}


def weights_of(model, a):
    w = {k: v.detach().numpy() for k, v in model.state_dict().items()}
    out = {"src.embed.weight": w["src.weight"], "tgt.embed.weight": w["tgt.weight"]} | linear(w, "out", "out")
    for half in "encoder", "decoder":
        for i in range(a.layers):
            theirs, ours = f"both.{half}.layers.{i}", f"{half}.{i}"
            own, last = f"{theirs}.self_attn", "norm3" if half == "decoder" else "norm2"
            out |= {f"{ours}.self.input.weight": w[f"{own}.in_proj_weight"].T, f"{ours}.self.input.bias": w[f"{own}.in_proj_bias"]}
            out |= linear(w, f"{own}.out_proj", f"{ours}.self.output") | norm(w, f"{theirs}.norm1", f"{ours}.self.norm")
            out |= linear(w, f"{theirs}.linear1", f"{ours}.ffn.input") | linear(w, f"{theirs}.linear2", f"{ours}.ffn.output")
            out |= norm(w, f"{theirs}.{last}", f"{ours}.ffn.norm")
            if half == "decoder":
                other, d = f"{theirs}.multihead_attn", a.hidden
                weight, bias = w[f"{other}.in_proj_weight"].T, w[f"{other}.in_proj_bias"]
                out |= {f"{ours}.cross.query.weight": weight[:, :d], f"{ours}.cross.query.bias": bias[:d],
                        f"{ours}.cross.memory.weight": weight[:, d:], f"{ours}.cross.memory.bias": bias[d:]}
                out |= linear(w, f"{other}.out_proj", f"{ours}.cross.output") | norm(w, f"{theirs}.norm2", f"{ours}.cross.norm")
        if not a.post:
            out |= norm(w, f"both.{half}.norm", f"{half}.norm")
    return out


def main():
    p = torch_model.arguments()
    p.add_argument("--heads", type=int, default=4)
    p.add_argument("--layers", type=int, default=2)
    p.add_argument("--activation", default="relu")
    p.add_argument("--post", action="store_true")
    a = p.parse_args()
    place = "post" if a.post else "pre"
    shape = ["--net", "transformer", "--heads", str(a.heads), "--layers", str(a.layers), "--activation", a.activation, "--norm-place", place]
    torch_model.compare(a, f"transformer, {a.layers} layers, {a.heads} heads, {a.activation}, {place}-norm", shape,
                        lambda n_src, n_tgt: Model(a, n_src, n_tgt), weights_of)


if __name__ == "__main__":
    main()
