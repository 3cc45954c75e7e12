# toy.awk: writes n pairs of a small language, the same for the same seed: awk -v n=300 -v seed=7 -f toy.awk
BEGIN {
    srand(seed)
    D = split("the a my", d); split("le un mon", dd)
    N = split("dog cat house man tree", s); split("chien chat maison homme arbre", ss)
    V = split("sees likes eats", v); split("voit aime mange", vv)
    while (n-- > 0) {
        a = pick(D); b = pick(N); c = pick(V); e = pick(D); f = pick(N)
        src = d[a] " " s[b]; tgt = dd[a] " " ss[b]
        if (rand() < 0.8) {
            src = src " " v[c] " " d[e] " " s[f]; tgt = tgt " " vv[c] " " dd[e] " " ss[f]
        }
        if (rand() < 0.1) { # a name that hardly comes twice
            name = ""
            for (i = 0; i < 5; i++)
                name = name substr("bcdfgklmnprst", pick(13), 1) substr("aeiou", pick(5), 1)
            src = src " with " name; tgt = tgt " avec " name
        }
        print src " .\t" tgt " ."
    }
}
function pick(k) { return 1 + int(rand() * k) }
