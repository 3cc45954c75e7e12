/* elf.c: looks at a shared object before the dynamic loader does.
 *
 * The dynamic loader maps what the headers promise: a truncated file ends in SIGBUS, and libltdl
 * says "file not found" for every failure. So the file is read whole, every offset is checked
 * against its size, and the first thing wrong is named. Bind-now is demanded because libltdl opens
 * lazily: a missing function would end the process at its first call. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "plugin/parts.h"

#define SIZE_LIMIT ((int64_t)1 << 28)

#if defined(__x86_64__)
#define MACHINE EM_X86_64
#elif defined(__aarch64__)
#define MACHINE EM_AARCH64
#else
#define MACHINE EM_NONE /* not checked */
#endif

struct elf {
    const unsigned char *bytes;
    uint64_t size;
    Elf64_Ehdr head;
};

static const char *kind_of_file(mode_t mode)
{
    return S_ISDIR(mode)    ? "a folder"
           : S_ISFIFO(mode) ? "a FIFO"
           : S_ISCHR(mode)  ? "a device"
           : S_ISBLK(mode)  ? "a device"
           : S_ISSOCK(mode) ? "a socket"
                            : "no regular file";
}

/* Reads the file whole; *bytes is malloc'ed. */
static int slurp(const char *path, unsigned char **bytes, uint64_t *size, struct heed_err *err)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) < 0) {
        heed_fail_errno(err, errno, "cannot read");
        goto fail;
    }
    if (!S_ISREG(st.st_mode) || st.st_size > SIZE_LIMIT) {
        heed_fail(err, "is %s", S_ISREG(st.st_mode) ? "too large" : kind_of_file(st.st_mode));
        goto fail;
    }
    *size = 0;
    *bytes = heed_xmalloc((size_t)st.st_size + 1);
    while (*size < (uint64_t)st.st_size) {
        ssize_t n = read(fd, *bytes + *size, (size_t)st.st_size - *size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            heed_fail_errno(err, errno, "cannot read");
            free(*bytes);
            goto fail;
        }
        if (n == 0)
            break;
        *size += (uint64_t)n;
    }
    close(fd);
    return 0;
fail:
    if (fd >= 0)
        close(fd);
    return -1;
}

static bool inside(const struct elf *elf, uint64_t offset, uint64_t n)
{
    return offset <= elf->size && n <= elf->size - offset;
}

static int check_head(struct elf *elf, struct heed_err *err)
{
    const unsigned char *b = elf->bytes;
    if (elf->size == 0)
        return heed_fail(err, "is empty");
    if (elf->size < EI_NIDENT || memcmp(b, ELFMAG, SELFMAG))
        return heed_fail(err, "is no shared object (no ELF header)");
    if (b[EI_CLASS] != ELFCLASS64)
        return heed_fail(err, "is for a 32-bit machine");
    if (b[EI_DATA] != ELFDATA2LSB)
        return heed_fail(err, "is for a big-endian machine");
    if (elf->size < sizeof(elf->head))
        return heed_fail(err, "is truncated: %llu bytes end inside the ELF header",
                         (unsigned long long)elf->size);
    memcpy(&elf->head, b, sizeof(elf->head));
    if (MACHINE != EM_NONE && elf->head.e_machine != MACHINE)
        return heed_fail(err, "is for another machine (ELF machine %d, this one is %d)",
                         elf->head.e_machine, MACHINE);
    if (elf->head.e_type != ET_DYN)
        return heed_fail(err, "is no shared object (ELF type %d)", elf->head.e_type);
    if (elf->head.e_phentsize != sizeof(Elf64_Phdr) ||
        !inside(elf, elf->head.e_phoff, (uint64_t)elf->head.e_phnum * sizeof(Elf64_Phdr)))
        return heed_fail(err, "is truncated: its program headers end beyond the file's %llu bytes",
                         (unsigned long long)elf->size);
    return 0;
}

static Elf64_Phdr segment(const struct elf *elf, int i)
{
    Elf64_Phdr ph;
    memcpy(&ph, elf->bytes + elf->head.e_phoff + (uint64_t)i * sizeof(ph), sizeof(ph));
    return ph;
}

/* Every segment must lie inside the file; *dynamic gets the dynamic section. The section headers at
 * the very end are not loaded, but a file that lacks them was cut. */
static int check_segments(const struct elf *elf, Elf64_Phdr *dynamic, struct heed_err *err)
{
    dynamic->p_type = PT_NULL;
    for (int i = 0; i < elf->head.e_phnum; i++) {
        Elf64_Phdr ph = segment(elf, i);
        if (ph.p_type == PT_INTERP)
            return heed_fail(err, "is a program, no shared object");
        if ((ph.p_type == PT_LOAD || ph.p_type == PT_DYNAMIC) &&
            !inside(elf, ph.p_offset, ph.p_filesz))
            return heed_fail(err, "is truncated: a segment ends at byte %llu, the file has %llu",
                             (unsigned long long)(ph.p_offset + ph.p_filesz),
                             (unsigned long long)elf->size);
        if (ph.p_type == PT_DYNAMIC)
            *dynamic = ph;
    }
    if (!inside(elf, elf->head.e_shoff, (uint64_t)elf->head.e_shnum * elf->head.e_shentsize))
        return heed_fail(err, "is truncated: its section headers end beyond the file's %llu bytes",
                         (unsigned long long)elf->size);
    if (dynamic->p_type != PT_DYNAMIC)
        return heed_fail(err, "is no shared object (no dynamic section)");
    return 0;
}

/* The file offset of a loaded address; false when no segment holds all n bytes of it. */
static bool to_offset(const struct elf *elf, uint64_t address, uint64_t n, uint64_t *offset)
{
    for (int i = 0; i < elf->head.e_phnum; i++) {
        Elf64_Phdr ph = segment(elf, i);
        if (ph.p_type != PT_LOAD || address < ph.p_vaddr || address - ph.p_vaddr > ph.p_filesz)
            continue;
        *offset = ph.p_offset + (address - ph.p_vaddr);
        return n <= ph.p_filesz - (address - ph.p_vaddr) && inside(elf, *offset, n);
    }
    return false;
}

/* A linker stores a name that is the tail of another one inside it, so what stands in front is
 * free; dlsym has the last word. */
static bool holds(const unsigned char *strings, uint64_t n, const char *symbol)
{
    return memmem(strings, n, symbol, strlen(symbol) + 1) != NULL;
}

static int check_dynamic(const struct elf *elf, const Elf64_Phdr *dynamic, const char *symbol,
                         struct heed_err *err)
{
    uint64_t strings = 0, strings_size = 0, offset;
    bool now = false;
    for (uint64_t at = 0; at + sizeof(Elf64_Dyn) <= dynamic->p_filesz; at += sizeof(Elf64_Dyn)) {
        Elf64_Dyn d;
        memcpy(&d, elf->bytes + dynamic->p_offset + at, sizeof(d));
        if (d.d_tag == DT_NULL)
            break;
        if (d.d_tag == DT_STRTAB)
            strings = d.d_un.d_ptr;
        if (d.d_tag == DT_STRSZ)
            strings_size = d.d_un.d_val;
        now = now || d.d_tag == DT_BIND_NOW ||
              (d.d_tag == DT_FLAGS && (d.d_un.d_val & DF_BIND_NOW)) ||
              (d.d_tag == DT_FLAGS_1 && (d.d_un.d_val & DF_1_NOW));
    }
    if (!to_offset(elf, strings, strings_size, &offset))
        return heed_fail(err, "is damaged: its table of names lies outside the file");
    if (!holds(elf->bytes + offset, strings_size, symbol))
        return heed_fail(err, "is no heed plugin of that name: it has no symbol %s", symbol);
    if (!now)
        return heed_fail(err, "binds its functions at their first call; link it with -Wl,-z,now");
    return 0;
}

int heed_elf_check(const char *path, const char *symbol, struct heed_err *err)
{
    struct elf elf = {0};
    unsigned char *bytes;
    Elf64_Phdr dynamic = {0};
    if (slurp(path, &bytes, &elf.size, err) < 0)
        return -1;
    elf.bytes = bytes;
    int failed = check_head(&elf, err);
    if (!failed)
        failed = check_segments(&elf, &dynamic, err);
    if (!failed)
        failed = check_dynamic(&elf, &dynamic, symbol, err);
    free(bytes);
    return failed;
}
