/* SPDX-License-Identifier: MIT */
/*
 * The topics of the conformance suite of exec. A new file TOPIC.c defines
 * `const struct conform_case execs_TOPIC[]`, ended by {0}.
 */
#include "execs.h"

#define DECLARE(topic) extern const struct conform_case execs_##topic[];
EXECS_TOPICS(DECLARE)

#define ENTRY(topic) { #topic, execs_##topic },
const struct conform_topic conform_topics[] = { EXECS_TOPICS(ENTRY){ 0 } };
