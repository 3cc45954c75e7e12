/* unknown.c: see unknown.h. */
#include "cli/unknown.h"

int unknown_open(struct unknown_options *u, struct heed_err *err)
{
    if (u->path && u->how == UNKNOWN_KEEP)
        return heed_usage(err,
                          "--dictionary has words for unknown ones, and --unk keep leaves them");
    return heed_dictionary_read(&u->dictionary, u->path, err);
}

void unknown_release(struct unknown_options *u)
{
    heed_dictionary_release(&u->dictionary);
}
