# Numbers: vector kernels, products, tape, operations, parameters. A program that uses it links
# $(HEED_TENSOR_LIBS) in front of $(HEED_BASE_LIBS).

noinst_LIBRARIES += core/libheed_tensor.a
core_libheed_tensor_a_SOURCES = \
	core/tensor/lane.c core/tensor/lane.h \
	core/tensor/grads.c core/tensor/grads.h core/tensor/init.c core/tensor/param.c \
	core/tensor/slab.c core/tensor/sparse.c core/tensor/sparse.h core/tensor/gradient.c core/tensor/notes.c core/tensor/ops.h core/tensor/tape.c core/tensor/zones.c \
	core/tensor/by_products.c core/tensor/by_products.h \
	core/tensor/ops_attention.c core/tensor/ops_block.c core/tensor/ops_copy.c core/tensor/ops_drawn.c core/tensor/ops_elementwise.c core/tensor/ops_loss.c \
	core/tensor/ops_product.c core/tensor/ops_rows.c \
	core/tensor/chosen.c core/tensor/chosen.h \
	core/tensor/gemm.c core/tensor/gemm.h core/tensor/pack.c \
	core/tensor/product.c core/tensor/product.h \
	core/tensor/ranks.c core/tensor/ranks.h core/tensor/ranks_sum.c core/tensor/ranks_sum.h \
	core/tensor/bf16.c core/tensor/bf16.h core/tensor/bf16_portable.c core/tensor/bf16_set.h \
	core/tensor/bf16_gemm.inc core/tensor/bf16_round.inc \
	core/tensor/int8.c core/tensor/int8.h core/tensor/int8_portable.c core/tensor/int8_set.h core/tensor/int8_gemm.inc \
	core/tensor/grads.h core/tensor/param.h \
	core/tensor/tape.h \
	core/tensor/vec.c core/tensor/vec.h core/tensor/vec_portable.c core/tensor/vec_set.h \
	core/tensor/vec_block.inc core/tensor/vec_cells.inc core/tensor/vec_drawn.inc core/tensor/vec_gemm.inc core/tensor/vec_impl.inc core/tensor/vec_pack.inc core/tensor/vec_rows.inc

# Kernel sets: each in a library of its own, for its own instruction flags.
if X86
noinst_LIBRARIES += core/libheed_avx2.a core/libheed_avx512.a core/libheed_avx512bf16.a core/libheed_avx512vnni.a
core_libheed_avx2_a_SOURCES = core/tensor/vec_avx2.c core/tensor/bf16_avx2.c core/tensor/int8_avx2.c
core_libheed_avx2_a_CFLAGS = $(AM_CFLAGS) $(HEED_SET_CFLAGS) -mavx2 -mfma
core_libheed_avx512_a_SOURCES = core/tensor/vec_avx512.c
core_libheed_avx512_a_CFLAGS = $(AM_CFLAGS) $(HEED_SET_CFLAGS) -mavx512f -mavx512dq -mavx512bw -mavx512vl -mfma
core_libheed_avx512bf16_a_SOURCES = core/tensor/bf16_avx512.c
core_libheed_avx512bf16_a_CFLAGS = $(core_libheed_avx512_a_CFLAGS) -mavx512bf16
core_libheed_avx512vnni_a_SOURCES = core/tensor/int8_vnni.c
core_libheed_avx512vnni_a_CFLAGS = $(core_libheed_avx512_a_CFLAGS) -mavx512vnni
HEED_SET_LIBS = core/libheed_avx2.a core/libheed_avx512.a core/libheed_avx512bf16.a core/libheed_avx512vnni.a
endif

HEED_TENSOR_LIBS = core/libheed_tensor.a $(HEED_SET_LIBS)
