#!/usr/bin/env python3
"""transformer_peer.py WHAT IDS.tsv THREADS [MATH]: how fast PyTorch trains and runs a Transformer of the shape of
bench/transformer.sh: nn.Transformer's layers, before which norms stand, 3 + 3 of width 256 with 4 heads, 8,000 words.

WHAT is train (batches of 64 pairs, Adam; prints tokens a second, both sides, ends counted), decode (beam of 5, 64 sources at
once, keys and values of all steps kept and those of the memory made once; prints target tokens a second), or memory (one
update of all pairs at once; prints the peak in MB). MATH: attention by matrix products and a softmax alone.

IDS.tsv: source ids TAB target ids, equally long, without the ends of sentences."""
import math
import resource
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

BOS, EOS, WORDS, WIDTH, HEADS, LAYERS, ROWS, BEAM = 1, 2, 8000, 256, 4, 3, 64, 5


def read(path):
    sides = ([], [])
    for line in open(path, encoding='utf-8'):
        for side, text in enumerate(line.rstrip('\n').split('\t')):
            sides[side].append([int(word) for word in text.split()] + [EOS])
    return [torch.tensor(side) for side in sides]


def positions(n):
    angle = torch.arange(n)[:, None] / 10000 ** (torch.arange(0, WIDTH, 2) / WIDTH)
    return torch.stack((angle.sin(), angle.cos()), -1).reshape(n, WIDTH)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.source, self.target = nn.Embedding(WORDS, WIDTH), nn.Embedding(WORDS, WIDTH)
        self.body = nn.Transformer(WIDTH, HEADS, LAYERS, LAYERS, 4 * WIDTH, dropout=0.0, batch_first=True, norm_first=True)
        self.out = nn.Linear(WIDTH, WORDS)
        self.register_buffer('places', positions(8192))

    def embed(self, table, ids, first=0):
        return table(ids) * math.sqrt(WIDTH) + self.places[first:first + ids.shape[1]]

    def forward(self, source, target):
        causal = nn.Transformer.generate_square_subsequent_mask(target.shape[1])
        return self.out(self.body(self.embed(self.source, source), self.embed(self.target, target), tgt_mask=causal,
                                  tgt_is_causal=True))


def update(net, adam, source, target):
    fed = torch.cat((torch.full_like(target[:, :1], BOS), target[:, :-1]), 1)
    loss = F.cross_entropy(net(source, fed).reshape(-1, WORDS), target.reshape(-1))
    adam.zero_grad(set_to_none=True)
    loss.backward()
    adam.step()


def train(net, source, target):
    adam = torch.optim.Adam(net.parameters())
    batches = list(zip(source.split(ROWS), target.split(ROWS)))
    for batch in batches[:3]:
        update(net, adam, *batch)
    begin, tokens = time.perf_counter(), 0
    while time.perf_counter() - begin < 8:
        for batch in batches[:6]:
            update(net, adam, *batch)
            tokens += batch[0].numel() + batch[1].numel()
    return tokens / (time.perf_counter() - begin)


def heads(x):
    return x.view(x.shape[0], -1, HEADS, WIDTH // HEADS).transpose(1, 2)


def project(attention, x, part):
    weight, bias = attention.in_proj_weight, attention.in_proj_bias
    rows = slice(part.start * WIDTH, part.stop * WIDTH)
    return F.linear(x, weight[rows], bias[rows])


def joined(attention, context):
    return attention.out_proj(context.transpose(1, 2).reshape(context.shape[0], -1, WIDTH))


class Decoding:
    """One layer of the decoder: rows are hypotheses; those of a source are queries of its memory."""

    def __init__(self, layer, memory, rows, steps):
        self.layer = layer
        self.keys, self.values = (heads(x) for x in project(layer.multihead_attn, memory, slice(1, 3)).chunk(2, -1))
        shape = (2, rows, HEADS, steps, WIDTH // HEADS)
        self.history = torch.zeros(shape)

    def step(self, x, time_):
        layer, sources = self.layer, self.keys.shape[0]
        query, key, value = (heads(y) for y in project(layer.self_attn, layer.norm1(x), slice(0, 3)).chunk(3, -1))
        self.history[0, :, :, time_] = key[:, :, 0]
        self.history[1, :, :, time_] = value[:, :, 0]
        seen = self.history[:, :, :, :time_ + 1]
        x = x + joined(layer.self_attn, F.scaled_dot_product_attention(query, seen[0], seen[1]))
        query = project(layer.multihead_attn, layer.norm2(x), slice(0, 1)).view(sources, -1, HEADS, WIDTH // HEADS)
        context = F.scaled_dot_product_attention(query.transpose(1, 2), self.keys, self.values)
        x = x + layer.multihead_attn.out_proj(context.transpose(1, 2).reshape(x.shape))
        return x + layer.linear2(F.relu(layer.linear1(layer.norm3(x))))

    def select(self, rows, time_):
        self.history[:, :, :, :time_ + 1] = self.history[:, rows, :, :time_ + 1]


@torch.inference_mode()
def translate(net, source, steps):
    n = source.shape[0]
    memory = net.body.encoder(net.embed(net.source, source))
    layers = [Decoding(layer, memory, n * BEAM, steps) for layer in net.body.decoder.layers]
    ids = torch.full((n * BEAM, 1), BOS)
    said = torch.zeros(n * BEAM, 0, dtype=torch.long)
    total = torch.full((n, BEAM), -math.inf)
    total[:, 0] = 0
    for time_ in range(steps):
        x = net.embed(net.target, ids, time_)
        for layer in layers:
            x = layer.step(x, time_)
        scores = F.log_softmax(net.out(net.body.decoder.norm(x[:, 0])), -1)
        scores[:, EOS] = -math.inf
        total, best = (total[:, :, None] + scores.view(n, BEAM, WORDS)).view(n, -1).topk(BEAM)
        rows = (best // WORDS + torch.arange(n)[:, None] * BEAM).view(-1)
        ids = (best % WORDS).view(-1, 1)
        said = torch.cat((said[rows], ids), 1)
        for layer in layers:
            layer.select(rows, time_)
    return said.numel() // BEAM


def decode(net, source, target):
    batches = source.split(ROWS)
    translate(net, batches[0], target.shape[1])
    begin, tokens = time.perf_counter(), 0
    while time.perf_counter() - begin < 8:
        tokens += translate(net, batches[tokens % len(batches)], target.shape[1])
    return tokens / (time.perf_counter() - begin)


def memory(net, source, target):
    update(net, torch.optim.Adam(net.parameters()), source, target)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def main():
    what, path, threads = sys.argv[1:4]
    torch.set_num_threads(int(threads))
    torch.manual_seed(1)
    net = Net()
    if what == 'decode':
        net.eval()
    backends = [torch.nn.attention.SDPBackend.MATH] if sys.argv[4:] else [
        torch.nn.attention.SDPBackend.FLASH_ATTENTION, torch.nn.attention.SDPBackend.MATH]
    with torch.nn.attention.sdpa_kernel(backends):
        print(round({'train': train, 'decode': decode, 'memory': memory}[what](net, *read(path))))


main()
