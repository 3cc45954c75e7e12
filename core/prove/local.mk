# Proofs: gradients against finite differences; what `plugins --check` demands of a plugin.

noinst_LIBRARIES += core/libheed_prove.a
core_libheed_prove_a_SOURCES = \
	core/prove/cell.c \
	core/prove/gradcheck.c core/prove/gradcheck.h \
	core/prove/parts.h \
	core/prove/product.c \
	core/prove/prove.c core/prove/prove.h \
	core/prove/reduce.c \
	core/prove/score.c core/prove/score.h core/prove/score_call.c core/prove/score_same.c \
	core/prove/tokenizer.c \
	core/prove/world.c
