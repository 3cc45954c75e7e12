# The store: one SQLite file of vocabularies and runs.

noinst_LIBRARIES += core/libheed_store.a
core_libheed_store_a_SOURCES = \
	core/store/best.c \
	core/store/db.h \
	core/store/host.c \
	core/store/import.c \
	core/store/query.c \
	core/store/record.c \
	core/store/report.c \
	core/store/run.c core/store/run_facts.c \
	core/store/stage.c \
	core/store/store.c core/store/store.h \
	core/store/tables.c \
	core/store/views.c \
	core/store/made.c \
	core/store/find.c \
	core/store/trials.c core/store/trials.h \
	core/store/vocabulary.c
core_libheed_store_a_CPPFLAGS = $(AM_CPPFLAGS) $(SQLITE_CFLAGS)
