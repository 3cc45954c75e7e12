"""Compares `evaluate` (in PATH) with sacreBLEU on corpora of ordinary and nasty lines: BLEU with the tokens 13a, none
and char, chrF, both cases, one to four references. Fails above a difference of 1e-6."""
import json
import random
import subprocess

from sacrebleu.metrics import BLEU, CHRF

WORDS = ("the cat sat on the mat . a dog , and 3.5 it's l’homme d' accord ! - 10-12 U.S.A. (ok) \"no\" "
         "Ça va ? ΟΔΟΣ İstanbul straße").split()
PARTS = list("abcABC  ..,,--0123456789!?;:'\"&<>()[]{}/\\|`~_^@#$%*+=") + [
    "&quot;", "&amp;", "&lt;", "&amp;lt;", "<skipped>", "é", "É", "’", "\u202f", "\u00a0", "\u2009", "\u3000",
    "\u0085", "日", "本", "İ", "Σ", "ς", "ẞ", "😀", "e\u0301", "\t", "\u200b", "«", "»", "\u2028", "...", "1.5",
    "1,000", "U.S.", "Ǆ", "ﬁ", "\u0345", "\x1c"]


def line(rnd):
    kind = rnd.random()
    if kind < 0.05:
        return ""
    if kind < 0.5:
        return "".join(rnd.choice(PARTS) for _ in range(rnd.randint(1, 40)))
    return (" " if rnd.random() < 0.8 else "").join(rnd.choice(WORDS) for _ in range(rnd.randint(1, 20)))


def changed(rnd, text):
    if rnd.random() < 0.2:
        return line(rnd)
    chars = list(text)
    for _ in range(rnd.randint(0, 4)):
        if chars:
            at = rnd.randrange(len(chars))
            what = rnd.random()
            chars[at:at + (what < 0.6)] = [] if what < 0.3 else [rnd.choice(PARTS)]
    return "".join(chars)


def write(path, lines):
    with open(path, "wb") as f:
        for text in lines:
            f.write(text.encode() + b"\n")


def figures(n_refs, tokens, lower):
    command = ["evaluate", "--no-store", "--json", "--bootstrap", "0", "--tokens", tokens, "hyp"]
    command += [word for r in range(n_refs) for word in ("--ref", f"ref{r}")] + ["--lower"] * lower
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return {row["metric"]: row["value"] for row in map(json.loads, out.splitlines())}


def main():
    rnd = random.Random(7)
    worst = {"bleu": 0.0, "chrf": 0.0}
    for corpus in range(60):
        n = rnd.randint(1, 5) if corpus % 2 else rnd.randint(20, 300)
        n_refs = rnd.randint(1, 4)
        base = [line(rnd) for _ in range(n)]
        refs = [[changed(rnd, text) for text in base] for _ in range(n_refs)]
        # Without its tabs, which would be columns of a file of references.
        refs = [[text.replace("\t", " ") for text in lines] for lines in refs]
        hyps = [changed(rnd, text) for text in base]
        write("hyp", hyps)
        for r, lines in enumerate(refs):
            write(f"ref{r}", lines)
        for tokens in ("13a", "none", "char"):
            for lower in (False, True):
                ours = figures(n_refs, tokens, lower)
                theirs = {"bleu": BLEU(tokenize=tokens, lowercase=lower).corpus_score(hyps, refs).score,
                          "chrf": CHRF(lowercase=lower).corpus_score(hyps, refs).score}
                for name, value in theirs.items():
                    worst[name] = max(worst[name], abs(ours[name] - value))
                    assert abs(ours[name] - value) <= 1e-6, (name, tokens, lower, ours[name], value)
    print("interop: largest differences from sacreBLEU: BLEU %.1e, chrF %.1e" % (worst["bleu"], worst["chrf"]))


main()
