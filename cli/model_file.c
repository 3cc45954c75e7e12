/* model_file.c: see model_file.h. */
#include <sys/stat.h>

#include "cli/model_file.h"
#include "stream/doc.h"
#include "stream/hash.h"

bool model_file_look(struct heed_model_file *m, const char *path)
{
    struct heed_err ignored;
    struct heed_doc doc;
    struct stat st;
    *m = (struct heed_model_file){.path = path};
    /* A pipe would be waited for. */
    if (stat(path, &st) || !S_ISREG(st.st_mode) || heed_sha256_file(path, m->sha256))
        return false;
    m->bytes = st.st_size;
    heed_doc_init(&doc);
    if (heed_doc_load(&doc, path, &ignored) == 0)
        snprintf(m->fingerprint, sizeof m->fingerprint, "%s", doc.fingerprint);
    heed_doc_release(&doc);
    return true;
}
