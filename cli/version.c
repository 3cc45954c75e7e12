/* version.c: what --version says. */
#include "cli/harness.h"
#include "config.h"

#ifdef __clang__
#define COMPILER "clang " __clang_version__
#else
#define COMPILER "gcc " __VERSION__
#endif

void heed_cli_version(struct heed_str *out)
{
    heed_str_printf(out, "%s (heed) %s\n", heed_command.name, PACKAGE_VERSION);
    heed_str_printf(out, "compiler: %s%s\n", COMPILER,
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
                    ", with sanitizers"
#else
                    ""
#endif
    );
    if (heed_cli.build)
        heed_str_printf(out, "%s\n", heed_cli.build);
    heed_str_add_text(out, "licence: MIT\n");
}
