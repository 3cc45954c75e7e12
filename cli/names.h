/* names.h: how commands are called: `train`, or `heed train` where no name but heed is installed (--disable-bare-names). */
#ifndef HEED_NAMES_H
#define HEED_NAMES_H

#include "base/str.h"

extern const char heed_call[];        /* "heed " or "": what stands in front of a command */
extern const char heed_page_prefix[]; /* "heed-" or "": the same for its man page */

/* Appends text with "heed " in front of every command of the list (names with a blank between). shell: text is lines
 * of shell, and a command stands where one begins, also behind |, &&, ; and in $(…); a line that this makes wider
 * than 76 columns goes on in the next, behind a | or &&. Else it is prose, in which `train -o x` is one. */
void heed_name_commands(const char *text, const char *list, bool shell, struct heed_str *out);

/* The same where no bare names are installed, with all commands; text as it is otherwise. */
void heed_named(const char *text, bool shell, struct heed_str *out);

#endif
