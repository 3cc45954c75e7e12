/* table.c: rows with named columns as aligned text, CSV or JSON lines.
 *
 * Rows are kept until the end, since a column is as wide as its widest entry. Text rounds numbers
 * and escapes what is foreign; CSV (RFC 4180) and JSON give values as they are, but
 * for control characters. */
#include <string.h>
#include "base/utf8.h"
#include "cli/cli.h"
#include "cli/table.h"

int table_add(void *table, const struct heed_row *row, struct heed_err *err)
{
    struct table *t = table;
    (void)err;
    if (!t->names) {
        t->n_columns = row->n;
        t->names = heed_xcalloc(row->n, sizeof(*t->names));
        for (size_t i = 0; i < row->n; i++)
            t->names[i] = heed_xstrdup(row->names[i]);
    }
    for (size_t i = 0; i < row->n; i++) {
        size_t at = t->n_rows * t->n_columns + i;
        heed_grow(&t->cells, at, &t->cap_cells, sizeof(*t->cells));
        heed_grow(&t->types, at, &t->cap_types, sizeof(*t->types));
        t->types[at] = row->types[i];
        t->cells[at] = row->types[i] == HEED_VALUE_NULL ? NULL : heed_xstrdup(row->values[i]);
    }
    t->n_rows++;
    return 0;
}

void table_release(struct table *t)
{
    for (size_t i = 0; i < t->n_rows * t->n_columns; i++)
        free(t->cells[i]);
    for (size_t i = 0; i < t->n_columns; i++)
        free(t->names[i]);
    free(t->names);
    free(t->cells);
    free(t->types);
}

/* --- text --- */

/* An entry as it is shown: real numbers rounded, anything foreign escaped. */
static void show_cell(const struct table *t, size_t at, char out[240])
{
    const char *text = t->cells[at];
    double v;
    if (!text)
        out[0] = '\0';
    else if (t->types[at] == HEED_VALUE_REAL && heed_parse_f64(text, &v))
        snprintf(out, 240, "%.6g", v);
    else
        heed_escape(out, 240, text, strlen(text));
}

struct column {
    size_t width;
    bool numeric, empty;
};

static void measure(const struct table *t, size_t column, struct column *c)
{
    char text[240];
    *c = (struct column){heed_utf8_width(t->names[column], strlen(t->names[column])), true, true};
    for (size_t r = 0; r < t->n_rows; r++) {
        size_t at = r * t->n_columns + column;
        if (!t->cells[at])
            continue;
        show_cell(t, at, text);
        c->width = HEED_MAX(c->width, heed_utf8_width(text, strlen(text)));
        c->empty = false;
        c->numeric =
            c->numeric && t->types[at] != HEED_VALUE_TEXT && t->types[at] != HEED_VALUE_BLOB;
    }
}

static size_t total(const struct column *columns, size_t n)
{
    size_t sum = 0;
    for (size_t c = 0; c < n; c++)
        sum += columns[c].empty ? 0 : columns[c].width + 2;
    return sum ? sum - 2 : 0;
}

#define NARROW 8 /* no column of text is cut below this */

/* The widest column of text gives way, column by column of the terminal. */
static bool cut_widest(struct column *columns, size_t n)
{
    size_t widest = n;
    for (size_t c = 0; c < n; c++)
        if (!columns[c].empty && !columns[c].numeric && columns[c].width > NARROW &&
            (widest == n || columns[c].width >= columns[widest].width))
            widest = c;
    if (widest < n)
        columns[widest].width--;
    return widest < n;
}

static void fit(const struct table *t, struct column *columns)
{
    size_t n = t->n_columns;
    for (const char *const *name = t->drop; name && *name && total(columns, n) > t->width; name++)
        for (size_t c = 0; c < n; c++)
            columns[c].empty |= !strcmp(t->names[c], *name);
    while (total(columns, n) > t->width && cut_widest(columns, n))
        ;
}

/* The bytes of text that fill at most so many columns. */
static size_t bytes_of(const char *text, size_t columns)
{
    size_t n = 0, len = strlen(text);
    int32_t c;
    while (n < len) {
        size_t next = n + (size_t)HEED_MAX(1, heed_utf8_next(text + n, len - n, &c));
        if (heed_utf8_width(text, next) > columns)
            break;
        n = next;
    }
    return n;
}

/* Beginning and end of a name are what tells it from others. */
static void elide(char text[240], size_t width)
{
    size_t has = heed_utf8_width(text, strlen(text)), left = (width - 2) / 2,
           right = width - 2 - left;
    if (has <= width)
        return;
    size_t head = bytes_of(text, left), tail = bytes_of(text, has - right);
    if (heed_utf8_width(text + tail, strlen(text + tail)) > right) /* half of a wide one */
        tail += bytes_of(text + tail, 2);
    char cut[240];
    snprintf(cut, sizeof(cut), "%.*s..%s", (int)head, text, text + tail);
    memcpy(text, cut, sizeof(cut));
}

/* Numbers stand right, text left; nothing trails. */
static void add_padded(struct heed_str *line, char text[240], const struct column *c, bool first)
{
    elide(text, c->width);
    size_t gap = c->width - heed_utf8_width(text, strlen(text));
    if (!first)
        heed_str_add_text(line, "  ");
    if (c->numeric)
        heed_str_printf(line, "%*s%s", (int)gap, "", text);
    else
        heed_str_printf(line, "%s%*s", text, (int)gap, "");
}

static void print_text(const struct table *t)
{
    struct heed_str line = {0};
    char text[240];
    struct column *columns = heed_xcalloc(t->n_columns, sizeof(*columns));
    if (t->title)
        heed_out("%s\n", t->title);
    for (size_t c = 0; c < t->n_columns; c++)
        measure(t, c, &columns[c]);
    if (t->width)
        fit(t, columns);
    for (size_t r = 0; r <= t->n_rows; r++) {
        bool first = true;
        for (size_t c = 0; c < t->n_columns; c++) {
            if (columns[c].empty)
                continue;
            if (r)
                show_cell(t, (r - 1) * t->n_columns + c, text);
            else
                snprintf(text, sizeof(text), "%s", t->names[c]);
            add_padded(&line, text, &columns[c], first);
            first = false;
        }
        heed_out_line(&line);
    }
    free(columns);
    heed_str_release(&line);
}

/* --- CSV (RFC 4180) and JSON --- */

/* As it is, but for what would command a terminal: that stands as \\xNN. */
static void add_harmless(struct heed_str *line, const char *text)
{
    while (*text) {
        size_t n = strcspn(text, "\t\r\n"), cap = 4 * n + 1;
        char *shown = heed_xmalloc(cap);
        heed_str_add(line, shown, heed_escape(shown, cap, text, n));
        free(shown);
        text += n;
        if (*text)
            heed_str_add_char(line, *text++);
    }
}

static void add_csv(struct heed_str *line, const char *cell, bool first)
{
    struct heed_str harmless = {0};
    if (cell)
        add_harmless(&harmless, cell);
    const char *text = harmless.data;
    if (!first)
        heed_str_add_char(line, ',');
    bool plain = !text || !text[strcspn(text, ",\"\r\n")];
    heed_str_add_text(line, plain ? "" : "\"");
    for (; text && *text; text++)
        heed_str_printf(line, *text == '"' ? "\"\"" : "%c", *text);
    heed_str_add_text(line, plain ? "" : "\"");
    heed_str_release(&harmless);
}

static void print_csv(const struct table *t)
{
    struct heed_str line = {0};
    for (size_t r = 0; r <= t->n_rows; r++) {
        for (size_t c = 0; c < t->n_columns; c++)
            add_csv(&line, r ? t->cells[(r - 1) * t->n_columns + c] : t->names[c], c == 0);
        heed_out("%s\n", line.data);
        heed_str_clear(&line);
    }
    heed_str_release(&line);
}

static void add_member(struct heed_str *line, const char *name, const char *value, bool quoted)
{
    heed_str_add_text(line, line->len > 1 ? "," : "");
    heed_store_json(line, name);
    heed_str_add_char(line, ':');
    if (!value)
        heed_str_add_text(line, "null");
    else if (quoted)
        heed_store_json(line, value);
    else
        heed_str_add_text(line, value);
}

static void print_json(const struct table *t)
{
    struct heed_str line = {0};
    for (size_t r = 0; r < t->n_rows; r++) {
        heed_str_clear(&line);
        heed_str_add_char(&line, '{');
        if (t->title)
            add_member(&line, "table", t->title, true);
        for (size_t c = 0; c < t->n_columns; c++) {
            size_t at = r * t->n_columns + c;
            bool quoted = t->types[at] == HEED_VALUE_TEXT || t->types[at] == HEED_VALUE_BLOB;
            add_member(&line, t->names[c], t->cells[at], quoted);
        }
        heed_out("%s}\n", line.data);
    }
    heed_str_release(&line);
}

void table_print(const struct table *t, enum table_format format)
{
    if (!t->n_rows)
        return;
    if (format == TABLE_TEXT)
        print_text(t);
    else if (format == TABLE_CSV)
        print_csv(t);
    else
        print_json(t);
}
