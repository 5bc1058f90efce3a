# privmap: what fish starts is served. In /etc/fish/conf.d, for all users, or in ~/.config/fish/conf.d.
# PRIVMAP_DISABLE=1 turns it off for one command.
if test -r '@LIBDIR@/libprivmap.so'
    if not contains -- '@PRELOAD@' (string split : -- "$LD_PRELOAD")
        set -gx LD_PRELOAD '@PRELOAD@'(string replace -r '^(?=.)' : -- "$LD_PRELOAD")
    end
    # Or programs that are built with AddressSanitizer do not start.
    if not string match -q '*verify_asan_link_order=*' -- "$ASAN_OPTIONS"
        set -gx ASAN_OPTIONS (string replace -r '(?<=.)$' : -- "$ASAN_OPTIONS")verify_asan_link_order=0
    end
end
