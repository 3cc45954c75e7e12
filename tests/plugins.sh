#!/bin/sh
# plugins.sh: plugins are listed and proved; planted faults are found and named; a plugin written outside the tree
# is built in one line.
. "${srcdir:-.}/tests/lib.sh"
has plugins || skip_all 'plugins is not built'
test -f "$builddir/plugins/.libs/score_dot.so" || skip_all 'plugins are linked in, not loaded'

t_list() {
    plugins > list &&
    grep -q '^score  *score_dot  *2  scaled dot product$' list &&
    grep -q '^    scaled=on  *divide by' list &&
    grep -q '^cell  *cell_gru ' list &&
    plugins --json > json &&
    grep -q '"kind":"score","name":"score_mlp","abi":2,"revision":1' json
}
run t_list 'plugins lists kind, name, revision, summary, options'

t_list_broken() {
    mkdir -p broken && echo 'no object' > broken/score_torn.so && plugins --plugin-dir broken > list &&
    grep -q 'broken/score_torn.so: broken: is no shared object (no ELF header)$' list &&
    grep -q 'score_dot' list &&
    cp "$builddir/plugins/.libs/score_mlp.so" broken/score_dot.so && plugins --plugin-dir broken > list &&
    grep -q 'broken/score_dot.so: broken: is no heed plugin of that name' list
}
run t_list_broken 'one that cannot be used is listed with the reason, the first of a name wins'

t_no_folder() {
    fails 1 'cannot read gone: No such file' plugins --plugin-dir gone && : > file && fails 1 'cannot read file: Not a directory' plugins --plugin-dir file
}
run t_no_folder 'a folder that is not there is no empty one'

# A machine need not have the library that product_openblas opens.
t_check_all() {
    if ! plugins --check all > report 2> said; then
        grep FAIL report > failed
        test "$(wc -l < failed)" -eq 5 && ! grep -v '^FAIL product_openblas: .*libopenblas.so.0: cannot open' failed || { cat failed; return 1; }
    fi
    test "$(grep -c 'gradients agree' report)" -ge 6
}
run t_check_all 'every plugin of the tree is proved'

t_check_dot() { plugins --check score_dot:gain=off && plugins --check score_dot:gain=off,scaled=off; }
run t_check_dot 'the dot product also without what it learns'

# Where a kernel ends it has a kink, at which differences say something between: at these widths none of the numbers tried is near.
t_check_kernels() {
    for kernel in width=3,learn=on kind=boxcar,width=5 kind=triangular,width=5 kind=epanechnikov,width=5 \
        kind=triangular,width=12,learn=on kind=epanechnikov,width=7,learn=on; do
        plugins --check score_kernel:$kernel > report || { grep FAIL report; return 1; }
    done
    fails 1 'properties do not hold' plugins --check score_kernel:kind=constant > report && grep -q 'do not depend on the query' report &&
        fails 1 'do not hold' plugins --check score_kernel:kind=boxcar,learn=on > report && grep -q 'flat kernel has no gradient' report
}
run t_check_kernels 'the kernels of every kind; one that is constant is found out'

t_missing() {
    fails 1 'plugin score_none.so not found in ' plugins --check score_none | grep -q .
    fails 1 '1 of 1 properties do not hold' plugins --check score_none &&
    fails 1 '1 of 1 properties do not hold' plugins --check ../score_dot.so
}

command -v cc > /dev/null || { run t_missing 'P01 what is not there'; done_testing; }
command -v pkg-config > /dev/null || { run t_missing 'P01 what is not there'; done_testing; }
PKG_CONFIG_PATH=$builddir
export PKG_CONFIG_PATH
# A sanitizer would turn the planted signals into exits of its own.
ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}handle_segv=0:handle_sigfpe=0
export ASAN_OPTIONS

# build SOURCE OUT [FLAG...]: the one line of the manual.
build() {
    build_source=$1 build_out=$2
    shift 2
    pkg-config --cflags --libs heed > flags && xargs cc "$@" "$build_source" -o "$build_out" < flags
}
# Sanitizers would turn signals into reports, and end the process themselves at the first byte read out of bounds.
ASAN_OPTIONS=${ASAN_OPTIONS-}:handle_segv=0:handle_sigfpe=0:handle_abort=0
export ASAN_OPTIONS
reports=''
! sanitized || reports=yes

# found SOURCE FAULT PART: the fault, planted, makes the check fail with PART in its report.
found() {
    rm -f bad.so
    build "$srcdir/tests/faulty_plugins/$1.c" bad.so "-DFAULT_$2" || return 1
    status 1 plugins --timeout 5 --check ./bad.so > report 2> stderr || { cat report stderr; return 1; }
    grep -F '/FAIL/' report
    if test -n "$reports" && grep -q 'ended the process with status 1$' report; then
        return 0
    fi
    grep -F 'FAIL ' report | grep -qF -e "$3" || { echo "$1 $2: want '$3'"; cat report stderr; return 1; }
}

t_sound() {
    for kind in score cell tokenizer product; do
        build "$srcdir/tests/faulty_plugins/$kind.c" bad.so && plugins --check ./bad.so || return 1
    done
}
run t_sound 'without a fault they pass'

t_skeleton() {
    sed 's/skeleton/mine/g' "$srcdir/plugins/skeleton/score_skeleton.c" > score_mine.c &&
    build score_mine.c score_mine.so && plugins --check ./score_mine.so &&
    plugins --check ./score_mine.so:bias=on && plugins --plugin-dir . | grep -q '^score  *score_mine '
}
run t_skeleton 'the template, renamed, builds in one line outside the tree and passes'


t_manual() {
    sed -n '/^```c$/,/^```$/p' "$srcdir/docs/plugins.md" | grep -v '^```' > score_gated.c &&
    build score_gated.c score_gated.so -Wall -Wextra -Werror && plugins --check ./score_gated.so:spread=0.5
}
run t_manual 'the plugin of the manual works'

t_score_numbers() {
    found score GRADIENT 'gradient of the query: finite differences say' &&
    found score NO_GRADIENT 'gradient of the query: finite differences say' &&
    found score QUERY_IGNORED 'weights do not depend on the query' &&
    found score UNSCALED 'scores grow with the width' &&
    found score NAN 'scores: number 7 of 120 is NaN' &&
    found score UNWRITTEN 'scores: number 0 of 120 is NaN, or was never written' &&
    found score LENGTH_ZERO 'weights: '
}
run t_score_numbers 'scores: wrong gradient (5 %), query ignored, missing 1/sqrt(d), NaN, 0/0 at length 0'

t_score_rows() {
    found score NEIGHBOURS 'it changes with the rows beside it' &&
    found score REMEMBERS 'two equal calls differ' &&
    found score SHAPE 'scores: shape 4x2x5x3, want 4x2x3x5'
}
run t_score_rows 'scores: rows that see one another, state between calls, wrong shape'

t_score_in_models() {
    found score HEADS 'it changes with the heads beside it' &&
    found score INDEX 'a step alone is not that step of a block' &&
    found score FIRST_POSITION 'a step alone is not that step of a block' &&
    found score QUERY_LENGTH 'it changes where lengths of the queries are given' &&
    found score BEYOND 'it reads what lies beyond the lengths' &&
    found score LAYERS 'it changes with the layers beside it' &&
    build "$srcdir/tests/faulty_plugins/score.c" bad.so -DPOSITION && plugins --check ./bad.so
}
run t_score_in_models 'scores: heads and layers that see one another, positions and lengths that are not heeded'

t_attend() {
    build "$srcdir/tests/faulty_plugins/score.c" bad.so -DPOSITION && "$builddir/tests/make_attention" > qkv &&
    attend -q --score ./bad.so qkv > out && peek --check out
}
run t_attend 'D3 attend gives positions too'

# --check gives such a score the weights of earlier steps; nothing else in heed does, and says so.
t_attend_wants() {
    build "$srcdir/tests/faulty_plugins/score.c" bad.so -DWANTS && "$builddir/tests/make_attention" > qkv &&
    plugins --check ./bad.so && fails 1 'wants the weights of earlier steps' attend -q --score ./bad.so qkv > out &&
    printf 'a\tb\n' > pair.tsv &&
    fails 1 'wants the weights of earlier steps' train -q --no-store --score ./bad.so --dev none --steps 1 --tokenizer word --min-count 1 -o no.heed pair.tsv
}
run t_attend_wants 'D2 a score that wants earlier weights is refused, by attend and by train'

t_exits() {
    build "$srcdir/tests/faulty_plugins/score.c" bad.so -DFAULT_EXITS && "$builddir/tests/make_attention" > qkv &&
    fails 1 'ended by exit() in a plugin or a library' attend -q --score ./bad.so qkv > out
}
run t_exits 'F14 a plugin that ends the program is no success'

t_score_memory() {
    found score OVERRUN 'something was written behind the 480 bytes of faulty_dot' &&
    found score GRADIENT_OVERRUN 'something was written behind' &&
    found score CHANGES_QUERY 'the call changed its query' &&
    found score CRASHES 'ended by signal 8' &&
    found score SETUP 'wants \x1b[31manother world'
}
run t_score_memory 'P13 scores: writes beyond buffers and into inputs, crash, refusing setup'

t_cell() {
    found cell GRADIENT 'gradient of input 1: finite differences say' &&
    found cell OVERWRITES 'gradient of input 1: finite differences say' &&
    found cell NEIGHBOURS 'it changes with the ' &&
    found cell STATE_IGNORED 'nothing depends on input 1' &&
    found cell INFINITE 'for gates of 1e4: number' &&
    found cell LAYERS 'it changes with the layers beside it' &&
    found cell NO_OUTPUT 'output: shape of nothing (NULL)' &&
    found cell STATES 'a cell of 1 input gates, 1 state gates, 5 states'
}
run t_cell 'cells: wrong gradients, rows that see one another, ignored state, overflow, no output'

t_tokenizer() {
    found tokenizer EMPTY_PIECE 'a piece of 1 is empty' &&
    found tokenizer HALF_CHARACTER 'is no valid UTF-8' &&
    found tokenizer SPAN 'has a span outside the text' &&
    found tokenizer CHANGES 'is split in two ways' &&
    found tokenizer GROWS 'which is joined to' &&
    found tokenizer OPEN 'has no state to give'
}
run t_tokenizer 'tokenizers: empty and broken pieces, wrong spans, unequal answers, no round trip'

t_product() {
    found product OPEN 'has no library to give' &&
    found product TEXT 'is no printable ASCII' &&
    found product NO_TEXT 'does not say what it is' &&
    found product CALLBACK 'its callback multiply is NULL' &&
    found product ORIENTATION ', A^T B: C[' &&
    found product STEP 'A B: C[' &&
    found product ONE_ROW 'm=1 n=1 k=1, A B: C[0,0] is' &&
    found product OVERWRITES 'm=1 n=1 k=1, A B: C[0,0] is' &&
    found product OUTSIDE 'it writes outside C' &&
    found product REMEMBERS 'two equal calls differ'
}
run t_product 'products: wrong sums, orientation and steps, writes outside, unequal answers, no name'

t_product_threads() {
    test "$(nproc)" -gt 1 || return 0
    found product SHARED 'threads that multiply at once disturb one another'
}
run t_product_threads 'products: a buffer that all threads share'

t_load() {
    found score LOAD_CRASHES 'loads: ended by signal 11' &&
    found score LOAD_EXITS 'loads: ended the process with status 3' &&
    found score LOAD_HANGS 'loads: did not end within 5 s'
}
run t_load 'constructors that crash, end the process, hang'

t_descriptor() {
    found score MAGIC 'its descriptor begins with 0x12345678 instead of 0x64656568' &&
    found score ABI_NEWER 'plugin ABI 3, this heed has ABI 2' &&
    found score ABI_OLDER 'plugin ABI 1, this heed has ABI 2' &&
    found score SIZE 'its descriptor has 96 bytes, this heed needs 104 for a score' &&
    found score KIND 'kind 9 is none of score, cell, tokenizer, product, reduce' &&
    found score NAME 'it calls itself good, its file bad' &&
    found score CALLBACK 'its callback score is NULL' &&
    found score OPTION 'option far lies outside its private data of 0 bytes' &&
    found score SYMBOL 'it has no symbol bad_LTX_heed_plugin' &&
    found score UNDEFINED 'undefined symbol: heed_no_such_function'
}
run t_descriptor 'P06 P07 P09 P10 P11 descriptors of another ABI, size, kind, name; NULL callbacks; undefined functions'

t_tables() {
    found score HOST_LONGER 'bad.so: was built for a heed with 2 more host functions' &&
    found score VEC_LONGER 'bad.so: was built for a heed with 1 more vector kernel' &&
    build "$srcdir/tests/faulty_plugins/score.c" bad.so -DHOST_SHORTER && plugins --check ./bad.so
}
run t_tables 'a plugin built for longer tables is refused by name, one for shorter tables runs'

t_lazy() {
    build "$srcdir/tests/faulty_plugins/score.c" bad.so -Wl,-z,lazy &&
    cc -I"$srcdir/include" -fPIC -shared -Wl,-z,lazy "$srcdir/tests/faulty_plugins/score.c" -o bad.so &&
    status 1 plugins --check ./bad.so > report && grep -q 'link it with -Wl,-z,now' report
}
run t_lazy 'P11 a plugin must be bound when it is loaded'

t_missing_library() {
    echo 'int gone(void) { return 1; }' > gone.c && cc -shared -fPIC gone.c -o libgone.so &&
    build "$srcdir/tests/faulty_plugins/score.c" bad.so -Wl,--no-as-needed ./libgone.so && rm libgone.so &&
    status 1 plugins --check ./bad.so > report && grep -q 'libgone.so: cannot open shared object file' report
}
run t_missing_library 'P12 a missing library is named'

t_restored() {
    rm -rf dir && mkdir dir && build "$srcdir/tests/faulty_plugins/score.c" dir/bad.so -DFAULT_LOAD_CHANGES &&
    plugins --plugin-dir dir > list 2> stderr &&
    grep -q 'dir/bad.so: loading it changed floating-point mode, locale, working folder, umask, signal handlers; restored' stderr
}
run t_restored 'P15 what a constructor changes is put back, with a warning'

t_prints() {
    rm -rf dir && mkdir dir && build "$srcdir/tests/faulty_plugins/score.c" dir/bad.so -DFAULT_LOAD_PRINTS &&
    plugins --plugin-dir dir --json > json 2> stderr && ! grep -q noise json && grep -q noise stderr
}
run t_prints 'P16 what a plugin prints goes to stderr, not among the results'

t_writable() {
    rm -rf open && mkdir open && cp "$builddir/plugins/.libs/score_dot.so" open/ && chmod 777 open &&
    plugins --plugin-dir open > list 2> stderr && chmod 755 open && grep -q '^score .*score_dot' list &&
    grep -q 'everybody may write to .*/open (mode 0777)' stderr && chmod 666 open/score_dot.so &&
    plugins --plugin-dir open > list 2> stderr && grep -q 'everybody may write to .*/open/score_dot.so (mode 0666)' stderr &&
    chmod 644 open/score_dot.so && plugins --plugin-dir open > list 2> stderr && ! grep score_dot stderr
}
run t_writable 'P22 a folder that everybody may write is warned of'

t_evil_twin() {
    rm -rf evil && mkdir evil && build "$srcdir/tests/faulty_plugins/score.c" evil/score_dot.so -DFAULT_LOAD_EXITS &&
    LTDL_LIBRARY_PATH=$PWD/evil LD_LIBRARY_PATH=$PWD/evil plugins --check score_dot > report &&
    LTDL_LIBRARY_PATH=$PWD/evil LD_LIBRARY_PATH=$PWD/evil plugins > list && grep -q score_mlp list
}
t_evil_stand_in() {
    rm -rf evil && mkdir evil && build "$srcdir/tests/faulty_plugins/score.c" evil/bad.so -DFAULT_LOAD_EXITS &&
    echo 'int gone(void) { return 1; }' > gone.c && cc -shared -fPIC gone.c -o libgone.so &&
    build "$srcdir/tests/faulty_plugins/score.c" bad.so -Wl,--no-as-needed ./libgone.so && rm libgone.so &&
    LTDL_LIBRARY_PATH=$PWD/evil status 1 plugins --check ./bad.so > report && cat report &&
    grep -q 'libgone.so: cannot open shared object file' report
}
run t_evil_stand_in 'P24 nor in place of one that cannot be opened'

run t_evil_twin 'P24 library paths do not lead to a plugin of the same name'

run t_missing 'P01 what is not there'
done_testing
