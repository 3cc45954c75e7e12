/* refuse.c: for commands that write a stream: the reason of a failure in place of it. */
#include "cli/cli.h"
#include "stream/stream.h"

void heed_refuse(const void *self, const char *why)
{
    (void)self;
    heed_writer_refuse(&heed_cli.out, heed_cli.program, why);
}
