/* SPDX-License-Identifier: MIT */
/*
 * The three things privmapctl doctor looks at. Each prints, as JSON with --json one object, and
 * returns an exit status.
 */
#ifndef PRIVMAP_DOCTOR_H
#define PRIVMAP_DOCTOR_H

int doctor_directory(const char *name);
int doctor_program(const char *name);
int doctor_installation(void);

#endif
