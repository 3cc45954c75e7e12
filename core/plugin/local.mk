# Plugins: the loader, the table of host functions. The
# loader itself needs no tensor floor: tools without matrix work link it and leave host.o in the archive.

noinst_LIBRARIES += core/libheed_plugin.a
core_libheed_plugin_a_SOURCES = \
	core/plugin/loader.h core/plugin/parts.h \
	core/plugin/descriptor.c core/plugin/elf.c core/plugin/guard.c \
	core/plugin/host.c core/plugin/host_text.c \
	core/plugin/layer.c core/plugin/loader.c core/plugin/place.c \
	core/plugin/product_kind.c core/plugin/product_kind.h

# What a plugin includes, and nothing else is installed.
pkginclude_HEADERS += include/heed/err.h include/heed/option.h include/heed/plugin.h include/heed/reduce.h include/heed/tensor.h \
	include/heed/text.h include/heed/vec.h
