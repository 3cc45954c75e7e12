# Nets: encoder, attention, decoder, and the file they stand in.

noinst_LIBRARIES += core/libheed_net.a
core_libheed_net_a_SOURCES = \
	core/net/attention.c \
	core/net/decoder.c \
	core/net/encoder.c \
	core/net/model.c core/net/model.h \
	core/net/model_file.c \
	core/net/packing.c core/net/packing.h \
	core/net/rnn.c core/net/rnn.h \
	core/net/shape.c core/net/shape.h \
	core/net/sites.h \
	core/net/work.c
