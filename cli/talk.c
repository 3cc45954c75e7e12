/* talk.c: what a command says. Talk goes to stderr, one line at a time in one
 * write, at most 512 bytes; results go to the data descriptor. A progress line is
 * redrawn in place and gives way to any other. */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>
#include "base/utf8.h"
#include "cli/harness.h"

struct heed_cli heed_cli;

static bool progress_shown;

static void put(const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t done = write(STDERR_FILENO, bytes, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return; /* nowhere left to complain */
        bytes += done;
        n -= (size_t)done;
    }
}

static void wipe_progress(void)
{
    if (progress_shown)
        put("\r\033[K", 4);
    progress_shown = false;
}

static void say(const char *kind, const char *text)
{
    char line[513];
    int n = snprintf(line, sizeof(line) - 1, "%s: %s%s", heed_cli.program, kind, text);
    size_t len = HEED_MIN((size_t)n, sizeof(line) - 2);
    line[len++] = '\n';
    wipe_progress();
    put(line, len);
}

void heed_cli_error_line(const char *text)
{
    say("", text);
}

/* Formats as an error's text is: escaped, and cut with an ellipsis. */
HEED_PRINTF(2, 0)
static void format(struct heed_err *text, const char *fmt, va_list ap)
{
    struct heed_str s = {0};
    heed_str_vprintf(&s, fmt, ap);
    heed_fail(text, "%s", s.data);
    heed_str_release(&s);
}

HEED_PRINTF(2, 0)
static void talk(const char *kind, const char *fmt, va_list ap)
{
    struct heed_err text;
    if (heed_cli.quiet)
        return;
    format(&text, fmt, ap);
    say(kind, text.text);
}

void heed_note(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    talk("", fmt, ap);
    va_end(ap);
}

void heed_warn(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    talk("warning: ", fmt, ap);
    va_end(ap);
}

void heed_told(const char *fmt, ...)
{
    struct heed_err text;
    va_list ap;
    va_start(ap, fmt);
    format(&text, fmt, ap);
    va_end(ap);
    say("", text.text);
}

void heed_note_whole(const char *text)
{
    struct heed_str line = {0};
    if (heed_cli.quiet)
        return;
    heed_str_printf(&line, "%s: %s\n", heed_cli.program, text);
    wipe_progress();
    put(line.data, line.len);
    heed_str_release(&line);
}

/* Bytes of valid UTF-8 that fit into so many columns. */
static size_t fitting(const char *text, size_t columns)
{
    size_t width = 0, i = 0, n = strlen(text);
    while (i < n) {
        int32_t c;
        int len = heed_utf8_next(text + i, n - i, &c);
        width += heed_utf8_width(text + i, (size_t)len);
        if (width > columns)
            break;
        i += (size_t)len;
    }
    return i;
}

void heed_progress(const char *fmt, ...)
{
    struct heed_err text;
    struct winsize size;
    va_list ap;
    if (!heed_cli.err_is_tty || heed_cli.quiet)
        return;
    va_start(ap, fmt);
    format(&text, fmt, ap);
    va_end(ap);
    size_t columns = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) || !size.ws_col ? 80 : size.ws_col;
    char line[HEED_ERR_TEXT_MAX + 8];
    int n = snprintf(line, sizeof(line), "\r\033[K%.*s", (int)fitting(text.text, columns - 1),
                     text.text);
    put(line, (size_t)n);
    progress_shown = true;
}

void heed_progress_done(void)
{
    if (progress_shown)
        put("\n", 1);
    progress_shown = false;
}

void heed_out(const char *fmt, ...)
{
    struct heed_str s = {0};
    struct heed_err err;
    va_list ap;
    va_start(ap, fmt);
    heed_str_vprintf(&s, fmt, ap);
    va_end(ap);
    /* A failure marks the output as broken, and closing it reports that. */
    if (!heed_output_write(&heed_cli.out, s.data, s.len, &err) &&
        (heed_cli.unbuffered || heed_cli.out_is_tty) && heed_output_flush(&heed_cli.out, &err))
        heed_cli.out.broken = true;
    heed_str_release(&s);
}

void heed_out_line(struct heed_str *line)
{
    while (line->len && line->data[line->len - 1] == ' ')
        line->len--;
    heed_out("%.*s\n", (int)line->len, line->data ? line->data : "");
    heed_str_clear(line);
}

size_t heed_out_width(void)
{
    struct winsize size;
    if (!heed_cli.out_is_tty || ioctl(heed_cli.out.fd, TIOCGWINSZ, &size) || !size.ws_col)
        return 80;
    return size.ws_col;
}
