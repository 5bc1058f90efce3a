/* SPDX-License-Identifier: MIT */
/*
 * Finds out whether a program reads a file that was not served: then it got round the refusal by
 * itself. privmap --report gets an inotify(7) instance that watches from the refusal on; nothing of
 * it stays open here.
 */
#pragma once

#include "record.h"

/* Sent with the instance. pid 0: the sender's. */
struct watch {
	uint32_t cell; /* of the file */
	int32_t pid;
	uint32_t place;
	uint16_t ended; /* record_looks_ended() of the file, before the instance was made */
};

/*
 * Sends one for the file of fd, if privmap listens (record->listener). False if it does not, or if
 * the program has a seccomp filter, which may forbid these calls. Only the last one sent for a file
 * counts: earlier reads, for example by privmap, are not the program's way out.
 */
bool watch_reads(struct record *record, uint32_t cell, int fd, struct identity file);
