#!/bin/sh
# 95-features.sh: sounds to features: files, pipes, lists, speakers, what is refused. The numbers are tests/test_mel.c's.
. "${srcdir:-.}/tests/lib.sh"
has features peek || skip_all 'not built'
PATH=$builddir/tests:$PATH

make_sound chirp 16000 16000 > a.wav && make_sound noise 22050 30000 > b.wav && make_sound sine 8000 12345 > c.wav || exit 99
values() { peek --csv --tensor features "$1"; }

t_file() {
    features a.wav > a && peek --check a && peek a > shown && grep '^  features  *F32  \[1,101,80\]' shown &&
        grep '^  features.rate=16000$' shown && grep '^  features.mel-norm=area$' shown
}
run t_file 'a second is 101 frames of 80 bands, and the stream says how they were made'

# Of one sound: as a file, on a pipe, without a header, in FLAC, of two channels as floats.
t_ways() {
    make_sound chirp 16000 16000 1 raw-s16 > all.raw && head -c 16000 all.raw > a.raw &&
        make_sound chirp 16000 16000 1 s16 > whole.wav && features "$srcdir/tests/sound/chirp.flac" > flac &&
        features --raw s16 < a.raw > raw && same flac raw && features --raw s16 a.raw > named && same raw named &&
        features < "$srcdir/tests/sound/chirp.flac" > piped && same flac piped && mkfifo fifo && { cp whole.wav fifo & } && features fifo > one && wait &&
        features --raw s16 all.raw > two && same one two && features whole.wav > three && same one three
}
run t_ways 'WAV, FLAC and raw samples, files and pipes: the same bits'

# near A B MOST: no value is farther from its like.
near() {
    values "$1" > x && values "$2" > y && paste -d, x y | awk -F, -v most="$3" '
        { for (i = 1; i <= NF / 2; i++) { d = $i - $(i + NF / 2); if (d < 0) d = -d; if (d > worst) worst = d; n++ } }
        END { print worst; exit !(n > 100 && worst <= most) }'
}
t_channels() {
    make_sound chirp 16000 16000 1 f32 > one.wav && make_sound chirp 16000 16000 3 f32 > three.wav &&
        features one.wav > one && features three.wav > three && near one three 0.001
}
run t_channels 'channels are mixed down to their mean'

t_raw_float() {
    make_sound chirp 8000 9000 2 raw-f32 > f.raw && make_sound chirp 8000 9000 2 f32 > f.wav && features f.wav > want &&
        features --raw f32 --raw-rate 8000 --raw-channels 2 < f.raw > got && same want got
}
run t_raw_float 'raw floats of two channels, at their own rate'

# What coding loses lies where there was hardly anything.
t_ogg() {
    features --normalise none --floor 1e-4 "$srcdir/tests/sound/chirp.flac" > flac &&
        features --normalise none --floor 1e-4 "$srcdir/tests/sound/chirp.ogg" > ogg && values flac > x && values ogg > y &&
        paste -d, x y | awk -F, '{ for (i = 1; i <= NF / 2; i++) { d = $i - $(i + NF / 2); sum += d < 0 ? -d : d; n++ } }
            END { print sum / n; exit !(n == 51 * 80 && sum / n < 0.5) }'
}
run t_ogg 'Ogg Vorbis is nearly the same'

t_rates() {
    make_sound sine 44100 44100 > high.wav && make_sound sine 16000 16000 > low.wav && features --normalise none --log none high.wav > high &&
        features --normalise none --log none low.wav > low && peek --tensor features low | grep '\[1,101,80\]' && near high low 0.02
}
run t_rates 'a sound of another rate is the same sound'

# 9 recordings of different lengths; each alone, and all together, whatever the batches.
for k in 1 2 3 4 5 6 7 8 9; do make_sound chirp 16000 $((k * k % 10 * 1600 + 800)) > $k.wav && printf '%s.wav\tword %s\n' $k $k || exit 99; done > list.tsv
lines() { peek --values --rows 0 --tensor line,features_len "$1"; }
t_list() {
    features < list.tsv > all && peek --check all && features 1.wav 2.wav 3.wav 4.wav 5.wav 6.wav 7.wav 8.wav 9.wav > given && same all given &&
        peek all | grep '^  window=128$' && peek all | grep '^  features  *F32  \[9,96,80\]' && features --rows 4 < list.tsv > few &&
        peek few | grep '^end: 3 frames$' && features --frames 100 < list.tsv > small && peek small | awk '$1 == "features" { split($3, d, /[][,]/)
            n += d[2]; if (d[2] > 1 && d[2] * d[3] > 100) bad = 1 } END { exit bad || n != 9 }'
}
run t_list 'a list, and the files in its first column: batches of like lengths'

t_order() {
    features --window 1 < list.tsv > ordered && ! peek ordered | grep window= && peek ordered | grep '^end: 9 frames$' &&
        features -u < list.tsv > at_once && peek at_once > x && peek ordered > y && same x y
}
run t_order 'a window of one, and -u, keep the order'

t_same_bits() {
    features --window 1 < list.tsv > ordered && peek --split each ordered && set -- each/*-00000[1-9]* && test $# -eq 9 &&
        features -j 1 < list.tsv > one && features -j 5 < list.tsv > five && same one five && k=0 && for frame; do
            k=$((k + 1)) && features $k.wav > alone && values "$frame" > x && values alone > y && same x y || return
        done
}
run t_same_bits 'a recording has the same features alone, in a list, and by any number of workers'

t_deltas() {
    features --deltas 2 a.wav > d && peek d | grep '\[1,101,240\]' && features a.wav > plain && values d | cut -d, -f1-80 > x && values plain > y && same x y
}
run t_deltas 'deltas stand behind the bands'

# Mean 0 and variance 1, of each recording or of all of a speaker's.
moments() { awk -F, 'NF == 80 { for (i = 1; i <= NF; i++) { s[i] += $i; q[i] += $i * $i }; n++ }
    END { for (i = 1; i <= 80; i++) { m = s[i] / n; v = q[i] / n - m * m; if (m * m > 1e-8 || v < 0.999 || v > 1.001) { print i, m, v; exit 1 } }; exit n == 0 }' "$1"; }
t_normalise() {
    features b.wav > b && values b > x && moments x && features --normalise mean b.wav > m && values m > x && ! moments x &&
        features --normalise none b.wav > n && ! cmp -s m n
}
run t_normalise 'normalised over a recording'
t_speaker() {
    make_sound noise 16000 40000 > loud.wav && printf 'a.wav\tx\tada\nb.wav\ty\tbob\nloud.wav\tz\tada\n' > speakers &&
        features --window 1 --speaker-column 3 < speakers > s && peek --split who s && values who/*1.safetensors > ada && cp ada x && ! moments x &&
        values who/*3.safetensors >> ada && moments ada && values who/*2.safetensors > bob && moments bob &&
        features --window 2 -j 3 --speaker-column 3 < speakers > again && peek --check again
}
run t_speaker 'normalised over a speaker'

t_still() {
    make_sound silence 16000 8000 > still.wav && features still.wav > s && values s | tr , '\n' | sort -u > x && echo 0 > y && same x y &&
        make_sound silence 16000 0 > none.wav && features none.wav > n && peek n | grep '\[1,0,80\]' && make_sound impulse 16000 100 > short.wav &&
        features short.wav > s && peek s | grep '\[1,1,80\]' && features --edges none short.wav > s && peek s | grep '\[1,0,80\]'
}
run t_still 'silence, nothing, and less than a frame'

t_bad() {
    head -c 9000 "$srcdir/tests/sound/chirp.flac" > cut.flac && echo 'some text' > text.wav && : > empty.wav && mkdir -p folder &&
        make_sound noise 16000 9 1 nan > nan.wav && make_sound noise 500 900 > slow.wav && make_sound noise 16000 100000 1 cut > short.wav &&
        fails 1 'features: cannot open gone.wav: No such file' features gone.wav &&
        fails 1 'features: text.wav: no sound that can be read: ' features a.wav text.wav &&
        fails 1 'features: empty.wav: no sound that can be read: it is empty' features empty.wav &&
        fails 1 'features: cannot read folder: Is a directory' features folder &&
        fails 1 'features: nan.wav: sample 4 is not finite' features nan.wav &&
        fails 1 'features: slow.wav: 500 samples a second, not in [1000, 768000]' features slow.wav &&
        fails 1 'features: cut.flac: ' features cut.flac && fails 1 'features: <stdin>: no sound that can be read: ' features - < text.wav &&
        fails 1 'features: <stdin>: line 2: cannot open gone.wav' features << END
a.wav	hello
gone.wav	there
END
}
run t_bad 'what is no sound: one line with the file and the reason'
t_bad_list() {
    printf 'a.wav\n\tx\n' > l && fails 1 'line 2: no file in its first column' features < l && printf -- '-\n' > l &&
        fails 1 'line 1: a list names files' features < l && printf 'a.wav\tx\n' > l && fails 1 'line 1: no speaker in its column 3' features --speaker-column 3 < l
}
run t_bad_list 'lines of a list that name nothing'
t_keep_going() {
    printf 'a.wav\ngone.wav\nc.wav\ntext.wav\n' > l && features --keep-going --window 1 < l > s 2> said && cat said && test "$(wc -l < said)" -eq 1 &&
        grep '^features: warning: 2 recordings could not be read and are empty, the first: cannot open gone.wav' said && peek --check s &&
        peek s | awk '$1 == "features" { print $3 }' > x && printf '%s\n' '[1,101,80]' '[1,0,80]' '[1,155,80]' '[1,0,80]' > y && same x y
}
run t_keep_going '--keep-going: empty ones, counted'
t_told() {
    features gone.wav 2> err | peek > out 2> said; grep 'features reports: cannot open gone.wav' said && features a.wav gone.wav 2> err | peek > out 2> said; grep 'features reports: cannot open gone.wav' said
}
run t_told 'the next stage hears why'

t_options() {
    fails 2 'option --fft: 300 is no even number from the 400' features --fft 300 a.wav && fails 2 'below 8000' features --fmax 9000 a.wav &&
        fails 2 'option --delta-width: 6 is even' features --delta-width 6 a.wav && fails 2 '--speaker-column is of a list' features --speaker-column 2 a.wav &&
        fails 2 '--raw-rate and --raw-channels are of --raw' features --raw-rate 8000 a.wav && fails 2 'not one of slaney|htk' features --mel bark a.wav &&
        fails 2 'the first column is the file' features --speaker-column 1 < list.tsv && features --bands 200 a.wav 2> said > out && grep 'silent always' said &&
        features --stats a.wav 2> said > out && cat said && grep '^features: 1 recording, 1.0 s, 101 frames' said
}
run t_options 'options that do not fit are refused'

t_mistaken() {
    echo 'RIFF and FORM' > riff && vocab train -q w --tokenizer space riff && tokenize --vocab w riff > ids && peek --check ids &&
        fails 1 'a.wav: is a sound file, not text' tokenize --vocab w a.wav && fails 1 'a.wav: is a sound file, not a tensor stream; put' batch-mask a.wav
}
run t_mistaken 'a sound where text or a stream is wanted is named'

# A chirp goes from the lowest line to the highest; silence is dark.
t_plot() {
    has plot && features a.wav > s && plot --style digits --width 40 --height 10 s > p && test "$(wc -l < p)" -eq 11 &&
        tail -n 1 p | grep '^line 0: 101 frames, 1.01 s, 80 bands$' && awk '{ m = 0; for (i = 1; i <= 40; i++) if (substr($0, i, 1) > substr($0, m, 1)) m = i
            if (NR < 11 && NR > 1 && m > last) bad = 1; last = m; if (NR == 1 && m < 30 || NR == 10 && m > 10) bad = 1 } END { exit bad }' p &&
        plot --style truecolor --width 40 --height 10 s > c && test "$(wc -l < c)" -eq 11 && grep '48;2;' c > x && plot --style 256 s > c && grep '38;5;' c > x &&
        plot --style shades s | sed '$d' > c && test "$(wc -l < c)" -eq 15
}
run t_plot 'plot draws a recording'
t_plot_svg() {
    features --deltas 1 a.wav b.wav > s && plot --line 1 -o p.svg s && grep '^<svg xmlns' p.svg && grep 'features, line 1: 137 frames, 80 bands' p.svg &&
        grep '<path fill="#fde725" d="M' p.svg > x && grep 'class="s">1 s<' p.svg && test "$(wc -c < p.svg)" -lt 400000 && tail -n 1 p.svg | grep '^</svg>$'
}
run t_plot_svg 'plot -o writes it as SVG'
t_plot_lines() {
    printf 'a.wav\nnone.wav\nc.wav\n' > l && features < l > s && plot --all --style digits s > p 2> said && grep 'line 1 is empty' said && grep -c '^line [02]: ' p > n && echo 2 > two && same two n &&
        fails 1 'line 7 is not in the stream' plot --line 7 s && fails 1 'features' plot --pharaoh hard s
}
run t_plot_lines 'plot of several, of an empty one, of one that is not there'

# A header may claim what it likes.
# shellcheck disable=SC3045 # dash, bash, ksh and busybox know ulimit -v
t_claims() {
    make_sound noise 16000 100000 1 cut > short.wav && features short.wav > s && peek s | grep '\[1,313,80\]' &&
        { make_sound noise 16000 400000000 1 cut 2> err | head -c 32044 > huge.wav; } && (ulimit -v 400000 && features -j 1 huge.wav > h) && peek h | grep '\[1,101,80\]'
}
if sanitized; then
    skip 'sanitizers reserve address space' 'memory follows the samples, not the header'
else
    run t_claims 'memory follows the samples, not the header'
fi
done_testing
