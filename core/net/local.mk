# Nets: the door (net.h), attention, the decoder's state, and the recurrent net behind the door.

noinst_LIBRARIES += core/libheed_net.a
core_libheed_net_a_SOURCES = \
	core/net/attention.c core/net/attention.h core/net/attention_blocks.c core/net/attention_parts.h core/net/attention_weigh.c \
	core/net/build.c \
	core/net/copying.c core/net/copying.h \
	core/net/history.c core/net/history.h \
	core/net/listing.c core/net/listing.h \
	core/net/net.c core/net/net.h \
	core/net/packing.c core/net/packing.h \
	core/net/rnn.c core/net/rnn.h \
	core/net/seq_build.c \
	core/net/seq_decoder.c \
	core/net/seq_encoder.c \
	core/net/seq_rnn.c core/net/seq_rnn.h \
	core/net/seq_work.c \
	core/net/shape.c core/net/shape.h \
	core/net/sites.h \
	core/net/source.c \
	core/net/state.c core/net/state.h \
	core/net/transformer.c core/net/transformer.h \
	core/net/transformer_block.c \
	core/net/transformer_build.c \
	core/net/transformer_decoder.c \
	core/net/transformer_encoder.c \
	core/net/transformer_positions.c \
	core/net/transformer_work.c
