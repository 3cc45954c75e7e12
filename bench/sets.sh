# sets.sh: the data sets of the benches, and how papers on each score it. `sets SET...` looks that they are there and makes their test lines,
# SET.src and SET.ref.
# shellcheck shell=sh

folder_of() { # SET
    case $1 in
    tatoeba) echo "$HEED_DATA/tatoeba-en-fr" ;;
    multi30k) echo "$HEED_DATA/multi30k-en-fr/tok" ;;
    cmudict) echo "$HEED_DATA/cmudict-g2p" ;;
    translit) echo "$HEED_DATA/translit-en-ru" ;;
    scan) echo "$HEED_DATA/scan/simple" ;;
    dates) echo "$HEED_DATA/dates-en-fr" ;;
    *) talk "no set $1"; exit 2 ;;
    esac
}
scoring() { # SET
    case $1 in
    tatoeba) echo '--tokens course --lower' ;;
    multi30k) echo '--tokens none' ;;
    *) echo "--tokens none --group-by-source $1.src" ;;
    esac
}
figure_of() { # SET
    case $1 in
    tatoeba | multi30k) echo bleu ;;
    *) echo exact ;;
    esac
}

# pairs SET train|dev|test: on standard output.
pairs() {
    if test -r "$(folder_of "$1")/$2.tsv"; then cat "$(folder_of "$1")/$2.tsv"; else xz -dc "$(folder_of "$1")/$2.tsv.xz"; fi
}

sets() {
    for set; do
        folder=$(folder_of "$set") || exit
        need "$folder/train.tsv.xz"
        pairs "$set" dev > "$set.dev"
        pairs "$set" test | cut -f 1 > "$set.src"
        pairs "$set" test | cut -f 2 > "$set.ref"
    done
}

translate() { # SET MODEL TEXT OPTION...
    from=$1 by=$2 to=$3
    shift 3
    predict -q --no-store -m "$by.heed" "$@" < "$from.src" > "$to"
}

# figure SET TEXT: the set's own, of test lines.
figure() {
    # shellcheck disable=SC2046 # options are words
    evaluate -q --no-store --bootstrap 0 --ref "$1.ref" $(scoring "$1") "$2" | awk -v name="$(figure_of "$1")" '$1 == name { print $2 }'
}

# train_on SET MODEL OPTION...: for $HEED_BENCH_TIME (10m), by $HEED_BENCH_J workers (all cores).
train_on() {
    from=$1 model=$2
    shift 2
    pairs "$from" train | train --dev "$from.dev" --time "${HEED_BENCH_TIME:-10m}" -j "${HEED_BENCH_J:-0}" --force -q -o "$model.heed" "$@"
}

# steps_of NAME: updates of the last training of that name in the store.
steps_of() {
    query "SELECT max(step) FROM metric WHERE run_id = (SELECT max(run_id) FROM run WHERE kind = 'train' AND name = '$1')"
}
