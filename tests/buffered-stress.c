/*
 * The threads and forks of refused-stress.c, served by copies: run with tests/buffered.conf.
 */
#include "refused-stress.c"
