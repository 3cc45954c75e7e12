/* host_text.c: what a tokenizer may call. Apart from host.c, whose table pulls in every operation
 * of the tape. */
#include "base/utf8.h"
#include "plugin/loader.h"

void heed_host_lower(const char *s, size_t n, void (*put)(void *ctx, const char *s, size_t n),
                     void *ctx)
{
    struct heed_str out = {0};
    heed_utf8_lower(&out, s, n);
    if (out.len)
        put(ctx, out.data, out.len);
    heed_str_release(&out);
}

const struct heed_host *heed_host_text(void)
{
    static const struct heed_host host = {
        .size = sizeof(host),
        .fail = heed_fail,
        .utf8_next = heed_utf8_next,
        .char_class = heed_utf8_class,
        .lower = heed_host_lower,
    };
    return &host;
}
