/* test_plugin_file.c: files that are no plugin, or no longer one: each is refused with its true
 * reason, none ends the process. Every file is a copy of score_dot.so with something done to it. */
#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "plugin/loader.h"
#include "tests/tap.h"

static char dir[] = "/tmp/heed-plugin.XXXXXX";
static char path[sizeof(dir) + 32];
static unsigned char *whole; /* the sound file */
static size_t whole_size;

static void put_file(const void *bytes, size_t n)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0755);
    if (fd < 0 || write(fd, bytes, n) != (ssize_t)n)
        abort();
    close(fd);
}

static int try_file(struct heed_err *err)
{
    struct heed_instance in;
    memset(err, 0, sizeof(*err));
    int failed = heed_instance_open(&in, HEED_KIND_SCORE, path, true, NULL, err);
    if (!failed)
        heed_instance_close(&in);
    unlink(path);
    return failed;
}

static bool start(void)
{
    if (!whole)
        tap_skip("no shared plugins in this build");
    return whole != NULL;
}

/* Cut at every 256 bytes and at the last one: nothing is mapped that is not there. */
static void test_truncated(void)
{
    struct heed_err err;
    if (!start())
        return;
    for (size_t n = 0; n < whole_size;
         n = n + 256 < whole_size || n == whole_size - 1 ? n + 256 : whole_size - 1) {
        put_file(whole, n);
        TAP_FAILS(try_file(&err), &err, path);
        const char *want = n == 0 ? "is empty" : "is truncated";
        if (n >= sizeof(Elf64_Ehdr) || n == 0)
            TAP_OK(strstr(err.text, want));
    }
}

static void test_no_object(void)
{
    struct heed_err err;
    if (!start())
        return;
    put_file("just some text, and no object at all\n", 37);
    TAP_FAILS(try_file(&err), &err, "is no shared object (no ELF header)");
    mkdir(path, 0755);
    TAP_FAILS(try_file(&err), &err, "is a folder");
    rmdir(path);
    if (mkfifo(path, 0644) == 0)
        TAP_FAILS(try_file(&err), &err, "is a FIFO");
    TAP_FAILS(try_file(&err), &err, "cannot read: No such file");
}

static void patched(size_t at, const void *bytes, size_t n, const char *want)
{
    struct heed_err err;
    unsigned char *copy = malloc(whole_size);
    memcpy(copy, whole, whole_size);
    memcpy(copy + at, bytes, n);
    put_file(copy, whole_size);
    free(copy);
    TAP_FAILS(try_file(&err), &err, want);
}

static void test_other_machines(void)
{
    if (!start())
        return;
    const uint16_t machine = EM_S390, program = ET_EXEC, many = 0xffff;
    patched(EI_CLASS, &(char){ELFCLASS32}, 1, "is for a 32-bit machine");
    patched(EI_DATA, &(char){ELFDATA2MSB}, 1, "is for a big-endian machine");
    patched(offsetof(Elf64_Ehdr, e_machine), &machine, 2, "is for another machine (ELF machine 22");
    patched(offsetof(Elf64_Ehdr, e_type), &program, 2, "is no shared object (ELF type 2)");
    patched(offsetof(Elf64_Ehdr, e_phnum), &many, 2,
            "is truncated: its program headers end beyond");
}

/* A program, position-independent as shared objects are. */
static void test_program(void)
{
    struct heed_err err;
    if (!start())
        return;
    if (symlink("/proc/self/exe", path) < 0)
        TAP_FAIL("no symbolic link");
    TAP_FAILS(try_file(&err), &err, "is a program, no shared object");
}

static void test_other_symbol(void)
{
    struct heed_err err;
    if (!start())
        return;
    char other[sizeof(path)];
    snprintf(other, sizeof(other), "%s", path);
    snprintf(path, sizeof(path), "%s/score_else.so", dir);
    put_file(whole, whole_size);
    int failed = try_file(&err);
    snprintf(path, sizeof(path), "%s", other);
    TAP_I64(failed, -1);
    TAP_OK(strstr(err.text, "it has no symbol score_else_LTX_heed_plugin"));
}

static void test_names_of_paths(void)
{
    const char *const bad[] = {"./score", "./Score.so", "./my-score.so", "./.so", "/tmp/"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct heed_instance in;
        struct heed_err err = {0};
        TAP_FAILS(heed_instance_open(&in, HEED_KIND_SCORE, bad[i], true, NULL, &err), &err,
                  "a plugin's file is called NAME.so");
    }
}

static void test_kinds(void)
{
    struct heed_instance in;
    struct heed_err err = {0};
    if (!start())
        return;
    put_file(whole, whole_size);
    int failed = heed_instance_open(&in, HEED_KIND_CELL, path, true, NULL, &err);
    unlink(path);
    TAP_I64(failed, -1);
    TAP_OK(strstr(err.text, "is a score, not a cell"));
}

static void read_whole(const char *from)
{
    struct stat st;
    int fd = open(from, O_RDONLY);
    if (fd < 0 || fstat(fd, &st) < 0)
        return;
    whole_size = (size_t)st.st_size;
    whole = malloc(whole_size);
    if (read(fd, whole, whole_size) != (ssize_t)whole_size)
        abort();
    close(fd);
}

int main(void)
{
    char from[4096];
    snprintf(from, sizeof(from), "%s/plugins/.libs/score_dot.so",
             getenv("builddir") ? getenv("builddir") : ".");
    read_whole(from);
    if (!mkdtemp(dir))
        return 99;
    snprintf(path, sizeof(path), "%s/score_dot.so", dir);
    TAP_RUN(test_truncated);      /* P04 */
    TAP_RUN(test_no_object);      /* P03 */
    TAP_RUN(test_other_machines); /* P05 */
    TAP_RUN(test_program);        /* P03 */
    TAP_RUN(test_other_symbol);   /* P06 */
    TAP_RUN(test_names_of_paths); /* P02 */
    TAP_RUN(test_kinds);          /* P08 */
    rmdir(dir);
    free(whole);
    return tap_end();
}
