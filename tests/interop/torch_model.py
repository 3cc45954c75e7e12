"""torch_model.py [--cell gru|lstm] [--form luong|bahdanau] [--score dot|mlp] PAIRS.tsv: a model that PyTorch trained, in heed.

A model of heed gives vocabularies and metadata; PyTorch trains one of the same shape on the same ids; its weights become a
document of heed. Then both say the log probability of each target, and translate greedily and with a beam of 5. Texts may
differ only where PyTorch itself is undecided: its best two continuations are closer than MARGIN. PATH has heed's programs.

bahdanau is attention before the cell, from the state before it; luong is attention behind it, with a readout.
"""
import argparse
import math
import random
import subprocess
import sys

import numpy as np
import torch
from safetensors import safe_open
from torch import nn

import ways

PAD, BOS, EOS = 0, 1, 2
MARGIN, CLOSE = 1e-4, 1e-5


class Model(nn.Module):
    def __init__(self, a, n_src, n_tgt):
        super().__init__()
        cell, h = nn.LSTM if a.cell == "lstm" else nn.GRU, a.hidden
        self.form, self.score = a.form, a.score
        self.src = nn.Embedding(n_src, h)
        self.tgt = nn.Embedding(n_tgt, h)
        self.encoder = cell(h, h, batch_first=True)
        self.decoder = cell(2 * h if a.form == "bahdanau" else h, h, batch_first=True)
        if a.score == "mlp":
            self.query, self.key = nn.Linear(h, h, bias=False), nn.Linear(h, h, bias=False)
            self.energy = nn.Linear(h, 1, bias=False)
        if a.form == "luong":
            self.readout = nn.Linear(2 * h, h)
        self.out = nn.Linear(h, n_tgt)

    def encode(self, src, length):
        packed = nn.utils.rnn.pack_padded_sequence(self.src(src), length, batch_first=True, enforce_sorted=False)
        memory, state = self.encoder(packed)
        memory, _ = nn.utils.rnn.pad_packed_sequence(memory, batch_first=True, total_length=src.shape[1])
        return memory, torch.arange(src.shape[1])[None] < length[:, None], state

    def attend(self, query, memory, valid):
        if self.score == "dot":
            score = (memory @ query[:, :, None])[:, :, 0] / math.sqrt(query.shape[1])
        else:
            score = self.energy(torch.tanh(self.query(query)[:, None] + self.key(memory)))[:, :, 0]
        weights = torch.softmax(score.masked_fill(~valid, -math.inf), 1)
        return (weights[:, None] @ memory)[:, 0]

    def step(self, ids, memory, valid, state):
        x = self.tgt(ids)
        if self.form == "bahdanau":
            above = (state[0] if isinstance(state, tuple) else state)[-1]
            x = torch.cat((self.attend(above, memory, valid), x), 1)
        h, state = self.decoder(x[:, None], state)
        h = h[:, 0]
        if self.form == "luong":
            h = torch.tanh(self.readout(torch.cat((h, self.attend(h, memory, valid)), 1)))
        return torch.log_softmax(self.out(h), 1), state

    def log_probs(self, src, src_len, tgt, tgt_len):
        """Of whole targets [B]."""
        memory, valid, state = self.encode(src, src_len)
        ids, total = torch.full_like(tgt[:, 0], BOS), 0
        for t in range(tgt.shape[1]):
            step, state = self.step(ids, memory, valid, state)
            ids = tgt[:, t]
            total = total + torch.where(t < tgt_len, step.gather(1, ids[:, None])[:, 0], 0.0)
        return total


def limit_of(metadata, n):
    """How many words heed lets an answer to n words have (heed_length_limit())."""
    longest, most, ratio = (float(metadata["limit." + name]) for name in ("max-src", "max-tgt", "ratio"))
    by_length = most * n / longest if n > longest > 0 else most
    return max(1, int(min(ratio * n + 5, by_length)))


def rows_of(state, index):
    if isinstance(state, tuple):
        return tuple(s[:, index] for s in state)
    return state[:, index]


def beam_of(model, src, k, most):
    """Best hypothesis of one source by total log probability, in a beam of k slots (core/search/beam.c: each open slot in turn takes
    the likeliest child of the hypotheses in it and in those before), and how close a decision came."""
    memory, valid, state = model.encode(torch.tensor([src]), torch.tensor([len(src)]))
    live, done, margin, closed = [(0, (), 0.0)], [], math.inf, set()
    for t in range(most):
        ids = torch.tensor([history[-1] if history else BOS for _, history, _ in live])
        n = len(live)
        step, state = model.step(ids, memory.expand(n, -1, -1), valid.expand(n, -1), state)
        step[:, [PAD, BOS]] = -math.inf
        if t + 1 == most:
            step[:, torch.arange(step.shape[1]) != EOS] = -math.inf
        value, word = (step.double() + torch.tensor([[score] for *_, score in live], dtype=torch.double)).topk(k + 1)
        used, new, kept = [0] * n, [], []
        for slot in sorted(set(range(k)) - closed):
            ways = sorted(((float(value[i, used[i]]), -i) for i in range(n) if live[i][0] <= slot), reverse=True)
            ways += [(float(value[-ways[0][1], used[-ways[0][1]] + 1]), 0)] if ways else []
            ways = sorted(ways, reverse=True)
            if not ways or ways[0][0] == -math.inf:
                continue
            margin = min(margin, ways[0][0] - ways[1][0])
            score, i = ways[0][0], -ways[0][1]
            history = live[i][1] + (int(word[i, used[i]]),)
            used[i] += 1
            if history[-1] == EOS:
                done.append((score, -slot, list(history)))
                closed.add(slot)
            else:
                new.append((slot, history, score))
                kept.append(i)
        live = new
        if not live:
            break
        state = rows_of(state, torch.tensor(kept))
    done.sort(reverse=True)
    if len(done) > 1:
        margin = min(margin, done[0][0] - done[1][0])
    return done[0][2], done[0][0], margin


def run(*words, text=None, **more):
    return subprocess.run(words, input=text, stdout=subprocess.PIPE, check=True, **more).stdout


def frames(data):
    import io
    return [f for f in ways.read_pipe(io.BytesIO(data)) if "line" in f[1]]


def sides(path, model):
    """Ids of pairs, ends counted."""
    pairs = []
    for _, x in frames(run("tokenize", "--pairs", "-m", model, text=open(path, "rb").read())):
        for b in range(len(x["src_len"])):
            pairs.append((x["src"][b, :x["src_len"][b]].tolist(), x["tgt"][b, :x["tgt_len"][b]].tolist()))
    return pairs


def batch_of(pairs):
    out = []
    for side in (0, 1):
        length = [len(p[side]) for p in pairs]
        out.append(torch.tensor([p[side] + [PAD] * (max(length) - len(p[side])) for p in pairs]))
        out.append(torch.tensor(length))
    return out


def train(model, pairs, steps):
    adam = torch.optim.Adam(model.parameters(), lr=0.003)
    for _ in range(steps):
        batch = batch_of(random.sample(pairs, 32))
        loss = -model.log_probs(*batch).sum() / batch[3].sum()
        adam.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1)
        adam.step()
    return float(loss.detach())


def weights_of(model, a):
    """By the names of docs/model.md; heed multiplies from the left, PyTorch from the right."""
    w = {k: v.detach().numpy() for k, v in model.state_dict().items()}
    cell, h = {}, a.hidden
    for name, ours in ("encoder", "encoder.0.forward"), ("decoder", "decoder.0"):
        inputs = w[f"{name}.weight_ih_l0"].T
        if name == "decoder" and a.form == "bahdanau":
            cell["decoder.feed.weight"], inputs = inputs[:h], inputs[h:]
        cell |= {f"{ours}.input.weight": inputs, f"{ours}.input.bias": w[f"{name}.bias_ih_l0"],
                 f"{ours}.state.weight": w[f"{name}.weight_hh_l0"].T, f"{ours}.state.bias": w[f"{name}.bias_hh_l0"]}
    cell |= {"src.embed.weight": w["src.weight"], "tgt.embed.weight": w["tgt.weight"],
             "out.weight": w["out.weight"].T, "out.bias": w["out.bias"]}
    if a.score == "mlp":
        cell |= {"attention.query": w["query.weight"].T, "attention.key": w["key.weight"].T,
                 "attention.energy": w["energy.weight"][0]}
    if a.form == "luong":
        cell |= {"readout.weight": w["readout.weight"].T, "readout.bias": w["readout.bias"]}
    return cell


def to_heed(weights, like, path):
    with safe_open(like, "np") as f:
        metadata = {k: v for k, v in f.metadata().items() if not k.startswith("crc") and k not in ("heed", "fingerprint")}
        tensors = {k: f.get_tensor(k) for k in f.keys()}
    for name, value in weights.items():
        if name not in tensors or tensors[name].shape != value.shape:
            sys.exit(f"{name}: {value.shape} of PyTorch, {tensors[name].shape if name in tensors else 'nothing'} of heed")
        tensors[name] = np.ascontiguousarray(value, np.float32)
    left = [k for k in tensors if tensors[k].dtype == np.float32 and k not in weights]
    if left:
        sys.exit(f"not of PyTorch: {left}")
    with open(path, "wb") as f:
        f.write(ways.seal(metadata, tensors))


def arguments():
    p = argparse.ArgumentParser()
    p.add_argument("--hidden", type=int, default=48)
    p.add_argument("--steps", type=int, default=250)
    p.add_argument("--lines", type=int, default=150)
    p.add_argument("pairs")
    return p


def compare(a, what, shape, make, weights):
    """A model of heed with the options `shape`, and make(n_src, n_tgt) of PyTorch, which is trained."""
    torch.manual_seed(1)
    random.seed(1)
    torch.set_num_threads(1)
    run("train", "-q", "--no-store", "--force", "--steps", "1", "--dev", "none", "--tokenizer", "space", "--joint", "off",
        "--tied", "off", "--copy", "off", "--src-eos=on", "--hidden", str(a.hidden), *shape, "-o", "like.heed", a.pairs)
    pairs = sides(a.pairs, "like.heed")
    with safe_open("like.heed", "np") as f:
        n_src, n_tgt = (f.get_slice(f"{side}.embed.weight").get_shape()[0] for side in ("src", "tgt"))
        metadata = f.metadata()
    model = make(n_src, n_tgt)
    loss = train(model, pairs, a.steps)
    to_heed(weights(model, a), "like.heed", "torch.heed")

    few = pairs[:a.lines]
    text = [line.split("\t") for line in open(a.pairs).read().splitlines()[:a.lines]]
    with open("sources.txt", "w") as f:
        f.writelines(t[0] + "\n" for t in text)
    with open("targets.txt", "w") as f:
        f.writelines(t[1] + "\n" for t in text)
    memory = run("encode", "-m", "torch.heed", text=run("tokenize", "-m", "torch.heed", text=open("sources.txt", "rb").read()))

    def decode(*options):
        out = {}
        for _, x in frames(run("decode", "-m", "torch.heed", "--no-store", "-q", *options, text=memory)):
            for b, line in enumerate(x["line"].tolist()):
                out[line] = (x["tgt"][b, 0, :x["tgt_len"][b, 0]].tolist(), float(x["log_prob"][b, 0]))
        first = min(out)
        return [out[first + i] for i in range(len(out))]

    with torch.no_grad():
        want = model.log_probs(*batch_of(few)).tolist()
    said = decode("--hypotheses", "--force", "targets.txt")
    worst = max(abs(s[1] - w) / max(1, abs(w)) for s, w in zip(said, want))
    print(f"{what}: trained to {loss:.3f} nats a token; log probabilities of {len(few)} targets: {worst:.1e} relative")
    bad = worst > CLOSE or any(s[0] != p[1] for s, p in zip(said, few))
    for k, options in (1, []), (5, ["--beam", "5", "--length-penalty", "0"]):
        got = decode("--hypotheses", "--loops", "allow", *options)
        differ = close = 0
        for i, ((src, _), ours) in enumerate(zip(few, got)):
            with torch.no_grad():
                ids, total, margin = beam_of(model, src, k, 1 + limit_of(metadata, len(src) - 1))
            if ids == ours[0]:
                bad |= abs(total - ours[1]) > CLOSE * max(1, abs(total))
                continue
            differ += 1
            undecided = margin < MARGIN
            close += undecided
            print(f"  line {i + 1}, beam {k}: margin {margin:.1e}, PyTorch {total:.5f}, heed {ours[1]:.5f}"
                  f"{'' if undecided else ' NOT UNDECIDED'}")
        bad |= close < differ
        print(f"  beam {k}: {len(few) - differ} of {len(few)} equal, {close} undecided")
    sys.exit(bad)


def main():
    p = arguments()
    p.add_argument("--cell", default="gru")
    p.add_argument("--form", default="luong")
    p.add_argument("--score", default="dot")
    a = p.parse_args()
    shape = ["--bidirectional=off", "--embed", str(a.hidden), "--cell", a.cell, "--decoder", a.form, "--layers", "1",
             "--score", "dot:gain=off" if a.score == "dot" else a.score]
    compare(a, f"{a.cell} {a.form} {a.score}", shape, lambda n_src, n_tgt: Model(a, n_src, n_tgt), weights_of)


if __name__ == "__main__":
    main()
