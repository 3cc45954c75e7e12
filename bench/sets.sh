# sets.sh: three data sets as found.sh and nets.sh use them: test lines, and how papers on the set score them.
# shellcheck shell=sh
tatoeba=$HEED_DATA/tatoeba-en-fr multi30k=$HEED_DATA/multi30k-en-fr/tok cmudict=$HEED_DATA/cmudict-g2p
need "$tatoeba/test.tsv" "$multi30k/test.tsv" "$cmudict/test.tsv"

folder_of() { # SET
    case $1 in
    tatoeba) echo "$tatoeba" ;;
    multi30k) echo "$multi30k" ;;
    cmudict) echo "$cmudict" ;;
    esac
}
# Test lines, each source once.
for set in tatoeba multi30k cmudict; do
    cut -f 1 "$(folder_of $set)/test.tsv" > $set.src
    cut -f 2 "$(folder_of $set)/test.tsv" > $set.ref
done
scoring() { # SET
    case $1 in
    tatoeba) echo '--tokens course --lower' ;;
    multi30k) echo '--tokens none' ;;
    cmudict) echo '--tokens none --group-by-source cmudict.src' ;;
    esac
}
figure_of() { # SET
    test "$1" = cmudict && echo exact || echo bleu
}

translate() { # SET MODEL TEXT OPTION...
    from=$1 by=$2 to=$3
    shift 3
    predict -q --no-store -m "$by.heed" "$@" < "$from.src" > "$to"
}

# train_on SET MODEL OPTION...: for $HEED_BENCH_TIME (10m), by $HEED_BENCH_J workers (all cores).
train_on() {
    from=$(folder_of "$1") model=$2
    shift 2
    xz -dc "$from/train.tsv.xz" | train --dev "$from/dev.tsv" --time "${HEED_BENCH_TIME:-10m}" -j "${HEED_BENCH_J:-0}" --force -q -o "$model.heed" "$@"
}
