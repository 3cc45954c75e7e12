# nearest.awk: the translation memory as a baseline: for each line the target of the most similar training source.
#
#     LC_ALL=C awk -f nearest.awk train.tsv - < sources
#
# Similarity is the cosine of tf-idf vectors over words and pairs of neighbouring words, lower-cased. An inverted index from word to
# training lines keeps it to the lines that share one; ties go to the earlier line. Memory is the index of the training file, so this is for
# tens of thousands of pairs.

function terms(text, into, n, i, m) {
    text = tolower(text)
    gsub(/[.?!,;:"-]/, " &", text)
    gsub(/'/, "' ", text)
    gsub(/\r/, "", text)
    n = split(text, word, " ")
    split("", into)
    word[0] = "<"
    word[n + 1] = ">"
    m = 0
    for (i = 0; i <= n; i++) {
        if (i > 0)
            into[++m] = word[i]
        into[++m] = word[i] " " word[i + 1]
    }
    return m
}

BEGIN {
    FS = "\t"
}

FILENAME == ARGV[1] {
    n_train++
    target[n_train] = $2
    m = terms($1, term)
    for (i = 1; i <= m; i++) {
        posting[term[i], ++df[term[i]]] = n_train
    }
    next
}

# Squared lengths, once the document frequencies are known.
!ready {
    ready = 1
    for (t in df) {
        idf[t] = log((n_train + 1) / df[t])
        for (i = 1; i <= df[t]; i++)
            norm[posting[t, i]] += idf[t] * idf[t]
    }
}

{
    m = terms($1, term)
    split("", score)
    for (i = 1; i <= m; i++) {
        t = term[i]
        # a word that stands in every fourth line says nothing and costs most
        if (!(t in df) || df[t] * 4 > n_train)
            continue
        for (k = 1; k <= df[t]; k++)
            score[posting[t, k]] += idf[t] * idf[t]
    }
    best = 1
    best_score = -1
    for (d in score) {
        s = score[d] / sqrt(norm[d])
        if (s > best_score + 1e-9 || (s > best_score - 1e-9 && d + 0 < best)) {
            best = d + 0
            best_score = s
        }
    }
    print target[best]
}
