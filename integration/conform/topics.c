/* SPDX-License-Identifier: MIT */
/*
 * The topics of the conformance suite. A new file TOPIC.c defines
 * `const struct conform_case conform_TOPIC[]`, ended by {0}.
 */
#include "conform.h"

#define CONFORM_TOPICS(topic)                                                                      \
	topic(contents) topic(errors) topic(protect) topic(unmap) topic(remap) topic(halfway)      \
		topic(vacated) topic(fixed) topic(advice) topic(locked) topic(access)              \
			topic(processes) topic(threads) topic(races) topic(signals) topic(limits)  \
				topic(changes) topic(rewritten) topic(names) topic(descriptors)    \
					topic(executed) topic(raw) topic(core) topic(privileges)   \
						topic(private)

#define DECLARE(topic) extern const struct conform_case conform_##topic[];
CONFORM_TOPICS(DECLARE)

#define ENTRY(topic) { #topic, conform_##topic },
const struct conform_topic conform_topics[] = { CONFORM_TOPICS(ENTRY){ 0 } };
