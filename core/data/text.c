/* text.c: cleaning: what every text of heed goes through before a tokenizer sees it, and the reader
 * of cleaned lines.
 *
 *   bytes --unpack--> --sniff (first KiB)--> --LF--> line --CR, UTF-8, NUL--> cleaned line */
#include <string.h>
#include "base/utf8.h"
#include "data/columns.h"
#include "data/text.h"
#include "stream/stream.h"
#include "stream/unpack.h"

#define SNIFF_MAX 1024

/* Byte order marks of what is not UTF-8; the longer one first. */
static const struct {
    const char *bytes;
    size_t n;
    const char *name;
} marks[] = {
    {"\xff\xfe\0\0", 4, "UTF-32"},
    {"\0\0\xfe\xff", 4, "UTF-32"},
    {"\xff\xfe", 2, "UTF-16"},
    {"\xfe\xff", 2, "UTF-16"},
};

/* Text of wide characters without a mark: of ASCII, blanks and line ends at least, the same bytes of
 * each character are 0. NULL: it is none. */
static const char *wide_text(const char *bytes, size_t n)
{
    size_t zeros[4] = {0};
    for (size_t i = 0; i < n; i++)
        zeros[i % 4] += bytes[i] == 0;
    size_t even = zeros[0] + zeros[2], odd = zeros[1] + zeros[3];
    if (n < 8)
        return NULL;
    if (zeros[3] > 3 * n / 16 && zeros[2] > 3 * n / 16 && zeros[0] < n / 64 + 1)
        return "UTF-32LE";
    if (zeros[0] > 3 * n / 16 && zeros[1] > 3 * n / 16 && zeros[3] < n / 64 + 1)
        return "UTF-32BE";
    if (odd > n / 4 && even < n / 64 + 1)
        return "UTF-16LE";
    if (even > n / 4 && odd < n / 64 + 1)
        return "UTF-16BE";
    return NULL;
}

static size_t invalid_bytes(const char *s, size_t n)
{
    size_t bad = 0;
    for (size_t i = 0; i < n;) {
        int32_t c;
        int len = heed_utf8_next(s + i, n - i, &c);
        bad += len == 0;
        i += (size_t)HEED_MAX(len, 1);
    }
    return bad;
}

static int sniff_text(const char *bytes, size_t n, struct heed_err *err)
{
    n = HEED_MIN(n, (size_t)SNIFF_MAX);
    for (size_t i = 0; i < HEED_COUNT(marks); i++)
        if (n >= marks[i].n && !memcmp(bytes, marks[i].bytes, marks[i].n))
            return heed_fail(err, "is %s text; put `iconv -f %s -t UTF-8` in front", marks[i].name,
                             marks[i].name);
    const char *wide = memchr(bytes, '\0', n) ? wide_text(bytes, n) : NULL;
    if (wide)
        return heed_fail(err, "is %s text; put `iconv -f %s -t UTF-8` in front", wide, wide);
    if (memchr(bytes, '\0', n))
        return heed_fail(err, "is not text: NUL within its first KiB");
    /* A few stray bytes in a short text are repaired and counted; a Latin-1 text has few. */
    if (n >= 64 && invalid_bytes(bytes, n) * 4 > n)
        return heed_fail(err, "is not text: most of its first bytes are not UTF-8");
    return 0;
}

bool heed_text_blank(const char *s, size_t n)
{
    for (size_t i = 0; i < n;) {
        int32_t c;
        int len = heed_utf8_next(s + i, n - i, &c);
        if (!len || heed_utf8_class(c) != HEED_CHAR_SPACE)
            return false;
        i += (size_t)len;
    }
    return true;
}

bool heed_text_wordless(const char *s, size_t n)
{
    for (size_t i = 0; i < n;) {
        int32_t c;
        int len = heed_utf8_next(s + i, n - i, &c);
        enum heed_char_class class = len ? heed_utf8_class(c) : HEED_CHAR_OTHER;
        if (class == HEED_CHAR_LETTER || class == HEED_CHAR_DIGIT)
            return false;
        i += (size_t)HEED_MAX(1, len);
    }
    return true;
}

static bool plain(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)s[i] >= 0x80 || s[i] == '\0' || s[i] == '\r')
            return false;
    return true;
}

int heed_text_clean(struct heed_str *out, const char *line, size_t n, enum heed_cleaning how,
                    int64_t *repaired, struct heed_err *err)
{
    heed_str_clear(out);
    if (n && line[n - 1] == '\r')
        n--;
    if (plain(line, n)) {
        heed_str_add(out, line, n);
        return 0;
    }
    struct heed_str valid = {0};
    *repaired += (int64_t)heed_utf8_repair(&valid, line, n);
    for (size_t i = 0; i < valid.len; i++) {
        char c = valid.data[i];
        if (c == '\0' && how == HEED_CLEAN_STRICT) {
            heed_str_release(&valid);
            return heed_fail(err, "NUL in the text");
        }
        if (c == '\0') {
            heed_str_add_text(out, "\xef\xbf\xbd");
            ++*repaired;
        } else {
            heed_str_add_char(out, c == '\r' ? ' ' : c);
        }
    }
    heed_str_release(&valid);
    return 0;
}

int heed_text_open(struct heed_text *t, const char *path, enum heed_cleaning how, int64_t max_line,
                   struct heed_err *err)
{
    *t = (struct heed_text){.how = how, .max_line = max_line > 0 ? max_line : HEED_LINE_MAX};
    return heed_input_open(&t->in, path, err);
}

void heed_text_close(struct heed_text *t)
{
    heed_input_close(&t->in);
    heed_str_release(&t->raw);
    heed_str_release(&t->line);
    heed_str_release(&t->tagged);
}

/* What the first read brought: reading more could wait for a person. */
static int sniff_start(struct heed_text *t, struct heed_err *err)
{
    if (heed_input_unpack(&t->in, err) < 0 || heed_input_want_text(&t->in, err) < 0)
        return -1;
    size_t n = t->in.end - t->in.start;
    if (n && sniff_text(t->in.buffer + t->in.start, n, err) < 0)
        return heed_err_prefix(err, "%s: ", t->in.name);
    return 0;
}

/* It comes as an empty one. */
static int fail_line(struct heed_text *t, int64_t number)
{
    if (t->n_failed++ == 0)
        t->first_failed = number;
    heed_str_clear(&t->line);
    return 1;
}

/* The column of a cleaned line, behind its tags. */
static int keep(struct heed_text *t, struct heed_err *err)
{
    bool tags = t->tagging && t->tagging->n;
    heed_str_clear(&t->tagged);
    if ((tags && heed_tagging_line(t->tagging, t->line.data, t->line.len, &t->tagged, err)) ||
        heed_columns_keep(&t->line, t->column, err))
        return -1;
    if (t->tagged.len) {
        struct heed_str line = t->line;
        heed_str_add(&t->tagged, line.data, line.len);
        t->line = t->tagged;
        t->tagged = line;
    }
    return 0;
}

int heed_text_next(struct heed_text *t, struct heed_err *err)
{
    if (t->number == 0 && sniff_start(t, err) < 0)
        return -1;
    int status = heed_input_line(&t->in, &t->raw, (size_t)t->max_line, err);
    if (status < 0 && t->keep_going && t->in.too_long && heed_input_skip_line(&t->in, err) == 0)
        return fail_line(t, ++t->number);
    if (status < 0)
        return heed_err_prefix(err, "line %lld: ", (long long)t->number + 1);
    if (status == 0)
        return 0;
    t->number++;
    const char *line = t->raw.data;
    size_t n = t->raw.len;
    if (t->number == 1 && n >= 3 && !memcmp(line, "\xef\xbb\xbf", 3)) {
        line += 3;
        n -= 3;
    }
    t->n_crlf += n && line[n - 1] == '\r';
    if (heed_text_clean(&t->line, line, n, t->how, &t->n_repaired, err) < 0 || keep(t, err) < 0)
        return t->keep_going
                   ? fail_line(t, t->number)
                   : heed_err_prefix(err, "%s: line %lld: ", t->in.name, (long long)t->number);
    return 1;
}
