# Plugins: the public header, the loader, the table of host functions. The
# loader itself needs no tensor floor: tools without matrix work link it and leave host.o in the archive.

noinst_LIBRARIES += core/libheed_plugin.a
core_libheed_plugin_a_SOURCES = \
	core/plugin/plugin.h core/plugin/loader.h core/plugin/parts.h \
	core/plugin/descriptor.c core/plugin/elf.c core/plugin/guard.c \
	core/plugin/host.c core/plugin/host_text.c \
	core/plugin/layer.c core/plugin/loader.c core/plugin/place.c

# What a plugin includes, installed as heed/FLOOR/NAME.h.
heedbasedir = $(pkgincludedir)/base
heedbase_HEADERS = core/base/arena.h core/base/base.h core/base/err.h core/base/option.h \
	core/base/rng.h core/base/str.h core/base/utf8.h
heedtensordir = $(pkgincludedir)/tensor
heedtensor_HEADERS = core/tensor/param.h core/tensor/tape.h core/tensor/tensor.h core/tensor/vec.h
heedplugindir = $(pkgincludedir)/plugin
heedplugin_HEADERS = core/plugin/plugin.h
