# grammar.awk: writes the bundled English-French corpus from a lexicon, a set of sentence frames and the
# sentences written by hand.
#
#     LC_ALL=C awk -v dir=. -f grammar.awk lexicon.tsv hand.tsv
#
# leaves train.tsv, dev.tsv and test.tsv in dir. The same inputs give the same bytes with every POSIX awk: numbers
# come from an own generator, and order never from a `for (in)`.
#
# A frame builds both sides at once. The French side is built from plain words ("de le ami", "je ne ai pas") and
# finish() makes elisions and contractions from right to left ("de l'ami", "je n'ai pas"), so that no
# frame needs to know what stands next to it.
#
# Held out are pairs of words: (noun, adjective), (subject, verb), (verb, object), (hour, minutes). One pair in ten is
# drawn as "unseen" when it first comes up; a sentence with such a pair never goes to train.tsv, and each sentence of dev.tsv and
# test.tsv has at least one. A held-out sentence is dropped when a word of it is rare in train.tsv, so what is
# new is the combination, not the words.
#
# You is always tu, they is ils unless all are women, and speakers are men where French must know.

BEGIN {
    FS = "\t"
    if (!seed)
        seed = 20240229
    holdout_seed = seed + 1
    want_train = 9000
    want_dev = 300
    want_test = 500
    rare = 6
    split("je tu il nous ils", pronoun_fr, " ")
    split("I you he we they", pronoun_en, " ")
    split("am are is are are", be_en, " ")
    split("was were was were were", was_en, " ")
    split("suis es est sommes sont", etre, " ")
    split("étais étais était étions étaient", etait, " ")
    split("ai as a avons ont", avoir, " ")
    split("aime aimes aime aimons aiment", aimer, " ")
    split("ai as a ons ont", future_end, " ")
    split("my your his her our their", poss_en, " ")
    split("mon ton son son notre leur", poss_m, " ")
    split("ma ta sa sa notre leur", poss_f, " ")
    split("mes tes ses ses nos leurs", poss_p, " ")
    split("me you him her us them", clitic_en, " ")
    split("me te le la nous les", clitic_fr, " ")
    split("me te lui lui nous leur", dative_fr, " ")
    split("moi toi lui elle nous eux", tonic_fr, " ")
    split("1 2 3 3 4 5", clitic_person, " ")
}

/^#/ || /^$/ { next }
FILENAME ~ /hand/ { hand_en[++n_hand] = $1; hand_fr[n_hand] = $2; next }

$1 == "noun" {
    n_nouns++
    for (i = 3; i <= 7; i++)
        noun[n_nouns, i - 2] = $i
    file_under("noun", $2, n_nouns)
    kin[n_nouns] = ("," $2 ",") ~ /,kin,/
    class_of[n_nouns] = "," $2 ","
}
$1 == "adj" {
    n_adjs++
    for (i = 3; i <= 10; i++)
        adj[n_adjs, i - 2] = $i # where, english, comparative, m, f, mp, fp, before a vowel
    goes_with[n_adjs] = "," $2 ","
    n = split($2, part, ",")
    for (i = 1; i <= n; i++)
        adj_for[part[i], ++n_adj_for[part[i]]] = n_adjs
}
$1 == "verb" || $1 == "dative" || $1 == "move" || $1 == "intr" {
    n_verbs++
    for (i = 2; i <= 16; i++)
        verb[n_verbs, i - 1] = $i
    list[$1, ++n_list[$1]] = n_verbs
    if (("," $3 ",") ~ /,person,/ && $1 == "verb")
        list["clitic", ++n_list["clitic"]] = n_verbs
    if ($2 == "action" && $4 !~ /for/)
        list["order", ++n_list["order"]] = n_verbs
}
$1 == "mass" { n_mass++; mass_en[n_mass] = $3; mass_fr[n_mass] = $4; mass_g[n_mass] = $5; file_under("mass", $2, n_mass)
               file_under("mass", "any", n_mass) }
$1 == "name" { n_names++; name[n_names] = $2; name_g[n_names] = $3 }
$1 == "modal" { n_modals++; for (i = 2; i <= 10; i++) modal[n_modals, i - 1] = $i }
$1 == "when" { when_en[$2, ++n_when[$2]] = $3; when_fr[$2, n_when[$2]] = $4 }
$1 == "number" { n_numbers++; number_en[n_numbers] = $2; number_fr[n_numbers] = $3 }
$1 == "feel" { n_feels++; feel_en[n_feels] = $2; feel_fr[n_feels] = $3 }

function file_under(what, classes, index_, n, part, i) {
    n = split(classes, part, ",")
    for (i = 1; i <= n; i++)
        under[what, part[i], ++n_under[what, part[i]]] = index_
}

# --- chance ---

function draw(n) { # 1..n
    seed = (seed * 16807) % 2147483647
    return 1 + int(seed / 2147483647 * n)
}

function chance(percent) {
    return draw(100) <= percent
}

function word_of(text, n, part) { # one of several, parted by blanks
    n = split(text, part, " ")
    return part[draw(n)]
}

# The sentence has this pair of words.
function pair(kind, a, b, key) {
    key = kind SUBSEP a SUBSEP b
    if (!(key in unseen)) {
        holdout_seed = (holdout_seed * 16807) % 2147483647
        unseen[key] = holdout_seed / 2147483647 < 0.1
    }
    if (unseen[key])
        held = 1
}

# --- French spelling ---

function vowel(text) {
    if (text ~ /^(huit|onze)/)
        return 0
    return text ~ /^[aeiouyhAEIOUH]/ || text ~ /^(à|â|é|è|ê|î|ô|œ|É|À)/
}

function finish(text, word, n, i, w, rest, first) {
    n = split(text, word, " ")
    rest = word[n]
    for (i = n - 1; i >= 1; i--) {
        w = word[i]
        first = rest
        sub(/ .*/, "", first)
        if (vowel(rest) && w ~ /^(le|la|je|me|te|ne|de|que|se)$/)
            rest = substr(w, 1, length(w) - 1) "'" rest
        else if (vowel(rest) && w == "est-ce_que")
            rest = "est-ce qu'" rest
        else if (vowel(rest) && w == "ce")
            rest = "cet " rest
        else if (vowel(rest) && w ~ /^(ma|ta|sa)$/)
            rest = substr(w, 1, 1) "on " rest
        else if (w == "de" && first == "le")
            rest = "du" substr(rest, 3)
        else if (w == "de" && first == "les")
            rest = "des" substr(rest, 4)
        else if (w == "à" && first == "le")
            rest = "au" substr(rest, 3)
        else if (w == "à" && first == "les")
            rest = "aux" substr(rest, 4)
        else
            rest = w " " rest
    }
    gsub(/_/, " ", rest)
    return rest
}

function capital(text) {
    if (text ~ /^é/)
        return "É" substr(text, length("é") + 1)
    if (text ~ /^à/)
        return "À" substr(text, length("à") + 1)
    return toupper(substr(text, 1, 1)) substr(text, 2)
}

function article(text) { # "a old man": the English a or an
    if (text ~ /^[aeiouAEIO]/)
        return "an " text
    return "a " text
}

# --- noun phrases: np_en, np_fr_det and np_fr_rest, np_n (1, 2), np_g (m, f) ---

function adj_form(a, g, n) {
    return adj[a, 4 + (g == "f") + 2 * (n == 2)]
}

function pick_adj(noun_, where, class, a, try_, n, part) {
    n = split(substr(class_of[noun_], 2, length(class_of[noun_]) - 2), part, ",")
    for (try_ = 0; try_ < 8; try_++) {
        class = part[draw(n)]
        if (!n_adj_for[class])
            continue
        a = adj_for[class, draw(n_adj_for[class])]
        if (where == "any" || adj[a, 1] == where)
            return a
    }
    return 0
}

# dets: what may stand in front, of: the a some poss this num own
function np(class, dets, adjectives, i) {
    i = under["noun", class, draw(n_under["noun", class])]
    np_of(i, dets, adjectives)
}

function np_of(i, dets, adjectives, det, en, fr, a, b, k, owner_en, owner_fr) {
    np_noun = i
    np_g = noun[i, 5]
    det = word_of(dets)
    if (kin[i] && det ~ /^(the|a|some|this)$/)
        det = "poss"
    if (class_of[i] ~ /,anon,/ && det ~ /^(poss|own)$/) # ma fille would be my daughter
        det = "the"
    np_n = 1
    if (det == "some" || det == "num" || (det != "a" && chance(30)))
        np_n = 2
    en = noun[i, np_n]
    fr = noun[i, np_n + 2]
    a = b = 0
    if (chance(adjectives)) {
        a = pick_adj(i, "any")
        if (a && chance(12))
            b = pick_adj(i, adj[a, 1] == "pre" ? "post" : "pre")
        if (b && adj[a, 1] == "post") {
            k = a
            a = b
            b = k
        }
    }
    # a stands before the noun in both languages when it is of that kind; b, if any, always behind it in French
    if (b) {
        pair("na", en_lemma(i), adj[b, 2])
        en = adj[b, 2] " " en
        fr = fr " " adj_form(b, np_g, np_n)
    }
    if (a) {
        pair("na", en_lemma(i), adj[a, 2])
        en = adj[a, 2] " " en
        if (adj[a, 1] == "post")
            fr = fr " " adj_form(a, np_g, np_n)
        else if (np_g == "m" && np_n == 1 && vowel(fr))
            fr = adj[a, 8] " " fr
        else
            fr = adj_form(a, np_g, np_n) " " fr
    }
    np_fr_rest = fr
    np_any = en
    if (det == "the") {
        np_en = "the " en
        np_fr_det = np_n == 2 ? "les" : np_g == "f" ? "la" : "le"
    } else if (det == "a") {
        np_en = article(en)
        np_fr_det = np_g == "f" ? "une" : "un"
    } else if (det == "some") {
        np_en = "some " en
        np_fr_det = a && adj[a, 1] == "pre" ? "de" : "des"
    } else if (det == "this") {
        np_en = (np_n == 2 ? "these " : "this ") en
        np_fr_det = np_n == 2 ? "ces" : np_g == "f" ? "cette" : "ce"
    } else if (det == "num") {
        k = draw(n_numbers)
        np_en = number_en[k] " " en
        np_fr_det = number_fr[k]
    } else if (det == "poss") {
        k = draw(6)
        np_en = poss_en[k] " " en
        np_fr_det = np_n == 2 ? poss_p[k] : np_g == "f" ? poss_f[k] : poss_m[k]
    } else {
        owner()
        np_en = owner_name_en "'s " en
        np_fr_det = np_n == 2 ? "les" : np_g == "f" ? "la" : "le"
        np_fr_rest = np_fr_rest " de " owner_name_fr
    }
    np_det = det
    np_fr = np_fr_det " " np_fr_rest
}

function en_lemma(i) {
    return noun[i, 1]
}

function owner(k) { # whose: a name, the teacher, my sister
    if (chance(60)) {
        k = draw(n_names)
        owner_name_en = owner_name_fr = name[k]
        return
    }
    k = under["noun", "person", draw(n_under["noun", "person"])]
    owner_name_en = (kin[k] ? "my " : "the ") noun[k, 1]
    owner_name_fr = (kin[k] ? (noun[k, 5] == "f" ? "ma " : "mon ") : noun[k, 5] == "f" ? "la " : "le ") noun[k, 3]
}

# What a negated verb does to its object: a car -> pas de voiture, some -> any.
function np_negate() {
    if (np_det == "some" || np_det == "mass") {
        np_en = "any " np_any
        np_fr = "de " np_fr_rest
    } else if (np_det == "a")
        np_fr = "de " np_fr_rest
}

function mass(class, k) {
    k = under["mass", class, draw(n_under["mass", class])]
    np_noun = 0
    np_any = mass_en[k]
    np_en = "some " mass_en[k]
    np_det = "mass"
    np_n = 1
    np_g = mass_g[k]
    np_fr_det = "de " (np_g == "f" ? "la" : "le")
    np_fr_rest = mass_fr[k]
    np_fr = np_fr_det " " np_fr_rest
    np_key = mass_en[k]
}

# An object of verb v: np_*, and the pair (verb, object).
function object(v, dets, adjectives, n, part, class) {
    n = split(verb[v, 2], part, ",")
    class = part[draw(n)]
    if (class ~ /^mass/)
        mass(substr(class, 5))
    else {
        np(class, dets, adjectives)
        np_key = en_lemma(np_noun)
    }
    pair("vo", verb[v, 3], np_key)
}

# --- subjects: s_en, s_fr, s_p (1..5), s_g, s_n, s_key ("" for I, you, we: their verb forms come with nobody else) ---

function subject(kind, k, m) {
    kind = draw(100)
    s_key = ""
    if (kind <= 42) {
        s_p = draw(5)
        s_en = pronoun_en[s_p]
        s_fr = pronoun_fr[s_p]
        s_g = "m"
        if (s_p == 3 && chance(50)) {
            s_en = "she"
            s_fr = "elle"
            s_g = "f"
        }
        s_n = 1 + (s_p > 3)
        if (s_p == 3 || s_p == 5)
            s_key = s_en
    } else if (kind <= 58) {
        k = draw(n_names)
        s_en = s_fr = s_key = name[k]
        s_g = name_g[k]
        s_p = 3
        s_n = 1
    } else if (kind <= 64) {
        k = draw(n_names)
        m = 1 + (k + draw(n_names - 1) - 1) % n_names
        s_en = name[k] " and " name[m]
        s_fr = name[k] " et " name[m]
        s_g = name_g[k] == "f" && name_g[m] == "f" ? "f" : "m"
        s_p = 5
        s_n = 2
    } else {
        np("person", "the the the poss poss this own", 20)
        s_en = np_en
        s_fr = np_fr
        s_g = np_g
        s_n = np_n
        s_p = np_n == 2 ? 5 : 3
        s_key = en_lemma(np_noun)
    }
}

function acts(v) {
    if (s_key != "")
        pair("sv", s_key, verb[v, 3])
}

# --- verbs ---

function pick_tense(v, k) { # past, future, present (what is going on), habit
    k = draw(100)
    if (verb[v, 1] == "statep")
        return k <= 75 ? "present" : "habit"
    if (k <= 38)
        return "past"
    if (k <= 60)
        return "future"
    return k <= 85 ? "present" : "habit"
}

function progressive(v, tense) {
    return tense == "present" && verb[v, 1] == "action"
}

function verb_en(v, tense, neg) {
    if (tense == "past")
        return neg ? "did not " verb[v, 3] : verb[v, 5]
    if (tense == "future")
        return (neg ? "will not " : "will ") verb[v, 3]
    if (progressive(v, tense))
        return be_en[s_p] (neg ? " not " : " ") verb[v, 6]
    if (neg)
        return (s_p == 3 ? "does not " : "do not ") verb[v, 3]
    return s_p == 3 ? verb[v, 4] : verb[v, 3]
}

function question_en(v, tense) {
    if (tense == "past")
        return "did " s_en " " verb[v, 3]
    if (tense == "future")
        return "will " s_en " " verb[v, 3]
    if (progressive(v, tense))
        return be_en[s_p] " " s_en " " verb[v, 6]
    return (s_p == 3 ? "does " : "do ") s_en " " verb[v, 3]
}

function participle(v, g, n, text) {
    text = verb[v, 13]
    if (g == "f")
        text = text "e"
    if (n == 2 && text !~ /s$/)
        text = text "s"
    return text
}

# clitic: le, la, me …, "" for none; g, n: what the participle of an avoir verb agrees with (an object in front of it)
function verb_fr(v, tense, neg, clitic, g, n, text, fore) {
    fore = (neg ? "ne " : "") (clitic == "" ? "" : clitic " ")
    if (tense == "past") {
        if (verb[v, 15] == "être")
            text = etre[s_p] (neg ? " pas " : " ") participle(v, s_g, s_n)
        else
            text = avoir[s_p] (neg ? " pas " : " ") participle(v, g, n)
        return fore text
    }
    if (tense == "future")
        text = verb[v, 14] future_end[s_p]
    else
        text = verb[v, 7 + s_p]
    return fore text (neg ? " pas" : "")
}

function time_of(v, tense, percent, k, t) { # sets t_en, t_fr: empty or " yesterday"
    t_en = t_fr = ""
    if (verb[v, 1] == "statep")
        return
    if (tense == "habit")
        percent = 100
    if (!chance(percent))
        return
    t = tense == "present" ? "now" : tense
    k = draw(n_when[t])
    t_en = " " when_en[t, k]
    t_fr = " " when_fr[t, k]
}

function place(k) { # l_en, l_fr: in the garden
    k = draw(100)
    if (k <= 55) {
        np("room", "the the the poss this", 12)
        l_en = " in " np_en
        l_fr = " dans " np_fr
        return
    }
    np(word_of("build place build"), "the", 10)
    k = draw(4)
    l_en = " " (k == 1 ? "near" : k == 2 ? "behind" : k == 3 ? "in front of" : "next to") " " np_en
    l_fr = " " (k == 1 ? "près de" : k == 2 ? "derrière" : k == 3 ? "devant" : "à_côté de") " " np_fr
}

# --- the clock: c_en, c_fr ---

function clock(h, k) {
    k = draw(7)
    if (chance(6)) {
        c_en = "noon"
        c_fr = "midi"
        return
    }
    h = draw(10) # two to eleven
    c_en = number_en[h]
    c_fr = number_fr[h] " heures"
    pair("hm", c_en, k)
    if (k == 1)
        c_en = c_en " o'clock"
    else if (k == 2) {
        c_en = "half past " c_en
        c_fr = c_fr " et demie"
    } else if (k == 3) {
        c_en = "a quarter past " c_en
        c_fr = c_fr " et quart"
    } else if (k == 4) {
        c_en = "a quarter to " c_en
        c_fr = c_fr " moins le_quart"
    } else if (k == 5) {
        c_en = "ten past " c_en
        c_fr = c_fr " dix"
    } else if (k == 6) {
        c_en = "ten to " c_en
        c_fr = c_fr " moins dix"
    } else {
        c_en = "five past " c_en
        c_fr = c_fr " cinq"
    }
}

# --- frames: each says a whole sentence through say(en, fr, mark) ---

function say(en, fr, mark) {
    said_en = capital(en) mark
    said_fr = capital(finish(fr)) (mark == "." ? "." : " " mark)
}

function transitive(v, tense, neg) {
    v = list["verb", draw(n_list["verb"])]
    tense = pick_tense(v)
    neg = chance(18)
    subject()
    acts(v)
    object(v, "the the a a some poss this num own", 40)
    if (neg && np_det == "num")
        neg = 0
    if (neg)
        np_negate()
    time_of(v, tense, 25)
    say(s_en " " verb_en(v, tense, neg) " " np_en t_en, s_fr " " verb_fr(v, tense, neg, "", "m", 1) " " np_fr t_fr, ".")
}

function ask(v, tense) {
    v = list["verb", draw(n_list["verb"])]
    tense = pick_tense(v)
    subject()
    acts(v)
    object(v, "the the a poss some this own", 30)
    if (np_det == "some" || np_det == "mass")
        np_en = "any " np_any
    time_of(v, tense, 15)
    say(question_en(v, tense) " " np_en t_en, "est-ce_que " s_fr " " verb_fr(v, tense, 0, "", "m", 1) " " np_fr t_fr, "?")
}

function intransitive(v, tense, neg, k) {
    v = list["intr", draw(n_list["intr"])]
    tense = pick_tense(v)
    neg = chance(18)
    subject()
    acts(v)
    l_en = l_fr = ""
    if (chance(75))
        place()
    if (tense == "habit" || chance(70))
        time_of(v, tense, 35)
    else {
        clock()
        t_en = " at " c_en
        t_fr = " à " c_fr
    }
    say(s_en " " verb_en(v, tense, neg) l_en t_en, s_fr " " verb_fr(v, tense, neg, "", "m", 1) l_fr t_fr, ".")
}

function motion(v, tense, neg, prep, asks) {
    v = list["move", draw(n_list["move"])]
    tense = pick_tense(v)
    asks = chance(20)
    neg = !asks && chance(15)
    subject()
    acts(v)
    split(verb[v, 2], prep, ":")
    np("place", "the the the this", 10)
    pair("vo", verb[v, 3], en_lemma(np_noun))
    l_en = " " prep[1] " " np_en
    l_fr = " " prep[2] " " np_fr
    if (tense == "habit" || chance(70))
        time_of(v, tense, 45)
    else {
        clock()
        t_en = " at " c_en
        t_fr = " à " c_fr
    }
    if (asks)
        say(question_en(v, tense) l_en t_en, "est-ce_que " s_fr " " verb_fr(v, tense, 0, "", "m", 1) l_fr t_fr, "?")
    else
        say(s_en " " verb_en(v, tense, neg) l_en t_en, s_fr " " verb_fr(v, tense, neg, "", "m", 1) l_fr t_fr, ".")
}

function wh(v, tense, k) {
    v = chance(40) ? list["move", draw(n_list["move"])] : list["intr", draw(n_list["intr"])]
    tense = pick_tense(v)
    if (tense == "habit")
        tense = "present"
    subject()
    acts(v)
    k = draw(3)
    if (verb[v, 3] == "go") # one cannot go in French without saying where
        k = 2
    else if (k == 2 && verb[v, 2] ~ /at:|from:/ && verb[v, 3] != "stay")
        k = 1
    say((k == 1 ? "when " : k == 2 ? "where " : "why ") question_en(v, tense),
        (k == 1 ? "quand " : k == 2 ? "où " : "pourquoi ") "est-ce_que " s_fr " " verb_fr(v, tense, 0, "", "m", 1), "?")
}

function what(v, tense) {
    v = list["verb", draw(n_list["verb"])]
    if (verb[v, 2] ~ /^person/)
        return
    tense = pick_tense(v)
    if (tense == "habit")
        tense = "present"
    if (chance(40)) {
        s_p = 3
        s_en = "who"
        object(v, "the the a poss", 30)
        say("who " verb_en(v, tense, 0) " " np_en, "qui " verb_fr(v, tense, 0, "", "m", 1) " " np_fr, "?")
        return
    }
    subject()
    acts(v)
    say("what " question_en(v, tense), "que est-ce_que " s_fr " " verb_fr(v, tense, 0, "", "m", 1), "?")
}

function giving(v, tense, neg, to_en, to_fr) {
    v = list["dative", draw(n_list["dative"])]
    tense = pick_tense(v)
    neg = chance(15)
    subject()
    acts(v)
    if (chance(35)) {
        owner()
        to_en = owner_name_en
        to_fr = owner_name_fr
    } else {
        np("person", "the the poss", 10)
        to_en = np_en
        to_fr = np_fr
    }
    object(v, "the the a poss this some", 20)
    if (neg)
        np_negate()
    time_of(v, tense, 10)
    say(s_en " " verb_en(v, tense, neg) " " np_en " to " to_en t_en,
        s_fr " " verb_fr(v, tense, neg, "", "m", 1) " " np_fr " à " to_fr t_fr, ".")
}

function other_person(k, try_) { # a clitic that is not the subject itself
    for (try_ = 0; try_ < 50; try_++) {
        k = draw(6)
        if (clitic_person[k] == s_p && s_p != 3 && s_p != 5)
            continue
        if ((s_p == 1 && k == 5) || (s_p == 4 && k == 1))
            continue
        return k
    }
    return 3
}

function giving_pronoun(v, tense, neg, k) {
    v = list["dative", draw(n_list["dative"])]
    tense = pick_tense(v)
    neg = chance(15)
    subject()
    acts(v)
    object(v, "the the a poss this", 20)
    k = other_person()
    if (neg)
        np_negate()
    time_of(v, tense, 10)
    say(s_en " " verb_en(v, tense, neg) " " clitic_en[k] " " np_en t_en,
        s_fr " " verb_fr(v, tense, neg, dative_fr[k], "m", 1) " " np_fr t_fr, ".")
}

function pronoun_object(v, tense, neg, k, g, n) {
    v = list["clitic", draw(n_list["clitic"])]
    tense = pick_tense(v)
    neg = chance(25)
    subject()
    acts(v)
    k = other_person()
    g = k == 4 ? "f" : "m"
    n = k > 4 ? 2 : 1
    time_of(v, tense, 25)
    if (chance(15))
        say(question_en(v, tense) " " clitic_en[k] t_en,
            "est-ce_que " s_fr " " verb_fr(v, tense, 0, clitic_fr[k], g, n) t_fr, "?")
    else
        say(s_en " " verb_en(v, tense, neg) " " clitic_en[k] t_en,
            s_fr " " verb_fr(v, tense, neg, clitic_fr[k], g, n) t_fr, ".")
}

function modality(v, m, neg) {
    v = list["verb", draw(n_list["verb"])]
    m = draw(n_modals)
    neg = chance(20)
    subject()
    acts(v)
    object(v, "the the a a poss some this", 30)
    if (neg)
        np_negate()
    say(s_en " " modal[m, 1 + (s_p == 3) + 2 * neg] " " verb[v, 3] " " np_en,
        s_fr " " (neg ? "ne " : "") modal[m, 4 + s_p] (neg ? " pas " : " ") verb[v, 7] " " np_fr, ".")
}

function thing_subject(class) { # a noun phrase as subject; picks a class that adjectives know
    class = word_of("thing wear text dish furn vehicle build food animal person room place")
    np(class, "the the the poss this own", 0)
    s_en = np_en
    s_fr = np_fr
    s_g = np_g
    s_n = np_n
    s_p = np_n == 2 ? 5 : 3
    s_key = en_lemma(np_noun)
}

function copula(a, past, k, very) {
    if (chance(25)) {
        subject()
        a = adj_for["person", draw(n_adj_for["person"])]
        if (s_key != "")
            pair("na", s_key, adj[a, 2])
    } else {
        thing_subject()
        a = pick_adj(np_noun, "any")
        if (!a)
            return
        pair("na", s_key, adj[a, 2])
    }
    past = chance(25)
    very = adj[a, 3] != "-" && chance(25)
    k = draw(100)
    if (k <= 65)
        say(s_en " " (past ? was_en[s_p] : be_en[s_p]) (very ? " very " : " ") adj[a, 2],
            s_fr " " (past ? etait[s_p] : etre[s_p]) (very ? " très " : " ") adj_form(a, s_g, s_n), ".")
    else if (k <= 85)
        say(s_en " " (past ? was_en[s_p] : be_en[s_p]) " not " adj[a, 2],
            s_fr " ne " (past ? etait[s_p] : etre[s_p]) " pas " adj_form(a, s_g, s_n), ".")
    else
        say((past ? was_en[s_p] : be_en[s_p]) " " s_en " " adj[a, 2],
            "est-ce_que " s_fr " " (past ? etait[s_p] : etre[s_p]) " " adj_form(a, s_g, s_n), "?")
}

function compare(a, k, than_en, than_fr, i) {
    thing_subject()
    i = np_noun
    a = pick_adj(i, "any")
    if (!a || adj[a, 3] == "-")
        return
    pair("na", s_key, adj[a, 2])
    if (class_of[i] ~ /,person,/) {
        k = draw(6 + n_names)
        than_en = k <= 6 ? clitic_en[k] : name[k - 6]
        than_fr = k <= 6 ? tonic_fr[k] : name[k - 6]
    } else {
        np(word_of("thing wear dish furn vehicle build food animal"), "the poss this", 0)
        if (np_noun == i)
            return
        if (goes_with[a] !~ class_pattern(np_noun))
            return
        than_en = np_en
        than_fr = np_fr
    }
    say(s_en " " be_en[s_p] " " adj[a, 3] " than " than_en,
        s_fr " " etre[s_p] " plus " adj_form(a, s_g, s_n) " que " than_fr, ".")
}

function class_pattern(i, text) { # ",thing,open," -> ",(thing|open),"
    text = substr(class_of[i], 2, length(class_of[i]) - 2)
    gsub(/,/, "|", text)
    return ",(" text "),"
}

function there_is(k, no, en, fr, n, class) {
    class = word_of("thing dish wear animal person vehicle furn food")
    np(class, "a a some num", 35)
    if (np_det == "poss")
        return
    no = np_det == "a" && chance(20)
    en = no ? "no " np_any : np_en
    fr = no ? "de " np_fr_rest : np_fr
    n = np_n
    k = draw(100)
    if (k <= 60 && class ~ /dish|wear|food/) {
        np("furn", "the the this poss", 10)
        k = chance(50)
        l_en = (k ? " on " : " under ") np_en
        l_fr = (k ? " sur " : " sous ") np_fr
    } else if (k <= 20) {
        np("part", "the", 0)
        l_en = " behind " np_en
        l_fr = " derrière " np_fr
    } else
        place()
    say((n == 2 ? "there are " : "there is ") en l_en, (no ? "il ne y a pas " : "il y a ") fr l_fr, ".")
}

function where_is() {
    np(word_of("thing wear person animal place vehicle text"), "the the poss poss own", 25)
    say("where " be_en[np_n == 2 ? 5 : 3] " " np_en, "où " etre[np_n == 2 ? 5 : 3] " " np_fr, "?")
}

function relative(v, lead, g, n, k, en, fr) {
    k = draw(n_list["verb"])
    v = list["verb", k]
    if (verb[v, 1] == "statep")
        return
    object(v, "the", 25)
    if (np_det != "the")
        return
    en = np_en
    fr = np_fr
    g = np_g
    n = np_n
    subject()
    acts(v)
    en = en " that " s_en " " verb[v, 5]
    fr = fr " que " s_fr " " verb_fr(v, "past", 0, "", g, n)
    lead = draw(4)
    if (lead == 1)
        say("where " (n == 2 ? "are " : "is ") en, "où " (n == 2 ? "sont " : "est ") fr, "?")
    else if (lead == 2)
        say("here " (n == 2 ? "are " : "is ") en, "voici " fr, ".")
    else if (lead == 3)
        say("I like " en, "je aime " fr, ".")
    else
        say("show me " en, "montre-moi " fr, "!")
}

function relative_subject(v, i, k, en, fr) { # the man who sells flowers is happy
    np("person", "the", 15)
    i = np_noun
    s_p = np_n == 2 ? 5 : 3
    s_g = np_g
    s_n = np_n
    en = np_en
    fr = np_fr
    v = list["intr", draw(n_list["intr"])]
    pair("sv", en_lemma(i), verb[v, 3])
    place()
    en = en " who " be_en[s_p] " " verb[v, 6] l_en
    fr = fr " qui " verb[v, 7 + s_p] l_fr
    k = draw(2)
    if (k == 1)
        say("I know " en, "je connais " fr, ".")
    else {
        k = adj_for["person", draw(n_adj_for["person"])]
        pair("na", en_lemma(i), adj[k, 2])
        say(en " " be_en[s_p] " " adj[k, 2], fr " " etre[s_p] " " adj_form(k, s_g, s_n), ".")
    }
}

function order(v, neg, k) {
    v = list["order", draw(n_list["order"])]
    neg = chance(25)
    l_en = l_fr = ""
    if (verb[v, 2] == "-" || verb[v, 2] ~ /:/) {
        if (verb[v, 2] ~ /:/ || verb[v, 15] == "être")
            return
        place()
    } else {
        object(v, "the the poss this", 25)
        l_en = " " np_en
        l_fr = " " np_fr
        for (k = 1; k <= n_list["dative"]; k++)
            if (list["dative", k] == v) {
                owner()
                l_en = l_en " to " owner_name_en
                l_fr = l_fr " à " owner_name_fr
            }
    }
    if (chance(25)) {
        say("let us " (neg ? "not " : "") verb[v, 3] l_en, (neg ? "ne " : "") verb[v, 11] (neg ? " pas" : "") l_fr, "!")
        return
    }
    k = verb[v, 9]
    if (k ~ /es$/)
        k = substr(k, 1, length(k) - 1)
    say((neg ? "do not " : "") verb[v, 3] l_en, (neg ? "ne " : "") k (neg ? " pas" : "") l_fr, "!")
}

function like(neg, k, en, fr) {
    subject()
    neg = chance(30)
    if (chance(40)) {
        k = draw(n_mass)
        en = mass_en[k]
        fr = (mass_g[k] == "f" ? "la " : "le ") mass_fr[k]
        if (s_key != "")
            pair("so", s_key, en)
    } else {
        np(word_of("animal wear vehicle food text dish"), "some", 40)
        en = np_any
        fr = "les " np_fr_rest
    }
    say(s_en (neg ? (s_p == 3 ? " does not like " : " do not like ") : s_p == 3 ? " likes " : " like ") en,
        s_fr (neg ? " ne " : " ") aimer[s_p] (neg ? " pas " : " ") fr, ".")
}

function feel(k, neg) {
    subject()
    k = draw(n_feels)
    neg = chance(25)
    if (s_key != "")
        pair("na", s_key, feel_en[k])
    if (chance(20))
        say(be_en[s_p] " " s_en " " feel_en[k], "est-ce_que " s_fr " " avoir[s_p] " " feel_fr[k], "?")
    else
        say(s_en " " be_en[s_p] (neg ? " not " : " ") feel_en[k],
            s_fr (neg ? " ne " : " ") avoir[s_p] (neg ? " pas " : " ") feel_fr[k], ".")
}

function age(k) {
    subject()
    k = draw(n_numbers)
    if (s_key != "")
        pair("age", s_key, number_en[k])
    say(s_en " " be_en[s_p] " " number_en[k] " years old", s_fr " " avoir[s_p] " " number_fr[k] " ans", ".")
}

function the_time() {
    clock()
    say("it is " c_en, "il est " c_fr, ".")
}

function sentence(k) {
    said_en = ""
    held = 0
    k = draw(100)
    if (k <= 22) transitive()
    else if (k <= 30) ask()
    else if (k <= 37) intransitive()
    else if (k <= 45) motion()
    else if (k <= 48) wh()
    else if (k <= 52) what()
    else if (k <= 56) giving()
    else if (k <= 59) giving_pronoun()
    else if (k <= 65) pronoun_object()
    else if (k <= 71) modality()
    else if (k <= 79) copula()
    else if (k <= 82) compare()
    else if (k <= 86) there_is()
    else if (k <= 88) where_is()
    else if (k <= 91) relative()
    else if (k <= 93) relative_subject()
    else if (k <= 96) order()
    else if (k <= 98) like()
    else if (k == 99) feel()
    else if (chance(50)) age()
    else the_time()
    return said_en != ""
}

# --- the three files ---

# Words of a line, returns how many. A word behind an apostrophe counts apart from the same word behind a blank: to a tokenizer
# they are two.
function words(text, into) {
    gsub(/'/, "' +", text)
    gsub(/[.?!,-]/, " ", text)
    sub(/^ +/, "", text)
    sub(/ +$/, "", text)
    return split(text, into, / +/)
}

function count_words(text, tally, n, part, i) {
    n = words(text, part)
    for (i = 1; i <= n; i++)
        if (tally[part[i]]++ == 0)
            n_types[n_tally]++
    return n
}

function well_known(text, tally, n, part, i) {
    n = words(text, part)
    for (i = 1; i <= n; i++)
        if (tally[part[i]] < rare)
            return 0
    return 1
}

function learn(en, fr) {
    if (en in translation) {
        if (translation[en] != fr) {
            print "two translations of \"" en "\": \"" fr "\" and \"" translation[en] "\"" > "/dev/stderr"
            failed = 1
            exit 1
        }
        return 0
    }
    translation[en] = fr
    return 1
}

END {
    if (failed)
        exit 1
    for (i = 1; i <= n_hand; i++) {
        if (!learn(hand_en[i], hand_fr[i]))
            print "said twice by hand: " hand_en[i] > "/dev/stderr"
        train_en[++n_train] = hand_en[i]
        train_fr[n_train] = hand_fr[i]
        known_fr[hand_fr[i]] = 1
    }
    while (n_train < want_train) {
        if (!sentence() || !learn(said_en, said_fr))
            continue
        if (held) {
            held_en[++n_held] = said_en
            held_fr[n_held] = said_fr
        } else {
            train_en[++n_train] = said_en
            train_fr[n_train] = said_fr
            known_fr[said_fr] = 1
        }
    }
    for (i = 1; i <= n_train; i++) {
        n_tally = 1
        n_words[1] += count_words(train_en[i], tally_en)
        n_tally = 2
        n_words[2] += count_words(train_fr[i], tally_fr)
        print train_en[i] "\t" train_fr[i] > (dir "/train.tsv")
    }
    for (i = 1; i <= n_held && n_test + n_dev < want_test + want_dev; i++) {
        if ((held_fr[i] in known_fr) || !well_known(held_en[i], tally_en) || !well_known(held_fr[i], tally_fr))
            continue
        if (n_test < want_test) {
            n_test++
            print held_en[i] "\t" held_fr[i] > (dir "/test.tsv")
        } else {
            n_dev++
            print held_en[i] "\t" held_fr[i] > (dir "/dev.tsv")
        }
    }
    print "train " n_train " (" n_hand " by hand), dev " n_dev ", test " n_test
    print "English: " n_types[1] " word types, " n_words[1] " words; French: " n_types[2] " types, " n_words[2] " words"
}
