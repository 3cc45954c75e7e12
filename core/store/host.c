/* host.c: what a run record says of itself: id, machine, time and process.
 *
 * A process is known by boot id, number and start time together, so that neither a restart nor a
 * number used again makes a dead run look alive. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/random.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>
#include "config.h"
#include "store/db.h"
#include "stream/hash.h"

void heed_db_time(char out[32])
{
    struct timespec now;
    struct tm tm;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &tm);
    size_t n = strftime(out, 32, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(out + n, 32 - n, ".%03dZ", (int)(now.tv_nsec / 1000000));
}

/* The start of a small file of /proc, NUL-terminated; bytes read, 0 when there is none. */
static size_t read_start(const char *path, char *dst, size_t cap)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, dst, cap - 1);
    if (fd >= 0)
        close(fd);
    dst[n > 0 ? n : 0] = '\0';
    return n > 0 ? (size_t)n : 0;
}

void heed_boot_id(char out[40])
{
    read_start("/proc/sys/kernel/random/boot_id", out, 40);
    out[strcspn(out, "\n")] = '\0';
}

/* Field 22 of /proc/PID/stat; the name in field 2 may hold blanks and brackets, so fields count
 * from its last one. A zombie is dead for us. */
int64_t heed_process_start(int64_t pid)
{
    char path[40], text[1024];
    int64_t start = 0;
    snprintf(path, sizeof(path), "/proc/%" PRId64 "/stat", pid);
    if (!read_start(path, text, sizeof(text)))
        return 0;
    char *field = strrchr(text, ')');
    if (!field || field[1] != ' ' || field[2] == 'Z' || field[2] == 'X')
        return 0;
    for (int i = 2; field && i < 22; i++)
        field = strchr(field + 1, ' ');
    if (!field)
        return 0;
    field[1 + strcspn(field + 1, " \n")] = '\0';
    return heed_parse_i64(field + 1, &start) ? start : 0;
}

static void cpu_model(char out[128])
{
    char text[8192];
    snprintf(out, 128, "unknown");
    read_start("/proc/cpuinfo", text, sizeof(text));
    char *name = strstr(text, "model name");
    char *value = name ? strchr(name, ':') : NULL;
    if (!value)
        return;
    value += 1 + strspn(value + 1, " \t");
    value[strcspn(value, "\n")] = '\0';
    snprintf(out, 128, "%s", value);
}

static void record_host(struct heed_record *rec)
{
    struct utsname u;
    char cpu[128], boot[40];
    uname(&u);
    cpu_model(cpu);
    heed_boot_id(boot);
    heed_record_text(rec, "hostname", u.nodename);
    heed_record_text(rec, "cpu", cpu);
    heed_record_int(rec, "cores", sysconf(_SC_NPROCESSORS_ONLN));
    struct sysinfo info;
    sysinfo(&info);
    heed_record_int(rec, "ram_kb", (int64_t)((uint64_t)info.totalram * info.mem_unit / 1024));
    heed_record_text(rec, "kernel", u.release);
    heed_record_text(rec, "boot_id", boot);
}

void heed_record_stamp(struct heed_record *rec)
{
    char now[32];
    heed_db_time(now);
    heed_record_text(rec, "at", now);
}

/* Where the system gives nothing random: what no other run has at the same time. */
static void make_id(char id[33])
{
    static int64_t n;
    struct heed_sha256 h;
    char hex[65], boot[40];
    struct timespec now = {0};
    int64_t own[] = {++n, getpid(), heed_process_start(getpid()), 0, 0};
    clock_gettime(CLOCK_REALTIME, &now);
    own[3] = now.tv_sec;
    own[4] = now.tv_nsec;
    heed_boot_id(boot);
    heed_sha256_init(&h);
    heed_sha256_add(&h, own, sizeof(own));
    heed_sha256_add(&h, boot, strlen(boot));
    heed_sha256_hex(&h, hex);
    snprintf(id, 33, "%.32s", hex);
}

void heed_run_new_id(char id[33])
{
    unsigned char bytes[16];
    size_t n = 0;
    while (n < sizeof(bytes)) {
        ssize_t got = getrandom(bytes + n, sizeof(bytes) - n, 0);
        if (got < 0 && errno != EINTR) {
            make_id(id);
            return;
        }
        n += got > 0 ? (size_t)got : 0;
    }
    for (size_t i = 0; i < sizeof(bytes); i++)
        snprintf(id + 2 * i, 3, "%02x", bytes[i]);
}

double heed_self_cpu(struct rusage *usage)
{
    getrusage(RUSAGE_SELF, usage);
    return (double)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) +
           1e-6 * (double)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec);
}

void heed_record_run(struct heed_record *rec, const struct heed_run_info *info, bool alive)
{
    struct heed_str argv = {0};
    char cwd[4096];
    heed_record_text(rec, "kind", info->kind);
    heed_record_text(rec, "name", info->name);
    heed_record_text(rec, "tag", info->tag);
    heed_json_argv(info->argc, info->argv, &argv);
    heed_record_text(rec, "argv", argv.data);
    heed_str_release(&argv);
    heed_record_text(rec, "cwd", getcwd(cwd, sizeof(cwd)));
    heed_record_text(rec, "version", PACKAGE_VERSION);
    record_host(rec);
    if (alive) {
        heed_record_int(rec, "seed", info->seed);
        heed_record_text(rec, "parent", getenv("HEED_RUN"));
        heed_record_int(rec, "pid", getpid());
        heed_record_int(rec, "pid_start", heed_process_start(getpid()));
    }
    heed_record_stamp(rec);
}
