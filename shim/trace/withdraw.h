/* SPDX-License-Identifier: MIT */
/*
 * Rights that a range of a traced process must not have, and what was done with them.
 */
#ifndef PRIVMAP_WITHDRAW_H
#define PRIVMAP_WITHDRAW_H

#include "jobs.h"

/*
 * Takes the right that range must not have from the parts of it that have it; others keep what they
 * have, for a call that failed has not come to all of them. rest: what such a part may keep. What
 * was written is dropped, as if it had been written to what was there before the mapping came.
 */
void withdraw(struct job *job, const struct range *range, int rest);

/*
 * The same of a range that was just added where other threads know the address. moment: of before
 * it was moved there, by withdraw_moment().
 */
void withdraw_moved(struct job *job, const struct range *range, uint64_t moment);
uint64_t withdraw_moment(void);

/* Gives a converted range that was just added that protection, and drops what was written there. */
void withdraw_all(struct job *job, const struct range *range, int prot);

#endif
