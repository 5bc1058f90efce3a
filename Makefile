# privmap: `make demo` shows it at work, `make check` tests it; both install what they miss.
# Targets: all demo check lint install uninstall clean. Variables: PREFIX DESTDIR CC CFLAGS FAST.

VERSION = 0.1.0
BUILD ?= build
PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
SYSCONFDIR ?= /etc
INSTALL ?= install

CFLAGS ?= -O2 -g
WARNINGS = -Wall -Wextra -Werror -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
	-Wvla -Wpointer-arith -Wwrite-strings -Wundef -Wimplicit-fallthrough
PRIVMAP_CPPFLAGS = -std=gnu11 -D_GNU_SOURCE -DPRIVMAP_VERSION='"$(VERSION)"' \
	-DSYSCONFDIR='"$(SYSCONFDIR)"' -DLIBDIR='"$(LIBDIR)"' -Ishim/core -Iconfig
PRIVMAP_CFLAGS = $(PRIVMAP_CPPFLAGS) $(WARNINGS) -fPIC -fvisibility=hidden $(CPPFLAGS) $(CFLAGS)
# Nothing that is preloaded may ever be unloaded again, or bind late, from inside a hook.
MODULE_LDFLAGS = -shared -Wl,-z,now -Wl,-z,relro -Wl,-z,defs -Wl,--as-needed

core = $(wildcard shim/core/*.c)
preload = $(wildcard shim/preload/*.c) config/open.c config/search.c
loader = $(wildcard config/loader*.c)
command = $(wildcard shim/command/*.c) config/open.c config/search.c
sources = $(core) $(preload) $(loader) $(command)
objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))

.PHONY: all
all: $(BUILD)/libprivmap.so $(BUILD)/privmap-config.so $(BUILD)/privmap

# V=1 shows whole commands.
say = $(if $(V),,@printf '  %-4s %s\n' $(1) $@;)

# What a past build was made with: other flags make everything anew.
flags = $(CC) $(PRIVMAP_CFLAGS) $(LDFLAGS)
$(BUILD)/flags: force
	@mkdir -p $(@D)
	@printf '%s\n' $(call quote,$(flags)) | cmp -s - $@ || printf '%s\n' $(call quote,$(flags)) > $@
quote = '$(subst ','\'',$(1))'
.PHONY: force
force:

$(BUILD)/obj/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(PRIVMAP_CFLAGS) -MMD -MP -c -o $@ $<
-include $(patsubst %.o,%.d,$(call objects,$(sources)))

$(BUILD)/libprivmap.so: $(call objects,$(core) $(preload)) shim/preload/libprivmap.map
	$(call say,LD)$(CC) $(PRIVMAP_CFLAGS) $(LDFLAGS) $(MODULE_LDFLAGS) -Wl,-z,nodelete -Wl,-soname,libprivmap.so \
		-Wl,--version-script=shim/preload/libprivmap.map -o $@ $(filter %.o,$^) -ldl

$(BUILD)/privmap-config.so: $(call objects,$(core) $(loader)) config/loader.map
	$(call say,LD)$(CC) $(PRIVMAP_CFLAGS) $(LDFLAGS) $(MODULE_LDFLAGS) -Wl,--version-script=config/loader.map \
		-o $@ $(filter %.o,$^) -lconfig -ldl

$(BUILD)/privmap: $(call objects,$(core) $(command))
	$(call say,LD)$(CC) $(PRIVMAP_CFLAGS) $(LDFLAGS) -pie -Wl,-z,now -Wl,--as-needed -o $@ $^ -ldl
