/* err.h: the message carrier for failures of the world (files, frames, options, plugins).
 *
 * A function that can fail takes `struct heed_err *err` last and returns -1 (or NULL) through
 * `return heed_fail(err, …)`. The message is whole, names the thing, lower case, no full stop:
 * "tensor src: id 9000 not below 8000". Callers that know more put it in front with
 * heed_err_prefix(). Only cli/ prints it and exits. Untouched on success. The struct itself is public:
 * heed/err.h. */
#ifndef HEED_ERR_H
#define HEED_ERR_H

#include "base/base.h"

/* Sets status and message; returns -1. The result of formatting is escaped where
 * it holds bytes that are not printable UTF-8 (control characters, escapes):
 * \xNN. Too long text is cut in its middle: "…". */
int heed_fail(struct heed_err *err, const char *fmt, ...) HEED_PRINTF(2, 3);
/* As heed_fail with ": " and the text of errnum behind. */
int heed_fail_errno(struct heed_err *err, int errnum, const char *fmt, ...) HEED_PRINTF(3, 4);
/* As heed_fail with status HEED_USAGE. */
int heed_usage(struct heed_err *err, const char *fmt, ...) HEED_PRINTF(2, 3);
/* Puts text in front of the message: "<stdin>: frame 3: ". Returns -1 for `return`. */
int heed_err_prefix(struct heed_err *err, const char *fmt, ...) HEED_PRINTF(2, 3);

/* What is odd but no failure ("store PATH: disk full; this run is recorded in X.run"): told to the
 * program, which says who listens; nobody at first. One listener for the process, set before there
 * are threads. */
void heed_warning(const char *fmt, ...) HEED_PRINTF(1, 2);
/* A warning that something of the user's is lost, or is not where it should be: told whoever asked
 * for quiet. */
void heed_loss(const char *fmt, ...) HEED_PRINTF(1, 2);
void heed_on_warning(void (*warn)(const char *text, bool loss));

/* Copies n bytes of src to dst (cap bytes, always NUL-terminated) with control characters, invalid
 * UTF-8 and C1 controls as \xNN. Returns the length written without NUL. */
size_t heed_escape(char *dst, size_t cap, const char *src, size_t n);

#endif
