# privmap: programs that no preload library reaches (static ones, as gix is released) are served, too, if
# trace in privmap.conf(5) names them. Beside privmap.sh, which puts the library in front of this one.
# PRIVMAP_DISABLE=1 turns it off for one command.
if [ -r '@LIBDIR@/libprivmap-exec.so' ]; then
	case ":${LD_PRELOAD-}:" in
	*:'@PRELOAD_EXEC@':*) unset _privmap_login ;;
	*)
		export LD_PRELOAD='@PRELOAD_EXEC@'"${LD_PRELOAD:+:$LD_PRELOAD}"
		# This shell itself has begun without it. bash, as a login shell, begins once more, before it
		# has done anything: with the same words, in the same process.
		if [ -n "${BASH_VERSION-}" ] && [ "${_privmap_login-}" != "$$" ]; then
			export _privmap_login=$$
			eval 'if shopt -q login_shell && mapfile -d "" -t _privmap_words <"/proc/$$/cmdline"; then
				shopt -s execfail
				exec -a "${_privmap_words[0]}" "$BASH" "${_privmap_words[@]:1}"
				shopt -u execfail
			fi'
			unset _privmap_login _privmap_words
		fi
		;;
	esac
fi
