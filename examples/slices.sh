#!/bin/sh
# slices.sh: a long text translated in slices, by several processes or machines; the lines come out in their order.
#
#     slices.sh N MODEL [OPTION...] < text > translations     OPTIONs are those of predict
#
# Within an allocation of Slurm each slice is a task of srun; else GNU parallel runs them where it is installed, on the
# machines of $HEED_HOSTS too ("node1,node2", with the folder shared), and without it xargs on this one. A slice that
# fails fails the whole. Translations are the same for any N, since no line depends on another.
set -eu
test $# -ge 2 || { echo 'usage: slices.sh N MODEL [OPTION...] < text > translations' >&2; exit 2; }
n=$1 model=$(realpath "$2")
shift 2
work=$(mktemp -d "${HEED_SLICES:-.}/slices.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
work=$(cd "$work" && pwd)

# Contiguous slices of whole lines, of about equal size: 000, 001, ...
cat > "$work/text"
split -n "l/$n" -d -a 3 "$work/text" "$work/in."

cat > "$work/one" << 'END'
#!/bin/sh
# one FOLDER MODEL NUMBER OPTION...: a slice. Complete, or not there.
work=$1 model=$2 number=$(printf %03d "$3")
shift 3
predict -q "$@" -m "$model" "$work/in.$number" > "$work/part.$number" && mv "$work/part.$number" "$work/out.$number"
END
chmod +x "$work/one"

if test -n "${SLURM_JOB_ID-}"; then
    # shellcheck disable=SC2016 # each task has its number
    srun -n "$n" sh -c 'work=$1 model=$2; shift 2; exec "$work/one" "$work" "$model" "$SLURM_PROCID" "$@"' sh \
        "$work" "$model" "$@"
elif command -v parallel > /dev/null; then
    seq 0 $((n - 1)) | parallel ${HEED_HOSTS:+--sshlogin "$HEED_HOSTS"} --halt now,fail=1 -q "$work/one" "$work" "$model" {} "$@"
else
    seq 0 $((n - 1)) | xargs -P "$n" -I NUMBER "$work/one" "$work" "$model" NUMBER -j 1 "$@"
fi
cat "$work"/out.*
