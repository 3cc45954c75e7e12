"""Crafted texts with references, the same ones every time: what scorers get wrong. cases(n) yields n of them as
(what it is about, hypotheses, [references]); a reference is a list as long as the hypotheses."""
import random

WORDS = "the a cat dog sat mat on saw house green tree then ran away from old man who never came back again".split()
ACCENTED = "Ça élève naïve l’homme d'accord garçon œuvre Straße İstanbul ΟΔΟΣ ΣΑΣ σας ẞ ﬁn Ǆep ŉa résumé Ångström ё".split()
SIGNS = list(".,;:!?'\"()[]{}<>/\\|`~_^@#$%*+=&-") + ["...", "--", "''", "``", "§", "°", "€", "£", "©", "™", "→", "≤",
                                                    "½", "²", "Ⅳ", "٣", "，", "。", "、", "「", "」", "！", "？", "：", "‘", "’",
                                                    "“", "”", "„", "«", "»", "…", "–", "—", "·", "؟", "،", "।", "‰"]
NUMBERS = ["3.5", "1,000", "10-12", "2.", ".5", "1.000,50", "v2.0.1", "3,", "12:30", "½", "x2", "2x", "5%", "$3.50", "-7",
           "1e-5", "٣٫٥", "１２", "5.。", "3.-", "²3", "3²."]
ENTITIES = ["&quot;", "&amp;", "&lt;", "&gt;", "&amp;lt;", "&amp;amp;quot;", "&apos;", "&quot", "<skipped>", "&am<skipped>p;",
            "a&lt;b", "&#39;", "&nbsp;", "AT&T", "'s", "dog's", "James'", "it's", "'s.", "s's"]
HAN = list("我今天想要书的人在中国是一个大学生日本語漢字東京都㐀䶵鿕豈ﾊ") + ["𠀀", "𪛖", "⺀", "㇀", "㌀", "㈀", "︰", "︐", "☃", "✂", "※", "—"]
KANA = list("ひらがなカタカナァーヿㇰ々〇・「」、。ｱｲﾞ｡")
BLANKS = [" ", "  ", "\u00a0", "\u202f", "\u2009", "\u3000", "\u2028", "\u0085", "\x1c", "\x0b", "\x0c", " \t".strip("\t")]
JOINED = ["\u200b", "\u00ad", "\u0301", "e\u0301", "\u200d", "😀", "👩\u200d🚀", "🇫🇷", "\u0345", "𝒳", "\u0378", "\ue000", "אב", "مرحبا", "ไทย",
          "नमस्ते", "한국어", "ⅷ", "ªº"]


def some(rnd, items, low, high, between=" "):
    return between.join(rnd.choice(items) for _ in range(rnd.randint(low, high)))


def words(rnd, low=1, high=25):
    return some(rnd, WORDS, low, high)


def marked(rnd):
    """Words with signs at them, before them, between them."""
    out = ""
    for _ in range(rnd.randint(1, 14)):
        word = rnd.choice(WORDS + ACCENTED + NUMBERS)
        out += rnd.choice(["", "", " ", " ", " "]) + rnd.choice(["", "", rnd.choice(SIGNS)]) + word
        out += rnd.choice(["", "", rnd.choice(SIGNS), rnd.choice(SIGNS) + rnd.choice(SIGNS)])
    return out


def shifted(rnd):
    text = words(rnd, 6, 40).split()
    for _ in range(rnd.randint(0, 3)):
        at, n = rnd.randrange(len(text)), rnd.randint(1, 12)
        run, text = text[at:at + n], text[:at] + text[at + n:]
        to = rnd.randint(0, len(text))
        text = text[:to] + run + text[to:]
    return " ".join(text)


KINDS = {
    "words": words,
    "punctuation": marked,
    "signs alone": lambda rnd: some(rnd, SIGNS, 1, 12, rnd.choice(["", " "])),
    "numbers": lambda rnd: some(rnd, NUMBERS + [".", ",", "-", "and"], 1, 15, rnd.choice([" ", " ", ""])),
    "entities": lambda rnd: some(rnd, ENTITIES + WORDS[:6], 1, 15, rnd.choice([" ", " ", ""])),
    "accents and case": lambda rnd: "".join(rnd.choice([w, w.upper(), w.lower(), w.title()]) + rnd.choice([" ", " ", ". ", "' "])
                                            for w in rnd.choices(ACCENTED + WORDS, k=rnd.randint(1, 15))),
    "han": lambda rnd: some(rnd, HAN + ["，", "。", "“", "”", "A", "2", ".", " "], 1, 40, ""),
    "han and kana": lambda rnd: some(rnd, HAN + KANA + ["abc", "1.5", "."], 1, 40, rnd.choice(["", "", " "])),
    "blanks": lambda rnd: rnd.choice(["", " ", "\u3000"]) + "".join(
        rnd.choice(WORDS + NUMBERS + SIGNS[:8]) + rnd.choice(BLANKS) for _ in range(rnd.randint(1, 12))),
    "marks and scripts": lambda rnd: some(rnd, JOINED + WORDS[:4] + SIGNS[:6], 1, 20, rnd.choice(["", " "])),
    "empty": lambda rnd: rnd.choice(["", "", " ", ".", "a", words(rnd, 1, 3)]),
    "few words again and again": lambda rnd: some(rnd, ["a", "b", "c", "a b"][:rnd.randint(1, 4)], 1, 30),
    "moved": shifted,
    "long": lambda rnd: some(rnd, WORDS[:rnd.randint(3, 23)] + ["w%d" % i for i in range(rnd.choice([0, 200]))], 60, 120),
    "lengths apart": lambda rnd: words(rnd, 1, rnd.choice([1, 3, 90])),
}


def changed(rnd, text, kind):
    """Another rendering of it: characters and words lost, added, exchanged, moved; now and then all of it."""
    if rnd.random() < 0.08:
        return KINDS[kind](rnd)
    if rnd.random() < 0.1:
        text = rnd.choice([text.upper(), text.lower(), text.capitalize()])
    parts = text.split(" ")
    for _ in range(rnd.choice([0, 1, 1, 2, 4])):
        at, what = rnd.randrange(len(parts)), rnd.random()
        if what < 0.25:
            parts[at:at + 1] = [] if len(parts) > 1 else [""]
        elif what < 0.5:
            parts.insert(at, rnd.choice(parts))
        elif what < 0.8:
            n = rnd.randint(1, 4)
            run, rest = parts[at:at + n], parts[:at] + parts[at + n:]
            to = rnd.randint(0, len(rest))
            parts = rest[:to] + run + rest[to:]
        else:
            word = list(parts[at])
            if word:
                word[rnd.randrange(len(word))] = rnd.choice(list("ab.,-'3 ") + ["é", "。"])
            parts[at] = "".join(word)
    return " ".join(parts)


def cases(n, seed=7):
    rnd = random.Random(seed)
    kinds = sorted(KINDS)
    for i in range(n):
        kind = kinds[i % len(kinds)]
        lines = rnd.choice([1, 1, 2, 3, 6, 12])
        base = [KINDS[kind](rnd) for _ in range(lines)]
        hyps = [changed(rnd, text, kind) for text in base]
        refs = [[changed(rnd, text, kind) for text in base] for _ in range(rnd.choice([1, 1, 2, 3, 4]))]
        for r in range(1, len(refs)):
            refs[r] = ["" if rnd.random() < 0.05 else text for text in refs[r]]
        yield kind, hyps, refs
