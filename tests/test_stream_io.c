/* test_stream_io.c: descriptors that dribble, long lines, commits, hashes, memory bounds. */
#include "tests/stream_make.h"
#include "tests/tap.h"
#include "stream/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

static struct heed_err err;

/* --- hashes --- */

static void test_crc32c(void)
{
    /* RFC 3720, appendix B.4. */
    unsigned char zeros[32] = {0}, ones[32], up[32], many[1000];
    memset(ones, 0xff, sizeof(ones));
    for (int i = 0; i < 32; i++)
        up[i] = (unsigned char)i;
    TAP_I64(heed_crc32c(0, zeros, 32), 0x8a9136aa);
    TAP_I64(heed_crc32c(0, ones, 32), 0x62a8ab43);
    TAP_I64(heed_crc32c(0, up, 32), 0x46dd794e);
    TAP_I64(heed_crc32c(0, "123456789", 9), 0xe3069283);
    TAP_I64(heed_crc32c_portable(0, "123456789", 9), 0xe3069283);
    for (int i = 0; i < 1000; i++)
        many[i] = (unsigned char)(i * 7 + i / 3);
    for (size_t n = 0; n < 100; n++) {
        uint32_t whole = heed_crc32c(0, many + n % 9, n * 9);
        TAP_I64(whole, heed_crc32c_portable(0, many + n % 9, n * 9));
        TAP_I64(whole, heed_crc32c(heed_crc32c(0, many + n % 9, n), many + n % 9 + n, n * 8));
    }
}

/* Long enough for lanes side by side, once and several times, and for what they leave over. */
static void test_crc32c_lanes(void)
{
    static unsigned char many[60000];
    uint64_t x = 1;
    for (size_t i = 0; i < sizeof(many); i++)
        many[i] = (unsigned char)((x = x * 6364136223846793005u + 1442695040888963407u) >> 56);
    for (size_t n = 12280; n < sizeof(many) - 8; n += 1361)
        TAP_I64(heed_crc32c(7, many + n % 8, n), heed_crc32c_portable(7, many + n % 8, n));
}

static const char *sha(const char *text, size_t n, size_t step)
{
    static char hex[65];
    struct heed_sha256 h;
    heed_sha256_init(&h);
    for (size_t at = 0; at < n; at += step)
        heed_sha256_add(&h, text + at, HEED_MIN(step, n - at));
    heed_sha256_hex(&h, hex);
    return hex;
}

static void test_sha256(void)
{
    static const char two[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    TAP_STR(sha("", 0, 1), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    TAP_STR(sha("abc", 3, 1), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    for (size_t step = 1; step < 60; step++)
        TAP_STR(sha(two, 56, step),
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    char *million = malloc(1000000);
    memset(million, 'a', 1000000);
    TAP_STR(sha(million, 1000000, 777),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    free(million);
}

/* --- input --- */

/* A child that writes the bytes one at a time; the reading end. */
static int dribble(const char *bytes, size_t n, pid_t *child)
{
    int fd[2];
    if (pipe(fd) < 0)
        abort();
    *child = fork();
    if (*child == 0) {
        close(fd[0]);
        for (size_t i = 0; i < n; i++)
            while (write(fd[1], bytes + i, 1) != 1)
                ;
        _exit(0);
    }
    close(fd[1]);
    return fd[0];
}

static void test_dribble_stream(void)
{
    size_t n;
    char *bytes = make_stream(2, &n);
    pid_t child;
    struct heed_input in;
    struct heed_reader r;
    struct heed_doc d;
    int fd = dribble(bytes, n, &child);
    /* A pipe that gives EAGAIN as well. */
    fcntl(fd, F_SETFL, O_NONBLOCK);
    heed_input_fd(&in, fd, "<pipe>");
    TAP_DONE(heed_reader_start(&r, &in, "ids", &err), &err);
    heed_doc_init(&d);
    int got, frames = 0;
    while ((got = heed_reader_next(&r, &d, &err)) > 0)
        frames++;
    if (got < 0)
        TAP_FAIL("%s", err.text);
    TAP_I64(frames, 2);
    heed_doc_release(&d);
    heed_reader_close(&r);
    waitpid(child, NULL, 0);
    free(bytes);
}

static void test_dribble_output(void)
{
    int fd[2];
    TAP_OK(pipe(fd) == 0);
    fcntl(fd[1], F_SETFL, O_NONBLOCK);
    size_t n = 3 << 20;
    pid_t child = fork();
    if (child == 0) {
        static char chunk[1000];
        size_t sum = 0;
        ssize_t got;
        close(fd[1]);
        while ((got = read(fd[0], chunk, sizeof(chunk))) > 0)
            sum += (size_t)got;
        _exit(sum == n ? 0 : 1);
    }
    close(fd[0]);
    struct heed_output out;
    char *big = calloc(1, n);
    heed_output_fd(&out, fd[1], "<pipe>");
    TAP_DONE(heed_output_write(&out, big, 1000, &err), &err);
    TAP_DONE(heed_output_write(&out, big, n - 1000, &err), &err);
    TAP_DONE(heed_output_close(&out, &err), &err);
    int status;
    waitpid(child, &status, 0);
    TAP_I64(status, 0);
    free(big);
}

static void test_lines(void)
{
    struct heed_input in;
    struct heed_str line = {0};
    pid_t child;
    static const char text[] = "one\n\nthree\r\nfour\0x\nlast";
    int fd = dribble(text, sizeof(text) - 1, &child);
    heed_input_fd(&in, fd, "<pipe>");
    static const char *const want[] = {"one", "", "three\r", "four", "last"};
    static const int len[] = {3, 0, 6, 6, 4};
    for (int i = 0; i < 5; i++) {
        TAP_I64(heed_input_line(&in, &line, 100, &err), 1);
        TAP_STR(line.data, want[i]);
        TAP_I64(line.len, len[i]);
    }
    TAP_I64(heed_input_line(&in, &line, 100, &err), 0);
    TAP_I64(in.offset, sizeof(text) - 1);
    heed_input_close(&in);
    waitpid(child, NULL, 0);
    heed_input_memory(&in, "ab\nabcdef\n", 10, "<mem>");
    TAP_I64(heed_input_line(&in, &line, 5, &err), 1);
    TAP_FAILS(heed_input_line(&in, &line, 5, &err), &err,
              "<mem>: line at byte 3 is longer than 5 bytes");
    heed_str_release(&line);
}

static void test_open_failures(void)
{
    struct heed_input in;
    TAP_FAILS(heed_input_open(&in, "no/such", &err), &err,
              "cannot open no/such: No such file or directory");
    TAP_FAILS(heed_input_open(&in, "/", &err), &err, "cannot read /: Is a directory");
    struct heed_doc d;
    heed_doc_init(&d);
    TAP_FAILS(heed_doc_load(&d, "/dev/null", &err), &err, "/dev/null is not a regular file");
    heed_doc_release(&d);
}

static void test_full_device(void)
{
    struct heed_output out;
    int fd = open("/dev/full", O_WRONLY);
    if (fd < 0) {
        tap_skip("no /dev/full");
        return;
    }
    heed_output_fd(&out, fd, "<stdout>");
    TAP_DONE(heed_output_write(&out, "x", 1, &err), &err);
    TAP_FAILS(heed_output_flush(&out, &err), &err,
              "cannot write <stdout>: No space left on device");
    TAP_I64(err.status, HEED_FAILED);
    TAP_I64(heed_output_write(&out, "x", 1, &err), -1);
    TAP_I64(err.status, HEED_QUIET);
    TAP_I64(heed_output_close(&out, &err), -1);
}

/* Binary is neither read from a terminal nor written to one. */
static void test_terminal(void)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0) {
        tap_skip("no pseudo terminals");
        return;
    }
    int tty = open(ptsname(master), O_RDWR | O_NOCTTY);
    struct heed_input in;
    struct heed_output out;
    struct heed_reader r;
    struct heed_writer w;
    struct heed_doc head;
    TAP_OK(tty >= 0);
    heed_input_fd(&in, dup(tty), "<stdin>");
    TAP_FAILS(heed_reader_start(&r, &in, "ids", &err), &err, "<stdin>: is a terminal");
    TAP_I64(err.status, HEED_USAGE);
    heed_doc_init(&head);
    heed_output_fd(&out, tty, "<stdout>");
    TAP_FAILS(heed_writer_begin(&w, &out, "ids", "tokenize", &head, &err), &err,
              "<stdout> is a terminal");
    TAP_I64(err.status, HEED_USAGE);
    TAP_DONE(heed_output_close(&out, &err), &err);
    heed_doc_release(&head);
    close(master);
}

/* --- memory follows what came --- */

static long peak_kb(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return u.ru_maxrss;
}

/* 900 MiB claimed, 60 bytes there. */
static void test_claim(void)
{
    static const char header[] = "{\"a\":{\"dtype\":\"U8\",\"shape\":[943718400],"
                                 "\"data_offsets\":[0,943718400]}}";
    struct heed_str s = {0};
    struct heed_doc d;
    struct heed_input in;
    uint64_t n = sizeof(header) - 1;
    pid_t child;
    heed_str_add(&s, &n, 8);
    heed_str_add(&s, header, n);
    for (int i = 0; i < 60; i++)
        heed_str_add_char(&s, 'x');
    long before = peak_kb();
    heed_doc_init(&d);
    heed_input_fd(&in, dribble(s.data, s.len, &child), "<pipe>");
    TAP_FAILS(heed_doc_read(&d, &in, HEED_FRAME_MAX, &err), &err,
              "truncated data: 60 of 943718400 bytes");
    if (peak_kb() - before > 16 * 1024)
        TAP_FAIL("%ld KiB for 60 bytes", peak_kb() - before);
    heed_input_close(&in);
    heed_doc_release(&d);
    heed_str_release(&s);
    waitpid(child, NULL, 0);
}

/* A million frames are as cheap as one; a tenth of them shows it. */
static void test_many_frames(void)
{
#ifdef __SANITIZE_ADDRESS__ /* which is slow, and whose quarantine keeps what was freed */
    enum { FRAMES = 5000, GROWTH_KB = 1 << 20 };
#else
    enum { FRAMES = 100000, GROWTH_KB = 1024 };
#endif
    int fd[2];
    TAP_OK(pipe(fd) == 0);
    pid_t child = fork();
    if (child == 0) {
        struct heed_output out;
        struct heed_writer w;
        struct heed_doc d;
        close(fd[0]);
        heed_doc_init(&d);
        heed_output_fd(&out, fd[1], "<pipe>");
        int bad = heed_writer_begin(&w, &out, "ids", "tokenize", &d, &err);
        for (int i = 0; i < FRAMES && !bad; i++) {
            make_ids(&d);
            bad = heed_writer_frame(&w, &d, &err);
        }
        bad = bad || heed_writer_end(&w, NULL, &err);
        _exit(bad ? 1 : 0);
    }
    close(fd[1]);
    struct heed_input in;
    struct heed_reader r;
    struct heed_doc d;
    heed_doc_init(&d);
    heed_input_fd(&in, fd[0], "<pipe>");
    TAP_DONE(heed_reader_start(&r, &in, "ids", &err), &err);
    long before = 0;
    for (int i = 0; i < FRAMES; i++) {
        TAP_I64(heed_reader_next(&r, &d, &err), 1);
        if (i == FRAMES / 10)
            before = peak_kb();
    }
    TAP_I64(heed_reader_next(&r, &d, &err), 0);
    TAP_I64(r.n_frames, FRAMES);
    if (peak_kb() - before > GROWTH_KB)
        TAP_FAIL("memory grew by %ld KiB", peak_kb() - before);
    heed_doc_release(&d);
    heed_reader_close(&r);
    int status;
    waitpid(child, &status, 0);
    TAP_I64(status, 0);
}

/* --- commits --- */

static char folder[] = "/tmp/heed-test-io.XXXXXX";

static char *slurp(const char *path)
{
    static char text[100];
    int fd = open(path, O_RDONLY);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
    if (fd >= 0)
        close(fd);
    text[n < 0 ? 0 : n] = '\0';
    return n < 0 ? NULL : text;
}

static int put(const char *path, const char *text, bool finish)
{
    struct heed_commit c;
    if (heed_commit_open(&c, path, &err) < 0 ||
        heed_output_write(&c.out, text, strlen(text), &err) < 0)
        return -1;
    if (!finish) {
        heed_commit_abort(&c);
        return 0;
    }
    return heed_commit_finish(&c, &err);
}

static int count_files(const char *part)
{
    char command[200];
    snprintf(command, sizeof(command), "ls -A | grep -c -e '%s'", part);
    FILE *p = popen(command, "r");
    int n = -1;
    if (!p || fscanf(p, "%d", &n) != 1)
        n = -1;
    if (p)
        pclose(p);
    return n;
}

static void test_commit(void)
{
    TAP_DONE(put("model", "old", true), &err);
    TAP_STR(slurp("model"), "old");
    TAP_DONE(put("model", "new", false), &err);
    TAP_STR(slurp("model"), "old");
    TAP_DONE(put("model", "newer", true), &err);
    TAP_STR(slurp("model"), "newer");
    TAP_I64(count_files("tmp"), 0);
    TAP_OK(symlink("model", "link") == 0);
    TAP_DONE(put("link", "through", true), &err);
    TAP_STR(slurp("model"), "through");
    struct stat st;
    TAP_OK(lstat("link", &st) == 0 && S_ISLNK(st.st_mode));
    TAP_FAILS(put("/dev/null", "x", true), &err,
              "cannot write /dev/null: it is not a regular file");
    TAP_FAILS(put(".", "x", true), &err, "Is a directory");
    TAP_FAILS(put("none/x", "x", true), &err, "cannot write none/x: No such file or directory");
    TAP_FAILS(put("model/x", "x", true), &err, "Not a directory");
}

/* Temporaries of the living stay, those of the dead go. */
static void test_commit_clean(void)
{
    struct heed_commit c;
    TAP_OK(system("touch .model.tmp.1.ab .model.tmp.x.ab .other.tmp.1.ab") == 0);
    TAP_DONE(heed_commit_open(&c, "model", &err), &err);
    TAP_I64(count_files("^.model.tmp"), 3);
    pid_t child = fork();
    if (child == 0) {
        heed_commit_clean("model");
        _exit(0);
    }
    waitpid(child, NULL, 0);
    TAP_I64(count_files("^.model.tmp"), 2);
    TAP_I64(count_files("^.other.tmp"), 1);
    heed_commit_signal_cleanup();
    TAP_I64(count_files("^.model.tmp"), 1);
    heed_commit_abort(&c);
}

static void test_save_load(void)
{
    struct heed_doc a, b;
    heed_doc_init(&a);
    heed_doc_init(&b);
    make_model(&a);
    TAP_DONE(heed_doc_save(&a, "x.heed", &err), &err);
    TAP_DONE(heed_doc_load(&b, "x.heed", &err), &err);
    TAP_STR(a.fingerprint, b.fingerprint);
    TAP_OK(b.map.at && (const char *)b.arrays[0].data > (const char *)b.map.at &&
           (const char *)b.arrays[0].data < (const char *)b.map.at + b.map.size);
    TAP_FAILS(heed_doc_load(&b, "none.heed", &err), &err, "cannot open none.heed");
    TAP_OK(system("(cat x.heed; echo) > y.heed; head -c 100 x.heed > z.heed; : > e.heed") == 0);
    TAP_FAILS(heed_doc_load(&b, "y.heed", &err), &err, "y.heed: holds bytes behind its end");
    TAP_FAILS(heed_doc_load(&b, "z.heed", &err), &err, "z.heed: truncated header");
    TAP_FAILS(heed_doc_load(&b, "e.heed", &err), &err, "e.heed: is empty");
    heed_doc_release(&a);
    heed_doc_release(&b);
}

/* What has whole lines of 64 bytes lies on them, whatever its name and the others. */
static void test_whole_lines(void)
{
    static const float numbers[48];
    static const int64_t long_numbers[1];
    struct heed_doc a, b;
    heed_doc_init(&a);
    heed_doc_init(&b);
    heed_doc_add(&a, "a", HEED_F32, 1, (int64_t[]){3}, numbers);
    heed_doc_add(&a, "b", HEED_F32, 2, (int64_t[]){3, 16}, numbers);
    heed_doc_add(&a, "c", HEED_U8, 1, (int64_t[]){64}, numbers);
    heed_doc_add(&a, "d", HEED_I64, 1, (int64_t[]){1}, long_numbers);
    heed_doc_add(&a, "e", HEED_F32, 1, (int64_t[]){16}, numbers);
    TAP_DONE(heed_doc_save(&a, "lines.heed", &err), &err);
    TAP_DONE(heed_doc_load(&b, "lines.heed", &err), &err);
    for (const char *name = "bce"; *name; name++) {
        const char text[] = {*name, 0};
        TAP_I64((int64_t)((uintptr_t)heed_doc_find(&b, text)->data % 64), 0);
    }
    TAP_STR(b.arrays[3].name, "d"); /* of the rest the widest numbers first */
    TAP_STR(b.arrays[4].name, "a");
    heed_doc_release(&a);
    heed_doc_release(&b);
}

static void test_save_full(void)
{
    struct rlimit old, small = {4096, RLIM_INFINITY};
    struct heed_doc d;
    char *data = calloc(1, 1 << 20);
    int64_t n = 1 << 20;
    heed_doc_init(&d);
    heed_doc_add(&d, "a", HEED_U8, 1, &n, data);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old);
    setrlimit(RLIMIT_FSIZE, &small);
    int got = heed_doc_save(&d, "model", &err);
    setrlimit(RLIMIT_FSIZE, &old);
    TAP_I64(got, -1);
    TAP_OK(strstr(err.text, "File too large") != NULL);
    TAP_STR(slurp("model"), "through");
    TAP_I64(count_files("^.model.tmp.[0-9]*.[0-9a-f]\\{16\\}"), 0);
    heed_doc_release(&d);
    free(data);
}

int main(void)
{
    TAP_RUN(test_crc32c);
    TAP_RUN(test_crc32c_lanes);
    TAP_RUN(test_sha256);
    TAP_RUN(test_dribble_stream); /* S63 S64 */
    TAP_RUN(test_dribble_output); /* S63 S64 */
    TAP_RUN(test_lines);
    TAP_RUN(test_open_failures);
    TAP_RUN(test_full_device); /* O03 */
    TAP_RUN(test_terminal);    /* S06 S07 */
    TAP_RUN(test_claim);       /* S37 */
    TAP_RUN(test_many_frames); /* S60 */
    if (!mkdtemp(folder) || chdir(folder) < 0)
        return 1;
    TAP_RUN(test_commit);
    TAP_RUN(test_commit_clean);
    TAP_RUN(test_save_load);
    TAP_RUN(test_whole_lines);
    TAP_RUN(test_save_full);
    if (chdir("/") < 0)
        return 1;
    char command[100];
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    if (system(command) != 0)
        return 1;
    return tap_end();
}
