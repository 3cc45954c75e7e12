# Numbers: vector kernels, products, tape, operations, parameters. A program that uses it links
# $(HEED_TENSOR_LIBS) in front of $(HEED_BASE_LIBS).

noinst_LIBRARIES += core/libheed_tensor.a
core_libheed_tensor_a_SOURCES = \
	core/tensor/gemm.h \
	core/tensor/param.h \
	core/tensor/tape.h \
	core/tensor/tensor.h \
	core/tensor/vec.h
core_libheed_tensor_a_CPPFLAGS = $(AM_CPPFLAGS) $(OPENBLAS_CFLAGS)

HEED_TENSOR_LIBS = core/libheed_tensor.a $(HEED_SET_LIBS) $(OPENBLAS_LIBS)
