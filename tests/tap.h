/* tap.h: results in the Test Anything Protocol for C tests.
 *
 *     static void test_add(void) { TAP_I64(add(1, 2), 3); }
 *     int main(void) { TAP_RUN(test_add); return tap_end(); }
 *
 * A test is a function; it fails when any of its checks does, which says where and what it saw. The
 * first failed check ends the function. Inside it, tap_skip("why") marks the test as skipped. */
#ifndef HEED_TAP_H
#define HEED_TAP_H

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int tap_count, tap_failed_tests;
static bool tap_bad;
static char tap_skip_reason[200];

static inline void tap_diag(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static inline void tap_diag(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fputs("# ", stdout);
    vprintf(fmt, ap);
    fputc('\n', stdout);
    va_end(ap);
    fflush(stdout);
}

static inline void tap_skip(const char *reason)
{
    snprintf(tap_skip_reason, sizeof(tap_skip_reason), "%.199s", reason);
}

static inline void tap_run(const char *name, void (*test)(void))
{
    if (!tap_count)
        setvbuf(stdout, NULL, _IOLBF, 0);
    tap_bad = false;
    tap_skip_reason[0] = '\0';
    test();
    tap_failed_tests += tap_bad;
    printf("%sok %d - %s", tap_bad ? "not " : "", ++tap_count, name);
    if (!tap_bad && tap_skip_reason[0])
        printf(" # SKIP %s", tap_skip_reason);
    putchar('\n');
    fflush(stdout);
}
/* The test's name in the report is the function's, without "test_". */
#define TAP_RUN(test) tap_run(strncmp(#test, "test_", 5) ? #test : &#test[5], test)

/* Prints the plan; the value is main's exit status. */
static inline int tap_end(void)
{
    printf("1..%d\n", tap_count);
    return tap_failed_tests ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Fails the test, with a message, and leaves the function. */
#define TAP_FAIL(...)                                                                              \
    do {                                                                                           \
        tap_bad = true;                                                                            \
        printf("# %s:%d: ", __FILE__, __LINE__);                                                   \
        printf(__VA_ARGS__);                                                                       \
        putchar('\n');                                                                             \
        fflush(stdout);                                                                            \
        return;                                                                                    \
    } while (0)

#define TAP_OK(condition)                                                                          \
    do {                                                                                           \
        if (!(condition))                                                                          \
            TAP_FAIL("not true: %s", #condition);                                                  \
    } while (0)

#define TAP_I64(got, want)                                                                         \
    do {                                                                                           \
        int64_t tap_got_ = (int64_t)(got), tap_want_ = (int64_t)(want);                            \
        if (tap_got_ != tap_want_)                                                                 \
            TAP_FAIL("%s is %" PRId64 ", want %" PRId64, #got, tap_got_, tap_want_);               \
    } while (0)

#define TAP_STR(got, want)                                                                         \
    do {                                                                                           \
        const char *tap_got_ = (got), *tap_want_ = (want);                                         \
        if (!tap_got_ || !tap_want_ || strcmp(tap_got_, tap_want_))                                \
            TAP_FAIL("%s is '%s', want '%s'", #got, tap_got_ ? tap_got_ : "(null)",                \
                     tap_want_ ? tap_want_ : "(null)");                                            \
    } while (0)

/* |got - want| <= tolerance; not a number fails. */
#define TAP_NEAR(got, want, tolerance)                                                             \
    do {                                                                                           \
        double tap_got_ = (double)(got), tap_want_ = (double)(want);                               \
        if (!(fabs(tap_got_ - tap_want_) <= (double)(tolerance)))                                  \
            TAP_FAIL("%s is %.9g, want %.9g within %g", #got, tap_got_, tap_want_,                 \
                     (double)(tolerance));                                                         \
    } while (0)

#define TAP_MEM(got, want, n)                                                                      \
    do {                                                                                           \
        const unsigned char *tap_got_ = (const void *)(got), *tap_want_ = (const void *)(want);    \
        for (size_t tap_i_ = 0; tap_i_ < (size_t)(n); tap_i_++)                                    \
            if (tap_got_[tap_i_] != tap_want_[tap_i_])                                             \
                TAP_FAIL("%s: byte %zu is 0x%02x, want 0x%02x", #got, tap_i_, tap_got_[tap_i_],    \
                         tap_want_[tap_i_]);                                                       \
    } while (0)

/* For functions of heed: 0 on success, otherwise the message is shown. */
#define TAP_DONE(call, err)                                                                        \
    do {                                                                                           \
        if ((call) < 0)                                                                            \
            TAP_FAIL("%s failed: %s", #call, (err)->text);                                         \
    } while (0)

/* The call must fail, with `part` somewhere in its message. */
#define TAP_FAILS(call, err, part)                                                                 \
    do {                                                                                           \
        if ((call) >= 0)                                                                           \
            TAP_FAIL("%s did not fail, want '%s'", #call, (part));                                 \
        if (!strstr((err)->text, (part)))                                                          \
            TAP_FAIL("%s says '%s', want '%s'", #call, (err)->text, (part));                       \
    } while (0)

#endif
