/* test_names.c: "heed " in front of commands, in lines of shell and in prose. */
#include "cli/names.h"
#include "tests/tap.h"

static const char list[] = "train predict decode plot runs";

static void shows(const char *text, bool shell, const char *want)
{
    struct heed_str got = {0};
    heed_name_commands(text, list, shell, &got);
    TAP_STR(got.data ? got.data : "", want);
    heed_str_release(&got);
}

static void test_shell(void)
{
    shows("train -o x pairs.tsv", true, "heed train -o x pairs.tsv");
    shows("sort a | predict -m train | plot", true, "sort a | heed predict -m train | heed plot");
    shows("train -o x; runs list && ls runs", true, "heed train -o x; heed runs list && ls runs");
    shows("export HEED_RUN=$(runs start)", true, "export HEED_RUN=$(heed runs start)");
    shows("sqlite3 \"$(runs --path)\" 'x'", true, "sqlite3 \"$(heed runs --path)\" 'x'");
    shows("for s in 1 2; do train --seed $s; done", true,
          "for s in 1 2; do heed train --seed $s; done");
    shows("HEED_RUN=7 train x", true, "HEED_RUN=7 heed train x");
    shows("heed train", true, "heed train");
    shows("trainer x train", true, "trainer x train");
}

static void test_lines(void)
{
    shows("# train and predict; train\ntrain -o x \\\n  predict\npredict  # train | train\n", true,
          "# train and predict; train\nheed train -o x \\\n  predict\nheed predict  # train | "
          "train\n");
    shows("", true, "");
}

static void test_wide_lines(void)
{
    shows("decode -m a.heed --hypotheses < memory.stream | plot --line 3 -o map.svg | decode x",
          true,
          "heed decode -m a.heed --hypotheses < memory.stream |\n"
          "    heed plot --line 3 -o map.svg | heed decode x");
}

static void test_prose(void)
{
    shows("train makes it; `train --help` and `-q` of `predict`, a | train", false,
          "train makes it; `heed train --help` and `-q` of `heed predict`, a | train");
}

int main(void)
{
    TAP_RUN(test_shell);
    TAP_RUN(test_lines);
    TAP_RUN(test_wide_lines);
    TAP_RUN(test_prose);
    return tap_end();
}
