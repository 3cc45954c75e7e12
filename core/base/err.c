/* err.c: messages for failures of the world, made safe for a terminal before anyone prints them. */
#include <stdarg.h>
#include <string.h>
#include "base/err.h"
#include "base/utf8.h"

static const char dots[] = "\xe2\x80\xa6"; /* … */

/* Bytes of the printable character at s[0..n), or 0 when its first byte must be escaped. */
static int printable(const char *s, size_t n)
{
    int32_t c;
    int len = heed_utf8_next(s, n, &c);
    return len && c >= 0x20 && !(c >= 0x7f && c < 0xa0) ? len : 0;
}

/* Escapes as far as it fits; *done is how much of src was taken. */
static size_t escape_some(char *dst, size_t cap, const char *src, size_t n, size_t *done)
{
    static const char hex[] = "0123456789abcdef";
    size_t len = 0, i = 0;
    while (i < n) {
        int bytes = printable(src + i, n - i);
        size_t want = bytes ? (size_t)bytes : 4;
        if (len + want >= cap)
            break;
        if (bytes) {
            memcpy(dst + len, src + i, want);
            i += want;
        } else {
            unsigned char c = (unsigned char)src[i++];
            memcpy(dst + len, (char[]){'\\', 'x', hex[c >> 4], hex[c & 15]}, 4);
        }
        len += want;
    }
    dst[len] = '\0';
    *done = i;
    return len;
}

size_t heed_escape(char *dst, size_t cap, const char *src, size_t n)
{
    size_t done;
    return cap ? escape_some(dst, cap, src, n, &done) : 0;
}

/* Too long a text is so by a name within it: it is cut in its
 * middle, since the reason stands last. */
static void set_text(struct heed_err *err, const char *text, size_t n)
{
    char tail[200];
    size_t done, len, from = n > sizeof(tail) ? n - sizeof(tail) : 0;
    escape_some(err->text, sizeof(err->text), text, n, &done);
    if (done == n)
        return;
    do {
        while (from < n && ((unsigned char)text[from] & 0xc0) == 0x80)
            from++; /* not from the middle of a character */
        len = escape_some(tail, sizeof(tail), text + from, n - from, &done);
    } while (done < n - from++);
    size_t room = sizeof(err->text) - (sizeof(dots) - 1) - len;
    size_t head = escape_some(err->text, room, text, n, &done);
    memcpy(err->text + head, dots, sizeof(dots) - 1);
    memcpy(err->text + head + sizeof(dots) - 1, tail, len + 1);
}

HEED_PRINTF(2, 0)
static void set_formatted(struct heed_err *err, const char *fmt, va_list ap, const char *behind)
{
    struct heed_str s = {0};
    heed_str_vprintf(&s, fmt, ap);
    if (behind)
        heed_str_printf(&s, ": %s", behind);
    set_text(err, s.data, s.len);
    heed_str_release(&s);
}

int heed_fail(struct heed_err *err, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    err->status = HEED_FAILED;
    set_formatted(err, fmt, ap, NULL);
    va_end(ap);
    return -1;
}

int heed_fail_errno(struct heed_err *err, int errnum, const char *fmt, ...)
{
    char buf[128];
    va_list ap;
    va_start(ap, fmt);
    err->status = HEED_FAILED;
    set_formatted(err, fmt, ap, strerror_r(errnum, buf, sizeof(buf)));
    va_end(ap);
    return -1;
}

int heed_usage(struct heed_err *err, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    err->status = HEED_USAGE;
    set_formatted(err, fmt, ap, NULL);
    va_end(ap);
    return -1;
}

int heed_err_prefix(struct heed_err *err, const char *fmt, ...)
{
    struct heed_str s = {0};
    va_list ap;
    va_start(ap, fmt);
    heed_str_vprintf(&s, fmt, ap);
    va_end(ap);
    heed_str_add_text(&s, err->text);
    set_text(err, s.data, s.len);
    heed_str_release(&s);
    return -1;
}

static void (*listener)(const char *text, bool loss);

void heed_on_warning(void (*warn)(const char *text, bool loss))
{
    listener = warn;
}

HEED_PRINTF(2, 0)
static void tell(bool loss, const char *fmt, va_list ap)
{
    struct heed_str s = {0};
    heed_str_vprintf(&s, fmt, ap);
    if (listener)
        listener(s.data, loss);
    heed_str_release(&s);
}

void heed_warning(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    tell(false, fmt, ap);
    va_end(ap);
}

void heed_loss(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    tell(true, fmt, ap);
    va_end(ap);
}
