/* names.c: puts "heed " in front of commands, where no other name is installed. A line of shell is read word by word,
 * with one bit of state: does a command stand here? */
#include "cli/names.h"
#include <string.h>
#include "config.h"

#define COLUMNS 76

#if HEED_BARE_NAMES
const char heed_call[] = "", heed_page_prefix[] = "";
#else
const char heed_call[] = "heed ", heed_page_prefix[] = "heed-";
#endif

static bool is_among(const char *list, const char *word, size_t n)
{
    for (size_t m; *list; list += m + (list[m] == ' ')) {
        m = strcspn(list, " ");
        if (m == n && memcmp(list, word, n) == 0)
            return true;
    }
    return false;
}

/* Words behind which a command stands, as behind an assignment. */
static bool leads(const char *word, size_t n)
{
    return is_among("do then else if while until ! time nohup nice", word, n) ||
           (memchr(word, '=', n) && *word >= 'A' && *word <= 'Z');
}

/* One line; *command: does a command stand at its beginning, then, at that of the next? */
static void name_line(const char *line, size_t n, const char *list, bool shell, bool *command,
                      struct heed_str *out)
{
    static const char ends[] = "|&;()`";
    for (size_t i = 0, word; i < n; i += word) {
        if (shell && line[i] == '#' && (!i || line[i - 1] == ' ')) {
            heed_str_add(out, line + i, n - i);
            break;
        }
        for (word = 0; i + word < n && line[i + word] != ' ' && !strchr(ends, line[i + word]);)
            word++;
        if (!word) {
            if (line[i] != ' ')
                *command = shell ? line[i] != ')' : line[i] == '`' && !*command;
            heed_str_add_char(out, line[i]);
            word = 1;
            continue;
        }
        if (*command && is_among(list, line + i, word))
            heed_str_add_text(out, "heed ");
        heed_str_add(out, line + i, word);
        *command = shell && *command && leads(line + i, word);
    }
    if (shell)
        *command = !n || line[n - 1] != '\\';
}

/* Goes on in a new line behind a | or &&, as often as there is one early enough. */
static void break_line(const char *line, struct heed_str *out)
{
    size_t n = strlen(line), at = 0;
    for (size_t i = 1; n > COLUMNS && *line != '#' && i < COLUMNS; i++)
        if (line[i] == ' ' && (line[i - 1] == '|' || line[i - 1] == '&'))
            at = i;
    if (!at) {
        heed_str_add_text(out, line);
        return;
    }
    struct heed_str rest = {0};
    heed_str_printf(&rest, "    %s", line + at + 1);
    heed_str_printf(out, "%.*s\n", (int)at, line);
    break_line(rest.data, out);
    heed_str_release(&rest);
}

void heed_name_commands(const char *text, const char *list, bool shell, struct heed_str *out)
{
    bool command = shell;
    struct heed_str line = {0};
    while (*text) {
        size_t n = strcspn(text, "\n");
        heed_str_clear(&line);
        name_line(text, n, list, shell, &command, &line);
        if (shell)
            break_line(line.data, out);
        else
            heed_str_add(out, line.data, line.len);
        text += n;
        if (*text)
            heed_str_add_char(out, *text++);
    }
    heed_str_release(&line);
}

void heed_named(const char *text, bool shell, struct heed_str *out)
{
    if (*heed_call)
        heed_name_commands(text, HEED_COMMANDS, shell, out);
    else
        heed_str_add_text(out, text);
}
