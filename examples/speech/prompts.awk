# prompts.awk: lines NAME: TEXT of what was recorded, to PATH <TAB> words, small and without signs.
#
#     LC_ALL=C awk -v folder=root/usr/share/asterisk/sounds/en_US_f_Allison -f prompts.awk core-sounds-en.txt
#
# What stands in brackets is a noise and left out, so is what has no recording; digits are left as they are. Text is UTF-8, and
# bytes to awk: letters of Latin-1 and of Cyrillic are made small byte by byte.
function pairs_of(first, from, end, to_first, shift,    i) {
    for (i = from; i <= end; i++) small[sprintf("%c%c", first, i)] = sprintf("%c%c", to_first, i + shift)
}
BEGIN {
    pairs_of(195, 128, 150, 195, 32) # À to Ö
    pairs_of(195, 152, 158, 195, 32) # Ø to Þ
    pairs_of(208, 144, 159, 208, 32) # А to П
    pairs_of(208, 160, 175, 209, -32) # Р to Я
    pairs_of(208, 129, 129, 209, 16) # Ё
}
function lower(text,    out, i, two) {
    text = tolower(text)
    for (i = 1; i <= length(text); i++) {
        two = substr(text, i, 2)
        if (two in small) {
            out = out small[two]
            i++
        } else
            out = out substr(text, i, 1)
    }
    return out
}
/^[^;:]+:/ {
    at = index($0, ":")
    text = substr($0, at + 1)
    gsub(/\[[^]]*\]|\([^)]*\)/, " ", text)
    gsub(/[-.,;:!?"\/*#_]/, " ", text)
    gsub(/\302[\241\253\273\277]|\342\200[\220-\237\246]/, " ", text) # ¡ « » ¿, dashes, quotation marks, …
    gsub(/[ \t\r]+/, " ", text)
    sub(/^ /, "", text)
    sub(/ $/, "", text)
    path = folder "/" substr($0, 1, at - 1) ".wav"
    if (text != "" && (getline line < path) > 0) print path "\t" lower(text)
    close(path)
}
