/* utf8.c: UTF-8 and the few facts of Unicode we use. The decoder is ours, since it must tell how
 * long an invalid part is; forms, case, width and categories come from utf8proc. */
#include <string.h>
#include <utf8proc.h>
#include "base/utf8.h"

/* Decodes at s[0..n). Returns the bytes of a valid character, or minus the bytes of the maximal
 * invalid part (Unicode 15, section 3.9: what a conforming decoder replaces by one U+FFFD). */
static int decode(const unsigned char *s, size_t n, int32_t *code_point)
{
    unsigned char c = s[0];
    if (c < 0x80) {
        *code_point = c;
        return 1;
    }
    int len = c >= 0xc2 && c < 0xe0 ? 2 : (c & 0xf0) == 0xe0 ? 3 : c >= 0xf0 && c < 0xf5 ? 4 : 0;
    if (!len)
        return -1;
    /* The second byte's range shuts out overlong forms, surrogates and what is above U+10FFFF. */
    unsigned char low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
    unsigned char high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
    int32_t v = c & (0x7f >> len);
    for (int i = 1; i < len; i++) {
        if ((size_t)i >= n || s[i] < low || s[i] > high)
            return -i;
        v = v << 6 | (s[i] & 0x3f);
        low = 0x80;
        high = 0xbf;
    }
    *code_point = v;
    return len;
}

int heed_utf8_next(const char *s, size_t n, int32_t *code_point)
{
    int len = decode((const unsigned char *)s, n, code_point);
    return HEED_MAX(len, 0);
}

int heed_utf8_put(char dst[4], int32_t code_point)
{
    return (int)utf8proc_encode_char(code_point, (utf8proc_uint8_t *)dst);
}

bool heed_utf8_valid(const char *s, size_t n)
{
    int32_t c;
    for (size_t i = 0; i < n;) {
        int len = heed_utf8_next(s + i, n - i, &c);
        if (!len)
            return false;
        i += (size_t)len;
    }
    return true;
}

size_t heed_utf8_count(const char *s, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += (s[i] & 0xc0) != 0x80;
    return count;
}

size_t heed_utf8_width(const char *s, size_t n)
{
    size_t width = 0;
    for (size_t i = 0; i < n;) {
        int32_t c;
        int len = heed_utf8_next(s + i, n - i, &c);
        if (!len)
            BUG("width of invalid UTF-8");
        width += (size_t)utf8proc_charwidth(c);
        i += (size_t)len;
    }
    return width;
}

size_t heed_utf8_repair(struct heed_str *out, const char *s, size_t n)
{
    size_t replaced = 0;
    for (size_t i = 0; i < n;) {
        int32_t c;
        int len = decode((const unsigned char *)s + i, n - i, &c);
        if (len > 0) {
            heed_str_add(out, s + i, (size_t)len);
            i += (size_t)len;
        } else {
            heed_str_add(out, "\xef\xbf\xbd", 3);
            i += (size_t)-len;
            replaced++;
        }
    }
    return replaced;
}

void heed_utf8_nfc(struct heed_str *out, const char *s, size_t n)
{
    utf8proc_uint8_t *form = NULL;
    utf8proc_ssize_t len = 0;
    if (n > 0)
        len = utf8proc_map((const utf8proc_uint8_t *)s, (utf8proc_ssize_t)n, &form,
                           UTF8PROC_STABLE | UTF8PROC_COMPOSE);
    if (len == UTF8PROC_ERROR_NOMEM)
        heed_out_of_memory("NFC", n);
    if (len < 0)
        BUG("NFC of %zu bytes: %s", n, utf8proc_errmsg(len));
    heed_str_add(out, form, (size_t)len);
    free(form);
}

void heed_utf8_lower(struct heed_str *out, const char *s, size_t n)
{
    for (size_t i = 0; i < n;) {
        int32_t c;
        int len = heed_utf8_next(s + i, n - i, &c);
        if (!len)
            BUG("lower case of invalid UTF-8");
        char buf[4];
        heed_str_add(out, buf, (size_t)heed_utf8_put(buf, utf8proc_tolower(c)));
        i += (size_t)len;
    }
}

enum heed_char_class heed_utf8_class(int32_t code_point)
{
    if (code_point == '\t' || code_point == '\n' || code_point == '\r' || code_point == '\v' ||
        code_point == '\f' || code_point == 0x85)
        return HEED_CHAR_SPACE; /* category Cc, blank to every reader */
    switch (utf8proc_category(code_point)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
        return HEED_CHAR_LETTER;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
        return HEED_CHAR_MARK;
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
        return HEED_CHAR_DIGIT;
    case UTF8PROC_CATEGORY_PC:
    case UTF8PROC_CATEGORY_PD:
    case UTF8PROC_CATEGORY_PS:
    case UTF8PROC_CATEGORY_PE:
    case UTF8PROC_CATEGORY_PI:
    case UTF8PROC_CATEGORY_PF:
    case UTF8PROC_CATEGORY_PO:
        return HEED_CHAR_PUNCT;
    case UTF8PROC_CATEGORY_SM:
    case UTF8PROC_CATEGORY_SC:
    case UTF8PROC_CATEGORY_SK:
    case UTF8PROC_CATEGORY_SO:
        return HEED_CHAR_SYMBOL;
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        return HEED_CHAR_SPACE;
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
        return HEED_CHAR_CONTROL;
    default:
        return HEED_CHAR_OTHER;
    }
}

bool heed_utf8_is_upper(int32_t code_point)
{
    utf8proc_category_t c = utf8proc_category(code_point);
    return c == UTF8PROC_CATEGORY_LU || c == UTF8PROC_CATEGORY_LT;
}

bool heed_utf8_is_lower(int32_t code_point)
{
    return utf8proc_category(code_point) == UTF8PROC_CATEGORY_LL;
}

const char *heed_utf8_unicode_version(void)
{
    return utf8proc_unicode_version();
}
