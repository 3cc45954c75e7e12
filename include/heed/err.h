/* err.h: the message carrier for failures of the world (files, frames, options, plugins), and what
 * the public headers ask of a compiler.
 *
 * A plugin is handed a struct heed_err, gives it to heed->fail(err, …) and returns what that returns.
 * The message is whole, names the thing, lower case, no full stop: "tensor src: id 9000 not below
 * 8000". */
#ifndef HEED_PUBLIC_ERR_H
#define HEED_PUBLIC_ERR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HEED_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define HEED_EXPORT            __attribute__((visibility("default")))

#define HEED_ERR_TEXT_MAX 480 /* bytes with NUL; a printed line stays within 512 */

enum heed_status {
    HEED_OK = 0,
    HEED_FAILED = 1, /* exit status 1 */
    HEED_USAGE = 2,  /* exit status 2: the command line is at fault */
    HEED_QUIET = 3,  /* fail without a line: the reason was told upstream, or EPIPE */
};

struct heed_err {
    enum heed_status status;
    char text[HEED_ERR_TEXT_MAX];
};

#endif
