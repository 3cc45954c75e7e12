noinst_LIBRARIES += core/libheed_stream.a
core_libheed_stream_a_SOURCES = \
	core/stream/commit.c \
	core/stream/doc.c core/stream/doc.h \
	core/stream/doc_header.c \
	core/stream/doc_options.c \
	core/stream/doc_read.c \
	core/stream/doc_write.c \
	core/stream/hash.c core/stream/hash.h \
	core/stream/io.c core/stream/io.h \
	core/stream/schema.c \
	core/stream/sniff.c \
	core/stream/stream.c core/stream/stream.h \
	core/stream/values.c \
	core/stream/words.c core/stream/words.h \
	core/stream/writer.c
core_libheed_stream_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
