#!/bin/sh
# run.sh: recordings to words: spoken numbers of synthetic voices, or prompts that people spoke.
#
#     sh run.sh                     numbers: espeak-ng says them, voices of the test are other ones
#     sh run.sh prompts [LANGUAGE]  en unless it is said; fr, it, es, ru: Debian's asterisk-core-sounds-LANGUAGE-wav
#
# apt fetches packages by name into the work folder, where they are unpacked: root is not needed, nothing is installed. Everything is in
# $builddir/speech, with an installed heed in ./speech. $TIME is the training's budget, $STEPS in place of it the updates, $N the spoken numbers.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
awk=${AWK:-awk} what=${1:-numbers} language=${2:-en}
if test -n "${builddir:-}"; then
    programs=$builddir/cli work=$builddir/speech
else
    programs=$(heed --exec-path) work=$(pwd)/speech
fi
PATH=$programs:$PATH
HEED_STORE=${HEED_STORE:-$work/heed.db}
export PATH HEED_STORE

die() {
    echo "speech: $*" >&2
    exit 1
}
show() {
    printf '$ %s\n' "$1"
    eval "$1"
}
# fetch PACKAGE...: unpacked below root
fetch() {
    mkdir -p "$work/packages"
    (cd "$work/packages" && apt-get -q download "$@") || die "cannot fetch $*"
    for package; do
        dpkg -x "$work/packages/${package}_"*.deb "$work/root"
    done
}

case $what in
numbers) budget="--time ${TIME:-20m}" ;;
prompts) budget="--time ${TIME:-10m}" ;;
*) die "'$what' is neither numbers nor prompts" ;;
esac
test -z "${STEPS:-}" || budget="--steps $STEPS"
if ! command -v apt-get > /dev/null || ! command -v dpkg > /dev/null; then
    die 'no apt here'
fi
mkdir -p "$work"
cd "$work"

# --- numbers ---

# The speaker, as it is installed, or fetched with what it lacks here.
open_espeak() {
    command -v espeak-ng > /dev/null && return
    if ! test -x root/usr/bin/espeak-ng; then
        # shellcheck disable=SC2046,SC2016 # names of packages; awk's dollar
        fetch $(apt-get -s install --no-install-recommends espeak-ng | "$awk" '/^Inst/ { print $2 }')
    fi
    set -- root/usr/lib/*/libespeak-ng.so.1
    libraries=$(cd "${1%/*}" && pwd)
    LD_LIBRARY_PATH=$libraries:$libraries/pulseaudio ESPEAK_DATA_PATH=$libraries PATH=$work/root/usr/bin:$PATH
    export LD_LIBRARY_PATH ESPEAK_DATA_PATH
}
# speak NAME COUNT SEED VOICES
speak() {
    test ! -s "$1.tsv" || return 0
    rm -rf "$1" && mkdir "$1"
    LC_ALL=C "$awk" -v n="$2" -v seed="$3" -v voices="$4" -f "$here/numbers.awk" > "$1.list"
    number=0
    while IFS='	' read -r voice speed pitch words; do
        number=$((number + 1))
        espeak-ng -v "$voice" -s "$speed" -p "$pitch" -w "$1/$number.wav" "$words" || return
        printf '%s/%s.wav\t%s\n' "$1" $number "$words"
    done < "$1.list" > "$1.part"
    mv "$1.part" "$1.tsv"
}
numbers() {
    open_espeak
    train='en-us en-us+m1 en-us+m2 en-us+m3 en-us+m5 en-us+m6 en-us+f1 en-us+f2 en-us+f4 en-us+Andy en-us+Annie en-gb en-gb+m1 en-gb+m4'
    train="$train en-gb+m8 en-gb+f1 en-gb+f4 en-gb+Alex en-gb-x-rp+m2 en-gb-x-rp+f2 en-us+adam en-us+Lee en-us+steph en-gb+linda"
    speak train "${N:-2500}" 1 "$train"
    speak dev 200 33 'en-us+Alicia en-gb+michael'
    speak test 500 77 'en-us+m7 en-gb+f3 en-us+Gene en-us+f5 en-gb+m3'
    show "train --source features --features bands=40 train.tsv --dev dev.tsv --tgt-tokenizer space --hidden 128 $budget --force -o numbers.heed"
    show 'predict -m numbers.heed test.tsv | evaluate --ref test.tsv --ref-column 2'
    show 'features -m numbers.heed test/6.wav | encode -m numbers.heed | decode -m numbers.heed'
}

# --- prompts ---

# Lines NAME: TEXT; what is in brackets is a noise. Letters and apostrophes are kept, small.
prompts() {
    test -e "root/usr/share/doc/asterisk-core-sounds-$language" || fetch "asterisk-core-sounds-$language" "asterisk-core-sounds-$language-wav"
    set -- root/usr/share/asterisk/sounds/"$language"_*
    list=prompts.$language
    zcat -f "root/usr/share/doc/asterisk-core-sounds-$language/core-sounds-$language.txt"* |
        LC_ALL=C "$awk" -v folder="$1" -f "$here/prompts.awk" > "$list.tsv"
    LC_ALL=C "$awk" 'NR % 5 != 3 && NR % 20 != 1' "$list.tsv" > "$list.train.tsv"
    LC_ALL=C "$awk" 'NR % 5 != 3 && NR % 20 == 1' "$list.tsv" > "$list.dev.tsv"
    LC_ALL=C "$awk" 'NR % 5 == 3' "$list.tsv" > "$list.test.tsv"
    wc -l "$list".*.tsv
    show "train --source features --features bands=40 --speeds 0.9,1.1 $list.train.tsv --dev $list.dev.tsv --tgt-tokenizer char --hidden 128 $budget --force -o $list.heed"
    show "predict -m $list.heed $list.test.tsv | evaluate --ref $list.test.tsv --ref-column 2"
    dtw=${builddir:+$builddir/bench/dtw}
    if test -x "${dtw:-}"; then
        show "$dtw $list.train.tsv $list.test.tsv | evaluate --ref $list.test.tsv --ref-column 2"
    else
        echo 'The nearest recording in place of a model: make bench/dtw in a build tree.'
    fi
}

"$what"
