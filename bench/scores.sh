#!/bin/sh
# scores.sh [N [NAME...]]: what `evaluate` takes over 3,000 lines of Multi30k with words changed and moved, in seconds of the processor,
# median of N (5) turns: all figures, with intervals, two texts compared both ways. Beside it, in the same turns, sacreBLEU's BLEU, chrF
# and TER, where $HEED_VENV or python3 has it. NAME: plain, intervals, bs, ar; all of them by default.
. "$(dirname "$0")/lib.sh"
times=${1:-5}
test $# -eq 0 || shift
names=${*:-plain intervals bs ar}
data=$HEED_DATA/multi30k-en-fr
need "$data/test.tsv" "$data/test_2017_flickr.tsv" "$data/test_2018_flickr.tsv"
cat "$data/test.tsv" "$data/test_2017_flickr.tsv" "$data/test_2018_flickr.tsv" | cut -f2 | head -n 3000 > ref

# A word in so many per cent is another one, a tenth are gone, a run of words stands elsewhere in two fifths of the lines.
change() { # PERCENT SEED
    awk -v percent="$1" -v seed="$2" '
        BEGIN { srand(seed) }
        {
            n = 0
            for (i = 1; i <= NF; i++)
                if (rand() > 0.1) word[++n] = rand() * 100 < percent && seen ? old[1 + int(rand() * seen)] : $i
            for (i = 1; i <= NF && seen < 5000; i++) old[++seen] = $i
            from = rand() < 0.4 && n > 8 ? 1 + int(rand() * (n - 4)) : 0
            line = ""
            for (i = 1; i <= n; i++) if (!from || i < from || i > from + 2) line = line " " word[i]
            for (i = from; from && i < from + 3; i++) line = line " " word[i]
            print substr(line, 2)
        }' ref
}
change 20 1 > base
change 18 2 > other

python=${HEED_VENV:+$HEED_VENV/bin/}python3
peer=
! "$python" -c 'import sacrebleu' 2> /dev/null || peer=1

# took COMMAND...: seconds of the processor of one run, its output thrown away. Neither program has threads.
took() {
    ("$@" > /dev/null 2>&1; times) | awk 'NR == 2 { split($0, t, /[ms ]+/); printf "%.2f\n", t[1] * 60 + t[2] + t[3] * 60 + t[4] }'
}
scored() {
    evaluate -q --no-store --ref ref "$@"
}
sacre() {
    "$python" -m sacrebleu ref -m bleu chrf ter -f text "$@"
}

# pair NAME WHAT HEED... -- SACREBLEU...: both by turns.
pair() {
    name=$1 what=$2 ours='' theirs=''
    shift 2
    while test "$1" != --; do
        ours="$ours $1"
        shift
    done
    shift
    theirs=$*
    case " $names " in *" $name "*) ;; *) return 0 ;; esac
    : > heed.s
    : > sacrebleu.s
    i=0
    while test $i -lt "$times"; do
        # shellcheck disable=SC2086 # words
        took scored $ours >> heed.s
        # shellcheck disable=SC2086
        test -z "$peer" || took sacre $theirs >> sacrebleu.s
        i=$((i + 1))
    done
    for program in heed ${peer:+sacrebleu}; do
        row "scores-$name-$program" "$(sort -n $program.s | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }')" s "$what, 3,000 lines, seconds of the processor, median of $times"
    done
}
pair plain 'all figures' --bootstrap 0 base -- -i base
pair intervals 'with 1,000 draws' base -- -i base --confidence
pair bs 'two texts, paired bootstrap, 1,000 draws' base other -- -i base other --paired-bs
pair ar 'two texts, approximate randomisation, 10,000 trials' --paired ar base other -- -i base other --paired-ar
