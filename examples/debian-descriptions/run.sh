#!/bin/sh
# run.sh: English to another language on the descriptions of Debian's packages: fetches, aligns, trains, scores.
#
#     sh run.sh [LANGUAGE]          fr unless it is said; de, it, da, ja, pt_BR, … as the archive has them
#
# apt fetches the indices of the machine's own sources, by an update under a configuration of ours: own folders for
# lists and cache, so that neither root is needed nor anything of the system's touched. Everything is in
# $builddir/debian-descriptions, with an installed heed in ./debian-descriptions. $TIME is the training's budget (8m).
set -eu

here=$(cd "$(dirname "$0")" && pwd)
awk=${AWK:-awk} language=${1:-fr} time=${TIME:-8m}
if test -n "${builddir:-}"; then
    programs=$builddir/cli work=$builddir/debian-descriptions
else
    programs=$(heed --exec-path) work=$(pwd)/debian-descriptions
fi
PATH=$programs:$PATH
HEED_STORE=${HEED_STORE:-$work/heed.db}
export PATH HEED_STORE

die() {
    echo "debian-descriptions: $*" >&2
    exit 1
}
show() {
    printf '$ %s\n' "$1"
    eval "$1"
}

case $language in
*[!A-Za-z_]* | '') die "'$language' is no language of apt, such as fr or pt_BR" ;;
esac
helper=/usr/lib/apt/apt-helper
command -v apt-get > /dev/null && test -x $helper || die 'no apt here'
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/sources.list.d"
cd "$work"

# --- fetch ---

# The system's own sources; what is set there about proxies and keys holds, since this is read behind it.
: > sources.list
test ! -r /etc/apt/sources.list || cp /etc/apt/sources.list sources.list
cp /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources sources.list.d/ 2> /dev/null || :
cat > apt.conf << END
Dir::State::Lists "$work/lists";
Dir::Cache "$work/cache";
Dir::Etc::SourceList "$work/sources.list";
Dir::Etc::SourceParts "$work/sources.list.d";
#clear Acquire::Languages;
Acquire::Languages { "$language"; "en"; };
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
END

# index WHAT...: the text of the fetched indices of a kind.
index() {
    apt-get -c apt.conf indextargets --format '$(FILENAME)' "$@" | while read -r file; do
        test ! -e "$file" || $helper cat-file "$file"
    done
}
show 'apt-get -q -c apt.conf update'
index 'Created-By: Packages' > packages.txt
index 'Created-By: Translations' 'Language: en' > en.txt
index 'Created-By: Translations' "Language: $language" > "$language.txt"
test -s en.txt && test -s "$language.txt" ||
    die "the sources of this machine have no descriptions in $(test -s en.txt && echo "$language" || echo English)"

# --- pairs ---

LC_ALL=C "$awk" -v dir=. -f "$here/pairs.awk" packages.txt en.txt "$language.txt"
rm -f packages.txt en.txt "$language.txt"
for set in dev test; do
    test -s $set.tsv || die "too few pairs for $set.tsv"
done
wc -l train.tsv dev.tsv test.tsv
for kind in short block; do
    "$awk" -F '\t' -v kind=$kind '$4 == kind' test.tsv > test.$kind.tsv
done

# --- train and score ---

show "train --force -o en-$language.heed --name en-$language --columns 1,2 --dev dev.tsv --time $time train.tsv"
show "predict -m en-$language.heed --column 1 test.tsv | evaluate --ref test.tsv --ref-column 2"
for kind in short block; do
    echo "The same, of the ${kind} ones ($(wc -l < test.$kind.tsv)):"
    predict -q -m en-$language.heed --column 1 test.$kind.tsv | evaluate --ref test.$kind.tsv --ref-column 2
done

# --- to look at ---

cut -f 1 test.tsv > test.en
cut -f 2 test.tsv > "test.$language"
tokenize -m "en-$language.heed" test.en | encode -m "en-$language.heed" > memory
decode -q -m "en-$language.heed" --hypotheses --force "test.$language" memory > forced
decode -q -m "en-$language.heed" --weights memory > hypotheses
show "plot --html --ref test.$language --forced forced --run en-$language.heed --title 'Descriptions of packages, en to $language' -o test.html hypotheses"
rm -f memory forced hypotheses
echo "All of it is in $work; test.html is for a browser."
