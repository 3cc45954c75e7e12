# rules.awk: plugins/list -> plugins/rules.mk, which Automake reads with the rest. Automake wants every target by
# name, and would else have three lines of each plugin here and one in the list of what is preloaded.
BEGIN {
    print "# Made of plugins/list by plugins/rules.awk."
}
/^[ \t]*(#|$)/ { next }
{
    name = $1
    print ""
    printf "HEED_PLUGINS += plugins/%s.la\n", name
    printf "plugins_%s_la_SOURCES = plugins/%s/%s.c\n", name, name, name
    printf "plugins_%s_la_CPPFLAGS = $(HEED_PLUGIN_CPPFLAGS)\n", name
    printf "plugins_%s_la_LDFLAGS = $(HEED_PLUGIN_LDFLAGS)\n", name
    printf "plugins_%s_la_LIBADD = -lm\n", name
    preloaded = preloaded " \\\n\t-dlpreopen plugins/" name ".la"
}
END {
    print "\nif PRELOAD"
    print "HEED_PRELOAD =" preloaded
    print "endif"
}
