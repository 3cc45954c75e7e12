/* given_scan.c: characters of an input, with their line and column; see given.h. */
#include <string.h>

#include "stream/given.h"

#define BLOCK (1u << 16)

void heed_scan_init(struct heed_scan *s, struct heed_input *in, const char *name,
                    struct heed_err *err)
{
    *s = (struct heed_scan){.in = in, .name = name, .line = 1, .column = 1, .why = err};
    s->block = heed_xmalloc(BLOCK);
}

void heed_scan_release(struct heed_scan *s)
{
    free(s->block);
    s->block = NULL;
}

int heed_scan_look(struct heed_scan *s)
{
    if (s->at == s->end && !s->over) {
        ssize_t got = heed_input_read(s->in, s->block, BLOCK, s->why);
        s->failed = got < 0;
        s->over = got < (ssize_t)BLOCK;
        s->at = 0;
        s->end = got > 0 ? (size_t)got : 0;
        if (s->line == 1 && s->column == 1 && s->end >= 3 && !memcmp(s->block, "\xef\xbb\xbf", 3))
            s->at = 3; /* a byte order mark */
    }
    return s->at < s->end ? (unsigned char)s->block[s->at] : -1;
}

int heed_scan_take(struct heed_scan *s)
{
    int c = heed_scan_look(s);
    if (c < 0)
        return c;
    s->at++;
    if (c == '\n') {
        s->line++;
        s->column = 1;
    } else if ((heed_scan_look(s) & 0xc0) != 0x80 || heed_scan_look(s) < 0) {
        s->column++; /* bytes inside a character do not count */
    }
    return c;
}

void heed_scan_blanks(struct heed_scan *s, const char *blanks)
{
    for (int c = heed_scan_look(s); c > 0 && strchr(blanks, c); c = heed_scan_look(s))
        heed_scan_take(s);
}

size_t heed_scan_word(struct heed_scan *s, const char *stops, char *word, size_t cap)
{
    size_t n = 0;
    for (int c = heed_scan_look(s); c >= 0; c = heed_scan_look(s)) {
        if (c && (strchr(" \t\r\n", c) || strchr(stops, c)))
            break;
        if (n + 1 < cap)
            word[n] = c ? (char)c : '?';
        n++;
        heed_scan_take(s);
    }
    word[HEED_MIN(n, cap - 1)] = '\0';
    return n;
}

int heed_scan_fail(struct heed_scan *s, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    if (s->failed)
        return -1; /* reading has said why */
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    return heed_fail(s->why, "%s: line %lld, column %lld: %s", s->name, (long long)s->line,
                     (long long)s->column, text);
}
