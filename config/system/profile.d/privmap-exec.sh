# privmap: programs that no preload library reaches (static ones, as gix is released) are served, too, if
# trace in privmap.conf(5) names them. Beside privmap.sh, which puts the library in front of this one.
# PRIVMAP_DISABLE=1 turns it off for one command.
if [ -r '@LIBDIR@/libprivmap-exec.so' ]; then
	case ":${LD_PRELOAD-}:" in
	*:'@PRELOAD_EXEC@':*) ;;
	*) export LD_PRELOAD='@PRELOAD_EXEC@'"${LD_PRELOAD:+:$LD_PRELOAD}" ;;
	esac
fi
