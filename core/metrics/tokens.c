/* tokens.c: lines to the tokens that scores count. Those that cut words are in symbols_words.c. */
#include <string.h>
#include "metrics/symbols.h"

/* What the course's code does, to the letter: two no-break blanks are blanks, others stay in words. */
static void tokenize_course(const char *text, struct heed_str *out)
{
    static const char narrow[] = "\xe2\x80\xaf", no_break[] = "\xc2\xa0";
    struct heed_str spaced = {0};
    char before = ' ';
    for (const char *c = text; *c; c++) {
        size_t blank = !strncmp(c, narrow, 3) ? 3 : !strncmp(c, no_break, 2) ? 2 : 0;
        char here = blank ? ' ' : *c;
        if (strchr(",.!?", here) && before != ' ')
            heed_str_add_char(&spaced, ' ');
        heed_str_add_char(&spaced, here);
        before = here;
        c += blank ? blank - 1 : 0;
    }
    heed_symbols_split_plain(spaced.data, spaced.len, out);
    heed_str_release(&spaced);
}

static void tokenize_char(const char *text, struct heed_str *out)
{
    struct heed_str spaced = {0};
    for (const char *c = text; *c; c++) {
        if (((unsigned char)*c & 0xc0) != 0x80)
            heed_str_add_char(&spaced, ' ');
        heed_str_add_char(&spaced, *c);
    }
    heed_symbols_split(spaced.data, spaced.len, out);
    heed_str_release(&spaced);
}

void heed_metric_tokenize(enum heed_metric_tokens how, bool lower, const char *text,
                          struct heed_str *out)
{
    struct heed_str lowered = {0};
    if (lower) {
        heed_metric_lower(text, &lowered);
        text = lowered.data;
    }
    switch (how) {
    case HEED_METRIC_13A:
        heed_symbols_13a(text, out);
        break;
    case HEED_METRIC_INTL:
        heed_symbols_intl(text, out);
        break;
    case HEED_METRIC_ZH:
        heed_symbols_zh(text, out);
        break;
    case HEED_METRIC_COURSE:
        tokenize_course(text, out);
        break;
    case HEED_METRIC_CHAR:
        tokenize_char(text, out);
        break;
    case HEED_METRIC_NONE:
        heed_symbols_split(text, strlen(text), out);
        break;
    case HEED_METRIC_AUTO:
        BUG("tokens of a metric that nobody has chosen");
    }
    heed_str_release(&lowered);
}
