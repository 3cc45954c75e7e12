# Numbers: vector kernels, products, tape, operations, parameters. A program that uses it links
# $(HEED_TENSOR_LIBS) in front of $(HEED_BASE_LIBS).

noinst_LIBRARIES += core/libheed_tensor.a
core_libheed_tensor_a_SOURCES = \
	core/tensor/adam.c core/tensor/init.c core/tensor/param.c \
	core/tensor/notes.c core/tensor/ops.h core/tensor/tape.c \
	core/tensor/ops_attention.c core/tensor/ops_elementwise.c core/tensor/ops_loss.c \
	core/tensor/ops_product.c core/tensor/ops_rows.c \
	core/tensor/gemm.h \
	core/tensor/param.h \
	core/tensor/tape.h \
	core/tensor/tensor.h \
	core/tensor/vec.h
core_libheed_tensor_a_CPPFLAGS = $(AM_CPPFLAGS) $(OPENBLAS_CFLAGS)

HEED_TENSOR_LIBS = core/libheed_tensor.a $(HEED_SET_LIBS) $(OPENBLAS_LIBS)
