# privmap: what all who log in start is served. Sourced by their shells from /etc/profile.d.
# PRIVMAP_DISABLE=1 turns it off for one command.
if [ -r '@LIBDIR@/libprivmap.so' ]; then
	case ":${LD_PRELOAD-}:" in
	*:'@PRELOAD@':*) ;;
	*) export LD_PRELOAD='@PRELOAD@'"${LD_PRELOAD:+:$LD_PRELOAD}" ;;
	esac
fi
