# pairs.awk: package descriptions in two languages to pairs, LC_ALL=C:
#
#     awk -v dir=. -f pairs.awk PACKAGES ENGLISH FRENCH
#
# PACKAGES is the index of packages, ENGLISH and FRENCH are indices of translations, as apt keeps them. Two descriptions are
# of one text where package and Description-md5 are equal. A description is a short line and blocks: paragraphs, and items of
# lists; blocks are paired where both languages have as many. Lines of train.tsv, dev.tsv and test.tsv: English, the
# translation, the source package, short or block.
#
# Binary packages of one source say the same things, so a source package lies in one file with all of its packages: of a
# hundred hashes of its name 3 are dev, 4 test. English that stands in train too word by word ("This package contains the
# documentation.") is left out of dev and test, that of test out of dev, and no pair stands twice.

BEGIN {
    for (i = 1; i < 256; i++)
        code[sprintf("%c", i)] = i
    FS = "\n"
}

function hash(text, h, i) {
    h = 5381
    for (i = 1; i <= length(text); i++)
        h = (h * 33 + code[substr(text, i, 1)]) % 2147483647
    return h
}

# Text as one line. Whoever has no translation yet has <trans> in its place.
function tidy(text) {
    gsub(/\302\240|\342\213\205/, " ", text) # no-break blanks, in two ways
    gsub(/[ \t\r]+/, " ", text)
    sub(/^ /, "", text)
    sub(/ $/, "", text)
    return text ~ /<trans>/ ? "" : text
}

function end_block() {
    if (block != "")
        blocks = blocks "\n" tidy(block)
    block = ""
}

# The blocks of the description being read, a line each, the short one first.
function end_entry(key) {
    end_block()
    if (package == "" || blocks == "")
        return
    key = package " " md5
    if (part == 2)
        english[key] = blocks
    else if (key in english)
        pair(package, english[key], blocks)
    package = md5 = blocks = ""
}

function take(line) {
    if (line ~ /^ \.$/)
        end_block()
    else if (line ~ /^ +[*+o-] /) {
        end_block()
        sub(/^ +[*+o-] +/, "", line)
        block = line
    } else if (line ~ /^  / && block == "")
        block = "<trans>" # set as it stands: code, tables
    else
        block = block line
}

# Words enough to learn from, and not the same text twice.
function fit(e, f) {
    return e != "" && f != "" && e != f && length(e) <= 600 && length(f) <= 800 && e ~ /[a-z]/ &&
        length(e) < 3 * length(f) && length(f) < 3 * length(e)
}

function pair(name, e, f, es, fs, n, i, where, line) {
    n = split(substr(e, 2), es, "\n")
    where = name in source ? source[name] : name
    if (split(substr(f, 2), fs, "\n") != n)
        n = 1
    for (i = 1; i <= n; i++) {
        if (!fit(es[i], fs[i]))
            continue
        line = es[i] "\t" fs[i]
        if (line in seen)
            continue
        seen[line]
        n_lines++
        text[n_lines] = line "\t" where "\t" (i == 1 ? "short" : "block")
        from[n_lines] = es[i]
        set[n_lines] = hash(where) % 100
        if (set[n_lines] >= 7)
            known[es[i]] = 2
        else if (set[n_lines] >= 3 && !(es[i] in known))
            known[es[i]] = 1
    }
}

FNR == 1 {
    end_entry()
    part++
}
part == 1 {
    if (/^Package: /)
        package = substr($0, 10)
    else if (/^Source: /) {
        split(substr($0, 9), word, " ")
        source[package] = word[1]
    }
    next
}
/^Package: / {
    end_entry()
    package = substr($0, 10)
    next
}
/^Description-md5: / {
    md5 = substr($0, 18)
    next
}
/^Description-[a-z]*: / {
    blocks = "\n" tidy(substr($0, index($0, ": ") + 2))
    next
}
/^ / { take($0) }

END {
    end_entry()
    for (i = 1; i <= n_lines; i++) {
        rank = set[i] >= 7 ? 2 : set[i] >= 3 ? 1 : 0 # of train, test, dev
        if (known[from[i]] > rank)
            left++
        else
            print text[i] > (dir "/" (rank == 2 ? "train" : rank == 1 ? "test" : "dev") ".tsv")
    }
    print n_lines - left " pairs; " left + 0 " of dev and test left out, whose English another set has" > "/dev/stderr"
}
