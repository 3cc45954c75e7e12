# prompts.awk: lines NAME: TEXT of what was recorded, to PATH <TAB> words, small and without signs.
#
#     awk -v folder=root/usr/share/asterisk/sounds/en_US_f_Allison -f prompts.awk core-sounds-en.txt
#
# What stands in brackets is a noise and left out, so is what has no recording; digits are left as they are.
/^[^;:]+:/ {
    at = index($0, ":")
    text = substr($0, at + 1)
    gsub(/\[[^]]*\]|\([^)]*\)/, " ", text)
    gsub(/[-.,;:!?"\/*#_]/, " ", text)
    gsub(/[ \t\r]+/, " ", text)
    sub(/^ /, "", text)
    sub(/ $/, "", text)
    path = folder "/" substr($0, 1, at - 1) ".wav"
    if (text != "" && (getline line < path) > 0) print path "\t" tolower(text)
    close(path)
}
