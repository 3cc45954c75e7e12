"""Compares `evaluate` (in PATH) with sacreBLEU, figure by figure and signature by signature.

    check_sacrebleu.py                  crafted cases (score_cases.py), each with sacreBLEU's defaults and with other
                                        options; significance of systems made of one text by changes
    check_sacrebleu.py HYP REF...       a text of one's own, with every tokenizer and other options

Scores may differ by 1e-6, p-values by what chance makes of them."""
import json
import math
import os
import random
import subprocess
import sys

from sacrebleu.metrics import BLEU, CHRF, TER
from sacrebleu.significance import PairedTest

from score_cases import WORDS, cases, changed, words

CASES = int(os.environ.get("HEED_CASES", 600))
ROUNDS = 1  # of significance, a minute each of sacreBLEU
NEAR = 1e-6


def write(path, lines):
    with open(path, "wb") as f:
        for text in lines:
            f.write(text.encode() + b"\n")


def evaluate(arguments):
    command = ["evaluate", "-q", "--no-store", "--json", "--detail"] + arguments
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [json.loads(row) for row in out.splitlines()]


DEFAULTS = {"tokens": "13a", "lower": False, "smooth": "exp", "value": None, "chars": 6, "words": 2, "beta": 2,
            "normalized": False, "no_punct": False, "asian": False, "case": False}


def draw_options(rnd):
    smooth = rnd.choice(["exp", "floor", "add-k", "none"])
    return {"tokens": rnd.choice(["13a", "intl", "zh", "char", "none"]), "lower": rnd.random() < 0.5, "smooth": smooth,
            "value": rnd.choice([None, 0.01, 0.5, 2.0]) if smooth in ("floor", "add-k") else None,
            "chars": rnd.choice([6, 6, 1, 4, 10]), "words": rnd.choice([2, 1, 3, 4]), "beta": rnd.choice([2, 1, 3]),
            "normalized": rnd.random() < 0.6, "no_punct": rnd.random() < 0.4, "asian": rnd.random() < 0.5,
            "case": rnd.random() < 0.4}


def arguments_of(o):
    out = ["--tokens", o["tokens"], "--smooth", o["smooth"], "--chrf-chars", str(o["chars"]), "--chrf-words",
           str(o["words"]), "--chrf-beta", str(o["beta"])]
    out += ["--smooth-value", str(o["value"])] if o["value"] is not None else []
    out += ["--lower"] * o["lower"] + ["--ter-normalized"] * o["normalized"] + ["--ter-no-punct"] * o["no_punct"]
    return out + ["--ter-asian"] * o["asian"] + ["--ter-case"] * o["case"]


def metrics_of(o):
    return {"bleu": BLEU(tokenize=o["tokens"], lowercase=o["lower"], smooth_method=o["smooth"],
                         smooth_value=o["value"], force=True),
            "chrf": CHRF(char_order=o["chars"], beta=o["beta"], lowercase=o["lower"]),
            "chrf++": CHRF(char_order=o["chars"], word_order=o["words"], beta=o["beta"], lowercase=o["lower"]),
            "ter": TER(normalized=o["normalized"], no_punct=o["no_punct"], asian_support=o["asian"],
                       case_sensitive=o["case"])}


class Worst(dict):
    def take(self, name, ours, theirs, context):
        self[name] = max(self.get(name, 0), abs(ours - theirs))
        assert abs(ours - theirs) <= NEAR, (name, ours, theirs, context)

    def __str__(self):
        return ", ".join("%s %.1e" % item for item in self.items())


def compare(worst, o, arguments, hyps, refs, context):
    rows = {row["metric"]: row for row in evaluate(["--bootstrap", "0"] + arguments_of(o) + arguments)}
    for name, metric in metrics_of(o).items():
        theirs = metric.corpus_score(hyps, refs)
        worst.take(name, rows[name]["value"], theirs.score, (context, o))
        signature = str(metric.get_signature())
        assert rows[name]["sacrebleu"].split("|version")[0] == signature.split("|version")[0], (name, signature, rows[name])
        if name == "bleu":
            for n, precision in enumerate(theirs.precisions):
                worst.take("precisions", rows["bleu-precision-%d" % (n + 1)]["value"], precision, (context, o))
            worst.take("brevity", rows["bleu-brevity"]["value"], theirs.bp, (context, o))


def check_cases():
    rnd, worst, n_lines = random.Random(8), Worst(), 0
    for number, (kind, hyps, refs) in enumerate(cases(CASES)):
        n_lines += len(hyps)
        write("hyp", hyps)
        for r, lines in enumerate(refs):
            write(f"ref{r}", lines)
        arguments = ["hyp"] + [word for r in range(len(refs)) for word in ("--ref", f"ref{r}")]
        for o in (DEFAULTS, draw_options(rnd)):
            compare(worst, o, arguments, hyps, refs, (number, kind, hyps, refs))
    print(f"interop: {CASES} crafted cases, {n_lines} lines, each with two sets of options; largest differences from "
          f"sacreBLEU: {worst}")


# --- significance ---


def noise(p, trials, ties):
    """Four standard deviations of the difference of two shares of so many trials, and one trial. Edits over the same
    references tie often; whether sacreBLEU counts a tie hangs on rounding, heed counts all of them."""
    return 4 * math.sqrt(2 * max(p * (1 - p), 1 / trials) / trials) + 2 / trials + (0.05 if ties else 0)


def worse(rnd, text, rate):
    """A word in so many is another one."""
    return " ".join(rnd.choice(WORDS) if rnd.random() < rate else word for word in text.split())


def make_systems(rnd):
    refs = [words(rnd, 3, 20) + rnd.choice([".", "!", ""]) for _ in range(300)]
    base = [worse(rnd, changed(rnd, text, "words"), 0.30) for text in refs]
    return refs, {"base": base, "equal": base, "near": [worse(rnd, text, 0.02) for text in base],
                  "like": [worse(rnd, changed(rnd, text, "words"), 0.30) for text in refs],
                  "better": [worse(rnd, changed(rnd, text, "words"), 0.26) for text in refs],
                  "best": [worse(rnd, changed(rnd, text, "words"), 0.10) for text in refs]}


def check_significance():
    rnd, refs_systems = random.Random(9), []
    names = {"BLEU": "bleu", "chrF2": "chrf", "chrF2++": "chrf++", "TER": "ter"}
    far, n = 0.0, 0
    for _ in range(ROUNDS):
        refs, systems = make_systems(rnd)
        write("ref0", refs)
        for name, lines in systems.items():
            write(name, lines)
        for paired, trials in (("bs", 2000), ("ar", 5000)):
            rows = evaluate(["--tokens", "13a", "--ref", "ref0", "--paired", paired, "--bootstrap", "2000", "--trials",
                             "5000"] + list(systems))
            ours = {(row["system"], row["metric"]): row for row in rows}
            metrics = {name: metric for name, metric in zip(names, metrics_of(DEFAULTS).values())}
            theirs = PairedTest(list(systems.items()), metrics, [refs], test_type=paired, n_samples=trials)()[1]
            for metric, name in names.items():
                for k, system in enumerate(systems):
                    row, result = ours[system, name], theirs[metric][k]
                    assert abs(row["value"] - result.score) <= NEAR, (system, name)
                    if system == "base":
                        assert row["p"] is None
                    elif system == "equal":
                        assert row["p"] == 1 and row["difference"] == 0, row
                    else:
                        near = noise(result.p_value, trials, ties=name == "ter" and paired == "ar")
                        assert abs(row["p"] - result.p_value) <= near, (paired, row, result)
                        far, n = max(far, abs(row["p"] - result.p_value)), n + 1
    print(f"interop: {n} p-values of paired bootstrap and approximate randomisation within the noise of sacreBLEU's, "
          f"largest difference {far:.4f}")


def check_files(hyp, refs):
    texts = [open(path, encoding="utf-8").read().split("\n")[:-1] for path in [hyp] + refs]
    arguments = [hyp] + [word for path in refs for word in ("--ref", path)]
    worst, rnd = Worst(), random.Random(10)
    for tokens in ("13a", "intl", "zh", "char", "none"):
        for lower in (False, True):
            compare(worst, dict(DEFAULTS, tokens=tokens, lower=lower, case=lower, normalized=lower), arguments, texts[0],
                    texts[1:], hyp)
    for _ in range(5):
        compare(worst, draw_options(rnd), arguments, texts[0], texts[1:], hyp)
    print(f"interop: {hyp}, {len(texts[0])} lines, fifteen sets of options; largest differences from sacreBLEU: {worst}")


if len(sys.argv) > 1:
    check_files(sys.argv[1], sys.argv[2:])
else:
    check_significance()
    check_cases()
