# Speed of the vector kernels and products: bench/kernels [SET…] prints one TSV row a figure.
EXTRA_PROGRAMS += bench/kernels
bench_kernels_LDADD = $(HEED_TENSOR_LIBS) $(HEED_BASE_LIBS)
CLEANFILES += bench/kernels$(EXEEXT)
