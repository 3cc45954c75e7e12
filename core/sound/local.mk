# Sound: recordings, and frames of features made of them. $(SOUND_LIBS) are the libraries behind it.

noinst_LIBRARIES += core/libheed_sound.a
core_libheed_sound_a_SOURCES = \
	core/sound/bank.c core/sound/bank.h \
	core/sound/ears.c core/sound/ears.h \
	core/sound/fft.c core/sound/fft.h \
	core/sound/frames.c core/sound/frames.h \
	core/sound/mel.c core/sound/mel.h \
	core/sound/resample.c \
	core/sound/rows.c core/sound/rows.h \
	core/sound/sound.c core/sound/sound.h \
	core/sound/wave.c core/sound/wave.h \
	core/sound/wave_raw.c
core_libheed_sound_a_CPPFLAGS = $(AM_CPPFLAGS) $(SNDFILE_CFLAGS) $(SOXR_CFLAGS) $(KISSFFT_CFLAGS)
