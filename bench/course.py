#!/usr/bin/env python3
"""course.py IDS.tsv VOCAB_SRC VOCAB_TGT THREADS [EPOCHS]: how fast PyTorch trains experiment B2 written the way the course
writes it: every sentence padded to 10 steps, the decoder one step at a time, the keys projected anew in each, masks made
anew in each, clipping and sums parameter by parameter. Two GRU layers of 32, embeddings of 32, dropout 0.1, 64 pairs.

IDS.tsv: source ids TAB target ids, without the ends of sentences. Prints tokens a second (both sides, ends counted, padding
not) over the epochs after the first."""
import sys
import time

import torch
from torch import nn

PAD, BOS, EOS, STEPS, WIDTH, LAYERS, ROWS = 0, 1, 2, 10, 32, 2, 64


def padded(ids):
    ids = (ids + [EOS])[:STEPS]
    return ids + [PAD] * (STEPS - len(ids)), len(ids)


def read(path):
    sides = ([], [], [], [])
    for line in open(path, encoding='utf-8'):
        for side, text in enumerate(line.rstrip('\n').split('\t')):
            ids, n = padded([int(word) for word in text.split()])
            sides[2 * side].append(ids)
            sides[2 * side + 1].append(n)
    return [torch.tensor(side) for side in sides]


def valid(lengths, steps):
    return torch.arange(steps)[None, :] < lengths[:, None]


class Encoder(nn.Module):
    def __init__(self, words):
        super().__init__()
        self.embed = nn.Embedding(words, WIDTH)
        self.cell = nn.GRU(WIDTH, WIDTH, LAYERS, dropout=0.1)

    def forward(self, ids):
        return self.cell(self.embed(ids).permute(1, 0, 2))


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.query = nn.Linear(WIDTH, WIDTH, bias=False)
        self.key = nn.Linear(WIDTH, WIDTH, bias=False)
        self.energy = nn.Linear(WIDTH, 1, bias=False)
        self.dropout = nn.Dropout(0.1)

    def forward(self, query, memory, lengths):
        hidden = torch.tanh(self.query(query).unsqueeze(2) + self.key(memory).unsqueeze(1))
        scores = self.energy(hidden).squeeze(-1)
        flat = scores.reshape(-1, scores.shape[-1])
        flat[~valid(torch.repeat_interleave(lengths, scores.shape[1]), flat.shape[1])] = -1e6
        weights = nn.functional.softmax(flat.reshape(scores.shape), dim=-1)
        return torch.bmm(self.dropout(weights), memory)


class Decoder(nn.Module):
    def __init__(self, words):
        super().__init__()
        self.embed = nn.Embedding(words, WIDTH)
        self.attention = Attention()
        self.cell = nn.GRU(2 * WIDTH, WIDTH, LAYERS, dropout=0.1)
        self.dense = nn.Linear(WIDTH, words)

    def forward(self, ids, outputs, state, lengths):
        memory, out = outputs.permute(1, 0, 2), []
        for x in self.embed(ids).permute(1, 0, 2):
            context = self.attention(state[-1].unsqueeze(1), memory, lengths)
            step, state = self.cell(torch.cat((context, x.unsqueeze(1)), dim=-1).permute(1, 0, 2), state)
            out.append(step)
        return self.dense(torch.cat(out, dim=0)).permute(1, 0, 2)


def clip(modules, most):
    params = [p for m in modules for p in m.parameters() if p.requires_grad]
    norm = torch.sqrt(sum(torch.sum(p.grad ** 2) for p in params))
    if norm > most:
        for p in params:
            p.grad[:] *= most / norm


def main():
    path, n_src, n_tgt, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    epochs = int(sys.argv[5]) if len(sys.argv) > 5 else 15
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    pairs = torch.utils.data.TensorDataset(*read(path))
    batches = torch.utils.data.DataLoader(pairs, ROWS, shuffle=True)
    encoder, decoder = Encoder(n_src), Decoder(n_tgt)
    adam = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=0.005)
    entropy = nn.CrossEntropyLoss(reduction='none')
    tokens = started = 0
    for epoch in range(epochs + 1):
        if epoch == 1:
            tokens, started = 0, time.perf_counter()
        for src, src_len, tgt, tgt_len in batches:
            adam.zero_grad()
            begin = torch.full((len(tgt), 1), BOS)
            outputs, state = encoder(src)
            logits = decoder(torch.cat((begin, tgt[:, :-1]), 1), outputs, state, src_len)
            weights = valid(tgt_len, STEPS).float()
            loss = (entropy(logits.permute(0, 2, 1), tgt) * weights).mean(dim=1)
            loss.sum().backward()
            clip((encoder, decoder), 1)
            adam.step()
            tokens += int(src_len.sum()) + int(tgt_len.sum())
    print(round(tokens / (time.perf_counter() - started)))


main()
