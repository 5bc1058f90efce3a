/* SPDX-License-Identifier: MIT */
/*
 * The third engine, which serves nobody: it lets the engines' code look at files and mappings for
 * this process (engine.h). It supplies only the functions that this code needs.
 */
#include "engine.h"

#include "ctl.h"

const char *ctl_program;

void signals_block(struct signals *before)
{
	(void)before;
}

void signals_restore(const struct signals *before)
{
	(void)before;
}

const char *engine_proc(void)
{
	return "/proc/self";
}

const char *engine_proc_of_process(void)
{
	return "/proc/self";
}

long engine_path(int fd, char *path, size_t room)
{
	return own_path(fd, path, room);
}

bool engine_finds(const char *path)
{
	return own_finds(path);
}

bool engine_names_first(void)
{
	return false;
}

const char *engine_program(void)
{
	return ctl_program;
}
