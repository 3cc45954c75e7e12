noinst_LIBRARIES += core/libheed_stream.a
core_libheed_stream_a_SOURCES = \
	core/stream/commit.c \
	core/stream/doc.c core/stream/doc.h \
	core/stream/doc_header.c \
	core/stream/doc_options.c \
	core/stream/doc_read.c \
	core/stream/doc_write.c \
	core/stream/given.c core/stream/given.h core/stream/given_json.c core/stream/given_npy.c core/stream/given_numbers.c \
	core/stream/given_peek.c core/stream/given_scan.c core/stream/given_table.c \
	core/stream/hash.c core/stream/hash.h \
	core/stream/io.c core/stream/io.h \
	core/stream/picture.c core/stream/picture.h \
	core/stream/schema.c core/stream/schema.h core/stream/schema_types.c \
	core/stream/sniff.c \
	core/stream/spool.c core/stream/spool.h \
	core/stream/stream.c core/stream/stream.h \
	core/stream/unpack.c core/stream/unpack.h \
	core/stream/unpack_gzip.c \
	core/stream/unpack_xz.c \
	core/stream/unpack_zstd.c \
	core/stream/values.c \
	core/stream/words.c core/stream/words.h \
	core/stream/writer.c
core_libheed_stream_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(ZLIB_CFLAGS) $(LZMA_CFLAGS) $(ZSTD_CFLAGS)
