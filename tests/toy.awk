# toy.awk: writes n pairs of a small language, the same for the same seed: awk -v n=300 -v seed=7 -f toy.awk
# Numbers are its own (Lehmer's generator): each awk has another rand().
BEGIN {
    number = seed * 7919 + 1
    D = split("the a my", d); split("le un mon", dd)
    N = split("dog cat house man tree", s); split("chien chat maison homme arbre", ss)
    V = split("sees likes eats", v); split("voit aime mange", vv)
    while (n-- > 0) {
        a = pick(D); b = pick(N); c = pick(V); e = pick(D); f = pick(N)
        src = d[a] " " s[b]; tgt = dd[a] " " ss[b]
        if (pick(1000) <= 800) {
            src = src " " v[c] " " d[e] " " s[f]; tgt = tgt " " vv[c] " " dd[e] " " ss[f]
        }
        if (pick(1000) <= 100) { # a name that hardly comes twice
            name = ""
            for (i = 0; i < 5; i++)
                name = name substr("bcdfgklmnprst", pick(13), 1) substr("aeiou", pick(5), 1)
            src = src " with " name; tgt = tgt " avec " name
        }
        print src " .\t" tgt " ."
    }
}
function pick(k) { number = number * 16807 % 2147483647; return 1 + int(number / 2147483647 * k) }
