/* sniff.c: what the input is when it is no tensor document, told from its first bytes.
 *
 * A document begins with its header's length, at most 2^20, so bytes 3 to 7 are zero. Text has no
 * zero byte: whatever looks like text in its first 8 bytes is text with certainty. Of the binary
 * kinds only gzip can look like a small length; its next byte is never '{'. */
#include "stream/doc.h"

#include <string.h>

static const struct {
    const char *magic;
    size_t n;
    const char *is, *cure;
} kinds[] = {
    {"\x1f\x8b\x08", 3, "compressed by gzip", "gzip -dc"},
    {"\xfd"
     "7zXZ",
     5, "compressed by xz", "xz -dc"},
    {"\x28\xb5\x2f\xfd", 4, "compressed by zstd", "zstd -dc"},
    {"\xff\xfe\0\0", 4, "UTF-32 text", NULL},
    {"\0\0\xfe\xff", 4, "UTF-32 text", NULL},
    {"\xff\xfe", 2, "UTF-16 text", NULL},
    {"\xfe\xff", 2, "UTF-16 text", NULL},
    {"BZh91AY", 7, "compressed by bzip2", "bzip2 -dc"},
    {"PK\x03\x04", 4, "a zip archive (npz, perhaps)", NULL},
    {"\x7f"
     "ELF",
     4, "an ELF program", NULL},
    {"\x89PNG", 4, "a PNG image", NULL},
    {"SQLite f", 8, "an SQLite database", NULL},
    {"GGUF", 4, "a GGUF model", NULL},
    {"\x93NUMPY", 6, "a NumPy array (npy)", "tensors NAME=-"},
};

/* The command whose output a stage wanting this type reads. */
static const char *command_before(const char *want)
{
    static const struct {
        const char *type, *command;
    } makers[] = {{"ids", "tokenize"},
                  {"batch", "tokenize"},
                  {"features", "features"},
                  {"memory", "encode"},
                  {"hypotheses", "decode"}};
    for (size_t i = 0; want && i < HEED_COUNT(makers); i++)
        if (strncmp(want, makers[i].type, strlen(makers[i].type)) == 0)
            return makers[i].command;
    return NULL;
}

static bool looks_like_text(const unsigned char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((p[i] < 0x20 && !strchr("\t\n\r\f", p[i])) || p[i] == 0x7f || p[i] == 0 || p[i] >= 0xfe)
            return false;
    return n > 0;
}

static int fail_kind(const char *is, const char *command, struct heed_err *err)
{
    if (command)
        return heed_fail(err, "is %s, not a tensor stream; put `%s` in front", is, command);
    return heed_fail(err, "is %s, not a tensor stream", is);
}

int heed_sniff(struct heed_input *in, const char *want, struct heed_err *err)
{
    const void *bytes;
    ssize_t n = heed_input_look(in, &bytes, 9, err);
    if (n <= 0)
        return (int)n;
    const unsigned char *p = bytes;
    if (n == 9 && p[8] == '{' && !p[4] && !p[5] && !p[6] && !p[7])
        return 0;
    for (size_t i = 0; i < HEED_COUNT(kinds); i++)
        if ((size_t)n >= kinds[i].n && memcmp(p, kinds[i].magic, kinds[i].n) == 0)
            return fail_kind(kinds[i].is, kinds[i].cure, err);
    if (looks_like_text(p, HEED_MIN((size_t)n, 8)))
        return fail_kind("text", command_before(want), err);
    /* Behind these words a text would go on as text. */
    if (n >= 4 && (!memcmp(p, "RIFF", 4) || !memcmp(p, "fLaC", 4) || !memcmp(p, "OggS", 4)))
        return fail_kind("a sound file", want ? "features" : NULL, err);
    return 0;
}
