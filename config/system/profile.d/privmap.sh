# privmap: what all who log in start is served. Their shells source it from /etc/profile.d.
# PRIVMAP_DISABLE=1 turns it off for one command.
if [ -r '@LIBDIR@/libprivmap.so' ]; then
	case ":${LD_PRELOAD-}:" in
	*:'@PRELOAD@':*) ;;
	*) export LD_PRELOAD='@PRELOAD@'"${LD_PRELOAD:+:$LD_PRELOAD}" ;;
	esac
	# Or programs that are built with AddressSanitizer do not start.
	case ${ASAN_OPTIONS-} in
	*verify_asan_link_order=*) ;;
	*) export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0" ;;
	esac
fi
