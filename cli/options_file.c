/* options_file.c: options out of a file: one on a line,
 *
 *     # a comment, as is what stands behind a blank and a #
 *     hidden 256          or --hidden 256, --hidden=256, hidden = 256, -o FILE
 *     resume              a switch
 *     name "run # 7 "     between quotes a value is taken as it stands
 *
 * A line ends in LF or CR LF. */
#include <string.h>
#include "cli/harness.h"

#define LINE_MAX_BYTES (1u << 16)

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static const char *skip_blanks(const char *s)
{
    while (is_blank(*s))
        s++;
    return s;
}

/* What may stand behind a value: nothing or a comment. */
static bool is_end(const char *s)
{
    const char *at = skip_blanks(s);
    return !*at || (*at == '#' && at > s);
}

/* The length of a value that is not quoted: up to a comment, without the blanks before it. */
static size_t bare_length(const char *s)
{
    size_t n = 0;
    while (s[n] && !(is_blank(s[n]) && is_end(s + n)))
        n++;
    return n;
}

/* value: NULL when the line has a name only. */
static int split_line(const char *s, const char **name, const char **value, struct heed_err *err)
{
    size_t n = strcspn(s, " \t=");
    if (!n)
        return heed_usage(err, "want NAME VALUE, found '%s'", s);
    *name = heed_option_keep(s, n);
    *value = NULL;
    s += n;
    bool equals = *skip_blanks(s) == '=';
    if (!equals && is_end(s))
        return 0;
    s = equals ? skip_blanks(s) + 1 : s;
    if (is_end(s)) {
        *value = "";
        return 0;
    }
    s = skip_blanks(s);
    const char *quote = *s == '"' || *s == '\'' ? strchr(s + 1, *s) : NULL;
    if ((*s == '"' || *s == '\'') && (!quote || !is_end(quote + 1)))
        return heed_usage(err, "option %s: a quote is not closed at the end of the line", *name);
    *value = quote ? heed_option_keep(s + 1, (size_t)(quote - s - 1))
                   : heed_option_keep(s, bare_length(s));
    return 0;
}

static int read_line(struct heed_str *line, int64_t number,
                     int (*take)(void *, const char *, const char *, struct heed_err *), void *ctx,
                     struct heed_err *err)
{
    const char *name = NULL, *value = NULL, *text = line->data ? line->data : "";
    if (line->len && text[line->len - 1] == '\r')
        line->data[--line->len] = '\0';
    if (strlen(text) != line->len)
        return heed_usage(err, "holds a NUL");
    if (number == 1 && !strncmp(text, "\xef\xbb\xbf", 3))
        text += 3;
    text = skip_blanks(text);
    if (!*text || *text == '#')
        return 0;
    return split_line(text, &name, &value, err) || take(ctx, name, value, err) ? -1 : 0;
}

int heed_cli_options_file(const char *path,
                          int (*take)(void *ctx, const char *name, const char *value,
                                      struct heed_err *err),
                          void *ctx, struct heed_err *err)
{
    struct heed_input in;
    struct heed_str line = {0};
    int64_t number = 0;
    int got;
    if (!strcmp(path, "-"))
        return heed_usage(err, "option --options: a file, since standard input is for data");
    if (heed_input_open(&in, path, err))
        return heed_err_prefix(err, "option --options: ");
    while ((got = heed_input_line(&in, &line, LINE_MAX_BYTES, err)) > 0)
        if (read_line(&line, ++number, take, ctx, err)) {
            heed_err_prefix(err, "%s:%lld: ", path, (long long)number);
            got = -1;
            break;
        }
    heed_str_release(&line);
    heed_input_close(&in);
    return got;
}
