/* SPDX-License-Identifier: MIT */
/*
 * Whether a file that was not served is read by its program afterwards: then the program got round
 * the refusal by itself. The one who tells it is privmap --report, which is given an inotify(7)
 * instance that knows from the time of the refusal on; nothing of it stays open here.
 */
#pragma once

#include "record.h"

/* What comes with the instance. pid 0: that of the sender. */
struct watch {
	uint32_t cell; /* of the file */
	int32_t pid;
	uint32_t place;
	uint16_t ended; /* record_looks_ended() of the file, before the instance was made */
};

/*
 * Hands one over, for the file of fd, if there is somebody who listens (record->listener). Not from
 * a program that has a seccomp filter, which may forbid it all. False if not. Of one file the last
 * one counts: what was read before, by privmap for instance, is not what was read instead.
 */
bool watch_reads(struct record *record, uint32_t cell, int fd, struct identity file);
