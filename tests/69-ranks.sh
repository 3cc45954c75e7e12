#!/bin/sh
# 69-ranks.sh: `train --reduce mpi`: ranks that mpirun starts make the bytes of one process, for any number of them and of
# workers; a rank that dies ends all, and another number of ranks goes on. Needs the plugin and mpirun.
. "${srcdir:-.}/tests/lib.sh"
has train plugins || skip_all 'not built'
test -f "$builddir/plugins/.libs/reduce_mpi.so" || skip_all 'built without MPI (configure says so)'
command -v mpirun > /dev/null || skip_all 'no mpirun'
# Open MPI is not made for sanitizers, and loses what it keeps to its end.
sanitized && skip_all 'MPI under sanitizers'

# Open MPI keeps its own files in a folder of the user's, and wants to be told that root may, and that there are
# few processors; ranks that share one leave it to one another.
TMPDIR=$scratch
OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_hwloc_base_binding_policy=none OMPI_MCA_btl=self,vader
OMPI_MCA_btl_vader_single_copy_mechanism=none OMPI_MCA_plm=isolated
export TMPDIR OMPI_ALLOW_RUN_AS_ROOT OMPI_ALLOW_RUN_AS_ROOT_CONFIRM OMPI_MCA_rmaps_base_oversubscribe \
    OMPI_MCA_hwloc_base_binding_policy OMPI_MCA_btl OMPI_MCA_btl_vader_single_copy_mechanism OMPI_MCA_plm
mpirun -n 2 true > said 2>&1 || { head -n 5 said | sed 's/^/# /'; skip_all 'mpirun starts nothing here'; }

awk -v n=300 -v seed=11 -f "$srcdir/tests/toy.awk" > pairs.tsv
head -n 30 pairs.tsv > dev.tsv

go_ranked=
# go RANKS NAME OPTION...: 0 ranks are a process without --reduce.
go() {
    go_ranks=$1 go_name=$2
    shift 2
    if test "$go_ranks" -gt 0; then
        set -- --reduce mpi "$@"
        go_by="mpirun -q -n $go_ranks"
    else
        go_by=
    fi
    $go_by $go_ranked train pairs.tsv --dev dev.tsv --tokenizer word --hidden 24 --layers 2 --dropout 0.2 --dropout-attention 0.1 \
        --lr 0.01 --metric exact --eval-every 20 --checkpoint-every 15 --warmup 10 -q --keep-checkpoint \
        ${length:---epochs 4} -o "$go_name.heed" "$@"
}

t_ranks() {
    for try in '4 1 1' '4 2 1' '4 2 2' '4 4 1' '4 4 2' '6 3 1' '2 2 1'; do
        # shellcheck disable=SC2086 # three numbers
        set -- $try
        go 0 one --shards "$1" --rows 16 --patience 3 -j 1 --force && go "$2" many --shards "$1" --rows 16 --patience 3 -j "$3" --force &&
            same one.heed many.heed || { echo "shards $1, ranks $2, -j $3"; return 1; }
    done
}
run t_ranks 'one to four ranks with one worker or two: the same bytes'

# Batches of three rows, so that of four ranks one or two have none.
t_idle() {
    go 0 one --shards 8 --rows 3 --tokens 0 -j 1 --force && go 4 many --shards 8 --rows 3 --tokens 0 -j 1 --force && same one.heed many.heed
}
run t_idle 'ranks without a row in a batch'

# Each draws for its own rows.
t_risk() {
    length='--steps 8'
    go 0 one --risk 0.5 --risk-samples 3 --shards 4 --rows 7 --tokens 0 -j 1 --force && go 4 many --risk 0.5 --risk-samples 3 --shards 4 --rows 7 --tokens 0 -j 1 --force &&
        same one.heed many.heed
    set -- $?
    length=
    return "$1"
}
run t_risk 'minimum risk in ranks'

# The checkpoint holds what the rest depends on, but for times and the run.
t_once() {
    go 2 said --shards 2 --force --name ranks > out 2> err && test ! -s out && test ! -s err &&
        test "$(runs list | grep -c ranks)" -eq 1
}
run t_once 'recorded once, and -q is silence'

t_shards() {
    fails 2 '2 shards cannot be dealt to 4 ranks: each takes as many, and a power of two of them; such as --shards 4' go 4 no --shards 2 &&
        fails 2 '6 shards cannot be dealt to 2 ranks' go 2 no --shards 6 && test ! -e no.heed
}
run t_shards 'shards that cannot be dealt are refused in one line'

t_refused() {
    fails 1 'cannot read gone.tsv' mpirun -q -n 3 train gone.tsv --reduce mpi -q -o no.heed &&
        fails 2 'standard input is rank 0' mpirun -q -n 2 train --reduce mpi -q -o no.heed &&
        fails 2 'precision auto is each machine' go 2 no --precision auto &&
        fails 1 'one.heed exists; ' go 2 one --shards 2 &&
        fails 1 'plugin reduce_none.so not found' train pairs.tsv --reduce none -o no.heed
}
run t_refused 'what one process refuses is refused once'

# One rank reads other pairs than the rest, from a folder of its own.
t_differ() {
    mkdir -p a b && cp pairs.tsv a && sed 1d pairs.tsv > b/pairs.tsv &&
        fails 1 'rank 1 has another training than rank 0' mpirun -q \
            -n 1 -wdir "$PWD/a" train pairs.tsv --dev none --tokenizer word --reduce mpi -q -o ../no.heed \
            : -n 1 -wdir "$PWD/b" train pairs.tsv --dev none --tokenizer word --reduce mpi -q -o ../no.heed
}
run t_differ 'ranks with other pairs are found out'

# A rank says which process it is.
cat > ranked << 'END'
#!/bin/sh
echo $$ > "pid.$OMPI_COMM_WORLD_RANK"
exec "$@"
END
chmod +x ranked

# SIGNAL RANK RANKS RANKS-AFTER: a checkpoint was saved, then that rank gets the signal, and others go on.
hit() {
    rm -f chain.heed chain.ckpt.heed pid.*
    go_ranked=./ranked length="--epochs 15" go "$3" chain --shards 4 --rows 16 -j 1 > said 2>&1 &
    hit_launcher=$! hit_waits=0
    while test ! -e chain.ckpt.heed && test $hit_waits -lt 1000; do
        sleep 0.02
        hit_waits=$((hit_waits + 1))
    done
    kill -"$1" "$(cat "pid.$2")" || { echo 'nobody to be hit'; return 1; }
    hit_status=0
    wait $hit_launcher || hit_status=$?
    test $hit_status -ne 0 && test -e chain.ckpt.heed || { echo "status $hit_status"; cat said; return 1; }
    test ! -s said || { cat said; return 1; }
    length="--epochs 15" go "$4" chain --shards 4 --rows 16 -j 1 --resume
}
t_dies() {
    length="--epochs 15" go 0 whole --shards 4 --rows 16 -j 2 &&
        hit KILL 1 2 4 && same whole.heed chain.heed &&
        hit KILL 0 4 1 && same whole.heed chain.heed &&
        hit KILL 3 4 0 && same whole.heed chain.heed &&
        hit TERM 0 2 0 && same whole.heed chain.heed
}
run t_dies 'a rank that is killed ends all; other numbers of ranks go on to the same bytes'

t_fails() {
    if mkdir full 2> said && mount -t tmpfs -o size=64k tmpfs full 2> said; then
        fails 1 'No space left' go 2 full/model --shards 2
        t_fails_status=$?
        umount full
        return $t_fails_status
    fi
}
run t_fails 'a rank that fails says why, once, and ends all'

# What the clock decided, in ranks, is repeated by one process.
t_time() {
    length='--time 3' go 2 timed --shards 2 --rows 16 --no-store &&
        plan=$(peek timed.ckpt.heed | sed -n 's/^ *trainer.plan=//p') && echo "plan $plan" && test -n "$plan" &&
        length="--plan $plan" go 0 again --shards 2 --rows 16 && same timed.heed again.heed
}
run t_time 'a budget of time is the same for all ranks'

t_check() {
    plugins --check reduce_mpi > said && grep -q '^ok   reduce_mpi: blocks of any size arrive' said &&
        mpirun -n 3 plugins --check reduce_mpi > said && test "$(grep -c '^ok   reduce_mpi: blocks of any size arrive' said)" -eq 3
}
run t_check 'the plugin is proved, alone and by three ranks'
done_testing
