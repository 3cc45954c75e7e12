noinst_LIBRARIES += core/libheed_base.a
core_libheed_base_a_SOURCES = \
	core/base/arena.c core/base/arena.h \
	core/base/base.h \
	core/base/clock.c core/base/clock.h \
	core/base/err.c core/base/err.h \
	core/base/exe.c core/base/exe.h \
	core/base/lock.h core/base/map.c core/base/map.h core/base/mem.c \
	core/base/name_list.c core/base/name_list.h \
	core/base/option.c core/base/option.h \
	core/base/rng.c core/base/rng.h \
	core/base/str.c core/base/str.h \
	core/base/trap.h \
	core/base/utf8.c core/base/utf8.h \
	core/base/workers.c core/base/workers.h
core_libheed_base_a_CPPFLAGS = $(AM_CPPFLAGS) $(UTF8PROC_CFLAGS)
