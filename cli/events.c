/* events.c: see events.h. Of protocol buffers it takes to write: a field is its number and type in one number of seven
 * bits a byte, then the number, the 4 or 8 bytes, or the length and the bytes. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include "cli/events.h"
#include "stream/hash.h"

enum wire { WIRE_NUMBER, WIRE_8_BYTES, WIRE_BYTES, WIRE_4_BYTES = 5 };

static void add_number(struct heed_str *out, uint64_t x)
{
    for (; x >= 128; x >>= 7)
        heed_str_add_char(out, (char)((x & 127) | 128));
    heed_str_add_char(out, (char)x);
}

static void add_little(struct heed_str *out, uint64_t x, int bytes)
{
    for (int i = 0; i < bytes; i++)
        heed_str_add_char(out, (char)(x >> 8 * i & 255));
}

static void field(struct heed_str *out, unsigned number, enum wire wire)
{
    add_number(out, (uint64_t)number << 3 | wire);
}

static void field_number(struct heed_str *out, unsigned number, uint64_t x)
{
    field(out, number, WIRE_NUMBER);
    add_number(out, x);
}

static void field_bytes(struct heed_str *out, unsigned number, const void *bytes, size_t n)
{
    field(out, number, WIRE_BYTES);
    add_number(out, n);
    heed_str_add(out, bytes, n);
}

static void field_text(struct heed_str *out, unsigned number, const char *text)
{
    field_bytes(out, number, text, strlen(text));
}

/* A message within another; it is forgotten. */
static void field_message(struct heed_str *out, unsigned number, struct heed_str *message)
{
    field_bytes(out, number, message->len ? message->data : "", message->len);
    heed_str_release(message);
}

/* --- records --- */

static void add_masked(struct heed_str *out, const void *bytes, size_t n)
{
    uint32_t crc = heed_crc32c(0, bytes, n);
    add_little(out, (uint32_t)((crc >> 15 | crc << 17) + 0xa282ead8u), 4);
}

static void add_record(struct heed_str *out, struct heed_str *message)
{
    size_t at = out->len;
    add_little(out, message->len, 8);
    add_masked(out, out->data + at, 8);
    heed_str_add(out, message->data, message->len);
    add_masked(out, message->data, message->len);
    heed_str_release(message);
}

/* Fields of an event, of a summary and its values, of their metadata, of a tensor. */
enum { EVENT_TIME = 1, EVENT_STEP = 2, EVENT_VERSION = 3, EVENT_SUMMARY = 5 };
enum { SUMMARY_VALUE = 1 };
enum { VALUE_TAG = 1, VALUE_NUMBER = 2, VALUE_TENSOR = 8, VALUE_METADATA = 9 };
enum { METADATA_PLUGIN = 1, PLUGIN_NAME = 1 };
enum { TENSOR_TYPE = 1, TENSOR_SHAPE = 2, TENSOR_TEXT = 8, TYPE_TEXT = 7, SHAPE_DIM = 2, DIM = 1 };

static struct heed_str event_at(double at, int64_t step)
{
    struct heed_str event = {0};
    uint64_t bits;
    memcpy(&bits, &at, sizeof(bits));
    field(&event, EVENT_TIME, WIRE_8_BYTES);
    add_little(&event, bits, 8);
    field_number(&event, EVENT_STEP, (uint64_t)step);
    return event;
}

void events_begin(struct heed_str *out, double at)
{
    struct heed_str event = event_at(at, 0);
    field_text(&event, EVENT_VERSION, "brain.Event:2");
    add_record(out, &event);
}

static void add_value(struct heed_str *out, double at, int64_t step, struct heed_str *value)
{
    struct heed_str event = event_at(at, step), summary = {0};
    field_message(&summary, SUMMARY_VALUE, value);
    field_message(&event, EVENT_SUMMARY, &summary);
    add_record(out, &event);
}

void events_value(struct heed_str *out, double at, int64_t step, const char *tag, double number)
{
    struct heed_str value = {0};
    float v = (float)number;
    uint32_t bits;
    memcpy(&bits, &v, sizeof(bits));
    field_text(&value, VALUE_TAG, tag);
    field(&value, VALUE_NUMBER, WIRE_4_BYTES);
    add_little(&value, bits, 4);
    add_value(out, at, step, &value);
}

static void add_dim(struct heed_str *shape, int n)
{
    struct heed_str dim = {0};
    field_number(&dim, DIM, (uint64_t)n);
    field_message(shape, SHAPE_DIM, &dim);
}

void events_texts(struct heed_str *out, double at, int64_t step, const char *tag,
                  const char *const *texts, int rows, int columns)
{
    struct heed_str value = {0}, tensor = {0}, shape = {0}, plugin = {0}, metadata = {0};
    field_text(&value, VALUE_TAG, tag);
    add_dim(&shape, rows);
    add_dim(&shape, columns);
    field_number(&tensor, TENSOR_TYPE, TYPE_TEXT);
    field_message(&tensor, TENSOR_SHAPE, &shape);
    for (int i = 0; i < rows * columns; i++)
        field_text(&tensor, TENSOR_TEXT, texts[i]);
    field_message(&value, VALUE_TENSOR, &tensor);
    field_text(&plugin, PLUGIN_NAME, "text");
    field_message(&metadata, METADATA_PLUGIN, &plugin);
    field_message(&value, VALUE_METADATA, &metadata);
    add_value(out, at, step, &value);
}

static int make_folder(const char *path, struct heed_err *err)
{
    if (mkdir(path, 0777) && errno != EEXIST)
        return heed_fail_errno(err, errno, "cannot make the folder %s", path);
    return 0;
}

int events_folder(struct heed_str *out, const char *dir, const char *name, struct heed_err *err)
{
    heed_str_printf(out, "%s/", dir);
    for (; *name; name++) /* neither a path, nor hidden, nor what a terminal would obey */
        heed_str_add_char(out, *name == '/' || (unsigned char)*name < ' ' ? '_' : *name);
    return make_folder(dir, err) || make_folder(out->data, err) ? -1 : 0;
}
