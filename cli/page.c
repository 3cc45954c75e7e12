/* page.c: see page.h. */
#include <math.h>
#include <string.h>
#include "base/utf8.h"
#include "cli/page.h"
#include "cli/page_parts.h"
#include "stream/hash.h"

void page_release(struct page *p)
{
    heed_str_release(&p->lines);
    heed_str_release(&p->panels);
    heed_str_release(&p->tables);
    heed_str_release(&p->facts);
}

/* --- JSON --- */

void page_next(struct heed_str *out)
{
    if (out->len)
        heed_str_add_text(out, ",\n");
}

/* Marks that turn or end a direction: in a text editor they would show the page's source as what it is
 * not. */
static bool turns(int32_t c)
{
    return c == 0x61c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
           (c >= 0x2066 && c <= 0x2069);
}

static bool stands(int32_t c)
{
    return c >= 0x20 && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&' &&
           !(c >= 0x7f && c < 0xa0) && c != 0x2028 && c != 0x2029 && !turns(c);
}

void page_text(struct heed_str *out, const char *text, size_t n)
{
    heed_str_add_char(out, '"');
    for (size_t i = 0; i < n;) {
        int32_t c;
        int bytes = heed_utf8_next(text + i, n - i, &c);
        if (!bytes)
            heed_str_add_text(out, "\xef\xbf\xbd");
        else if (stands(c))
            heed_str_add(out, text + i, (size_t)bytes);
        else
            heed_str_printf(out, "\\u%04x", (unsigned)c);
        i += (size_t)HEED_MAX(bytes, 1);
    }
    heed_str_add_char(out, '"');
}

void page_number(struct heed_str *out, double v, int digits)
{
    if (isfinite(v))
        heed_str_printf(out, "%.*g", digits, v);
    else
        heed_str_add_text(out, "null");
}

static void add_base64(struct heed_str *out, const unsigned char *bytes, size_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < n; i += 3) {
        unsigned v = (unsigned)bytes[i] << 16 | (i + 1 < n ? (unsigned)bytes[i + 1] << 8 : 0) |
                     (i + 2 < n ? bytes[i + 2] : 0);
        char four[4] = {digits[v >> 18], digits[v >> 12 & 63],
                        i + 1 < n ? digits[v >> 6 & 63] : '=', i + 2 < n ? digits[v & 63] : '='};
        heed_str_add(out, four, 4);
    }
}

void page_bytes(struct heed_str *out, const unsigned char *bytes, size_t n)
{
    heed_str_add_char(out, '"');
    add_base64(out, bytes, n);
    heed_str_add_char(out, '"');
}

void page_fact(struct page *p, const char *name, const char *value)
{
    page_next(&p->facts);
    heed_str_add_char(&p->facts, '[');
    page_text(&p->facts, name, strlen(name));
    heed_str_add_char(&p->facts, ',');
    page_text(&p->facts, value, strlen(value));
    heed_str_add_char(&p->facts, ']');
}

/* --- tables and curves --- */

/* Numbers stay numbers, so that a column can be sorted. */
static void add_cell(struct heed_str *out, const struct table *t, size_t at)
{
    const char *text = t->cells[at];
    double v;
    bool number = t->types[at] == HEED_VALUE_INT || t->types[at] == HEED_VALUE_REAL;
    if (!text)
        heed_str_add_text(out, "null");
    else if (number && heed_parse_f64(text, &v))
        page_number(out, v, t->types[at] == HEED_VALUE_INT ? 17 : 6);
    else
        page_text(out, text, strlen(text));
}

static bool has_values(const struct table *t, size_t column)
{
    for (size_t r = 0; r < t->n_rows; r++)
        if (t->cells[r * t->n_columns + column])
            return true;
    return false;
}

static void add_cells(struct heed_str *out, const struct table *t, size_t row, bool names)
{
    bool first = true;
    heed_str_add_char(out, '[');
    for (size_t i = 0; i < t->n_columns; i++) {
        if (!has_values(t, i))
            continue;
        heed_str_add_text(out, first ? "" : ",");
        first = false;
        if (names)
            page_text(out, t->names[i], strlen(t->names[i]));
        else
            add_cell(out, t, row * t->n_columns + i);
    }
    heed_str_add_char(out, ']');
}

void page_table(struct page *p, const struct table *t)
{
    struct heed_str *out = &p->tables;
    if (!t->n_rows)
        return;
    page_next(out);
    heed_str_add_text(out, "{\"title\":");
    page_text(out, t->title, strlen(t->title));
    heed_str_add_text(out, ",\"columns\":");
    add_cells(out, t, 0, true);
    heed_str_add_text(out, ",\"rows\":[");
    for (size_t r = 0; r < t->n_rows; r++) {
        heed_str_add_text(out, r ? ",\n" : "\n");
        add_cells(out, t, r, false);
    }
    heed_str_add_text(out, "]}");
}

static void add_curve(struct heed_str *out, const struct panel *p, const struct curve *c)
{
    heed_str_add_text(out, "{\"label\":");
    page_text(out, c->label, strlen(c->label));
    heed_str_printf(out, ",\"run\":%zu%s,\"points\":[", c->run,
                    curve_dashed(p, c) ? ",\"dashed\":1" : "");
    for (size_t i = 0; i < c->n; i++) {
        heed_str_add_text(out, i ? ",[" : "[");
        page_number(out, c->step[i], 12);
        heed_str_add_char(out, ',');
        page_number(out, c->value[i], 6);
        heed_str_add_char(out, ']');
    }
    heed_str_add_text(out, "]}");
}

void page_panels(struct page *p, const struct curves *c)
{
    for (size_t i = 0; i < c->n; i++) {
        const struct panel *panel = &c->panels[i];
        page_next(&p->panels);
        heed_str_add_text(&p->panels, "{\"name\":");
        page_text(&p->panels, panel->name, strlen(panel->name));
        heed_str_add_text(&p->panels, ",\"curves\":[");
        for (size_t k = 0; k < panel->n; k++) {
            heed_str_add_text(&p->panels, k ? ",\n" : "\n");
            add_curve(&p->panels, panel, &panel->curves[k]);
        }
        heed_str_add_text(&p->panels, "]}");
    }
}

/* --- the document --- */

/* As a policy of content names a script. */
static void add_digest(struct heed_str *out, const void *text, size_t n)
{
    struct heed_sha256 h;
    char hex[65], two[3] = "";
    unsigned char bytes[32];
    heed_sha256_init(&h);
    heed_sha256_add(&h, text, n);
    heed_sha256_hex(&h, hex);
    for (size_t i = 0; i < sizeof(bytes); i++) {
        memcpy(two, hex + 2 * i, 2);
        bytes[i] = (unsigned char)strtoul(two, NULL, 16);
    }
    heed_str_add_text(out, "'sha256-");
    add_base64(out, bytes, sizeof(bytes));
    heed_str_add_char(out, '\'');
}

/* A title is no place for marks of direction and the like. */
static void add_title(struct heed_str *out, const char *title)
{
    for (size_t i = 0, n = strlen(title); i < n;) {
        int32_t c;
        int bytes = heed_utf8_next(title + i, n - i, &c);
        if (c == '&' && bytes)
            heed_str_add_text(out, "&amp;");
        else if (bytes && stands(c))
            heed_str_add(out, title + i, (size_t)bytes);
        else
            heed_str_add_text(out, bytes && c == '<' ? "&lt;" : "\xef\xbf\xbd");
        i += (size_t)HEED_MAX(bytes, 1);
    }
}

static void add_head(struct heed_str *out, const char *title)
{
    heed_str_add_text(out,
                      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                      "<meta name=\"viewport\" content=\"width=device-width, "
                      "initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n"
                      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
                      "'none'; style-src ");
    add_digest(out, page_css, sizeof(page_css));
    heed_str_add_text(out, "; script-src ");
    add_digest(out, page_js, sizeof(page_js));
    heed_str_add_text(out, "; base-uri 'none'; form-action 'none'\">\n<title>");
    add_title(out, title);
    heed_str_add_text(out, "</title>\n<style>");
    heed_str_add(out, page_css, sizeof(page_css));
    heed_str_add_text(out, "</style>\n</head>\n");
}

static void add_list(struct heed_str *out, const char *name, const struct heed_str *list)
{
    heed_str_printf(out, ",\n\"%s\":[", name);
    heed_str_add(out, list->data ? list->data : "", list->len);
    heed_str_add_char(out, ']');
}

static void add_data(struct heed_str *out, const struct page *p, const char *title)
{
    heed_str_add_text(out, "<script type=\"application/json\" id=\"data\">{\"title\":");
    page_text(out, title, strlen(title));
    add_list(out, "facts", &p->facts);
    add_list(out, "lines", &p->lines);
    add_list(out, "panels", &p->panels);
    add_list(out, "tables", &p->tables);
    heed_str_add_text(out, "}</script>\n<script type=\"module\">");
    heed_str_add(out, page_js, sizeof(page_js));
    heed_str_add_text(out, "</script>\n</body>\n</html>\n");
}

int page_write(const struct page *p, const char *title, const char *output, struct heed_err *err)
{
    struct heed_str text = {0};
    struct heed_commit c;
    add_head(&text, title);
    heed_str_add(&text, page_html, sizeof(page_html));
    add_data(&text, p, title);
    int result;
    if (!output || !strcmp(output, "-")) {
        result = heed_output_write(&heed_cli.out, text.data, text.len, err);
    } else {
        result = heed_commit_open(&c, output, err);
        if (!result && heed_output_write(&c.out, text.data, text.len, err)) {
            heed_commit_abort(&c);
            result = -1;
        } else if (!result) {
            result = heed_commit_finish(&c, err);
        }
    }
    heed_str_release(&text);
    return result;
}
