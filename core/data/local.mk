noinst_LIBRARIES += core/libheed_data.a
core_libheed_data_a_SOURCES = \
	core/data/batch.c core/data/batch.h \
	core/data/batcher.c \
	core/data/corpus.c core/data/corpus.h \
	core/data/encode.c \
	core/data/order.c core/data/order.h \
	core/data/order.c core/data/order.h \
	core/data/side.c \
	core/data/split.c \
	core/data/store.c core/data/store.h core/data/store_db.h \
	core/data/store_host.c \
	core/data/store_import.c \
	core/data/store_query.c \
	core/data/store_record.c \
	core/data/store_run.c \
	core/data/store_schema.c \
	core/data/store_stage.c \
	core/data/store_vocab.c \
	core/data/text.c core/data/text.h \
	core/data/vocab.c core/data/vocab.h
